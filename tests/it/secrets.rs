//! What leaves the house holds no secret: sixty of many kinds, planted in every field of every format that is read, are
//! looked for in every file of the pack, in five encodings.
//!
//! The secrets are made here, from a seed, by code that shares nothing with the redactor. What must not be found is the
//! part of each that is secret; request ids stay by contract, so only what cannot be one is planted there.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::support::{Folder, arg, files_below, fixture, why429};

/// A xorshift generator: the same secrets every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn of(&mut self, alphabet: &str, n: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..n).map(|_| letters[self.roll(letters.len())]).collect()
    }

    fn token(&mut self, n: usize) -> String {
        self.of("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", n)
    }

    /// A word of no language.
    fn word(&mut self) -> String {
        let syllables = ["zor", "quib", "vax", "plim", "druk", "nyx", "wob", "kesh", "grum", "fliv"];
        (0..3).map(|_| syllables[self.roll(10)]).collect()
    }
}

/// What is planted, and the parts of it that must not be found.
struct Secret {
    text: String,
    needles: Vec<String>,
}

fn secret(text: String, needles: &[&str]) -> Secret {
    let needles: Vec<String> = needles.iter().map(|n| (*n).to_owned()).collect();
    assert!(needles.iter().all(|n| text.contains(n.as_str())), "{text}");
    Secret { text, needles }
}

fn secrets() -> Vec<Secret> {
    let mut d = Dice(0x5eed_2026_1124);
    let mut all = Vec::new();
    for prefix in [
        "sk-",
        "sk-ant-api03-",
        "sk-proj-",
        "sk-or-v1-",
        "AIza",
        "ghp_",
        "github_pat_",
        "xai-",
        "gsk_",
        "hf_",
        "pplx-",
        "AKIA",
        "glpat-",
        "xoxb-",
        "npm_",
        "r8_",
        "nvapi-",
        "sk_live_",
        "csk-",
        "ya29.",
    ] {
        let body = if prefix == "AKIA" { d.of("ABCDEFGHJKLMNPQRSTUVWXYZ234567", 16) } else { d.token(36) };
        all.push(secret(format!("{prefix}{body}"), &[&body]));
    }
    for before in [
        "key=",
        "token: ",
        "Authorization: Bearer ",
        "Authorization: Basic ",
        "x-api-key: ",
        "password=",
        "\"secret\":\"",
        "Cookie: sid=",
    ] {
        let body = d.token(22);
        all.push(secret(format!("{before}{body}"), &[&body]));
    }
    for n in [20, 28, 33, 40] {
        let body = d.token(n);
        all.push(secret(body.clone(), &[&body]));
    }
    let (a, b, c) = (d.token(20), d.token(40), d.token(30));
    all.push(secret(format!("eyJ{a}.eyJ{b}.{c}"), &[&a, &b, &c]));
    let (id, key) = (d.of("0123456789abcdef", 32), d.token(16));
    all.push(secret(format!("{id}.{key}"), &[&key]));
    let pem = d.token(48);
    all.push(secret(format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----"), &[&pem]));
    for domain in ["mail.example.org", "corp.example.com", "uni.example.edu"] {
        let name = d.word();
        all.push(secret(format!("{name}@{domain}"), &[&name]));
    }
    for home in ["/home/", "/Users/", "C:\\Users\\", "/home/"] {
        let (user, repo) = (d.word(), d.word());
        let between = if home.contains('\\') { "\\" } else { "/" };
        all.push(secret(format!("{home}{user}{between}{repo}{between}main.rs"), &[&user, &repo]));
    }
    for root in ["/srv/git/", "/mnt/work/", "D:/repos/"] {
        let (team, repo) = (d.word(), d.word());
        all.push(secret(format!("{root}{team}/{repo}.git"), &[&team, &repo]));
    }
    for end in [".corp.internal", ".lan", ".example.net:8443"] {
        let host = d.word();
        all.push(secret(format!("{host}{end}"), &[&host]));
    }
    all.push(secret("203.0.113.77".to_owned(), &["203.0.113.77"]));
    all.push(secret("2001:db8:85a3::8a2e:370:7334".to_owned(), &["85a3::8a2e:370"]));
    all.push(secret("4929 1187 3345 6621".to_owned(), &["4929 1187", "3345 6621"]));
    all.push(secret("+43 660 5550199".to_owned(), &["5550199"]));
    for _ in 0..3 {
        let (first, last) = (d.word(), d.word());
        all.push(secret(format!("Dr. {first} {last}"), &[&first, &last]));
    }
    for middle in ["asked me to fire", "has been diagnosed with", "will buy", "lives next to"] {
        let (who, what) = (d.word(), d.word());
        all.push(secret(format!("{who} {middle} {what} before the merger is announced"), &[&who, &what, "merger"]));
    }
    let (org, ak) = (d.of("0123456789abcdef", 20), d.of("0123456789abcdef", 20));
    all.push(secret(format!("org-{org}<ak-{ak}>"), &[&org, &ak]));
    assert!(all.len() >= 60, "{}", all.len());
    all
}

/// Deals secrets in turn.
struct Dealer<'s> {
    secrets: &'s [Secret],
    next: usize,
}

impl Dealer<'_> {
    fn deal(&mut self) -> &str {
        self.next += 1;
        &self.secrets[(self.next - 1) % self.secrets.len()].text
    }
}

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
            fields.insert("note".to_owned(), json!(dealer.deal()));
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

