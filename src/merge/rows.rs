//! The rows of all files, with ids of one text table.

use std::collections::BTreeSet;

use crate::formats::{ClientTraits, FormatInfo, Naming, traits_of};
use crate::input::InputFile;
use crate::model::{Attempt, TextId, Texts};

/// What the steps work on.
#[derive(Debug, Default)]
pub struct Rows {
    /// Attempts.
    pub attempts: Vec<Attempt>,
    /// Requests that are open at the end of their logs.
    pub open: Vec<Attempt>,
    /// The texts of both.
    pub texts: Texts,
    /// What each file names for its rows, by file id.
    pub files: Vec<FileNames>,
}

/// What a file names for its rows.
#[derive(Debug, Default)]
pub struct FileNames {
    /// Its format, if it is a log.
    pub log: Option<&'static FormatInfo>,
    /// The provider that it names for all of its rows.
    pub provider: Option<TextId>,
    /// Models and providers that it names for sessions.
    pub naming: Vec<Naming>,
}

impl Rows {
    /// Takes the rows out of the files. The first file's own list is taken over: it may be all there is.
    pub fn take(files: &mut [InputFile]) -> Self {
        let total: usize = files.iter().map(|f| f.parsed.attempts.len()).sum();
        let mut rows = Self::default();
        for file in files {
            let map = rows.texts.absorb(&std::mem::take(&mut file.parsed.texts));
            let mut attempts = std::mem::take(&mut file.parsed.attempts);
            let mut open = std::mem::take(&mut file.parsed.open);
            let is_same = map.iter().enumerate().all(|(place, id)| id.index() == place);
            if !is_same {
                attempts.iter_mut().chain(&mut open).for_each(|a| remap(a, &map));
            }
            rows.open.append(&mut open);
            append(&mut rows.attempts, attempts, total);
            rows.files.push(FileNames {
                log: file.log,
                provider: file.parsed.provider.as_deref().map(|p| rows.texts.intern(p)),
                naming: std::mem::take(&mut file.parsed.naming),
            });
        }
        rows
    }

    /// The clients of the attempts of which this is known.
    pub(super) fn clients_with(&self, is: impl Fn(ClientTraits) -> bool) -> BTreeSet<TextId> {
        let clients: BTreeSet<TextId> = self.attempts.iter().map(|a| a.client).collect();
        clients.into_iter().filter(|c| is(traits_of(self.texts.get(*c)))).collect()
    }

    /// Keeps the rows whose places are not marked. Answers how many went.
    pub(super) fn retain_unmarked(&mut self, gone: &[bool]) -> usize {
        let before = self.attempts.len();
        if gone.contains(&true) {
            let mut at = 0..;
            self.attempts.retain(|_| at.next().is_none_or(|i: usize| !gone[i]));
        }
        before - self.attempts.len()
    }
}

/// Appends a file's attempts to those of all, of which there will be so many.
fn append(all: &mut Vec<Attempt>, mut attempts: Vec<Attempt>, total: usize) {
    if all.is_empty() {
        *all = attempts;
        all.reserve_exact(total - all.len());
    } else {
        all.append(&mut attempts);
    }
}

fn remap(a: &mut Attempt, map: &[TextId]) {
    a.client = map[a.client.index()];
    let optional = [
        &mut a.provider,
        &mut a.account,
        &mut a.model,
        &mut a.session,
        &mut a.agent,
        &mut a.error_kind,
        &mut a.error_message,
        &mut a.request_id,
    ];
    for id in optional.into_iter().flatten() {
        *id = map[id.index()];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::canonical::Canonical;
    use crate::merge::testing::numbered;

    #[test]
    fn the_texts_of_two_files_are_one_table() {
        let line = |agent: &str| {
            format!("{{\"start\":1772554740.5,\"status\":429,\"session\":\"s\",\"agent\":\"{agent}\"}}\n")
        };
        let mut files = [
            numbered(&Canonical, "a.jsonl", line("one").as_bytes(), 0),
            numbered(&Canonical, "b.jsonl", line("two").as_bytes(), 1),
        ];
        let rows = Rows::take(&mut files);
        let agents: Vec<&str> = rows.attempts.iter().map(|a| rows.texts.get(a.agent.unwrap())).collect();
        assert_eq!(agents, ["one", "two"]);
        assert_eq!(rows.attempts[0].session, rows.attempts[1].session);
        assert!(files.iter().all(|f| f.parsed.attempts.is_empty()));
    }
}
