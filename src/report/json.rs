//! JSON, schema `why429.report/v1`: the document itself, two spaces deep, with a newline at the end.

use std::io::{self, Write};

use crate::document::Document;
use crate::privacy::escape;

/// Writes the report as JSON, piece by piece: of ten thousand episodes the text is larger than the document.
///
/// # Errors
/// When `out` fails, with its kind of error.
pub fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(escape::Json(&mut *out), document)?;
    out.write_all(b"\n")
}

/// Writes the episodes as JSON lines, one each, in order of time.
///
/// # Errors
/// As [`write()`].
pub fn write_lines(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    for episode in &document.episodes {
        serde_json::to_writer(escape::Json(&mut *out), episode)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The report as JSON, where it is small or a text is needed.
///
/// # Errors
/// Never in practice: a document's maps have texts for keys.
pub fn render(document: &Document) -> Result<String, serde_json::Error> {
    let mut text = escape::json(&serde_json::to_string_pretty(document)?).into_owned();
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_is_written_reads_back_as_the_same_document() {
        for (name, document) in sample::all() {
            let text = render(&document).unwrap();
            assert!(text.starts_with("{\n  \"schema\": \"why429.report/v1\",") && text.ends_with("}\n"), "{name}");
            assert_eq!(serde_json::from_str::<Document>(&text).unwrap(), document, "{name}");
        }
    }

    #[test]
    fn what_is_written_piece_by_piece_is_the_same_text() {
        for (name, document) in sample::all() {
            let mut written = Vec::new();
            write(&document, &mut written).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), render(&document).unwrap(), "{name}");
        }
    }

    #[test]
    fn a_writer_that_fails_is_reported_by_its_kind() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let document = sample::thread();
        for failed in [write(&document, &mut Closed), write_lines(&document, &mut Closed)] {
            assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        }
    }

    #[test]
    fn lines_are_the_episodes_of_the_report() {
        for (name, document) in sample::all() {
            let mut text = Vec::new();
            write_lines(&document, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            let read: Vec<crate::document::Episode> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(read, document.episodes, "{name}");
        }
    }

    #[test]
    fn every_sample_keeps_to_the_schema() {
        let schema = serde_json::from_str(include_str!("../../docs/schema/report-v1.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, document) in sample::all() {
            let value = serde_json::to_value(&document).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
            assert_eq!(errors, Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn the_schema_refuses_what_is_forbidden() {
        let schema = serde_json::from_str(include_str!("../../docs/schema/report-v1.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let good = serde_json::to_value(sample::thread()).unwrap();
        for (path, wrong) in [
            ("/episodes/0/evidence/0/sources", serde_json::json!([])),
            ("/episodes/0/verdict/cause", serde_json::json!("mixed")),
            ("/episodes/0/verdict/confidence", serde_json::json!("certain")),
            ("/episodes/0/causes/0/cause", serde_json::json!("undetermined")),
            ("/episodes/0/first_refusal", serde_json::json!("2026-03-03 16:19:02")),
            ("/episodes/0/id", serde_json::json!("first")),
            ("/schema", serde_json::json!("why429.report/v2")),
            ("/coverage/refused", serde_json::json!(-1)),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(path).unwrap() = wrong;
            assert!(!validator.is_valid(&bad), "{path}");
        }
    }
}
