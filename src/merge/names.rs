//! What a row does not name, and another row or file of its program does: provider and model.
//!
//! A program may name its model in one file and its requests in another: aider's model history has the requests and not whose
//! they are; its chat history, in the same folder, says for each chat which model it talks to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Context, Merged, Rows};
use crate::formats::Naming;
use crate::model::{Attempt, TextId, Time};

/// Gives the names.
pub(super) fn give(rows: &mut Rows, _: &Context<'_>) -> Merged {
    give_named_for_sessions(rows);
    give_of_other_files(rows);
    give_of_own_file(rows);
    give_of_own_session(rows);
    Merged::default()
}

/// Rows without a provider take the one that another file of their program names for their session and time.
fn give_named_for_sessions(rows: &mut Rows) {
    let mut named: BTreeMap<(&'static str, String), Vec<Naming>> = BTreeMap::new();
    for file in &mut rows.files {
        let Some(info) = file.log else { continue };
        for naming in std::mem::take(&mut file.naming) {
            named.entry((info.client, naming.session.clone())).or_default().push(naming);
        }
    }
    if named.is_empty() {
        return;
    }
    // A file is read once, but copies of it may lie in folders of one name: equal ones are one.
    named.values_mut().for_each(|all| all.sort_by_key(|a| a.from));
    let Rows { attempts, texts, files, .. } = rows;
    for a in attempts.iter_mut().filter(|a| a.provider.is_none()) {
        let Some(info) = files.get(a.source.file.0 as usize).and_then(|f| f.log) else { continue };
        let Some(session) = a.session.map(|s| texts.get(s).to_owned()) else { continue };
        let Some(all) = named.get(&(info.client, session)) else { continue };
        let (Some(provider), model) = at(all, a.start) else { continue };
        a.provider = Some(texts.intern(provider));
        a.model = a.model.or_else(|| model.map(|m| texts.intern(m)));
    }
}

/// Rows of files that name no provider take the one that all other files of their program name, or the usual one where
/// those name several or none (`ClientTraits::sessions_provider`).
fn give_of_other_files(rows: &mut Rows) {
    let mut named: BTreeMap<&'static str, BTreeSet<TextId>> = BTreeMap::new();
    for file in &rows.files {
        if let Some(info) = file.log.filter(|i| i.client_traits.sessions_provider.is_some()) {
            named.entry(info.client).or_default().extend(file.provider);
        }
    }
    if named.is_empty() {
        return;
    }
    let Rows { attempts, texts, files, .. } = rows;
    for a in attempts.iter_mut().filter(|a| a.provider.is_none()) {
        let Some(file) = files.get(a.source.file.0 as usize).filter(|f| f.provider.is_none()) else { continue };
        let Some((info, names)) = file.log.and_then(|i| Some((i, named.get(i.client)?))) else { continue };
        let only = names.first().copied().filter(|_| names.len() == 1);
        let usual = || info.client_traits.sessions_provider?.usual.map(|p| texts.intern(p));
        a.provider = only.or_else(usual);
    }
}

/// Rows without a provider take the one that their file names for all of its rows.
fn give_of_own_file(rows: &mut Rows) {
    let Rows { attempts, open, files, .. } = rows;
    if files.iter().all(|f| f.provider.is_none()) {
        return;
    }
    for a in attempts.iter_mut().chain(open).filter(|a| a.provider.is_none()) {
        a.provider = files.get(a.source.file.0 as usize).and_then(|f| f.provider);
    }
}

/// Rows without a provider or model take the one that the other rows of their session name, if it is one: aider's chat
/// names the model of its failures, its model history has the answers.
fn give_of_own_session(rows: &mut Rows) {
    let Rows { attempts, open, .. } = rows;
    let session = |a: &Attempt| a.session.map(|s| (a.client, s));
    let unnamed = attempts.iter().chain(open.iter()).filter(|a| a.provider.is_none());
    let wanting: HashSet<_> = unnamed.filter_map(session).collect();
    if wanting.is_empty() {
        return;
    }
    let mut named: HashMap<(TextId, TextId), [Option<Option<TextId>>; 2]> = HashMap::new();
    for a in attempts.iter() {
        let Some(key) = session(a).filter(|key| wanting.contains(key)) else { continue };
        let slots = named.entry(key).or_default();
        for (slot, name) in slots.iter_mut().zip([a.provider, a.model]) {
            match (&slot, name) {
                (_, None) => {}
                (None, Some(_)) => *slot = Some(name),
                (Some(known), Some(_)) if *known == name => {}
                _ => *slot = Some(None),
            }
        }
    }
    for a in attempts.iter_mut().chain(open).filter(|a| a.provider.is_none()) {
        let Some([provider, model]) = session(a).and_then(|key| named.get(&key)) else { continue };
        a.provider = provider.flatten();
        // A model alone says little, and is left as it is where no provider is known.
        a.model = a.model.or_else(|| model.flatten().filter(|_| a.provider.is_some()));
    }
}

/// The names that were in force at a time: those of the last naming before it, or what all say where none is before it. Where
/// several were named for one time (a chat in which the model was changed), what they do not agree on is not known.
fn at(all: &[Naming], time: Time) -> (Option<&str>, Option<&str>) {
    let last = all.iter().rev().map(|n| n.from).find(|from| *from <= time);
    let in_force: Vec<&Naming> = all.iter().filter(|n| last.is_none_or(|l| n.from == l)).collect();
    (agreed(in_force.iter().map(|n| n.provider.as_deref())), agreed(in_force.iter().map(|n| n.model.as_deref())))
}

/// The name, if all have the same.
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

    fn named_at(all: &[Naming], s: i64) -> (Option<&str>, Option<&str>) {
        at(all, naming(s, "", "").from)
    }

    #[test]
    fn the_last_naming_before_a_request_counts() {
        let all = [naming(0, "moonshot", "k2"), naming(100, "openai", "gpt"), naming(100, "openai", "mini")];
        assert_eq!(named_at(&all, 50), (Some("moonshot"), Some("k2")));
        assert_eq!(named_at(&all, 100), (Some("openai"), None), "two models in one chat");
        assert_eq!(named_at(&all, -5), (None, None), "before all, and they differ");
        assert_eq!(named_at(&all[1..2], -5), (Some("openai"), Some("gpt")), "before the only one");
        assert_eq!(named_at(&[naming(0, "", "gpt")], 5), (None, Some("gpt")));
    }
}
