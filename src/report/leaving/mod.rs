//! What is made to leave the house (`--ticket`, HTML, Markdown): names become pseudonyms, and of an error text only words
//! of published error texts stay.
//!
//! In: a masked document, and fields of the log for tables. Out: the same without accounts, unknown providers and models,
//! lanes, names in paths, and without prose in error texts. First by structure: each field of a log has its own rule here,
//! and what has no rule does not leave. Patterns ([`super::redact`]) have been applied before. What always holds: the same
//! name gives the same pseudonym throughout one report; request ids stay, since support looks them up; one pass over
//! each text, however many names there are.

mod paths;
mod vocabulary;

use std::collections::{BTreeMap, HashMap};

use super::document::{Document, Episode};
use super::labels::Labels;
use super::redact::{Kind, mask_counting};
use crate::signals::catalogue;
use crate::timeline::TextColumn;

/// Pseudonyms of one report.
#[derive(Debug, Default)]
pub struct Leaving {
    labels: Labels,
    pools: HashMap<String, String>,
    names: HashMap<(&'static str, String), String>,
    count: BTreeMap<&'static str, u64>,
    redacted: BTreeMap<String, u64>,
}

impl Leaving {
    /// Pseudonyms for the names of a document, in the order of its pools and inputs.
    pub fn of(document: &Document) -> Self {
        let mut leaving = Self::default();
        let mut labels: Vec<(String, String)> = Vec::new();
        for pool in &document.pools {
            let account = leaving.account(&pool.account);
            let provider = leaving.provider(&pool.provider);
            let model = pool.id.rsplit_once('/').map_or("*", |(_, m)| m);
            let model = leaving.model(model);
            let id = format!("{provider}/{account}/{model}");
            leaving.pools.insert(pool.id.clone(), id.clone());
            labels.push((pool.id.clone(), id));
            labels.push((pool.account.clone(), account));
            labels.push((pool.provider.clone(), provider));
            for model in &pool.models {
                labels.push((model.clone(), leaving.model(model)));
            }
        }
        for input in &document.inputs {
            let told = leaving.path(&input.path);
            labels.push((input.path.clone(), told));
        }
        leaving.labels = Labels::of(labels);
        leaving
    }

