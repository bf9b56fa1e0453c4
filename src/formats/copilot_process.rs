//! GitHub Copilot CLI: `process-*.log`, the program's own log.
//!
//! In: framed lines. Out: a row for each request to the model that failed; answers are in the session's events. The file does not
//! name the session: a row of the events with the same time is the same.

use serde::Deserialize;

use super::copilot::TOLERANCE_S;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome};

static INFO: FormatInfo = FormatInfo {
    id: "copilot-process-log",
    client: "copilot-cli",
    client_traits: crate::formats::copilot::TRAITS,
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "GitHub Copilot CLI 1.0 (logs/process-*.log)",
    lives: &[
        "~/.copilot/logs/process-*.log (Linux, macOS)",
        r"%USERPROFILE%\.copilot\logs\... (Windows)",
        "COPILOT_HOME moves ~/.copilot",
    ],
    shows: "each request that failed, with its end and status",
    not_logged: "answers (the session's events have them), the text of an error, the session",
    established: "run (1.0.102)",
};

/// The fields on the line of a failed request.
const FAILED: &str = "Model provider request failed {";

/// Process logs.
#[derive(Debug)]
pub struct CopilotProcess;

impl LogFormat for CopilotProcess {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        // The program's own modules; any line of the head, since the first ones are about its start.
        let own = ["[rust:model_events::", "[rust:copilot_runtime::"];
        head.lines(400).any(|line| {
            let line = &line[..line.len().min(200)];
            parts(line).is_some_and(|(_, _, rest)| own.iter().any(|mark| rest.starts_with(mark)))
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["http_status", "failure_kind"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let name = place.upwards().next().unwrap_or_default();
        let name = name.split(".log").next().unwrap_or(name);
        Box::new(Parser { session: Place::session_of_folder(name) })
    }
}

/// Stamp, level and the rest of a line.
fn parts(line: &[u8]) -> Option<(&str, &str, &str)> {
    let line = std::str::from_utf8(line).ok().or_else(|| std::str::from_utf8(&line[..line.len().min(196)]).ok())?;
    let (stamp, rest) = line.split_once(" [")?;
    let (level, rest) = rest.split_once("] ")?;
    (stamp.len() == 24 && stamp.ends_with('Z')).then_some((stamp, level, rest))
}

#[derive(Deserialize)]
struct Failed {
    http_status: Option<u16>,
    failure_kind: Option<String>,
}

struct Parser {
    session: String,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if memchr::memmem::find(line, FAILED.as_bytes()).is_none() {
            return;
        }
        let Some((at, _, rest)) = parts(line) else { return };
        let (Some(at), true) = (stamp::rfc3339(at), rest.starts_with("[rust:")) else { return };
        let Some((_, failure)) = rest.split_once(FAILED) else { return };
        sink.count_record();
        sink.note_time(at);
        let Ok(failed) = serde_json::from_str::<Failed>(&format!("{{{failure}")) else {
            sink.problem(number, "a failed request whose fields cannot be read");
            return;
        };
        // A request that got no answer has no status.
        let is_answered = failed.failure_kind.as_deref().is_none_or(|kind| kind.starts_with("http"));
        sink.need(number, "failure_kind", failed.failure_kind.is_some());
        if is_answered {
            sink.need(number, "http_status", failed.http_status.is_some());
        }
        let unreached = !is_answered && failed.http_status.is_none();
        sink.attempt(Record {
            end: Some(at),
            row_outcome: RowOutcome::Error,
            status: failed.http_status,
            error: ErrorFields { kind: unreached.then_some("APIConnectionError"), message: None },
            unanswered: unreached,
            session: Some(&self.session),
            at_most: 1,
            fidelity: Fidelity::Inferred,
            line: number,
            ..Record::default()
        });
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse};

    const LOG: &str = "2026-11-30T23:19:35.525Z [INFO] starting\n\
        2026-11-30T23:19:35.525Z [DEBUG] [rust:copilot_runtime::session::run_attempt] Upstream model error response shape {\"status\":429}\n\
        2026-11-30T23:19:35.525Z [WARNING] [rust:model_events::producer] Model provider request failed {\"stage\":\"inference\",\"api_endpoint\":\"/chat/completions\",\"http_status\":429,\"failure_kind\":\"http_error\"}\n";

    #[test]
    fn each_failed_request_is_a_row_and_a_renamed_field_an_alarm() {
        assert_eq!(format_id(LOG), Some("copilot-process-log"));
        let parsed = parse(&CopilotProcess, "logs/process-1-2.log", LOG.as_bytes());
        let rows: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.is_refused(), a.at_most)).collect();
        assert_eq!((rows, parsed.problems.len()), (vec![(Some(429), true, 1)], 0));
        for field in CopilotProcess.needs() {
            let renamed = LOG.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            let problems = parse(&CopilotProcess, "x", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("does not know")), "{field}: {problems:?}");
        }
        let quoted = "2026-11-30T23:19:35.525Z [INFO] tool said: Model provider request failed {\"http_status\":429}\n";
        assert_eq!(parse(&CopilotProcess, "x", quoted.as_bytes()).attempts.len(), 0);
    }
}
