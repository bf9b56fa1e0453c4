//! What a kind of evidence declares about itself: its bins with their edges and meanings, and where it may be used.
//!
//! Everything that other code or a page must know of a kind stands here once: the bin follows from it, the plain meaning, the
//! table in docs/METHOD.md, the order that a fit keeps, and the keys of `evidence[].measured`.

use super::Meaning;
use super::hypotheses::names;
use crate::model::Hypothesis;

/// One kind of evidence.
#[derive(Debug)]
pub struct Declaration {
    /// Id used in reports and in weights/, and the name of its file: `snapshot_in_gap`.
    pub id: &'static str,
    /// What it is about: kinds about one thing are one reason for a reader.
    pub topic: &'static str,
    /// The number that decides the bin, in words, and its unit; empty where none does.
    pub number: (&'static str, Unit),
    /// Its bins. An observation falls into the first one that fits.
    pub bins: &'static [Bin],
    /// Where it may be used.
    pub flags: Flags,
    /// Bins in an order that their points must keep.
    pub orders: &'static [Order],
    /// The keys of its measured values.
    pub measures: &'static [Quantity],
}

impl Declaration {
    /// Nothing declared yet, to fill in from.
    pub const EMPTY: Self = Self {
        id: "",
        topic: "",
        number: ("", Unit::Count),
        bins: &[],
        flags: Flags::NONE,
        orders: &[],
        measures: &[],
    };

    /// The bin of a number, where the named conditions hold: the first that fits.
    pub fn bin_of(&self, number: f64, holds: impl Fn(&str) -> bool) -> Option<&'static Bin> {
        self.bins.iter().find(|b| b.when.is_none_or(|c| holds(c.id)) && b.edge.contains(number))
    }

    /// The bin of this name.
    pub fn bin(&self, name: &str) -> Option<&'static Bin> {
        self.bins.iter().find(|b| b.name == name)
    }
}

/// Where a kind of evidence may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// It can be positive evidence for a window: something names the window, or measures it.
    pub positive: bool,
    /// It holds however few refusals there are: what answers, snapshots and other pools say.
    pub valid_for_short_episodes: bool,
    /// Minutes of the clock enter it, so shifting all times by less than a minute may change it.
    pub depends_on_clock_minutes: bool,
    /// It is about the text of the errors.
    pub about_a_text: bool,
    /// It makes one observation for each window length.
    pub one_per_window: bool,
    /// Its points are stated by reasoning and never fitted.
    pub stated: bool,
}

impl Flags {
    /// None of them.
    pub const NONE: Self = Self {
        positive: false,
        valid_for_short_episodes: false,
        depends_on_clock_minutes: false,
        about_a_text: false,
        one_per_window: false,
        stated: false,
    };
}

/// Bins whose points for a hypothesis must not fall from the first to the last.
#[derive(Debug)]
pub struct Order {
    /// Key of the hypothesis, or `target`.
    pub key: &'static str,
    /// Bins, those that speak least for it first.
    pub bins: &'static [&'static str],
}

/// One key of `evidence[].measured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Key, with its unit.
    pub key: &'static str,
    /// What kind of value.
    pub unit: Unit,
    /// What it is, as a sentence.
    pub meaning: &'static str,
}

/// A key of `evidence[].measured`.
pub const fn quantity(key: &'static str, unit: Unit, meaning: &'static str) -> Quantity {
    Quantity { key, unit, meaning }
}

/// What kind of value a measured value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A whole number.
    Count,
    /// A number that need not be whole.
    Number,
    /// Seconds; negative where something came earlier.
    Seconds,
    /// 0 to 1.
    Share,
    /// log10 of a ratio of probabilities.
    Log10,
    /// How many times as much.
    Ratio,
    /// An instant.
    Time,
    /// Length of a window in minutes.
    Minutes,
    /// Yes or no.
    Flag,
    /// A word out of a list.
    Word,
    /// Words out of a list.
    Words,
    /// Numbers.
    Counts,
    /// Counts by a word out of a list.
    CountsByWord,
}

