//! The list of all kinds of evidence. To add one write its file and one line here.

use super::declaration::Declaration;
use super::{EpisodeContext, Observation};

/// One kind of evidence.
#[derive(Debug)]
pub struct Kind {
    /// What it declares.
    pub declaration: &'static Declaration,
    measure: fn(&EpisodeContext<'_>) -> Vec<Observation>,
}

impl Kind {
    /// Id used in reports and in weights/: `snapshot_in_gap`.
    pub const fn id(&self) -> &'static str {
        self.declaration.id
    }

    /// Names of all bins that an observation of this kind can fall in.
    pub fn bins(&self) -> Vec<&'static str> {
        self.declaration.bins.iter().map(|b| b.name).collect()
    }

    /// What is seen in this episode; empty when the logs cannot know.
    pub fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        (self.measure)(case)
    }
}

/// The kinds that are measured in an episode of refusals, and those of a silent one, each as `file: type of its values`.
macro_rules! kinds {
    (measured: { $($module:ident: $values:ident,)+ } by_rule: { $($silent:ident: $rule:ident,)+ }) => {
        /// What a kind of evidence measured.
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        pub enum Measured {
            $(#[doc = concat!("Of `", stringify!($module), "`.")] $values(super::$module::$values),)+
            $(#[doc = concat!("Of `", stringify!($silent), "`.")] $rule(super::$silent::$rule),)+
        }

        $(impl From<super::$module::$values> for Measured {
            fn from(values: super::$module::$values) -> Self { Self::$values(values) }
        })+
        $(impl From<super::$silent::$rule> for Measured {
            fn from(values: super::$silent::$rule) -> Self { Self::$rule(values) }
        })+

        /// Every kind of evidence about refusals, in the order of the method's catalogue.
        pub static REGISTRY: &[Kind] = &[$(Kind {
            declaration: &super::$module::DECLARATION,
            measure: |case| super::$module::measure(case).into_iter().collect(),
        },)+];

        /// Kinds about silent episodes, which are decided by rule and have no points.
        pub static BY_RULE: &[&Declaration] = &[$(&super::$silent::DECLARATION,)+];
    };
}

kinds! {
    measured: {
        class: ClassOfRefusals,
        named_text: NamedText,
        named_end: NamesAnEnd,
        slot_release: SlotRelease,
        inflight_low: InflightLow,
        inflight_auc: InflightAuc,
        inflight_same: InflightSame,
        inflight_none: InflightNone,
        cap_known: CapKnown,
        minute_auc: MinuteAuc,
        minute_reach: MinuteReach,
        minute_low: MinuteLow,
        pool_meter: PoolMeter,
        replay_cap: ReplayCap,
        replay_minute: ReplayMinute,
        replay_between: ReplayBetween,
        length: Length,
        hard_run: HardRun,
        admissions_inside: AdmissionsInside,
        retry_after: RetryAfter,
        snapshot_in_gap: SnapshotInGap,
        same_window_later: SameWindowLater,
        reset_hit: ResetHit,
        phase: Phase,
        window_meter: WindowMeter,
        record_use: RecordUse,
        other_pools: OtherPools,
        after: After,
        bounce: Bounce,
        streams_broken: StreamsBroken,
        silent_share: SilentShare,
    }
    by_rule: {
        no_attempts: NoAttempts,
    }
}

/// Every declaration, in the order of the registry.
pub fn declarations() -> impl Iterator<Item = &'static Declaration> {
    REGISTRY.iter().map(|k| k.declaration).chain(BY_RULE.iter().copied())
}

/// The declaration of a kind; an empty one for an id that is not in the registry.
pub fn declaration_of(id: &str) -> &'static Declaration {
    static NONE: Declaration = Declaration::EMPTY;
    declarations().find(|d| d.id == id).unwrap_or(&NONE)
}
