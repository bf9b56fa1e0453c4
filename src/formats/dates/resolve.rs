//! What a stamp lacks, from the rest of the file and from what the user named.
//!
//! In: the first lines of a file, `--log-date` and `--now`. Out: each stamp as a [`StampTime`]. The order of day and month is
//! that under which the file's dates lie closest together, and not after "now"; a time of day alone follows the last date,
//! over midnight; a year is that of `--log-date`, else the last one before "now".

use chrono::{Datelike, Days, NaiveDate};

use super::{Day, Stamp, find};
use crate::model::Time;

/// A time of day that is this much earlier than the one before it belongs to the next day.
const BACKWARDS_S: f64 = 6.0 * 3600.0;

/// Lines of a file's beginning that are searched for dates.
const LINES: usize = 2_000;

/// A stamp that is whole, or what it lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StampTime {
    /// An instant.
    At(Time),
    /// A date and time without a zone, read as if it were UTC.
    Local(Time),
    /// A time of day, and nothing that names its date.
    NoDate,
    /// Month, day and time, and nothing that names the year.
    NoYear,
}

/// What the user named for stamps that are not whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Named {
    /// The day of stamps without a date, and the year of those without a year.
    pub date: Option<NaiveDate>,
    /// What the run takes for now.
    pub now: Option<Time>,
}

/// Completes the stamps of one file, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dates {
    named: Named,
    day_first: bool,
    /// The order of day and month was not decided by the file.
    pub(crate) is_order_assumed: bool,
    /// Some lines have a time of day only: the dates of all others are of use to them.
    pub(crate) wants_every_line: bool,
    /// The day of a first time of day, from a line further down.
    first: Option<NaiveDate>,
    last: Option<Time>,
}

impl Dates {
    /// For a file that begins with these lines.
    pub(crate) fn of<'a>(lines: impl Iterator<Item = &'a [u8]>, named: Named) -> Self {
        let mut dates = Self { named, ..Self::default() };
        let mut slashed: Vec<(u32, u32, i32)> = Vec::new();
        let (mut nights, mut before) = (0, None);
        for line in lines.take(LINES) {
            let text = String::from_utf8_lossy(&line[..line.len().min(super::LOOKED_AT)]);
            let Some(stamp) = find(&text) else { continue };
            dates.wants_every_line |= stamp.day.is_none();
            match stamp.day {
                Some(Day::Slashed(one, two, year)) => slashed.push((one, two, year)),
                None if dates.first.is_none() => {
                    let turned = before.is_some_and(|b| (b - stamp.clock.micros) as f64 / 1e6 > BACKWARDS_S);
                    nights += u64::from(turned);
                    before = Some(stamp.clock.micros);
                }
                _ => {}
            }
            if let Some(Day::Known(y, m, d)) = stamp.day
                && dates.first.is_none()
            {
                dates.first = NaiveDate::from_ymd_opt(y, m, d).and_then(|d| d.checked_sub_days(Days::new(nights)));
            }
        }
        dates.decide(&slashed);
        dates
    }

    /// Chooses the order of day and month.
    fn decide(&mut self, slashed: &[(u32, u32, i32)]) {
        if slashed.is_empty() {
            return;
        }
        let days = |day_first: bool| -> Vec<NaiveDate> {
            let of = |(one, two, year): &(u32, u32, i32)| {
                let (month, day) = if day_first { (*two, *one) } else { (*one, *two) };
                NaiveDate::from_ymd_opt(*year, month, day)
            };
            slashed.iter().filter_map(of).chain(self.first).collect()
        };
        let reach = |days: &[NaiveDate]| match (days.iter().min(), days.iter().max()) {
            (Some(least), Some(most)) => (*most - *least).num_days(),
            _ => 0,
        };
        let (months, dates) = (days(false), days(true));
        let near =
            |days: &[NaiveDate]| self.named.date.is_some_and(|d| days.iter().any(|x| (*x - d).num_days().abs() <= 31));
        let ahead = |days: &[NaiveDate]| {
            let now = self.named.now.and_then(Time::utc).map(|t| t.date_naive());
            now.is_some_and(|now| days.iter().any(|d| *d > now + Days::new(1)))
        };
        let same = months == dates;
        let by_reach = reach(&dates).cmp(&reach(&months));
        (self.day_first, self.is_order_assumed) = match by_reach {
            std::cmp::Ordering::Less => (true, false),
            std::cmp::Ordering::Greater => (false, false),
            std::cmp::Ordering::Equal if near(&months) != near(&dates) => (near(&dates), false),
            std::cmp::Ordering::Equal if ahead(&months) != ahead(&dates) => (ahead(&months), false),
            std::cmp::Ordering::Equal => (false, !same),
        };
    }

    /// The time of a stamp.
    pub(crate) fn resolve(&mut self, stamp: &Stamp) -> StampTime {
        let day = match stamp.day {
            Some(Day::Instant(us)) => return self.keep(StampTime::At(Time::from_micros(us))),
            Some(Day::Known(year, month, day)) => NaiveDate::from_ymd_opt(year, month, day),
            Some(Day::Slashed(one, two, year)) => {
                let (month, day) = if self.day_first { (two, one) } else { (one, two) };
                NaiveDate::from_ymd_opt(year, month, day)
            }
            Some(Day::Yearless(month, day)) => match self.with_year(month, day) {
                Some(day) => Some(day),
                None => return StampTime::NoYear,
            },
            None => match self.day_of(stamp.clock.micros) {
                Some(day) => Some(day),
                None => return StampTime::NoDate,
            },
        };
        let Some(midnight) = day.and_then(|d| d.and_hms_opt(0, 0, 0)) else { return StampTime::NoDate };
        let wall = Time::from_micros(Time::from_local(midnight).micros() + stamp.clock.micros);
        self.keep(match stamp.clock.offset_s {
            Some(offset) => StampTime::At(wall.plus(-f64::from(offset))),
            None => StampTime::Local(wall),
        })
    }

    fn keep(&mut self, time: StampTime) -> StampTime {
        if let StampTime::At(at) | StampTime::Local(at) = time {
            self.last = Some(at);
        }
        time
    }

    /// The moment of the line before, for lines that repeat it by leaving it out.
    pub(crate) fn last(&self) -> Option<Time> {
        self.last
    }

    /// The day of a time of day.
    fn day_of(&self, micros: i64) -> Option<NaiveDate> {
        let Some(last) = self.last else { return self.named.date.or(self.first) };
        let day = last.utc()?.date_naive();
        let wall = Time::from_local(day.and_hms_opt(0, 0, 0)?).micros() + micros;
        if last.since(Time::from_micros(wall)) > BACKWARDS_S { day.succ_opt() } else { Some(day) }
    }

    fn with_year(&self, month: u32, day: u32) -> Option<NaiveDate> {
        let of = |year: i32| NaiveDate::from_ymd_opt(year, month, day);
        if let Some(last) = self.last.and_then(Time::utc) {
            // From December to January the year goes on.
            let turned = last.month() == 12 && month == 1;
            return of(last.year() + i32::from(turned));
        }
        if let Some(named) = self.named.date {
            return of(named.year());
        }
        let now = self.named.now.and_then(Time::utc)?.date_naive();
        [now.year(), now.year() - 1].into_iter().filter_map(of).find(|d| *d <= now + Days::new(1))
    }
}