/// A condition beside the number that decides a bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its id, as the measured values answer it.
    pub id: &'static str,
    /// In words, for docs/METHOD.md.
    pub words: &'static str,
}

/// A condition.
pub const fn condition(id: &'static str, words: &'static str) -> Condition {
    Condition { id, words }
}

/// Which numbers fall into a bin that no bin before it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edge {
    /// All below it.
    Below(f64),
    /// It and all below.
    UpTo(f64),
    /// It and all above.
    From(f64),
    /// All above it.
    Above(f64),
    /// Any: what is left, or what its condition decides.
    Any,
}

impl Edge {
    /// Whether a number is on the bin's side.
    pub fn contains(self, number: f64) -> bool {
        match self {
            Self::Below(x) => number < x,
            Self::UpTo(x) => number <= x,
            Self::From(x) => number >= x,
            Self::Above(x) => number > x,
            Self::Any => true,
        }
    }

    /// The number at the edge.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Below(x) | Self::UpTo(x) | Self::From(x) | Self::Above(x) => Some(x),
            Self::Any => None,
        }
    }
}

/// One bin of a kind.
#[derive(Debug)]
pub struct Bin {
    /// Its name in weights/ and in JSON.
    pub name: &'static str,
    /// Which numbers fall into it.
    pub edge: Edge,
    /// What else must hold.
    pub when: Option<Condition>,
    /// Keys of hypotheses that it plainly speaks for; `target` is what the observation is about, `other` all that it is not about.
    pub means_for: &'static [&'static str],
    /// And against.
    pub means_against: &'static [&'static str],
    /// Why the edge is there, or what the bin means.
    pub reason: &'static str,
}

/// A bin that means nothing for any hypothesis yet.
pub const fn bin(name: &'static str, edge: Edge) -> Bin {
    Bin { name, edge, when: None, means_for: &[], means_against: &[], reason: "" }
}

impl Bin {
    /// The same where something else holds too.
    #[must_use]
    pub const fn when(mut self, condition: Condition) -> Self {
        self.when = Some(condition);
        self
    }

    /// The same that speaks for these.
    #[must_use]
    pub const fn means_for(mut self, keys: &'static [&'static str]) -> Self {
        self.means_for = keys;
        self
    }

    /// The same that speaks against these.
    #[must_use]
    pub const fn means_against(mut self, keys: &'static [&'static str]) -> Self {
        self.means_against = keys;
        self
    }

    /// The same with its reason.
    #[must_use]
    pub const fn because(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// Whether it plainly speaks for a hypothesis, or else against it; `is_target` where the observation is about it.
    pub fn meaning(&self, h: &Hypothesis, is_target: bool) -> Meaning {
        match (names(self.means_for, h, is_target), names(self.means_against, h, is_target)) {
            (true, _) => Meaning::For,
            (false, true) => Meaning::Against,
            (false, false) => Meaning::Nothing,
        }
    }
}

/// Makes the type of a kind's measured values, and the list of their keys with unit and meaning. What stands under `beside` is
/// kept for the sentence alone and not written to JSON: names and texts from logs.
macro_rules! measured {
    (
        $(#[$about:meta])*
        $name:ident { $(#[doc = $meaning:literal] $key:ident: $kind:ty as $unit:ident,)+ }
        $(beside { $(#[doc = $kept:literal] $field:ident: $inner:ty,)+ })?
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub struct $name {
            $(#[doc = $meaning] pub $key: $kind,)+
            $($(#[doc = $kept] #[serde(skip)] pub $field: $inner,)+)?
        }

        const QUANTITIES: &[$crate::evidence::declaration::Quantity] = &[
            $($crate::evidence::declaration::quantity(
                stringify!($key),
                $crate::evidence::declaration::Unit::$unit,
                $meaning,
            ),)+
        ];
    };
}
pub(crate) use measured;
