//! A page, well set: headings, paragraphs and tables that are as wide as the paper.

use std::io::{self, Write};

use crate::paper::{Paper, Tone};

/// What paragraphs are indented by.
const INDENT: usize = 4;

/// What stands between two columns.
const GAP: usize = 2;

/// A space at which no line ends. It is printed as any other.
const TIE: char = '\u{a0}';

/// Where the story is written. Each block is there to be read as soon as it is written.
pub(crate) struct Page<'a> {
    out: &'a mut (dyn Write + Send),
    paper: Paper,
    failure: Option<io::Error>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(out: &'a mut (dyn Write + Send), paper: Paper) -> Self {
        Self { out, paper, failure: None }
    }

    /// The name of the whole.
    pub(crate) fn title(&mut self, text: &str) {
        let rule = "=".repeat(length(text));
        self.block(&[self.paper.set(Tone::Strong, text), self.paper.set(Tone::Faint, &rule)]);
    }

    /// A chapter's name at the left and its instant at the right.
    pub(crate) fn heading(&mut self, left: &str, right: &str) {
        let (paper, width) = (self.paper, self.paper.width);
        let room = " ".repeat(width.saturating_sub(length(left) + length(right)).max(1));
        let [left, right] = [paper.set(Tone::Strong, left), paper.set(Tone::Faint, right)];
        let rule = paper.set(Tone::Faint, &"-".repeat(width));
        self.block(&[String::new(), format!("{left}{room}{right}"), rule]);
    }

    /// Sentences.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.text(INDENT, Tone::Plain, text);
    }

    /// A remark that may be passed over.
    pub(crate) fn aside(&mut self, text: &str) {
        self.text(INDENT, Tone::Faint, text);
    }

    /// Sentences that count more than the others, so they begin where the page does.
    pub(crate) fn statement(&mut self, tone: Tone, text: &str) {
        self.text(0, tone, text);
    }

    /// An empty line.
    pub(crate) fn pause(&mut self) {
        self.block(&[String::new()]);
    }

    /// Rows of cells in columns; the last column is wrapped, and the others must leave it room.
    pub(crate) fn table<const N: usize>(&mut self, rows: &[[String; N]]) {
        self.columns(rows, |_, _| Tone::Plain);
    }

    /// A table whose first row names the columns.
    pub(crate) fn titled_table<const N: usize>(&mut self, rows: &[[String; N]]) {
        self.columns(rows, |row, _| if row == 0 { Tone::Strong } else { Tone::Plain });
    }

    /// A table whose first column is what the reader looks for.
    pub(crate) fn keyed_table<const N: usize>(&mut self, rows: &[[String; N]]) {
        self.columns(rows, |_, column| if column == 0 { Tone::Strong } else { Tone::Plain });
    }

    /// Whether all of it could be written.
    ///
    /// # Errors
    /// The first failure. A reader who has gone away is none: the exit code is left to tell.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self.failure.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            Some(_) | None => Ok(()),
        }
    }

    fn columns<const N: usize>(
        &mut self,
        rows: &[[String; N]],
        tone: impl Fn(usize, usize) -> Tone,
    ) {
        let (paper, indent) = (self.paper, INDENT + GAP);
        let widths: Vec<usize> = (0..N.saturating_sub(1))
            .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|it| length(it)).max())
            .map(|widest| widest.unwrap_or(0) + GAP)
            .collect();
        let before: usize = indent + widths.iter().sum::<usize>();
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let mut line = " ".repeat(indent);
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                line.push_str(&paper.set(tone(at, column), cell));
                line.push_str(&" ".repeat(width.saturating_sub(length(cell))));
            }
            let last = row.last().map(String::as_str).unwrap_or_default();
            let wrapped = wrapped(last, paper.width.saturating_sub(before).max(20));
            let tone = tone(at, widths.len());
            let mut parts = wrapped.iter().map(|part| paper.set(tone, part));
            line.push_str(&parts.next().unwrap_or_default());
            lines.push(line);
            lines.extend(parts.map(|part| format!("{}{part}", " ".repeat(before))));
        }
        self.block(&lines);
    }

    fn text(&mut self, indent: usize, tone: Tone, text: &str) {
        let wrapped = wrapped(text, self.paper.width - indent);
        let set = |line: &String| format!("{}{}", " ".repeat(indent), self.paper.set(tone, line));
        let lines: Vec<String> = wrapped.iter().map(set).collect();
        self.block(&lines);
    }

    /// After the first failure nothing more is tried; it is kept for [`Page::finish`].
    fn block(&mut self, lines: &[String]) {
        if self.failure.is_some() {
            return;
        }
        let text: String = lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect();
        let text = text.replace(TIE, " ");
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        self.failure = written.err();
    }
}

