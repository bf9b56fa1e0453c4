//! What the error of each row means, with class and outcome where its text says more than its status.
//!
//! It comes after merging, since one row of an attempt may have the text and another the status, and before the steps that
//! ask what was admitted.

use super::{Context, Merged, Rows};
use crate::signals;

/// Sets the catalogue's entry on every row whose error it knows.
pub(super) fn settle(rows: &mut Rows, context: &Context<'_>) -> Merged {
    signals::classify(&mut rows.attempts, &rows.texts, context.catalogue);
    Merged::default()
}
