//! The end that the refusals name.

use super::numbers::duration;
use crate::evidence::Basis;
use crate::evidence::named_end::NamesAnEnd;

pub(super) fn statement(seen: &NamesAnEnd) -> String {
    let what = if seen.named_in == Basis::Text { "error text names" } else { "Retry-After header names" };
    let zone = if seen.zone_assumed { ZONE_ASSUMED } else { "" };
    let kept = seen.admitted_after_end_s.filter(|_| seen.is_kept()).map_or(String::new(), |s| {
        let way = if s < 0.0 { "before" } else { "after" };
        format!(" The first request was admitted {} {way} that.", duration(s))
    });
    format!(
        "The {what} {} as the end, {} after the refusal{zone}; a limit that cannot last that long is excluded.{kept}",
        seen.ends_at.rfc3339(),
        duration(seen.distance_s),
    )
}

const ZONE_ASSUMED: &str = " or up to 14 h less (the text names no zone; UTC is assumed)";
