//! A regular expression that is compiled when a text first needs it, and compiled for speed only when many texts do.
//!
//! In: a pattern of the program's own, and texts. Out: the same matches as [`regex::Regex`] gives. Compiling one for speed takes
//! longer than reading a small log, and most runs need twenty of them for two or three short texts. So the first texts get an
//! automaton that is compiled in a tenth of the time and is slower to run; it knows nothing of Unicode where the text is ASCII,
//! or is but for punctuation: a dash or a dot of another script is searched as one control character.

use std::borrow::Cow;
use std::ops::{Index, Range};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use regex::RegexBuilder;
use regex_automata::meta::{Config, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

/// After so many texts the pattern is compiled for speed: as many searches of 5 to 20 µs cost what that takes.
const OFTEN: u32 = 40;

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
    fast: OnceLock<Option<Fast>>,
}

/// How a pattern is compiled quickly.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ascii,
    Unicode,
}

/// A pattern compiled for speed, and the names of its groups.
#[derive(Debug)]
struct Fast {
    regex: regex::Regex,
    names: Arc<[Option<Box<str>>]>,
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
        self.compile_for_speed().map(|_| ()).map_err(|e| e.to_string())
    }

    /// Whether it is anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.search(text).is_some_and(|s| s.by.is_match(s.text()))
    }

    /// Where it first is in the text.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        let search = self.search(text)?;
        search.by.find(search.text()).map(|range| placed(search.plain.as_ref().map(|p| &*p.places), range))
    }

    /// Its first match, with groups.
    pub fn captures<'t>(&self, text: &'t str) -> Option<PatternMatch<'t>> {
        let search = self.search(text)?;
        let groups = search.by.captures(search.text())?;
        Some(PatternMatch { text, groups, places: search.plain.map(|p| p.places) })
    }

    /// All its matches, with groups.
    pub fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = PatternMatch<'t>> + use<'t> {
        let search = self.search(text);
        let all: Vec<Groups> = search.as_ref().map(|s| s.by.all(s.text())).unwrap_or_default();
        let places = search.and_then(|s| s.plain).map(|p| p.places);
        all.into_iter().map(move |groups| PatternMatch { text, groups, places: places.clone() })
    }

    /// The text with every match replaced, where there is one.
    pub fn replaced(&self, text: &str, by: impl Fn(&PatternMatch<'_>) -> String) -> Option<String> {
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
        let compiled = |mode| self.compile(mode);
        let as_it_is = |by| Search { by, whole: text, plain: None };
        if self.uses.load(Ordering::Relaxed) >= OFTEN || text.len() > LONG {
            let fast = self.fast.get_or_init(|| self.compile_for_speed().ok()).as_ref();
            return fast.map(|fast| as_it_is(By::Fast(fast)));
        }
        self.uses.fetch_add(1, Ordering::Relaxed);
        let plain = if text.is_ascii() { None } else { Plain::of(text).filter(|_| self.is_plain()) };
        if text.is_ascii() || plain.is_some() {
            let ascii = self.ascii.get_or_init(|| compiled(Mode::Ascii)).as_ref();
            if let Some(regex) = ascii {
                return Some(Search { by: By::Quick(regex), whole: text, plain });
            }
        }
        self.unicode.get_or_init(|| compiled(Mode::Unicode)).as_ref().map(|regex| as_it_is(By::Quick(regex)))
    }

    /// Whether a control character is to it what punctuation of another script is.
    fn is_plain(&self) -> bool {
        self.source.is_ascii() && !ODD.iter().any(|odd| self.source.contains(odd))
    }

    fn compile(&self, mode: Mode) -> Option<Regex> {
        let config = Config::new().nfa_size_limit(Some(PATTERN_BYTES));
        let config = config.auto_prefilter(false).hybrid(false).dfa(false).onepass(false);
        // Over ASCII both mean the same, and the tables of Unicode need not be searched.
        let unicode = mode != Mode::Ascii;
        let syntax = syntax::Config::new().case_insensitive(self.ignores_case).unicode(unicode).utf8(unicode);
        Regex::builder().configure(config).syntax(syntax).build(&self.source).ok()
    }

    fn compile_for_speed(&self) -> Result<Fast, regex::Error> {
        let mut builder = RegexBuilder::new(&self.source);
        let regex = builder.case_insensitive(self.ignores_case).size_limit(PATTERN_BYTES).build()?;
        let names = regex.capture_names().map(|name| name.map(Box::from)).collect();
        Ok(Fast { regex, names })
    }
}

