//! The model decides the provider, where one client talks to several.
//!
//! In: the attempts of all files. Out: the same, where failures that a client writes without a model carry the one that their
//! agent used last, and where rows of a client for several providers carry the provider whose the model is. Some clients are
//! pointed at another provider by one environment variable (`MadeFor::own_models`); gateways and SDKs serve several by design.

use std::collections::{BTreeSet, HashMap};

use super::{Context, Merged, Rows};
use crate::formats::traits_of;
use crate::model::{Attempt, TextId, Texts};
use crate::signals::Catalogue;

/// Gives rows without a provider the one whose their model is; see the module.
pub(super) fn give_providers(rows: &mut Rows, context: &Context<'_>) -> Merged {
    let Rows { attempts, open, texts, .. } = rows;
    give_to(attempts, texts, context.catalogue);
    give_to(open, texts, context.catalogue);
    Merged::default()
}

fn give_to(attempts: &mut [Attempt], texts: &mut Texts, catalogue: &Catalogue) {
    let clients: BTreeSet<TextId> = attempts.iter().filter(|a| a.provider.is_none()).map(|a| a.client).collect();
    for client in clients {
        let made_for = traits_of(texts.get(client)).made_for;
        let own = made_for.and_then(|m| m.own_models);
        if made_for.is_some() && own.is_none() {
            continue;
        }
        let families = families(attempts, client, texts, catalogue);
        let is_mixed = families.len() > 1;
        if !is_mixed && (own.is_none() || families.iter().all(|f| Some(*f) == own)) {
            continue;
        }
        carry_models(attempts, client);
        let only = families.first().copied().filter(|_| !is_mixed);
        for a in attempts.iter_mut().filter(|a| a.client == client && a.provider.is_none()) {
            let of_model = match a.model {
                Some(model) => catalogue.provider_of_model(texts.get(model)),
                None => only,
            };
            a.provider = of_model.filter(|p| Some(*p) != own).map(|p| texts.intern(p));
        }
    }
}

/// The providers whose models a client's rows without a provider name.
fn families<'c>(attempts: &[Attempt], client: TextId, texts: &Texts, catalogue: &'c Catalogue) -> BTreeSet<&'c str> {
    let rows = attempts.iter().filter(|a| a.client == client && a.provider.is_none());
    let models: BTreeSet<TextId> = rows.filter_map(|a| a.model).collect();
    models.into_iter().filter_map(|m| catalogue.provider_of_model(texts.get(m))).collect()
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
