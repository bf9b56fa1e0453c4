//! One request counts once, however often its lines lie around: copies, halves, a copied folder.

use std::fs;
use std::path::Path;

use why429::document::Document;

use crate::client_logs::talkers::{self, Words};
use crate::client_logs::{File, agents};
use crate::fleet::{Fleet, QuotaState, Row, Story, log};
use crate::support::{Folder, analyse, files_below, fixture, fixtures, inputs_of};

/// What may not change: how many attempts there are, and what is said of them.
fn said(document: &Document) -> Vec<String> {
    let c = &document.coverage;
    let mut said = vec![format!(
        "{} attempts, {} admitted, {} refused, {} at most, {} readings",
        c.attempts, c.admitted, c.refused, c.refused_at_most, c.snapshots
    )];
    for e in &document.episodes {
        said.push(format!("{:?} {:?} {:?} {}", e.verdict, e.first_refusal, e.first_admission_after, e.attempts));
        said.push(format!("{:?} {:?}", e.estimates.concurrency_cap, e.estimates.resets_at));
    }
    said
}

/// A fixture's inputs, copied into a folder of its own below `name`.
fn put(folder: &Folder, fixture_name: &str, name: &str) {
    put_from(folder, &fixture(fixture_name), name);
}

/// The inputs of any folder, in the same way.
fn put_from(folder: &Folder, from: &Path, name: &str) {
    for input in inputs_of(from) {
        folder.copy(&input, &format!("{name}/{}", input.file_name().unwrap().to_str().unwrap()));
    }
}

fn of_folder(folder: &Folder) -> Vec<String> {
    said(&analyse(&[folder.path()]))
}

#[test]
fn a_copy_of_the_folder_beside_it_changes_nothing() {
    for name in fixtures() {
        let (once, twice) = (Folder::new(), Folder::new());
        put(&once, &name, "mine");
        put(&twice, &name, "mine");
        put(&twice, &name, "backup/mine");
        assert_eq!(of_folder(&once), of_folder(&twice), "{name}");
    }
}

/// Kimi Code's global log again under a name of its rotation, a wire again as a backup.
#[test]
fn a_second_copy_of_a_file_changes_nothing() {
    let copies = [
        ("cap3-kimi-code", "kimi-code/logs/kimi-code.log", "kimi-code/logs/kimi-code.log.1"),
        ("network-cut", "kimi-code/logs/kimi-code.log", "kimi-code/logs/old/kimi-code.log"),
        ("weekly-403", "kimi-cli/logs/kimi.log", "kimi-cli/logs/kimi.2026-04-02_00-00-00_000001.log"),
        ("cap3-kimi-cli", "kimi-cli/logs/kimi.log", "kimi-cli/kimi (copy).log"),
        ("cap1-slow", "requests.jsonl", "another/name.log"),
        ("two-accounts", "requests.jsonl", "requests-copy.jsonl"),
    ];
    for (name, file, copy) in copies {
        let (once, twice) = (Folder::new(), Folder::new());
        put(&once, name, "mine");
        put(&twice, name, "mine");
        twice.copy(&twice.path().join("mine").join(file), &format!("mine/{copy}"));
        assert_eq!(of_folder(&once), of_folder(&twice), "{name}");
    }
}

/// Cuts a file at a line near a share of its length, and leaves both parts as rotation would.
fn cut(file: &Path, share: f64, first: &str) {
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = (lines.len() as f64 * share) as usize;
    fs::write(file.with_file_name(first), lines[..at].concat()).unwrap();
    fs::write(file, lines[at..].concat()).unwrap();
}

#[test]
fn a_log_that_was_rotated_in_the_middle_changes_nothing() {
    let logs = [
        ("cap3-kimi-code", "kimi-code/logs/kimi-code.log", "kimi-code.log.1"),
        ("thread-hour-no-snapshot", "kimi-code/logs/kimi-code.log", "kimi-code.log.1"),
        ("local-time-kimi-log", "kimi-cli/logs/kimi.log", "kimi.2026-05-20_15-00-00_000001.log"),
        ("weekly-403", "kimi-cli/logs/kimi.log", "kimi.2026-04-02_00-00-00_000001.log"),
        ("cap-then-window", "requests.jsonl", "requests.1.jsonl"),
        ("rolling-trickle", "requests.jsonl", "requests.1.jsonl"),
    ];
    for (name, file, first) in logs {
        for share in [0.3, 0.5, 0.8] {
            let (once, parts) = (Folder::new(), Folder::new());
            put(&once, name, "mine");
            put(&parts, name, "mine");
            cut(&parts.path().join("mine").join(file), share, first);
            assert_eq!(of_folder(&once), of_folder(&parts), "{name} at {share}");
        }
    }
}

