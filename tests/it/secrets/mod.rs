//! What is written holds no secret: sixty of many kinds, planted in every field of every format that is read, are looked
//! for in every file of the pack and in every other output, in five encodings.
//!
//! The secrets are made here, from a seed, by code that shares nothing with the redactor. What must not be found is the
//! part of each that is secret; request ids stay (docs/REPORT.md), so only what cannot be one is planted there. What stays on
//! the machine keeps labels and error texts, and must hold no key, no address and no user's name; what is never read
//! (prompts, answers, folders, headers) is looked for in every output.

mod corpus;
mod gateways;
mod made;
mod plant;
mod readings;
mod search;

use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use why429::document::Document;
use why429::privacy::accounts::Accounts;
use why429::report::html;
use why429::report::json as report_json;
use why429::report::markdown;
use why429::report::terminal::{self, Look};
use why429::report::timesketch::{self, Form, Sketch};
use why429::{check, diff, timeline};

use crate::support::{Folder, analysis, arg, files_below, fixture, why429};
use corpus::{BASES, DOCUMENTS, FLOW, SAMPLES, Sample};
use made::{Dealer, Secret, secrets};
use plant::{at_time, variants};
use search::{assert_clean, assert_no_key};

/// Secrets planted in each field; all of them are planted in each record's neighbourhood in turn.
const ROUNDS: usize = 6;

/// A canonical log in which every text field of every row is a secret, the error's text one among plain words.
fn canonical(secrets: &[Secret]) -> String {
    let mut lines = String::new();
    let plain = |s: &&Secret| !s.text.contains('\n');
    let ids: Vec<&Secret> = secrets[..20].iter().chain(secrets.iter().filter(|s| s.text.contains('@'))).collect();
    for (n, s) in secrets.iter().filter(plain).enumerate() {
        for (k, field) in
            ["provider", "account", "model", "session", "agent", "error_type", "error_message", "request_id", "prompt"]
                .into_iter()
                .enumerate()
        {
            let second = n * 9 + k;
            let mut row = json!({
                "start": format!("2026-03-03T16:{:02}:{:02}.000Z", second / 60 % 60, second % 60), "duration_ms": 300, "status": 429,
                "error_type": "rate_limit_reached_error", "error_message": "you have reached your limit", "provider": "kimi-code",
                "account": "acct0", "model": "kimi-for-coding", "session": "s1", "agent": format!("sub-{}", n % 7), "request_id": "r-1",
            });
            row[field] = match field {
                "error_message" => json!(format!("quota exceeded for {}, try again later", s.text)),
                "request_id" => json!(ids[n % ids.len()].text),
                _ => json!(s.text),
            };
            lines.push_str(&format!("{row}\n"));
        }
    }
    lines
}

/// Keys whose texts are the format itself: without them nothing would be recognised.
const FORM: &[&str] = &[
    "type",
    "role",
    "time",
    "timestamp",
    "protocol_version",
    "version",
    "kind",
    "event",
    "status",
    "id",
    "agent_id",
    "agentId",
    "session_id",
    "sessionId",
    "parentAgentId",
    "resetTime",
    "reset_time",
    "timeUnit",
    "captured_at",
    "turnId",
    "uuid",
    "toolCallId",
    "tool_call_id",
    "limit",
    "used",
    "remaining",
    "scope",
    "level",
];

/// Adds a secret to every other text of a JSON value.
fn plant(value: &mut Value, key: &str, dealer: &mut Dealer<'_>) {
    match value {
        Value::String(text) if !FORM.contains(&key) => *text = format!("{text} {}", dealer.deal()),
        Value::Array(items) => items.iter_mut().for_each(|i| plant(i, key, dealer)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(k, v)| plant(v, k, dealer));
            fields.insert("znote".to_owned(), json!(dealer.deal()));
        }
        _ => {}
    }
}

