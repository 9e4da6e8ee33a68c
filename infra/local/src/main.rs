//! The whole product on one machine: the story, or a world to play with.

mod arguments;
mod cast;
mod doctor;
mod log;
mod paper;
mod samples;
mod serve;
mod stop;
mod story;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::arguments::{Arguments, HINT, USAGE, VERSION};
use crate::paper::Paper;
use crate::stop::Stop;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::init();
    match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(arguments) => ended(carry_out(arguments).await),
        Err(error) => {
            complain(&format!("{error}\n{HINT}"));
            ExitCode::from(2)
        }
    }
}

/// Does what the command line asks for. Says whether all is well.
async fn carry_out(arguments: Arguments) -> Result<bool, Stop> {
    let (mut out, paper) = (io::stdout(), Paper::of_standard_output());
    match arguments {
        Arguments::Help => writeln!(out, "{USAGE}")?,
        Arguments::Version => writeln!(out, "{VERSION}")?,
        Arguments::Story => return Box::pin(story::play(&mut out, paper)).await,
        Arguments::Serve { port } => serve::serve(port, &mut out, paper).await?,
    }
    Ok(true)
}

fn ended(outcome: Result<bool, Stop>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Who has closed the pipe has read enough, as `head` does.
        Err(Stop::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(stop) => {
            complain(&runtime::chain(&stop));
            ExitCode::FAILURE
        }
    }
}

/// Where nobody reads standard error, the exit code is left to tell.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "lanyard-local: {text}");
}
