//! What a body says, before its capture time is known, and how that becomes a [`crate::model::QuotaState`].
//!
//! In: one [`View`] for each place of the body that speaks of a window. Out: one [`WindowState`] for each length.
//! Always: of two views the more exhausted one counts, and the contradiction is kept as a sentence
//! (bodies that showed 0 % and 100 % of one window at once).

use std::collections::BTreeMap;

use serde_json::Value;

use super::lenient;
use crate::model::{EXHAUSTED_SHARE, QuotaState, Time, WindowState};

/// Shares of one window may differ by this much before two views contradict each other: integer percents are rounded
/// and the views are not taken at one instant. The last term is for sums of binary fractions.
const JITTER: f64 = 0.02 + 1e-9;

/// When a window ends, as the body gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reset {
    /// At an instant.
    At(Time),
    /// So many seconds after the capture.
    In(f64),
}

impl Reset {
    /// An instant from a JSON value; `None` for one that no quota can have (1970, 2100).
    pub fn at(value: Option<&Value>) -> Option<Self> {
        lenient::time(value?).filter(|t| t.is_plausible()).map(Self::At)
    }

    /// Seconds from a JSON value.
    pub fn after(value: Option<&Value>) -> Option<Self> {
        lenient::quantity(value).map(Self::In)
    }

    fn instant(self, captured: Option<Time>) -> Option<Time> {
        match self {
            Self::At(time) => Some(time),
            Self::In(seconds) => captured.map(|at| at.plus(seconds)).filter(|t| t.is_plausible()),
        }
    }
}

/// Limit, used and remaining as given, in one unit. Negative ones are unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Amounts {
    /// Limit.
    pub limit: Option<f64>,
    /// Used.
    pub used: Option<f64>,
    /// Remaining.
    pub remaining: Option<f64>,
}

impl Amounts {
    /// Of a used share, 0 to 1 (more is legal).
    pub fn of_used_share(used: Option<f64>) -> Self {
        Self { limit: Some(1.0), used, remaining: None }
    }
}

/// What one place of a body says of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    place: &'static str,
    window_minutes: u32,
    amounts: Amounts,
    reset: Option<Reset>,
}

impl View {
    /// A view. `None` when the limit is 0 or unknown: that window is not measured.
    pub fn new(place: &'static str, window_minutes: u32, amounts: Amounts, reset: Option<Reset>) -> Option<Self> {
        let measured = window_minutes > 0 && amounts.limit.is_some_and(|l| l > 0.0);
        measured.then_some(Self { place, window_minutes, amounts, reset })
    }

    /// The length of its window in minutes.
    pub fn window_minutes(&self) -> u32 {
        self.window_minutes
    }

    /// Remaining share, 0 to 1. Where used and remaining are both given, remaining counts: `used` is rounded up.
    pub fn share(&self) -> Option<f64> {
        let Amounts { limit, used, remaining } = self.amounts;
        let limit = limit?;
        let remaining = remaining.or_else(|| used.map(|u| limit - u))?;
        Some((remaining / limit).clamp(0.0, 1.0))
    }

    fn share_by_used(&self) -> Option<f64> {
        let Amounts { limit, used, .. } = self.amounts;
        Some((1.0 - used? / limit?).clamp(0.0, 1.0))
    }

    /// Order of exhaustion: the most exhausted first, an unknown share last.
    pub fn more_exhausted(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |v: &Self| v.share().unwrap_or(2.0);
        rank(self).total_cmp(&rank(other))
    }

    fn state(&self, captured: Option<Time>) -> WindowState {
        let Amounts { limit, used, remaining } = self.amounts;
        let complement = |part: Option<f64>| limit.zip(part).map(|(l, p)| (l - p).max(0.0));
        WindowState {
            window_minutes: self.window_minutes,
            limit,
            used: used.or_else(|| complement(remaining)),
            remaining: remaining.or_else(|| complement(used)),
            remaining_share: self.share(),
            resets_at: self.reset.and_then(|r| r.instant(captured)),
        }
    }
}

