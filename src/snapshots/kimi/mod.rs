//! Kimi Code: `GET /coding/v1/usages` in all its variants.
//!
//! In: the body of the API, of the web gateway, of the membership service, or of the local CLI server. Out: views of
//! the 300-, 10080- and 43200-minute windows, and the concurrency limit. Always: windows are named by their length;
//! `remaining` missing means limit minus used and the other way round (proto3 leaves zeros out); both missing is unknown.

mod amounts;
mod coding;
mod pools;
mod web;

use serde_json::{Map, Value};

use super::{ParsedBody, SnapshotFormat, SnapshotInfo};

/// Minutes of the weekly window, which bodies leave unnamed.
const WEEK: u32 = 10_080;
/// Minutes of a month of 30 days.
const MONTH: u32 = 43_200;

/// Snapshots of Kimi Code.
#[derive(Debug)]
pub struct KimiUsages;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "kimi-usages",
    provider: "kimi-code",
    from: "GET https://api.kimi.com/coding/v1/usages, the web gateway's GetUsages and GetSubscriptionStats, or the \
           local server's /api/v1/oauth/usage",
    shows: "the 5-hour, weekly and monthly windows, and the concurrency limit",
    not_logged: "when it was captured, how many requests are in flight, and limits per minute",
    established: "read",
};

impl SnapshotFormat for KimiUsages {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let inner = body.get("data");
        let layers = [Some(body), inner, inner.and_then(|d| d.get("quota")), body.get("quota")];
        let parsed = layers.into_iter().flatten().filter_map(Value::as_object).find_map(layer)?;
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), anchored: true, ..parsed })
    }
}

/// One layer of an envelope. A body may hold two variants beside each other; all their views are kept.
fn layer(body: &Map<String, Value>) -> Option<ParsedBody> {
    let parts = [coding::read(body), pools::read(body), web::usages(body), web::stats(body)];
    let mut parts = parts.into_iter().flatten();
    let mut parsed = parts.next()?;
    for part in parts {
        parsed.views.extend(part.views);
        parsed.concurrency_limit = parsed.concurrency_limit.or(part.concurrency_limit);
        parsed.extra_usage |= part.extra_usage;
    }
    coding::take_account(body, &mut parsed);
    Some(parsed)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
