//! A page of text for a terminal: spans with a tone, wrapped at words, with hanging indents.
//!
//! In: texts as they are. Out: lines of at most the page's width. What always holds: every text passes
//! [`escape::terminal`] when it becomes a span, so nothing of a log can act on the terminal.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::privacy::escape;

use crate::wording::words;

/// What a span is, not how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Running text.
    Plain,
    /// Headings and the verdict.
    Strong,
    /// What may be skipped.
    Dim,
    /// Admissions, and what speaks for.
    Good,
    /// Refusals, and what speaks against.
    Bad,
    /// Times and snapshots that matter.
    Note,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Note => AnsiColor::Cyan.on_default(),
        }
    }
}

/// A piece of a line.
#[derive(Debug, Clone)]
pub(super) struct Span {
    tone: Tone,
    text: String,
}

/// A span; the text is escaped here and nowhere else. A unit stays on the line of its number.
pub(super) fn span(tone: Tone, text: &str) -> Span {
    Span { tone, text: words::joined(&escape::terminal(text)) }
}

/// How a paragraph is set: what stands before its first line, and how far the others are indented.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indent {
    /// Columns before the first line.
    pub(super) first: usize,
    /// Columns before the others.
    pub(super) rest: usize,
}

/// The page.
#[derive(Debug)]
pub(super) struct Page {
    width: usize,
    color: bool,
    out: String,
}

/// Below this a page is not set; a narrower terminal breaks the lines itself.
const NARROWEST: usize = 40;

/// Columns of running text that eyes still follow from line to line.
pub(super) const READABLE: usize = 120;

impl Page {
    /// An empty page.
    pub(super) fn new(width: usize, color: bool) -> Self {
        Self { width: width.max(NARROWEST), color, out: String::new() }
    }

    /// Columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Columns for running text: longer lines are hard to follow, and only pictures gain by them.
    fn text_width(&self) -> usize {
        if self.width == usize::MAX { self.width } else { self.width.min(READABLE) }
    }

    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// A blank line, never two, never the first.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading with a blank line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.text(Indent { first: 0, rest: 2 }, &[span(Tone::Strong, text)]);
    }

    /// One line that is not wrapped.
    pub(super) fn line(&mut self, indent: usize, spans: &[Span]) {
        self.out.push_str(&" ".repeat(indent));
        for piece in spans {
            self.paint(piece.tone, &piece.text);
        }
        let end = self.out.trim_end_matches(' ').len();
        self.out.truncate(end);
        self.out.push('\n');
    }

    /// A paragraph, wrapped. Spans follow each other without a blank between.
    pub(super) fn text(&mut self, indent: Indent, spans: &[Span]) {
        let mut indent_now = indent.first;
        for line in wrap(&cells(spans), self.text_width(), indent) {
            self.out.push_str(&" ".repeat(indent_now));
            indent_now = indent.rest;
            for run in line.chunk_by(|a, b| a.tone == b.tone) {
                let text: String = run.iter().map(|c| c.char).collect();
                self.paint(run[0].tone, &text);
            }
            self.out.push('\n');
        }
    }

    /// A paragraph with something behind its end: on the last line where there is room, else at the right of the next one.
    pub(super) fn text_with(&mut self, spans: &[Span], tail: &Span) {
        const APART: usize = 4;
        let flush = Indent { first: 0, rest: 0 };
        let last = wrap(&cells(spans), self.text_width(), flush).last().map_or(0, |line| width_of(line));
        self.text(flush, spans);
        let wide = columns(&tail.text);
        let gap = if last + APART + wide <= self.text_width() {
            self.out.pop();
            APART
        } else {
            self.text_width().saturating_sub(wide)
        };
        self.out.push_str(&" ".repeat(gap));
        self.paint(tail.tone, &tail.text);
        self.out.push('\n');
    }

    fn paint(&mut self, tone: Tone, text: &str) {
        let text = text.replace('\u{a0}', " ");
        if !self.color || tone == Tone::Plain || text.trim().is_empty() {
            self.out.push_str(&text);
            return;
        }
        let style = tone.style();
        self.out.push_str(&format!("{style}{text}{style:#}"));
    }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    char: char,
    tone: Tone,
}

fn cells(spans: &[Span]) -> Vec<Cell> {
    spans.iter().flat_map(|s| s.text.chars().map(|char| Cell { char, tone: s.tone })).collect()
}

fn width_of(cells: &[Cell]) -> usize {
    cells.iter().map(|c| c.char.width().unwrap_or(0)).sum()
}

/// Breaks at blanks; a word longer than a line is broken where the line ends.
fn wrap(cells: &[Cell], width: usize, indent: Indent) -> Vec<Vec<Cell>> {
    let mut lines: Vec<Vec<Cell>> = vec![Vec::new()];
    let mut room = width.saturating_sub(indent.first).max(1);
    let full = width.saturating_sub(indent.rest).max(1);
    for word in cells.split_inclusive(|c| c.char == ' ') {
        let bare = word.split_last().filter(|(last, _)| last.char == ' ').map_or(word, |(_, before)| before);
        if width_of(bare) > room && lines.last().is_some_and(|l| !l.is_empty()) {
            lines.push(Vec::new());
            room = full;
        }
        for cell in word {
            let wide = cell.char.width().unwrap_or(0);
            if wide > room && cell.char != ' ' {
                lines.push(Vec::new());
                room = full;
            }
            room = room.saturating_sub(wide);
            if let Some(line) = lines.last_mut() {
                line.push(*cell);
            }
        }
    }
    for line in &mut lines {
        while line.last().is_some_and(|c| c.char == ' ') {
            line.pop();
        }
    }
    lines
}

/// Columns that a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize, first: usize, rest: usize) -> String {
        let mut page = Page { width, color: false, out: String::new() };
        page.text(Indent { first, rest }, &[span(Tone::Plain, text)]);
        page.into_text()
    }

    #[test]
    fn lines_break_at_words_and_hang() {
        assert_eq!(wrapped("one two three four", 11, 2, 4), "  one two\n    three\n    four\n");
        assert_eq!(wrapped("one two", 7, 0, 0), "one two\n");
    }

    #[test]
    fn a_number_stays_with_its_unit_and_a_long_word_is_broken() {
        assert_eq!(wrapped("in 97\u{a0}%", 5, 0, 0), "in\n97 %\n");
        assert_eq!(wrapped("in 97 %", 5, 0, 0), "in\n97 %\n");
        assert_eq!(wrapped("abcdefgh", 3, 0, 0), "abc\ndef\ngh\n");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrapped("限流 限流", 5, 0, 0), "限流\n限流\n");
    }

    #[test]
    fn colour_is_written_only_when_asked_and_hostile_text_never() {
        let mut page = Page::new(80, true);
        page.line(0, &[span(Tone::Bad, "a\x1b[2J"), span(Tone::Plain, " b")]);
        assert_eq!(page.into_text(), "\u{1b}[31ma\\x1b[2J\u{1b}[0m b\n");
        let mut page = Page::new(80, false);
        page.line(0, &[span(Tone::Bad, "a")]);
        assert_eq!(page.into_text(), "a\n");
    }
}
