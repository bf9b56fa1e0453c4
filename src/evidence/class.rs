//! Class of the refusals: by status, before any text. 403 may be a quota or a cap; 429 may be a balance.
//!
//! Not weighed where most refusals carry a text that names a limit: text and status are then one observation
//! (docs/METHOD.md, Evidence), and [`super::named_text`] makes it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::declaration::{Condition, Declaration, Edge, Flags, Unit, bin, condition, measured};
use super::hypotheses::{ACCESS, BILLING, BLOCK, CAP, LOCAL, MINUTE, NETWORK, OVERLOAD, WINDOW};
use super::{EpisodeContext, Failed, Observation, Values, named_text};
use crate::model::{Attempt, Class, SourceRef};

/// What a refused request was answered, in the order of the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 403, and other access errors.
    Forbidden,
    /// Made on the user's own side.
    Local,
    /// No answer.
    Network,
    /// 5xx, 529.
    Overload,
    /// 402.
    Payment,
    /// 429.
    RateLimited,
    /// 401.
    Unauthorized,
    /// An error that names no limit.
    Unknown,
}

/// How often one answer came, and with which statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// Refusals with it.
    pub refusals: usize,
    /// Their statuses, each once; `None` where there is none.
    pub statuses: Vec<Option<u16>>,
}

measured! {
    /// What the refusals were answered.
    ClassOfRefusals {
        /// Refusals by what they were answered.
        answers: BTreeMap<Answer, usize> as CountsByWord,
        /// Whether most error texts plainly name a limit.
        texts_name_a_limit: bool as Flag,
    }
    beside {
        /// The answers, the most frequent first.
        ranked: Vec<Answered>,
        /// What the failed requests are called.
        failed: Failed,
    }
}

/// A second class with at least this share makes the picture mixed (docs/METHOD.md, Evidence).
const MIXED_SHARE: f64 = 0.12;

const NAMED: Condition =
    condition("named", "most texts plainly name a limit, and the usual answer is 429, 401, 402 or 403");
const WITH_5XX: Condition = condition("with_5xx", "429 and 5xx, and nothing else");
const ANSWERED: Condition = condition("answered", "all were answered");

/// What 429 does not answer: a limit of any kind may, so it is no reason.
const LIMITS: &[&str] = &[CAP, WINDOW, MINUTE, BILLING, ACCESS, BLOCK];

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "class",
    topic: "class",
    number: ("share of the second most frequent answer", Unit::Share),
    bins: &[
        bin("named", Edge::Any).when(NAMED).because("status and text are one observation, which `named_text` makes"),
        bin("mixed_with_5xx", Edge::From(MIXED_SHARE))
            .when(WITH_5XX)
            .means_for(&[OVERLOAD])
            .because("a provider without capacity answers with both"),
        bin("mixed_answered", Edge::From(MIXED_SHARE))
            .when(ANSWERED)
            .means_against(&[NETWORK])
            .because("each was answered"),
        bin("mixed", Edge::From(MIXED_SHARE)).because("several things may have failed"),
        bin("rate_limited", Edge::Any).when(condition("rate_limited", "429")).because("every limit answers so"),
        bin("overload", Edge::Any)
            .when(condition("overload", "5xx or 529"))
            .means_for(&[OVERLOAD])
            .means_against(LIMITS)
            .because("the server failed and named no limit"),
        bin("network", Edge::Any)
            .when(condition("network", "no answer"))
            .means_for(&[NETWORK])
            .means_against(LIMITS)
            .because("no limit answered"),
        bin("unauthorized", Edge::Any)
            .when(condition("unauthorized", "401"))
            .means_for(&[ACCESS])
            .means_against(&[CAP, WINDOW, MINUTE, OVERLOAD, NETWORK])
            .because("the key was not accepted"),
        bin("payment", Edge::Any)
            .when(condition("payment", "402"))
            .means_for(&[BILLING])
            .means_against(&[CAP, MINUTE, OVERLOAD, NETWORK])
            .because("money is missing"),
        bin("forbidden", Edge::Any)
            .when(condition("forbidden", "403 and other access errors"))
            .means_for(&[ACCESS])
            .means_against(&[MINUTE, OVERLOAD, NETWORK])
            .because("sent for used-up quotas and caps too, so it says less than 401"),
        bin("local", Edge::Any)
            .when(condition("local", "made on this side"))
            .means_for(&[LOCAL])
            .means_against(&[CAP, WINDOW, MINUTE, OVERLOAD, NETWORK, BILLING, ACCESS, BLOCK])
            .because("the provider never saw these requests"),
        bin("unknown", Edge::Any)
            .when(condition("unknown", "errors that name no limit"))
            .because("such errors are left out, so none is left"),
    ],
    flags: Flags { valid_for_short_episodes: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl ClassOfRefusals {
    /// Refusals that were looked at.
    pub fn refusals(&self) -> usize {
        self.answers.values().sum()
    }

    /// Whether the second answer is frequent enough to be told.
    pub fn is_mixed(&self) -> bool {
        self.number() >= MIXED_SHARE
    }

    fn is_only(&self, answers: &[Answer]) -> bool {
        self.answers.keys().all(|a| answers.contains(a))
    }
}

impl Values for ClassOfRefusals {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.ranked.get(1).map_or(0, |a| a.refusals) as f64 / self.refusals() as f64
    }

    fn holds(&self, condition: &str) -> bool {
        use Answer as A;
        let Some(usual) = self.ranked.first().map(|a| a.answer) else { return false };
        match condition {
            "named" => {
                self.texts_name_a_limit && matches!(usual, A::RateLimited | A::Forbidden | A::Unauthorized | A::Payment)
            }
            // A provider without capacity answers with both, and with nothing else.
            "with_5xx" => self.answers.contains_key(&A::Overload) && self.is_only(&[A::Overload, A::RateLimited]),
            "answered" => !self.answers.contains_key(&A::Network),
            id => id == usual.id(),
        }
    }
}

