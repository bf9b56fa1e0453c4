//! When a snapshot was captured, by the ladder of docs/FORMATS.md, Usage snapshots.
//!
//! In: every source of a time. Out: the strongest, with its error and its basis; and what contradicts it. Always:
//! the basis stays with the snapshot, since a file's time never confirms anything.

use crate::model::{CaptureBasis, Captured, Time, WindowState};

/// A time field and a `Date` header are whole seconds.
const ERROR_OF_STAMP_S: f64 = 1.0;

/// A time computed from a body: two of its own fields, rounded to seconds.
const ERROR_OF_BODY_S: f64 = 2.0;

/// A file's time: it is that of the download if nobody touched it; TTL caches are rewritten every few minutes.
const ERROR_OF_FILE_S: f64 = 300.0;

/// Times that differ by more than this, and by more than their errors, contradict each other (9.2).
const AGREEMENT_S: f64 = 300.0;

/// Only windows up to a week are blocks of exact length; months have 28 to 31 days.
const LONGEST_EXACT_MINUTES: u32 = 10_080;

/// Every source of the time at which one snapshot was captured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Clues {
    /// A time field beside or around the body.
    pub embedded: Option<Time>,
    /// `Date` header.
    pub header: Option<Time>,
    /// Computed from the body.
    pub body: Option<Time>,
    /// In the file's name.
    pub name: Option<Captured>,
    /// When the file was last written; `None` when that may not be used.
    pub modified: Option<Time>,
}

impl Clues {
    /// All of them, the strongest first.
    fn ladder(&self) -> impl Iterator<Item = Captured> {
        let rung = |at: Option<Time>, error_s, basis| {
            at.filter(|t| t.is_plausible()).map(|at| Captured { at, error_s, basis })
        };
        [
            rung(self.embedded, ERROR_OF_STAMP_S, CaptureBasis::Embedded),
            rung(self.header, ERROR_OF_STAMP_S, CaptureBasis::DateHeader),
            rung(self.body, ERROR_OF_BODY_S, CaptureBasis::Body),
            self.name,
            rung(self.modified, ERROR_OF_FILE_S, CaptureBasis::FileTime),
        ]
        .into_iter()
        .flatten()
    }

    /// The strongest.
    pub fn best(&self) -> Option<Captured> {
        self.ladder().next()
    }

    /// A sentence when another one contradicts the strongest. A file's time contradicts nothing: copying changes it.
    pub fn disagreement(&self) -> Option<String> {
        let best = self.best()?;
        let other = self.ladder().skip(1).find(|o| {
            let apart = o.at.since(best.at).abs();
            o.basis != CaptureBasis::FileTime && apart > AGREEMENT_S.max(o.error_s + best.error_s)
        })?;
        Some(format!(
            "The capture time by {} is {}, by {} {}; the first counts.",
            name(best.basis),
            best.at.rfc3339(),
            name(other.basis),
            other.at.rfc3339()
        ))
    }
}

fn name(basis: CaptureBasis) -> &'static str {
    match basis {
        CaptureBasis::Embedded => "its time field",
        CaptureBasis::DateHeader => "its Date header",
        CaptureBasis::Body => "its body",
        CaptureBasis::FileName => "its file name",
        CaptureBasis::FileTime => "its file time",
    }
}

