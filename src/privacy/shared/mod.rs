//! What is made to leave the house (`--ticket`, HTML, Markdown): names become pseudonyms, and of an error text only words
//! of published error texts stay.
//!
//! In: a masked document, and fields of the log for tables. Out: the same without accounts, unknown providers and models,
//! agents, names in paths, and without prose in error texts. First by structure: each field of a log has its own rule here,
//! and what has no rule does not leave. Patterns ([`crate::privacy::redact`]) have been applied before. What always holds: the same
//! name gives the same pseudonym throughout one report; request ids stay, since support looks them up; one pass over
//! each text, however many names there are.

mod paths;
mod vocabulary;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::document::{Document, Episode};
use crate::input::LOOKS_LIKE_LOG;
use crate::pattern::Pattern;
use crate::privacy::labels::Labels;
use crate::privacy::redact::mask_name;
use crate::signals::catalogue;
use crate::timeline::TextColumn;

/// Pseudonyms of one report.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    labels: Labels,
    pools: HashMap<String, String>,
    names: HashMap<(&'static str, String), String>,
    count: BTreeMap<&'static str, u64>,
    /// Pseudonyms that are taken: those that were given, and names of the log that look like one and keep themselves.
    taken: HashSet<String>,
    redacted: BTreeMap<String, u64>,
}

impl Pseudonyms {
    /// Pseudonyms for the names of a document, in the order of its pools and inputs.
    pub fn of(document: &Document) -> Self {
        let mut pseudonyms = Self::default();
        pseudonyms.take_pseudonyms_of(document);
        let mut labels: Vec<(String, String)> = Vec::new();
        for pool in document.pools.iter().chain(&document.elsewhere) {
            let account = pseudonyms.account(&pool.account);
            let provider = pseudonyms.provider(&pool.provider);
            let model = pool.id.rsplit_once('/').map_or("*", |(_, m)| m);
            let model = pseudonyms.model(model);
            let id = format!("{provider}/{account}/{model}");
            pseudonyms.pools.insert(pool.id.clone(), id.clone());
            labels.push((pool.id.clone(), id));
            labels.push((pool.account.clone(), account));
            labels.push((pool.provider.clone(), provider));
            for model in &pool.models {
                labels.push((model.clone(), pseudonyms.model(model)));
            }
        }
        for input in &document.inputs {
            let pseudonym = pseudonyms.path(&input.path);
            labels.push((input.path.clone(), pseudonym));
        }
        // A name that is a plain word or a number would make nonsense of our own sentences, and tells nobody anything there.
        labels.retain(|(name, _)| !vocabulary::is_plain_word(name));
        pseudonyms.labels = Labels::of(labels);
        pseudonyms
    }

    /// The document as it may leave.
    #[must_use]
    pub fn document(&mut self, mut document: Document) -> Document {
        if document.unmasked {
            return document;
        }
        for input in &mut document.inputs {
            input.path = self.path(&input.path);
            // Behind it stand the keys of a file that nobody knows.
            let unknown = input.problems.iter_mut().filter(|p| p.reason.starts_with(LOOKS_LIKE_LOG));
            unknown.for_each(|p| p.reason.truncate(LOOKS_LIKE_LOG.len()));
        }
        for pool in &mut document.pools {
            pool.account = self.account(&pool.account);
            pool.provider = self.provider(&pool.provider);
            pool.models = pool.models.iter().map(|m| self.model(m)).collect();
            pool.id = self.pool(&pool.id);
        }
        for e in &mut document.episodes {
            self.episode(e);
        }
        for isolated_refusal in &mut document.isolated_refusals {
            isolated_refusal.pool = self.pool(&isolated_refusal.pool);
            isolated_refusal.sources.iter_mut().for_each(|s| s.path = self.path(&s.path));
        }
        for incident in &mut document.incidents {
            incident.pools = incident.pools.iter().map(|p| self.pool(p)).collect();
        }
        // What is left is prose of ours with names of the log in it.
        document.each_prose(&mut |text| *text = self.prose(text));
        for (kind, n) in &self.redacted {
            *document.redacted.entry(kind.clone()).or_insert(0) += n;
        }
        for (kind, n) in &self.count {
            document.redacted.insert(format!("{kind} names"), *n);
        }
        document
    }

