//! What a usage snapshot shows of a window.

use super::numbers::duration;
use super::window;
use crate::evidence::snapshot_in_gap::{SnapshotInGap, Taken};
use crate::model::CaptureBasis;

pub(super) fn statement(seen: &SnapshotInGap) -> String {
    let (at, window) = (seen.captured_at.rfc3339(), window(seen.window_minutes));
    let of_silence = |place| format!("A usage snapshot taken at {at}, {place} the silence, shows the {window} empty.");
    match seen.taken {
        Taken::InsideSilence => return of_silence("inside"),
        Taken::BeforeSilence => return of_silence("just before"),
        Taken::Inside | Taken::Before => {}
    }
    let place = seen.before_s.map_or(String::new(), |s| format!(", {} before the first refusal,", duration(s)));
    let reset = seen.resets_at.map_or(String::new(), |t| format!(" and due to reset at {}", t.rfc3339()));
    format!(
        "A usage snapshot taken at {at}{place} shows the {window} {}{reset}{}{}.",
        left(seen),
        dated(seen.basis),
        if seen.contradicts_text { "; this contradicts the error text, which names it as used up" } else { "" }
    )
}

fn left(seen: &SnapshotInGap) -> String {
    if seen.is_empty() { "empty".to_owned() } else { format!("with {:.0} % left", seen.remaining_share * 100.0) }
}

fn dated(basis: Option<CaptureBasis>) -> &'static str {
    match basis {
        Some(CaptureBasis::FileName) => " (dated by its file's name)",
        Some(CaptureBasis::FileTime) => " (dated only by its file's time)",
        _ => "",
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "positive" | "before_positive" => "Quota was left in this window.",
        _ => return None,
    })
}