/// Wires are no rotated files, but a person may cut one. The request that was under way at the cut loses its begin or
/// its end there; the client's log beside it still tells it, so nothing is lost and nothing is told twice. Without that end the
/// cap may lie one higher: its bounds may widen, and hold those of the whole wire.
#[test]
fn a_wire_cut_in_two_changes_no_verdict() {
    for name in ["cap3-kimi-code", "cap3-kimi-cli", "weekly-403", "thread-hour-no-snapshot"] {
        let (once, parts) = (Folder::new(), Folder::new());
        put(&once, name, "mine");
        put(&parts, name, "mine");
        for wire in files_below(&parts.path()).iter().filter(|f| f.ends_with("wire.jsonl")) {
            cut(wire, 0.5, "wire.old.jsonl");
        }
        let (mut whole, mut parted) = (analyse(&[once.path()]), analyse(&[parts.path()]));
        for (w, p) in whole.episodes.iter_mut().zip(&mut parted.episodes) {
            let caps = (w.estimates.concurrency_cap.take(), p.estimates.concurrency_cap.take());
            if let (Some(whole), Some(parted)) = caps {
                let most = parted.high.unwrap_or(u64::MAX);
                assert!(
                    parted.low <= whole.low && whole.high.unwrap_or(u64::MAX) <= most,
                    "{name}: {whole:?} {parted:?}"
                );
            }
        }
        assert_eq!(said(&whole), said(&parted), "{name}");
    }
}

/// kimi.log names no agent. Alone, a copied one still counts once, since of equal lines each counts as often as in the
/// file that has it most often; what it cannot tell is whether equal lines of one file are two agents: they stay two.
#[test]
fn kimi_log_alone_counts_once_when_copied_and_each_line_when_not() {
    let folder = Folder::new();
    let log = folder.copy(&fixture("weekly-403").join("kimi-cli/logs/kimi.log"), "kimi.log");
    let once = of_folder(&folder);
    folder.copy(&log, "kimi.old.log");
    assert_eq!(once, of_folder(&folder));

    cut(&folder.path().join("kimi.log"), 0.5, "kimi.2026-04-16_10-00-00_000001.log");
    assert_eq!(once, of_folder(&folder), "a copy, and the original in halves");
    fs::remove_file(folder.path().join("kimi.old.log")).unwrap();
    assert_eq!(once, of_folder(&folder), "the halves alone");

    let session = "5febc311-b614-42e4-bbf3-80a2d5f9612c";
    let line = |at: &str| {
        format!(
            "2026-03-31 {at} | WARNING  | kimi_cli.soul.kimisoul:_retry_log:1495 | {session} - Retrying step \
             for the 1 time (last error: APIStatusError: Error code: 429 - {{'error': {{'message': \
             'slow down', 'type': 'x'}}}}). Waiting 0.4 seconds.\n"
        )
    };
    let twins = Folder::new();
    twins.write("kimi.log", [line("10:00:00.250"), line("10:00:00.250"), line("10:00:01.500")].concat());
    assert_eq!(analyse(&[twins.path()]).coverage.refused, 3);
    twins.write("kimi.1.log", line("10:00:00.250"));
    assert_eq!(analyse(&[twins.path()]).coverage.refused, 3);
}

/// A rotation may also repeat lines: the end of one file is the begin of the next.
#[test]
fn overlapping_parts_count_once() {
    let rows = Fleet::new(8, Story::Cap { slots: 3 }).rows();
    let (once, parts) = (Folder::new(), Folder::new());
    once.write("requests.jsonl", log(&rows));
    let third = rows.len() / 3;
    parts.write("a.jsonl", log(&rows[..2 * third]));
    parts.write("b.jsonl", log(&rows[third..]));
    assert_eq!(of_folder(&once), of_folder(&parts));
    assert_eq!(analyse(&[parts.path()]).coverage.duplicates as usize, third);
}

/// A large log is read in pieces at once: nothing is lost or doubled where they meet, and every source keeps its line.
#[test]
fn a_log_that_is_read_in_pieces_is_the_log() {
    let fleet = Fleet { agents: 60, length_s: 90_000, retry_s: (30, 90), ..Fleet::new(12, Story::Cap { slots: 40 }) };
    let rows = fleet.rows();
    let (whole, parts) = (Folder::new(), Folder::new());
    let text = log(&rows);
    assert!(text.len() > 17 << 20, "{} bytes are read in one piece", text.len());
    whole.write("requests.jsonl", &text);
    for (i, part) in rows.chunks(10_000).enumerate() {
        parts.write(&format!("part-{i:02}.jsonl"), log(part));
    }
    let [whole, parts] = [whole, parts].map(|f| analyse(&[f.path()]));
    assert_eq!((whole.coverage.attempts as usize, whole.coverage.duplicates), (rows.len(), 0));
    assert_eq!(said(&whole), said(&parts));
    let source = whole.episodes.last().unwrap().evidence[0].sources.last().unwrap();
    assert!(source.line > 10_000 && !rows[source.line as usize - 1].is_admitted(), "{source:?}");
}

