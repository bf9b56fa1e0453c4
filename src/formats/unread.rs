//! Files that are known and not read: what they are, and why nothing can be had from them.
//!
//! In: the head of a file, or a database's tables, that no format recognised. Out: whose it is and why it is not read, which the
//! report says, so that a user does not take silence for health. To add one, add a row; a format that learns to read it replaces the row.

use super::Head;
use super::database::Schema;

/// A kind of file that is not read.
#[derive(Debug)]
pub struct Unread {
    /// The program.
    pub program: &'static str,
    /// Where it lives, as a rule (Linux, macOS; Windows where that differs).
    pub lives: &'static [&'static str],
    /// Why nothing is read: a clause after "not read, because".
    pub why: &'static str,
    /// How this was established.
    pub established: &'static str,
    /// All of these are in the head without white space, the first one within its first 400 bytes.
    marks: &'static [&'static str],
    /// A line begins with this: one with a date before it is another's.
    lines: Option<&'static str>,
    /// A table, and columns of it that all are there.
    table: Option<(&'static str, &'static [&'static str])>,
}

/// Every kind, by program.
pub static UNREAD: &[Unread] = &[
    Unread {
        program: "Amp (threads)",
        lives: &[
            "~/.local/share/amp/threads/T-*.json (Linux, macOS)",
            r"%USERPROFILE%\.local\share\amp\threads (Windows)",
        ],
        why: "its messages have no times, failures are not among their documented states, and the program talks to its own service, so it could not be run here",
        established: "read (two public programs that read it); not run",
        marks: &["\"id\":\"T-", "\"created\":", "\"messages\":["],
        lines: None,
        table: None,
    },
    Unread {
        program: "Codex (rollouts before about 0.32)",
        lives: &[
            "~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl (Linux, macOS)",
            r"%USERPROFILE%\.codex\sessions (Windows)",
        ],
        why: "only its first record has a time, and no failure was written there",
        established: "reported; not run",
        marks: &["{\"id\":\"", "\"timestamp\":\"", "\"instructions\":", "{\"type\":\"message\",", "\"role\":\"user\""],
        lines: None,
        table: None,
    },
    Unread {
        program: "Continue (sessions)",
        lives: &["~/.continue/sessions/<id>.json (Linux, macOS)", r"%USERPROFILE%\.continue\sessions (Windows)"],
        why: "its history has neither times nor failures; its dev data holds answers' tokens only",
        established: "read (the package of its terminal program, 1.5.47); not run",
        marks: &["\"sessionId\":\"", "\"workspaceDirectory\":", "\"history\":["],
        lines: None,
        table: None,
    },
    Unread {
        program: "Gemini CLI (prompts and saved checkpoints)",
        lives: &[
            "~/.gemini/tmp/<project>/logs.json, checkpoint-*.json (Linux, macOS)",
            r"%USERPROFILE%\.gemini\tmp (Windows)",
        ],
        why: "it holds prompts only, no requests; the chats and the telemetry file beside it are read",
        established: "read (research/log-formats.md); not run",
        marks: &["[{\"sessionId\":\"", "\"messageId\":", "\"type\":\"user\""],
        lines: None,
        table: None,
    },
    Unread {
        program: "Goose (session of older versions)",
        lives: &[
            "~/.local/share/goose/sessions/*.jsonl (Linux, macOS)",
            r"%APPDATA%\Block\goose\data\sessions (Windows)",
        ],
        why: "a failure is a sentence in an answer's place there, and nothing distinguishes it from what a model wrote",
        established: "read (its documentation); not run",
        marks: &["{\"working_dir\":", "\"message_count\":", "\"total_tokens\":"],
        lines: None,
        table: None,
    },
    Unread {
        program: "Goose (sessions database)",
        lives: &[
            "~/.local/share/goose/sessions/sessions.db (Linux, macOS)",
            r"%APPDATA%\Block\goose\data\sessions (Windows)",
        ],
        why: "a failure is a sentence in an answer's place there, and nothing distinguishes it from what a model wrote",
        established: "read (tables in its source); not run: it is in no registry that was at hand",
        marks: &[],
        lines: None,
        table: Some(("messages", &["session_id", "role", "content_json", "created_timestamp"])),
    },
    Unread {
        program: "httpx or an SDK on it (logging's plain format)",
        lives: &["standard error of your program, wherever it is sent (Linux, macOS, Windows)"],
        why: "its lines have no time; a logging format with %(asctime)s gives them one",
        established: "run (httpx)",
        marks: &["INFO:httpx:HTTPRequest:POST"],
        lines: Some("INFO:httpx:HTTPRequest:"),
        table: None,
    },
    Unread {
        program: "uvicorn, as LiteLLM's proxy without json_logs",
        lives: &["standard output of the server, wherever it is sent (Linux, macOS, Windows)"],
        why: "its lines have no time; json_logs: true of LiteLLM gives them one",
        established: "run (litellm 1.106.2)",
        marks: &["INFO:", "-\"POST/v1/"],
        lines: Some("INFO:"),
        table: None,
    },
];

/// Lines that are asked for their beginning.
const LINES: usize = 400;

/// Bytes of a head that are looked at, without white space.
const LOOKED_AT: usize = 4096;

/// Whose file this is, if it is one of these.
pub fn of_head(head: &Head<'_>) -> Option<&'static Unread> {
    let start: Vec<u8> = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(LOOKED_AT).collect();
    let at = |mark: &str| memchr::memmem::find(&start, mark.as_bytes());
    let begins = |mark: &str| {
        let mut lines = head.lines(LINES);
        lines.any(|l| l.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(mark.len()).eq(mark.bytes()))
    };
    UNREAD.iter().filter(|u| u.lines.is_none_or(begins)).find(|u| {
        u.marks.first().is_some_and(|m| at(m).is_some_and(|n| n < 400)) && u.marks.iter().all(|m| at(m).is_some())
    })
}

/// Whose database this is, if it is one of these.
pub fn of_schema(schema: &Schema) -> Option<&'static Unread> {
    UNREAD.iter().find(|u| u.table.is_some_and(|(table, columns)| schema.count(table, columns) == columns.len()))
}

impl Unread {
    /// The sentence for the report.
    pub fn says(&self) -> String {
        format!("looks like {}; not read, because {}", self.program, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::database;

    fn program(text: &str) -> Option<&'static str> {
        of_head(&Head { bytes: text.as_bytes() }).map(|u| u.program)
    }

    #[test]
    fn logs_without_times_are_known_by_name() {
        let httpx = "DEBUG:root:x\nINFO:httpx:HTTP Request: POST https://api.openai.com/v1/responses \"HTTP/1.1 429 Too Many Requests\"\n";
        assert_eq!(program(httpx), Some("httpx or an SDK on it (logging's plain format)"));
        let uvicorn = "INFO:     Started server process [7]\nINFO:     127.0.0.1:35390 - \"POST /v1/chat/completions HTTP/1.1\" 429 Too Many Requests\n";
        assert_eq!(program(uvicorn), Some("uvicorn, as LiteLLM's proxy without json_logs"));
        let old = "{\"id\":\"a\",\"timestamp\":\"2025-08-01T00:00:00Z\",\"instructions\":null}\n{\"type\":\"message\",\"id\":null,\"role\":\"user\",\"content\":[]}\n";
        assert_eq!(program(old), Some("Codex (rollouts before about 0.32)"));
        assert_eq!(program("INFO: all is well\n"), None);
    }

    #[test]
    fn each_is_known_by_its_own_structure() {
        let amp = "{\n  \"v\": 3,\n  \"id\": \"T-019b9d03\",\n  \"created\": 1767865803494,\n  \"messages\": [{\"role\": \"user\"}]}";
        assert_eq!(program(amp), Some("Amp (threads)"));
        let session =
            r#"{"sessionId":"a","title":"t","workspaceDirectory":"/x","history":[{"message":{"role":"user"}}]}"#;
        assert_eq!(program(session), Some("Continue (sessions)"));
        let prompts = r#"[ { "sessionId": "s", "messageId": 0, "type": "user", "message": "hi", "timestamp": "2026-01-02T03:04:00Z" } ]"#;
        assert_eq!(program(prompts), Some("Gemini CLI (prompts and saved checkpoints)"));
        let goose = r#"{"working_dir":"/x","description":"d","message_count":2,"total_tokens":10}"#;
        assert_eq!(program(goose), Some("Goose (session of older versions)"));
        let db = database(
            "CREATE TABLE sessions (id TEXT); CREATE TABLE messages (id INTEGER, session_id TEXT, role TEXT, content_json TEXT, created_timestamp INTEGER);",
        );
        assert_eq!(of_schema(&Schema::of(&db).unwrap()).map(|u| u.program), Some("Goose (sessions database)"));
    }

    #[test]
    fn other_files_are_none_of_these() {
        let quoted =
            format!("{{\"note\":\"{}\",\"text\":\"{{'id':'T-1','created':1,'messages':[]}}\"}}", "x".repeat(500));
        for text in ["", "{}", "[]", "{\"id\":\"T-1\"}", "plain", &quoted, "{\"sessionId\":\"a\",\"history\":1}"] {
            assert_eq!(program(text), None, "{text}");
        }
        let db = database("CREATE TABLE messages (id INTEGER, role TEXT);");
        assert!(of_schema(&Schema::of(&db).unwrap()).is_none());
    }
}