/// A sentence when a capture lies outside a window that it shows: of a window that began at its reset minus its
/// length, every snapshot is captured in (reset - length, reset].
pub fn outside_window(captured: Captured, windows: &[WindowState]) -> Option<String> {
    let slack = AGREEMENT_S.max(captured.error_s);
    windows.iter().filter(|w| w.window_minutes <= LONGEST_EXACT_MINUTES).find_map(|window| {
        let reset = window.resets_at?;
        let begin = reset.plus(-60.0 * f64::from(window.window_minutes));
        let (late, early) = (captured.at.since(reset), begin.since(captured.at));
        let (off, what) = if late > early { (late, "after its reset") } else { (early, "before its begin") };
        (off > slack).then(|| {
            format!(
                "The capture time by {} ({}) lies {:.0} min {what} of the {}-minute window; the state is stale or the \
                 time is wrong.",
                name(captured.basis),
                captured.at.rfc3339(),
                off / 60.0,
                window.window_minutes
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(time: &str) -> Time {
        Time::parse_rfc3339(&format!("2026-04-07T{time}Z")).unwrap()
    }

    fn by_name(time: &str, error_s: f64) -> Option<Captured> {
        Some(Captured { at: t(time), error_s, basis: CaptureBasis::FileName })
    }

    fn all() -> Clues {
        Clues {
            embedded: Some(t("10:00:00")),
            header: Some(t("10:00:01")),
            body: Some(t("10:00:02")),
            name: by_name("10:00:00", 60.0),
            modified: Some(t("22:00:00")),
        }
    }

    #[test]
    fn the_strongest_clue_counts_and_keeps_its_basis() {
        let best = |c: Clues| c.best().map(|c| (c.basis, c.error_s));
        assert_eq!(best(all()), Some((CaptureBasis::Embedded, 1.0)));
        assert_eq!(best(Clues { embedded: None, ..all() }), Some((CaptureBasis::DateHeader, 1.0)));
        assert_eq!(best(Clues { embedded: None, header: None, ..all() }), Some((CaptureBasis::Body, 2.0)));
        let weak = Clues { embedded: None, header: None, body: None, ..all() };
        assert_eq!(best(weak), Some((CaptureBasis::FileName, 60.0)));
        assert_eq!(best(Clues { name: None, ..weak }), Some((CaptureBasis::FileTime, 300.0)));
        assert_eq!(best(Clues::default()), None);
    }

    #[test]
    fn a_stamp_of_1970_is_passed_over() {
        let clues = Clues { embedded: Some(Time::from_micros(0)), ..all() };
        assert_eq!(clues.best().unwrap().basis, CaptureBasis::DateHeader);
    }

    #[test]
    fn disagreement_beyond_five_minutes_is_reported() {
        assert_eq!(all().disagreement(), None, "a file's time contradicts nothing");
        let clues = Clues { embedded: None, body: None, name: by_name("10:06:30", 60.0), ..all() };
        let actual = clues.disagreement().unwrap();
        assert!(actual.contains("Date header is 2026-04-07T10:00:01.000Z"), "{actual}");
        let near = Clues { name: by_name("10:05:00", 60.0), ..clues };
        assert_eq!(near.disagreement(), None, "five minutes are allowed");
        let zoneless = Clues { name: by_name("18:00:00", 50_405.0), ..clues };
        assert_eq!(zoneless.disagreement(), None);
    }

    fn window(minutes: u32, reset: &str) -> WindowState {
        let resets_at = Some(t(reset));
        WindowState {
            window_minutes: minutes,
            limit: None,
            used: None,
            remaining: None,
            remaining_share: None,
            resets_at,
        }
    }

    #[test]
    fn a_capture_outside_its_window_is_reported() {
        let at = |time: &str| Captured { at: t(time), error_s: 60.0, basis: CaptureBasis::FileName };
        let windows = [window(300, "16:00:00")];
        for inside in ["11:00:01", "16:00:00", "10:55:00", "16:05:00"] {
            assert_eq!(outside_window(at(inside), &windows), None, "{inside}");
        }
        let late = outside_window(at("16:07:00"), &windows).unwrap();
        assert!(late.contains("7 min after its reset of the 300-minute window"), "{late}");
        let early = outside_window(at("10:50:00"), &windows).unwrap();
        assert!(early.contains("10 min before its begin of the 300-minute window"), "{early}");
        assert_eq!(outside_window(at("16:07:00"), &[window(43_200, "16:00:00")]), None);
    }
}
