//! Which limit the error texts name.

use super::numbers::share_of;
use crate::causes;
use crate::evidence::named_text::NamedText;
use crate::model::Cause;

pub(super) fn statement(seen: &NamedText) -> String {
    let quote = seen.quote.as_deref().map(quoted).unwrap_or_default();
    let Some(cause) = seen.named_cause else {
        let why = if seen.wording_is_known { "it is used for several limits" } else { "its wording is not known" };
        return format!("The error text names no limit{quote}: {why}.");
    };
    let limit = name(cause, seen.named_windows_minutes);
    let (agreeing, naming) = (seen.refusals_naming_it, seen.refusals_naming_any);
    if seen.is_contradictory() {
        return format!(
            "The error texts contradict each other: {agreeing} of the {naming} that name a limit name {limit}."
        );
    }
    let verb = match (cause, agreeing) {
        (Cause::LocalLimit, 1) => "comes from",
        (Cause::LocalLimit, _) => "come from",
        (_, 1) => "names",
        _ => "name",
    };
    format!(
        "{} {verb} {limit}{quote}{}.{}",
        share_of(agreeing, seen.refusals_with_row, "refusal"),
        if seen.used_for_other_limits { ", in words that are also used for other limits" } else { "" },
        if seen.limit_is_zero { ZERO } else { "" }
    )
}

/// What is said of a limit of the user's own side that lets nothing pass.
const ZERO: &str =
    " That limit is set to 0 or less, which refuses every request: a mistake in the gateway's configuration.";

/// The beginning of an error text in brackets and quotation marks.
pub fn quoted(text: &str) -> String {
    format!(" (\"{text}\")")
}

fn name(cause: Cause, windows: &[u32]) -> String {
    match (cause, windows) {
        (Cause::TokenWindow, []) => "a token window without its length".to_owned(),
        (Cause::TokenWindow, some) => {
            let names: Vec<String> = some.iter().map(|w| causes::window_name(*w)).collect();
            format!("the {} token window", names.join(" or "))
        }
        (Cause::ConcurrencyCap | Cause::RatePerMinute, _) => format!("the {}", causes::limit(cause, None)),
        (Cause::Billing | Cause::LocalLimit, _) => format!("a {}", causes::limit(cause, None)),
        _ => causes::limit(cause, None),
    }
}
