//! Variant C, ratio pools: `usages` is an object of `limit_5h`, `limit_7d`, `limit_month*`, also in camel case.
//!
//! The used ratio is 0 to 1. `limit_month_total` and `limit_month_code` are two pools of one length; the more exhausted
//! one is the month's window, and that they differ is no contradiction.

use serde_json::{Map, Value};

use super::MONTH;
use super::amounts::reset;
use crate::snapshots::lenient::{first, quantity};
use crate::snapshots::parsed_body::Amounts;
use crate::snapshots::{ParsedBody, View};

/// Reads `usages` when it is an object of pools.
pub fn read(body: &Map<String, Value>) -> Option<ParsedBody> {
    let pools = body.get("usages")?.as_object()?;
    let pools = pools.iter().filter_map(|(key, pool)| Some((minutes(key)?, pool.as_object()?)));
    let (monthly, shorter): (Vec<_>, Vec<_>) = pools.partition(|(minutes, _)| *minutes == MONTH);
    if monthly.is_empty() && shorter.is_empty() {
        return None;
    }
    let mut views: Vec<View> = shorter.iter().filter_map(|(minutes, pool)| view(*minutes, pool)).collect();
    let months = monthly.iter().filter_map(|(minutes, pool)| view(*minutes, pool));
    views.extend(months.min_by(View::more_exhausted));
    Some(ParsedBody { views, ..ParsedBody::default() })
}

/// The length in a pool's key: `limit_5h`, `limit7d`, `limit_month_total`, `limitMonthCode`.
fn minutes(key: &str) -> Option<u32> {
    let key = key.strip_prefix("limit")?.trim_start_matches('_').to_ascii_lowercase();
    if key.starts_with("month") {
        return Some(MONTH);
    }
    let unit = key.trim_start_matches(|c: char| c.is_ascii_digit());
    let n: u32 = key[..key.len() - unit.len()].parse().ok()?;
    let each = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1440,
        "w" => 10_080,
        _ => return None,
    };
    n.checked_mul(each).filter(|m| *m > 0)
}

fn view(minutes: u32, pool: &Map<String, Value>) -> Option<View> {
    let amounts = Amounts {
        remaining: quantity(first(pool, &["remaining_ratio", "remainingRatio"])),
        ..Amounts::of_used_share(quantity(first(pool, &["used_ratio", "usedRatio"])))
    };
    View::new("usages", minutes, amounts, reset(pool))
}