/// What may tell a control character from punctuation of another script.
const ODD: [&str; 9] = ["\\p", "\\P", "\\x0", "\\x1", "\\u", "\\U", "[:c", "[:a", "[:^"];

/// Punctuation that error texts and reports have: no letters, no digits, no blanks.
const PUNCTUATION: [char; 18] =
    ['·', '…', '—', '–', '‘', '’', '“', '”', '•', '→', '×', '«', '»', '⎿', '│', '─', '✗', '✓'];

/// What is searched, and by what.
struct Search<'p, 't> {
    by: By<'p>,
    whole: &'t str,
    plain: Option<Plain>,
}

impl Search<'_, '_> {
    fn text(&self) -> &str {
        self.plain.as_ref().map_or(self.whole, |p| &p.text)
    }
}

/// What searches.
#[derive(Clone, Copy)]
enum By<'p> {
    Quick(&'p Regex),
    Fast(&'p Fast),
}

impl By<'_> {
    fn is_match(self, text: &str) -> bool {
        match self {
            Self::Quick(regex) => regex.is_match(text),
            Self::Fast(fast) => fast.regex.is_match(text),
        }
    }

    fn find(self, text: &str) -> Option<Range<usize>> {
        match self {
            Self::Quick(regex) => regex.find(text).map(|m| m.range()),
            Self::Fast(fast) => fast.regex.find(text).map(|m| m.range()),
        }
    }

    fn captures(self, text: &str) -> Option<Groups> {
        match self {
            Self::Quick(regex) => {
                let mut groups = regex.create_captures();
                regex.captures(text, &mut groups);
                groups.is_match().then_some(Groups::Quick(groups))
            }
            Self::Fast(fast) => fast.regex.captures(text).map(|c| Groups::of(&c, fast)),
        }
    }

    fn all(self, text: &str) -> Vec<Groups> {
        match self {
            Self::Quick(regex) => regex.captures_iter(text).map(Groups::Quick).collect(),
            Self::Fast(fast) => fast.regex.captures_iter(text).map(|c| Groups::of(&c, fast)).collect(),
        }
    }
}

/// Where the groups of a match are.
#[derive(Debug)]
enum Groups {
    Quick(Captures),
    Fast { spans: Box<[Option<Range<usize>>]>, names: Arc<[Option<Box<str>>]> },
}

impl Groups {
    fn of(captures: &regex::Captures<'_>, fast: &Fast) -> Self {
        let spans = captures.iter().map(|m| m.map(|m| m.range())).collect();
        Self::Fast { spans, names: Arc::clone(&fast.names) }
    }

    fn get(&self, group: usize) -> Option<Range<usize>> {
        match self {
            Self::Quick(captures) => captures.get_group(group).map(|s| s.range()),
            Self::Fast { spans, .. } => spans.get(group)?.clone(),
        }
    }

    fn name(&self, name: &str) -> Option<Range<usize>> {
        match self {
            Self::Quick(captures) => captures.get_group_by_name(name).map(|s| s.range()),
            Self::Fast { names, .. } => self.get(names.iter().position(|n| n.as_deref() == Some(name))?),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Quick(captures) => captures.group_len(),
            Self::Fast { spans, .. } => spans.len(),
        }
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
pub struct PatternMatch<'t> {
    text: &'t str,
    groups: Groups,
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

impl<'t> PatternMatch<'t> {
    /// Where the whole match is.
    pub fn whole(&self) -> Range<usize> {
        self.groups.get(0).map_or(0..0, |range| placed(self.places.as_deref(), range))
    }

    /// The group of this number; 0 is the whole match.
    pub fn get(&self, group: usize) -> Option<Part<'t>> {
        self.part(self.groups.get(group)?)
    }

    /// The group of this name.
    pub fn name(&self, name: &str) -> Option<Part<'t>> {
        self.part(self.groups.name(name)?)
    }

    /// The first group that took part, without the whole match.
    pub fn first(&self) -> Option<Part<'t>> {
        (1..self.groups.len()).find_map(|n| self.get(n))
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
impl Index<&str> for PatternMatch<'_> {
    type Output = str;

    fn index(&self, name: &str) -> &str {
        self.name(name).map_or("", |p| p.as_str())
    }
}

/// The text of a group; empty where it took no part.
impl Index<usize> for PatternMatch<'_> {
    type Output = str;

    fn index(&self, group: usize) -> &str {
        self.get(group).map_or("", |p| p.as_str())
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
pub(crate) mod tests;
