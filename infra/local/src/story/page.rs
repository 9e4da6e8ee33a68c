//! Plain text, well set: headings, paragraphs and tables of at most [`WIDTH`] characters.

use std::io::Write;

/// How many characters a line has at most.
const WIDTH: usize = 96;

/// What paragraphs are indented by.
const INDENT: usize = 4;

/// What stands between two columns.
const GAP: usize = 2;

/// Where the story is written.
pub(crate) struct Page<'a> {
    out: &'a mut (dyn Write + Send),
}

impl<'a> Page<'a> {
    pub(crate) fn new(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out }
    }

    /// The name of the whole.
    pub(crate) fn title(&mut self, text: &str) {
        self.line(text);
        self.line(&"=".repeat(text.chars().count()));
    }

    /// A chapter's name at the left and its instant at the right.
    pub(crate) fn heading(&mut self, left: &str, right: &str) {
        let room = WIDTH.saturating_sub(left.chars().count() + right.chars().count());
        let line = format!("{left}{}{right}", " ".repeat(room.max(1)));
        self.line("");
        self.line(&line);
        self.line(&"-".repeat(WIDTH));
    }

    /// Sentences, wrapped.
    pub(crate) fn paragraph(&mut self, text: &str) {
        for line in wrapped(text, WIDTH - INDENT) {
            self.line(&format!("{}{line}", " ".repeat(INDENT)));
        }
    }

    /// Rows of cells in columns; the last column is wrapped.
    pub(crate) fn table<const N: usize>(&mut self, rows: &[[String; N]]) {
        let indent = INDENT + GAP;
        let widths: Vec<usize> = (0..N.saturating_sub(1))
            .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|it| length(it)).max())
            .map(|widest| widest.unwrap_or(0) + GAP)
            .collect();
        let before: usize = indent + widths.iter().sum::<usize>();
        for row in rows {
            let mut line = " ".repeat(indent);
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(length(cell))));
            }
            let last = row.last().map(String::as_str).unwrap_or_default();
            let mut lines = wrapped(last, WIDTH.saturating_sub(before).max(20)).into_iter();
            line.push_str(&lines.next().unwrap_or_default());
            self.line(&line);
            for rest in lines {
                self.line(&format!("{}{rest}", " ".repeat(before)));
            }
        }
    }

    /// One line as it is. Where nobody reads it, the exit code is left to tell.
    pub(crate) fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}", text.trim_end());
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The words of a text in lines of at most so many characters; a longer word has a line of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
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
    use super::{Page, WIDTH};

    #[test]
    fn nothing_is_wider_than_the_page_and_columns_stand_in_line() {
        let mut out = Vec::new();
        let mut page = Page::new(&mut out);
        page.heading("1  A chapter", "Mon 2026-11-23 09:00 UTC");
        page.paragraph(&"a sentence of words ".repeat(20));
        let row = |cell: &str| [cell.to_owned(), "told at length ".repeat(20)];
        page.table(&[row("short"), row("somewhat longer")]);
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("\n      short            told at"), "{text}");
        assert!(text.contains("\n      somewhat longer  told at"), "{text}");
    }
}
