//! Which of many words a text holds, in any case of ASCII letters.
//!
//! In: words, each of somebody's, and a text. Out: whose words are in it. The table of a thousand words is made in a tenth of
//! the time that an automaton for them takes, and most runs ask it about a few hundred short texts. Always: a word that
//! overlaps another one is found too.

/// Places for words by the last five bits of their first three bytes, in which letters differ and their case does not.
const PLACES: usize = 1 << 15;

/// Bytes by which a word is looked up; those that are shorter are looked up by their first byte.
const LEAD: usize = 3;

/// Words to be found.
#[derive(Debug)]
pub(crate) struct Keywords {
    /// The last word of each place, counted from 1; 0 where there is none.
    last: Vec<u16>,
    /// The last short word by first byte.
    last_short: [u16; 256],
    words: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    text: Box<[u8]>,
    owner: u16,
    /// The word before it at its place.
    before: u16,
}

fn place(lead: [u8; LEAD]) -> usize {
    let [a, b, c] = lead.map(|b| usize::from(b & 31));
    a | (b << 5) | (c << 10)
}

impl Keywords {
    /// Words with the number of their owner. Empty ones are never found.
    pub(crate) fn of<'w>(words: impl IntoIterator<Item = (u16, &'w str)>) -> Self {
        let mut all = Self { last: vec![0; PLACES], last_short: [0; 256], words: Vec::new() };
        for (owner, word) in words {
            let text = word.to_ascii_lowercase().into_bytes().into_boxed_slice();
            let slot = match *text {
                [] => continue,
                [a, b, c, ..] => &mut all.last[place([a, b, c])],
                [a, ..] => &mut all.last_short[usize::from(a)],
            };
            let Ok(number) = u16::try_from(all.words.len() + 1) else { break };
            let before = std::mem::replace(slot, number);
            all.words.push(Word { text, owner, before });
        }
        all
    }

    /// The owners of the words in a text, each once and in order.
    pub(crate) fn owners(&self, text: &str) -> Vec<u16> {
        let mut found = Vec::new();
        self.each(text, |owner| found.push(owner));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether any word is in the text.
    pub(crate) fn any(&self, text: &str) -> bool {
        let mut found = false;
        self.each(text, |_| found = true);
        found
    }

    fn each(&self, text: &str, mut found: impl FnMut(u16)) {
        let bytes = text.as_bytes();
        let mut chain = |mut number: u16, at: usize| {
            while let Some(word) = usize::from(number).checked_sub(1).and_then(|n| self.words.get(n)) {
                let there = bytes.get(at..at + word.text.len());
                if there.is_some_and(|b| b.eq_ignore_ascii_case(&word.text)) {
                    found(word.owner);
                }
                number = word.before;
            }
        };
        for (at, first) in bytes.iter().enumerate() {
            let short = self.last_short[usize::from(first.to_ascii_lowercase())];
            if short > 0 {
                chain(short, at);
            }
            if let Some([a, b, c]) = bytes.get(at..at + LEAD) {
                let long = self.last[place([*a, *b, *c])];
                if long > 0 {
                    chain(long, at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_are_and_once() {
        let words = Keywords::of([(7, "Token"), (3, "ken"), (5, "@"), (5, "a."), (9, "tokenless"), (2, "")]);
        assert_eq!(words.owners("a TOKEN, no token"), [3, 7]);
        assert_eq!(words.owners("tokenles"), [3, 7]);
        assert_eq!(words.owners("x@A."), [5]);
        assert_eq!(words.owners("to ke n"), Vec::<u16>::new());
        assert_eq!(words.owners(""), Vec::<u16>::new());
        assert!(words.any("Ken") && !words.any("Ke"));
    }

    proptest::proptest! {
        #[test]
        fn the_same_words_as_one_search_each(words in proptest::collection::vec("[abkS.é]{1,4}", 1..20), text in "[abkKsS.é]{0,40}") {
            let numbered = || (0_u16..).zip(words.iter().map(String::as_str));
            let lower = text.to_ascii_lowercase();
            let expected: Vec<u16> = numbered().filter(|(_, w)| lower.contains(&w.to_ascii_lowercase())).map(|(n, _)| n).collect();
            proptest::prop_assert_eq!(Keywords::of(numbered()).owners(&text), expected);
        }
    }
}
