use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::input::progress::Quiet;

const KIMI: &str = r#"{"usage":{"limit":"100","used":"23","resetTime":"2026-04-12T06:14:26Z"},"limits":[]}"#;

fn options() -> ReadOptions {
    ReadOptions { jobs: 2, max_attempts: u64::MAX, ..ReadOptions::default() }
}

fn read_with(path: &Path, options: &ReadOptions) -> Vec<InputFile> {
    read_as(&[path.to_path_buf()], options, &Quiet, &fake::recognise).files
}

/// Reads one file with this content.
fn one(name: &str, content: &[u8]) -> InputFile {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    read_with(folder.path(), &options()).remove(0)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn reasons(problems: &[Problem]) -> Vec<(u64, &str)> {
    problems.iter().map(|p| (p.line, p.reason.as_str())).collect()
}

#[test]
fn a_log_is_parsed_line_by_line() {
    for content in [
        b"#fake\n1772554740 s1\nbad\n\n1772554741 s2\n".to_vec(),
        b"#fake\r\n1772554740 s1\r\nbad\r\n\r\n1772554741 s2\r\n".to_vec(),
        b"\xef\xbb\xbf#fake\n1772554740 s1\nbad\n \n1772554741 s2\n".to_vec(),
        gzip(b"#fake\n1772554740 s1\nbad\n\n1772554741 s2\n"),
    ] {
        let file = one("any.name", &content);
        assert_eq!((file.format, file.log.map(|l| l.id)), (Some("fake"), Some("fake")));
        assert_eq!((file.bytes, file.unreadable), (content.len() as u64, false));
        let lines: Vec<_> = file.parsed.attempts.iter().map(|a| a.source.line).collect();
        assert_eq!(lines, [2, 5]);
        assert_eq!(reasons(&file.parsed.problems), [(3, "odd line")]);
        assert!(file.problems.is_empty());
    }
}

#[test]
fn a_mistake_of_a_parser_costs_its_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("a", "#fake\n1772554740 s1\n"), ("b", "#fake\n1772554740 s1\nmistake\n"), ("c", "#fake\n1772554740 s1\n")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let files = read_with(folder.path(), &options());
    let read: Vec<_> = files.iter().map(|f| (f.parsed.attempts.len(), f.unreadable)).collect();
    assert_eq!(read, [(1, false), (0, true), (1, false)]);
    assert!(files[1].problems[0].reason.contains("a bug"), "{:?}", files[1].problems);
}

#[test]
fn a_cut_last_line_is_passed_to_the_parser() {
    assert_eq!(one("a", b"#fake\n1772554740 s1\n17725").parsed.unanswered, 1);
    assert_eq!(one("a", b"#fake\n1772554740 s1\n").parsed.unanswered, 0);
}

#[test]
fn a_cut_gzip_keeps_what_came() {
    let mut text = b"#fake\n".to_vec();
    let mut x = 1u64;
    for n in 0..40_000u64 {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.extend(format!("{} {x}\n", 1_772_554_740 + n).bytes());
    }
    let packed = gzip(&text);
    let file = one("k.log.gz", &packed[..packed.len() / 2]);
    assert!(file.parsed.attempts.len() > 10_000 && file.parsed.attempts.len() < 30_000);
    let [problem] = &file.problems[..] else { panic!("{:?}", file.problems) };
    assert_eq!(problem.reason, "packed bytes end early; what came before was read");
    // The line where it stopped is the last one, whose end is missing.
    assert_eq!(problem.line, file.parsed.attempts.len() as u64 + 1 + u64::from(!file.parsed.problems.is_empty()));
    assert!(!file.unreadable, "the file itself could be read");
}

#[test]
fn a_snapshot_file_becomes_a_snapshot() {
    for content in [KIMI.as_bytes().to_vec(), gzip(KIMI.as_bytes()), [b"\xef\xbb\xbf", KIMI.as_bytes()].concat()] {
        let file = one("usage-20260407T1110Z.json", &content);
        assert_eq!((file.format, file.snapshots.len(), file.log.is_none()), (Some("kimi-usages"), 1, true));
        assert_eq!(file.snapshots[0].captured.unwrap().at.rfc3339(), "2026-04-07T11:10:00.000Z");
    }
}

#[test]
fn file_times_are_used_only_when_allowed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("snap-1.json"), KIMI).unwrap();
    let captured =
        |file_times| read_with(folder.path(), &ReadOptions { file_times, ..options() })[0].snapshots[0].captured;
    assert_eq!(captured(false), None);
    assert_eq!(captured(true).unwrap().basis, crate::model::CaptureBasis::FileTime);
}

