//! Drift alarms: a client that renamed a field must not be read as silence.
//!
//! In: for each record of a known kind, whether a field that it must carry was there, and whether the kind of a line is
//! known at all. Out: one problem a file for each field that went missing, which names client and version.

use super::FormatInfo;
use crate::model::Problem;

/// A field that is missing in fewer than one record of this many is damage, not a new version.
const ONE_IN: u64 = 20;

/// Records without the field, one after the other at the end of the file, that are an alarm whatever came before:
/// the program was updated while this file was written.
const LAST_ALL: u64 = 3;

/// How often a field was there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    with: u64,
    without: u64,
    /// Records without it since the last one with it.
    run: u64,
    first_without: u64,
}

/// What was seen of the fields that a format needs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Drift {
    version: Option<String>,
    /// By name in the order of first sight: they are few, and asked for every record.
    fields: Vec<(&'static str, Seen)>,
    known: u64,
    unknown: u64,
    first_unknown: u64,
}

/// Most numbers of a version; an address of a machine has as many and is never there.
const VERSION_PARTS: usize = 4;

/// Most digits of one of them; a date has eight.
const VERSION_DIGITS: usize = 8;

impl Drift {
    /// Notes the version that the file names; the last one counts. Only its numbers: what follows them may name a build of
    /// a company's own.
    pub(super) fn version(&mut self, version: &str) {
        let plain = version.trim_start_matches('v');
        let numbers = plain.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or_default();
        let numbers = numbers.trim_end_matches('.');
        let mut parts = numbers.split('.');
        let is_one = parts.clone().count() <= VERSION_PARTS && parts.all(|p| (1..=VERSION_DIGITS).contains(&p.len()));
        if is_one && self.version.as_deref() != Some(numbers) {
            self.version = Some(numbers.to_owned());
        }
    }

    /// Notes whether a record that must carry `field` does.
    pub(super) fn need(&mut self, line: u64, field: &'static str, there: bool) {
        let seen = self.seen(field);
        if there {
            seen.with += 1;
            seen.run = 0;
            return;
        }
        if seen.without == 0 {
            seen.first_without = line;
        }
        seen.without += 1;
        seen.run += 1;
    }

    fn seen(&mut self, field: &'static str) -> &mut Seen {
        // The same constant is nearly always the same address, which is quicker to compare than its letters.
        let same = |f: &&'static str| std::ptr::eq(f.as_ptr(), field.as_ptr()) && f.len() == field.len();
        let at =
            self.fields.iter().position(|(f, _)| same(f)).or_else(|| self.fields.iter().position(|(f, _)| *f == field));
        let at = at.unwrap_or_else(|| {
            self.fields.push((field, Seen::default()));
            self.fields.len() - 1
        });
        &mut self.fields[at].1
    }

    /// Whether any record carried the field.
    #[cfg(test)]
    fn has_field(&self, field: &str) -> bool {
        self.fields.iter().any(|(f, s)| *f == field && s.with > 0)
    }

    /// Notes whether the kind of a line is known.
    pub(super) fn kind(&mut self, line: u64, known: bool) {
        if known {
            self.known += 1;
            return;
        }
        if self.unknown == 0 {
            self.first_unknown = line;
        }
        self.unknown += 1;
    }

    /// Adds what was seen in the next piece of the file.
    pub(super) fn join(&mut self, next: Self, lines_before: u64) {
        for (field, later) in next.fields {
            let seen = self.seen(field);
            if seen.without == 0 {
                seen.first_without = later.first_without + lines_before;
            }
            seen.run = if later.with == 0 { seen.run + later.run } else { later.run };
            seen.with += later.with;
            seen.without += later.without;
        }
        if self.unknown == 0 {
            self.first_unknown = next.first_unknown + lines_before;
        }
        self.known += next.known;
        self.unknown += next.unknown;
        self.version = next.version.or(self.version.take());
    }

