//! Names from the file beside: a program may name its model in one file and its requests in another.
//!
//! In: parsed files, before local times are settled, so that two files of one machine tell the same clock. Out: rows without a
//! provider carry the one that another file of their session names for their time. aider's model history has the requests and
//! not whose they are; its chat history, in the same folder, says for each chat which model it talks to.

use std::collections::BTreeMap;

use crate::formats::Naming;
use crate::input::InputFile;
use crate::model::Time;

/// What is named of one session of one client, by time.
type Named = BTreeMap<(&'static str, String), Vec<Naming>>;

/// Gives the names.
pub(super) fn give(files: &mut [InputFile]) {
    let mut named = Named::new();
    for file in files.iter_mut() {
        let Some(info) = file.log else { continue };
        for naming in std::mem::take(&mut file.parsed.naming) {
            named.entry((info.client, naming.session.clone())).or_default().push(naming);
        }
    }
    if named.is_empty() {
        return;
    }
    // A file is read once, but copies of it may lie in folders of one name: equal ones are one.
    named.values_mut().for_each(|all| all.sort_by_key(|a| a.from));
    for file in files {
        let Some(info) = file.log else { continue };
        let parsed = &mut file.parsed;
        for a in parsed.attempts.iter_mut().filter(|a| a.provider.is_none()) {
            let Some(session) = a.session.map(|s| parsed.texts.get(s).to_owned()) else { continue };
            let Some(all) = named.get(&(info.client, session)) else { continue };
            let (provider, model) = at(all, a.start);
            let Some(provider) = provider else { continue };
            a.provider = Some(parsed.texts.intern(provider));
            a.model = a.model.or_else(|| model.map(|m| parsed.texts.intern(m)));
        }
    }
}

/// Programs some of whose files name no provider: Codex's database has the requests of threads in the background, Copilot's
/// process log those of all its sessions.
const NAMED_BY_SESSIONS: [(&str, Option<&str>); 2] = [("codex", None), ("copilot-cli", Some("github-copilot"))];

/// Such rows take the provider that all sessions of their program name, or the usual one where they name several or none.
pub(super) fn give_sessions_provider(files: &mut [InputFile]) {
    for (client, usual) in NAMED_BY_SESSIONS {
        let is_its = |file: &InputFile| file.log.is_some_and(|info| info.client == client);
        let named = files.iter().filter(|f| is_its(f)).filter_map(|f| f.parsed.provider.clone());
        let named: std::collections::BTreeSet<String> = named.collect();
        let only = named.first().filter(|_| named.len() == 1).map(String::as_str);
        let Some(provider) = only.or(usual) else { continue };
        for file in files.iter_mut().filter(|f| is_its(f) && f.parsed.provider.is_none()) {
            let parsed = &mut file.parsed;
            let id = parsed.texts.intern(provider);
            parsed.attempts.iter_mut().filter(|a| a.provider.is_none()).for_each(|a| a.provider = Some(id));
        }
    }
}

/// The names that were in force at a time: those of the last naming before it, or what all say where none is before it. Where
/// several were named for one time (a chat in which the model was changed), what they do not agree on is not known.
fn at(all: &[Naming], time: Time) -> (Option<&str>, Option<&str>) {
    let last = all.iter().rev().map(|n| n.from).find(|from| *from <= time);
    let in_force: Vec<&Naming> = all.iter().filter(|n| last.is_none_or(|l| n.from == l)).collect();
    (agreed(in_force.iter().map(|n| n.provider.as_deref())), agreed(in_force.iter().map(|n| n.model.as_deref())))
}

/// The name, if all tell the same.
fn agreed<'n>(mut names: impl Iterator<Item = Option<&'n str>>) -> Option<&'n str> {
    let first = names.next()??;
    names.all(|n| n == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(s: i64, provider: &str, model: &str) -> Naming {
        let owned = |t: &str| Some(t.to_owned()).filter(|t| !t.is_empty());
        Naming {
            session: "s".to_owned(),
            from: Time::from_micros(1_772_554_740_000_000 + s * 1_000_000),
            provider: owned(provider),
            model: owned(model),
        }
    }

    fn told(all: &[Naming], s: i64) -> (Option<&str>, Option<&str>) {
        at(all, naming(s, "", "").from)
    }

    #[test]
    fn the_last_naming_before_a_request_counts() {
        let all = [naming(0, "moonshot", "k2"), naming(100, "openai", "gpt"), naming(100, "openai", "mini")];
        assert_eq!(told(&all, 50), (Some("moonshot"), Some("k2")));
        assert_eq!(told(&all, 100), (Some("openai"), None), "two models in one chat");
        assert_eq!(told(&all, -5), (None, None), "before all, and they differ");
        assert_eq!(told(&all[1..2], -5), (Some("openai"), Some("gpt")), "before the only one");
        assert_eq!(told(&[naming(0, "", "gpt")], 5), (None, Some("gpt")));
    }
}
