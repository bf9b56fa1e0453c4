//! The picture of one episode: what is proven and what is only silence, attempts, agents, in-flight, use of the window.
//!
//! In: an episode with its chart, the reader's zone, a width. Out: one SVG. A pure function. What always holds: nothing
//! is drawn for each attempt, so its size depends on columns and agents, never on how long the log is.

use super::frame::{Frame, Page};
use super::panels;
use super::scale::Scale;
use super::svg::{Anchor, Canvas, text_width};
use crate::document::Episode;
use crate::model::Time;
use crate::wording::when::{When, seconds_between};
use crate::wording::words;

/// Right margin.
const RIGHT: f64 = 8.0;
/// Width from which a stretch without an attempt inside the proven time is hatched.
const PAUSE: f64 = 56.0;
/// Height of a row of flags.
const FLAG_ROW: f64 = 15.0;
/// Most rows of flags.
const FLAG_ROWS: usize = 3;

/// Draws the picture. `None` for an episode without a strip.
pub(super) fn draw(e: &Episode, when: &When, page: Page) -> Option<String> {
    let scale = Scale::of(&e.strip, page.left(), page.width() - page.left() - RIGHT)?;
    let word = if page == Page::Wide { "w" } else { "n" };
    let number: String = e.id.chars().filter(char::is_ascii_alphanumeric).collect();
    let frame = Frame { e, when, page, scale, id: format!("f{number}{word}") };
    let mut marks = Canvas::default();
    let head = intervals_height(&frame);
    let mut y = head + flags(&mut marks, &frame, head);
    let top = y;
    y = panels::attempts(&mut marks, &frame, y + 18.0);
    y = panels::agents(&mut marks, &frame, y);
    y = panels::in_flight(&mut marks, &frame, y);
    y = panels::used(&mut marks, &frame, y);
    let bottom = y;
    let mut canvas = Canvas::default();
    shades(&mut canvas, &frame, top, bottom);
    intervals(&mut canvas, &frame);
    resets(&mut canvas, &frame, top, bottom);
    canvas.append(marks);
    axis(&mut canvas, &frame, bottom);
    let (name, description) = super::described::picture(e, when);
    let plot = [frame.scale.left, frame.scale.right()];
    Some(canvas.into_svg(&frame.id, [page.width(), bottom + 34.0], plot, &name, &description))
}

/// The line of time with its ticks.
fn axis(canvas: &mut Canvas, frame: &Frame<'_>, y: f64) {
    let scale = &frame.scale;
    canvas.line("axis", [scale.left, y, scale.right(), y]);
    for (x, label) in scale.ticks(frame.when) {
        canvas.line("axis", [x, y, x, y + 4.0]);
        let half = text_width(&label) / 2.0;
        let x = x.clamp(half, frame.page.width() - half);
        canvas.text("tick", [x, y + 16.0], Anchor::Middle, &label);
    }
    let unit = format!("one column is {}; times in {}", words::duration(scale.column_s()), frame.when.zone());
    canvas.text("note", [scale.right(), y + 30.0], Anchor::End, &unit);
}

/// Instants between which something is known: last admission, first refusal, last refusal, first admission.
struct Edges {
    before: Option<f64>,
    first: f64,
    last: f64,
    after: Option<f64>,
}

fn edges(frame: &Frame<'_>) -> Option<Edges> {
    let (e, scale) = (frame.e, &frame.scale);
    let (first, last) = (scale.stamp(&e.first_refusal)?, scale.stamp(&e.last_refusal)?);
    Some(Edges {
        before: scale.stamp(&e.last_admission_before),
        first,
        last,
        after: scale.stamp(&e.first_admission_after),
    })
}

/// Proven time as an even tone, silence hatched, behind all panels.
fn shades(canvas: &mut Canvas, frame: &Frame<'_>, top: f64, bottom: f64) {
    let height = bottom - top;
    let Some(Edges { before, first, last, after }) = edges(frame) else {
        let (from, to) = (frame.scale.stamp(&Some(frame.e.from.clone())), frame.scale.stamp(&Some(frame.e.to.clone())));
        if let (Some(from), Some(to)) = (from, to) {
            canvas.hatched(&frame.id, [from, top, to - from, height]);
        }
        return;
    };
    let tone = if frame.e.admitted == 0 { "proven" } else { "proven porous" };
    canvas.rect(tone, [first, top, (last - first).max(1.0), height]);
    for [from, to] in pauses(frame, first, last) {
        canvas.hatched(&frame.id, [from, top, to - from, height]);
    }
    if let Some(before) = before {
        canvas.hatched(&frame.id, [before, top, first - before, height]);
    }
    let end = after.unwrap_or(frame.scale.right());
    canvas.hatched(&frame.id, [last, top, end - last, height]);
    for x in [Some(first), Some(last)].into_iter().flatten() {
        canvas.line("edge", [x, top, x, bottom]);
    }
    if let Some(after) = after {
        canvas.line("edge again", [after, top, after, bottom]);
    }
}

