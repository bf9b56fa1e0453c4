//! The ticket pack from outside: what is in it, when it is written, and that hostile text in it stays text.

use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use why429::pipeline::{self, Options, Quiet};
use why429::report::ticket::brief;

use crate::support::{Folder, arg, files_below, fixture, fixtures, inputs_of, options, why429};

const NAMES: [&str; 6] = ["SHA256SUMS", "questions.md", "report.html", "report.json", "report.md", "timeline.csv"];

#[test]
fn the_pack_is_whole_and_its_sums_hold() {
    let folder = Folder::new();
    let pack = folder.path().join("deep/pack");
    let case = fixture("thread-hour-snapshot");
    why429(&[arg(&case), "--ticket", arg(&pack)]).has_code(0);
    let names: Vec<String> =
        files_below(&pack).iter().map(|f| f.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, NAMES);
    let sums = fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count(), 5);
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let bytes = fs::read(pack.join(name)).unwrap();
        let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(sum, found, "{name}");
    }
    let short = fs::read_to_string(pack.join("report.md")).unwrap();
    assert!(short.chars().count() < 4_000, "{}", short.chars().count());
    for answer in [
        "### HTTP 429 for 56 min on 2026-03-03, 16:19:58 to 17:15:36 UTC: 5-hour token window used up (confirmed, 98 %)",
        "Plan [fill in] · Kimi Code",
        "Exact message, 130 of 130: \"We're receiving too many requests at the moment",
        "Reset announced: 17:16:04 UTC",
        "Request ids: `req-",
        "We ask: ",
        "**Why**",
        "questions.md",
        "What this file is",
    ] {
        assert!(short.contains(answer), "{answer}:\n{short}");
    }
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(pack.join("report.json")).unwrap()).unwrap();
    assert!(json["inputs"].as_array().unwrap().iter().all(|i| i["sha256"].is_string()));
    assert_eq!(json["verdict"]["cause"], "token_window");
    assert_eq!(files_below(&folder.path()).len(), 6, "nothing is left beside the pack");
}

/// As whoever gets the pack would; without the program (macOS, Windows) the sums are checked above.
#[test]
fn sha256sum_itself_finds_the_sums_right() {
    let folder = Folder::new();
    let pack = folder.path().join("pack");
    why429(&[arg(&fixture("cap3-kimi-cli")), "--ticket", arg(&pack), "-q"]).has_code(0);
    let check = || Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&pack).output();
    let Ok(output) = check() else { return };
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().matches(": OK").count(), 5);
    fs::write(pack.join("report.md"), "other").unwrap();
    assert!(!check().unwrap().status.success());
}

#[test]
fn the_short_report_fits_a_form_for_every_fixture() {
    for name in fixtures() {
        let options = Options { charts: true, hash: true, ..options() };
        let document = pipeline::run(&inputs_of(&fixture(&name)), &options, &Quiet).document;
        let text = brief::render(&document);
        assert!(text.chars().count() < 4_000, "{name}: {}", text.chars().count());
        assert!(!text.contains("cut here"), "{name}: shortened by its levels, never by the knife");
    }
}

