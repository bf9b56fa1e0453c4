//! The strip: admissions, refusals and requests in flight over time, so that the gap can be seen.
//!
//! In: one episode and how many columns there are. Out: rows of text of that width or less, made of this module's own
//! characters and of formatted times only, so they are safe for every target.

use unicode_width::UnicodeWidthStr;

use crate::document::{Episode, Strip};
use crate::model::Time;
use crate::wording::when::When;
use crate::wording::words;

/// Eighths of a cell; the first stands for none.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Most columns a strip of few bins is widened to per bin: wider bars say no more.
const WIDEST_BIN: usize = 3;

/// Share of the episode from which a stretch without an admission is marked, when others were admitted in it.
const GAP_SHARE: f64 = 0.2;

/// Columns between the beginnings of two tick labels, beyond the label itself.
const TICK_GAP: usize = 3;

/// Tick distances in seconds that people count in.
pub(super) const TICKS_S: [f64; 22] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_419_200.0,
];

/// What a row shows; outputs with colour choose it by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// Admissions.
    Admitted,
    /// Refusals.
    Refused,
    /// Requests in flight.
    InFlight,
    /// Snapshots of the quota.
    Snapshots,
    /// The axis and its labels.
    Axis,
    /// Onset, last refusal, recovery.
    Events,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What it shows.
    pub(super) shows: Shows,
    /// Label to its left.
    pub(super) label: &'static str,
    /// The columns.
    pub(super) cells: String,
    /// Note to its right: the row's highest rate or count.
    pub(super) note: String,
}

/// The drawn strip.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Seconds in one column.
    pub(super) column_s: f64,
    /// Rows from top to bottom.
    pub(super) rows: Vec<Row>,
}

/// Bins laid over columns: a column may hold several bins, or a part of one.
struct Grid<'s> {
    strip: &'s Strip,
    from: Time,
    bins: usize,
    columns: usize,
}

impl<'s> Grid<'s> {
    fn new(strip: &'s Strip, width: usize) -> Option<Self> {
        let bins = strip.admitted.len().max(strip.refused.len());
        let from = Time::parse_rfc3339(&strip.from)?;
        if bins == 0 || width == 0 || !strip.bin_s.is_finite() || strip.bin_s <= 0.0 {
            return None;
        }
        let columns = if bins >= width { width } else { bins * (width / bins).min(WIDEST_BIN) };
        Some(Self { strip, from, bins, columns })
    }

    fn column_s(&self) -> f64 {
        self.strip.bin_s * self.bins as f64 / self.columns as f64
    }

    fn column_of(&self, at: Time) -> Option<usize> {
        let column = at.since(self.from) / self.column_s();
        (column >= 0.0 && column < self.columns as f64).then_some(column as usize)
    }

    /// The bins that a column touches, first and one past the last.
    fn bins_of(&self, column: usize) -> (usize, usize) {
        (column * self.bins / self.columns, ((column + 1) * self.bins).div_ceil(self.columns))
    }

    /// Counts per minute, a bin that lies in two columns shared between them by time.
    fn rates(&self, bins: &[u32]) -> Vec<f64> {
        let bin_columns = self.columns as f64 / self.bins as f64;
        let part = |bin: usize, column: usize| {
            let (begin, end) = (bin as f64 * bin_columns, (bin + 1) as f64 * bin_columns);
            (end.min((column + 1) as f64) - begin.max(column as f64)).max(0.0) / bin_columns
        };
        let sum = |column: usize| {
            let (begin, end) = self.bins_of(column);
            (begin..end).map(|bin| f64::from(bins.get(bin).copied().unwrap_or(0)) * part(bin, column)).sum::<f64>()
        };
        (0..self.columns).map(|column| sum(column) * 60.0 / self.column_s()).collect()
    }

    /// The highest value in each column.
    fn peaks(&self, bins: &[u32]) -> Vec<f64> {
        let most = |(begin, end): (usize, usize)| (begin..end).filter_map(|b| bins.get(b)).max();
        (0..self.columns).map(|column| f64::from(most(self.bins_of(column)).copied().unwrap_or(0))).collect()
    }
}

