//! Which patterns of the catalogue a text can match at all.
//!
//! In: patterns as the catalogue writes them. Out: [`Prefilter`], which finds in one pass over a text the few patterns whose
//! required words are in it. Compiling all of them takes longer than reading a small log, and most runs need two or three.

use crate::keywords::Keywords;

/// A required word shorter than this filters little.
const SHORTEST_WORD: usize = 3;

/// More alternatives than this are no filter worth its memory.
const MOST_WORDS: usize = 24;

/// Finds the patterns whose required words a text holds.
#[derive(Debug)]
pub struct Prefilter {
    /// Each word's owner is a pattern that needs it.
    words: Keywords,
    /// Patterns without a required word: any text may match them.
    always: Vec<u16>,
}

impl Default for Prefilter {
    fn default() -> Self {
        Self::of(std::iter::empty())
    }
}

impl Prefilter {
    /// A filter over numbered patterns.
    pub fn of<'p>(patterns: impl Iterator<Item = (u16, &'p str)>) -> Self {
        let (mut words, mut always) = (Vec::new(), Vec::new());
        for (number, pattern) in patterns {
            let required = required_words(pattern);
            if required.is_empty() {
                always.push(number);
            }
            words.extend(required.into_iter().map(|word| (number, word)));
        }
        Self { words: Keywords::of(words.iter().map(|(number, word)| (*number, word.as_str()))), always }
    }

    /// The patterns that may match the text, in order: all that do, and few others.
    pub fn candidates(&self, text: &str) -> Vec<u16> {
        let mut owners = self.words.owners(text);
        owners.extend_from_slice(&self.always);
        owners.sort_unstable();
        owners
    }
}

/// Words of which every text that the pattern matches holds at least one, in lower case. Empty: none is known.
pub(super) fn required_words(pattern: &str) -> Vec<String> {
    let mut reader = Reader { rest: pattern, readable: !pattern.contains("(?x") };
    let words = reader.alternatives();
    let whole = reader.readable && reader.rest.is_empty();
    words.filter(|_| whole).unwrap_or_default()
}

/// Reads a pattern for its required words. What it does not know ends a word, so that it never requires too much.
struct Reader<'p> {
    rest: &'p str,
    readable: bool,
}

/// One element of a sequence.
enum Element {
    /// This very character.
    Literal(char),
    /// A group, with what it requires.
    Group(Option<Vec<String>>),
    /// Anything else: a class, a dot, an anchor.
    Other,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `a|b|c`, up to the end or a closing parenthesis: every alternative must require something.
    fn alternatives(&mut self) -> Option<Vec<String>> {
        let mut all = Some(Vec::new());
        loop {
            let one = self.sequence();
            all = all.zip(one).map(|(mut all, one)| {
                all.extend(one);
                all
            });
            if !self.skip("|") {
                return all.filter(|words| words.len() <= MOST_WORDS);
            }
        }
    }

    /// One alternative: the best that any of its elements requires.
    fn sequence(&mut self) -> Option<Vec<String>> {
        let mut best: Option<Vec<String>> = None;
        let mut word = String::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let element = self.element();
            let (optional, repeated) = self.quantifier();
            let goes_on = matches!(element, Element::Literal(_)) && !optional && !repeated;
            match element {
                Element::Literal(c) if !optional => word.push(c.to_ascii_lowercase()),
                Element::Group(Some(words)) if !optional => keep(&mut best, words),
                _ => {}
            }
            if !goes_on {
                keep(&mut best, vec![std::mem::take(&mut word)]);
            }
        }
        keep(&mut best, vec![word]);
        best
    }

    fn element(&mut self) -> Element {
        match self.next() {
            Some('\\') => self.escape(),
            Some('[') => {
                self.class();
                Element::Other
            }
            Some('(') => self.group(),
            Some('.' | '^' | '$') | None => Element::Other,
            // The regex crate folds these over ASCII: `k` matches the Kelvin sign. Beyond ASCII a word ends.
            Some(c) if c.is_ascii() => Element::Literal(c),
            Some(_) => Element::Other,
        }
    }

    fn escape(&mut self) -> Element {
        match self.next() {
            Some('p' | 'P' | 'x' | 'u' | 'U') => {
                if self.skip("{") {
                    while self.next().is_some_and(|c| c != '}') {}
                } else {
                    self.readable = false;
                }
                Element::Other
            }
            Some(c) if c.is_ascii_punctuation() || c == ' ' => Element::Literal(c),
            _ => Element::Other,
        }
    }

    /// The rest of a class, which may hold classes.
    fn class(&mut self) {
        let (mut depth, mut first) = (1_u32, true);
        self.skip("^");
        while let Some(c) = self.next() {
            match c {
                '\\' => drop(self.next()),
                '[' => depth += 1,
                ']' if !first => depth -= 1,
                _ => {}
            }
            first = false;
            if depth == 0 {
                return;
            }
        }
        self.readable = false;
    }

    fn group(&mut self) -> Element {
        if self.skip("?P<") || self.skip("?<") {
            while self.next().is_some_and(|c| c != '>') {}
        } else if !self.skip("?:") && self.rest.starts_with('?') {
            // Flags change what follows.
            self.readable = false;
        }
        let words = self.alternatives();
        self.readable &= self.skip(")");
        Element::Group(words)
    }

    /// Whether the element before may be absent, and whether it may be repeated.
    fn quantifier(&mut self) -> (bool, bool) {
        let bounds = if self.skip("?") {
            (true, false)
        } else if self.skip("*") {
            (true, true)
        } else if self.skip("+") {
            (false, true)
        } else if self.skip("{") {
            let absent = self.rest.starts_with(['0', ',']);
            while self.next().is_some_and(|c| c != '}') {}
            (absent, true)
        } else {
            return (false, false);
        };
        self.skip("?");
        bounds
    }
}