/// Where the disk is full (here: no file may be larger than 8 KB), a name is taken or a folder is no folder, nothing is
/// left: no half pack, no folder above it, no file beside it.
#[test]
#[cfg(unix)]
fn a_pack_is_written_whole_or_not_at_all() {
    let case = fixture("thread-hour-snapshot");
    let limited = |dir: &Path, more: &str| {
        let script = format!("trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$1\" -q {more} --ticket \"$2\"");
        let program = assert_cmd::cargo::cargo_bin("why429");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(program).arg(&case).arg(dir).env_clear().env("PATH", "/usr/bin:/bin");
        shell.output().unwrap()
    };
    let folder = Folder::new();
    let deep = folder.path().join("a/b/pack");
    let ended = limited(&deep, "");
    let actual = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{actual}");
    assert!(actual.contains("too large"), "{actual}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");

    let pack = folder.path().join("pack");
    why429(&[arg(&case), "--ticket", arg(&pack), "-q"]).has_code(0);
    let before: Vec<Vec<u8>> = NAMES.iter().map(|n| fs::read(pack.join(n)).unwrap()).collect();
    assert_eq!(limited(&pack, "--force").status.code(), Some(1));
    let after: Vec<Vec<u8>> = NAMES.iter().map(|n| fs::read(pack.join(n)).unwrap()).collect();
    assert!(before == after, "the old pack stays when the new one cannot be written");

    let file = folder.write("file", "mine");
    for taken in [file.clone(), file.join("pack")] {
        let ended = why429(&[arg(&case), "--ticket", arg(&taken), "--force"]).has_code(1);
        assert!(ended.stderr.contains("file"), "{}", ended.stderr);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    // One of the pack's own names is a folder with something in it: not a pack, so not replaced.
    let odd = folder.path().join("odd");
    folder.write("odd/report.md/thesis.tex", "mine");
    why429(&[arg(&case), "--ticket", arg(&odd), "--force"]).has_code(1);
    assert_eq!(fs::read_to_string(odd.join("report.md/thesis.tex")).unwrap(), "mine");
    assert_eq!(files_below(&folder.path()).len(), 6 + 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing beside the pack, the file and the folder");
}

#[test]
#[cfg(unix)]
fn a_link_to_a_pack_stays_a_link() {
    let folder = Folder::new();
    let (pack, link) = (folder.path().join("real"), folder.path().join("link"));
    let case = fixture("cap3-kimi-code");
    why429(&[arg(&case), "--ticket", arg(&pack), "-q"]).has_code(0);
    std::os::unix::fs::symlink(&pack, &link).unwrap();
    fs::remove_file(pack.join("report.html")).unwrap();
    why429(&[arg(&case), "--ticket", arg(&link), "-q"]).has_code(1);
    why429(&[arg(&case), "--ticket", arg(&link), "-q", "--force"]).has_code(0);
    assert!(link.is_symlink() && pack.join("report.html").is_file());
}

#[test]
fn a_second_run_gives_the_same_bytes_and_needs_force() {
    let folder = Folder::new();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let case = fixture("cap3-kimi-code");
    for pack in [&one, &two] {
        why429(&[arg(&case), "--ticket", arg(pack), "-q"]).has_code(0);
    }
    for name in NAMES {
        assert_eq!(fs::read(one.join(name)).unwrap(), fs::read(two.join(name)).unwrap(), "{name}");
    }
    let refused = why429(&[arg(&case), "--ticket", arg(&one)]).has_code(1);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert!(!refused.stdout.is_empty(), "what could be made is still made");
    why429(&[arg(&case), "--ticket", arg(&one), "--force"]).has_code(0);
    fs::write(one.join("thesis.tex"), "mine").unwrap();
    why429(&[arg(&case), "--ticket", arg(&one), "--force"]).has_code(1);
    assert_eq!(fs::read_to_string(one.join("thesis.tex")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no half pack is left");
}

#[test]
fn nothing_is_masked_only_when_asked_and_that_is_said() {
    let folder = Folder::new();
    let log: String = (0..40)
        .map(|n| format!("{{\"start\":\"2026-03-03T16:{n:02}:00Z\",\"duration_ms\":100,\"status\":429,\"error_message\":\"quota of bob@example.org exceeded\",\"account\":\"bobs\"}}\n"))
        .collect();
    let log = folder.write("a.jsonl", log);
    let pack = folder.path().join("pack");
    let ended = why429(&[arg(&log), "--ticket", arg(&pack), "--no-redact"]).has_code(0);
    assert!(ended.stderr.contains("--no-redact") && ended.stderr.contains("Do not send"), "{}", ended.stderr);
    assert!(fs::read_to_string(pack.join("timeline.csv")).unwrap().contains("bob@example.org"));
    assert!(fs::read_to_string(pack.join("report.html")).unwrap().contains("Nothing was masked"));
    why429(&[arg(&log), "--ticket", arg(&pack), "--force"]).has_code(0);
    for file in files_below(&pack) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("bob"), "{}", file.display());
    }
    let open = why429(&[arg(&log), "--format", "json"]).has_code(0).stdout;
    assert!(open.contains("bobs") && !open.contains("bob@"), "JSON keeps the label and masks the address");
}

/// A page without the beginnings of its own two elements: the report as data, and its script.
fn without_own_scripts(html: &str) -> String {
    html.replacen("<script type=\"application/json\" id=\"report\">", "", 1).replacen("<script>'use strict'", "", 1)
}

#[test]
fn hostile_text_is_inert_in_every_file() {
    let folder = Folder::new();
    let hostile = [
        "</text></svg><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "=HYPERLINK(1)",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\u{1b}[2J\u{202e}gnp",
        "](javascript:alert(1)) ![x](http://x.example/p.png)",
        "<!--",
        "]]>",
        "{{ verdict }}",
        "${x}",
        "\t=1",
    ];
    let log: String = (0..60)
        .map(|n| {
            let text = hostile[n % hostile.len()];
            let row = serde_json::json!({
                "start": format!("2026-03-03T16:{n:02}:00Z"), "duration_ms": 100, "status": 429, "error_message": text, "error_type": text,
                "account": if n < 13 { text } else { "acct0" }, "provider": if n % 2 == 0 { "kimi-code" } else { text }, "model": text, "agent": text, "session": text, "request_id": text,
            });
            format!("{row}\n")
        })
        .collect();
    folder.write("=cmd<b>&.jsonl", log);
    // Unmasked is the worst case: pseudonyms would hide most of it.
    for open in [true, false] {
        let pack = folder.path().join(format!("pack-{open}"));
        let input = folder.path().join("=cmd<b>&.jsonl");
        let mut arguments = vec![arg(&input), "--ticket", arg(&pack)];
        arguments.extend(open.then_some("--no-redact"));
        let ended = why429(&arguments).has_code(0);
        assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'));
        // There is a pack for each provider that refused.
        let pack = pack.join("kimi-code");
        let read = |name: &str| fs::read_to_string(pack.join(name)).unwrap();
        let html = without_own_scripts(&read("report.html"));
        for tag in ["<script", "<img", "</svg><", "<!--", "<b>", "]]>"] {
            assert!(!html.contains(tag), "{open} {tag}");
        }
        assert!(!html.contains('\u{1b}') && !html.contains('\u{202e}'));
        for name in ["report.md", "questions.md"] {
            // What stands in a code span is shown as it is, and so is what a backslash stands before.
            let text: String = read(name).split('`').step_by(2).collect();
            let text = [r"\[", r"\]", r"\!"].iter().fold(text, |t, escaped| t.replace(escaped, ""));
            assert!(
                !text.contains("<script")
                    && !text.contains("<img")
                    && !text.contains("](javascript")
                    && !text.contains("![x]"),
                "{name}: {text}"
            );
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{name}");
        }
        for format in ["terminal", "markdown", "html"] {
            let mut arguments = vec![arg(&input), "--format", format, "-v", "--color", "never"];
            arguments.extend(open.then_some("--no-redact"));
            let shown = without_own_scripts(&why429(&arguments).has_code(0).stdout);
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{format}");
            assert!(format != "html" || !shown.contains("<script") && !shown.contains("<img"), "{format}");
        }
        let csv = read("timeline.csv");
        for row in csv.lines().skip(1) {
            for cell in row.split(',').map(|c| c.trim_start_matches('"')) {
                assert!(!cell.starts_with(['=', '@', '+', '\t', '\r']), "{row}");
            }
        }
    }
}

/// A row of a made log: seconds after 2026-03-03 00:00 UTC, status, who.
fn row(second: u32, status: u16, agent: &str, account: &str) -> String {
    let day = 3 + second / 86_400;
    let (month, day) = if day > 31 { (4, day - 31) } else { (3, day) };
    let (hour, minute) = (second / 3_600 % 24, second / 60 % 60);
    format!(
        "{{\"start\":\"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.000Z\",\"duration_ms\":900,\"status\":{status},\"agent\":\"{agent}\",\"session\":\"s\",\"input_tokens\":900,\"account\":\"{account}\",\"provider\":\"kimi-code\"}}\n",
        second % 60
    )
}

fn html_of(log: &str) -> String {
    let folder = Folder::new();
    let log = folder.write("a.jsonl", log);
    let page = why429(&[arg(&log), "--format", "html"]).has_code(0).stdout.replace('\u{a0}', " ");
    // The report as data grows with the log's episodes; what is drawn and told does not.
    let (before, data) = page.split_once("<script type=\"application/json\"").unwrap_or((&page, ""));
    format!("{before}{}", data.split_once("</script>").map_or("", |(_, rest)| rest))
}

/// The pictures of a page, of the whole log (`allw`) or of an episode, for wide pages.
fn wide_pictures(html: &str) -> Vec<&str> {
    let all = html.split("<div class=\"wide\">").skip(1);
    all.map(|part| part.split("</div>").next().unwrap()).collect()
}

#[test]
fn three_thousand_agents_are_a_small_file_with_fourteen_rows() {
    let log: String = (0..9_000)
        .map(|n| row(n, if (3_000..6_000).contains(&n) { 429 } else { 200 }, &format!("sub-{}", n % 3_000), "acct0"))
        .collect();
    let html = html_of(&log);
    assert!(html.len() < 60_000, "{}", html.len());
    assert!(html.contains("2,986 more agents"), "the rest are one row");
}

#[test]
fn hundreds_of_accounts_with_an_episode_each_stay_below_the_limit() {
    let mut log = String::new();
    for account in 0..300 {
        for n in 0..12 {
            let status = if (3..9).contains(&n) { 429 } else { 200 };
            // An agent each: the same session, agent and instant would be one attempt told twice.
            log.push_str(&row(account * 3 + n * 60, status, &format!("a{account}"), &format!("customer-{account}")));
        }
    }
    let html = html_of(&log);
    assert!(html.len() < 250_000, "{}", html.len());
    assert!(html.contains("· 300 pools<") && html.matches("<article").count() <= 8, "counted, not told one by one");
    assert!(!html.contains("customer-"), "pseudonyms");
}

#[test]
fn three_minutes_in_three_weeks_are_shown_close_and_in_their_place() {
    let quiet = (0..21 * 72).map(|n| (n * 1_200, 200));
    let refused = (0..180).map(|n| (10 * 86_400 + 1_800 + n, 429));
    let mut all: Vec<(u32, u16)> = quiet.chain(refused).collect();
    all.sort_unstable();
    let log: String = all.iter().map(|(s, status)| row(*s, *status, "w", "acct0")).collect();
    let html = html_of(&log);
    let pictures = wide_pictures(&html);
    let [whole, near] = pictures[..] else { panic!("{} pictures", pictures.len()) };
    assert!(whole.contains("class=\"frame\"") && whole.contains(">03-08<"), "the log, its days: {whole}");
    // Bins of the near picture are seconds, and its axis tells minutes.
    assert!(near.contains(">00:30<") && near.contains(">00:32<"), "{near}");
    assert!(!near.contains(">03-08<"));
}

#[test]
fn three_weeks_of_refusals_are_drawn_by_days() {
    let log: String = (0..35 * 24 * 4)
        .map(|n| row(n * 900, if (7 * 96..28 * 96).contains(&n) { 429 } else { 200 }, "w", "acct0"))
        .collect();
    let html = html_of(&log);
    let near = *wide_pictures(&html).last().unwrap();
    assert!(near.contains(">03-12<") && near.contains(">03-20<"), "{near}");
    assert!(near.len() < 40_000 && html.contains("21 days"), "{}", near.len());
}

#[test]
fn ten_thousand_attempts_are_a_small_file() {
    let folder = Folder::new();
    let log: String = (0..10_000_u32)
        .map(|n| {
            let (second, agent) = (n / 2, n * 7 % 45);
            let status = if (2_000..3_500).contains(&second) && n % 9 != 0 { 429 } else { 200 };
            format!(
                "{{\"start\":\"2026-03-03T{:02}:{:02}:{:02}.{:03}Z\",\"duration_ms\":{},\"status\":{status},\"agent\":\"sub-{agent}\",\"session\":\"s\",\"input_tokens\":{},\"account\":\"acct0\",\"provider\":\"kimi-code\"}}\n",
                10 + second / 3600, second / 60 % 60, second % 60, n % 2 * 500, 1_000 + n % 17 * 900, 900 + n % 31
            )
        })
        .collect();
    let log = folder.write("a.jsonl", log);
    let html = why429(&[arg(&log), "--format", "html"]).has_code(0).stdout;
    assert!(html.len() < 400_000, "{}", html.len());
    assert!(html.contains("<svg") && html.matches("<rect").count() < 100, "density, not boxes");
}

#[test]
fn the_six_answers_of_the_document_stand_in_the_pack() {
    let folder = Folder::new();
    let pack = folder.path().join("pack");
    let case = fixture("thread-hour-snapshot");
    why429(&[arg(&case), "--ticket", arg(&pack)]).has_code(0);
    let actual = ["report.md", "questions.md"].map(|name| fs::read_to_string(pack.join(name)).unwrap()).concat();
    let document = fs::read_to_string(crate::support::root().join("docs/ticket.md")).unwrap();
    let quotes: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    assert!(quotes.len() >= 6, "{quotes:?}");
    for quote in quotes {
        assert!(actual.lines().any(|line| line == quote), "not in the pack: {quote}\n{actual}");
    }
}

/// Who refused nothing of the other gets nothing of the other.
#[test]
fn each_provider_gets_a_pack_of_its_own() {
    let folder = Folder::new();
    let rows: String = (0..40)
        .map(|n| {
            let (provider, agent) = if n % 2 == 0 { ("kimi-code", "zebulon") } else { ("openai", "quill") };
            let status = if n < 10 { 200 } else { 429 };
            let row = serde_json::json!({
                "start": format!("2026-03-03T16:{n:02}:00Z"), "duration_ms": 900, "status": status, "provider": provider,
                "model": "gpt-5", "agent": agent, "error_type": if status == 429 { Some("rate_limit") } else { None },
            });
            format!("{row}\n")
        })
        .collect();
    let log = folder.write("requests.jsonl", rows);
    let pack = folder.path().join("pack");
    why429(&[arg(&log), "--ticket", arg(&pack)]).has_code(0);
    for own in ["kimi-code", "openai"] {
        let at = pack.join(own);
        assert_eq!(files_below(&at).len(), NAMES.len(), "{own}");
        for file in files_below(&at) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("zebulon") && !text.contains("quill"), "{}", file.display());
        }
        let json: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(at.join("report.json")).unwrap()).unwrap();
        let is_own = |pool: &serde_json::Value| pool.as_str().is_some_and(|id| id.starts_with(&format!("{own}/")));
        assert!(json["pools"].as_array().unwrap().iter().all(|p| is_own(&p["id"])), "{own}");
        assert!(json["episodes"].as_array().unwrap().iter().all(|e| is_own(&e["pool"])), "{own}");
        assert_eq!(fs::read_to_string(at.join("timeline.csv")).unwrap().lines().count(), 21, "{own}");
    }
}

/// Ids of sessions, folders and agents stand in no file of a pack, in clear or in part; request ids do.
#[test]
fn no_file_of_a_pack_has_an_id_of_this_machine() {
    for name in ["thread-hour-snapshot", "cap30-45-subagents", "network-cut", "codex-five-hours"] {
        let folder = Folder::new();
        let pack = folder.path().join("pack");
        why429(&[arg(&fixture(name)), "--ticket", arg(&pack), "-q"]).has_code(0);
        let id =
            fancy_regex::Regex::new(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|wd_\w+").unwrap();
        let mut ids: Vec<String> = Vec::new();
        for file in files_below(&fixture(name)) {
            let path = file.strip_prefix(fixture(name)).unwrap().to_string_lossy().into_owned();
            ids.extend(id.find_iter(&path).map(|m| m.unwrap().as_str().to_owned()));
        }
        ids.sort();
        ids.dedup();
        assert!(!ids.is_empty(), "{name} has no ids in its paths");
        for file in files_below(&pack) {
            let text = fs::read_to_string(&file).unwrap();
            for id in &ids {
                assert!(!text.contains(id.as_str()), "{name}: {id} in {}", file.display());
            }
        }
    }
}
