//! Tests of stamps in frames.

use super::*;
use crate::model::Time;

fn named(date: Option<&str>, now: Option<&str>) -> resolve::Named {
    resolve::Named { date: date.and_then(|d| d.parse().ok()), now: now.and_then(Time::parse_rfc3339) }
}

fn resolve_all(lines: &[&str], named: resolve::Named) -> Vec<String> {
    let mut dates = Dates::of(lines.iter().map(|l| l.as_bytes()), named);
    let rendered = |m: Option<StampTime>| match m {
        Some(StampTime::At(t)) => t.rfc3339(),
        Some(StampTime::Local(t)) => t.rfc3339().replace('Z', " local"),
        Some(other) => format!("{other:?}"),
        None => "-".to_owned(),
    };
    lines.iter().map(|l| rendered(find(l).map(|f| dates.resolve(&f)))).collect()
}

#[test]
fn one_moment_in_the_frames_of_many_programs() {
    let local = "2026-05-13T09:00:01.250 local";
    for (line, expected) in [
        ("2026-05-13 09:00:01,250 - INFO - x", local),
        ("INFO:2026-05-13 09:00:01,250:x", local),
        ("[2026/05/13 09:00:01.250] x", local),
        ("2026.05.13 09:00:01.250 x", local),
        ("13-May-2026 09:00:01.250 x", local),
        ("13 May 2026, 09:00:01.250 x", local),
        ("Wed May 13 09:00:01.250 2026 x", local),
        ("May 13, 2026 09:00:01.250 AM x", local),
        ("13.05.2026 09:00:01.250 x", local),
        ("05/13/26 09:00:01.250 x", local),
        ("13/05/2026 09:00:01.250 x", local),
        ("20260513-09:00:01.250 x", local),
        ("09:00:01.250 2026-05-13 INFO x", local),
        ("date=2026-05-13 level=info time=09:00:01.250 msg=x", local),
        ("INFO | worker-3 | 2026-05-13T11:00:01.250+02:00 | x", "2026-05-13T09:00:01.250Z"),
        ("[13/May/2026:09:00:01 +0000] x", "2026-05-13T09:00:01.000Z"),
        ("2026-05-13 09:00:01.250 UTC x", "2026-05-13T09:00:01.250Z"),
        ("2026-05-13T04:00:01.250-0500 x", "2026-05-13T09:00:01.250Z"),
        ("[1778662801.25] x", "2026-05-13T09:00:01.250Z"),
        ("05/13/2026 09:00:01 PM x", "2026-05-13T21:00:01.000 local"),
    ] {
        assert_eq!(resolve_all(&[line], resolve::Named::default()), [expected], "{line}");
    }
}

#[test]
fn what_is_no_stamp_is_none() {
    for line in
        ["", "127.0.0.1:8080 - x", "v1.2.2026-beta", "port 10:20", "25:00:00 x", "2026-13-01 x", "May be 12", "é12:00"]
    {
        assert_eq!(resolve_all(&[line], resolve::Named::default()), ["-"], "{line}");
    }
}

#[test]
fn day_and_month_stand_in_the_order_that_keeps_the_file_together() {
    let none = resolve::Named::default();
    let day_first = resolve_all(&["11/05/2026 09:00:00 x", "12/05/2026 09:00:00 x"], none);
    assert_eq!(day_first[1], "2026-05-12T09:00:00.000 local");
    let month_first = resolve_all(&["05/11/2026 09:00:00 x", "05/12/2026 09:00:00 x"], none);
    assert_eq!(month_first[1], "2026-05-12T09:00:00.000 local");
    let by_now = resolve_all(&["12/05/2026 09:00:00 x"], named(None, Some("2026-05-12T12:00:00Z")));
    assert_eq!(by_now, ["2026-05-12T09:00:00.000 local"]);
    let by_date = resolve_all(&["12/05/2026 09:00:00 x"], named(Some("2026-12-05"), None));
    assert_eq!(by_date, ["2026-12-05T09:00:00.000 local"]);
    assert!(Dates::of([&b"12/05/2026 09:00:00 x"[..]].into_iter(), none).is_order_assumed);
}

#[test]
fn a_time_of_day_takes_its_date_from_the_user_or_from_the_file() {
    let lines = ["23:59:58 x", "00:00:02 x", "00:00:01 x"];
    assert_eq!(resolve_all(&lines, resolve::Named::default()), ["NoDate"; 3]);
    let asked = resolve_all(&lines, named(Some("2026-05-12"), None));
    assert_eq!(
        asked,
        ["2026-05-12T23:59:58.000 local", "2026-05-13T00:00:02.000 local", "2026-05-13T00:00:01.000 local"]
    );
    let later =
        resolve_all(&["23:59:58 x", "00:00:02 x", "2026-05-13 00:00:03 x", "00:00:04 x"], resolve::Named::default());
    assert_eq!(later[0], "2026-05-12T23:59:58.000 local");
    assert_eq!(later[3], "2026-05-13T00:00:04.000 local");
}

#[test]
fn a_year_is_that_of_now_or_the_one_before() {
    let line = ["Dec 31 23:59:59 host x", "Jan  1 00:00:01 host x"];
    let of = |now: &str| resolve_all(&line, named(None, Some(now)));
    assert_eq!(of("2026-01-02T00:00:00Z"), ["2025-12-31T23:59:59.000 local", "2026-01-01T00:00:01.000 local"]);
    assert_eq!(resolve_all(&line[..1], resolve::Named::default()), ["NoYear"]);
    assert_eq!(
        resolve_all(&["I0512 09:00:00.5 x"], named(Some("2026-05-01"), None)),
        ["2026-05-12T09:00:00.500 local"]
    );
}
