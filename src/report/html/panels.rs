//! The panels of a picture, one function each: it draws from `y` down and gives the `y` below itself.

use super::frame::{Frame, Page};
use super::scale::round_up;
use super::svg::{Anchor, Boxes, Canvas, steps, text_width};
use crate::document::chart::AgentRow;
use crate::document::{Bounds, Quota};
use crate::wording::words;

/// Room above a panel for its heading.
const HEADING: f64 = 20.0;
/// Height of a agent's row.
const AGENT: f64 = 13.0;
/// Share from which a token window is in question, so that its use is drawn.
const IN_QUESTION: f64 = 0.02;

fn heading(canvas: &mut Canvas, frame: &Frame<'_>, y: f64, text: &str) {
    canvas.text("heading", [frame.scale.left, y], Anchor::Start, text);
}

/// A number at the left of a panel.
fn end_of_axis(canvas: &mut Canvas, frame: &Frame<'_>, y: f64, text: &str) {
    canvas.text("tick", [frame.scale.left - 4.0, y + 4.0], Anchor::End, text);
}

/// Columns of one row of counts as boxes on a base line, up or down.
fn columns(frame: &Frame<'_>, counts: &[f64], base: f64, height: f64, most: f64, up: bool) -> String {
    let mut boxes = Boxes::default();
    for (c, count) in counts.iter().enumerate() {
        // What is not nothing is seen.
        let tall = if *count > 0.0 { (count / most * height).max(1.5) } else { 0.0 };
        let top = if up { base - tall } else { base };
        boxes.add([frame.scale.x(c), top, frame.scale.column_width(c), tall]);
    }
    boxes.into_d()
}

/// Admissions upwards, refusals downwards, broken streams as marks on the line.
pub(super) fn attempts(canvas: &mut Canvas, frame: &Frame<'_>, y: f64) -> f64 {
    let strip = &frame.e.strip;
    let (admitted, refused) = (frame.scale.sums(&strip.admitted), frame.scale.sums(&strip.refused));
    let top = |counts: &[f64]| counts.iter().copied().fold(0.0, f64::max);
    let (most_admitted, most_refused) = (round_up(top(&admitted)), round_up(top(&refused)));
    let height = if frame.page == Page::Wide { 58.0 } else { 48.0 };
    let broken = frame.e.chart.as_ref().map(|c| frame.scale.sums(&c.broken)).unwrap_or_default();
    let any_broken = top(&broken) > 0.0;
    let column = words::duration(frame.scale.column_s());
    let mut x = frame.scale.left;
    let mut key = vec![("key admitted", "admitted"), ("key refused", "refused")];
    if any_broken {
        key.push(("key broken", "broken stream"));
    }
    for (class, word) in key {
        canvas.rect(class, [x, y - 8.0, 9.0, 9.0]);
        canvas.text("heading", [x + 13.0, y], Anchor::Start, word);
        x += 13.0 + text_width(word) + 18.0;
    }
    if frame.page == Page::Wide {
        canvas.text("heading quiet", [x, y], Anchor::Start, &format!("attempts in each {column}"));
    }
    let base = y + 8.0 + height;
    canvas.path("bar admitted", &columns(frame, &admitted, base, height, most_admitted, true));
    canvas.path("bar refused", &columns(frame, &refused, base + 1.0, height, most_refused, false));
    if any_broken {
        let mut boxes = Boxes::default();
        for (c, count) in broken.iter().enumerate().filter(|(_, n)| **n > 0.0) {
            let _ = count;
            boxes.add([frame.scale.x(c), base - 3.0, frame.scale.column_width(c), 7.0]);
        }
        canvas.path("bar broken", &boxes.into_d());
    }
    canvas.line("axis", [frame.scale.left, base + 0.5, frame.scale.right(), base + 0.5]);
    end_of_axis(canvas, frame, base - height + 3.0, &short(most_admitted));
    end_of_axis(canvas, frame, base, "0");
    end_of_axis(canvas, frame, base + height - 3.0, &short(most_refused));
    base + height + HEADING
}

