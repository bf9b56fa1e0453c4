//! The results as commands of GitHub's runner, which marks the lines of `expected.json` in a review.
//!
//! In: cases. Out: a line for each difference or error. The form, and what must be escaped in it, is that of
//! "Workflow commands for GitHub Actions" (docs.github.com) and of `@actions/core`'s `command.ts`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::value::RawValue;

use super::{Case, CheckError, Difference, Outcome};
use crate::privacy::escape;

/// A line for each difference, and for each case that could not be judged.
pub fn github(cases: &[Case]) -> String {
    let mut out = String::new();
    for case in cases {
        let text = || super::text(&case.expected).unwrap_or_default();
        match &case.outcome {
            Outcome::Ok => {}
            Outcome::Differs(differences) => {
                let text = text();
                differences.iter().for_each(|d| out.push_str(&difference("error", case, d, &text)));
            }
            Outcome::Updated(differences) => {
                let text = text();
                differences.iter().for_each(|d| out.push_str(&difference("notice", case, d, &text)));
            }
            Outcome::Error(e) => {
                let line = match e {
                    CheckError::Parse { source, .. } => source.line().max(1),
                    CheckError::ValidationError { what, .. } => line_of(&text(), what, None).unwrap_or(1),
                    CheckError::Read { .. } | CheckError::Empty { .. } | CheckError::Write { .. } => 1,
                };
                out.push_str(&command("error", case, line, &e.to_string()));
            }
        }
    }
    out
}

fn difference(level: &str, case: &Case, d: &Difference, text: &str) -> String {
    let detail = format!("{}: expected {}, got {}", d.what, d.expected, d.got);
    command(level, case, line_of(text, &d.what, d.position).unwrap_or(1), &detail)
}

fn command(level: &str, case: &Case, line: usize, detail: &str) -> String {
    let (file, title) = (property(&path(&case.expected)), property(&format!("why429 check: {}", case.name)));
    format!("::{level} file={file},line={line},title={title}::{}\n", value(detail))
}

/// With `/`, as a forge names files.
fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// A message. Controls are made visible first, so that no line of a log can be a command of its own.
fn value(text: &str) -> String {
    escape::terminal(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property, where a colon or a comma would end it.
fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

/// The line, from 1, of what a difference is about: `E2 confidence` is the second episode's `confidence`. What the file does not
/// name is looked for one level up.
fn line_of(text: &str, what: &str, position: Option<usize>) -> Option<usize> {
    let (first, field) = what.split_once(' ').unwrap_or((what, ""));
    let whole = fields(text)?;
    if first == "verdict" {
        return whole.get("verdict_cause").and_then(|v| line(text, v));
    }
    if first == "options" {
        let options = whole.get("options")?;
        return fields(options.get()).and_then(|f| f.get(field).and_then(|v| line(text, v)));
    }
    let episodes = whole.get("episodes")?;
    let number = || first.strip_prefix('E').and_then(|n| n.parse::<usize>().ok());
    let place = position.or_else(|| number().and_then(|n| n.checked_sub(1)));
    if place.is_none() {
        return whole.get("counts").or(Some(episodes)).and_then(|v| line(text, v));
    }
    let list: Vec<&RawValue> = serde_json::from_str(episodes.get()).ok()?;
    let Some(episode) = place.and_then(|i| list.get(i)) else { return line(text, episodes) };
    let name = if field == "probability" { "probability_min" } else { field };
    let of_field = fields(episode.get()).and_then(|f| f.get(name).and_then(|v| line(text, v)));
    of_field.or_else(|| line(text, episode))
}

fn fields(object: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(object).ok()
}

/// The line on which a piece of the text begins. The piece is borrowed from the text, so its address gives its place.
fn line(text: &str, piece: &RawValue) -> Option<usize> {
    let offset = (piece.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    text.get(..offset).map(|before| before.bytes().filter(|b| *b == b'\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"verdict_cause\": \"billing\",\n  \"episodes\": [\n    {\n      \"confidence\": \"confirmed\",\n      \
                        \"pool\": \"a/b/*\", \"cause\": \"billing\"\n    },\n    {\"pool\": \"a/b/*\",\n     \
                        \"probability_min\": 0.9, \"cause\": \"overload\", \"confidence\": \"supported\"}\n  ],\n  \
                        \"options\": {\n    \"now\": \"noon\"}\n}\n";

    #[test]
    fn each_difference_is_on_its_line() {
        for (what, expected) in [
            ("verdict", Some(2)),
            ("E1 confidence", Some(5)),
            ("E1 cause", Some(6)),
            ("E1 between", Some(4)),
            ("E2 probability", Some(9)),
            ("E2", Some(8)),
            ("E3", Some(3)),
            ("E0", Some(3)),
            ("options now", Some(12)),
            ("episodes", Some(3)),
        ] {
            assert_eq!(line_of(TEXT, what, None), expected, "{what}");
        }
        assert_eq!(line_of("{", "E1", None), None);
    }

    #[test]
    fn a_hostile_name_or_text_stays_inside_its_command() {
        let d = Difference {
            why: Vec::new(),
            position: None,
            what: "E1 pool".to_owned(),
            expected: "100 %".to_owned(),
            got: "x\n::set-env name=A::b\r".to_owned(),
        };
        let name = "a,line=9::x\n::error::";
        let case = Case {
            name: name.to_owned(),
            expected: "f/a,b:c/expected.json".into(),
            outcome: Outcome::Ok,
            seconds: None,
        };
        let actual = difference("error", &case, &d, "");
        assert_eq!(
            actual,
            "::error file=f/a%2Cb%3Ac/expected.json,line=1,title=why429 check%3A a%2Cline=9%3A%3Ax\\n%3A%3Aerror%3A%3A\
             ::E1 pool: expected 100 %25, got x\\n::set-env name=A::b\\r\n"
        );
        assert_eq!(actual.lines().count(), 1);
    }

    #[test]
    fn what_is_as_expected_is_not_marked() {
        let case = |outcome| Case { name: "c".to_owned(), expected: "c/expected.json".into(), outcome, seconds: None };
        assert_eq!(github(&[case(Outcome::Ok)]), "");
        let source = serde_json::from_str::<u8>("\n\n{").unwrap_err();
        let actual = github(&[case(Outcome::Error(CheckError::Parse { path: "c/expected.json".into(), source }))]);
        assert!(actual.starts_with("::error file=c/expected.json,line=3,"), "{actual}");
    }
}
