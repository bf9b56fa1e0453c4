//! Lanes: the agent, subagent or session that sent the attempts. A lane is sequential.

use std::collections::HashMap;

use crate::formats::UNNAMED_SESSION;
use crate::model::{Attempt, TextId, Texts};

/// Clients whose session alone is not a lane: all subagents log under the session's id, or many requests of a gateway's
/// client do.
const SESSION_IS_NO_LANE: &[&str] =
    &["bifrost", "copilot-chat", "helicone", "kimi-cli", "kimi-code", "litellm", "otlp", "portkey"];

/// Lane of each attempt, and the names of the lanes in order of first attempt.
pub fn lanes_of(attempts: &[Attempt], texts: &Texts) -> (Vec<Option<u32>>, Vec<String>) {
    let mut known: HashMap<(TextId, Option<TextId>, Option<TextId>), u32> = HashMap::new();
    let mut names = Vec::new();
    let lanes = attempts
        .iter()
        .map(|a| {
            let named = match (a.session, a.agent) {
                (_, Some(_)) => true,
                (Some(_), None) => !SESSION_IS_NO_LANE.contains(&texts.get(a.client)),
                (None, None) => false,
            };
            named.then(|| {
                *known.entry((a.client, a.session, a.agent)).or_insert_with(|| {
                    names.push(name_of(a, texts));
                    u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
                })
            })
        })
        .collect();
    (lanes, names)
}

/// Session ids are shortened to their first eight characters; agents stay whole.
fn name_of<'t>(attempt: &Attempt, texts: &'t Texts) -> String {
    // A session that is only a folder has that folder's name, and none at the top of what was given.
    let told = |s: &'t str| s.strip_prefix(UNNAMED_SESSION).unwrap_or(s);
    let session = attempt.session.map(|s| told(texts.get(s))).filter(|s| *s != ".").map(short);
    match (session, attempt.agent.map(|a| texts.get(a))) {
        (Some(s), Some(a)) => format!("{s}/{a}"),
        (Some(s), None) => s.to_owned(),
        (None, Some(a)) => a.to_owned(),
        (None, None) => "unnamed".to_owned(),
    }
}

fn short(session: &str) -> &str {
    let bare = session.strip_prefix("session_").unwrap_or(session);
    if bare.len() >= 32 { &bare[..bare.floor_char_boundary(8)] } else { bare }
}
