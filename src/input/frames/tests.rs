//! Tests of frames.

use super::*;
use crate::formats::{Parsed, recognise};
use crate::input::{ReadOptions, progress::Quiet, read};

const CALL: &str = "HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 429 Too Many Requests\"";

fn parsed(text: &str) -> (Option<&'static str>, Parsed) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.log"), text).unwrap();
    let named = Named { date: None, now: Time::parse_rfc3339("2026-05-12T12:00:00Z") };
    let options = ReadOptions { jobs: 1, named, max_attempts: u64::MAX, ..ReadOptions::default() };
    let file = read(&[folder.path().to_path_buf()], &options, &Quiet).files.remove(0);
    (file.format, file.parsed)
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn a_line_is_the_same_in_every_frame() {
    let framed = [
        format!(
            "{{\"log\":{},\"stream\":\"stderr\",\"time\":\"2026-05-12T09:00:00.5Z\"}}",
            json(&format!("INFO:httpx:{CALL}\n"))
        ),
        format!("2026-05-12T09:00:00.500000000Z stderr F INFO:httpx:{CALL}"),
        format!("app-1  | 2026-05-12T09:00:00.500000000Z INFO:httpx:{CALL}"),
        format!("[pod/web-1/app] 2026-05-12T09:00:00.5Z INFO:httpx:{CALL}"),
        format!("web-6d5f8c7b9-x2x4z app 2026-05-12T09:00:00.5Z INFO:httpx:{CALL}"),
        format!("<165>1 2026-05-12T09:00:00.5Z host app 12 ID1 [x@1 a=\"]\"][y@1 b=\"c\"] INFO:httpx:{CALL}"),
        format!("<14>2026-05-12T09:00:00.5+00:00 host app[12]: INFO:httpx:{CALL}"),
        format!("2026-05-12T09:00:00.5Z {{app=\"web\"}} INFO:httpx:{CALL}"),
        format!("2026-05-12T09:00:00.5+00:00 app/web/1a2b INFO:httpx:{CALL}"),
        format!(
            "{{\"textPayload\":{},\"timestamp\":\"2026-05-12T09:00:00.5Z\",\"severity\":\"INFO\"}}",
            json(&format!("INFO:httpx:{CALL}"))
        ),
        format!("{{\"labels\":{{\"app\":\"web\"}},\"line\":{},\"timestamp\":\"1778576400500000000\"}}", json(CALL)),
        format!("{{\"MESSAGE\":{},\"__REALTIME_TIMESTAMP\":\"1778576400500000\"}}", json(CALL)),
        format!("{{\"timestamp\":1778576400500,\"message\":{},\"ingestionTime\":1778576401000}}", json(CALL)),
        format!("\x1b[32m2026-05-12T09:00:00.5Z\x1b[0m \x1b[1mINFO\x1b[0m {CALL}"),
        format!(
            "{{\"status\":\"success\",\"data\":{{\"resultType\":\"streams\",\"result\":[{{\"stream\":{{\"app\":\"w\"}},\"values\":[[\"1778576400500000000\",{}]]}}]}}}}",
            json(CALL)
        ),
        format!(
            "{{\"events\":[{{\"logStreamName\":\"s\",\"timestamp\":1778576400500,\"message\":{},\"eventId\":\"1\"}}]}}",
            json(CALL)
        ),
        format!("@timestamp,@message\n2026-05-12 09:00:00.500 UTC,\"{}\"\n", CALL.replace('"', "\"\"")),
        format!("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1778576400500000\nPRIORITY=6\nMESSAGE={CALL}\n\n"),
    ];
    for text in framed {
        let (format, parsed) = parsed(&format!("{text}\n"));
        assert_eq!(format, Some("python-sdk"), "{text}");
        let [row] = &parsed.attempts[..] else { panic!("{text}: {parsed:?}") };
        assert_eq!(
            (row.status, row.end.unwrap().rfc3339().as_str()),
            (Some(429), "2026-05-12T09:00:00.500Z"),
            "{text}"
        );
        assert!(!parsed.local_time, "{text}");
    }
}

#[test]
fn a_frame_s_instant_proves_the_zone_of_the_text() {
    let line = |s: u32| {
        let text = json(&format!("2026-05-12 11:00:0{s},000 - httpx - INFO - {CALL}\n"));
        format!("{{\"log\":{text},\"stream\":\"stderr\",\"time\":\"2026-05-12T09:00:0{s}.1Z\"}}\n")
    };
    let (_, parsed) = parsed(&(line(1) + &line(2)));
    assert_eq!((parsed.attempts.len(), parsed.local_time, parsed.proven_offset_s), (2, true, Some(7200)));
}

#[test]
fn syslog_has_no_year_and_takes_that_of_now() {
    let (_, parsed) = parsed(&format!("May 12 09:00:00 host app[12]: INFO:httpx:{CALL}\n"));
    assert_eq!(parsed.attempts[0].end.unwrap().rfc3339(), "2026-05-12T09:00:00.000Z");
    assert!(parsed.local_time);
}

#[test]
fn a_line_in_parts_is_one_and_a_traceback_belongs_to_it() {
    let part = |tag: &str, text: &str| format!("2026-05-12T09:00:00.5Z stderr {tag} {text}\n");
    let (front, back) = CALL.split_at(40);
    let error = "openai.RateLimitError: Error code: 429 - {'error': {'message': 'full'}}";
    let text = part("P", &format!("INFO:httpx:{front}")) + &part("F", back) + &part("F", error);
    let (_, parsed) = parsed(&text);
    assert_eq!(parsed.attempts.len(), 1);
    let message = parsed.attempts[0].error_message.map(|m| parsed.texts.get(m));
    assert!(message.is_some_and(|m| m.contains("full")), "{message:?}");
}

#[test]
fn a_message_of_journald_may_have_lines() {
    let text = format!("{CALL}\nmore");
    let mut bytes = b"__REALTIME_TIMESTAMP=1778576400500000\nMESSAGE\n".to_vec();
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(format!("{text}\n\n").bytes());
    let hints = Hints { named: Named::default(), map: &[] };
    let behind = Frames::of(&[&bytes[..], &bytes].concat(), &recognise, hints).unwrap();
    assert_eq!(behind.format.info().id, "python-sdk");
}

#[test]
fn prose_and_other_logs_have_no_frames() {
    let hints = Hints { named: Named::default(), map: &[] };
    for text in
        ["", "some words here\n", "a | b\nc | d\n", "{\"a\":1}\n", "name,size\nx,1\n", "2026-05-12T09:00:00Z started\n"]
    {
        assert!(Frames::of(text.as_bytes(), &recognise, hints).is_none(), "{text}");
    }
}

#[test]
fn names_lead_into_objects_and_the_advice_names_them() {
    let renames =
        map::Renames::new(&[("start".to_owned(), "when".to_owned()), ("status".to_owned(), "r.c".to_owned())]);
    let renamed = renames.rename(br#"{"when":"2026-05-12T09:00:00Z","r":{"c":429}}"#);
    let renamed: serde_json::Value = serde_json::from_slice(&renamed).unwrap();
    assert_eq!((renamed["start"].as_str(), renamed["status"].as_u64()), (Some("2026-05-12T09:00:00Z"), Some(429)));
    let keys = keys_of(b"{\"zeit\":\"2026-05-12T09:00:00Z\",\"ergebnis\":429}\n");
    let advice = advice(&keys).unwrap();
    assert!(advice.contains("zeit, ergebnis") || advice.contains("ergebnis, zeit"), "{advice}");
    assert!(advice.ends_with("--map start=zeit,status=ergebnis"), "{advice}");
    assert!(super::advice(&keys_of(b"{\"a\":1}\n")).is_none());
}

#[test]
fn fields_behind_a_line_are_read_with_its_stamp() {
    let row = |status: u16| {
        format!(
            "2026-05-12T09:00:00Z\tINFO\tgateway\trelay.go:41\tupstream answered\t{{\"status\": {status}, \"model\": \"gpt-5\", \"url\": \"/v1/responses\"}}"
        )
    };
    let (format, actual) = parsed(&format!("{}\n{}\n", row(200), row(429)));
    assert_eq!((format, actual.attempts.len()), (Some("canonical"), 2));
    assert_eq!(actual.attempts[1].status, Some(429));
    let winston = "2026-05-12 09:00:00.500 error: llm call failed {\"statusCode\":429,\"model\":\"m\"}\n";
    let (format, actual) = parsed(winston);
    assert_eq!((format, actual.attempts.len(), actual.local_time), (Some("canonical"), 1, true));
    let (_, actual) = parsed("2026-05-12 09:00:00 page served {\"status\":200,\"path\":\"/cart\"}\n");
    assert!(actual.attempts.is_empty(), "nothing in it is a call of a model");
}

#[test]
fn a_stamp_in_colours_is_a_stamp() {
    let line = format!(
        "\x1b[32m2026-05-12 09:00:00.500\x1b[0m | \x1b[1mINFO    \x1b[0m | \x1b[36mhttpx\x1b[0m - \x1b[1m{CALL}\x1b[0m\n"
    );
    let (format, actual) = parsed(&line);
    assert_eq!((format, actual.attempts.len()), (Some("python-sdk"), 1));
    let airflow = format!("[2026-05-12T09:00:00.500+0000] {{_client.py:1025}} INFO - {CALL}\n");
    assert_eq!(parsed(&airflow).1.attempts.len(), 1);
    let quoted = format!("[2026-05-12T09:00:00.500+0000] {{said: {CALL}}} INFO - x\n");
    assert_eq!(parsed(&quoted).1.attempts.len(), 0);
}
