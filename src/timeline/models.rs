//! The model decides the provider, where one client talks to several.
//!
//! In: the attempts of all files. Out: the same, where failures that a client writes without a model carry the one that their
//! agent used last, and where rows of a client for several providers carry the provider whose the model is. Claude Code is
//! pointed at other providers by one environment variable; gateways and SDKs serve several by design.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Attempt, TextId, Texts};
use crate::signals::provider_of_model;

/// A client made for one provider that is used with others.
const CLAUDE_CODE: &str = "claude-code";
/// The provider that it was made for, as the families of models name it.
const ITS_OWN: &str = "anthropic";
/// Clients that were made for one provider, and name another where they use it.
const OF_ONE_PROVIDER: [&str; 4] = ["kimi-cli", "kimi-code", "codex", "gemini-cli"];

/// Gives rows without a provider the one whose their model is; see the module.
pub(super) fn give_providers(attempts: &mut [Attempt], texts: &mut Texts) {
    let clients: BTreeSet<TextId> = attempts.iter().filter(|a| a.provider.is_none()).map(|a| a.client).collect();
    for client in clients {
        let name = texts.get(client).to_owned();
        if OF_ONE_PROVIDER.contains(&name.as_str()) {
            continue;
        }
        let own = (name == CLAUDE_CODE).then_some(ITS_OWN);
        let families = families(attempts, client, texts);
        let is_mixed = families.len() > 1;
        if !is_mixed && (own.is_none() || families.iter().all(|f| Some(*f) == own)) {
            continue;
        }
        carry_models(attempts, client);
        let only = families.first().copied().filter(|_| !is_mixed);
        for a in attempts.iter_mut().filter(|a| a.client == client && a.provider.is_none()) {
            let of_model = match a.model {
                Some(model) => provider_of_model(texts.get(model)),
                None => only,
            };
            a.provider = of_model.filter(|p| Some(*p) != own).map(|p| texts.intern(p));
        }
    }
}

/// The providers whose models a client's rows without a provider name.
fn families(attempts: &[Attempt], client: TextId, texts: &Texts) -> BTreeSet<&'static str> {
    let rows = attempts.iter().filter(|a| a.client == client && a.provider.is_none());
    let models: BTreeSet<TextId> = rows.filter_map(|a| a.model).collect();
    models.into_iter().filter_map(|m| provider_of_model(texts.get(m))).collect()
}

/// Gives rows without a model the one that their agent used last before, else the first after.
fn carry_models(attempts: &mut [Attempt], client: TextId) {
    type Agent = (Option<TextId>, Option<TextId>);
    let mut of_agent: HashMap<Agent, Vec<usize>> = HashMap::new();
    for (i, a) in attempts.iter().enumerate().filter(|(_, a)| a.client == client && a.session.is_some()) {
        of_agent.entry((a.session, a.agent)).or_default().push(i);
    }
    for mut rows in of_agent.into_values() {
        rows.sort_by_key(|i| (attempts[*i].start, attempts[*i].source));
        let mut last = rows.iter().find_map(|i| attempts[*i].model);
        for i in rows {
            last = attempts[i].model.or(last);
            attempts[i].model = last;
        }
    }
}
