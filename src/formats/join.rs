//! Joins what the pieces of one file gave.

use super::sink::{FURTHER_PROBLEMS, PROBLEM_KINDS, Parsed, UNKNOWN_KEYS};
use crate::model::{Attempt, Problem, SourceRef, TextId};

impl Parsed {
    /// Joins the next piece of the same file, whose first line is the one after `lines_before`. The result is what one
    /// parser would have given for both, as long as the bounds on kinds of problems and keys are not reached.
    pub fn join(&mut self, next: Self, lines_before: u64) {
        let ids = self.texts.absorb(&next.texts);
        self.attempts.extend(next.attempts.into_iter().map(|a| shift(a, &ids, lines_before)));
        self.snapshots.extend(next.snapshots.into_iter().map(|mut s| {
            s.source = shift_source(s.source, lines_before);
            s
        }));
        for problem in next.problems {
            self.join_problem(Problem { line: problem.line + lines_before, ..problem });
        }
        self.problems.sort_by(|a, b| (a.line, &a.reason).cmp(&(b.line, &b.reason)));
        self.records += next.records;
        for (key, count) in next.unknown_keys {
            if self.unknown_keys.len() < UNKNOWN_KEYS || self.unknown_keys.contains_key(&key) {
                *self.unknown_keys.entry(key).or_insert(0) += count;
            }
        }
        self.local_time |= next.local_time;
        self.proven_offset_s = self.proven_offset_s.or(next.proven_offset_s);
        for (field, key) in next.mapped {
            self.mapped.entry(field).or_insert(key);
        }
        self.unanswered += next.unanswered;
        self.open.extend(next.open.into_iter().map(|a| shift(a, &ids, lines_before)));
        self.skipped += next.skipped;
        self.other_requests += next.other_requests;
        self.span = match (self.span, next.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.provider = next.provider.or(self.provider.take());
        self.drift.join(next.drift, lines_before);
    }

    fn join_problem(&mut self, problem: Problem) {
        let full = self.problems.len() >= PROBLEM_KINDS;
        let known = |p: &Problem, reason: &str| p.reason == reason;
        let at = self.problems.iter().position(|p| known(p, &problem.reason));
        let at = at.or_else(|| self.problems.iter().position(|p| full && known(p, FURTHER_PROBLEMS)));
        match at {
            Some(at) => self.problems[at].count += problem.count,
            None if full => self.problems.push(Problem { reason: FURTHER_PROBLEMS.to_owned(), ..problem }),
            None => self.problems.push(problem),
        }
    }
}

fn shift_source(source: SourceRef, lines: u64) -> SourceRef {
    let line = u64::from(source.line) + lines;
    SourceRef { line: u32::try_from(line).unwrap_or(u32::MAX), ..source }
}

/// An attempt of a later piece, with the joined table's ids and the file's line.
fn shift(attempt: Attempt, ids: &[TextId], lines: u64) -> Attempt {
    let id = |old: Option<TextId>| old.and_then(|t| ids.get(t.index()).copied());
    Attempt {
        client: ids.get(attempt.client.index()).copied().unwrap_or(attempt.client),
        provider: id(attempt.provider),
        account: id(attempt.account),
        model: id(attempt.model),
        session: id(attempt.session),
        agent: id(attempt.agent),
        error_kind: id(attempt.error_kind),
        error_message: id(attempt.error_message),
        request_id: id(attempt.request_id),
        source: shift_source(attempt.source, lines),
        also: attempt.also.map(|s| shift_source(s, lines)),
        ..attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{FormatInfo, Sink};
    use crate::model::{FileId, Record, Snapshot, Time};

    static INFO: FormatInfo = FormatInfo {
        id: "test",
        client: "test",
        client_traits: crate::formats::ClientTraits::PLAIN,
        rank: 0,
        merge_tolerance_s: 0.0,
        program: "",
        lives: &[],
        shows: "",
        not_logged: "",
        established: "run",
    };

    /// Lines `from..to` of one file, numbered from `first`.
    fn piece(from: u64, to: u64, first: u64) -> Parsed {
        let mut sink = Sink::new(FileId(2), &INFO);
        for n in from..to {
            let line = n - from + first;
            let session = format!("s{}", n % 7);
            sink.count_record();
            if n % 5 == 0 {
                sink.problem(line, if n % 2 == 0 { "even" } else { "odd" });
                sink.unknown_key("colour");
                let source = sink.source(line);
                sink.snapshot(Snapshot {
                    provider: None,
                    account: None,
                    owner: None,
                    captured: None,
                    state: crate::model::QuotaState::default(),
                    source,
                });
            } else {
                let start = Time::from_secs(1_772_554_740.0 + n as f64);
                let model = if n > 20 { Some("late") } else { None };
                sink.attempt(Record {
                    start,
                    status: Some(429),
                    session: Some(&session),
                    model,
                    line,
                    ..Record::default()
                });
            }
        }
        sink.into_parsed()
    }

    #[test]
    fn pieces_joined_are_what_the_whole_is() {
        let whole = piece(1, 50, 1);
        for cuts in [vec![1, 50], vec![1, 2, 50], vec![1, 10, 11, 33, 50]] {
            let mut joined = Parsed::default();
            for pair in cuts.windows(2) {
                joined.join(piece(pair[0], pair[1], 1), pair[0] - 1);
            }
            assert_eq!(format!("{:?}", joined.attempts), format!("{:?}", whole.attempts));
            assert_eq!(joined.snapshots, whole.snapshots);
            assert_eq!(joined.problems, whole.problems);
            assert_eq!(joined.span, whole.span);
            assert_eq!((joined.records, &joined.unknown_keys), (whole.records, &whole.unknown_keys));
            assert_eq!(joined.texts.len(), whole.texts.len());
            for attempt in &whole.attempts {
                let id = attempt.session.unwrap();
                assert_eq!(joined.texts.get(id), whole.texts.get(id));
            }
        }
    }

    #[test]
    fn kinds_of_problems_stay_bounded() {
        let many = |from: u64| {
            let mut sink = Sink::new(FileId(0), &INFO);
            (0..30).for_each(|n| sink.problem(n + 1, &format!("kind {}", from + n)));
            sink.into_parsed()
        };
        let mut joined = many(0);
        joined.join(many(100), 30);
        assert_eq!(joined.problems.len(), PROBLEM_KINDS + 1);
        assert_eq!(joined.problems.iter().map(|p| p.count).sum::<u64>(), 60);
        assert_eq!(joined.problems.last().map(|p| (p.reason.as_str(), p.line)), Some((FURTHER_PROBLEMS, 41)));
    }
}