/// What a body says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedBody {
    /// Provider id, if the format is one provider's.
    pub provider: Option<String>,
    /// Hash of the account or user id in the body.
    pub owner: Option<u64>,
    /// Every view of every window.
    pub views: Vec<View>,
    /// Concurrency limit.
    pub concurrency_limit: Option<u32>,
    /// Money left, in the provider's unit.
    pub balance: Option<f64>,
    /// Capture time computed from the body.
    pub captured: Option<Time>,
    /// Windows are blocks that began at their reset minus their length, so a capture lies inside them.
    pub anchored: bool,
    /// The published reset of an untouched window moves with the clock: it lies the window's length ahead of the capture.
    pub idle_moves: bool,
    /// What else must be known, as sentences.
    pub remarks: Vec<String>,
    /// Money beyond the windows is left: requests may go on though a window shows nothing remaining.
    pub extra_usage: bool,
}

impl ParsedBody {
    /// The snapshot, given the capture time for resets that are given as a delay.
    pub fn state(&self, captured: Option<Time>) -> QuotaState {
        let mut by_length: BTreeMap<u32, Vec<&View>> = BTreeMap::new();
        for view in &self.views {
            by_length.entry(view.window_minutes).or_default().push(view);
        }
        let mut state = QuotaState {
            concurrency_limit: self.concurrency_limit,
            balance: self.balance,
            conflicts: self.remarks.clone(),
            ..QuotaState::default()
        };
        for views in by_length.values_mut() {
            state.conflicts.extend(views.iter().filter_map(|v| rounding_conflict(v)));
            views.sort_by(|a, b| a.more_exhausted(b));
            state.conflicts.extend(conflict(views));
            let window = merge(views, captured);
            state.windows.extend(window.map(|w| if self.idle_moves { without_placeholder(w, captured) } else { w }));
        }
        let exhausted = |w: &WindowState| w.remaining_share.is_some_and(|s| s <= EXHAUSTED_SHARE);
        if self.extra_usage && state.windows.iter().any(exhausted) {
            state.conflicts.push(
                "The body shows money for extra usage, so requests may go on though a window shows nothing remaining."
                    .to_owned(),
            );
        }
        state
    }
}

/// The most exhausted view, with a reset from another one where it has none.
fn merge(views: &[&View], captured: Option<Time>) -> Option<WindowState> {
    let mut window = views.first()?.state(captured);
    window.resets_at = views.iter().find_map(|v| v.state(captured).resets_at);
    Some(window)
}

/// From this share left on a window may be untouched: one percent is the floor that some bodies show.
const PERHAPS_UNTOUCHED: f64 = 0.985;

/// A reset that lies the window's length after the capture, less this, in seconds, is a placeholder.
const PLACEHOLDER_S: f64 = 120.0;

fn without_placeholder(window: WindowState, captured: Option<Time>) -> WindowState {
    let length_s = 60.0 * f64::from(window.window_minutes);
    let ahead = window.resets_at.zip(captured).is_some_and(|(r, at)| r.since(at) >= length_s - PLACEHOLDER_S);
    let idle = ahead && window.remaining_share.is_some_and(|s| s >= PERHAPS_UNTOUCHED);
    WindowState { resets_at: window.resets_at.filter(|_| !idle), ..window }
}

/// `views`: the most exhausted first.
fn conflict(views: &[&View]) -> Option<String> {
    let known: Vec<&&View> = views.iter().filter(|v| v.share().is_some()).collect();
    let (low, high) = (known.first()?, known.last()?);
    let (least, most) = (low.share()?, high.share()?);
    (most - least > JITTER).then(|| {
        format!(
            "Two views of the {}-minute window disagree: {} shows {} remaining, {} shows {}; the lower one counts.",
            low.window_minutes,
            low.place,
            percent(least),
            high.place,
            percent(most)
        )
    })
}

