//! The whole log in one thin picture: where the episodes lie in it, and which piece the picture below shows.

use super::frame::Page;
use super::scale::{Scale, round_up};
use super::svg::{Anchor, Boxes, Canvas, text_width};
use crate::document::{Document, Episode};
use crate::model::Time;
use crate::wording::when::When;

/// The log must be this many times longer than the episode's picture, or it would show the same again.
const LONGER: f64 = 1.6;
/// Height of the bars either side of the line.
const HALF: f64 = 22.0;

/// Draws it. `None` where the log is not much longer than the picture of the episode that is shown.
pub(super) fn draw(document: &Document, shown: &Episode, when: &When, page: Page) -> Option<String> {
    let strip = &document.whole.as_ref()?.strip;
    let left = page.left();
    let scale = Scale::of(strip, left, page.width() - left - 8.0)?;
    let shown_s = shown.strip.bin_s * shown.strip.admitted.len() as f64;
    if strip.bin_s * strip.admitted.len() as f64 <= LONGER * shown_s {
        return None;
    }
    let id = if page == Page::Wide { "allw" } else { "alln" };
    let mut canvas = Canvas::default();
    let (top, base) = (20.0, 20.0 + HALF);
    canvas.text("heading", [left, 11.0], Anchor::Start, "the whole log; the frame is what the picture below shows");
    canvas.path("proven", &marks(document, &scale, top));
    let bars = |counts: &[f64], up: bool| {
        let most = round_up(counts.iter().copied().fold(0.0, f64::max));
        let mut boxes = Boxes::default();
        for (c, n) in counts.iter().enumerate() {
            let tall = if *n > 0.0 { (n / most * (HALF - 2.0)).max(1.0) } else { 0.0 };
            boxes.add([scale.x(c), if up { base - tall } else { base + 0.5 }, scale.column_width(c), tall]);
        }
        boxes.into_d()
    };
    canvas.path("bar admitted", &bars(&scale.sums(&strip.admitted), true));
    canvas.path("bar refused", &bars(&scale.sums(&strip.refused), false));
    canvas.line("axis", [left, base, scale.right(), base]);
    let from = Time::parse_rfc3339(&shown.strip.from)?;
    let (x1, x2) = (scale.at(from), scale.at(from.plus(shown_s)));
    canvas.path(
        "frame",
        &format!(
            "M{0} {2}H{1}V{3}H{0}z",
            super::svg::n(x1 - 1.0),
            super::svg::n(x2.max(x1 + 3.0) + 1.0),
            super::svg::n(top - 1.0),
            super::svg::n(base + HALF + 1.0)
        ),
    );
    for (x, label) in scale.ticks(when) {
        let half = text_width(&label) / 2.0;
        canvas.line("axis", [x, base + HALF, x, base + HALF + 3.0]);
        canvas.text("tick", [x.clamp(half, page.width() - half), base + HALF + 14.0], Anchor::Middle, &label);
    }
    let n = document.episodes.iter().filter(|e| e.verdict.cause != "idle").count();
    let description = format!("Admissions and refusals of the whole log; {n} episodes are marked in it.");
    let plot = [scale.left, scale.right()];
    Some(canvas.into_svg(id, [page.width(), base + HALF + 18.0], plot, "The whole log", &description))
}

/// The episodes as boxes of whole columns: thousands of them are still one short path.
fn marks(document: &Document, scale: &Scale, top: f64) -> String {
    let mut marked = vec![false; scale.columns()];
    for e in document.episodes.iter().filter(|e| e.verdict.cause != "idle") {
        let places = (scale.stamp(&Some(e.from.clone())), scale.stamp(&Some(e.to.clone())));
        let (Some(from), Some(to)) = places else { continue };
        let column = |x: f64| ((x - scale.left) / scale.width * scale.columns() as f64).max(0.0) as usize;
        let last = column(to).min(scale.columns() - 1);
        marked[column(from).min(last)..=last].fill(true);
    }
    let mut boxes = Boxes::default();
    for (c, _) in marked.iter().enumerate().filter(|(_, is_marked)| **is_marked) {
        boxes.add([scale.x(c), top, scale.column_width(c), 2.0 * HALF]);
    }
    boxes.into_d()
}