fn plant_in_file(path: &Path, dealer: &mut Dealer<'_>) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let is_log = path.extension().is_some_and(|e| e == "log");
    let planted: Vec<String> = text
        .lines()
        .map(|line| match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(fields) => {
                let mut value = Value::Object(fields);
                plant(&mut value, "", dealer);
                value.to_string()
            }
            Err(_) if is_log && !line.is_empty() => format!("{line} {}", dealer.deal().replace('\n', " ")),
            Err(_) => line.to_owned(),
        })
        .collect();
    fs::write(path, planted.join("\n") + "\n").unwrap();
}

/// Texts by the name of their output.
type Outputs = Vec<(String, String)>;

/// Every output there is, by name: those that are made to leave, and those that stay on the machine.
fn outputs(input: &Path) -> (Outputs, Outputs, BTreeSet<String>) {
    let out = Folder::new();
    let pack = out.path().join("pack");
    let ended = why429(&[arg(input), "--ticket", arg(&pack), "--now", "2026-03-04T00:00:00Z", "-v"]);
    // Where a planted secret makes every line unreadable, the pack says so.
    assert!(matches!(ended.code, 0 | 3), "{}", ended.stderr);
    let files = files_below(&pack);
    // One pack, or one for each provider that refused something.
    assert!(!files.is_empty() && files.len().is_multiple_of(6), "{files:?}");
    let mut shared: Vec<(String, String)> =
        files.iter().map(|f| (f.display().to_string(), fs::read_to_string(f).unwrap())).collect();
    let found = analysis(&[input.to_owned()]);
    let document = &found.document;
    shared.push(("html".to_owned(), html::render(document).unwrap()));
    shared.push(("markdown".to_owned(), markdown::render(document)));
    let mut staying = vec![
        ("the program's own output".to_owned(), ended.stdout),
        ("standard error".to_owned(), ended.stderr),
        ("json".to_owned(), report_json::render(document).unwrap()),
        ("jsonl".to_owned(), lines(document)),
    ];
    for verbose in [false, true] {
        let look = Look { width: 100, color: true, verbose, quiet: false };
        staying.push(("terminal".to_owned(), terminal::render(document, &look)));
    }
    staying.extend(compared(input, document));
    let accounts = Accounts::of(found.timeline.pools.iter().map(|p| (p.id.as_str(), p.account.as_str())));
    for form in ["csv", "jsonl", "parquet"] {
        let to = out.path().join(format!("attempts.{form}"));
        timeline::export(&found.timeline, &to, &|_, text| accounts.masked(text).into_owned()).unwrap();
        let text = if form == "parquet" { cells(&to) } else { fs::read_to_string(&to).unwrap() };
        staying.push((form.to_owned(), text));
    }
    let sketch = Sketch {
        document,
        timeline: &found.timeline,
        mask: &|text| accounts.masked_name(text).into_owned(),
        mask_said: &|text| accounts.masked(text).into_owned(),
        since: None,
        until: None,
    };
    for form in [Form::JsonLines, Form::Csv] {
        let mut text = Vec::new();
        timesketch::write(&mut text, form, sketch).unwrap();
        staying.push((format!("timesketch {form:?}"), String::from_utf8(text).unwrap()));
    }
    let formats = document.inputs.iter().filter_map(|i| i.format.clone()).collect();
    (shared, staying, formats)
}

