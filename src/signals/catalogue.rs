//! The catalogue of error texts as data.
//!
//! In: the embedded TOML files, one per provider. Out: [`Catalogue`], read once, in a fixed order, so that the number
//! of an entry ([`crate::model::Attempt::signal`]) means the same in every stage of a run. What each field is for is
//! described in docs/SIGNALS.md. A broken file cannot ship: a test parses all of them.

use std::sync::LazyLock;

use serde::Deserialize;

use super::error::CatalogueError;
use super::models::{self, Family};
use super::pattern::Prefilter;
use super::provider::{self, Provider, Scope};
use super::shape::Shapes;
use crate::model::{Cause, Hypothesis, LocalLimit, Zone};
use crate::pattern::Pattern;

/// The embedded files, the most particular first. Order decides between entries that are otherwise equal.
pub(super) static FILES: &[(&str, &str)] = &[
    ("kimi.toml", include_str!("catalogue/kimi.toml")),
    ("moonshot.toml", include_str!("catalogue/moonshot.toml")),
    ("anthropic.toml", include_str!("catalogue/anthropic.toml")),
    ("openai.toml", include_str!("catalogue/openai.toml")),
    ("google.toml", include_str!("catalogue/google.toml")),
    ("openrouter.toml", include_str!("catalogue/openrouter.toml")),
    ("zai.toml", include_str!("catalogue/zai.toml")),
    ("minimax.toml", include_str!("catalogue/minimax.toml")),
    ("deepseek.toml", include_str!("catalogue/deepseek.toml")),
    ("bedrock.toml", include_str!("catalogue/bedrock.toml")),
    ("azure.toml", include_str!("catalogue/azure.toml")),
    ("dashscope.toml", include_str!("catalogue/dashscope.toml")),
    ("others.toml", include_str!("catalogue/others.toml")),
    ("gateways.toml", include_str!("catalogue/gateways.toml")),
    ("network.toml", include_str!("catalogue/network.toml")),
    ("generic.toml", include_str!("catalogue/generic.toml")),
];

/// How much an entry's text is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It names one limit.
    Named,
    /// It names a limit, but was seen for others too: weighs little.
    Misleading,
    /// It names none: weighs nothing.
    Ambiguous,
}

/// An error as it must be matched by its entry and by no other; also what people are shown as its wording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// HTTP status.
    pub status: Option<u16>,
    /// Error type or code.
    pub error_type: Option<String>,
    /// Message.
    pub message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signal: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    #[serde(default)]
    providers: Vec<String>,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    generic: bool,
    #[serde(default)]
    ignore_wait: bool,
    #[serde(default)]
    status: Vec<u16>,
    kind: Kind,
    causes: Vec<String>,
    #[serde(default)]
    rules_out: Vec<String>,
    #[serde(default)]
    window_minutes: Vec<u32>,
    regex: Option<String>,
    #[serde(default)]
    kinds: Vec<String>,
    scope: Option<Scope>,
    local_limit: Option<LocalLimit>,
    #[serde(default)]
    unsent: bool,
    zone: Option<String>,
    meaning: String,
    trap: String,
    what_to_do: String,
    source: Vec<String>,
    example: Example,
}

/// One entry: what one error text means.
#[derive(Debug)]
pub struct Signal {
    /// Stable id: `kimi.window-week`.
    pub id: String,
    /// Provider ids that send it; empty when any may.
    pub providers: Vec<String>,
    /// It means this only from these providers.
    pub strict: bool,
    /// It is asked last.
    pub generic: bool,
    /// The wait that the text names is known to be wrong.
    pub ignore_wait: bool,
    /// Statuses that it was seen with. A hint: clients and gateways change them.
    pub status: Vec<u16>,
    /// How much the text is worth.
    pub kind: Kind,
    /// Named: exactly one. Misleading: what it names first, then what it was seen for. Ambiguous: what it may be.
    pub causes: Vec<Cause>,
    /// Causes that the text excludes in words.
    pub rules_out: Vec<Cause>,
    /// Lengths of the window in question, minutes. More than one: the text does not say which.
    pub window_minutes: Vec<u32>,
    /// Pattern on the message.
    pub regex: Option<Pattern>,
    /// Error types and codes that are this by themselves.
    pub kinds: Vec<String>,
    /// Whose limit.
    pub scope: Option<Scope>,
    /// Of `local_limit`: which limit of the user's own side refused.
    pub local_limit: Option<LocalLimit>,
    /// The client says it without having sent anything, so it collapses no retries.
    pub unsent: bool,
    /// Zone of the times that its text names without one, where the provider's is known.
    pub zone: Option<Zone>,
    /// What it says, one sentence.
    pub meaning: String,
    /// What it is mistaken for, one sentence.
    pub trap: String,
    /// What to do, one sentence.
    pub what_to_do: String,
    /// Threads, vendor pages and files it is known from.
    pub source: Vec<String>,
    /// An error that it must match.
    pub example: Example,
}

impl Signal {
    /// The cause that the text names: none for an ambiguous one. A misleading one names its first.
    pub fn cause(&self) -> Option<Cause> {
        (self.kind != Kind::Ambiguous).then(|| self.causes.first().copied()).flatten()
    }

    /// Whether a time in its text may be the end of what it names: slots and minutes name none.
    pub fn names_an_end(&self) -> bool {
        let endless = [Cause::ConcurrencyCap, Cause::RatePerMinute, Cause::Network];
        self.cause().is_none_or(|c| !endless.contains(&c))
    }