fn rounding_conflict(view: &View) -> Option<String> {
    let remaining = view.amounts.remaining.and(view.share())?;
    let by_used = view.share_by_used()?;
    ((remaining - by_used).abs() > JITTER).then(|| {
        format!(
            "{} tells {} remaining of the {}-minute window, but by what is used it would be {}; remaining counts.",
            view.place,
            percent(remaining),
            view.window_minutes,
            percent(by_used)
        )
    })
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A stable hash of an account or user id: 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv). Not the standard
/// library's hasher, which may change with the compiler.
pub fn owner(id: &str) -> Option<u64> {
    let id = id.trim();
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    (!id.is_empty()).then(|| id.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(place: &'static str, limit: f64, used: Option<f64>, remaining: Option<f64>) -> View {
        View::new(place, 300, Amounts { limit: Some(limit), used, remaining }, None).unwrap()
    }

    fn state(views: Vec<View>) -> QuotaState {
        ParsedBody { views, ..ParsedBody::default() }.state(None)
    }

    #[test]
    fn what_is_left_out_is_computed_and_what_is_unknown_stays_so() {
        let exhausted = state(vec![view("a", 100.0, Some(100.0), None)]).windows[0];
        assert_eq!((exhausted.remaining, exhausted.remaining_share), (Some(0.0), Some(0.0)));
        let untouched = state(vec![view("a", 100.0, None, Some(100.0))]).windows[0];
        assert_eq!((untouched.used, untouched.remaining_share), (Some(0.0), Some(1.0)));
        let unknown = state(vec![view("a", 100.0, None, None)]).windows[0];
        assert_eq!((unknown.used, unknown.remaining, unknown.remaining_share), (None, None, None));
        let beyond = state(vec![view("a", 100.0, Some(104.0), None)]).windows[0];
        assert_eq!((beyond.used, beyond.remaining, beyond.remaining_share), (Some(104.0), Some(0.0), Some(0.0)));
    }

    #[test]
    fn limit_zero_is_not_measured() {
        let zero = Amounts { limit: Some(0.0), used: Some(0.0), remaining: Some(0.0) };
        assert_eq!(View::new("a", 300, zero, None), None);
        assert_eq!(View::new("a", 300, Amounts { limit: None, ..zero }, None), None);
    }

    #[test]
    fn remaining_counts_before_used() {
        let rounded = state(vec![view("a", 100.0, Some(100.0), Some(1.0))]);
        assert_eq!(rounded.windows[0].remaining_share, Some(0.01));
        assert_eq!(rounded.conflicts, Vec::<String>::new());
        let odd = state(vec![view("detail", 100.0, Some(100.0), Some(37.0))]);
        assert_eq!(odd.windows[0].remaining_share, Some(0.37));
        assert_eq!(odd.conflicts.len(), 1);
    }

    #[test]
    fn the_most_exhausted_view_counts_and_a_real_conflict_is_reported() {
        let parsed = state(vec![view("usages", 1.0, Some(0.0), None), view("usage", 100.0, Some(100.0), None)]);
        assert_eq!(parsed.windows.len(), 1);
        assert_eq!((parsed.windows[0].limit, parsed.windows[0].remaining_share), (Some(100.0), Some(0.0)));
        assert_eq!(
            parsed.conflicts,
            [
                "Two views of the 300-minute window disagree: usage shows 0 % remaining, usages shows 100 %; the lower one counts."
            ]
        );
        let near = state(vec![view("a", 1.0, Some(0.61), None), view("b", 100.0, Some(63.0), None)]);
        assert_eq!(near.windows[0].remaining_share, Some(0.37));
        assert!(near.conflicts.is_empty(), "0.02 apart is jitter");
        let unknown = state(vec![view("a", 100.0, None, None), view("b", 100.0, Some(0.0), None)]);
        assert_eq!(unknown.windows[0].remaining_share, Some(1.0));
        assert!(unknown.conflicts.is_empty());
    }

    #[test]
    fn a_delay_needs_the_capture_time() {
        let amounts = Amounts { limit: Some(1.0), used: Some(0.5), remaining: None };
        let view = View::new("a", 300, amounts, Some(Reset::In(90.0))).unwrap();
        let parsed = ParsedBody { views: vec![view], ..ParsedBody::default() };
        assert_eq!(parsed.state(None).windows[0].resets_at, None);
        let at = Time::parse_rfc3339("2026-03-03T16:00:00Z").unwrap();
        assert_eq!(parsed.state(Some(at)).windows[0].resets_at, Some(at.plus(90.0)));
    }

    #[test]
    fn owners_hash_as_fnv_1a() {
        // Test vectors of draft-eastlake-fnv, appendix C: FNV-1a 64 of "a" and "foobar".
        assert_eq!(owner("a"), Some(0xaf63_dc4c_8601_ec8c));
        assert_eq!(owner("foobar"), Some(0x8594_4171_f739_67e8));
        assert_eq!(owner(" "), None);
    }
}