#[test]
fn what_nothing_recognises_is_no_problem() {
    for content in [&b""[..], b"\n\n", b"plain\n", &[0; 5000], b"{\"a\":1}\n{\"b\":2}\n", b"\xff\xfe\xfd\x00"] {
        let file = one("x.json", content);
        assert_eq!((file.format, file.unreadable), (None, false), "{content:?}");
        assert!(file.problems.is_empty() && file.parsed.problems.is_empty(), "{content:?}");
    }
    let large = [b"{\"usage\":{},\"pad\":\"", &vec![b'x'; 5 << 20][..], b"\"}"].concat();
    assert_eq!(one("x.json", &large).format, None);
}

#[test]
fn replies_that_are_too_large_are_reported() {
    let large = [b"HTTP/1.1 200 OK\n\n", &vec![b' '; 5 << 20][..], KIMI.as_bytes()].concat();
    let file = one("x.json", &large);
    assert_eq!((file.format, file.unreadable), (None, false));
    assert_eq!(reasons(&file.problems), [(0, "saved replies of more than 4 MiB; not read")]);
}

#[test]
fn bad_files_cost_only_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| fs::write(folder.path().join(name), content).unwrap();
    put("bomb.gz", &gzip(&vec![b' '; 80 << 20]));
    put("deep.json", &[vec![b'['; 200], vec![b']'; 200]].concat());
    put("error.json", b"{\"error\":{\"message\":\"no\",\"type\":\"invalid_authentication_error\"}}");
    put("garbage.zst", &[&b"\x28\xb5\x2f\xfd"[..], &[0xff; 100]].concat());
    put("good.log", b"#fake\n1772554740 s1\n");
    let mut paths = vec![folder.path().to_path_buf(), folder.path().join("gone.log")];
    for _ in 0..2 {
        let files = read_as(&paths, &options(), &Quiet, &fake::recognise).files;
        let actual: Vec<_> = files.iter().map(|f| (f.path.as_str(), f.unreadable, reasons(&f.problems))).collect();
        assert_eq!(
            actual,
            [
                ("bomb.gz", false, vec![]),
                ("deep.json", false, vec![(1, "JSON is nested too deeply; not read")]),
                ("error.json", false, vec![(1, "a saved error reply, not a usage snapshot")]),
                ("garbage.zst", false, vec![(0, "packed bytes are damaged; what came before was read")]),
                ("gone.log", true, vec![(0, "not found")]),
                ("good.log", false, vec![]),
            ]
        );
        assert_eq!(files[5].parsed.attempts[0].source.file, FileId(5));
        paths.reverse();
    }
}

#[test]
fn a_bomb_that_looks_like_a_log_is_stopped() {
    let file = one("bomb.gz", &gzip(&[&b"#fake\n1772554740 s1\n"[..], &vec![b'\n'; 80 << 20]].concat()));
    assert_eq!(file.parsed.attempts.len(), 1);
    assert!(file.problems[0].reason.starts_with("unpacks to far more than a log would"));
}

#[test]
fn hashes_are_of_the_stored_bytes_and_of_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    // SHA-256 of 100,000 spaces, of "abc" and of nothing (sha256sum).
    let spaces = vec![b' '; 100_000];
    fs::write(folder.path().join("a-unknown"), &spaces).unwrap();
    fs::write(folder.path().join("b"), "abc").unwrap();
    fs::write(folder.path().join("c"), "").unwrap();
    let files = read_with(folder.path(), &ReadOptions { hash: true, ..options() });
    let hashes: Vec<_> = files.iter().map(|f| f.sha256.as_deref().unwrap()).collect();
    assert_eq!(
        hashes,
        [
            "0c05b5f8218e44073a9b01f5c81ec1f2063144830bcff1156328259e1bfb4f5b",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ]
    );
    assert_eq!(read_with(folder.path(), &options())[1].sha256, None);
}

/// A log of about 18 MB: larger than the bound from which pieces are parsed at once.
fn large(mark: &str) -> Vec<u8> {
    let mut text = format!("{mark}\n").into_bytes();
    let mut n = 0;
    while (text.len() as u64) < chunks::LARGE + (1 << 20) {
        let line = format!("{} session-{}-{}\n", 1_772_554_740 + n, n % 1000, "x".repeat(n % 90));
        text.extend(if n % 997 == 3 { b"broken\n".to_vec() } else { line.into_bytes() });
        n += 1;
    }
    text
}

