//! The Lambda binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve("invite", invite::Context::build, invite::handle)
}
