//! Files as they really lie around: packed, cut, in odd encodings, hidden, behind links, on standard input.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use why429::document::{Document, Episode};

use crate::fleet::{AMBIGUOUS, Fleet, Story, log};
use crate::support::{Folder, analyse, arg, root, why429, why429_with};

/// A log with one episode; what tests/data/log.jsonl.zst holds.
fn canonical() -> String {
    log(&Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows())
}

fn read(name: &str, content: impl AsRef<[u8]>) -> Document {
    let folder = Folder::new();
    analyse(&[folder.write(name, content)])
}

/// Episodes without the paths of their sources.
fn episodes(document: &Document) -> Vec<Episode> {
    let mut episodes = document.episodes.clone();
    let evidence = episodes.iter_mut().flat_map(|e| &mut e.evidence);
    evidence.flat_map(|e| &mut e.sources).for_each(|s| s.path = "log".to_owned());
    episodes
}

#[track_caller]
fn is_plain(document: &Document) {
    let plain = read("log.jsonl", canonical());
    assert_eq!(plain.episodes.len(), 1);
    assert_eq!(document.inputs[0].problems, []);
    assert_eq!(document.coverage, plain.coverage);
    assert_eq!(episodes(document), episodes(&plain));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_logs_are_what_they_were() {
    is_plain(&read("log.jsonl.gz", gzip(canonical().as_bytes())));
    is_plain(&read("name-without-an-ending", gzip(canonical().as_bytes())));
    let text = canonical();
    let (first, second) = text.split_at(text.len() / 3);
    is_plain(&read("two-members.gz", [gzip(first.as_bytes()), gzip(second.as_bytes())].concat()));
}

/// Packed with `zstd -19`; made anew when the fleet changes: the test says how.
#[test]
fn a_log_packed_with_zstd_is_what_it_was() {
    let packed = std::fs::read(root().join("tests/data/log.jsonl.zst")).unwrap();
    let document = read("log.jsonl.zst", packed);
    let here = root().join("target/log.jsonl");
    if document.coverage != read("log.jsonl", canonical()).coverage {
        std::fs::write(&here, canonical()).unwrap();
        panic!("the fleet gives another log now: zstd -19 {} -o tests/data/log.jsonl.zst", here.display());
    }
    is_plain(&document);
}

/// Four hundred megabytes of blank lines in half a megabyte, behind a good log.
#[test]
fn a_bomb_is_bounded_and_what_came_before_it_is_read() {
    let mut blank = GzEncoder::new(Vec::new(), Compression::best());
    blank.write_all(&vec![b'\n'; 8 << 20]).unwrap();
    let blank = blank.finish().unwrap();
    let mut packed = gzip(canonical().as_bytes());
    (0..50).for_each(|_| packed.extend_from_slice(&blank));
    assert!(packed.len() < 1 << 20, "{}", packed.len());
    let begun = Instant::now();
    let document = read("bomb.jsonl.gz", &packed);
    assert!(begun.elapsed() < Duration::from_secs(30));
    let problems = &document.inputs[0].problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].reason.contains("unpack"), "{problems:?}");
    assert_eq!(document.verdict.cause.as_deref(), Some("concurrency_cap"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    is_plain(&read("bom.jsonl", ["\u{feff}", &canonical()].concat()));
    is_plain(&read("crlf.jsonl", canonical().replace('\n', "\r\n")));
    is_plain(&read("both.jsonl", ["\u{feff}", &canonical().replace('\n', "\r\n")].concat()));
    let blank = canonical().replace('\n', "\n\n  \n");
    assert_eq!(read("blank.jsonl", blank).verdict, read("log.jsonl", canonical()).verdict);
}

#[test]
fn a_last_line_without_its_end_is_read_and_a_cut_one_is_no_problem() {
    let text = canonical();
    is_plain(&read("log.jsonl", text.trim_end()));
    let lines = text.lines().count() as u64;
    let document = read("log.jsonl", &text[..text.len() - 20]);
    assert_eq!(document.inputs[0].problems, [], "a log that is still written");
    assert_eq!(document.coverage.attempts, lines - 1);
}

#[test]
fn bytes_that_are_no_text_cost_their_line_at_most() {
    let text = canonical();
    let lines = text.lines().count() as u64;
    let mut bytes = text.replacen(AMBIGUOUS, "We\u{1}re", 1).into_bytes();
    let at = bytes.iter().position(|b| *b == 1).unwrap();
    bytes[at] = 0xff;
    bytes.extend_from_slice(b"\xfe\xff\x00\x80 noise\n");
    let document = read("log.jsonl", &bytes);
    assert!(document.coverage.attempts >= lines - 1, "{:?}", document.coverage);
    let actual: u64 = document.inputs[0].problems.iter().map(|p| p.count).sum();
    assert!((1..=2).contains(&actual), "{:?}", document.inputs[0].problems);
    assert_eq!(document.verdict.cause.as_deref(), Some("concurrency_cap"));
}

#[test]
fn hidden_and_ignored_files_are_read() {
    let folder = Folder::new();
    folder.write(".gitignore", "*\n");
    folder.write(".ignore", "logs\n");
    folder.write("logs/.hidden/.requests", canonical());
    let document = analyse(&[folder.path()]);
    let logs: Vec<&str> = document.inputs.iter().filter(|i| i.kind == "log").map(|i| i.path.as_str()).collect();
    assert_eq!(logs, ["logs/.hidden/.requests"]);
    assert_eq!(document.episodes.len(), 1);
}

#[cfg(unix)]
#[test]
fn loops_of_links_end() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder.write("a/b/requests.jsonl", canonical());
    symlink(folder.path(), folder.path().join("a/b/up")).unwrap();
    symlink("self", folder.path().join("self")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    let run = why429(&[arg(&folder.path()), "--format", "json"]);
    assert!(run.code <= 1 && !run.stderr.contains("panicked"), "{run:?}");
    let report = run.json();
    assert_eq!(report.inputs.iter().filter(|i| i.kind == "log").count(), 1);
    assert_eq!(report.coverage.duplicates, 0);
}

#[test]
fn standard_input_is_an_input_like_any() {
    let plain = read("log.jsonl", canonical());
    for (arguments, stdin) in [
        (vec!["-", "--format", "json"], canonical().into_bytes()),
        (vec!["--format", "json"], canonical().into_bytes()),
        (vec!["analyze", "-", "--format", "json"], gzip(canonical().as_bytes())),
    ] {
        let report = why429_with(&arguments, &stdin).has_code(0).json();
        assert_eq!(report.inputs[0].path, "-");
        assert_eq!(episodes(&report), episodes(&plain), "{arguments:?}");
    }
    let nothing = why429_with(&["-"], b"").has_code(3);
    assert!(nothing.stderr.contains("-"), "{}", nothing.stderr);
}

/// A folder of very many tiny files, a request each, deep and shallow, with others among them: every one is read.
#[test]
fn thousands_of_tiny_files_are_all_read() {
    let rows = Fleet { agents: 40, length_s: 9_000, ..Fleet::new(9, Story::Cap { slots: 20 }) }.rows();
    let rows = &rows[..2_000];
    let (many, one) = (Folder::new(), Folder::new());
    one.write("requests.jsonl", log(rows));
    for (i, row) in rows.iter().enumerate() {
        many.write(&format!("{}/{:03}/r{i}.jsonl", i % 7, i % 211), log(std::slice::from_ref(row)));
        if i % 10 == 0 {
            many.write(&format!("{}/{:03}/note{i}.txt", i % 7, i % 211), "429 Too Many Requests\n");
        }
    }
    let [many, one] = [many, one].map(|f| analyse(&[f.path()]));
    assert_eq!(many.inputs.iter().filter(|i| i.attempts == 1).count(), 2_000);
    assert_eq!(many.inputs.len(), 2_200);
    assert_eq!(many.coverage, one.coverage);
    let verdicts = |d: &Document| d.episodes.iter().map(|e| (e.verdict.clone(), e.refused)).collect::<Vec<_>>();
    assert_eq!(verdicts(&many), verdicts(&one));
}