/// Stretches between two places without any attempt, long enough to be seen: there too is only silence.
fn pauses(frame: &Frame<'_>, first: f64, last: f64) -> Vec<[f64; 2]> {
    let scale = &frame.scale;
    let tried: Vec<f64> = (scale.sums(&frame.e.strip.admitted).iter().zip(scale.sums(&frame.e.strip.refused)))
        .map(|(admitted, refused)| admitted + refused)
        .collect();
    let mut pauses = Vec::new();
    let mut begin = first;
    for (c, _) in tried.iter().enumerate().filter(|(_, n)| **n > 0.0) {
        let (left, right) = (scale.x(c), scale.x(c + 1));
        if left > begin && left <= last {
            pauses.push([begin, left]);
        }
        begin = begin.max(right);
    }
    pauses.retain(|[from, to]| to - from >= PAUSE);
    pauses
}

/// The words above the shades, each with the place that it speaks of.
fn intervals_height(frame: &Frame<'_>) -> f64 {
    18.0 + frame.page.interval_row() * interval_labels(frame).len() as f64
}

/// A reader's letters may be so much wider than those that widths are reckoned with.
const LETTERS_VARY: f64 = 1.3;

/// From, to, class, words.
fn interval_labels(frame: &Frame<'_>) -> Vec<(f64, f64, &'static str, String)> {
    let (e, when) = (frame.e, frame.when);
    let Some(edges) = edges(frame) else {
        let from = frame.scale.stamp(&Some(e.from.clone())).unwrap_or(frame.scale.left);
        let to = frame.scale.stamp(&Some(e.to.clone())).unwrap_or(frame.scale.right());
        return vec![(
            from,
            to,
            "bracket silence-word",
            format!("silent from {} to {}", when.minute(&e.from), when.minute(&e.to)),
        )];
    };
    let (Some(first), Some(last)) = (&e.first_refusal, &e.last_refusal) else { return Vec::new() };
    let span = words::duration(e.proven_span_s);
    let said = if e.admitted == 0 {
        format!("proven: all refused for {span}")
    } else {
        format!("refused over {span}, some admitted")
    };
    let dated = format!("{said}, {} to {}", when.minute(first), when.minute(last));
    // On a narrow page the axis below must tell the times.
    let proven = if text_width(&dated) * LETTERS_VARY <= frame.page.width() { dated } else { said };
    let mut labels = vec![(edges.first, edges.last, "bracket", proven)];
    match (&e.first_admission_after, edges.after) {
        (Some(after), Some(x)) => {
            let silent = words::duration(seconds_between(last, after).unwrap_or(0.0));
            let said = format!("only silence: {silent}");
            let text = format!("{said}, until admitted again at {}", when.minute(after));
            let has_room = text_width(&text) * LETTERS_VARY <= frame.page.width();
            labels.push((edges.last, x, "bracket silence-word", if has_room { text } else { said }));
        }
        _ => labels.push((edges.last, frame.scale.right(), "bracket silence-word", "not ended in this log".to_owned())),
    }
    labels
}

/// Each bracket on a row of its own, its words where there is room.
fn intervals(canvas: &mut Canvas, frame: &Frame<'_>) {
    for (row, (from, to, class, words)) in interval_labels(frame).into_iter().enumerate() {
        let y = 16.0 + frame.page.interval_row() * row as f64;
        canvas.path(
            class,
            &format!(
                "M{0} {2}v-5H{1}v5",
                super::svg::n(from),
                super::svg::n(to.max(from + 1.0)),
                super::svg::n(y + 4.0)
            ),
        );
        let width = text_width(&words);
        let (x, anchor) = if from - 8.0 >= width {
            (from - 6.0, Anchor::End)
        } else if to + 8.0 + width <= frame.page.width() {
            (to + 6.0, Anchor::Start)
        } else {
            // Above its own bracket, held inside the picture.
            (
                f64::midpoint(from, to).clamp(width / 2.0, (frame.page.width() - width / 2.0).max(width / 2.0)),
                Anchor::Middle,
            )
        };
        let y = if anchor == Anchor::Middle { y - 4.0 } else { y + 3.0 };
        canvas.text(class_of_words(class), [x, y], anchor, &words);
    }
}

