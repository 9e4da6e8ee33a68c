//! The whole product on one machine: the story, or a world to play with.

mod arguments;
mod cast;
mod doctor;
mod log;
mod samples;
mod serve;
mod stop;
mod story;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::arguments::{Arguments, USAGE};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init();
    let arguments = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Where nobody reads standard error, the exit code is left to tell.
            let _ = writeln!(io::stderr(), "lanyard-local: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut out = io::stdout();
    let outcome = match arguments {
        Arguments::Help => writeln!(out, "{USAGE}").map(|()| true).map_err(Into::into),
        Arguments::Story => Box::pin(story::play(&mut out)).await,
        Arguments::Serve { port } => serve::serve(port, &mut out).await.map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(stop) => {
            let _ = writeln!(io::stderr(), "lanyard-local: {}", runtime::chain(&stop));
            ExitCode::FAILURE
        }
    }
}
