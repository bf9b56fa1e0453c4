//! What many providers' bodies share: percents, pools of several models, and the tightest of several views.
//!
//! In: parts of a body. Out: amounts and views. Always: pools of single models are never taken for the account's window.

use serde_json::{Map, Value};

use super::parsed_body::Amounts;
use super::{View, lenient};

/// A week in minutes.
pub const WEEK: u32 = 10_080;

/// A month in minutes, as the windows of a month are named whatever the month.
pub const MONTH: u32 = 43_200;

/// Shares of models differ by less than this when they share one pool.
const ONE_POOL: f64 = 0.011;

/// A used percentage, 0 to 100; more is legal.
pub fn used(percent: Option<f64>) -> Amounts {
    Amounts { limit: Some(100.0), used: percent, remaining: None }
}

/// A remaining percentage.
pub fn remaining(percent: Option<f64>) -> Amounts {
    Amounts { limit: Some(100.0), used: None, remaining: percent }
}

/// The object under a key.
pub fn object<'a>(body: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    body.get(key)?.as_object()
}

/// The non-negative number under the first of the keys that is there.
pub fn quantity(body: &Map<String, Value>, keys: &[&str]) -> Option<f64> {
    lenient::quantity(lenient::first(body, keys))
}

/// The view with least left.
pub fn tightest(views: Vec<View>) -> Option<View> {
    views.into_iter().min_by(View::more_exhausted)
}

/// Views of one length that belong to different models: one of them where all show the same, since then one pool or
/// they share one pool. Where they differ the account's window is not known, and the sentence says so.
pub fn agreeing(mut views: Vec<View>) -> Result<Option<View>, String> {
    views.sort_by(View::more_exhausted);
    let (Some(low), Some(high)) = (views.first(), views.last()) else { return Ok(None) };
    let same = match (low.share(), high.share()) {
        (Some(least), Some(most)) => most - least < ONE_POOL,
        (None, None) => true,
        _ => false,
    };
    if same {
        return Ok(views.into_iter().next());
    }
    Err(format!(
        "The models' own {}-minute windows differ ({} % to {} % left), so none is taken for the account's.",
        low.window_minutes(),
        percent_of(low),
        percent_of(high)
    ))
}

fn percent_of(view: &View) -> String {
    view.share().map_or("?".to_owned(), |s| format!("{:.0}", s * 100.0))
}