/// Draws the strip of an episode into `width` columns; labels of events may reach `beyond` columns further. `None` when the
/// strip is empty.
pub(super) fn draw(e: &Episode, when: &When, width: usize, beyond: usize) -> Option<Picture> {
    let grid = Grid::new(&e.strip, width)?;
    let admitted = grid.rates(&e.strip.admitted);
    let refused = grid.rates(&e.strip.refused);
    let mut rows = vec![
        bars(Shows::Admitted, "admitted", with_gap_named(e, &grid, &admitted), per_time(&admitted, grid.column_s())),
        bars(
            Shows::Refused,
            if crate::wording::figures::is_network(e) { "failed" } else { "refused" },
            blocks(&refused),
            per_time(&refused, grid.column_s()),
        ),
    ];
    if !e.strip.in_flight.is_empty() {
        let in_flight = grid.peaks(&e.strip.in_flight);
        rows.push(bars(Shows::InFlight, "in flight", blocks(&in_flight), format!("max {:.0}", most(&in_flight))));
    }
    rows.extend(snapshots(&grid));
    rows.push(axis(&grid, when));
    rows.extend(events(e, &grid, when, beyond));
    Some(Picture { column_s: grid.column_s(), rows })
}

fn bars(shows: Shows, label: &'static str, cells: String, note: String) -> Row {
    Row { shows, label, cells: cells.trim_end().to_owned(), note }
}

fn most(columns: &[f64]) -> f64 {
    columns.iter().copied().fold(0.0, f64::max)
}

/// The highest rate of a row, in the unit that leaves a number to read. Where a column is shorter than a minute its count
/// is told as it is: a rate would speak of minutes that never were.
fn per_time(columns: &[f64], column_s: f64) -> String {
    match most(columns) {
        0.0 => "none".to_owned(),
        // Shares of a bin in two columns add up to a little more than a whole number.
        a_minute if column_s < 60.0 => format!("max {:.0}", (a_minute * column_s / 60.0 - 1e-6).ceil()),
        a_minute if a_minute >= 1.5 => format!("max {a_minute:.0}/min"),
        a_minute => format!("max {:.0}/h", (a_minute * 60.0).max(1.0)),
    }
}

/// Blocks scaled to the highest column; what is not zero is never invisible.
fn blocks(columns: &[f64]) -> String {
    let most = most(columns);
    let eighths = |n: f64| if n > 0.0 { (n * 8.0 / most).ceil().clamp(1.0, 8.0) as usize } else { 0 };
    columns.iter().map(|n| BLOCKS[eighths(*n)]).collect()
}

/// The admitted row, with the longest stretch without an admission between onset and end filled in and named.
fn with_gap_named(e: &Episode, grid: &Grid<'_>, admitted: &[f64]) -> String {
    let mut cells: Vec<char> = blocks(admitted).chars().collect();
    let at = |stamp: &Option<String>| stamp.as_deref().and_then(Time::parse_rfc3339).and_then(|t| grid.column_of(t));
    let (Some(first), Some(last)) = (at(&e.first_refusal), at(&e.last_refusal)) else {
        return cells.into_iter().collect();
    };
    let (begin, end) = longest_gap(admitted, first, last);
    // Under a cap some columns are always empty by chance: only a gap that is much of the episode is one.
    if e.admitted > 0 && ((end - begin) as f64) < GAP_SHARE * (last + 1 - first) as f64 {
        return cells.into_iter().collect();
    }
    let span = if e.admitted == 0 { e.proven_span_s } else { (end - begin) as f64 * grid.column_s() };
    let span = words::duration(span).replace('\u{a0}', " ");
    let texts = [format!("none admitted for {span}"), format!("none for {span}")];
    // With some columns left on either side, or it would look like a part of a bar.
    if let Some(text) = texts.iter().find(|t| end - begin >= t.width() + 4) {
        let start = begin + (end - begin - text.width()) / 2;
        for (cell, c) in cells[start..].iter_mut().zip(text.chars()) {
            *cell = c;
        }
    }
    cells.into_iter().collect()
}

/// The longest run of empty columns from `first` to `last`, as begin and end; empty when there is none.
fn longest_gap(admitted: &[f64], first: usize, last: usize) -> (usize, usize) {
    let mut best = (first, first);
    let mut begin = first;
    for (column, rate) in admitted.iter().enumerate().take(last + 1).skip(first) {
        if *rate > 0.0 {
            begin = column + 1;
        } else if column + 1 - begin > best.1 - best.0 {
            best = (begin, column + 1);
        }
    }
    best
}

