//! A cause as a page of plain text, for `why429 explain CAUSE`.
//!
//! In: a [`CauseInfo`] and a width in columns. Out: lines without line ends, none wider than asked unless a single word
//! is. Sentences whose placeholders are not known are left out.

use unicode_width::UnicodeWidthStr;

use super::{CauseInfo, fill, fill_all};

/// Least width that is honoured; below it text would be a column of words.
const NARROWEST: usize = 20;

/// The page of a cause. `values` fill its placeholders; with none, what is general remains.
pub fn lines(cause: &CauseInfo, values: &[(&str, &str)], width: usize) -> Vec<String> {
    // Of no log it is not known whether snapshots are there: the advice to take them is general.
    let values = &[values, &[("no_snapshot", "")]].concat()[..];
    let mut page = Page::new(width);
    page.text(&format!("{} ({})", cause.title, cause.cause.id()));
    page.blank();
    page.text(&fill(cause.meaning, values));
    page.field("Lasts", &fill(cause.typical_life, values));
    page.field("Ends", &fill(cause.ends_when, values));
    page.list("Signs for it", &fill_all(cause.signs_for, values));
    page.list("Signs against it", &fill_all(cause.signs_against, values));
    page.list("Do now", &fill_all(cause.advice_now, values));
    page.list("Change", &fill_all(cause.advice_change, values));
    page.field("What would settle it", &settles(cause, values));
    page.list("Ask support", &fill_all(cause.ask_support, values));
    page.field("How often", &fill(cause.prior, values));
    page.lines
}

/// What would settle it, with general words where an episode's times are not known.
pub fn settles(cause: &CauseInfo, values: &[(&str, &str)]) -> String {
    let general = [("first_refusal", "the first refusal"), ("recovery", "the first admission after it")];
    let mut all = values.to_vec();
    all.extend(general);
    fill(cause.settles, &all)
}

/// Lines of wrapped text.
#[derive(Debug)]
pub(crate) struct Page {
    width: usize,
    pub(crate) lines: Vec<String>,
}

impl Page {
    pub(crate) fn new(width: usize) -> Self {
        Self { width: width.max(NARROWEST), lines: Vec::new() }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.lines.extend(wrap(text, self.width, "", ""));
    }

    pub(crate) fn blank(&mut self) {
        self.lines.push(String::new());
    }

    /// A heading with one paragraph; nothing for an empty one.
    pub(crate) fn field(&mut self, heading: &str, text: &str) {
        if !text.is_empty() {
            self.blank();
            self.lines.push(heading.to_owned());
            self.lines.extend(wrap(text, self.width, "  ", "  "));
        }
    }

    /// A heading with a list; nothing for an empty one.
    pub(crate) fn list(&mut self, heading: &str, items: &[String]) {
        if !items.is_empty() {
            self.blank();
            self.lines.push(heading.to_owned());
            self.lines.extend(items.iter().flat_map(|i| wrap(i, self.width, "  - ", "    ")));
        }
    }
}

/// Wraps at spaces. `first` stands before the first line, `rest` before the others.
fn wrap(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let gap = usize::from(!empty);
        if !empty && line.width() + gap + word.width() > width {
            lines.push(format!("{rest}{word}"));
            continue;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_at_the_width_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 9, "- ", "  "), ["- one two", "  three"]);
        assert_eq!(wrap("abcdefghijkl", 5, "", ""), ["abcdefghijkl"]);
    }

    #[test]
    fn no_page_is_wider_than_asked() {
        for cause in super::super::REGISTRY {
            for width in [40, 60, 200] {
                for line in lines(cause, &[], width) {
                    assert!(line.width() <= width, "{line}");
                    assert!(!line.contains('{'), "{line}");
                }
            }
        }
    }
}
