//! The command line.

use lexopt::prelude::{Long, Short, Value, ValueExt as _};

/// What is printed for `--help`, and with an error.
pub(crate) const USAGE: &str = "\
usage: cargo run -p lanyard-local [-- OPTIONS]

Without options: plays the whole story on a simulated clock and checks it. The exit code is 0 only if
the end state is right.

  --serve     keep a world up on the machine's clock, and print curl lines to try
  --port N    with --serve: the port of the functions on the loopback address, by default 8787; the
              simulated Salesforce org gets the next one. 0 takes free ones
  -h, --help  print this

LANYARD_LOG=info (error, warn, info, debug, trace) prints the functions' log lines to standard error.";

/// The port of the functions, where the command line names none.
const PORT: u16 = 8787;

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// The text about the command line.
    Help,
    /// The story.
    Story,
    /// A world to play with.
    Serve {
        /// The port of the functions; 0 takes a free one.
        port: u16,
    },
}

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut serves, mut port) = (false, None);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Long("serve") => serves = true,
                Long("port") => port = Some(parser.value()?.parse()?),
                other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected()),
            }
        }
        match (serves, port) {
            (false, None) => Ok(Self::Story),
            (false, Some(_)) => Err("--port goes with --serve".into()),
            // The org gets the next port, so there must be one.
            (true, Some(u16::MAX)) => Err("--port must be at most 65534".into()),
            (true, port) => Ok(Self::Serve { port: port.unwrap_or(PORT) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn the_command_line_asks_for_one_thing_or_is_an_error() {
        for (line, expected) in [
            ("", Ok(Arguments::Story)),
            ("--help", Ok(Arguments::Help)),
            ("--serve", Ok(Arguments::Serve { port: 8787 })),
            ("--serve --port 0", Ok(Arguments::Serve { port: 0 })),
            ("--port 0", Err("--port goes with --serve")),
            ("--serve --port 65535", Err("--port must be at most 65534")),
            ("--serve --port x", Err("cannot parse argument \"x\": invalid digit found in string")),
            ("--sreve", Err("invalid option '--sreve'")),
            ("story", Err("unexpected argument \"story\"")),
        ] {
            let parser = lexopt::Parser::from_args(line.split_whitespace());
            let parsed = Arguments::parse(parser).map_err(|error| error.to_string());
            assert_eq!(parsed, expected.map_err(str::to_owned), "{line}");
        }
    }
}