/// Snapshots of the quota: a mark each, with what was left where there is room. The lowest is told in any case.
fn snapshots(grid: &Grid<'_>) -> Vec<Row> {
    let mut seen: Vec<(usize, f64)> = Vec::new();
    for (bin, share) in grid.strip.remaining_share.iter().take(grid.bins).enumerate() {
        let column = (2 * bin + 1) * grid.columns / (2 * grid.bins);
        match (share, seen.last_mut()) {
            (Some(share), Some(last)) if last.0 == column => last.1 = last.1.min(*share),
            (Some(share), _) => seen.push((column, *share)),
            (None, _) => {}
        }
    }
    let mut labels = Labels::new(grid.columns);
    for (column, _) in &seen {
        labels.mark(*column, '◆');
    }
    let text = |share: f64| format!("{} left", words::share(share)).replace('\u{a0}', " ");
    let lowest = seen.iter().copied().reduce(|low, next| if next.1 < low.1 { next } else { low });
    for (column, share) in &seen {
        let is_known = labels.place(*column, &text(*share), ['◆', '◆'], 1);
        if let (false, Some(low)) = (is_known, lowest.filter(|low| low.0 == *column)) {
            labels.place(low.0, &text(low.1), ['╰', '╯'], 2);
        }
    }
    let label = |n| if n == 0 { "snapshots" } else { "" };
    let row = |(n, cells)| Row { shows: Shows::Snapshots, label: label(n), cells, note: String::new() };
    labels.into_rows().enumerate().map(row).collect()
}

/// How tick labels are written, and the seconds between two of them: the closest that have room.
fn ticks(grid: &Grid<'_>) -> (&'static str, f64) {
    let format = |step: f64| match step {
        s if s < 60.0 => "%H:%M:%S",
        _ if grid.column_s() * grid.columns as f64 <= 86_400.0 => "%H:%M",
        s if s < 86_400.0 => "%m-%d %H:%M",
        _ => "%m-%d",
    };
    let has_room = |step: &f64| {
        let label = match format(*step) {
            "%H:%M:%S" => 8,
            "%m-%d %H:%M" => 11,
            _ => 5,
        };
        step / grid.column_s() >= (label + TICK_GAP) as f64
    };
    let step = TICKS_S.into_iter().find(has_room).unwrap_or(TICKS_S[TICKS_S.len() - 1]);
    (format(step), step)
}

/// The row of the ticks' labels, each beginning at its column.
fn axis(grid: &Grid<'_>, when: &When) -> Row {
    let (format, step) = ticks(grid);
    let mut labels = String::new();
    let local = grid.from.secs() + when.offset_s(grid.from);
    let mut tick = grid.from.plus((local / step).ceil() * step - local);
    while let Some(column) = grid.column_of(tick) {
        let text = when.instant(tick, format);
        if column + text.width() <= grid.columns && labels.width() <= column {
            labels.push_str(&" ".repeat(column - labels.width()));
            labels.push_str(&text);
        }
        tick = tick.plus(step);
    }
    Row { shows: Shows::Axis, label: "", cells: labels, note: String::new() }
}

/// Onset, last refusal and recovery, each below its column.
fn events(e: &Episode, grid: &Grid<'_>, when: &When, beyond: usize) -> Vec<Row> {
    let mut labels = Labels::new(grid.columns + beyond);
    let [first, only] = match crate::wording::figures::is_network(e) {
        true => ["first failure", "the only failure"],
        false => ["first refusal", "the only refusal"],
    };
    let mut markers =
        vec![(&e.first_refusal, first), (&e.last_refusal, "last"), (&e.first_admission_after, "admitted")];
    if e.refused == 1 {
        markers.splice(..2, [(&e.first_refusal, only)]);
    }
    let rows = markers.len();
    for (stamp, name) in markers {
        let column = stamp.as_deref().and_then(Time::parse_rfc3339).and_then(|t| grid.column_of(t));
        if let (Some(column), Some(stamp)) = (column, stamp) {
            let text = format!("{} {name}", when.minute(stamp)).replace('\u{a0}', " ");
            // The last one reads towards the first, so that the admission has the room behind it.
            let place = if name == "last" { Labels::place_before } else { Labels::place };
            place(&mut labels, column, &text, ['↑', '↑'], rows);
        }
    }
    let row = |cells| Row { shows: Shows::Events, label: "", cells, note: String::new() };
    labels.into_rows().map(row).collect()
}

/// Rows of labels that never overlap.
struct Labels {
    width: usize,
    rows: Vec<Vec<char>>,
}

impl Labels {
    fn new(width: usize) -> Self {
        Self { width, rows: Vec::new() }
    }

    /// Sets a bare mark in the first row.
    fn mark(&mut self, column: usize, mark: char) {
        self.put(0, column, &[mark], column);
    }

    /// Writes a text beside the mark in its column, to the right (`opens text`) or to the left (`text closes`), in
    /// the first of `rows` that has room. Says whether there was any.
    fn place(&mut self, column: usize, text: &str, [opens, closes]: [char; 2], rows: usize) -> bool {
        let right: Vec<char> = format!("{opens} {text}").chars().collect();
        let left: Vec<char> = format!("{text} {closes}").chars().collect();
        let begin_left = (column + 1).checked_sub(left.len());
        (0..rows).any(|row| {
            self.put(row, column, &right, column) || begin_left.is_some_and(|b| self.put(row, b, &left, column))
        })
    }