    fn episode(&mut self, e: &mut Episode) {
        e.pool = self.pool(&e.pool);
        for evidence in &mut e.evidence {
            evidence.sources.iter_mut().for_each(|s| s.path = self.path(&s.path));
        }
        // Agents are numbered in the order in which the picture has them.
        if let Some(chart) = &mut e.chart {
            chart.agents.iter_mut().for_each(|l| l.name = self.agent(&l.name));
            chart.request_ids.iter_mut().for_each(|r| r.id = self.request_id(&r.id));
            for message in &mut chart.messages {
                message.text = self.said(&message.text);
                message.kind = message.kind.take().map(|kind| self.said(&kind));
            }
        }
        e.agents.iter_mut().for_each(|l| l.name = self.agent(&l.name));
        let value = e.verdict.scope.value.take();
        e.verdict.scope.value = value.map(|value| match e.verdict.scope.kind.as_str() {
            "agent" => self.agent(&value),
            "model" => self.model(&value),
            _ => self.account(&value),
        });
    }

    /// A field of a table, from the log as it is.
    pub fn column(&mut self, column: TextColumn, text: &str) -> String {
        let masked = self.masked(text);
        match column {
            TextColumn::Pool => self.pool(&masked),
            TextColumn::Agent => self.agent(&masked),
            TextColumn::Model => self.model(&masked),
            TextColumn::ErrorKind | TextColumn::ErrorMessage => self.said(&masked),
            TextColumn::RequestId => self.request_id(&masked),
            TextColumn::Path => self.path(&masked),
        }
    }

    fn masked(&mut self, text: &str) -> String {
        // Counted where the document was masked; tables repeat it in every row.
        mask_name(text).into_owned()
    }

    fn numbered(&mut self, kind: &'static str, name: &str) -> String {
        let key = (kind, name.to_owned());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let n = self.count.entry(kind).or_insert(0);
        *n += 1;
        let mut number = *n;
        let mut pseudonym = format!("{kind}-{number}");
        while !self.taken.insert(pseudonym.clone()) {
            number += 1;
            pseudonym = format!("{kind}-{number}");
        }
        self.names.insert(key, pseudonym.clone());
        pseudonym
    }

    /// Names of a document that look like pseudonyms keep themselves, so that a report can be made from what left before;
    /// nobody else may then be called so.
    fn take_pseudonyms_of(&mut self, document: &Document) {
        let accounts = document.pools.iter().map(|p| ("account", p.account.as_str()));
        let providers = document.pools.iter().map(|p| ("provider", p.provider.as_str()));
        let models = document.pools.iter().flat_map(|p| p.models.iter().map(|m| ("model", m.as_str())));
        let of_pools = document.pools.iter().filter_map(|p| Some(("model", p.id.rsplit_once('/')?.1)));
        let agents = document.episodes.iter().flat_map(|e| {
            let drawn = e.chart.iter().flat_map(|c| c.agents.iter().map(|l| l.name.as_str()));
            e.agents.iter().map(|l| l.name.as_str()).chain(drawn)
        });
        let all = accounts.chain(providers).chain(models).chain(of_pools).chain(agents.map(|name| ("agent", name)));
        let names = all.filter(|(kind, name)| is_pseudonym(kind, name)).map(|(_, name)| name.to_owned());
        self.taken.extend(names.collect::<Vec<_>>());
    }

    /// The pseudonym of a name; one that looks like a pseudonym and was given to nobody keeps itself.
    fn pseudonym(&mut self, kind: &'static str, name: &str) -> String {
        let is_another = || self.names.iter().any(|((k, n), pseudonym)| *k == kind && pseudonym == name && n != name);
        if !is_pseudonym(kind, name) || is_another() {
            return self.numbered(kind, name);
        }
        self.taken.insert(name.to_owned());
        name.to_owned()
    }

    fn account(&mut self, label: &str) -> String {
        if label == "-" || label.is_empty() { label.to_owned() } else { self.pseudonym("account", label) }
    }

