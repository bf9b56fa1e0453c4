//! A regular expression that is compiled when a text first needs it, and compiled for speed only when many texts do.
//!
//! In: a pattern of the program's own, and texts. Out: the same matches as [`regex::Regex`] gives. Compiling one for speed takes
//! longer than reading a small log, and most runs need twenty of them for two or three short texts. So the first texts get an
//! automaton that is compiled in a tenth of the time and is slower to run; it knows nothing of Unicode where the text is ASCII,
//! or is but for punctuation: a dash or a dot of another script is searched as one control character.

use std::borrow::Cow;
use std::ops::{Index, Range};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use regex_automata::meta::{BuildError, Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

/// After so many texts the pattern is compiled for speed: as many searches cost what that saves.
const OFTEN: u32 = 200;

/// A longer text is searched with the pattern compiled for speed.
const LONG: usize = 8 << 10;

/// Most memory of one compiled pattern, in bytes; the largest one of today needs a tenth of it.
const PATTERN_BYTES: usize = 10 << 20;

/// A pattern that is compiled when a text first needs it. A broken one matches nothing; tests rule it out.
#[derive(Debug)]
pub struct Pattern {
    source: Cow<'static, str>,
    ignores_case: bool,
    uses: AtomicU32,
    /// Quickly compiled, for texts that are ASCII. `None` if the pattern needs Unicode.
    ascii: OnceLock<Option<Regex>>,
    /// Quickly compiled, for other texts.
    unicode: OnceLock<Option<Regex>>,
    /// Compiled for speed.
    fast: OnceLock<Option<Regex>>,
}

/// How a pattern is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ascii,
    Unicode,
    Fast,
}

impl Pattern {
    /// A pattern, not compiled yet.
    pub const fn new(source: &'static str) -> Self {
        Self::of(Cow::Borrowed(source), false)
    }

    /// The same for a pattern that is read from data and takes no notice of case.
    pub fn ignoring_case(source: String) -> Self {
        Self::of(Cow::Owned(source), true)
    }

    const fn of(source: Cow<'static, str>, ignores_case: bool) -> Self {
        let uses = AtomicU32::new(0);
        Self { source, ignores_case, uses, ascii: OnceLock::new(), unicode: OnceLock::new(), fast: OnceLock::new() }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Compiles it to see whether it can be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        self.compile(Mode::Fast)
            .map(|_| ())
            .map_err(|e| e.syntax_error().map_or_else(|| e.to_string(), ToString::to_string))
    }

    /// Whether it is anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.search(text).is_some_and(|s| s.regex.is_match(s.text()))
    }

    /// Where it first is in the text.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        let search = self.search(text)?;
        search.regex.find(search.text()).map(|m| placed(search.plain.as_ref().map(|p| &*p.places), m.range()))
    }

    /// Its first match, with groups.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Found<'t>> {
        let search = self.search(text)?;
        let mut groups = search.regex.create_captures();
        search.regex.captures(search.text(), &mut groups);
        groups.is_match().then(|| Found { text, groups, places: search.plain.map(|p| p.places) })
    }

    /// All its matches, with groups.
    pub fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Found<'t>> + use<'t> {
        let search = self.search(text);
        let all: Vec<Captures> = search.iter().flat_map(|s| s.regex.captures_iter(s.text())).collect();
        let places = search.and_then(|s| s.plain).map(|p| p.places);
        all.into_iter().map(move |groups| Found { text, groups, places: places.clone() })
    }

    /// The text with every match replaced, where there is one.
    pub fn replaced(&self, text: &str, by: impl Fn(&Found<'_>) -> String) -> Option<String> {
        let (mut out, mut at) = (String::new(), 0);
        for found in self.captures_iter(text) {
            let whole = found.whole();
            out.push_str(&text[at..whole.start]);
            out.push_str(&by(&found));
            at = whole.end;
        }
        (at > 0 || !out.is_empty()).then(|| out + &text[at..])
    }

    /// What searches this text, and how it is searched.
    fn search<'t>(&self, text: &'t str) -> Option<Search<'_, 't>> {
        let compiled = |mode| self.compile(mode).ok();
        let as_it_is = |regex| Search { regex, whole: text, plain: None };
        if self.uses.load(Ordering::Relaxed) >= OFTEN || text.len() > LONG {
            return self.fast.get_or_init(|| compiled(Mode::Fast)).as_ref().map(as_it_is);
        }
        self.uses.fetch_add(1, Ordering::Relaxed);
        let plain = if text.is_ascii() { None } else { Plain::of(text).filter(|_| self.is_plain()) };
        if text.is_ascii() || plain.is_some() {
            let ascii = self.ascii.get_or_init(|| compiled(Mode::Ascii)).as_ref();
            if let Some(regex) = ascii {
                return Some(Search { regex, whole: text, plain });
            }
        }
        self.unicode.get_or_init(|| compiled(Mode::Unicode)).as_ref().map(as_it_is)
    }

    /// Whether a control character is to it what punctuation of another script is.
    fn is_plain(&self) -> bool {
        self.source.is_ascii() && !ODD.iter().any(|odd| self.source.contains(odd))
    }

    fn compile(&self, mode: Mode) -> Result<Regex, BuildError> {
        let is_fast = mode == Mode::Fast;
        let config = Config::new().nfa_size_limit(Some(PATTERN_BYTES));
        let config =
            if is_fast { config } else { config.auto_prefilter(false).hybrid(false).dfa(false).onepass(false) };
        // Over ASCII both mean the same, and the tables of Unicode need not be searched.
        let unicode = mode != Mode::Ascii;
        let syntax = syntax::Config::new().case_insensitive(self.ignores_case).unicode(unicode).utf8(unicode);
        Regex::builder().configure(config).syntax(syntax).build(&self.source)
    }
}

