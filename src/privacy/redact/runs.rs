//! How long a row of signs a shape must find, so that a text without one need not be searched.
//!
//! In: a text. Out: its longest rows of letters and digits, and of the signs that keys are made of. Words are shorter than keys:
//! most texts that hold a rule's keyword ("token") hold nothing that is long enough to be one.

/// Lengths of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    /// Of letters and digits.
    pub(super) plain: u16,
    /// Of these and of `_-+/=.`
    pub(super) key: u16,
}

/// Whether a byte is a letter or a digit; bytes of other scripts count as both.
const fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || !b.is_ascii()
}

const fn is_key(b: u8) -> bool {
    is_plain(b) || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
}

impl Runs {
    /// The longest rows of a text.
    pub(super) fn of(text: &str) -> Self {
        let (mut longest, mut now) = (Self::default(), Self::default());
        for b in text.bytes() {
            now.plain = if is_plain(b) { now.plain.saturating_add(1) } else { 0 };
            now.key = if is_key(b) { now.key.saturating_add(1) } else { 0 };
            longest.plain = longest.plain.max(now.plain);
            longest.key = longest.key.max(now.key);
        }
        longest
    }

    /// Whether these are long enough for what a rule must find.
    pub(super) const fn hold(self, least: Self) -> bool {
        self.plain >= least.plain && self.key >= least.key
    }
}

/// What a pattern requires, from its syntax: a test compares it with what the rules say.
#[cfg(test)]
pub(super) mod required {
    use regex_syntax::hir::{Class, Hir, HirKind};

    use super::{Runs, is_key, is_plain};

    /// The rows that every match of the pattern has.
    pub(in super::super) fn by(pattern: &str) -> Runs {
        let hir = regex_syntax::Parser::new().parse(pattern).unwrap();
        let longest = |is: fn(u8) -> bool| u16::try_from(of(&hir, is).longest).unwrap();
        Runs { plain: longest(is_plain), key: longest(is_key) }
    }

    /// Rows that a part of a pattern is sure to have.
    #[derive(Clone, Copy)]
    struct Sure {
        /// It is nothing but such signs, and so many at least.
        all: Option<usize>,
        begin: usize,
        end: usize,
        longest: usize,
    }

    const fn only(n: usize) -> Sure {
        Sure { all: Some(n), begin: n, end: n, longest: n }
    }

    const NONE: Sure = Sure { all: None, begin: 0, end: 0, longest: 0 };

    fn after(a: Sure, b: Sure) -> Sure {
        Sure {
            all: a.all.zip(b.all).map(|(a, b)| a + b),
            begin: a.all.map_or(a.begin, |n| n + b.begin),
            end: b.all.map_or(b.end, |n| n + a.end),
            longest: a.longest.max(b.longest).max(a.end + b.begin),
        }
    }

    fn either(a: Sure, b: Sure) -> Sure {
        Sure {
            all: a.all.zip(b.all).map(|(a, b)| a.min(b)),
            begin: a.begin.min(b.begin),
            end: a.end.min(b.end),
            longest: a.longest.min(b.longest),
        }
    }

    fn of(hir: &Hir, is: fn(u8) -> bool) -> Sure {
        let one = |b: u8| if is(b) { only(1) } else { NONE };
        let is_range = |from: u32, to: u32| (from..=to.min(127)).all(|c| is(u8::try_from(c).unwrap()));
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => only(0),
            HirKind::Literal(text) => text.0.iter().map(|b| one(*b)).fold(only(0), after),
            HirKind::Class(class) => {
                let is_in = match class {
                    Class::Unicode(c) => c.iter().all(|r| is_range(u32::from(r.start()), u32::from(r.end()))),
                    Class::Bytes(c) => c.iter().all(|r| is_range(u32::from(r.start()), u32::from(r.end()))),
                };
                if is_in { only(1) } else { NONE }
            }
            HirKind::Capture(group) => of(&group.sub, is),
            HirKind::Concat(parts) => parts.iter().map(|p| of(p, is)).fold(only(0), after),
            HirKind::Alternation(parts) => parts.iter().map(|p| of(p, is)).reduce(either).unwrap(),
            HirKind::Repetition(repeated) => {
                let inner = of(&repeated.sub, is);
                let times = repeated.min as usize;
                match (inner.all, times) {
                    (Some(n), _) => only(n * times),
                    (None, 0) => NONE,
                    (None, 1) => inner,
                    (None, _) => after(inner, inner),
                }
            }
        }
    }
}
