//! The Lambda binary.

use std::convert::Infallible;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve(
        "close-project",
        async |clients| Ok::<_, Infallible>(close_project::Context::build(clients).await),
        close_project::handle,
    )
}
