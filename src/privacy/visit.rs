//! Walks every text of a document once: to mask secrets, or to replace account labels.
//!
//! Ids, stamps and words of the schema are walked as well; no rule matches them. A test counts the texts against the
//! document's JSON, so that a new field cannot be forgotten.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use crate::document::chart::Chart;
use crate::document::{Document, Episode, Estimates, IsolatedRefusal, Outlook, Source};
use crate::privacy::accounts::Accounts;
use crate::privacy::redact::{mask_counting, mask_name_counting};
use crate::privacy::shared::Pseudonyms;

type Visit<'f> = dyn FnMut(&mut String) + 'f;

impl Document {
    /// The document with keys, tokens, e-mails, home folders and account ids masked in every text; accounts that were
    /// labelled so stay distinct.
    #[must_use]
    pub fn masked(mut self) -> Self {
        let accounts = Accounts::of(self.pools.iter().map(|p| (p.id.as_str(), p.account.as_str())));
        let mut counts = accounts.counts().clone();
        let names = self.names();
        self.each_text(&mut |text| {
            let is_name = names.contains(text);
            if let Cow::Owned(replaced) = accounts.replaced(text) {
                *text = replaced;
            }
            let masked = if is_name { mask_name_counting(text, &mut counts) } else { mask_counting(text, &mut counts) };
            if let Cow::Owned(masked) = masked {
                *text = masked;
            }
        });
        for (kind, n) in counts {
            *self.redacted.entry(kind.id().to_owned()).or_insert(0) += n;
        }
        self
    }

    /// The document as it may leave the house: names as pseudonyms, error texts reduced to known words.
    #[must_use]
    pub fn shared(self) -> Self {
        Pseudonyms::of(&self).document(self)
    }

    /// Names that clients give. They may look random as a key does, and are none.
    fn names(&self) -> HashSet<String> {
        let mut names: HashSet<String> = self.inputs.iter().map(|i| i.path.clone()).collect();
        names.extend(self.inputs.iter().filter_map(|i| i.sha256.clone()));
        for pool in &self.pools {
            names.extend([pool.id.clone(), pool.account.clone()]);
            names.extend(pool.models.iter().cloned());
        }
        for e in &self.episodes {
            names.extend(e.agents.iter().map(|l| l.name.clone()));
            if let Some(chart) = &e.chart {
                names.extend(chart.agents.iter().chain(chart.others.iter().map(|o| &o.1)).map(|l| l.name.clone()));
                names.extend(chart.request_ids.iter().map(|r| r.id.clone()));
            }
        }
        names
    }

    /// Visits every text of ours that names of a log may stand in. Ids, times and words of the schema are none.
    pub(crate) fn each_prose(&mut self, visit: &mut Visit<'_>) {
        self.inputs.iter_mut().flat_map(|i| &mut i.problems).for_each(|p| visit(&mut p.reason));
        for e in &mut self.episodes {
            visit(&mut e.sentence);
            visit(&mut e.headline);
            e.evidence.iter_mut().for_each(|evidence| visit(&mut evidence.statement));
            e.missing.iter_mut().for_each(&mut *visit);
            e.advice.now.iter_mut().chain(&mut e.advice.later).for_each(&mut *visit);
            [&mut e.outlook, &mut e.outlook_by_clock].into_iter().flatten().for_each(|o| outlook(o, visit));
            for fact in &mut e.facts {
                visit(&mut fact.label);
                visit(&mut fact.value);
            }
        }
        visit(&mut self.verdict.sentence);
        self.verdict.counts.iter_mut().for_each(&mut *visit);
        self.notes.iter_mut().for_each(&mut *visit);
        self.not_logged.iter_mut().for_each(&mut *visit);
    }

