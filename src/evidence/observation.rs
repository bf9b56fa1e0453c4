//! One observation about an episode: typed measured values, the bin that follows from them, and the lines they were read from.

use super::declaration::Declaration;
use super::{Meaning, Measured, declaration_of};
use crate::model::{Hypothesis, SourceRef};

/// What one kind measures. Its bin follows from it by the declaration.
pub trait Values: Into<Measured> + std::fmt::Debug {
    /// The declaration of the kind.
    const DECLARATION: &'static Declaration;

    /// The number that decides the bin; for kinds without one any.
    fn number(&self) -> f64 {
        0.0
    }

    /// Whether a condition of the declaration holds, by its id.
    fn holds(&self, _condition: &str) -> bool {
        false
    }

    /// The bin that follows.
    fn bin(&self) -> &'static str {
        Self::DECLARATION.bin_of(self.number(), |c| self.holds(c)).map_or("", |bin| bin.name)
    }
}

/// One observation about an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Kind id.
    pub kind: &'static str,
    /// Bin.
    pub bin: &'static str,
    /// What was measured; `None` where only the bin is of interest, as in a fit.
    pub measured: Option<Measured>,
    /// Where it was read; never empty.
    pub sources: Vec<SourceRef>,
    /// Hypotheses that a bin's `target` points go to (a window length, a cause that a text names).
    pub targets: Vec<Hypothesis>,
    /// Hypotheses that the observation excludes, whatever the table gives: what cannot last until a named end.
    pub excludes: Vec<Hypothesis>,
    /// Factor on all points, 0 to 1: below 1 where the rows know only bounds.
    pub scale: f64,
}

impl Observation {
    /// An observation; `None` without a source, since a number that cannot be traced must not be weighed.
    pub fn new<V: Values>(values: V, sources: Vec<SourceRef>) -> Option<Self> {
        let bin = values.bin();
        debug_assert!(!bin.is_empty(), "{} has no bin for {values:?}", V::DECLARATION.id);
        let measured = Some(values.into());
        let seen = Self { measured, sources, ..Self::bare(V::DECLARATION.id, bin) };
        (!seen.sources.is_empty()).then_some(seen)
    }

    /// An observation of a bin alone, without values or sources.
    pub const fn bare(kind: &'static str, bin: &'static str) -> Self {
        Self { kind, bin, measured: None, sources: Vec::new(), targets: Vec::new(), excludes: Vec::new(), scale: 1.0 }
    }

    /// The same with targets.
    #[must_use]
    pub fn targeting(mut self, targets: Vec<Hypothesis>) -> Self {
        self.targets = targets;
        self
    }

    /// The same with hypotheses that it excludes.
    #[must_use]
    pub fn excluding(mut self, excludes: Vec<Hypothesis>) -> Self {
        self.excludes = excludes;
        self
    }

    /// The same with a factor on its points.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.scale *= factor;
        self
    }

    /// The declaration of its kind.
    pub fn declaration(&self) -> &'static Declaration {
        declaration_of(self.kind)
    }

    /// What it plainly means for a hypothesis.
    pub fn meaning(&self, h: &Hypothesis) -> Meaning {
        if self.excludes.contains(h) {
            return Meaning::Against;
        }
        let bin = self.declaration().bin(self.bin);
        bin.map_or(Meaning::Nothing, |bin| bin.meaning(h, self.targets.contains(h)))
    }
}
