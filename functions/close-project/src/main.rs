//! The Lambda binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve("close-project", close_project::Context::build, close_project::handle)
}