    /// Visits every text. Keys of maps are hypotheses and causes, never text of a log, and are not visited.
    pub(crate) fn each_text(&mut self, visit: &mut Visit<'_>) {
        for text in [&mut self.schema, &mut self.tool.name, &mut self.tool.version, &mut self.zone] {
            visit(text);
        }
        for input in &mut self.inputs {
            visit(&mut input.path);
            visit(&mut input.kind);
            some(&mut input.sha256, visit);
            some(&mut input.format, visit);
            input.problems.iter_mut().for_each(|p| visit(&mut p.reason));
        }
        some(&mut self.coverage.from, visit);
        some(&mut self.coverage.to, visit);
        for pool in &mut self.pools {
            visit(&mut pool.id);
            visit(&mut pool.provider);
            visit(&mut pool.account);
            pool.models.iter_mut().for_each(&mut *visit);
        }
        self.episodes.iter_mut().for_each(|e| episode(e, visit));
        self.isolated_refusals.iter_mut().for_each(|b| isolated_refusal(b, visit));
        some(&mut self.verdict.cause, visit);
        some(&mut self.verdict.episode, visit);
        visit(&mut self.verdict.sentence);
        self.verdict.counts.iter_mut().for_each(&mut *visit);
        for incident in &mut self.incidents {
            visit(&mut incident.id);
            incident.episodes.iter_mut().for_each(&mut *visit);
            visit(&mut incident.from);
            visit(&mut incident.to);
            incident.pools.iter_mut().for_each(&mut *visit);
        }
        self.notes.iter_mut().for_each(&mut *visit);
        self.not_logged.iter_mut().for_each(&mut *visit);
        for text in [&mut self.weights.name, &mut self.weights.version, &mut self.weights.made, &mut self.weights.note]
        {
            visit(text);
        }
        some(&mut self.now, visit);
    }
}

fn some(text: &mut Option<String>, visit: &mut Visit<'_>) {
    if let Some(text) = text {
        visit(text);
    }
}

fn sources(sources: &mut [Source], visit: &mut Visit<'_>) {
    sources.iter_mut().for_each(|s| visit(&mut s.path));
}

fn isolated_refusal(isolated_refusal: &mut IsolatedRefusal, visit: &mut Visit<'_>) {
    visit(&mut isolated_refusal.pool);
    visit(&mut isolated_refusal.at);
    some(&mut isolated_refusal.cause, visit);
    sources(&mut isolated_refusal.sources, visit);
}

fn episode(e: &mut Episode, visit: &mut Visit<'_>) {
    for text in [&mut e.id, &mut e.incident, &mut e.kind, &mut e.from, &mut e.to, &mut e.pool] {
        visit(text);
    }
    visit(&mut e.sentence);
    visit(&mut e.headline);
    for time in [&mut e.first_refusal, &mut e.last_refusal, &mut e.last_admission_before, &mut e.first_admission_after]
    {
        some(time, visit);
    }
    some(&mut e.verdict.scope.value, visit);
    for text in [&mut e.verdict.cause, &mut e.verdict.confidence, &mut e.verdict.group, &mut e.verdict.scope.kind] {
        visit(text);
    }
    e.verdict.between.iter_mut().flatten().for_each(|b| visit(&mut b.cause));
    e.causes.iter_mut().for_each(|c| visit(&mut c.cause));
    for evidence in &mut e.evidence {
        for text in
            [&mut evidence.id, &mut evidence.kind, &mut evidence.statement, &mut evidence.strength, &mut evidence.bin]
        {
            visit(text);
        }
        evidence.measured.values_mut().for_each(|value| measured(value, visit));
        some(&mut evidence.part_of, visit);
        evidence.supports.iter_mut().for_each(&mut *visit);
        evidence.against.iter_mut().for_each(&mut *visit);
        sources(&mut evidence.sources, visit);
    }
    e.missing.iter_mut().for_each(&mut *visit);
    estimates(&mut e.estimates, visit);
    e.advice.now.iter_mut().chain(&mut e.advice.later).for_each(&mut *visit);
    for o in [&mut e.outlook, &mut e.outlook_by_clock].into_iter().flatten() {
        outlook(o, visit);
        visit(&mut o.at);
        visit(&mut o.state);
        visit(&mut o.basis);
        if let Some(resume) = &mut o.resume_at {
            visit(&mut resume.earliest);
            some(&mut resume.best, visit);
            some(&mut resume.latest, visit);
        }
    }
    visit(&mut e.strip.from);
    for agent in &mut e.agents {
        visit(&mut agent.name);
        visit(&mut agent.first_refusal);
        visit(&mut agent.last_refusal);
    }
    for fact in &mut e.facts {
        visit(&mut fact.label);
        visit(&mut fact.value);
    }
    e.chart.iter_mut().for_each(|c| chart(c, visit));
}

