//! When troubles come, how long they last, and when the fleet works around them.

use super::Fleet;
use super::fleet::hours;
use crate::random::{HOUR, MINUTE, Random, micros};
use crate::setting::{Kind, Setting};

/// Times of one trouble.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    /// First instant of the log.
    pub(super) begin: i64,
    /// First instant of the trouble.
    pub(super) from: i64,
    /// How long it lasts.
    pub(super) length: i64,
}

impl When {
    /// First instant after it.
    pub(super) fn to(self) -> i64 {
        self.from + self.length
    }
}

/// How long a trouble lasts.
pub(super) fn length_s(kind: Option<Kind>, fleet: &Fleet, setting: &Setting, r: &mut Random) -> f64 {
    let short = r.over_orders(setting.block_s);
    let long = if r.chance(0.55) { short } else { r.over_orders((16_000.0, 200_000.0)) };
    let of_block = if r.chance(0.7) { short } else { long };
    let rush = fleet.rush_s() * r.within((0.35, 1.0));
    match kind {
        None | Some(Kind::Cap | Kind::Minute) => rush,
        Some(Kind::FiveHours) => short,
        Some(Kind::Weekly | Kind::OtherWindow) => long,
        // The same law as windows, in the proportion of their lengths (docs/METHOD.md, "Where the points come from").
        Some(Kind::Block) => of_block,
        Some(Kind::Overload) => r.over_orders((90.0, 9_000.0)),
        Some(Kind::Network) => r.over_orders((60.0, 7_200.0)),
        Some(Kind::Access | Kind::Billing) => r.over_orders((240.0, 40_000.0)),
        Some(Kind::Local) => r.over_orders((90.0, 7_200.0)),
    }
}

/// When the fleet works, and when the log ends.
pub(super) fn rushes(kind: Option<Kind>, when: When, fleet: &Fleet, r: &mut Random) -> (Vec<(i64, i64)>, i64) {
    let rush = micros(fleet.rush_s());
    let mut rushes = Vec::new();
    // Work before, then nobody for hours: what a window does not forget and a cap does.
    let early = r.chance(0.3);
    let lead = micros(r.within((0.15, 0.8)) * fleet.rush_s()).min(when.from - when.begin);
    if early && when.from - lead - when.begin > 30 * MINUTE {
        let free = when.from - lead - when.begin;
        let to = when.begin + (r.within((0.1, 0.6)) * free as f64) as i64;
        rushes.push((when.begin.max(to - rush), to));
    }
    let loads = matches!(kind, None | Some(Kind::Cap | Kind::Minute));
    let mut end;
    if loads {
        let parts = *r.weighted(&[(1u8, 0.55), (2, 0.3), (3, 0.15)]);
        let mut at = when.from;
        end = at;
        for _ in 0..parts {
            end = at + when.length / i64::from(parts) + 2 * MINUTE;
            rushes.push((at, end));
            at = end + micros(r.over_orders((600.0, 20_000.0)));
        }
        end += micros(r.within((120.0, 2_400.0)));
    } else {
        let after = micros(r.within((300.0, 300.0 + fleet.rush_s())));
        end = when.to() + after;
        if when.length > 5 * HOUR {
            let mut days = hours((when.from - lead, end), r);
            if let Some(first) = days.first_mut() {
                first.1 = first.1.max(when.from + 20 * MINUTE);
            }
            days.retain(|(a, _)| *a < end);
            rushes.extend(merged(days));
        } else {
            rushes.push((when.from - lead, end));
        }
        if r.chance(0.3) {
            // Once more later: a window may fill again.
            let at = end + micros(r.over_orders((900.0, 20_000.0)));
            rushes.push((at, at + rush / 2));
            end = at + rush / 2 + 5 * MINUTE;
        }
    }
    (merged(rushes), end)
}

fn merged(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (from, to) in stretches {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Times of a second trouble: before the first one, after it or beside it. Limits of a load are there all the time.
pub(super) fn second(
    kind: Kind,
    first: When,
    rushes: &[(i64, i64)],
    fleet: &Fleet,
    setting: &Setting,
    r: &mut Random,
) -> When {
    let length = micros(length_s(Some(kind), fleet, setting, r)).min(3 * HOUR);
    let from = match *r.weighted(&[(0, 0.25), (1, 0.3), (2, 0.45)]) {
        0 => first.from - length - micros(r.over_orders((300.0, 5_400.0))),
        1 => first.to() + micros(r.over_orders((120.0, 5_400.0))),
        _ => first.from + (r.within((0.1, 0.9)) * first.length as f64) as i64,
    };
    // Somebody must be at work, or nothing is seen of it.
    let at_work = |t: i64| rushes.iter().any(|(a, b)| (*a..*b).contains(&t));
    let from = if at_work(from) { from } else { rushes.last().map_or(from, |(a, b)| a + (b - a) / 3) };
    When { begin: first.begin, from: from.max(first.begin + MINUTE), length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_are_one() {
        assert_eq!(merged(vec![(5, 9), (0, 3), (3, 4), (8, 12)]), vec![(0, 4), (5, 12)]);
    }

    #[test]
    fn window_and_block_lengths_follow_one_law() {
        let setting = Setting::training();
        let mut r = Random::new(5, 5);
        let fleet = Fleet::draw(crate::truth::Form::Canonical, &setting, &mut r);
        let mut median = |kind| {
            let mut of: Vec<f64> = (0..999).map(|_| length_s(Some(kind), &fleet, &setting, &mut r)).collect();
            of.sort_by(f64::total_cmp);
            of[499]
        };
        let (window, block) = (median(Kind::FiveHours), median(Kind::Block));
        assert!((0.6..1.9).contains(&(block / window)), "{block} {window}");
    }
}