fn class_of_words(class: &str) -> &'static str {
    if class.contains("silence") { "said quiet" } else { "said" }
}

/// Resets that snapshots name, where they lie in the picture.
fn resets(canvas: &mut Canvas, frame: &Frame<'_>, top: f64, bottom: f64) {
    let Some(reset) = frame.e.estimates.resets_at.as_deref() else { return };
    let Some(at) = Time::parse_rfc3339(reset).filter(|t| frame.scale.holds(*t)) else { return };
    let x = frame.scale.at(at);
    canvas.line("reset", [x, top, x, bottom]);
    let text = format!("reset {}", frame.when.second(reset));
    let width = text_width(&text);
    let (x, anchor) =
        if x + width + 6.0 <= frame.page.width() { (x + 4.0, Anchor::Start) } else { (x - 4.0, Anchor::End) };
    canvas.text("reset-word", [x, top + 11.0], anchor, &text);
}

/// Snapshots as flags; gives the height that they took. The one with the least left is told first.
fn flags(canvas: &mut Canvas, frame: &Frame<'_>, top: f64) -> f64 {
    let Some(chart) = frame.e.chart.as_ref().filter(|c| !c.flags.is_empty()) else { return 4.0 };
    let placed: Vec<Placed> = (chart.flags.iter())
        .filter_map(|f| {
            let at = Time::parse_rfc3339(&f.at).filter(|t| frame.scale.holds(*t))?;
            let least = f.windows.iter().filter_map(|w| w.remaining_share).fold(1.0, f64::min);
            let texts = super::described::flag_texts(f, frame.when);
            Some(Placed { x: frame.scale.at(at), texts, least })
        })
        .collect();
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by(|a, b| placed[*a].least.total_cmp(&placed[*b].least).then(a.cmp(b)));
    let mut rows = Rows::default();
    let mut labels: Vec<Option<FlagLabel>> = vec![None; placed.len()];
    for i in order {
        labels[i] = placed[i].find_room(&mut rows, frame.page.width());
    }
    let rows = labels.iter().flatten().map(|t| t.row + 1).max().unwrap_or(1);
    // Flags without words stand below the rows of words.
    let bare = if labels.iter().any(Option::is_none) { 8.0 } else { 0.0 };
    let height = rows as f64 * FLAG_ROW + 6.0 + bare;
    for (flag, labels) in placed.iter().zip(labels) {
        let x = flag.x;
        let y = labels.map_or(top + height - 9.0, |t| top + 4.0 + (rows - 1 - t.row) as f64 * FLAG_ROW);
        canvas.line("pole", [x, y, x, top + height]);
        canvas.path("flag", &format!("M{} {}h5v6h-5z", super::svg::n(x), super::svg::n(y)));
        if let Some(t) = labels {
            let (x, anchor) = if t.is_right { (x + 8.0, Anchor::Start) } else { (x - 4.0, Anchor::End) };
            canvas.text("flag-word", [x, y + 8.0], anchor, &flag.texts[t.text]);
        }
    }
    height
}

/// A flag at its place, with what may stand beside it, the longest first.
struct Placed {
    x: f64,
    texts: Vec<String>,
    least: f64,
}

/// What the rows of flags hold, the lowest first.
#[derive(Default)]
struct Rows {
    /// From and to of the words in each row.
    words: [Vec<[f64; 2]>; FLAG_ROWS],
    /// Where poles stand, and the row from which each comes down.
    poles: Vec<(f64, usize)>,
}

impl Rows {
    /// Whether words have room beside all others, with no pole through them and none through what their own comes down by.
    fn have_room(&self, row: usize, [from, to]: [f64; 2], pole: f64) -> bool {
        let is_free = self.words[row].iter().all(|o| to < o[0] || from > o[1]);
        let is_whole = self.poles.iter().all(|(x, above)| *above <= row || *x < from || *x > to);
        is_free && is_whole && self.words[..row].iter().flatten().all(|o| pole < o[0] || pole > o[1])
    }
}

/// Where the words of a flag stand.
#[derive(Clone, Copy)]
struct FlagLabel {
    /// The lowest is 0.
    row: usize,
    is_right: bool,
    text: usize,
}

