//! What other pools did in the same time.

use super::numbers::counted;
use crate::evidence::other_pools::OtherPools;

pub(super) fn statement(seen: &OtherPools) -> String {
    let mut names: Vec<&str> = seen.pools.iter().map(String::as_str).collect();
    names.extend(seen.has_more.then_some("other pools"));
    let refused = seen.other_refused;
    format!(
        "In the same time {} of {} in {} {} refused.",
        if refused == 0 { "none".to_owned() } else { refused.to_string() },
        counted(seen.other_requests, "request"),
        names.join(", "),
        if refused <= 1 { "was" } else { "were" }
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "fine" => "Only this pool was affected.",
        "blocked" => "Everything on this machine was affected.",
        _ => return None,
    })
}
