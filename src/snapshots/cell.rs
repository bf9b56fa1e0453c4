//! A usage snapshot as one cell of a table, and back.
//!
//! In: a snapshot. Out: the snapshot as JSON text (docs/FORMATS.md, `usage-contract`), with how its time is known and
//! the share that is left. Its time, provider and account stand in other columns. Sentences on contradictions are left out.

use serde::{Deserialize, Serialize};

use crate::model::{CaptureBasis, Captured, QuotaState, Snapshot, SourceRef, Time, WindowState};

const BASES: [CaptureBasis; 5] = [
    CaptureBasis::Embedded,
    CaptureBasis::DateHeader,
    CaptureBasis::Body,
    CaptureBasis::FileName,
    CaptureBasis::FileTime,
];

#[derive(Serialize, Deserialize)]
struct Held {
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    captured_error_s: Option<f64>,
    windows: Vec<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency_limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<f64>,
}

#[derive(Serialize, Deserialize)]
struct Window {
    window_minutes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_share: Option<f64>,
    /// Microseconds are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_at: Option<String>,
}

/// The cell of a snapshot.
pub fn text(snapshot: &Snapshot) -> String {
    let window = |w: &WindowState| Window {
        window_minutes: w.window_minutes,
        limit: w.limit,
        used: w.used,
        remaining: w.remaining,
        remaining_share: w.remaining_share,
        resets_at: w.resets_at.and_then(Time::utc).map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
    };
    let held = Held {
        captured_basis: snapshot.captured.map(|c| c.basis.id().to_owned()),
        captured_error_s: snapshot.captured.map(|c| c.error_s),
        windows: snapshot.state.windows.iter().map(window).collect(),
        concurrency_limit: snapshot.state.concurrency_limit,
        balance: snapshot.state.balance,
    };
    serde_json::to_string(&held).unwrap_or_default()
}

/// The snapshot of a cell. `None` when the cell is none of these.
pub fn snapshot(cell: &str, at: Option<Time>, source: SourceRef) -> Option<Snapshot> {
    let held: Held = serde_json::from_str(cell).ok()?;
    let basis = BASES.into_iter().find(|b| Some(b.id()) == held.captured_basis.as_deref());
    let captured =
        at.zip(basis).map(|(at, basis)| Captured { at, error_s: held.captured_error_s.unwrap_or(0.0), basis });
    let share = |s: f64| (0.0..=1.0).contains(&s);
    let window = |w: &Window| WindowState {
        window_minutes: w.window_minutes,
        limit: w.limit,
        used: w.used,
        remaining: w.remaining,
        remaining_share: w.remaining_share.filter(|s| share(*s)),
        resets_at: w.resets_at.as_deref().and_then(Time::parse_rfc3339).filter(|t| t.is_plausible()),
    };
    let state = QuotaState {
        windows: held.windows.iter().filter(|w| w.window_minutes > 0).map(window).collect(),
        concurrency_limit: held.concurrency_limit,
        balance: held.balance,
        conflicts: Vec::new(),
    };
    Some(Snapshot { provider: None, account: None, owner: None, captured, state, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_comes_back_as_it_was() {
        let window = WindowState {
            window_minutes: 300,
            limit: Some(100.0),
            used: Some(100.0),
            remaining: Some(0.0),
            remaining_share: Some(0.0),
            resets_at: Some(Time::from_micros(1_772_558_164_416_717)),
        };
        let unknown = WindowState {
            window_minutes: 10_080,
            limit: None,
            used: None,
            remaining: None,
            remaining_share: None,
            resets_at: None,
        };
        let at = Time::from_micros(1_772_556_011_000_001);
        let snapshot = Snapshot {
            provider: None,
            account: None,
            owner: None,
            captured: Some(Captured { at, error_s: 1.0, basis: CaptureBasis::DateHeader }),
            state: QuotaState {
                windows: vec![window, unknown],
                concurrency_limit: Some(30),
                balance: Some(1.5),
                conflicts: Vec::new(),
            },
            source: SourceRef::default(),
        };
        assert_eq!(super::snapshot(&text(&snapshot), Some(at), SourceRef::default()), Some(snapshot.clone()));
        let undated = Snapshot { captured: None, ..snapshot };
        assert_eq!(super::snapshot(&text(&undated), None, SourceRef::default()), Some(undated));
        assert_eq!(super::snapshot("{}", None, SourceRef::default()), None);
    }
}
