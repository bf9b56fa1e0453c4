//! The picture in words, for who does not see it: a name, a description, flags, and the picture as a table.

use crate::causes;
use crate::document::Episode;
use crate::document::chart::Flag;
use crate::wording::when::When;
use crate::wording::{figures, words};

/// Rows of the table.
const ROWS: usize = 16;

/// Name and description of a picture.
pub(super) fn picture(e: &Episode, when: &When) -> (String, String) {
    let name = format!("Timeline of episode {}", e.id);
    let mut parts = figures::boundaries(e, when);
    let most = e.strip.in_flight.iter().max().copied().unwrap_or(0);
    if most > 0 {
        parts.push(format!("At most {most} requests were in flight at once."));
    }
    if let Some(cap) = &e.estimates.concurrency_cap {
        parts.push(format!("The estimated cap is {}.", words::bounds(cap)));
    }
    if let Some(chart) = &e.chart {
        let flags = chart.flags.iter().map(|f| format!("QuotaState at {}: {}.", when.minute(&f.at), flag(f, when)));
        parts.extend(flags.take(6));
    }
    parts.push("The same as a table stands below the picture.".to_owned());
    (name, parts.join(" "))
}

/// A snapshot in words: `0 % of 5-hour left, resets 17:16; 63 % of weekly left`.
fn flag(f: &Flag, when: &When) -> String {
    flag_texts(f, when).swap_remove(0)
}

/// What may stand beside a flag, the longest first: all of it, the window with the least left, its share alone.
pub(super) fn flag_texts(f: &Flag, when: &When) -> Vec<String> {
    let mut windows: Vec<(f64, String, String)> = f
        .windows
        .iter()
        .filter_map(|w| {
            let share = w.remaining_share?;
            let window = causes::window_name(w.window_minutes);
            let left = format!("{} of {window} left", words::share(share));
            let reset = w.resets_at.as_deref().map(|r| format!(", resets {}", when.minute(r))).unwrap_or_default();
            Some((share, left, reset))
        })
        .collect();
    windows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((share, left, reset)) = windows.first().cloned() else { return vec!["a snapshot".to_owned()] };
    let mut texts = Vec::new();
    if let Some((_, other, _)) = windows.get(1) {
        texts.push(format!("{left}{reset}; {other}"));
    }
    texts.extend([format!("{left}{reset}"), left, words::share(share)]);
    texts
}

/// One row of the table.
pub(super) struct Row {
    pub(super) time: String,
    pub(super) admitted: u64,
    pub(super) refused: u64,
    pub(super) in_flight: u32,
    pub(super) left: String,
}

/// The picture as a table of a few rows, each over the same length of time.
pub(super) fn table(e: &Episode, when: &When) -> Vec<Row> {
    let strip = &e.strip;
    let Some(from) = crate::model::Time::parse_rfc3339(&strip.from) else { return Vec::new() };
    let bins = strip.admitted.len();
    let each = bins.div_ceil(ROWS).max(1);
    let sum = |counts: &[u32], begin: usize| counts.iter().skip(begin).take(each).map(|n| u64::from(*n)).sum();
    (0..bins)
        .step_by(each)
        .map(|begin| {
            let least = strip.remaining_share.iter().skip(begin).take(each).flatten().copied().reduce(f64::min);
            Row {
                time: when.second(&from.plus(begin as f64 * strip.bin_s).rfc3339()),
                admitted: sum(&strip.admitted, begin),
                refused: sum(&strip.refused, begin),
                in_flight: strip.in_flight.iter().skip(begin).take(each).max().copied().unwrap_or(0),
                left: least.map(words::share).unwrap_or_default(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_table_holds_every_attempt_of_the_picture() {
        let document = sample::thread();
        let e = &document.episodes[0];
        let rows = table(e, &When::of(&document));
        assert!(rows.len() <= ROWS);
        let strip: u64 = e.strip.refused.iter().map(|n| u64::from(*n)).sum();
        assert_eq!(rows.iter().map(|r| r.refused).sum::<u64>(), strip);
    }
}
