//! A quota per window: fixed, opened by the first use, or rolling; of tokens or of requests.
//!
//! The quota is not drawn: it is what was used at the instant at which the plan wants the window to be full (or the most that
//! was used before, if that was more), so that no earlier use contradicts it. From then on it holds for good.

use crate::random::MINUTE;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Tokens.
    Tokens,
    /// Requests.
    Requests,
}

impl Unit {
    /// What one request counts.
    pub fn weight(self, tokens: u32) -> f64 {
        match self {
            Self::Tokens => f64::from(tokens),
            Self::Requests => 1.0,
        }
    }

    /// Its name in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Requests => "requests",
        }
    }
}

/// How a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// On a grid, whatever the use.
    Fixed,
    /// With the first use after the last one ended.
    FirstUse,
    /// It is the last so many minutes.
    Rolling,
}

impl WindowKind {
    /// Its name in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::FirstUse => "first_use",
            Self::Rolling => "rolling",
        }
    }
}

/// A quota per window.
#[derive(Clone, Debug)]
pub struct Window {
    /// Length.
    pub minutes: u32,
    /// How it begins.
    pub kind: WindowKind,
    /// What is counted.
    pub unit: Unit,
    /// The quota, once it is known. A window without one never refuses.
    pub quota: Option<f64>,
    /// When the quota becomes what was used; `None`: never.
    pub full_at: Option<i64>,
    /// Some boundary of a fixed window; the last opening of one that first use opens.
    pub anchor: i64,
    /// How much more than was used the quota is.
    pub spare: f64,
    /// How much later than published a reset takes effect.
    pub late: i64,
    /// Instants of all charges and the sum up to each.
    charges: Vec<(i64, f64)>,
    openings: Vec<i64>,
    most: f64,
}

impl Window {
    /// An unused window. `anchor` as in the field.
    pub fn new(minutes: u32, kind: WindowKind, unit: Unit, anchor: i64) -> Self {
        Self {
            minutes,
            kind,
            unit,
            quota: None,
            full_at: None,
            anchor,
            spare: 0.0,
            late: 0,
            charges: Vec::new(),
            openings: vec![anchor],
            most: 0.0,
        }
    }