    fn provider(&mut self, label: &str) -> String {
        let is_known = ["unknown", "-", ""].contains(&label) || catalogue().provider(label).is_some();
        if is_known { label.to_owned() } else { self.pseudonym("provider", label) }
    }

    fn model(&mut self, label: &str) -> String {
        let is_known = ["*", "-", ""].contains(&label) || vocabulary::is_model(label);
        if is_known { label.to_owned() } else { self.pseudonym("model", label) }
    }

    fn agent(&mut self, name: &str) -> String {
        // Names that the clients themselves give tell who waited, and nobody's name.
        let is_plain = ["main", "unnamed", "(agents not named)"].contains(&name);
        if is_plain { name.to_owned() } else { self.pseudonym("agent", name) }
    }

    fn pool(&mut self, id: &str) -> String {
        if let Some(known) = self.pools.get(id) {
            return known.clone();
        }
        if self.pools.values().any(|pseudonym| pseudonym == id) {
            return id.to_owned();
        }
        let mut parts = id.splitn(2, '/');
        let provider = self.provider(parts.next().unwrap_or(""));
        let (account, model) = parts.next().and_then(|rest| rest.rsplit_once('/')).unwrap_or(("-", "*"));
        let pseudonym = format!("{provider}/{}/{}", self.account(account), self.model(model));
        self.pools.insert(id.to_owned(), pseudonym.clone());
        pseudonym
    }

    fn path(&mut self, path: &str) -> String {
        let key = ("path", path.to_owned());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let pseudonym = paths::share(path, |kind, component| self.numbered(kind, component));
        self.names.insert(key, pseudonym.clone());
        pseudonym
    }

    fn request_id(&mut self, id: &str) -> String {
        if vocabulary::is_request_id(id) { id.to_owned() } else { self.numbered("request", id) }
    }

    /// What somebody else wrote: known words only.
    fn said(&mut self, text: &str) -> String {
        let (pseudonym, hidden) = vocabulary::known_words(text);
        if hidden > 0 {
            *self.redacted.entry("words of error texts".to_owned()).or_insert(0) += hidden;
        }
        pseudonym
    }

    /// A sentence with names replaced, but not inside of times: an account may be called `000Z`.
    fn without_names(&self, text: &str) -> String {
        let stamps: Vec<(usize, usize)> =
            STAMP.captures_iter(text).map(|found| (found.whole().start, found.whole().end)).collect();
        let is_free = |begin, end| !stamps.iter().any(|(from, to)| *from <= begin && end <= *to);
        self.labels.replaced_where(text, &is_free).into_owned()
    }

    /// A sentence of ours: names replaced, what stands between quotation marks reduced to known words.
    fn prose(&mut self, text: &str) -> String {
        let text = self.without_names(text);
        if !text.contains('"') {
            return text;
        }
        // An odd mark is one inside a quotation: then all from the first to the last is somebody else's.
        let (Some(first), Some(last)) = (text.find('"'), text.rfind('"')) else { return text };
        if first == last {
            return format!("{}\"{}", &text[..first], self.said(&text[first + 1..]));
        }
        format!("{}\"{}\"{}", &text[..first], self.said(&text[first + 1..last]), &text[last + 1..])
    }
}