/// The same file through two arguments, a link, and a folder that holds it.
#[test]
fn a_file_that_is_reached_twice_is_read_once() {
    let folder = Folder::new();
    let file = folder.write("logs/requests.jsonl", log(&Fleet::new(8, Story::Cap { slots: 3 }).rows()));
    let once = analyse(std::slice::from_ref(&file));
    let twice = analyse(&[file.clone(), folder.path(), folder.path().join("logs"), file]);
    assert_eq!(said(&once), said(&twice));
    assert_eq!((twice.inputs.len(), twice.coverage.duplicates), (1, 0));
}

/// What a format's file is made of.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    /// Records that stand for themselves: they may be dealt out to two files.
    Records(&'static str),
    /// Records that follow from those before: the file may be cut in two, as rotation does.
    Chain(&'static str),
    /// One document, or a chain that begins with what names it: copies only.
    Whole,
}

/// A file of each log format, and what begins each of its records behind a line end.
const FORMATS: &[(&str, &str, Made)] = &[
    ("cap3-kimi-cli", "kimi-cli/logs/kimi.log", Made::Chain("")),
    (
        "cap3-kimi-cli",
        "kimi-cli/sessions/202cc972ee9adfaa58e4c4893d37f2d3/757fa522-9f17-4b26-a509-0dc9c10a1229/wire.jsonl",
        Made::Whole,
    ),
    ("cap3-kimi-code", "kimi-code/logs/kimi-code.log", Made::Chain("")),
    ("codex-five-hours", "codex", Made::Whole),
    ("opencode-cap3", "opencode/log/opencode.log", Made::Chain("")),
    ("claude-code-session-limit", "claude", Made::Whole),
    ("openclaw-fork", "openclaw", Made::Whole),
    ("copilot-credits", "copilot/session-state/5a12/events.jsonl", Made::Records("")),
    ("cline-five-hours", "tasks", Made::Whole),
    ("aider-local-time", "shop/.aider.chat.history.md", Made::Chain("# aider chat started")),
    ("aider-local-time", "shop/.aider.llm.history", Made::Chain("TO LLM")),
    (
        "qwen-overload",
        "qwen/projects/-home-user-shop/chats/6b1f0c9e-0000-4000-8000-00000000c0de.jsonl",
        Made::Records(""),
    ),
    ("gemini-per-minute", "gemini/telemetry.log", Made::Records("{")),
    ("litellm-cooldown", "litellm/calls.jsonl", Made::Records("")),
    ("otlp-overload", "traces.jsonl", Made::Records("")),
    ("caddy-per-minute", "caddy/access.log", Made::Records("")),
    ("envoy-both-sides", "envoy/access.log", Made::Records("")),
    ("nginx-cap4", "nginx/access.json.log", Made::Records("")),
    ("har-wrapped-cap", "flows.har", Made::Whole),
    ("mitm-tpm", "flows.mitm", Made::Whole),
    ("sdk-local-time", "runner.log", Made::Chain("[20")),
    ("cap1-slow", "requests.jsonl", Made::Records("")),
];

/// The records of a text: each begins where a line begins with `mark`, and lines alone where it is empty.
fn records(text: &str, mark: &str) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let begins = if mark == "{" { line.trim_end() == "{" } else { line.starts_with(mark) };
        match records.last_mut() {
            Some(last) if !begins => last.push_str(line),
            _ => records.push(line.to_owned()),
        }
    }
    records
}

/// The file beside what else its folder has, in parts under names of their own.
fn in_parts(from: &Path, file: &str, parts: &[String]) -> Vec<String> {
    let folder = Folder::new();
    put_from(&folder, from, "mine");
    let file = folder.path().join("mine").join(file);
    fs::remove_file(&file).unwrap();
    for (i, part) in parts.iter().enumerate() {
        let name = file.file_name().unwrap().to_str().unwrap();
        fs::write(file.with_file_name(if i == 0 { name.to_owned() } else { format!("{i}.{name}") }), part).unwrap();
    }
    of_folder(&folder)
}

