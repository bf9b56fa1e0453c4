//! What all parts of a picture share: the episode, the reader's zone, the page it is drawn for and its scale.

use super::scale::Scale;
use crate::document::Episode;
use crate::wording::when::When;

/// For which page a picture is drawn: labels keep their size, so a narrow page gets a picture of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// From about 700 pixels, and print.
    Wide,
    /// A phone, or a column of a forum.
    Narrow,
}

impl Page {
    pub(super) fn width(self) -> f64 {
        if self == Self::Wide { 920.0 } else { 352.0 }
    }

    /// Height of a bracket with its words; on a narrow page they stand above it.
    pub(super) fn interval_row(self) -> f64 {
        if self == Self::Wide { 16.0 } else { 24.0 }
    }

    /// Room left of the plot: for names of agents, or for numbers only.
    pub(super) fn left(self) -> f64 {
        if self == Self::Wide { 148.0 } else { 34.0 }
    }
}

/// What the parts of a picture share.
pub(super) struct Frame<'e> {
    pub(super) e: &'e Episode,
    pub(super) when: &'e When,
    pub(super) page: Page,
    pub(super) scale: Scale,
    pub(super) id: String,
}