    /// The one window that the text names, in minutes.
    pub fn window(&self) -> Option<u32> {
        match self.window_minutes.as_slice() {
            [one] if self.cause() == Some(Cause::TokenWindow) => Some(*one),
            _ => None,
        }
    }

    /// Every window length that the text names, in minutes: of several it means one.
    pub fn windows(&self) -> &[u32] {
        if self.cause() == Some(Cause::TokenWindow) { &self.window_minutes } else { &[] }
    }

    /// The hypotheses that the text names: one, or one for each window it may mean; empty for an ambiguous text.
    /// A `token_window` without a length says that the text names a window and no length.
    pub fn hypotheses(&self) -> Vec<Hypothesis> {
        match self.cause() {
            None => Vec::new(),
            Some(Cause::TokenWindow) if !self.window_minutes.is_empty() => {
                self.window_minutes.iter().map(|m| Hypothesis::window(*m)).collect()
            }
            Some(cause) => vec![Hypothesis::of(cause)],
        }
    }
}

/// All entries and providers.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Entries; [`crate::model::Attempt::signal`] is a position in here.
    pub signals: Vec<Signal>,
    /// Providers.
    pub providers: Vec<Provider>,
    /// Families of models.
    pub(super) families: Vec<Family>,
    /// Which entries a text may match.
    pub(super) prefilter: Prefilter,
}

static EMBEDDED: LazyLock<Result<Catalogue, CatalogueError>> = LazyLock::new(|| Catalogue::parse(FILES));

/// The embedded catalogue, compiled on first use.
///
/// # Errors
/// What is wrong with its files.
pub fn embedded() -> Result<&'static Catalogue, &'static CatalogueError> {
    EMBEDDED.as_ref()
}

/// The embedded catalogue. The program checks it before anything else ([`embedded`]).
///
/// # Panics
/// Where a file is broken: an empty catalogue in its place would judge every error text as unknown.
pub fn catalogue() -> &'static Catalogue {
    match embedded() {
        Ok(catalogue) => catalogue,
        Err(error) => panic!("{error}"),
    }
}

impl Catalogue {
    /// Reads files of `(name, TOML)` in order.
    ///
    /// # Errors
    /// The first thing that is wrong with any of them.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let mut signals = Vec::new();
        for (name, text) in files {
            let file: File = toml::from_str(text)
                .map_err(|e| CatalogueError::Shape { file: (*name).to_owned(), reason: e.message().to_owned() })?;
            for entry in file.signal {
                signals.push(signal(entry)?);
            }
        }
        let patterns = (0_u16..).zip(&signals).filter_map(|(i, s)| Some((i, s.regex.as_ref()?.as_str())));
        let prefilter = Prefilter::of(patterns);
        Ok(Self { signals, providers: provider::embedded()?, families: models::embedded()?, prefilter })
    }

    /// The entry with this number, as [`crate::model::Attempt::signal`] holds it.
    pub fn signal(&self, index: u16) -> Option<&Signal> {
        self.signals.get(usize::from(index))
    }

    /// What gives error texts their shapes.
    pub(super) fn shapes(&self) -> Option<Shapes> {
        let patterns = self.signals.iter().filter_map(|s| s.regex.as_ref()).map(Pattern::as_str);
        Shapes::of(patterns.chain(self.signals.iter().flat_map(|s| &s.kinds).map(String::as_str)))
    }

    /// The provider with this id or alias.
    pub fn provider(&self, label: &str) -> Option<&Provider> {
        self.providers.iter().find(|p| p.is_called(label))
    }

    /// Whether a pool of this provider is one model's. A provider that is not known counts as one pool per account:
    /// a merged pool is flagged, a wrongly split one would miss what was in flight.
    pub fn limits_by_model(&self, label: Option<&str>) -> bool {
        label.and_then(|l| self.provider(l)).is_some_and(|p| p.limits_by_model)
    }
}

fn signal(e: Entry) -> Result<Signal, CatalogueError> {
    let rules_out = causes(&e.id, &e.rules_out)?;
    let causes = causes(&e.id, &e.causes)?;
    let zone = e.zone.as_deref().map(|z| zone(&e.id, z)).transpose()?;
    Ok(Signal {
        id: e.id,
        providers: e.providers,
        strict: e.strict,
        generic: e.generic,
        ignore_wait: e.ignore_wait,
        status: e.status,
        kind: e.kind,
        causes,
        rules_out,
        window_minutes: e.window_minutes,
        regex: e.regex.map(Pattern::ignoring_case),
        kinds: e.kinds,
        scope: e.scope,
        local_limit: e.local_limit,
        unsent: e.unsent,
        zone,
        meaning: e.meaning,
        trap: e.trap,
        what_to_do: e.what_to_do,
        source: e.source,
        example: e.example,
    })
}

fn causes(id: &str, names: &[String]) -> Result<Vec<Cause>, CatalogueError> {
    let known = |name: &String| {
        Cause::from_id(name).ok_or_else(|| CatalogueError::Cause { id: id.to_owned(), cause: name.clone() })
    };
    names.iter().map(known).collect()
}

fn zone(id: &str, zone: &str) -> Result<Zone, CatalogueError> {
    Zone::parse(zone).ok_or_else(|| CatalogueError::Zone { id: id.to_owned(), zone: zone.to_owned() })
}
