//! How the data was read: short, at the end. What was looked at, what could not be read, what these clients hide.

use super::page::{Indent, Page, Tone, span};
use super::{View, bullets};
use crate::wording::figures;

/// Problems named; the rest are counted. With verbose all are named.
const PROBLEMS_NAMED: usize = 3;

/// The closing section.
pub(super) fn section(page: &mut Page, view: &View<'_>) {
    let View { document, when, look, .. } = *view;
    page.heading("How this was read");
    let wrapped = Indent { first: 2, rest: 4 };
    page.text(wrapped, &[span(Tone::Plain, &figures::looked_at(document, when))]);
    bullets(page, &view.sentences(&document.notes));
    bullets(page, &figures::defects(document));
    let problems = problems(view);
    let named = if look.verbose { problems.len() } else { PROBLEMS_NAMED };
    bullets(page, &problems[..problems.len().min(named)]);
    if problems.len() > named {
        let text = format!("and {} more that could not be read (-v names them)", problems.len() - named);
        page.line(4, &[span(Tone::Dim, &text)]);
    }
    let mut dim = |text: &str| page.text(wrapped, &[span(Tone::Dim, &format!("- {text}"))]);
    // A quiet log has told them above: there they are half of the answer.
    for hidden in document.not_logged.iter().filter(|_| document.verdict.cause.is_some()) {
        dim(&figures::not_logged(hidden));
    }
    let words = figures::words_used(&document.episodes);
    if !words.is_empty() {
        dim(&format!("{}.", words.join("; ")));
    }
    let w = &document.weights;
    if document.verdict.cause.is_some() {
        dim(&figures::weights_used(w));
    }
}

/// Every problem as one line: `kimi.log:12: reason (3 times)`.
fn problems(view: &View<'_>) -> Vec<String> {
    let of = |i: &crate::document::Input| {
        let path = view.paths.short(&i.path);
        i.problems.iter().map(|p| figures::problem(path, p)).collect::<Vec<_>>()
    };
    view.document.inputs.iter().flat_map(of).collect()
}