/// The words of a text tied together, so that they stay in one line.
pub(crate) fn tied(text: &str) -> String {
    text.replace(' ', &TIE.to_string())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The words of a text in lines of at most so many characters; a longer word, such as an address, has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && length(&line) + 1 + length(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use super::{Page, tied};
    use crate::paper::{Paper, Tone};

    /// An address that is longer than any page is wide.
    fn address() -> String {
        format!("https://{}.example", "a".repeat(150))
    }

    /// Everything that a page can hold.
    fn full(paper: Paper) -> String {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, paper);
        page.title("A title — with a dash");
        page.heading("1  A chapter", "Mon 2026-11-23 09:00 UTC");
        page.paragraph(&"a sentence of words – großer ones – ".repeat(20));
        page.paragraph(&format!("It is at {}, for whoever asks.", address()));
        page.aside(&"what it has cost ".repeat(20));
        let row = |cell: &str| [cell.to_owned(), "told at length ".repeat(20)];
        page.table(&[row("short"), row("somewhat longer")]);
        page.titled_table(&[row("name"), row("Ana")]);
        page.keyed_table(&[row("cargo run"), [String::new(), String::new()]]);
        page.pause();
        page.statement(Tone::Good, &"all is well ".repeat(20));
        page.heading("An end", "");
        page.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The text without what takes no room.
    fn visible(text: &str) -> String {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        let after = parts.map(|part| part.split_once('m').map(|(_, rest)| rest).unwrap());
        std::iter::once(first.as_str()).chain(after).collect()
    }

    #[test]
    fn nothing_but_a_long_word_is_wider_than_the_page_at_any_width() {
        for width in 80..=120 {
            for has_emphasis in [false, true] {
                let text = full(Paper { width, has_emphasis });
                let text = visible(&text);
                let is_wide = |line: &&str| line.chars().count() > width;
                let wide: Vec<&str> = text.lines().filter(is_wide).collect();
                assert_eq!(wide, [format!("    {},", address())], "{width}\n{text}");
                let rules = text.lines().filter(|line| *line == "-".repeat(width));
                assert_eq!(rules.count(), 2, "{width}\n{text}");
            }
        }
    }

    #[test]
    fn emphasis_adds_nothing_that_is_seen_and_ends_on_its_line() {
        for width in [80, 96, 120] {
            let emphatic = full(Paper { width, has_emphasis: true });
            let plain = full(Paper { width, has_emphasis: false });
            assert!(!plain.contains('\u{1b}'), "{plain}");
            assert_eq!(visible(&emphatic), plain);
            for line in emphatic.lines() {
                let (begun, ended) = (line.matches('\u{1b}').count(), line.matches("\u{1b}[0m"));
                assert_eq!(begun, 2 * ended.count(), "{line:?}");
            }
        }
    }

    #[test]
    fn words_that_are_tied_stay_in_one_line() {
        let mut out = Vec::new();
        let text = format!("{} {}", "a".repeat(85), tied("and 7 days"));
        Page::new(&mut out, Paper::PLAIN).paragraph(&text);
        let expected = format!("    {}\n    and 7 days\n", "a".repeat(85));
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn columns_stand_in_line_and_no_line_ends_in_blanks() {
        let text = full(Paper::PLAIN);
        assert!(text.contains("\n      short            told at"), "{text}");
        assert!(text.contains("\n      somewhat longer  told at"), "{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    }

    /// Keeps what would be seen, as a terminal behind a buffer does; fails once it is full.
    #[derive(Default)]
    struct Window {
        buffer: Vec<u8>,
        seen: Vec<u8>,
        failure: Option<io::ErrorKind>,
    }

    impl Write for Window {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.buffer.extend(bytes);
            self.failure.map_or(Ok(bytes.len()), |kind| Err(kind.into()))
        }

        fn flush(&mut self) -> io::Result<()> {
            self.seen.append(&mut self.buffer);
            Ok(())
        }
    }

    #[test]
    fn each_block_is_seen_as_soon_as_it_is_written() {
        let blocks: [fn(&mut Page<'_>); 4] = [
            |page| page.title("word"),
            |page| page.heading("word", ""),
            |page| page.paragraph("word"),
            |page| page.table(&[["word".to_owned()]]),
        ];
        for block in blocks {
            let mut window = Window::default();
            block(&mut Page::new(&mut window, Paper::PLAIN));
            let seen = String::from_utf8(window.seen).unwrap();
            assert!(seen.contains("word\n"), "{seen:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_unless_the_reader_has_gone() {
        for (failure, expected) in [
            (io::ErrorKind::StorageFull, Some(io::ErrorKind::StorageFull)),
            (io::ErrorKind::BrokenPipe, None),
        ] {
            let mut window = Window { failure: Some(failure), ..Window::default() };
            let mut page = Page::new(&mut window, Paper::PLAIN);
            page.paragraph("first");
            page.paragraph("second");
            assert_eq!(page.finish().err().map(|error| error.kind()), expected);
            assert_eq!(window.buffer, b"    first\n", "nothing is tried after a failure");
        }
    }
}