/// Keeps the better of two requirements: the one whose shortest word is longer.
fn keep(best: &mut Option<Vec<String>>, words: Vec<String>) {
    let shortest = |words: &[String]| words.iter().map(String::len).min().unwrap_or(0);
    let long_enough = shortest(&words) >= SHORTEST_WORD;
    if long_enough && best.as_deref().is_none_or(|b| shortest(&words) > shortest(b)) {
        *best = Some(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;
    use crate::pattern::tests::agree;
    use crate::signals::catalogue;

    fn required_of(pattern: &str) -> Vec<String> {
        required_words(pattern)
    }

    #[test]
    fn the_longest_run_of_plain_letters_is_required() {
        assert_eq!(required_of(r"\brate limit reached for \S+"), ["rate limit reached for "]);
        assert_eq!(required_of(r"\blimit (?P<n>\d+) of tokens"), [" of tokens"]);
        assert_eq!(required_of(r"\bcolou?r is red"), ["r is red"]);
        assert_eq!(required_of(r"\bToo Many\b"), ["too many"]);
        assert_eq!(required_of(r"\bab+cde"), ["cde"]);
        assert_eq!(required_of(r"quota\.exceeded"), ["quota.exceeded"]);
    }

    #[test]
    fn each_alternative_must_require_something() {
        assert_eq!(required_of(r"\b(?:daily|weekly) cap"), ["daily", "weekly"]);
        assert_eq!(required_of(r"overloaded|engine is busy"), ["overloaded", "engine is busy"]);
        assert_eq!(required_of(r"overloaded|\d+"), Vec::<String>::new());
        assert_eq!(required_of(r"(?:daily )?limit"), ["limit"]);
        assert_eq!(required_of(r"(?:no|not at all) [a-z\]]+ left"), [" left"]);
    }

    #[test]
    fn what_is_not_understood_requires_nothing() {
        for odd in [r"(?x) spaced out", r"\pLetter word", "[unclosed word", "(unclosed word", "word)", "", "额度已用完"]
        {
            assert_eq!(required_of(odd), Vec::<String>::new(), "{odd}");
        }
    }

    #[test]
    fn every_pattern_of_the_catalogue_compiles() {
        for s in &catalogue().signals {
            let pattern = s.regex.as_ref();
            assert!(pattern.is_none_or(|p| p.check() == Ok(())), "{}", s.id);
            if let Some((pattern, text)) = pattern.zip(s.example.message.as_deref()) {
                agree(pattern, text);
            }
        }
    }

    #[test]
    fn no_match_is_filtered_out() {
        let texts = catalogue().signals.iter().filter_map(|s| s.example.message.clone());
        let more =
            include_str!("../../tests/data/error-texts.tsv").lines().flat_map(|l| l.split('\t')).map(str::to_owned);
        let texts: Vec<String> = texts.chain(more).flat_map(|t| [t.to_uppercase(), t]).collect();
        let patterns: Vec<(u16, &Pattern)> =
            (0_u16..).zip(&catalogue().signals).filter_map(|(i, s)| Some((i, s.regex.as_ref()?))).collect();
        let filter = Prefilter::of(patterns.iter().map(|(i, p)| (*i, p.as_str())));
        assert!(filter.always.len() * 5 < patterns.len(), "{} of {}", filter.always.len(), patterns.len());
        for text in &texts {
            let candidates = filter.candidates(text);
            for (i, pattern) in &patterns {
                let is_match = pattern.is_match(text);
                assert!(!is_match || candidates.contains(i), "{text}\n{}", pattern.as_str());
            }
        }
    }
}