/// A copy of each file beside it, the file cut in two, its records dealt out to two files, and two that share a third of
/// their records.
fn counts_once(name: &str, from: &Path, file: &str, made: Made) {
    let once = Folder::new();
    put_from(&once, from, "mine");
    let once = of_folder(&once);
    assert!(!once[0].starts_with("0 attempts"), "{name} {file}: nothing to count");
    let copied = Folder::new();
    put_from(&copied, from, "mine");
    let path = copied.path().join("mine").join(file);
    copied.copy(&path, &format!("mine/{file}-copy"));
    assert_eq!(once, of_folder(&copied), "{name} {file} copied");
    let (Made::Records(mark) | Made::Chain(mark)) = made else { return };
    let all = records(&fs::read_to_string(&path).unwrap(), mark);
    let at = all.len() / 2;
    assert_eq!(once, in_parts(from, file, &[all[at..].concat(), all[..at].concat()]), "{name} {file} cut");
    if let Made::Records(_) = made {
        let dealt = |odd| all.iter().skip(odd).step_by(2).cloned().collect::<String>();
        assert_eq!(once, in_parts(from, file, &[dealt(0), dealt(1)]), "{name} {file} dealt out");
        let third = all.len() / 3;
        let overlapping = [all[..2 * third].concat(), all[third..].concat()];
        assert_eq!(once, in_parts(from, file, &overlapping), "{name} {file} overlapping");
    }
}

#[test]
fn every_format_counts_once_when_copied_cut_and_dealt_out() {
    for (name, file, made) in FORMATS {
        counts_once(name, &fixture(name), file, *made);
    }
}

/// Files of formats that no fixture has, from the cases of single rules.
const CASES: &[(&str, &str, Made)] = &[
    ("10-apisix-access-log", "access.log", Made::Records("")),
    ("10-azure-request-response", "PT1H.json", Made::Records("")),
    ("03-apim-token-limit", "PT1H.json", Made::Records("")),
    ("10-bedrock-invocation-log", "invocations.json", Made::Records("")),
    ("10-cliproxyapi-request-logs", "error-v1-messages-00.log", Made::Whole),
    ("10-cloudflare-jsonl", "logs.jsonl", Made::Records("")),
    ("10-cloudtrail-lookup-events", "events.json", Made::Whole),
    ("10-haproxy-json", "haproxy.log", Made::Records("")),
    ("03-haproxy-deny", "haproxy.log", Made::Records("")),
    ("03-ingress-both-sides", "access.log", Made::Records("")),
    ("10-istio-text", "istio-proxy.log", Made::Records("")),
    ("10-kong-file-log", "kong.log", Made::Records("")),
    ("10-nginx-error-upstream-down", "error.log", Made::Records("")),
    ("10-traefik-json", "access.json", Made::Records("")),
    ("10-vllm-kubectl-timestamps", "pod.log", Made::Records("")),
    ("10-new-api", "oneapi-20260512.log", Made::Chain("")),
    ("10-vertex-unavailable", "log.jsonl", Made::Records("")),
    ("10-helicone-csv", "helicone-export.csv", Made::Whole),
    ("10-jaeger-anthropic", "traces.json", Made::Whole),
    ("10-langfuse-api", "observations.json", Made::Whole),
    ("10-langfuse-parquet", "20260512-0900.parquet", Made::Whole),
    ("10-langsmith-azure", "runs.jsonl", Made::Records("")),
    ("10-phoenix-csv", "spans.csv", Made::Whole),
    ("10-tempo-trace", "trace.json", Made::Whole),
    ("10-timeline-csv", "attempts.csv", Made::Whole),
];

#[test]
fn formats_of_gateways_clouds_and_traces_count_once_too() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/more");
    for (name, file, made) in CASES {
        counts_once(name, &cases.join(name).join("input"), file, *made);
    }
}

const TUI_LOG: &str = "2026-03-04T08:00:00.123456Z  INFO codex_core::codex: new session
2026-03-04T08:00:01.123456Z  WARN stream disconnected - retrying turn (1/5 in 194ms)...
2026-03-04T08:00:09.123456Z  INFO session_loop{thread_id=t-9}:turn{model=m}: codex_core::codex: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-1
2026-03-04T08:01:01.223456Z  WARN stream disconnected - retrying turn (1/5 in 194ms)...
2026-03-04T08:01:09.323456Z  INFO session_loop{thread_id=t-8}:turn{model=m}: codex_core::codex: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-2
2026-03-04T08:02:09.423456Z  INFO session_loop{thread_id=t-9}:turn{model=m}: codex_core::codex: Turn error: You've hit your usage limit.
";

