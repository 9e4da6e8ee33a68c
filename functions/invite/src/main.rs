//! The Lambda binary.

use std::convert::Infallible;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve(
        "invite",
        async |clients| Ok::<_, Infallible>(invite::Context::build(clients).await),
        invite::handle,
    )
}
