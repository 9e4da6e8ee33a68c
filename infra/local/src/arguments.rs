//! The command line.

use lexopt::prelude::{Long, Short, Value};

/// What is printed for `--help`.
pub(crate) const USAGE: &str = "\
usage: cargo run -p lanyard-local [-- OPTIONS]

Without options: plays the whole story on a simulated clock and checks it. The
exit code is 0 only if the end state is right.

  --serve        keep a world up on the machine's clock, and print curl lines
                 to try
  --port N       with --serve: the port of the functions on the loopback
                 address, by default 8787; the simulated Salesforce org gets
                 the next one. 0 takes free ones
  -h, --help     print this
  -V, --version  print the version

LANYARD_LOG=info (error, warn, info, debug, trace) prints the functions' log
lines to standard error. NO_COLOR=1 prints no emphasis on a terminal.";

/// What is printed with an error.
pub(crate) const HINT: &str = "for help: cargo run -p lanyard-local -- --help";

/// What is printed for `--version`.
pub(crate) const VERSION: &str = concat!("lanyard-local ", env!("CARGO_PKG_VERSION"));

/// The port of the functions, where the command line names none.
const PORT: u16 = 8787;

/// The highest port of the functions: the org gets the next one.
const MAXIMUM_PORT: u16 = u16::MAX - 1;

/// The options by their long names.
const OPTIONS: [&str; 4] = ["serve", "port", "help", "version"];

/// The most letters by which a misspelt option differs from the one that was meant.
const SLIPS: usize = 2;

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// The text about the command line.
    Help,
    /// The version.
    Version,
    /// The story.
    Story,
    /// A world to play with.
    Serve {
        /// The port of the functions; 0 takes a free one.
        port: u16,
    },
}

/// Why a command line is not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Misunderstanding {
    /// Nothing that there is.
    #[error("{given} is not an option{}", .meant.map(|it| format!(": do you mean --{it}?")).unwrap_or_default())]
    Unknown {
        /// As it stands in the command line.
        given: String,
        /// The option that comes closest.
        meant: Option<&'static str>,
    },
    /// No port.
    #[error("--port needs a number, such as --port {PORT}")]
    NoPort,
    /// Not a port.
    #[error("--port must be a number from 0 to {MAXIMUM_PORT}, not {0:?}")]
    Port(String),
    /// A port without anything that listens.
    #[error("--port goes with --serve")]
    PortAlone,
    /// Anything else that cannot be read.
    #[error(transparent)]
    Unread(#[from] lexopt::Error),
}

impl Arguments {
    /// Reads the command line.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, Misunderstanding> {
        let (mut serves, mut port) = (false, None);
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Short('V') | Long("version") => return Ok(Self::Version),
                Long("serve") => serves = true,
                Long("port") => port = Some(parse_port(&mut parser)?),
                Short(letter) => {
                    return Err(unknown(format!("-{letter}"), &letter.to_string()));
                }
                Long(name) => return Err(unknown(format!("--{name}"), name)),
                Value(word) => {
                    let word = word.to_string_lossy();
                    return Err(unknown(format!("{word:?}"), &word));
                }
            }
        }
        match (serves, port) {
            (false, None) => Ok(Self::Story),
            (false, Some(_)) => Err(Misunderstanding::PortAlone),
            (true, port) => Ok(Self::Serve { port: port.unwrap_or(PORT) }),
        }
    }
}

fn parse_port(parser: &mut lexopt::Parser) -> Result<u16, Misunderstanding> {
    let value = parser.value().map_err(|_| Misunderstanding::NoPort)?;
    let value = value.to_string_lossy();
    let port = value.parse().ok().filter(|port| *port <= MAXIMUM_PORT);
    port.ok_or_else(|| Misunderstanding::Port(value.into_owned()))
}

fn unknown(given: String, name: &str) -> Misunderstanding {
    Misunderstanding::Unknown { given, meant: nearest(name) }
}

/// The option that somebody meant by a name: one that begins so, or else is only a slip away.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if name.is_empty() {
        return None;
    }
    let begins = OPTIONS.into_iter().find(|option| option.starts_with(&name));
    begins.or_else(|| {
        let by_distance = OPTIONS.into_iter().map(|option| (distance(&name, option), option));
        by_distance.min().filter(|(distance, _)| *distance <= SLIPS).map(|(_, option)| option)
    })
}

/// How many letters must be put in, left out or replaced to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        for ((above_left, above), expected) in row.iter().zip(&row[1..]).zip(&other) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = above_left + usize::from(letter != *expected);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, USAGE};

    fn parsed(line: &str) -> Result<Arguments, String> {
        let parser = lexopt::Parser::from_args(line.split_whitespace());
        Arguments::parse(parser).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_asks_for_one_thing_or_is_an_error() {
        let port = |it: &str| format!("--port must be a number from 0 to 65534, not {it:?}");
        for (line, expected) in [
            ("", Ok(Arguments::Story)),
            ("--help", Ok(Arguments::Help)),
            ("-h", Ok(Arguments::Help)),
            ("--version", Ok(Arguments::Version)),
            ("-V", Ok(Arguments::Version)),
            ("--serve", Ok(Arguments::Serve { port: 8787 })),
            ("--serve --port 0", Ok(Arguments::Serve { port: 0 })),
            ("--port=65534 --serve", Ok(Arguments::Serve { port: 65_534 })),
            ("--port 0", Err("--port goes with --serve".to_owned())),
            ("--serve --port", Err("--port needs a number, such as --port 8787".to_owned())),
            ("--serve --port 65535", Err(port("65535"))),
            ("--serve --port x", Err(port("x"))),
            ("--serve --port=-1", Err(port("-1"))),
            ("--serve=yes", Err(r#"unexpected argument for option '--serve': "yes""#.to_owned())),
        ] {
            assert_eq!(parsed(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_option_is_named_with_the_option_that_was_probably_meant() {
        for (line, given, meant) in [
            ("--sreve", "--sreve", Some("--serve")),
            ("--server", "--server", Some("--serve")),
            ("--Serve", "--Serve", Some("--serve")),
            ("--ver", "--ver", Some("--version")),
            ("--prot=80", "--prot", Some("--port")),
            ("-v", "-v", Some("--version")),
            ("-p", "-p", Some("--port")),
            ("serve", "\"serve\"", Some("--serve")),
            ("--sweep", "--sweep", None),
            ("-x", "-x", None),
            ("story", "\"story\"", None),
        ] {
            let meant = meant.map(|it| format!(": do you mean {it}?")).unwrap_or_default();
            assert_eq!(parsed(line), Err(format!("{given} is not an option{meant}")), "{line}");
        }
    }

    #[test]
    fn the_text_about_the_command_line_fits_the_narrowest_page() {
        assert!(USAGE.lines().all(|line| line.chars().count() <= 80), "{USAGE}");
    }
}