fn lines(document: &Document) -> String {
    let mut out = Vec::new();
    report_json::write_lines(document, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What `check` says of a case that differs from its expectation in all it can, and `diff` of two reports.
fn compared(input: &Path, document: &Document) -> Outputs {
    let expected = input.join("expected.json");
    fs::write(&expected, r#"{"verdict_cause": "idle", "episodes": []}"#).unwrap();
    let cases = check::run(input, false, &|_, _, _| document.clone()).unwrap();
    let mut outputs = vec![
        ("junit".to_owned(), check::junit::render(&cases)),
        ("annotations".to_owned(), check::annotations::github(&cases)),
    ];
    assert!(outputs.iter().all(|(_, text)| text.contains("verdict: expected idle")), "{outputs:?}");
    fs::remove_file(expected).unwrap();
    let empty = Document { episodes: Vec::new(), ..document.clone() };
    let read = |d: &Document| diff::read(report_json::render(d).unwrap().as_bytes()).unwrap();
    let found = diff::compare(&read(document), &read(&empty));
    assert!(!found.changes.is_empty() || document.episodes.is_empty());
    outputs.push(("diff".to_owned(), serde_json::to_string(&found).unwrap()));
    outputs
}

/// All texts of a Parquet file, a line each.
fn cells(path: &Path) -> String {
    let frame = ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
    let columns = frame.columns().iter().filter_map(|c| c.str().ok());
    columns.flat_map(|c| c.iter().flatten().map(|t| format!("{t}\n")).collect::<Vec<_>>()).collect()
}

/// Runs over a folder and looks at all that is written; gives the formats that were read.
fn assert_nothing_leaves(input: &Path, secrets: &[Secret]) -> BTreeSet<String> {
    let (shared, staying, formats) = outputs(input);
    for (name, text) in &shared {
        assert_clean(name, text, secrets);
    }
    for (name, text) in shared.iter().chain(&staying) {
        assert!(!text.contains("PRIVATE"), "{name} of {}: what is never read", input.display());
        assert_no_key(name, text, secrets);
    }
    formats
}

#[test]
fn none_leaves_from_a_canonical_log() {
    let secrets = secrets();
    let folder = Folder::new();
    // Names of folders are secrets too.
    for (n, s) in secrets.iter().enumerate().filter(|(_, s)| !s.text.contains(['/', '\\', '\n', '<', ':', '"'])) {
        let row = canonical(&secrets[..20]).lines().nth(n).unwrap().to_owned();
        folder.write(&format!("{}/{n}.jsonl", s.text), row + "\n");
    }
    folder.write("all.jsonl", canonical(&secrets));
    assert_nothing_leaves(&folder.path(), &secrets);
}

#[test]
fn none_leaves_from_logs_of_real_clients_and_readings() {
    let secrets = secrets();
    for name in [
        "cap3-kimi-cli",
        "cap3-kimi-code",
        "thread-hour-snapshot",
        "claude-code-session-limit",
        "codex-five-hours",
        "gemini-per-minute",
        "litellm-cooldown",
        "nginx-cap4",
        "opencode-cap3",
        "otlp-overload",
    ] {
        let folder = Folder::new();
        let copy = folder.copy(&fixture(name), "logs");
        let mut dealer = Dealer { secrets: &secrets, next: 0 };
        for file in files_below(&copy) {
            plant_in_file(&file, &mut dealer);
        }
        assert!(dealer.next > 200, "{name}: {} planted", dealer.next);
        for gone in ["expected.json", "README.md"] {
            fs::remove_file(copy.join(gone)).unwrap();
        }
        assert_nothing_leaves(&copy, &secrets);
    }
}

/// The sample's records in a file, with secrets in them; `part` of `parts` of the secrets' turns.
fn file_of(sample: &Sample, secrets: &[Secret]) -> String {
    let [before, between, after] = sample.around;
    let records = variants(sample.block, secrets, ROUNDS);
    let joined: Vec<String> =
        records.iter().map(|r| if between == "," { r.replace('\n', ",") } else { r.clone() }).collect();
    format!("{before}{}{after}", joined.join(between))
}

/// mitmproxy's own form of a JSON value: length, text, a sign for the kind.
fn flow(value: &Value, kind: char) -> String {
    let of = |text: String, sign: char| format!("{}:{text}{sign}", text.len());
    match value {
        Value::Null => of(String::new(), '~'),
        Value::Bool(b) => of(b.to_string(), '!'),
        Value::Number(n) => of(n.to_string(), if n.is_f64() { '^' } else { '#' }),
        Value::String(text) => of(text.clone(), kind),
        Value::Array(items) => of(items.iter().map(|i| flow(i, ',')).collect(), ']'),
        Value::Object(fields) => {
            let text = |k: &str| if ["host", "msg"].contains(&k) { ';' } else { ',' };
            of(fields.iter().map(|(k, v)| flow(&json!(k), ';') + &flow(v, text(k))).collect(), '}')
        }
    }
}

fn flows(secrets: &[Secret]) -> String {
    variants(FLOW, secrets, ROUNDS).iter().map(|f| flow(&serde_json::from_str(f).unwrap(), ',')).collect()
}

/// Fills a table with rows that are JSON objects.
fn insert(db: &Connection, table: &str, row: &str) {
    let Value::Object(mut row) = serde_json::from_str(row).unwrap() else { panic!("{row}") };
    let known: Vec<String> = {
        let found = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        found.column_names().map(str::to_owned).collect()
    };
    row.retain(|name, _| known.contains(name));
    let names = row.keys().cloned().collect::<Vec<_>>().join(",");
    let marks = vec!["?"; row.len()].join(",");
    let values = row.values().map(|v| {
        v.as_i64().map_or_else(
            || rusqlite::types::Value::Text(v.as_str().map_or_else(|| v.to_string(), str::to_owned)),
            rusqlite::types::Value::Integer,
        )
    });
    db.execute(&format!("INSERT INTO {table} ({names}) VALUES ({marks})"), rusqlite::params_from_iter(values)).unwrap();
}

/// The ids that `why429 formats` lists, of logs and of snapshots.
fn listed() -> BTreeSet<String> {
    let logs = why429::formats::REGISTRY.iter().map(|f| f.info().id);
    let bases = why429::formats::DATABASES.iter().map(|f| f.info().id);
    let readings = why429::snapshots::REGISTRY.iter().map(|f| f.info().id);
    logs.chain(bases).chain(readings).map(str::to_owned).collect()
}

#[test]
fn every_format_has_a_sample() {
    let samples = SAMPLES
        .iter()
        .chain(gateways::SAMPLES)
        .chain(DOCUMENTS)
        .chain(gateways::DOCUMENTS)
        .map(|s| s.id)
        .chain(BASES.iter().map(|b| b.id))
        .chain(readings::READINGS.iter().map(|r| r.0));
    let mut planted: BTreeSet<String> = samples.map(str::to_owned).collect();
    planted.extend(["mitm-flows", "canonical"].map(str::to_owned));
    assert_eq!(listed().symmetric_difference(&planted).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn none_is_written_from_any_log_format() {
    let secrets = secrets();
    for sample in SAMPLES.iter().chain(gateways::SAMPLES) {
        let folder = Folder::new();
        folder.write(sample.path, file_of(sample, &secrets));
        let formats = assert_nothing_leaves(&folder.path(), &secrets);
        assert!(formats.contains(sample.id), "{}: read as {formats:?}", sample.id);
    }
}

/// A file each, and beside them a log of refusals: some of these programs save no failure.
#[test]
fn none_is_written_from_documents() {
    let secrets = secrets();
    for sample in DOCUMENTS.iter().chain(gateways::DOCUMENTS) {
        let folder = Folder::new();
        refusals(&folder, if sample.id.starts_with("gemini") { "gemini" } else { "moonshot" });
        for (n, text) in variants(sample.block, &secrets, ROUNDS).iter().enumerate() {
            folder.write(&sample.path.replace("@N@", &n.to_string()), text);
        }
        let formats = assert_nothing_leaves(&folder.path(), &secrets);
        assert!(formats.contains(sample.id), "{}: read as {formats:?}", sample.id);
    }
}

#[test]
fn none_is_written_from_flows_of_a_proxy() {
    let secrets = secrets();
    let folder = Folder::new();
    folder.write("flows.mitm", flows(&secrets));
    assert!(assert_nothing_leaves(&folder.path(), &secrets).contains("mitm-flows"));
}

#[test]
fn none_is_written_from_databases() {
    let secrets = secrets();
    for base in BASES {
        let folder = Folder::new();
        let path = folder.write(base.path, "");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(&format!("{}; BEGIN", base.schema)).unwrap();
        for (table, row) in base.rows {
            variants(row, &secrets, ROUNDS).iter().for_each(|row| insert(&db, table, row));
        }
        db.execute_batch("COMMIT").unwrap();
        drop(db);
        let formats = assert_nothing_leaves(&folder.path(), &secrets);
        assert!(formats.contains(base.id), "{}: read as {formats:?}", base.id);
    }
}

/// A log of the provider, refused for an hour.
fn refusals(folder: &Folder, provider: &str) {
    let row = json!({"start": "@T@", "duration_ms": 300, "status": 429, "error_message": "you have reached your limit",
        "provider": provider, "model": "*", "session": "s1"});
    let log: String = (0..500).map(|n| at_time(&row.to_string(), n) + "\n").collect();
    folder.write("requests.jsonl", log);
}

/// A log of the provider, refused for an hour, and beside it every variant of the snapshot as a file of its own.
#[test]
fn none_is_written_from_readings() {
    let secrets = secrets();
    for (id, provider, body) in readings::READINGS {
        let folder = Folder::new();
        refusals(&folder, provider);
        for (n, text) in variants(body, &secrets, 2).iter().enumerate() {
            let minute = n % 60;
            folder.write(&format!("usage/usage-20260303T16{minute:02}{:02}Z.json", n / 60), text);
        }
        let formats = assert_nothing_leaves(&folder.path(), &secrets);
        // Documents of meters hold several snapshots, as ledgers do.
        assert!(formats.contains(*id) || formats.contains("usage-ledger"), "{id}: read as {formats:?}");
    }
}

/// A client's warning on a line of its own, in texts that were copied from a terminal.
#[test]
fn none_is_written_from_copied_warnings() {
    let secrets = secrets();
    let folder = Folder::new();
    refusals(&folder, "claude-code");
    let pane = "> PRIVATE\n\n  You've used 100% of your session limit · resets 5pm (UTC)\n  PRIVATE";
    for (n, text) in variants(pane, &secrets, ROUNDS).iter().enumerate() {
        folder.write(&format!("panes/pane-20260303T16{:02}{:02}Z.txt", n % 60, n / 60), text);
    }
    let formats = assert_nothing_leaves(&folder.path(), &secrets);
    assert!(formats.contains("usage-warning"), "read as {formats:?}");
}

#[test]
fn accounts_that_are_addresses_stay_distinct() {
    let folder = Folder::new();
    let rows: String = (0..120)
        .map(|n| {
            let account = ["ann.smith@mail.example.org", "bob.jones@mail.example.org"][n % 2];
            let row = json!({"start": "@T@", "duration_ms": 300, "status": 429, "error_message": format!("the limit of {account} is reached"),
                "provider": "kimi-code", "account": account, "session": "s1"});
            at_time(&row.to_string(), n) + "\n"
        })
        .collect();
    folder.write("a.jsonl", rows);
    let (shared, staying, _) = outputs(&folder.path());
    for (name, text) in shared.iter().chain(&staying) {
        assert!(!text.contains("smith") && !text.contains("jones"), "{name}");
    }
    let of = |all: &[(String, String)], end: &str| all.iter().find(|(n, _)| n.ends_with(end)).unwrap().1.clone();
    let (csv, json) = (of(&shared, "timeline.csv"), of(&staying, "json"));
    for n in 1..=2 {
        assert_eq!(csv.matches(&format!("kimi-code/account-{n}/*")).count(), 60);
        assert!(of(&shared, "report.json").contains(&format!("\"account\": \"account-{n}\"")));
        assert!(json.contains(&format!("\"account\": \"<email>-{n}\"")));
        assert_eq!(of(&staying, "csv").matches(&format!("kimi-code/<email>-{n}/*")).count(), 60);
    }
}