impl Answer {
    /// Its id, and that of its bin.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Local => "local",
            Self::Network => "network",
            Self::Overload => "overload",
            Self::Payment => "payment",
            Self::RateLimited => "rate_limited",
            Self::Unauthorized => "unauthorized",
            Self::Unknown => "unknown",
        }
    }

    fn of(a: &Attempt) -> Self {
        match (a.class, a.status) {
            (Class::Access, Some(401)) => Self::Unauthorized,
            (Class::Access, Some(402)) => Self::Payment,
            (Class::Access, _) => Self::Forbidden,
            (Class::Overload, _) => Self::Overload,
            (Class::Network, _) => Self::Network,
            (Class::Local, _) => Self::Local,
            (Class::Unknown, _) => Self::Unknown,
            _ => Self::RateLimited,
        }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let mut lines: BTreeMap<Answer, Vec<SourceRef>> = BTreeMap::new();
    for a in case.refusals().filter(|a| a.has_row() && a.class != Class::Unknown) {
        lines.entry(Answer::of(a)).or_default().push(a.source);
    }
    let answers: BTreeMap<Answer, usize> = lines.iter().map(|(answer, lines)| (*answer, lines.len())).collect();
    let answered = |(answer, refusals): (&Answer, &usize)| Answered {
        answer: *answer,
        refusals: *refusals,
        statuses: statuses(case, *answer),
    };
    let mut ranked: Vec<Answered> = answers.iter().map(answered).collect();
    ranked.sort_by_key(|a| (std::cmp::Reverse(a.refusals), a.answer));
    ranked.first()?;
    let sources = ranked.iter().flat_map(|a| lines[&a.answer].iter().take(2).copied()).take(6).collect();
    let texts_name_a_limit = named_text::names_most(case);
    Observation::new(ClassOfRefusals { answers, texts_name_a_limit, ranked, failed: case.failed() }, sources)
}

fn statuses(case: &EpisodeContext<'_>, answer: Answer) -> Vec<Option<u16>> {
    let mut all: Vec<Option<u16>> = case.refusals().filter(|a| Answer::of(a) == answer).map(|a| a.status).collect();
    all.sort_unstable();
    all.dedup();
    all
}