#[test]
fn a_large_file_in_pieces_is_the_file_in_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large.log"), large("#pieces")).unwrap();
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("large.log"), large("#fake")).unwrap();
    let summary = |f: &InputFile| {
        let attempts = f.parsed.attempts.iter();
        let rows: Vec<_> = attempts.map(|a| (a.start, a.source, a.session)).collect();
        let last = f.parsed.texts.get(rows[rows.len() - 1].2.unwrap()).to_owned();
        (rows, last, f.parsed.problems.clone(), f.parsed.records, f.parsed.span)
    };
    let whole = read_with(other.path(), &options()).remove(0);
    for (jobs, hash) in [(1, false), (2, true), (5, false)] {
        let pieces = read_with(folder.path(), &ReadOptions { jobs, hash, ..options() }).remove(0);
        assert!(pieces.parsed.attempts.len() > 100_000);
        assert!(summary(&pieces) == summary(&whole), "jobs {jobs}");
        if hash {
            assert_eq!(pieces.bytes, large("#pieces").len() as u64);
        }
    }
}

#[test]
fn order_is_that_of_the_paths_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..200 {
        fs::write(folder.path().join(format!("{:03}.log", n * 7 % 200)), format!("#fake\n{} s\n", 1_772_554_740 + n))
            .unwrap();
    }
    let paths_and_ids = |jobs| -> Vec<(String, u32)> {
        let files = read_with(folder.path(), &ReadOptions { jobs, ..options() });
        files.into_iter().map(|f| (f.path.clone(), f.parsed.attempts[0].source.file.0)).collect()
    };
    let one = paths_and_ids(1);
    assert!(one.windows(2).all(|w| w[0] < w[1]));
    assert_eq!(one[42], ("042.log".to_owned(), 42));
    assert_eq!(paths_and_ids(4), one);
}

#[test]
fn progress_ends_where_it_was_said_to() {
    #[derive(Default)]
    struct Counts(AtomicU64, AtomicU64);
    impl Progress for Counts {
        fn add_total(&self, bytes: u64) {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
        fn read(&self, bytes: u64) {
            self.1.fetch_add(bytes, Ordering::Relaxed);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), "#fake\n1772554740 s\n".repeat(9000)).unwrap();
    fs::write(folder.path().join("b"), vec![0; 300_000]).unwrap();
    let counts = Counts::default();
    read_as(&[folder.path().to_path_buf()], &ReadOptions { hash: true, ..options() }, &counts, &fake::recognise);
    assert_eq!(counts.0.load(Ordering::Relaxed), 300_000 + 19 * 9000 - 9000 + 9000);
    assert_eq!(counts.1.load(Ordering::Relaxed), counts.0.load(Ordering::Relaxed));
}

/// Real snapshots, where they are at hand (README of the samples).
#[test]
fn all_readings_of_the_recorded_incident_are_recognised() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/incident-window-kimi-cli-snapshots/usage");
    if !folder.is_dir() {
        return;
    }
    let files = read(&[folder], &options(), &Quiet);
    assert_eq!(files.files.len(), 44);
    for file in &files.files {
        let [snapshot] = &file.snapshots[..] else { panic!("{}", file.path) };
        let captured = snapshot.captured.unwrap();
        let minute = captured.at.rfc3339()[..16].replace(['-', ':'], "");
        assert_eq!(file.path, format!("usage-{minute}Z.json"));
        assert_eq!(captured.basis, crate::model::CaptureBasis::FileName);
        assert!(snapshot.state.conflicts.is_empty(), "{:?}", snapshot.state.conflicts);
        let lengths: Vec<_> = snapshot.state.windows.iter().map(|w| w.window_minutes).collect();
        assert_eq!((lengths, snapshot.state.concurrency_limit), (vec![300, 10_080], Some(20)));
        assert!(file.problems.is_empty());
    }
}

#[test]
fn a_file_that_is_too_old_to_matter_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old.log");
    fs::write(&old, "1772554740 a\n").unwrap();
    fs::write(folder.path().join("new.log"), "1772554740 b\n").unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let written = std::time::SystemTime::now() - 48 * hour;
    fs::File::options().write(true).open(&old).unwrap().set_modified(written).unwrap();
    let since = |age: std::time::Duration| {
        let at = (std::time::SystemTime::now() - age).duration_since(std::time::UNIX_EPOCH).unwrap();
        let options = ReadOptions { not_before: Time::from_secs(at.as_secs_f64()), ..options() };
        let inputs = read_as(&[folder.path().to_path_buf()], &options, &Quiet, &fake::recognise);
        (inputs.files.len(), inputs.unread)
    };
    assert_eq!((since(24 * hour), since(72 * hour)), ((1, 1), (2, 0)));
}