/// What may tell a control character from punctuation of another script.
const ODD: [&str; 9] = ["\\p", "\\P", "\\x0", "\\x1", "\\u", "\\U", "[:c", "[:a", "[:^"];

/// Punctuation that error texts and reports have: no letters, no digits, no blanks.
const PUNCTUATION: [char; 18] =
    ['·', '…', '—', '–', '‘', '’', '“', '”', '•', '→', '×', '«', '»', '⎿', '│', '─', '✗', '✓'];

/// What is searched, and by what.
struct Search<'p, 't> {
    regex: &'p Regex,
    whole: &'t str,
    plain: Option<Plain>,
}

impl Search<'_, '_> {
    fn text(&self) -> &str {
        self.plain.as_ref().map_or(self.whole, |p| &p.text)
    }
}

/// A text with one control character for each sign of punctuation beyond ASCII.
struct Plain {
    text: String,
    /// Where each of its bytes is in the whole text, and where that ends.
    places: Rc<[usize]>,
}

impl Plain {
    /// `None` where other signs beyond ASCII are in it.
    fn of(whole: &str) -> Option<Self> {
        let is_known = |c: char| c.is_ascii() || PUNCTUATION.contains(&c);
        if !whole.chars().all(is_known) {
            return None;
        }
        let text = whole.chars().map(|c| if c.is_ascii() { c } else { '\u{1}' }).collect();
        let places = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).collect();
        Some(Self { text, places })
    }
}

/// A range of what was searched, as a range of the whole text.
fn placed(places: Option<&[usize]>, range: Range<usize>) -> Range<usize> {
    let place = |at: usize| places.map_or(at, |p| p.get(at).copied().unwrap_or(at));
    place(range.start)..place(range.end)
}

/// A match with its groups.
#[derive(Debug)]
pub struct Found<'t> {
    text: &'t str,
    groups: Captures,
    places: Option<Rc<[usize]>>,
}

/// What a group matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Part<'t> {
    /// The text.
    pub const fn as_str(&self) -> &'t str {
        self.text
    }

    /// Where it begins.
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Where it ends.
    pub const fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

impl<'t> Found<'t> {
    /// Where the whole match is.
    pub fn whole(&self) -> Range<usize> {
        self.groups.get_match().map_or(0..0, |m| placed(self.places.as_deref(), m.range()))
    }

    /// The group of this number; 0 is the whole match.
    pub fn get(&self, group: usize) -> Option<Part<'t>> {
        self.part(self.groups.get_group(group)?.range())
    }

    /// The group of this name.
    pub fn name(&self, name: &str) -> Option<Part<'t>> {
        self.part(self.groups.get_group_by_name(name)?.range())
    }

    /// The first group that took part, without the whole match.
    pub fn first(&self) -> Option<Part<'t>> {
        (1..self.groups.group_len()).find_map(|n| self.get(n))
    }

    /// `template` with the groups in place of `$1`, `$2`.
    pub fn expand(&self, template: &str) -> String {
        let mut parts = template.split('$');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            out.push_str(part[..end].parse().ok().and_then(|n| self.get(n)).map_or("", |group| group.as_str()));
            out.push_str(&part[end..]);
        }
        out
    }

    fn part(&self, range: Range<usize>) -> Option<Part<'t>> {
        let range = placed(self.places.as_deref(), range);
        Some(Part { text: self.text.get(range.clone())?, start: range.start })
    }
}

