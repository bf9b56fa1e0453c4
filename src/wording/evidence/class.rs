//! What the refusals were answered.

use super::noun;
use super::numbers::share_of;
use crate::evidence::class::{Answer, Answered, ClassOfRefusals};

pub(super) fn statement(seen: &ClassOfRefusals) -> String {
    let noun = noun(seen.failed);
    match seen.ranked.first() {
        Some(usual) if !seen.is_mixed() => {
            format!("{} {}.", share_of(usual.refusals, seen.refusals(), noun), says(usual))
        }
        _ => {
            let parts: Vec<String> = seen.ranked.iter().map(|a| format!("{} {}", a.refusals, says(a))).collect();
            format!("The {noun}s are of several kinds: {}.", parts.join(", "))
        }
    }
}

/// What refusals say: their status, or what their text speaks of where the status is another or none.
fn says(answered: &Answered) -> String {
    let (usual, plain, about) = match answered.answer {
        Answer::RateLimited => (429, "say 429", "speak of a limit"),
        Answer::Forbidden => (403, "say 403", "speak of access or money"),
        Answer::Overload => return "say 5xx or 529".to_owned(),
        Answer::Network => return "got no answer".to_owned(),
        Answer::Unauthorized => return "say 401".to_owned(),
        Answer::Payment => return "say 402".to_owned(),
        Answer::Unknown => return "ended in an error that names no limit".to_owned(),
        Answer::Local => return "were made on this side".to_owned(),
    };
    match answered.statuses.as_slice() {
        [None] => format!("carry no status and {about}"),
        all if all.contains(&Some(usual)) => plain.to_owned(),
        all => {
            let named: Vec<String> = all.iter().flatten().map(u16::to_string).collect();
            format!("say {} and {about}", named.join(" or "))
        }
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "network" => "No limit answered.",
        "overload" => "The server failed; it named no limit.",
        "mixed_with_5xx" => "A provider without capacity answers with both.",
        "local" => "The provider never saw these requests.",
        _ => return None,
    })
}
