//! The Lambda binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve("sweep", sweep::Context::build, sweep::handle)
}
