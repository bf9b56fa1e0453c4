//! What usage snapshots hold where no attempt was found: windows, share used, resets.
//!
//! In: the newest snapshot of each provider and account. Out: the report's first sentences.

use crate::document as doc;
use crate::model::{EXHAUSTED_SHARE, Snapshot, Time, WindowState};
use crate::timeline::Timeline;
use crate::wording::numbers::counted;
use crate::wording::words;

/// Snapshots that are written out; the rest are counted.
const WRITTEN: usize = 6;

pub(super) fn summary(timeline: &Timeline) -> doc::Summary {
    let all = &timeline.snapshots_apart;
    let mut sentences = vec!["No attempt was found in these files; they hold usage snapshots alone.".to_owned()];
    sentences.extend(all.iter().take(WRITTEN).map(snapshot));
    if all.len() > WRITTEN {
        sentences.push(format!("{} of other accounts are left out.", counted(all.len() - WRITTEN, "snapshot")));
    }
    doc::Summary { cause: None, episode: None, sentence: sentences.join(" "), counts: Vec::new() }
}

fn snapshot(snapshot: &Snapshot) -> String {
    let whose = snapshot.provider.as_deref().unwrap_or("unknown provider");
    let account = snapshot.account.as_deref().map_or(String::new(), |a| format!("/{a}"));
    let when = snapshot.captured.map_or("at an unknown time".to_owned(), |c| format!("at {}", c.at.rfc3339()));
    let state = &snapshot.state;
    let mut parts: Vec<String> = state.windows.iter().map(|w| window(w, snapshot.captured.map(|c| c.at))).collect();
    parts.extend(state.concurrency_limit.map(|n| format!("concurrency limit {n}")));
    parts.extend(state.balance.map(|b| format!("balance {b}")));
    if parts.is_empty() {
        parts.push("no window that is measured".to_owned());
    }
    format!("{whose}{account} {when}: {}.", parts.join("; "))
}

fn window(window: &WindowState, captured: Option<Time>) -> String {
    let name = words::cause("token_window", Some(window.window_minutes));
    let used = match window.remaining_share {
        Some(left) if left <= EXHAUSTED_SHARE => "used up (100 %)".to_owned(),
        Some(left) => format!("{:.0} % used", (1.0 - left) * 100.0),
        None => "use not shown".to_owned(),
    };
    let reset = window.resets_at.map_or(String::new(), |reset| {
        let past = captured.is_some_and(|at| reset < at);
        format!(", {} {}", if past { "was reset" } else { "resets" }, reset.rfc3339())
    });
    format!("{name} {used}{reset}")
}
