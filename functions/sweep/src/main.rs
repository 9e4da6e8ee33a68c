//! The Lambda binary.

use std::convert::Infallible;
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::serve(
        "sweep",
        async |clients| Ok::<_, Infallible>(sweep::Context::build(clients).await),
        sweep::handle,
    )
}