/// Every text in a measured value.
fn measured(value: &mut Value, visit: &mut Visit<'_>) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(all) => all.iter_mut().for_each(|v| measured(v, visit)),
        Value::Object(fields) => fields.values_mut().for_each(|v| measured(v, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Sentences of an outlook.
fn outlook(o: &mut Outlook, visit: &mut Visit<'_>) {
    some(&mut o.sentence, visit);
    o.advice.iter_mut().for_each(&mut *visit);
}

/// Figures of a picture are not in JSON, but their texts leave too.
fn chart(chart: &mut Chart, visit: &mut Visit<'_>) {
    chart.agents.iter_mut().chain(chart.others.iter_mut().map(|o| &mut o.1)).for_each(|l| visit(&mut l.name));
    chart.used.iter_mut().for_each(|u| visit(&mut u.unit));
    for flag in &mut chart.flags {
        visit(&mut flag.at);
        flag.windows.iter_mut().for_each(|w| some(&mut w.resets_at, visit));
    }
    for message in &mut chart.messages {
        visit(&mut message.text);
        some(&mut message.kind, visit);
    }
    for refused in &mut chart.request_ids {
        visit(&mut refused.at);
        visit(&mut refused.id);
    }
}

fn estimates(estimates: &mut Estimates, visit: &mut Visit<'_>) {
    estimates.rate_per_minute.iter_mut().for_each(|rate| visit(&mut rate.unit));
    for quota in [&mut estimates.window_quota, &mut estimates.window_quota_or].into_iter().flatten() {
        visit(&mut quota.unit);
    }
    some(&mut estimates.window_kind, visit);
    for text in [&mut estimates.resets_at, &mut estimates.reset_source, &mut estimates.reset_zone] {
        some(text, visit);
    }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;
    use serde_json::Value;

    fn leaves(value: &Value) -> usize {
        match value {
            Value::String(_) => 1,
            Value::Array(items) => items.iter().map(leaves).sum(),
            Value::Object(fields) => fields.values().map(leaves).sum(),
            _ => 0,
        }
    }

    #[test]
    fn every_text_is_visited() {
        for (name, mut document) in sample::all() {
            let mut seen = 0;
            document.each_text(&mut |_| seen += 1);
            // A chart is not in the JSON of the document; its own texts are counted by its own JSON.
            let charts: usize =
                document.episodes.iter().map(|e| leaves(&serde_json::to_value(&e.chart).unwrap())).sum();
            assert_eq!(seen - charts, leaves(&serde_json::to_value(&document).unwrap()), "{name}");
        }
    }

    #[test]
    fn masking_leaves_a_clean_document_as_it_is() {
        let clean = sample::thread();
        assert_eq!(clean.clone().masked(), clean);
    }

    #[test]
    fn secrets_go_and_accounts_stay_until_asked() {
        let mut document = sample::thread();
        document.notes = vec!["read /home/alice/.kimi with key=abcdefgh for acct0".to_owned()];
        let masked = document.masked();
        assert_eq!(masked.redacted.get("keys and tokens"), Some(&1));
        assert_eq!(masked.notes[0], "read ~/.kimi with key=<secret> for acct0");
        let pseudonyms = masked.shared();
        assert_eq!(pseudonyms.notes[0], "read ~/.kimi with key=<secret> for account-1");
        assert_eq!(pseudonyms.pools[0].id, "kimi-code/account-1/*");
        assert_eq!(pseudonyms.episodes[0].pool, "kimi-code/account-1/*");
        assert!(!serde_json::to_string(&pseudonyms).unwrap().contains("acct0"));
    }
}