    /// The alarms, if there is one.
    pub(super) fn alarms(&self, info: &FormatInfo) -> Vec<Problem> {
        let version = self.version.as_deref().unwrap_or("its version");
        let alarm = |line: u64, count: u64, what: String| Problem {
            line,
            reason: format!(
                "this file looks like {} ({}), but {version} wrote something this why429 does not know: {what}",
                info.client, info.id
            ),
            count,
        };
        let missing = self
            .fields
            .iter()
            .filter(|(_, s)| s.without > 0 && (s.without * ONE_IN >= s.with + s.without || s.run >= LAST_ALL));
        let mut alarms: Vec<Problem> = missing
            .map(|(field, s)| {
                let what = format!("{} of {} records lack `{field}`", s.without, s.with + s.without);
                alarm(s.first_without, s.without, what)
            })
            .collect();
        alarms.sort_by(|a, b| a.reason.cmp(&b.reason));
        if self.unknown > self.known {
            let what = format!("{} of {} lines are of no known kind", self.unknown, self.known + self.unknown);
            alarms.push(alarm(self.first_unknown, self.unknown, what));
        }
        alarms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::kimi_code::wire::KimiCodeWire;
    use crate::formats::testing::{parse, parse_unsettled, recorded_files};
    use crate::formats::{Head, LogFormat, recognise};
    use crate::model::FileId;

    fn reasons(drift: &Drift) -> Vec<(u64, u64, String)> {
        drift.alarms(KimiCodeWire.info()).into_iter().map(|p| (p.line, p.count, p.reason)).collect()
    }

    #[test]
    fn one_damaged_record_of_many_is_no_alarm_and_a_new_version_is() {
        let mut drift = Drift::default();
        drift.version("9.9.9");
        drift.version("evil \u{1b}[0m");
        for line in 0..100 {
            drift.need(line, "time", line != 7);
        }
        assert_eq!(reasons(&drift), []);
        for line in 100..103 {
            drift.need(line, "time", false);
        }
        let [(7, 4, reason)] = &reasons(&drift)[..] else { panic!("{drift:?}") };
        assert_eq!(
            reason,
            "this file looks like kimi-code (kimi-code-wire), but 9.9.9 wrote something this why429 does not know: \
             4 of 103 records lack `time`"
        );
    }

    #[test]
    fn pieces_are_the_whole() {
        let mut whole = Drift::default();
        let mut first = Drift::default();
        let mut second = Drift::default();
        for line in 0..10 {
            let (piece, at) = if line < 6 { (&mut first, line) } else { (&mut second, line - 6) };
            for (drift, at) in [(&mut whole, line), (piece, at)] {
                drift.need(at, "x", line < 5);
                drift.kind(at, line % 3 == 0);
            }
        }
        first.join(second, 6);
        assert_eq!(first, whole);
        assert_eq!(reasons(&whole).len(), 2);
    }

    /// Text whose parts have no names has other forms: of a stamp, of a line.
    const FORMS: &[(&str, &str, &str, &str)] = &[
        ("aider-chat", "started", "started at 20", "started at AD 20"),
        ("aider-llm", "TO LLM", "TO LLM 20", "TO LLM AD 20"),
        ("aider-llm", "LLM RESPONSE", "LLM RESPONSE 20", "LLM RESPONSE AD 20"),
        ("codex-tui-log", "LEVEL", "Z ", "Z level="),
        ("copilot-chat-log", "ccreq", " | ", " ; "),
        ("copilot-events", "session.usage_record", "session.usage_record\"", "session.usage\""),
        ("claude-code-transcript", "api-request", "\"type\":\"api-request\"", "\"type\":\"api-call\""),
        ("python-sdk", "HTTP/", " \"HTTP/", " \"http version "),
    ];

    /// The file with a field renamed, as a new version might.
    fn renamed_in(format: &str, field: &str, bytes: &[u8]) -> Vec<u8> {
        if format == "mitm-flows" {
            // Lengths precede their contents: the new name has as many letters.
            let (old, new) = (format!(":{field};"), format!(":{}X;", &field[..field.len() - 1]));
            let mut out = Vec::new();
            let mut rest = bytes;
            while let Some(at) = memchr::memmem::find(rest, old.as_bytes()) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(new.as_bytes());
                rest = &rest[at + old.len()..];
            }
            out.extend_from_slice(rest);
            return out;
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Some((_, _, old, new)) = FORMS.iter().find(|(id, name, _, _)| (*id, *name) == (format, field)) {
            return text.replace(old, new).into_bytes();
        }
        // Where one of several keys will do, all of them are renamed.
        let keys: &[&str] = match (format, field) {
            ("canonical", "start") => &["start", "end"],
            ("canonical", "status") => &["status", "outcome", "error_type"],
            ("nginx-access", "msec") => &["msec", "time"],
            ("nginx-access", "request_time") => &["request_time", "upstream_status"],
            _ => &[field],
        };
        keys.iter().fold(text, |text, key| key_renamed(text, key)).into_bytes()
    }

    fn key_renamed(text: String, field: &str) -> String {
        let marks = [("\"", "\":"), (" ", "="), ("(", "="), ("  ", "="), ("\\\"", "\\\":"), ("\"key\":\"", "\"")];
        let text = marks
            .iter()
            .fold(text, |t, (a, b)| t.replace(&format!("{a}{field}{b}"), &format!("{a}{field}New{b}")))
            .replace(&format!("\"key\": \"{field}\""), &format!("\"key\": \"{field}New\""));
        let text = text.strip_prefix(&format!("{field}=")).map_or(text.clone(), |rest| format!("{field}New={rest}"));
        text.replace(&format!("\n{field}="), &format!("\n{field}New="))
    }

    /// Formats of which no fixture is small enough, or that no fixture has.
    fn samples() -> Vec<(&'static str, String)> {
        let at = |n: u32| format!("2026-01-02T03:04:0{n}.123456Z");
        let tui =
            (0..4).map(|n| format!("{}  INFO codex_core::codex: Turn error: You've hit your usage limit.\n", at(n)));
        let proxy = |n: u32| {
            format!(
                "{{\"message\": \"127.0.0.1:1 - \\\"POST /v1/messages HTTP/1.1\\\" 429\", \"level\": \"INFO\", \
                 \"timestamp\": \"2026-03-03T16:19:0{n}\", \"component\": \"uvicorn.access\", \"logger\": \"h11_impl.py:477\"}}\n"
            )
        };
        let envoy = |n: u32| {
            format!(
                "{{\"start_time\":\"{}\",\"method\":\"POST\",\"path\":\"/v1/messages\",\"response_code\":429,\
                 \"response_flags\":\"RL\",\"duration\":3,\"authority\":\"api.anthropic.com\",\"request_id\":\"r\"}}\n",
                at(n)
            )
        };
        let qwen = |n: u32| {
            format!(
                "{{\n  \"hrTime\": [\n    1,\n    0\n  ],\n  \"attributes\": {{\n    \"session.id\": \"s\",\n    \"event.name\": \"qwen-code.api_response\",\n    \
                 \"event.timestamp\": \"{}\",\n    \"model\": \"m\",\n    \"duration_ms\": 26,\n    \"status_code\": 200,\n    \
                 \"input_token_count\": 9\n  }},\n  \"_body\": \"API response from m.\"\n}}\n",
                at(n)
            )
        };
        let chat = |n: u32| {
            format!(
                "2026-06-22 17:28:0{n}.500 [info] ccreq:4d22b1{n}.copilotmd | rateLimited | m -> m-1 | 35ms | [panel/editAgent]\n"
            )
        };
        let traefik = |n: u32| {
            format!(
                "{{\"DownstreamStatus\":429,\"Duration\":3000000,\"OriginStatus\":429,\"RequestHost\":\"h\",\
                 \"RequestMethod\":\"POST\",\"RequestPath\":\"/v1/messages\",\"RouterName\":\"r\",\"StartUTC\":\"{}\"}}\n",
                at(n)
            )
        };
        let kong = |n: u32| {
            format!(
                "{{\"latencies\":{{\"request\":3,\"kong\":1,\"proxy\":2}},\"client_ip\":\"a\",\"request\":{{\"method\":\"POST\",\
                 \"uri\":\"/v1/messages\"}},\"response\":{{\"status\":429}},\"tries\":[{{}}],\"service\":{{}},\"started_at\":177255474{n}000}}\n"
            )
        };
        let apisix = |n: u32| {
            format!(
                "{{\"apisix_latency\":1,\"latency\":3,\"upstream\":\"u\",\"request\":{{\"method\":\"POST\",\
                 \"uri\":\"/v1/messages\"}},\"response\":{{\"status\":429}},\"start_time\":177255474{n}000}}\n"
            )
        };
        let cloudtrail = |n: u32| {
            format!(
                "{{\"eventTime\":\"{}\",\"eventSource\":\"bedrock.amazonaws.com\",\"eventName\":\"Converse\",\
                 \"requestParameters\":{{\"modelId\":\"m\"}},\"errorCode\":\"ThrottlingException\"}}\n",
                at(n)
            )
        };
        let bedrock = |n: u32| {
            format!(
                "{{\"schemaType\":\"ModelInvocationLog\",\"schemaVersion\":\"1.0\",\"timestamp\":\"{}\",\"requestId\":\"r{n}\",\
                 \"operation\":\"Converse\",\"modelId\":\"m\",\"errorCode\":\"ThrottlingException\"}}\n",
                at(n)
            )
        };
        let audit = |n: u32| {
            format!(
                "{{\"insertId\":\"i{n}\",\"logName\":\"l\",\"protoPayload\":{{\"methodName\":\"a.PredictionService.GenerateContent\",\
                 \"resourceName\":\"p/models/m\",\"serviceName\":\"aiplatform.googleapis.com\",\"status\":{{\"code\":8}}}},\
                 \"receiveTimestamp\":\"x\",\"timestamp\":\"{}\"}}\n",
                at(n)
            )
        };
        let azure = |n: u32| {
            format!(
                "{{\"time\":\"{}\",\"category\":\"RequestResponse\",\"operationName\":\"ChatCompletions_Create\",\"durationMs\":3,\
                 \"resultSignature\":\"429\"}}\n",
                at(n)
            )
        };
        let cloudflare = |n: u32| {
            format!(
                "{{\"id\":\"i{n}\",\"created_at\":\"{}\",\"provider\":\"openai\",\"model\":\"m\",\"path\":\"v1/chat/completions\",\
                 \"duration\":3,\"request_content_type\":\"j\",\"status_code\":429,\"cached\":false,\"tokens_in\":0,\"tokens_out\":0}}\n",
                at(n)
            )
        };
        let crush = |n: u32| {
            format!(
                "{{\"time\":\"{}\",\"level\":\"WARN\",\"source\":{{\"function\":\"github.com/charmbracelet/crush/x\"}},\
                 \"msg\":\"OpenAI API error\",\"status_code\":429,\"message\":\"full\"}}\n",
                at(n)
            )
        };
        vec![
            ("crush-log", (1..4).map(crush).collect()),
            ("copilot-chat-log", (1..4).map(chat).collect()),
            ("codex-tui-log", tui.collect()),
            ("litellm-proxy", (1..4).map(proxy).collect()),
            ("envoy-access", (1..4).map(envoy).collect()),
            ("traefik-access", (1..4).map(traefik).collect()),
            ("kong-log", (1..4).map(kong).collect()),
            ("apisix-access", (1..4).map(apisix).collect()),
            ("cloudtrail", (1..4).map(cloudtrail).collect()),
            ("bedrock-invocations", (1..4).map(bedrock).collect()),
            ("google-audit-log", (1..4).map(audit).collect()),
            ("azure-monitor", (1..4).map(azure).collect()),
            ("cloudflare-ai-gateway", (1..4).map(cloudflare).collect()),
            ("qwen-telemetry", (1..4).map(qwen).collect()),
        ]
    }

    /// What a file holds, unpacked.
    fn content(path: &std::path::Path) -> Option<Vec<u8>> {
        use std::io::Read;
        let bytes = std::fs::read(path).ok()?;
        if path.extension().is_none_or(|e| e != "gz") {
            return Some(bytes);
        }
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut out).ok().map(|_| out)
    }