    /// The document as it may leave.
    #[must_use]
    pub fn document(&mut self, mut document: Document) -> Document {
        if document.unmasked {
            return document;
        }
        for input in &mut document.inputs {
            input.path = self.path(&input.path);
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
        for blip in &mut document.blips {
            blip.pool = self.pool(&blip.pool);
            blip.sources.iter_mut().for_each(|s| s.path = self.path(&s.path));
        }
        for incident in &mut document.incidents {
            incident.pools = incident.pools.iter().map(|p| self.pool(p)).collect();
        }
        // What is left is prose of ours with names of the log in it.
        document.each_text(&mut |text| *text = self.prose(text));
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
        // Lanes are numbered in the order in which the picture has them.
        if let Some(chart) = &mut e.chart {
            chart.lanes.iter_mut().for_each(|l| l.name = self.lane(&l.name));
            chart.request_ids.iter_mut().for_each(|r| r.id = self.request_id(&r.id));
        }
        e.lanes.iter_mut().for_each(|l| l.name = self.lane(&l.name));
        let value = e.verdict.scope.value.take();
        e.verdict.scope.value = value.map(|value| match e.verdict.scope.kind.as_str() {
            "agent" => self.lane(&value),
            "model" => self.model(&value),
            _ => self.account(&value),
        });
    }

    /// A field of a table, from the log as it is.
    pub fn column(&mut self, column: TextColumn, text: &str) -> String {
        let masked = self.masked(text);
        match column {
            TextColumn::Pool => self.pool(&masked),
            TextColumn::Lane => self.lane(&masked),
            TextColumn::Model => self.model(&masked),
            TextColumn::ErrorKind | TextColumn::ErrorMessage => self.said(&masked),
            TextColumn::RequestId => self.request_id(&masked),
            TextColumn::Path => self.path(&masked),
        }
    }

    fn masked(&mut self, text: &str) -> String {
        // Counted where the document was masked; tables repeat it in every row.
        mask_counting(text, &mut BTreeMap::<Kind, u64>::new()).into_owned()
    }

    fn numbered(&mut self, kind: &'static str, name: &str) -> String {
        let key = (kind, name.to_owned());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let n = self.count.entry(kind).or_insert(0);
        *n += 1;
        let told = format!("{kind}-{n}");
        self.names.insert(key, told.clone());
        told
    }

    fn account(&mut self, label: &str) -> String {
        if label == "-" || label.is_empty() || is_pseudonym("account", label) {
            label.to_owned()
        } else {
            self.numbered("account", label)
        }
    }

    fn provider(&mut self, label: &str) -> String {
        let is_known = ["unknown", "-", ""].contains(&label) || catalogue().provider(label).is_some();
        if is_known || is_pseudonym("provider", label) { label.to_owned() } else { self.numbered("provider", label) }
    }

    fn model(&mut self, label: &str) -> String {
        let is_known = ["*", "-", ""].contains(&label) || vocabulary::is_model(label);
        if is_known || is_pseudonym("model", label) { label.to_owned() } else { self.numbered("model", label) }
    }

    fn lane(&mut self, name: &str) -> String {
        // Names that the clients themselves give tell who waited, and nobody's name.
        let is_plain = ["main", "unnamed", "(lanes not named)"].contains(&name) || is_pseudonym("lane", name);
        if is_plain { name.to_owned() } else { self.numbered("lane", name) }
    }

    fn pool(&mut self, id: &str) -> String {
        if let Some(known) = self.pools.get(id) {
            return known.clone();
        }
        if self.pools.values().any(|told| told == id) {
            return id.to_owned();
        }
        let mut parts = id.splitn(2, '/');
        let provider = self.provider(parts.next().unwrap_or(""));
        let (account, model) = parts.next().and_then(|rest| rest.rsplit_once('/')).unwrap_or(("-", "*"));
        let told = format!("{provider}/{}/{}", self.account(account), self.model(model));
        self.pools.insert(id.to_owned(), told.clone());
        told
    }

    fn path(&mut self, path: &str) -> String {
        let key = ("path", path.to_owned());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let told = paths::told(path, |component| self.numbered("name", component));
        self.names.insert(key, told.clone());
        told
    }

    fn request_id(&mut self, id: &str) -> String {
        if vocabulary::is_request_id(id) { id.to_owned() } else { self.numbered("request", id) }
    }

    /// What somebody else wrote: known words only.
    fn said(&mut self, text: &str) -> String {
        let (told, hidden) = vocabulary::known_words(text);
        if hidden > 0 {
            *self.redacted.entry("words of error texts".to_owned()).or_insert(0) += hidden;
        }
        told
    }

    /// A sentence of ours: names replaced, what stands between quotation marks reduced to known words.
    fn prose(&mut self, text: &str) -> String {
        let text = self.labels.replaced(text);
        if !text.contains('"') {
            return text.into_owned();
        }
        // An odd mark is one inside a quotation: then all from the first to the last is somebody else's.
        let (Some(first), Some(last)) = (text.find('"'), text.rfind('"')) else { return text.into_owned() };
        if first == last {
            return format!("{}\"{}", &text[..first], self.said(&text[first + 1..]));
        }
        format!("{}\"{}\"{}", &text[..first], self.said(&text[first + 1..last]), &text[last + 1..])
    }
}

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
        document.episodes[0].lanes[0].name = "bobs-agent".to_owned();
        document.episodes[0].evidence[0].says =
            "refusals say (\"quota exceeded for Bob's novel, try again later\").".to_owned();
        let mut leaving = Leaving::of(&document);
        let out = leaving.document(document);
        assert_eq!(out.pools[0].models, ["kimi-for-coding", "model-1"]);
        assert_eq!(out.inputs[0].path, "name-1/name-2/kimi.log");
        assert_eq!(out.notes[0], "name-1/name-2/kimi.log of account-1 has model-1 in it");
        assert!(out.episodes[0].lanes[0].name.starts_with("lane-"));
        assert_eq!(out.episodes[0].evidence[0].says, "refusals say (\"quota exceeded for …'s …, try again later\").");
        assert_eq!(out.redacted.get("account names"), Some(&1));
    }

    #[test]
    fn leaving_twice_changes_nothing_more() {
        for (name, document) in sample::all() {
            let once = Leaving::of(&document).document(document);
            let twice = Leaving::of(&once).document(once.clone());
            assert_eq!(
                crate::report::json::render(&Document { redacted: BTreeMap::new(), ..once }).unwrap(),
                crate::report::json::render(&Document { redacted: BTreeMap::new(), ..twice }).unwrap(),
                "{name}"
            );
        }
    }
}
