//! What is printed on: a terminal, or a pipe or a file.

use std::ffi::OsStr;
use std::ops::RangeInclusive;

/// How many characters a line has at most where nobody says how wide the paper is.
const WIDTH: usize = 96;

/// The widths of a page: in a narrower one tables fall apart, in a wider one the eye loses the line.
const WIDTHS: RangeInclusive<usize> = 80..=120;

/// How wide a line may be, and whether words may stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paper {
    /// The characters of a line.
    pub(crate) width: usize,
    /// Whether it shows emphasis.
    pub(crate) has_emphasis: bool,
}

/// How words stand out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Not at all.
    Plain,
    /// What the eye looks for first.
    Strong,
    /// What may be passed over.
    Faint,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
}

impl Paper {
    /// A pipe or a file.
    pub(crate) const PLAIN: Self = Self { width: WIDTH, has_emphasis: false };

    /// A terminal of so many columns. Some do not know their width and say 0.
    pub(crate) fn terminal(columns: u16, term: Option<&OsStr>, no_color: Option<&OsStr>) -> Self {
        let understands = term.is_some_and(|term| !term.is_empty() && term != "dumb");
        let is_declined = no_color.is_some_and(|value| !value.is_empty());
        Self {
            width: usize::from(columns).clamp(*WIDTHS.start(), *WIDTHS.end()),
            has_emphasis: understands && !is_declined,
        }
    }

    /// What standard output is.
    pub(crate) fn of_standard_output() -> Self {
        let [term, no_color] = ["TERM", "NO_COLOR"].map(std::env::var_os);
        columns().map_or(Self::PLAIN, |columns| {
            Self::terminal(columns, term.as_deref(), no_color.as_deref())
        })
    }

    /// The text as it stands out on this paper. What takes no room on the page is added, nothing else.
    pub(crate) fn set(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
        };
        if self.has_emphasis && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The columns of standard output, where it is a terminal.
#[cfg(unix)]
fn columns() -> Option<u16> {
    rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| size.ws_col)
}

/// Elsewhere nothing asks for the width, and the page is as in a file.
#[cfg(not(unix))]
fn columns() -> Option<u16> {
    None
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::{Paper, Tone};

    #[test]
    fn a_page_is_as_wide_as_its_terminal_from_80_to_120() {
        for (columns, width) in
            [(0, 80), (40, 80), (80, 80), (81, 81), (119, 119), (120, 120), (300, 120)]
        {
            assert_eq!(Paper::terminal(columns, None, None).width, width, "{columns}");
        }
    }

    #[test]
    fn words_stand_out_where_the_terminal_can_and_nobody_declines() {
        for (term, no_color, expected) in [
            (Some("xterm-256color"), None, true),
            (Some("xterm-256color"), Some(""), true),
            (Some("xterm-256color"), Some("1"), false),
            (Some("dumb"), None, false),
            (Some(""), None, false),
            (None, None, false),
        ] {
            let paper = Paper::terminal(100, term.map(OsStr::new), no_color.map(OsStr::new));
            assert_eq!(paper.has_emphasis, expected, "TERM {term:?}, NO_COLOR {no_color:?}");
        }
    }

    #[test]
    fn plain_paper_shows_every_tone_as_plain_text() {
        let terminal = Paper { has_emphasis: true, ..Paper::PLAIN };
        for tone in [Tone::Strong, Tone::Faint, Tone::Good, Tone::Bad] {
            assert_eq!(Paper::PLAIN.set(tone, "word"), "word");
            let set = terminal.set(tone, "word");
            assert!(set.starts_with("\u{1b}[") && set.ends_with("word\u{1b}[0m"), "{set:?}");
            assert_eq!(terminal.set(tone, ""), "");
        }
        assert_eq!(terminal.set(Tone::Plain, "word"), "word");
    }
}
