//! Rows that only hint at a failure, and that no other source confirmed: they may be cancels by the user.

use super::{Context, Merged, Rows};

/// Drops and counts them.
pub(super) fn drop_rows(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let before = rows.attempts.len();
    rows.attempts.retain(|a| !a.unconfirmed);
    let unconfirmed = (before - rows.attempts.len()) as u64;
    Merged { unconfirmed, notes: note(unconfirmed).into_iter().collect(), ..Merged::default() }
}

fn note(unconfirmed: u64) -> Option<String> {
    let steps =
        if unconfirmed == 1 { "1 interrupted step is" } else { &format!("{unconfirmed} interrupted steps are") };
    let why = "left out: no log line says that the provider refused, so they may be cancels by the user";
    (unconfirmed > 0).then(|| format!("{steps} {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::testing::{refused, run_step};
    use crate::model::{Attempt, Texts};

    #[test]
    fn what_nothing_confirms_goes_and_is_said() {
        let mut texts = Texts::default();
        let row = refused(&mut texts, 10.0, "a", 429);
        let attempts = vec![row, Attempt { unconfirmed: true, ..row }];
        let mut rows = Rows { attempts, texts, ..Rows::default() };
        let done = run_step(drop_rows, &mut rows);
        assert_eq!((rows.attempts.len(), done.unconfirmed, done.duplicates, done.notes.len()), (1, 1, 0, 1));
        assert_eq!(run_step(drop_rows, &mut rows), Merged::default(), "nothing more to say");
    }
}