impl Placed {
    /// The longest of its texts that has room in some row, beside everything that is there; it is then taken.
    fn find_room(&self, rows: &mut Rows, page: f64) -> Option<FlagLabel> {
        for (text, words) in self.texts.iter().enumerate() {
            let width = text_width(words) + 10.0;
            let sides = [(true, [self.x - 4.0, self.x + width]), (false, [self.x - width, self.x + 6.0])];
            for row in 0..FLAG_ROWS {
                let fits = |s: &[f64; 2]| s[0] >= 0.0 && s[1] <= page && rows.have_room(row, *s, self.x);
                if let Some((is_right, span)) = sides.into_iter().find(|(_, s)| fits(s)) {
                    rows.words[row].push(span);
                    rows.poles.push((self.x, row));
                    return Some(FlagLabel { row, is_right, text });
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_sample_has_both_pictures_or_none() {
        for (name, document) in sample::all() {
            for e in &document.episodes {
                let when = When::of(&document).within(e);
                let drawn = [Page::Wide, Page::Narrow].map(|page| draw(e, &when, page).is_some());
                assert_eq!(drawn[0], drawn[1], "{name}");
                assert_eq!(drawn[0], !e.strip.admitted.is_empty(), "{name} {}", e.id);
            }
        }
    }

    #[test]
    fn proven_time_and_silence_look_different() {
        let document = sample::thread();
        let svg = draw(&document.episodes[0], &When::of(&document), Page::Wide).unwrap();
        assert!(svg.contains("class=\"proven\"") && svg.contains("class=\"silence\""), "{svg}");
        assert!(svg.contains("proven: all refused for 57") && svg.contains("only silence: "), "{svg}");
    }

    #[test]
    fn an_interval_that_is_too_long_for_a_narrow_page_leaves_the_time_to_the_axis() {
        let document = sample::thread();
        let mut e = document.episodes[0].clone();
        let when = When::of(&document);
        let words = "until admitted again at";
        assert!(draw(&e, &when, Page::Wide).unwrap().contains(words));
        // Another day is told with its date.
        e.first_admission_after = Some("2026-03-24T17:17:07.000Z".to_owned());
        assert!(!draw(&e, &when, Page::Narrow).unwrap().contains(words));
    }

    #[test]
    fn a_night_inside_the_proven_time_is_silence_too() {
        let document = sample::thread();
        let mut e = document.episodes[0].clone();
        let when = When::of(&document);
        let hatched = |e: &Episode| draw(e, &when, Page::Wide).unwrap().matches("class=\"silence\"").count();
        let before = hatched(&e);
        for bin in 45..75 {
            e.strip.refused[bin] = 0;
        }
        assert_eq!(hatched(&e), before + 1);
    }

    #[test]
    fn no_pole_goes_through_the_words_of_another_flag() {
        let flag = |x: f64, width: usize| Placed { x, texts: vec!["m".repeat(width), "m".to_owned()], least: 0.0 };
        let mut rows = Rows::default();
        // The second is so long that it must reach over the first, whichever side it takes: only above is there room.
        let first = flag(190.0, 15).find_room(&mut rows, 400.0).unwrap();
        let second = flag(345.0, 40).find_room(&mut rows, 400.0).unwrap();
        assert_eq!((first.row, second.row, second.is_right), (0, 1, false));
        // One whose pole would come down through the words of both has a place on neither side: the highest row is full.
        assert!(flag(240.0, 90).find_room(&mut rows, 400.0).is_none(), "through the first's words");
        // An unlucky one beside them says less, or stands where nothing is crossed.
        let third = flag(390.0, 40).find_room(&mut rows, 400.0).unwrap();
        assert_eq!((third.row, third.text), (2, 0));
    }

    #[test]
    fn odd_stamps_draw_something_and_do_not_hang() {
        let mut e = sample::thread().episodes.remove(0);
        e.first_refusal = Some("9999-12-31T23:59:59Z".to_owned());
        e.last_refusal = Some("0001-01-01T00:00:00Z".to_owned());
        e.estimates.resets_at = Some("soon".to_owned());
        e.strip.bin_s = 1e9;
        let when = When::of(&sample::thread());
        for page in [Page::Wide, Page::Narrow] {
            assert!(draw(&e, &when, page).is_some());
        }
        e.strip.from = "soon".to_owned();
        assert!(draw(&e, &when, Page::Wide).is_none());
    }
}
