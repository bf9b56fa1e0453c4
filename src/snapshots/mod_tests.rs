use super::*;
use crate::model::CaptureBasis;

const KIMI: &str = r#"{"user":{"userId":"u-1"},"usage":{"limit":"100","used":"23","remaining":"77","resetTime":"2026-04-12T06:14:26.640118Z"},"limits":[{"window":{"duration":300,"timeUnit":"TIME_UNIT_MINUTE"},"detail":{"limit":"100","used":"100","resetTime":"2026-04-07T11:14:26.640118Z"}}],"parallel":{"limit":"20"}}"#;
const DATE: &str = "Date: Tue, 07 Apr 2026 11:10:03 GMT";

fn read(text: &str, name: &str) -> FileBodies {
    read_file(text.as_bytes(), &FileContext { file: FileId(7), name, zone: None, modified: None })
}

fn problems(file: &FileBodies) -> Vec<(u64, &str, u64)> {
    file.problems.iter().map(|p| (p.line, p.reason.as_str(), p.count)).collect()
}

#[test]
fn a_bare_body_takes_its_time_from_the_name() {
    let file = read(KIMI, "usage-20260407T1110Z.json");
    assert_eq!((file.format, file.snapshots.len(), file.problems.len()), (Some("kimi-usages"), 1, 0));
    let snapshot = &file.snapshots[0];
    let captured = snapshot.captured.unwrap();
    assert_eq!(captured.at.rfc3339(), "2026-04-07T11:10:00.000Z");
    assert_eq!((captured.basis, captured.error_s), (CaptureBasis::FileName, 60.0));
    assert_eq!((snapshot.source.file, snapshot.source.line), (FileId(7), 1));
    assert_eq!(snapshot.provider.as_deref(), Some("kimi-code"));
    assert_eq!(snapshot.state.windows[0].remaining_share, Some(0.0));
    assert!(snapshot.state.conflicts.is_empty());
}

#[test]
fn the_date_header_is_stronger_and_a_contradicting_name_is_reported() {
    let file = read(&format!("HTTP/2 200\r\n{DATE}\r\n\r\n{KIMI}\r\n"), "usage-20260407T0900Z.json");
    let snapshot = &file.snapshots[0];
    assert_eq!(snapshot.captured.unwrap().basis, CaptureBasis::DateHeader);
    assert_eq!((snapshot.source.line, snapshot.state.conflicts.len()), (4, 1));
    assert!(snapshot.state.conflicts[0].contains("its file name 2026-04-07T09:00:00.000Z"));
}

#[test]
fn a_name_outside_the_window_is_reported() {
    let file = read(KIMI, "usage-20260407T1300Z.json");
    assert!(file.snapshots[0].state.conflicts[0].contains("after its reset of the 300-minute window"));
}

#[test]
fn a_file_time_is_the_last_resort() {
    let modified = Time::parse_rfc3339("2026-04-07T11:11:00Z");
    let context = FileContext { file: FileId(0), name: "snap-1.json", zone: None, modified };
    let captured = read_file(KIMI.as_bytes(), &context).snapshots[0].captured.unwrap();
    assert_eq!((Some(captured.at), captured.basis, captured.error_s), (modified, CaptureBasis::FileTime, 300.0));
    assert_eq!(read(KIMI, "snap-1.json").snapshots[0].captured, None);
}

#[test]
fn several_bodies_each_have_their_own_time() {
    let text = format!("HTTP/2 200\n{DATE}\n\n{KIMI}\nHTTP/2 429\n\n{{\"error\":{{}}}}\nHTTP/2 200\n\n{KIMI}\n{KIMI}");
    let file = read(&text, "all.txt");
    let lines: Vec<_> = file.snapshots.iter().map(|s| (s.source.line, s.captured.is_some())).collect();
    assert_eq!(lines, [(4, true), (10, false), (11, false)]);
    assert_eq!(problems(&file), [(7, ERROR_REPLY, 1)]);
}

#[test]
fn an_embedded_time_is_strongest_also_when_pretty_printed() {
    let text = format!("{{\n \"fetched_at\": \"2026-04-07T11:12:00Z\",\n \"account\": \"a1\",\n \"raw\": {KIMI}\n}}\n");
    let snapshot = read(&text, "usage-20260407T1110Z.json").snapshots.remove(0);
    assert_eq!(snapshot.captured.unwrap().basis, CaptureBasis::Embedded);
    assert_eq!(snapshot.account.as_deref(), Some("a1"));
}

#[test]
fn saved_errors_are_no_readings() {
    for text in [
        r#"{"error":{"message":"Invalid Authentication","type":"invalid_authentication_error"}}"#,
        r#"{"code":401,"msg":"unauthenticated","data":null}"#,
        r#"{"error":"unauthorized"}"#,
        "HTTP/1.1 429 Too Many Requests\n\n{\"usage\":{\"limit\":1,\"used\":1},\"limits\":[]}",
        "HTTP/1.1 502 Bad Gateway\n\n<html><body>502</body></html>",
        "<!DOCTYPE html>\n<html></html>",
    ] {
        let file = read(text, "usage-1.json");
        assert_eq!((file.format, file.snapshots.len()), (None, 0), "{text}");
        assert_eq!(file.problems[0].reason, ERROR_REPLY, "{text}");
    }
}

#[test]
fn what_is_nothing_of_ours_is_no_problem() {
    for (text, name) in [
        ("{\"title\":\"a session\",\"error\":null}", "state.json"),
        ("{\"level\":\"error\",\"error\":\"x\",\"time\":1,\"logger\":\"a\"}", "app.log"),
        ("<!DOCTYPE html>", "index.html"),
        ("{\"a\":", "a.txt"),
        ("{ // comment\n}", "tsconfig.json"),
        ("* a list\n", "notes.md"),
        ("", "usage.json"),
    ] {
        let file = read(text, name);
        assert_eq!((file.format, problems(&file)), (None, vec![]), "{text}");
    }
    let mixed = read(&format!("{{\"a\":1}}\n{KIMI}"), "usage.json");
    assert_eq!(mixed.snapshots.len(), 0, "the first document decides what a file is");
}

#[test]
fn broken_bodies_are_reported() {
    let deep = format!("{}{}", "{\"a\":".repeat(200), "}".repeat(200));
    assert_eq!(problems(&read(&deep, "x.json")), [(1, "JSON is nested too deeply; not read", 1)]);
    assert_eq!(problems(&read(&KIMI[..200], "x.json")), [(1, "a saved reply that ends early; not read", 1)]);
    assert_eq!(problems(&read("HTTP/1.1 200 OK\n\n", "x.json")), [(3, "a saved reply that is not JSON", 1)]);
}

#[test]
fn ids_are_distinct() {
    let mut ids: Vec<_> = REGISTRY.iter().map(|f| f.info().id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), REGISTRY.len());
}