/// The text of a group; empty where it took no part.
impl Index<&str> for Found<'_> {
    type Output = str;

    fn index(&self, name: &str) -> &str {
        self.name(name).map_or("", |p| p.as_str())
    }
}

/// The text of a group; empty where it took no part.
impl Index<usize> for Found<'_> {
    type Output = str;

    fn index(&self, group: usize) -> &str {
        self.get(group).map_or("", |p| p.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn spans(pattern: &Pattern, mode: Mode, text: &str) -> Vec<Vec<Option<Range<usize>>>> {
        let regex = pattern.compile(mode).unwrap();
        let groups = |c: Captures| (0..c.group_len()).map(|n| c.get_group(n).map(|s| s.range())).collect();
        regex.captures_iter(text).map(groups).collect()
    }

    /// Fails where the ways to compile a pattern find different things in a text.
    pub(crate) fn agree(pattern: &Pattern, text: &str) {
        let fast = spans(pattern, Mode::Fast, text);
        assert_eq!(spans(pattern, Mode::Unicode, text), fast, "{} in {text}", pattern.as_str());
        let plain = Plain::of(text).filter(|_| pattern.is_plain());
        if let Some(plain) = plain.filter(|_| pattern.compile(Mode::Ascii).is_ok()) {
            let mut found = spans(pattern, Mode::Ascii, &plain.text);
            for range in found.iter_mut().flatten().flatten() {
                *range = placed(Some(&plain.places), range.clone());
            }
            assert_eq!(found, fast, "{} in {text}", pattern.as_str());
        }
    }

    /// What stands for the punctuation is to no class of a pattern what that is not.
    #[test]
    fn punctuation_is_to_every_class_what_a_control_character_is() {
        for class in [
            r"\w",
            r"\s",
            r"\d",
            r"\b",
            r"[^\s]",
            r"[^a-z]",
            r".",
            r"(?i)k",
            r"(?i)[a-z]",
            r"[ -~]",
            r"\B",
            r"[[:punct:]]",
        ] {
            let pattern = Pattern::new(class);
            for sign in PUNCTUATION {
                let text = format!("a{sign}b {sign}. {sign}{sign}9");
                agree(&pattern, &text);
                assert_eq!(pattern.captures_iter(&text).map(|f| f.whole()).collect::<Vec<_>>(), {
                    let fast = pattern.compile(Mode::Fast).unwrap();
                    fast.find_iter(&text).map(|m| m.range()).collect::<Vec<_>>()
                });
            }
        }
    }

    #[test]
    fn however_it_is_compiled_it_finds_the_same() {
        for source in [
            r"(?i)\b(key|k)\s*[:=]\s*(?P<v>[^\s;]{2,}?)(;|$)",
            r"\p{L}+@\w+",
            r"(\d+)(?:\.(\d+))?|x{2,4}",
            r"(?-u)\bk[a-z]*",
        ] {
            let pattern = Pattern::new(source);
            for text in [
                "KEY: ab; k=cd;",
                "KEY: a·b; “k”=c…d;",
                "ann@host, x@y",
                "1.5 xx xxxxx 7",
                "k\u{e9}y \u{212a}: abc; ke",
                "",
            ] {
                agree(&pattern, text);
            }
        }
    }

    #[test]
    fn many_texts_change_nothing_but_speed() {
        let pattern = Pattern::new(r"n(\d+)");
        for n in 0..OFTEN * 2 {
            let text = format!("é n{n}");
            let found = pattern.captures(&text).unwrap();
            assert_eq!((found[1].parse(), found.whole()), (Ok(n), 3..text.len()));
            assert_eq!(pattern.replaced(&text, |f| f.expand("<$1>")), Some(format!("é <{n}>")));
        }
        assert!(pattern.fast.get().is_some());
        assert_eq!(pattern.replaced("none", |_| String::new()), None);
    }

    #[test]
    fn a_broken_pattern_matches_nothing_and_says_so() {
        let broken = Pattern::new("(a");
        assert!(broken.check().is_err() && !broken.is_match("(a") && broken.find("a").is_none());
    }

    #[test]
    fn groups_know_their_place() {
        let found = Pattern::new("(x)|(?P<y>y)").captures("ay").unwrap();
        let part = found.name("y").unwrap();
        assert_eq!((part.as_str(), part.start(), part.end(), found.first()), ("y", 1, 2, Some(part)));
        assert_eq!((&found[1], &found["y"], found.get(1)), ("", "y", None));
    }
}