/// Base64 of a text at each of the three offsets, without what its neighbours decide.
fn base64s(text: &str) -> Vec<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3)
        .map(|offset| {
            let bytes: Vec<u8> = std::iter::repeat_n(0, offset).chain(text.bytes()).collect();
            let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
            let letters: String = bits
                .chunks_exact(6)
                .map(|c| LETTERS[c.iter().fold(0, |n, b| n * 2 + usize::from(*b))] as char)
                .collect();
            letters[(offset * 8).div_ceil(6)..].to_owned()
        })
        .collect()
}

/// The text as others may read it: as it is, JSON unescaped, percent-decoded, entities decoded.
fn readings(text: &str) -> Vec<String> {
    let json = text.replace("\\/", "/").replace("\\\"", "\"").replace("\\\\", "\\").replace("\\n", "\n");
    let html = text
        .replace("&#38;", "&")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&#60;", "<")
        .replace("&gt;", ">")
        .replace("&#62;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&#8203;", "");
    let mut percent = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        percent.push_str(&rest[..at]);
        match rest.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                percent.push(byte as char);
                rest = &rest[at + 3..];
            }
            None => {
                percent.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    percent.push_str(rest);
    let markdown = html.replace('\\', "");
    [text.to_owned(), json, html, percent, markdown].map(|t| t.to_lowercase()).to_vec()
}

fn assert_clean(name: &str, text: &str, secrets: &[Secret]) {
    let readings = readings(text);
    let mut found = Vec::new();
    for needle in secrets.iter().flat_map(|s| &s.needles) {
        let lower = needle.to_lowercase();
        let coded = base64s(needle).iter().any(|b| text.contains(b.as_str()));
        if coded || readings.iter().any(|r| r.contains(&lower)) {
            let at = readings[0].find(&lower).unwrap_or(0);
            let from = readings[0].floor_char_boundary(at.saturating_sub(60));
            let to = readings[0].floor_char_boundary((at + 60).min(readings[0].len()));
            found.push(format!("{needle}: …{}…", &readings[0][from..to]));
        }
    }
    assert!(found.is_empty(), "{name}: {} found\n{}", found.len(), found.join("\n"));
}

/// Runs over a folder and looks at every file that is made to leave.
fn assert_nothing_leaves(input: &Path, secrets: &[Secret]) {
    let out = Folder::new();
    let pack = out.path().join("pack");
    let ended = why429(&[arg(input), "--ticket", arg(&pack), "--now", "2026-03-04T00:00:00Z"]).has_code(0);
    drop(ended);
    let files = files_below(&pack);
    assert_eq!(files.len(), 6, "{files:?}");
    for file in files {
        assert_clean(&file.display().to_string(), &fs::read_to_string(&file).unwrap(), secrets);
    }
    for format in ["html", "markdown"] {
        let ended = why429(&[arg(input), "--format", format, "--now", "2026-03-04T00:00:00Z"]).has_code(0);
        assert_clean(format, &ended.stdout, secrets);
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let secrets = [secret("hunter2&<x>".to_owned(), &["hunter2&<x>"])];
    for hidden in ["hunter2&<x>", "HUNTER2&amp;&lt;x&gt;", "hunter2%26%3Cx%3E", "aHVudGVyMiY8eD4=", "WGh1bnRlcjImPHg+"]
    {
        let caught = std::panic::catch_unwind(|| assert_clean("here", hidden, &secrets));
        assert!(caught.is_err(), "{hidden}");
    }
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
    for name in ["cap3-kimi-cli", "cap3-kimi-code", "thread-hour-snapshot"] {
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
