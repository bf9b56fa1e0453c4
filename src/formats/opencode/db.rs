//! `opencode.db`: the messages of all sessions.
//!
//! In: the table `message`, whose `data` is JSON. Out: a row for each of the assistant's messages that ended, with tokens,
//! and with status and headers where it failed. Attempts that were retried inside a message are not logged. A forked
//! session copies its parent's messages: of equal times and tokens the first one counts.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

use super::{TOLERANCE_S, provider as provider_of};
use crate::formats::database::{DatabaseFormat, Schema};
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "opencode-db",
    client: "opencode",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 2,
    merge_tolerance_s: TOLERANCE_S,
    program: "opencode 1.18.33 (opencode.db)",
    lives: &[
        "~/.local/share/opencode/opencode.db with -wal (Linux, macOS)",
        r"%USERPROFILE%\.local\share\opencode\opencode.db (Windows)",
        "XDG_DATA_HOME moves ~/.local/share",
        "OPENCODE_DB moves the file",
    ],
    shows: "each message with session, agent, model, tokens and times; the failure that ended a message, with status and headers",
    not_logged: "every failure that was retried with success (6 of 6 in a recording): no failure here is no sign of health; requests for titles; what stood only in a -wal file that was not copied",
    established: "run (1.18.33 against a local server)",
};

/// The database of opencode.
#[derive(Debug)]
pub struct OpencodeDb;

/// A message of the assistant or the user, in the database or in a file of its own.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) role: Option<String>,
    agent: Option<String>,
    mode: Option<String>,
    #[serde(rename = "modelID")]
    model: Option<String>,
    #[serde(rename = "providerID")]
    provider: Option<String>,
    time: Option<Times>,
    tokens: Option<Tokens>,
    error: Option<Failed>,
    finish: Option<String>,
}

#[derive(Deserialize)]
struct Times {
    created: Option<f64>,
    completed: Option<f64>,
}

#[derive(Deserialize, Hash)]
struct Tokens {
    input: Option<u64>,
    output: Option<u64>,
    reasoning: Option<u64>,
    cache: Option<Cache>,
}

#[derive(Deserialize, Hash)]
struct Cache {
    read: Option<u64>,
    write: Option<u64>,
}

#[derive(Deserialize)]
struct Failed {
    name: Option<String>,
    data: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    message: Option<String>,
    #[serde(rename = "statusCode")]
    status: Option<u16>,
    #[serde(rename = "responseHeaders")]
    headers: Option<Value>,
}

impl DatabaseFormat for OpencodeDb {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        let columns = schema.count("message", &["id", "session_id", "data", "time_created"]);
        // An extract may lack the parts.
        schema.has("session") && schema.has("message") && (columns == 4 || (columns == 3 && schema.has("part")))
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[("message", "id"), ("message", "session_id"), ("message", "data")]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        if let Ok(version) =
            db.query_row("SELECT version FROM session ORDER BY rowid DESC LIMIT 1", [], |r| r.get::<_, String>(0))
        {
            sink.note_version(&version);
        }
        let mut messages = db.prepare("SELECT rowid, id, session_id, data FROM message ORDER BY rowid")?;
        let mut messages = messages.query([])?;
        let mut seen = Seen::default();
        while let Some(row) = messages.next()? {
            let number = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
            sink.count_record();
            let fields =
                || -> rusqlite::Result<(String, String, String)> { Ok((row.get(1)?, row.get(2)?, row.get(3)?)) };
            let Ok((id, session, text)) = fields() else {
                sink.problem(number, "a row of another shape");
                continue;
            };
            let Ok(message) = serde_json::from_str::<Message>(&text) else {
                sink.problem(number, "a message whose fields cannot be read");
                continue;
            };
            sink.need(number, "role", message.role.is_some());
            if message.role.as_deref() == Some("assistant") {
                one(&message, (&id, &session), number, &mut seen, sink);
            }
        }
        Ok(())
    }
}

/// What was read so far: the messages, since a fork copies them, and the limits in their headers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    messages: HashSet<u64>,
    meters: Meters,
}