    fn length(&self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    /// Counts an amount that was used before the log begins. Calls come in order of time.
    pub fn used_before(&mut self, at: i64, amount: f64) {
        let sum = self.charges.last().map_or(0.0, |(_, s)| *s);
        self.charges.push((at, sum + amount));
    }

    /// Counts an admitted request.
    pub fn charge(&mut self, at: i64, tokens: u32) {
        if self.kind == WindowKind::FirstUse && self.opening(at).is_none() {
            self.openings.push(at);
        }
        self.used_before(at, self.unit.weight(tokens));
    }

    fn sum_before(&self, at: i64) -> f64 {
        let place = self.charges.partition_point(|(t, _)| *t < at);
        place.checked_sub(1).map_or(0.0, |i| self.charges[i].1)
    }

    /// The opening whose window holds this instant.
    fn opening(&self, at: i64) -> Option<i64> {
        let place = self.openings.partition_point(|t| *t <= at);
        let opened = *self.openings.get(place.checked_sub(1)?)?;
        (at < opened + self.length() + self.late).then_some(opened)
    }

    /// Begin of what counts at this instant.
    fn begin(&self, at: i64) -> Option<i64> {
        match self.kind {
            WindowKind::Fixed => Some(at - (at - self.anchor - self.late).rem_euclid(self.length())),
            WindowKind::FirstUse => self.opening(at),
            WindowKind::Rolling => Some(at - self.length() + 1),
        }
    }

    /// What counts at this instant, of all that was used before it.
    pub fn used(&self, at: i64) -> f64 {
        self.begin(at).map_or(0.0, |from| self.sum_before(at + 1) - self.sum_before(from))
    }

    /// Whether this request would exceed the quota.
    pub fn refuses(&mut self, at: i64, tokens: u32) -> bool {
        let weight = self.unit.weight(tokens);
        let used = self.used(at);
        if self.quota.is_none() && self.full_at.is_some_and(|t| at >= t) && used > 0.0 && used >= 0.97 * self.most {
            self.quota = Some(used.max(self.most) + self.spare);
        }
        if self.quota.is_none() {
            self.most = self.most.max(used + weight);
        }
        self.quota.is_some_and(|quota| used + weight > quota)
    }

    /// The reset that the provider publishes at this instant: for a rolling window, the first expiry.
    pub fn resets_at(&self, at: i64) -> Option<i64> {
        match self.kind {
            WindowKind::Fixed => self.begin(at).map(|t| t - self.late + self.length()),
            WindowKind::FirstUse => self.opening(at).map(|t| t + self.length()),
            WindowKind::Rolling => {
                let place = self.charges.partition_point(|(t, _)| *t <= at - self.length());
                self.charges.get(place).filter(|(t, _)| *t <= at).map(|(t, _)| t + self.length())
            }
        }
    }

    /// Share of the quota that is used at this instant, at most 1; `None` without a quota.
    pub fn used_share(&self, at: i64) -> Option<f64> {
        self.quota.map(|quota| (self.used(at) / quota).min(1.0))
    }

    /// Sets the quota of a window that was never full: so that the most that was used is this share of it.
    pub fn settle(&mut self, share: f64) {
        if self.quota.is_none() {
            let most = self.charges.iter().map(|(t, _)| self.used(*t)).fold(0.0, f64::max);
            self.quota = Some((most / share).max(1.0));
        }
    }

    /// All charges of admitted requests: instants.
    pub fn charged_at(&self) -> impl Iterator<Item = i64> + '_ {
        self.charges.iter().map(|(t, _)| *t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 1_440 * MINUTE;

    fn window(kind: WindowKind) -> Window {
        Window { quota: Some(100.0), ..Window::new(300, kind, Unit::Tokens, 0) }
    }

    #[test]
    fn a_fixed_window_is_free_at_its_boundary() {
        let mut w = window(WindowKind::Fixed);
        w.charge(10 * MINUTE, 100);
        assert!(w.refuses(20 * MINUTE, 1));
        assert!(w.refuses(300 * MINUTE - 1, 1));
        assert!(!w.refuses(300 * MINUTE, 1));
        assert_eq!(w.resets_at(20 * MINUTE), Some(300 * MINUTE));
    }

    #[test]
    fn a_late_reset_is_published_on_time() {
        let mut w = Window { late: 5 * MINUTE, ..window(WindowKind::Fixed) };
        w.charge(10 * MINUTE, 100);
        assert!(w.refuses(304 * MINUTE, 1));
        assert!(!w.refuses(305 * MINUTE, 1));
        assert_eq!(w.resets_at(302 * MINUTE), Some(300 * MINUTE));
    }

    #[test]
    fn first_use_opens() {
        let mut w = Window { anchor: -DAY, openings: vec![-DAY], ..window(WindowKind::FirstUse) };
        assert_eq!(w.resets_at(0), None);
        w.charge(7 * MINUTE, 60);
        w.charge(9 * MINUTE, 40);
        assert_eq!(w.resets_at(10 * MINUTE), Some(307 * MINUTE));
        assert!(w.refuses(306 * MINUTE, 1));
        assert!(!w.refuses(308 * MINUTE, 1));
    }

    #[test]
    fn a_rolling_window_frees_piece_by_piece() {
        let mut w = window(WindowKind::Rolling);
        w.charge(0, 60);
        w.charge(10 * MINUTE, 40);
        assert!(w.refuses(299 * MINUTE, 1));
        assert!(!w.refuses(300 * MINUTE, 60), "the first 60 are out");
        assert!(w.refuses(300 * MINUTE, 61));
        assert_eq!(w.resets_at(20 * MINUTE), Some(300 * MINUTE));
    }

    #[test]
    fn the_quota_is_what_was_used_and_never_less_than_before() {
        let mut w = Window { full_at: Some(400 * MINUTE), ..Window::new(300, WindowKind::Fixed, Unit::Tokens, 0) };
        assert!(!w.refuses(MINUTE, 80));
        w.charge(MINUTE, 80);
        assert!(!w.refuses(401 * MINUTE, 50), "80 passed in the window before");
        w.charge(401 * MINUTE, 50);
        assert!(!w.refuses(402 * MINUTE, 30));
        w.charge(402 * MINUTE, 30);
        assert!(w.refuses(403 * MINUTE, 1));
        assert_eq!(w.quota, Some(80.0));
        assert_eq!(w.used_share(403 * MINUTE), Some(1.0));
    }
}