/// The proxy of LiteLLM tells a failure in two lines: what went wrong, and what the client got.
fn proxy_log() -> String {
    let line = |minute: usize, component: &str, message: &str| {
        format!(
            "{{\"message\": \"{message}\", \"level\": \"INFO\", \"timestamp\": \"2026-03-04T08:{minute:02}:09.46{minute:02}41\", \"component\": \"{component}\", \"logger\": \"x.py:1\"}}\n"
        )
    };
    let call = |minute: usize| {
        let why = "litellm.proxy.proxy_server._handle_llm_api_exception(): Exception occured - litellm_call_id=c - litellm.RateLimitError: RateLimitError: OpenAIException - slow down";
        let got = |status: u16| format!("127.0.0.1:35390 - \\\"POST /v1/chat/completions HTTP/1.1\\\" {status}");
        line(minute, "LiteLLM Proxy", why)
            + &line(minute, "uvicorn.access", &got(429))
            + &line(minute + 30, "uvicorn.access", &got(200))
    };
    (0..4).map(call).collect()
}

/// Formats that no fixture has: kinds of files beside those above, databases, and snapshots.
#[test]
fn what_no_fixture_has_counts_once_too() {
    let words = Words::of("go on");
    let readings =
        (0..9).map(|n| QuotaState { at_s: n * 300, remaining: 100 - 10 * n as u64, resets_s: 9_000 }.line(0));
    let ledger = crate::fleet::text(readings).into_bytes();
    let requests = log(&Fleet::new(8, Story::Cap { slots: 3 }).rows()).into_bytes();
    let one = |files: Vec<File>, made| (files, made);
    let mut all = vec![
        one(vec![("codex/log/codex-tui.log".to_owned(), TUI_LOG.into())], Made::Records("")),
        one(talkers::gemini_chat(&words), Made::Whole),
        one(talkers::gemini_chat_json(&words), Made::Whole),
        one(talkers::qwen_telemetry(&words), Made::Records("{")),
        one(talkers::opencode_storage(&words), Made::Whole),
        one(vec![("litellm/proxy.log".to_owned(), proxy_log().into_bytes())], Made::Chain("")),
        one(
            vec![("quota-snapshots.jsonl".to_owned(), ledger), ("requests.jsonl".to_owned(), requests)],
            Made::Records(""),
        ),
    ];
    let databases = crate::databases::databases().into_iter();
    all.extend(databases.map(|(_, name, bytes, _)| one(vec![(name.to_owned(), bytes)], Made::Whole)));
    for (files, made) in all {
        let folder = Folder::new();
        for (name, bytes) in &files {
            folder.write(name, bytes);
        }
        counts_once("made here", &folder.path(), &files[0].0, made);
    }
}

/// Lines of several files, one of each in turn.
fn interleaved(files: &[File]) -> Vec<u8> {
    let lines: Vec<Vec<&[u8]>> = files.iter().map(|f| f.1.split_inclusive(|b| *b == b'\n').collect()).collect();
    let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest).flat_map(|i| lines.iter().filter_map(move |l| l.get(i)).flat_map(|l| l.iter().copied())).collect()
}

/// Two sessions' lines in one file: as they were where each line names its session and agent; else, one after the other, each
/// request still counts once.
#[test]
fn sessions_that_were_merged_into_one_file_count_once() {
    let rows = Fleet { agents: 4, length_s: 1_800, ..Fleet::new(4, Story::Cap { slots: 2 }) }.rows();
    type Tells = fn(&[Row]) -> Vec<File>;
    let tells: [(&str, Tells, bool); 4] = [
        ("claude-code", agents::claude_code, true),
        ("openclaw", agents::openclaw, false),
        (
            "kimi-code wires",
            |rows| agents::kimi_code(rows).into_iter().filter(|f| f.0.ends_with("wire.jsonl")).collect(),
            false,
        ),
        ("codex rollouts", agents::codex_exec, false),
    ];
    for (name, tell, named) in tells {
        let files = tell(&rows);
        let (apart, joined, mixed) = (Folder::new(), Folder::new(), Folder::new());
        files.iter().for_each(|(file, bytes)| drop(apart.write(file, bytes)));
        joined.write(&files[0].0, files.iter().flat_map(|f| f.1.clone()).collect::<Vec<u8>>());
        mixed.write(&files[0].0, interleaved(&files));
        let apart = of_folder(&apart);
        assert_eq!(apart[0], of_folder(&joined)[0], "{name}, one after the other");
        if named {
            assert_eq!(apart, of_folder(&joined), "{name}, one after the other");
            assert_eq!(apart, of_folder(&mixed), "{name}, interleaved");
        }
    }
}