/// The row of an assistant's message.
pub(super) fn one(message: &Message, (id, session): (&str, &str), number: u64, seen: &mut Seen, sink: &mut Sink) {
    let time = message.time.as_ref();
    let instant = |ms: Option<f64>| ms.and_then(|ms| Time::from_secs(ms / 1000.0));
    let created = instant(time.and_then(|t| t.created));
    sink.need(number, "created", created.is_some());
    sink.need(number, "tokens", message.tokens.is_some());
    sink.need(number, "providerID", message.provider.is_some());
    let Some(completed) = instant(time.and_then(|t| t.completed)) else {
        sink.open(Record {
            start: created,
            session: Some(session),
            provider: message.provider.as_deref().map(provider_of),
            model: message.model.as_deref(),
            agent: message.agent.as_deref().or(message.mode.as_deref()),
            fidelity: Fidelity::Collapsed,
            line: number,
            ..Record::default()
        });
        return;
    };
    let mut hasher = DefaultHasher::new();
    (created.map(Time::micros), completed.micros(), &message.tokens, &message.model).hash(&mut hasher);
    if created.is_some() && !seen.messages.insert(hasher.finish()) {
        return;
    }
    let failed = message.error.as_ref();
    if failed.and_then(|e| e.name.as_deref()).is_some_and(|n| n.contains("Abort")) {
        sink.count_unanswered();
        return;
    }
    let tokens = message.tokens.as_ref().filter(|_| failed.is_none());
    let cache = tokens.and_then(|t| t.cache.as_ref());
    let nothing = tokens.is_some_and(|t| t.input == Some(0) && t.output == Some(0));
    let broke_off = failed.is_none() && nothing && message.finish.as_deref() == Some("unknown");
    let tokens = tokens.filter(|_| !broke_off);
    let detail = failed.and_then(|e| e.data.as_ref());
    let mut headers = Headers::default();
    if let Some(answer_headers) = detail.and_then(|d| d.headers.as_ref()?.as_object()) {
        headers.take_json(answer_headers);
    }
    let provider = message.provider.as_deref().map(provider_of);
    seen.meters.take(&headers, (completed, number), provider, sink);
    let tried = created.map_or(1, |c| at_most(completed.since(c)));
    sink.attempt(Record {
        // The message is made before the first attempt; the log knows when the last one began.
        start: None,
        start_low: created,
        end: Some(completed),
        row_outcome: if failed.is_some() || broke_off { RowOutcome::Error } else { RowOutcome::Ok },
        status: detail.and_then(|d| d.status),
        broke_off,
        error: ErrorFields {
            kind: failed.and_then(|e| e.name.as_deref()),
            message: detail.and_then(|d| d.message.as_deref()),
        },
        retry_after_s: if failed.is_some() { headers.retry_after_s(Some(completed)) } else { None },
        input_tokens: tokens.and_then(|t| t.input),
        output_tokens: tokens.and_then(|t| Some(t.output?.saturating_add(t.reasoning.unwrap_or(0)))),
        cache_read_tokens: cache.and_then(|_| tokens?.cache.as_ref()?.read),
        cache_write_tokens: cache.and_then(|_| tokens?.cache.as_ref()?.write),
        provider,
        model: message.model.as_deref(),
        session: Some(session),
        agent: message.agent.as_deref().or(message.mode.as_deref()),
        request_id: headers.request_id().filter(|_| failed.is_some()),
        same_as: Some(id),
        ended_work: failed.is_some(),
        at_most: tried,
        fidelity: Fidelity::Collapsed,
        line: number,
        ..Record::default()
    });
}

/// Attempts that fit into this many seconds: the client waits 2, 4, 8, 16 and then 30 seconds between them.
fn at_most(seconds: f64) -> u8 {
    let mut left = seconds;
    let mut tried = 1;
    for wait in [2.0, 4.0, 8.0, 16.0].into_iter().chain(std::iter::repeat(30.0)) {
        left -= wait;
        if left < 0.0 || tried == u8::MAX {
            break;
        }
        tried += 1;
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_hides_what_fits_into_its_time() {
        assert_eq!([0.0, 1.9, 2.0, 5.9, 6.0, 29.9, 30.0, 60.0, 1e9].map(at_most), [1, 1, 2, 2, 3, 4, 5, 6, 255]);
    }
}
