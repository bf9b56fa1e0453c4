//! The shape of an error text: its words without the numbers and ids that differ from request to request.
//!
//! In: a text. Out: the same text with one stand-in for each number and id. Numbers that the catalogue writes out (429,
//! 1308, the 5 of "5-hour") stay. Always: a text and its shape are the same entry of the catalogue, so that a log in which
//! every text is another one is matched once for each shape.

use std::collections::BTreeSet;

/// A word with so many letters, digits and hyphens, and with so many digits, is an id.
const ID_LENGTH: usize = 20;
const ID_DIGITS: usize = 4;
/// Numbers from this length on may be epochs, and keep their length.
const EPOCH_DIGITS: usize = 9;
/// The stand-in for numbers that are longer than a status and shorter than an epoch.
const NUMBER_DIGITS: usize = 5;
/// A status has so many digits, and always stays.
const STATUS_DIGITS: usize = 3;

/// Gives texts their shapes.
#[derive(Debug)]
pub(super) struct Shapes {
    literal: BTreeSet<String>,
    /// A digit of which no number of the catalogue is made alone. Never 0, which says that nothing is left.
    filler: char,
}

impl Shapes {
    /// Shapes that keep what distinguishes these patterns and codes. `None` if no digit is free.
    pub(super) fn of<'p>(patterns: impl Iterator<Item = &'p str>) -> Option<Self> {
        let mut literal = BTreeSet::new();
        for pattern in patterns {
            // A repetition count is no number of a text.
            let parts = pattern.split('{').map(|part| match part.split_once('}') {
                Some((times, rest)) if times.bytes().all(|b| b.is_ascii_digit() || b == b',') => rest,
                _ => part,
            });
            let numbers = parts.flat_map(|part| part.split(|c: char| !c.is_ascii_digit()));
            literal.extend(numbers.filter(|n| !n.is_empty()).map(str::to_owned));
        }
        let is_free = |digit: &char| !literal.iter().any(|n| n.chars().all(|c| c == *digit));
        let filler = ('1'..='9').rev().find(is_free)?;
        Some(Self { literal, filler })
    }

    /// The shape of a text.
    pub(super) fn shape(&self, text: &str) -> String {
        let mut shape = String::with_capacity(text.len());
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let mut rest = text;
        while !rest.is_empty() {
            let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            if word.len() >= ID_LENGTH && digits >= ID_DIGITS && digits < word.len() {
                shape.push_str("id");
            } else if digits > 0 {
                self.push_numbers(word, &mut shape);
            } else {
                shape.push_str(word);
            }
            rest = &rest[word.len()..];
            let between = rest.find(is_word).unwrap_or(rest.len());
            shape.push_str(&rest[..between]);
            rest = &rest[between..];
        }
        shape
    }

    fn push_numbers(&self, mut word: &str, shape: &mut String) {
        while let Some(begin) = word.find(|c: char| c.is_ascii_digit()) {
            let (letters, from_number) = word.split_at(begin);
            let end = from_number.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_number.len());
            let (number, after) = from_number.split_at(end);
            shape.push_str(letters);
            if number.len() == STATUS_DIGITS || self.literal.contains(number) {
                shape.push_str(number);
            } else {
                let length = if (STATUS_DIGITS..EPOCH_DIGITS).contains(&end) { NUMBER_DIGITS } else { end };
                shape.extend(std::iter::repeat_n(self.filler, length));
            }
            word = after;
        }
        shape.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{ErrorInfo, catalogue};

    #[test]
    fn numbers_and_ids_go_and_codes_stay() {
        let shapes = Shapes::of([r"\b5-hour|1308\b.{0,8}", "99"].into_iter()).unwrap();
        assert_eq!(shapes.filler, '8');
        let shape = |text| shapes.shape(text);
        let limit = shape("429: [1308] 5-hour limit of org-77: Limit 200000, used 1234, try in 7m12.574s");
        assert_eq!(limit, "429: [1308] 5-hour limit of org-88: Limit 88888, used 88888, try in 8m88.574s");
        assert_eq!(shape("req_011CQbX7f2TzPq9LmN3k4v5w failed 1772554740123"), "id failed 8888888888888");
        assert_eq!(shape("已用完 12 次"), "已用完 88 次");
        assert_eq!(shape(""), "");
    }

    #[test]
    fn a_text_and_its_shape_are_the_same_entry() {
        let shapes = catalogue().shapes().unwrap();
        let texts = catalogue().signals.iter().filter_map(|s| s.example.message.clone());
        let more =
            include_str!("../../tests/data/error-texts.tsv").lines().flat_map(|l| l.split('\t')).map(str::to_owned);
        for text in texts.chain(more) {
            for provider in [None, Some("openai"), Some("zai"), Some("claude")] {
                let entry = |message: &str| {
                    let error = ErrorInfo { provider, status: Some(429), kind: None, message: Some(message) };
                    catalogue().matching(&error).map(|m| m.signal.id.as_str())
                };
                assert_eq!(entry(&text), entry(&shapes.shape(&text)), "{text}");
            }
        }
    }
}
