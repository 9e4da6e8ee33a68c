//! The Lambda binary.

// The future of a whole invocation, with all that it waits for, is deeper than the 128 levels that the compiler follows by itself.
#![recursion_limit = "256"]

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve("invite", invite::Context::build, invite::handle)
}
