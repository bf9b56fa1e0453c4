//! Elements of SVG as text: paths of boxes and steps, lines, labels.
//!
//! In: numbers in user units, classes of the page's style, and texts. Out: markup. What always holds: every text is
//! escaped here, and nowhere else is a text put between tags.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use crate::privacy::escape;

/// Width of a column of text at the size of labels, in user units. Measured on common sans-serif fonts, a little wide.
const COLUMN: f64 = 6.1;

/// Where a label's anchor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// About how wide a label is drawn.
pub(super) fn text_width(text: &str) -> f64 {
    text.width() as f64 * COLUMN
}

/// A number with one digit after the point at most: a tenth of a pixel is not seen.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == rounded.trunc() { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

/// One of the marks of a picture.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    /// A box. Empty ones are left out.
    pub(super) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        if width > 0.0 && height > 0.0 {
            self.push(format_args!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                n(x),
                n(y),
                n(width),
                n(height)
            ));
        }
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            n(x1),
            n(y1),
            n(x2),
            n(y2)
        ));
    }

    /// A path as it stands; empty ones are left out.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        if !d.is_empty() {
            self.push(format_args!("<path class=\"{class}\" d=\"{d}\"/>"));
        }
    }

    /// A label.
    pub(super) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let text = escape::html(text);
        self.push(format_args!("<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>{text}</text>", n(x), n(y)));
    }

    /// Markup that this module made.
    pub(super) fn append(&mut self, other: Self) {
        self.out.push_str(&other.out);
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{element}");
    }

    /// The whole picture, with a name and a description for who does not see it. `id` is a plain word, new in the page.
    pub(super) fn into_svg(
        self,
        id: &str,
        [width, height]: [f64; 2],
        plot: [f64; 2],
        name: &str,
        description: &str,
    ) -> String {
        format!(
            "<svg role=\"img\" viewBox=\"0 0 {w} {h}\" data-left=\"{left}\" data-right=\"{right}\" aria-labelledby=\"{id}-n {id}-d\">\n\
             <title id=\"{id}-n\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n\
             <defs><pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>\n\
             {}</svg>\n",
            escape::html(name),
            escape::html(description),
            self.out,
            w = n(width),
            h = n(height),
            left = n(plot[0]),
            right = n(plot[1]),
        )
    }

    /// A box filled with the hatching of silence.
    pub(super) fn hatched(&mut self, id: &str, [x, y, width, height]: [f64; 4]) {
        if width > 0.0 && height > 0.0 {
            self.push(format_args!(
                "<rect class=\"silence\" fill=\"url(#{id}-hatch)\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                n(x),
                n(y),
                n(width),
                n(height)
            ));
        }
    }
}

/// Boxes of one path: neighbours of the same height become one.
#[derive(Debug, Default)]
pub(super) struct Boxes {
    d: String,
    open: Option<[f64; 4]>,
}

impl Boxes {
    /// Adds a box; one that continues the last one is joined to it.
    pub(super) fn add(&mut self, [x, y, width, height]: [f64; 4]) {
        if width <= 0.0 || height <= 0.0 {
            return;
        }
        match &mut self.open {
            Some(last) if (last[0] + last[2] - x).abs() < 0.05 && last[1] == y && last[3] == height => {
                last[2] += width;
            }
            _ => {
                self.close();
                self.open = Some([x, y, width, height]);
            }
        }
    }

    fn close(&mut self) {
        if let Some([x, y, width, height]) = self.open.take() {
            // Writing to a String cannot fail.
            let _ = write!(self.d, "M{} {}h{}v{}h-{}z", n(x), n(y), n(width), n(height), n(width));
        }
    }

    /// The path's commands.
    pub(super) fn into_d(mut self) -> String {
        self.close();
        self.d
    }
}

/// A stepped line through values, one for each column; `None` breaks it.
pub(super) fn steps(values: &[Option<f64>], x: impl Fn(usize) -> f64) -> String {
    let mut d = String::new();
    let mut before: Option<f64> = None;
    for (column, value) in values.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = match (before, value) {
            (_, None) => Ok(()),
            (None, Some(y)) => write!(d, "M{} {}H{}", n(x(column)), n(*y), n(x(column + 1))),
            (Some(last), Some(y)) if last == *y => {
                // The horizontal is drawn anew to its end.
                let keep = d.rfind('H').unwrap_or(d.len());
                d.truncate(keep);
                write!(d, "H{}", n(x(column + 1)))
            }
            (Some(_), Some(y)) => write!(d, "V{}H{}", n(*y), n(x(column + 1))),
        };
        before = *value;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([n(1.0), n(1.26), n(-0.04), n(1234.96)], ["1", "1.3", "-0", "1235"]);
    }

    #[test]
    fn a_label_is_text_only() {
        let mut canvas = Canvas::default();
        canvas.text("tick", [1.0, 2.0], Anchor::End, "</text><script>x</script>");
        let svg = canvas.into_svg("f1", [10.0, 5.0], [1.0, 9.0], "<b>", "\"d\"");
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&lt;/text&gt;&lt;script&gt;"));
    }

    #[test]
    fn boxes_beside_each_other_are_one() {
        let mut boxes = Boxes::default();
        for column in 0..100 {
            boxes.add([f64::from(column) * 4.0, 1.0, 4.0, 5.0]);
        }
        boxes.add([400.0, 1.0, 4.0, 6.0]);
        assert_eq!(boxes.into_d(), "M0 1h400v5h-400zM400 1h4v6h-4z");
    }

    #[test]
    fn a_step_is_drawn_once_where_nothing_changes() {
        let y = [Some(3.0), Some(3.0), Some(1.0), None, Some(2.0)];
        assert_eq!(steps(&y, |c| c as f64), "M0 3H2V1H3M4 2H5");
    }
}