/// Dates and times of day, as our sentences have them.
static STAMP: Pattern =
    Pattern::new(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?|\b\d\d:\d\d(?::\d\d(?:\.\d+)?)?");

/// Whether a name is one that was given here: a report may be made from what left before.
fn is_pseudonym(kind: &str, name: &str) -> bool {
    name.strip_prefix(kind)
        .and_then(|n| n.strip_prefix('-'))
        .is_some_and(|n| n.len() <= 6 && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_kind_of_name_is_replaced_and_the_same_everywhere() {
        let mut document = sample::thread();
        document.pools[0].models = vec!["kimi-for-coding".to_owned(), "tiger-lily-9".to_owned()];
        document.inputs[0].path = "clients/bigcorp/kimi.log".to_owned();
        document.notes = vec!["clients/bigcorp/kimi.log of acct0 has tiger-lily-9 in it".to_owned()];
        document.episodes[0].agents[0].name = "bobs-agent".to_owned();
        document.episodes[0].evidence[0].statement =
            "refusals say (\"quota exceeded for Bob's novel, try again later\").".to_owned();
        document.verdict.counts =
            vec!["1 request ended in an error that names no limit (\"no limit for Bob's novel\")".to_owned()];
        let mut pseudonyms = Pseudonyms::of(&document);
        let out = pseudonyms.document(document);
        assert_eq!(out.pools[0].models, ["kimi-for-coding", "model-1"]);
        assert_eq!(out.inputs[0].path, "name-1/name-2/kimi.log");
        assert_eq!(out.notes[0], "name-1/name-2/kimi.log of account-1 has model-1 in it");
        assert!(out.episodes[0].agents[0].name.starts_with("agent-"));
        assert_eq!(
            out.episodes[0].evidence[0].statement,
            "refusals say (\"quota exceeded for …'s …, try again later\")."
        );
        let counted = "1 request ended in an error that names no limit (\"no limit for …'s …\")";
        assert_eq!(out.verdict.counts, [counted]);
        assert_eq!(out.redacted.get("account names"), Some(&1));
    }

    /// Names that equal words of the schema, times, or a pseudonym.
    #[test]
    fn a_name_that_is_a_word_of_ours_changes_no_word_of_ours() {
        for name in ["overload", "window", "log", "token_window", "000Z", "2026", "kimi", "refused", "E1", "16:19"] {
            let document = sample::thread();
            let plain = Pseudonyms::of(&document).document(document.clone());
            let mut named = document;
            let id = format!("kimi-code/{name}/*");
            named.pools[0].account = name.to_owned();
            named.pools[0].id = id.clone();
            named.episodes.iter_mut().for_each(|e| e.pool = id.clone());
            named.isolated_refusals.iter_mut().for_each(|b| b.pool = id.clone());
            named.incidents.iter_mut().for_each(|i| i.pools = vec![id.clone()]);
            let text = |d: Document| crate::report::json::render(&d).unwrap();
            assert_eq!(text(Pseudonyms::of(&named).document(named)), text(plain), "{name}");
        }
    }

    #[test]
    fn a_name_with_a_date_in_it_is_one_name() {
        let mut document = sample::thread();
        document.inputs[0].path = "bigcorp/kimi.2026-03-03_06-00-00.log".to_owned();
        document.notes = vec!["bigcorp/kimi.2026-03-03_06-00-00.log of 2026-03-03 16:19:00 carries no zone".to_owned()];
        let out = Pseudonyms::of(&document).document(document);
        assert_eq!(out.notes[0], "name-1/kimi.2026-03-03_06-00-00.log of 2026-03-03 16:19:00 carries no zone");
    }

    #[test]
    fn a_label_that_looks_like_a_pseudonym_is_not_given_to_another() {
        let mut document = sample::thread();
        let pool = |account: &str| crate::document::Pool {
            id: format!("kimi-code/{account}/*"),
            account: account.to_owned(),
            ..sample::thread().pools[0].clone()
        };
        document.pools = ["prod", "account-1", "test", "account-3"].map(pool).to_vec();
        let out = Pseudonyms::of(&document).document(document.clone());
        let ids: Vec<&str> = out.pools.iter().map(|p| p.account.as_str()).collect();
        assert_eq!(ids, ["account-2", "account-1", "account-4", "account-3"]);
        let mut pseudonyms = Pseudonyms::of(&sample::thread());
        assert_eq!(pseudonyms.agent("Bob"), "agent-1");
        assert_eq!(pseudonyms.agent("agent-1"), "agent-2", "an agent of the log that the document does not have");
    }

    #[test]
    fn sharing_twice_changes_nothing_more() {
        for (name, document) in sample::all() {
            let once = Pseudonyms::of(&document).document(document);
            let twice = Pseudonyms::of(&once).document(once.clone());
            assert_eq!(
                crate::report::json::render(&Document { redacted: BTreeMap::new(), ..once }).unwrap(),
                crate::report::json::render(&Document { redacted: BTreeMap::new(), ..twice }).unwrap(),
                "{name}"
            );
        }
    }
}