/// Agents as rows: admissions in the upper half, refusals in the lower one, the darker the more.
pub(super) fn agents(canvas: &mut Canvas, frame: &Frame<'_>, y: f64) -> f64 {
    let Some(chart) = frame.e.chart.as_ref().filter(|c| !c.agents.is_empty()) else { return y - 6.0 };
    let mut rows: Vec<(String, &AgentRow)> = chart.agents.iter().map(|l| (l.name.clone(), l)).collect();
    if let Some((n, others)) = &chart.others {
        rows.push((words::counted(*n, "more agent", "more agents"), others));
    }
    let more = if frame.page == Page::Wide { ", the darker the more" } else { "" };
    heading(canvas, frame, y + 6.0, &format!("by agent: admitted above, refused below{more}"));
    let top = y + 14.0;
    // Three grades of each: few, some, many beside the fullest column of any agent.
    let graded = |of: fn(&AgentColumn) -> f64| {
        rows.iter().flat_map(|(_, agent)| per_column(frame, agent)).map(|c| of(&c)).fold(1.0, f64::max)
    };
    let (most_admitted, most_refused) = (graded(|c| c.admitted), graded(|c| c.refused));
    let mut paths: [[Boxes; 3]; 2] = Default::default();
    let mut broken = Boxes::default();
    for (row, (_, agent)) in rows.iter().enumerate() {
        let y = top + row as f64 * AGENT;
        for c in per_column(frame, agent) {
            let (x, width) = (frame.scale.x(c.column), frame.scale.column_width(c.column));
            if c.admitted > 0.0 {
                paths[0][grade(c.admitted, most_admitted)].add([x, y + 1.0, width, 5.0]);
            }
            if c.refused > 0.0 {
                paths[1][grade(c.refused, most_refused)].add([x, y + 6.5, width, 5.0]);
            }
            if c.broken > 0.0 {
                broken.add([x, y + 3.0, width.max(2.0), 7.0]);
            }
        }
    }
    for (class, paths) in ["admitted", "refused"].into_iter().zip(paths) {
        for (boxes, grade) in paths.into_iter().zip(["few", "some", "many"]) {
            canvas.path(&format!("bar {class} {grade}"), &boxes.into_d());
        }
    }
    canvas.path("bar broken", &broken.into_d());
    for (row, (name, _)) in rows.iter().enumerate() {
        let y = top + row as f64 * AGENT;
        canvas.line("rule", [frame.scale.left, y + AGENT, frame.scale.right(), y + AGENT]);
        if frame.page == Page::Wide {
            let room = (frame.scale.left - 8.0) / text_width("0");
            canvas.text("tick", [frame.scale.left - 4.0, y + 10.0], Anchor::End, &shortened(name, room as usize));
        }
    }
    top + rows.len() as f64 * AGENT + HEADING + 4.0
}

fn grade(count: f64, most: f64) -> usize {
    match count / most {
        share if share <= 0.34 && most > 2.0 => 0,
        share if share <= 0.67 && most > 1.0 => 1,
        _ => 2,
    }
}

/// What one agent did in one column.
#[derive(Debug, Clone, Copy, Default)]
struct AgentColumn {
    column: usize,
    admitted: f64,
    refused: f64,
    broken: f64,
}

/// A agent's marks summed over columns.
fn per_column(frame: &Frame<'_>, agent: &AgentRow) -> Vec<AgentColumn> {
    let mut columns: Vec<AgentColumn> = Vec::new();
    for mark in &agent.marks {
        let column = mark.bin as usize / frame.scale.bins_per_column;
        if column >= frame.scale.columns() {
            continue;
        }
        if columns.last().is_none_or(|last| last.column != column) {
            columns.push(AgentColumn { column, ..AgentColumn::default() });
        }
        if let Some(last) = columns.last_mut() {
            last.admitted += f64::from(mark.admitted);
            last.refused += f64::from(mark.refused);
            last.broken += f64::from(mark.broken);
        }
    }
    columns
}

/// The end of a name tells agents apart; its beginning goes.
fn shortened(name: &str, room: usize) -> String {
    let n = name.chars().count();
    if n <= room {
        return name.to_owned();
    }
    let end: String = name.chars().skip(n + 1 - room.max(2)).collect();
    format!("…{end}")
}

/// Requests in flight, with the estimated cap as a band.
pub(super) fn in_flight(canvas: &mut Canvas, frame: &Frame<'_>, y: f64) -> f64 {
    if frame.e.strip.in_flight.iter().all(|n| *n == 0) {
        return y - 6.0;
    }
    let peaks = frame.scale.peaks(&frame.e.strip.in_flight);
    let cap = frame.e.estimates.concurrency_cap.as_ref();
    let highest = peaks.iter().copied().fold(0.0, f64::max);
    let most = round_up(highest.max(cap.map_or(0.0, |c| c.high.unwrap_or(c.low) as f64)) * 1.08);
    let height = if frame.page == Page::Wide { 64.0 } else { 52.0 };
    let (top, base) = (y + 14.0, y + 14.0 + height);
    let place = |n: f64| base - n / most * height;
    heading(canvas, frame, y + 6.0, &format!("requests in flight, most in each column; highest {}", short(highest)));
    if let Some(cap) = cap {
        let open = cap.high.is_none();
        let high = cap.high.map_or(top, |h| place(h as f64));
        let low = place(cap.low as f64);
        canvas.rect(
            if open { "band open" } else { "band" },
            [frame.scale.left, high.min(low - 2.0), frame.scale.width, (low - high).max(3.0)],
        );
        let text = format!("estimated cap: {}", words::bounds(cap));
        label_on_band(canvas, frame, &text, high.min(low - 2.0), top);
    }
    let values: Vec<Option<f64>> = peaks.iter().map(|n| Some(place(*n))).collect();
    let line = steps(&values, |c| frame.scale.x(c));
    canvas.path("area", &format!("{line}V{}H{}z", super::svg::n(base), super::svg::n(frame.scale.left)));
    canvas.path("curve", &line);
    canvas.line("axis", [frame.scale.left, base, frame.scale.right(), base]);
    end_of_axis(canvas, frame, top, &short(most));
    end_of_axis(canvas, frame, base, "0");
    base + HEADING + 4.0
}