    /// The same, to the left where there is room.
    fn place_before(&mut self, column: usize, text: &str, signs: [char; 2], rows: usize) -> bool {
        let left: Vec<char> = format!("{text} {}", signs[1]).chars().collect();
        let begin = (column + 1).checked_sub(left.len());
        begin.is_some_and(|b| self.put(0, b, &left, column)) || self.place(column, text, signs, rows)
    }

    /// Writes a text where nothing stands yet, nor directly beside it; only its own mark may be there already.
    fn put(&mut self, row: usize, begin: usize, text: &[char], mark_at: usize) -> bool {
        let end = begin + text.len();
        if end > self.width {
            return false;
        }
        while self.rows.len() <= row {
            self.rows.push(vec![' '; self.width]);
        }
        let cells = &mut self.rows[row];
        let is_free = |at: usize| cells[at] == ' ' || (at == mark_at && cells[at] == text[at - begin]);
        if !(begin.saturating_sub(1)..(end + 1).min(self.width)).all(is_free) {
            return false;
        }
        cells[begin..end].copy_from_slice(text);
        true
    }

    /// The rows that hold something, without blanks at their ends.
    fn into_rows(self) -> impl Iterator<Item = String> {
        let text = |cells: Vec<char>| cells.into_iter().collect::<String>().trim_end().to_owned();
        self.rows.into_iter().map(text).filter(|row| !row.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn drawn(width: usize) -> Picture {
        let document = sample::thread();
        draw(&document.episodes[0], &When::of(&document), width, 0).unwrap()
    }

    #[test]
    fn no_row_is_wider_than_asked() {
        for width in [40, 57, 61, 100, 180] {
            for row in drawn(width).rows {
                assert!(row.cells.width() <= width, "{width}: {}", row.cells);
            }
        }
    }

    #[test]
    fn the_gap_is_named_where_nothing_was_admitted() {
        let [wide, narrow] = [100, 48].map(|width| drawn(width).rows[0].cells.clone());
        assert!(wide.contains("  none admitted for 57 min  "), "{wide}");
        assert!(narrow.contains("  none for 57 min  "), "{narrow}");
    }

    #[test]
    fn events_stand_below_their_columns() {
        let picture = drawn(61);
        let events: Vec<&Row> = picture.rows.iter().filter(|r| r.shows == Shows::Events).collect();
        let document = sample::thread();
        let grid = Grid::new(&document.episodes[0].strip, 61).unwrap();
        let onset = grid.column_of(Time::parse_rfc3339("2026-03-03T16:19:02Z").unwrap()).unwrap();
        assert_eq!(events[0].cells.chars().nth(onset), Some('↑'));
        let all: String = events.iter().map(|r| r.cells.as_str()).collect();
        for expected in ["16:19 first refusal", "17:16 last", "17:20 admitted"] {
            assert!(all.contains(expected), "{all}");
        }
    }

    #[test]
    fn a_single_refusal_is_no_first_and_last() {
        let mut document = sample::thread();
        let e = &mut document.episodes[0];
        (e.refused, e.last_refusal) = (1, e.first_refusal.clone());
        let picture = draw(&document.episodes[0], &When::of(&document), 61, 0).unwrap();
        let all: String = picture.rows.iter().map(|r| r.cells.as_str()).collect();
        assert!(all.contains("the only refusal") && !all.contains(" last"), "{all}");
    }

    #[test]
    fn a_little_is_not_nothing() {
        assert_eq!(blocks(&[0.0, 1.0, 500.0, 1000.0]), " ▁▄█");
    }

    #[test]
    fn laying_bins_over_columns_loses_nothing() {
        let strip = Strip { from: "2026-03-03T00:00:00Z".to_owned(), bin_s: 60.0, ..Strip::default() };
        let strip = Strip { admitted: vec![5, 0, 7, 1, 2, 0, 0, 3, 4, 8, 6], ..strip };
        for width in [1, 3, 4, 7, 11, 30] {
            let grid = Grid::new(&strip, width).unwrap();
            let total: f64 = grid.rates(&strip.admitted).iter().map(|r| r * grid.column_s() / 60.0).sum();
            assert!((total - 36.0).abs() < 1e-9, "{width}: {total}");
        }
    }

    #[test]
    fn an_empty_strip_is_not_drawn() {
        let mut document = sample::thread();
        document.episodes[0].strip = Strip::default();
        assert!(draw(&document.episodes[0], &When::of(&document), 60, 0).is_none());
    }

    #[test]
    fn the_longest_gap_is_found_between_the_ends() {
        assert_eq!(longest_gap(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0], 2, 6), (4, 6));
        assert_eq!(longest_gap(&[1.0, 1.0], 0, 1), (0, 0));
    }
}
