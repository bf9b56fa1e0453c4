//! Whose the limit of an episode is, as `verdict.scope` and the headline name it.

use crate::evidence::EpisodeContext;
use crate::model::Attempt;
use crate::signals::{self, Kind, Scope};
use crate::timeline::{PoolScope, ScopeKind};

/// Whose the limit is: the pool's scope, or one model's where most texts say so and only one model was refused.
pub fn scope_of(case: &EpisodeContext<'_>) -> PoolScope {
    let own = &case.pool.scope;
    if own.kind != ScopeKind::Account || case.episode.refusals.is_empty() {
        return own.clone();
    }
    let says_model = |a: &&Attempt| {
        let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
        signal.is_some_and(|s| s.kind == Kind::Named && s.scope == Some(Scope::Model))
    };
    let of_model = case.refusals().filter(says_model).count();
    let mut models = case.refusals().filter_map(|a| a.model);
    match models.next() {
        Some(model) if 2 * of_model > case.episode.refusals.len() && models.all(|m| m == model) => {
            PoolScope { kind: ScopeKind::Model, value: Some(case.timeline.texts.get(model).to_owned()) }
        }
        _ => own.clone(),
    }
}

/// ` of model glm-5.2`, ` of one agent`; nothing for a limit of the account.
pub fn of_whom(scope: &PoolScope, preposition: &str) -> String {
    match (scope.kind, &scope.value) {
        (ScopeKind::Model, Some(model)) => format!(" {preposition} model {model}"),
        (ScopeKind::Model, None) => format!(" {preposition} one model"),
        (ScopeKind::Agent, Some(_)) => format!(" {preposition} one agent"),
        (ScopeKind::Agent, None) => format!(" {preposition} some agents"),
        (ScopeKind::Credential, _) => format!(" {preposition} one credential"),
        (ScopeKind::Account, _) => String::new(),
    }
}