/// Above a band when there is room below the panel's top, else just under that top.
fn label_on_band(canvas: &mut Canvas, frame: &Frame<'_>, text: &str, band: f64, top: f64) {
    let y = if band - top >= 8.0 { band - 3.0 } else { band + 11.0 };
    canvas.text("band-word", [frame.scale.right() - 3.0, y], Anchor::End, text);
}

/// Use of the window in question, with the estimated quota as a band.
pub(super) fn used(canvas: &mut Canvas, frame: &Frame<'_>, y: f64) -> f64 {
    let e = frame.e;
    let share = e.causes.iter().find(|c| c.cause == "token_window").map_or(0.0, |c| c.probability);
    let wanted = share >= IN_QUESTION || e.estimates.window_quota.is_some();
    let Some(used) = e.chart.as_ref().and_then(|c| c.used.as_ref()).filter(|_| wanted) else { return y - 6.0 };
    let last_of_column = |c: usize| {
        let mut column = used.at.iter().skip(c * frame.scale.bins_per_column).take(frame.scale.bins_per_column);
        column.next_back().copied().unwrap_or(0) as f64
    };
    let values: Vec<f64> = (0..frame.scale.columns()).map(last_of_column).collect();
    let highest = values.iter().copied().fold(0.0, f64::max);
    // What was used was admitted, so a quota lies above it; an upper bound below it is that of another measure.
    let quota = e.estimates.window_quota.as_ref().filter(|q| q.unit == used.unit);
    let quota = quota.filter(|q| q.high.is_none_or(|high| high as f64 >= highest));
    let quota = quota.map(|q| Quota { low: q.low.max(highest as u64), ..q.clone() });
    let most = round_up(highest.max(quota.as_ref().map_or(0.0, |q| q.high.unwrap_or(q.low) as f64)) * 1.08);
    let height = if frame.page == Page::Wide { 64.0 } else { 52.0 };
    let (top, base) = (y + 14.0, y + 14.0 + height);
    let place = |n: f64| base - n / most * height;
    let window = crate::causes::window_name(used.window_minutes);
    let since = if used.since_reset { "since its last reset" } else { "over its length" };
    heading(canvas, frame, y + 6.0, &format!("{} used in the {window} window, {since}", used.unit));
    if let Some(q) = &quota {
        let high = q.high.map_or(top, |h| place(h as f64));
        let low = place(q.low as f64);
        canvas.rect(
            if q.high.is_none() { "band open" } else { "band" },
            [frame.scale.left, high.min(low - 2.0), frame.scale.width, (low - high).max(3.0)],
        );
        let b = Bounds { low: q.low, best: q.best, high: q.high };
        let text = format!("estimated quota: {}", words::bounds(&words::rounded(&b)));
        label_on_band(canvas, frame, &text, high.min(low - 2.0), top);
    }
    let places: Vec<Option<f64>> = values.iter().map(|n| Some(place(*n))).collect();
    let line = steps(&places, |c| frame.scale.x(c));
    canvas.path("area tokens", &format!("{line}V{}H{}z", super::svg::n(base), super::svg::n(frame.scale.left)));
    canvas.path("curve tokens", &line);
    canvas.line("axis", [frame.scale.left, base, frame.scale.right(), base]);
    end_of_axis(canvas, frame, top, &short(most));
    end_of_axis(canvas, frame, base, "0");
    base + HEADING
}

/// `1,200`, `45k`, `2.4M`: the end of an axis.
pub(super) fn short(value: f64) -> String {
    let cut = |n: f64, unit: &str| {
        let text = format!("{n:.1}");
        format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    match value {
        v if v >= 1e9 => cut(v / 1e9, "G"),
        v if v >= 1e6 => cut(v / 1e6, "M"),
        v if v >= 1e4 => cut(v / 1e3, "k"),
        v => words::count(v.max(0.0).round() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_axes_are_short() {
        assert_eq!([0.0, 30.0, 9_999.0, 45_000.0, 2_400_000.0].map(short), ["0", "30", "9,999", "45k", "2.4M"]);
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(shortened("session_4c74a842/agent-12", 12), "…42/agent-12");
        assert_eq!(shortened("main", 12), "main");
    }

    #[test]
    fn one_attempt_is_as_dark_as_it_gets() {
        assert_eq!([grade(1.0, 1.0), grade(1.0, 2.0), grade(1.0, 9.0), grade(9.0, 9.0)], [2, 1, 0, 2]);
    }
}