    /// Every fixture and recording, with each field renamed that its format needs, as a new version might. Each
    /// field of each format is met somewhere.
    #[test]
    fn a_renamed_field_is_an_alarm_in_every_format() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<(String, Vec<u8>)> =
            samples().into_iter().map(|(id, text)| (id.to_owned(), text.into_bytes())).collect();
        for (id, text) in &files {
            assert_eq!(recognise(&Head { bytes: text }).map(|f| f.info().id), Some(id.as_str()));
        }
        for file in walkdir::WalkDir::new(root.join("fixtures")).sort_by_file_name().into_iter().flatten() {
            let path = file.path();
            let odd =
                ["broken-folder", "hostile", "make"].iter().any(|d| path.components().any(|c| c.as_os_str() == *d));
            let small = file.metadata().is_ok_and(|m| m.is_file() && m.len() < 400_000);
            files.extend((small && !odd).then(|| content(path)).flatten().map(|b| (path.display().to_string(), b)));
        }
        let recorded = recorded_files(&root.join("recordings")).into_iter().filter(|(_, bytes)| bytes.len() < 400_000);
        files.extend(recorded.map(|(path, bytes)| (path.display().to_string(), bytes)));
        let mut tested = std::collections::BTreeSet::new();
        for (name, bytes) in files {
            let head = |b: &[u8]| b[..b.len().min(64 << 10)].to_vec();
            let Some(format) = recognise(&Head { bytes: &head(&bytes) }) else { continue };
            let before = parse_unsettled(format, "x", &bytes, FileId(0));
            for field in format.needs().iter().filter(|f| before.drift.has_field(f)) {
                let text = renamed_in(format.info().id, field, &bytes);
                if text == bytes {
                    // Colours are where the plain form is renamed; another file has the plain form.
                    continue;
                }
                let actual = format!("{name} with {field} renamed");
                let again = recognise(&Head { bytes: &head(&text) }).map(|f| f.info().id);
                assert_eq!(again, Some(format.info().id), "{actual}");
                let problems = parse(format, "x", &text).problems;
                assert!(
                    problems.iter().any(|p| p.reason.contains("this why429 does not know")),
                    "{actual}: {problems:?}"
                );
                tested.insert((format.info().id, *field));
            }
        }
        let all = crate::formats::REGISTRY.iter().flat_map(|f| f.needs().iter().map(|field| (f.info().id, *field)));
        // One small document a file, for which no recording is there: their own modules rename each field.
        let own_test = ["gemini-chat-json", "opencode-storage", "claude-code-debug"];
        let untested: Vec<_> = all.filter(|pair| !tested.contains(pair) && !own_test.contains(&pair.0)).collect();
        assert!(untested.is_empty(), "no file has {untested:?}");
        let silent: Vec<_> =
            crate::formats::REGISTRY.iter().map(|f| (f.info().id, f.needs().len())).filter(|f| f.1 == 0).collect();
        // Each of its lines that is no snapshot is a problem by itself; so is each row of an export without a time. Exports have
        // several names for each field, and are known by them: with other names a file is of no known format.
        let by_row = [
            "why429-ledger",
            "why429-timeline",
            "langfuse",
            "langsmith",
            "phoenix",
            "jaeger",
            "helicone",
            "portkey",
            "bifrost",
            "claude-monitor",
            "usage-ledger",
        ];
        // Lines of text have no names of fields, and HAProxy's JSON those that its admin gave: lines of another shape are problems.
        let shapes = [
            "cliproxyapi-request",
            "cliproxyapi-log",
            "gin-access",
            "ingress-nginx-access",
            "haproxy-access",
            "nginx-error",
            "uvicorn-access",
            "vllm-log",
        ];
        let silent: Vec<_> = silent.into_iter().filter(|f| !shapes.contains(&f.0)).collect();
        assert_eq!(silent, by_row.map(|id| (id, 0)));
    }

    /// Lines that name a call of a model in no known shape, beside fewer that have it.
    #[test]
    fn lines_of_another_shape_are_an_alarm() {
        use crate::formats::{access, python_sdk};
        let nginx =
            "10.0.0.7 - - [03/Mar/2026:16:19:10 +0100] \"POST /v1/chat/completions HTTP/1.1\" 429 174 \"-\" \"a\"\n";
        let envoy = "[2026-05-04T03:31:15.193Z] \"POST /v1/messages HTTP/1.1\" 429 - 119 174 3 - \"10.0.0.1\" \"ua\" \"r\" \"h\" \"u\"\n";
        let sdk = "[2026-03-03 16:19:10 - httpx:1025 - INFO] HTTP Request: POST https://api.openai.com/v1/responses \"HTTP/1.1 429 x\"\n";
        let formats: [(&dyn LogFormat, &str, [&str; 2]); 3] = [
            (&access::nginx::Nginx, nginx, ["\"POST", "at=\"POST"]),
            (&access::envoy::Envoy, envoy, ["119 174 3", "- -"]),
            (&python_sdk::PythonSdk, sdk, ["\"HTTP/", "<HTTP/"]),
        ];
        for (format, line, [old, new]) in formats {
            let other = line.replace(old, new);
            let alarmed = |text: &str| {
                parse(format, "x", text.as_bytes()).problems.iter().any(|p| p.reason.contains("does not know"))
            };
            assert!(!alarmed(&line.repeat(30)), "{line}");
            assert!(alarmed(&(line.to_owned() + &other.repeat(5))), "{other}");
            let shop = other.replace("/v1/chat/completions", "/cart").replace("/v1/messages", "/cart");
            let shop = shop.replace("/v1/responses", "/cart");
            assert!(!alarmed(&(line.to_owned() + &shop.repeat(5))), "{shop}");
        }
    }
}
