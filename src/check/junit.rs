//! The results as JUnit XML, as CI systems load it.

use super::{Case, Outcome};
use crate::privacy::escape::{self, terminal};

/// For XML, with what hides or reorders text made visible: a review page shows it unchanged.
fn xml(text: &str) -> String {
    escape::xml(&terminal(text))
}

/// The XML of all cases. An updated case counts as passed; its differences are in its output.
pub fn render(cases: &[Case]) -> String {
    let failures = cases.iter().filter(|c| matches!(c.outcome, Outcome::Differs(_))).count();
    let errors = cases.iter().filter(|c| matches!(c.outcome, Outcome::Error(_))).count();
    let head = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", cases.len());
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {head}>\n  <testsuite name=\"why429 check\" {head}>\n"
    );
    for case in cases {
        let time = case.seconds.map(|s| format!(" time=\"{s:.3}\"")).unwrap_or_default();
        let open = format!("    <testcase classname=\"why429\" name=\"{}\"{time}", xml(&case.name));
        let child = match &case.outcome {
            Outcome::Ok => None,
            Outcome::Differs(differences) => {
                let first = differences.first().map(|d| d.what.as_str()).unwrap_or_default();
                Some(format!("<failure message=\"{} differs\">{}</failure>", xml(first), xml(&lines(differences))))
            }
            Outcome::Updated(differences) => Some(format!("<system-out>{}</system-out>", xml(&lines(differences)))),
            Outcome::Error(e) => Some(format!("<error message=\"{}\"/>", xml(&e.to_string()))),
        };
        match child {
            None => out.push_str(&format!("{open}/>\n")),
            Some(child) => out.push_str(&format!("{open}>\n      {child}\n    </testcase>\n")),
        }
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn lines(differences: &[super::Difference]) -> String {
    let line = |d: &super::Difference| {
        let why = if d.why.is_empty() { String::new() } else { format!(" ({})", d.why.join(" ")) };
        format!("{}: expected {}, got {}{why}", d.what, d.expected, d.got)
    };
    differences.iter().map(line).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::{CheckError, Difference};
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_attribute() {
        let case = |name: &str, outcome| Case { name: name.to_owned(), expected: name.into(), outcome, seconds: None };
        let differs = Outcome::Differs(vec![Difference {
            why: vec!["a <reason>".to_owned()],
            position: None,
            what: "E1 confidence".to_owned(),
            expected: "<confirmed>".to_owned(),
            got: "\u{1b}x&\u{0}\u{202e}".to_owned(),
        }]);
        let error = Outcome::Error(CheckError::ValidationError {
            path: "p".into(),
            what: "options tz".to_owned(),
            value: "\"".to_owned(),
            right: "<z>".to_owned(),
        });
        let text = render(&[case("a\"<b>", Outcome::Ok), case("c", differs), case("d", error)]);
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites tests=\"3\" failures=\"1\" errors=\"1\">\n  \
               <testsuite name=\"why429 check\" tests=\"3\" failures=\"1\" errors=\"1\">\n    \
                 <testcase classname=\"why429\" name=\"a&quot;&lt;b&gt;\"/>\n    \
                 <testcase classname=\"why429\" name=\"c\">\n      \
                   <failure message=\"E1 confidence differs\">E1 confidence: expected &lt;confirmed&gt;, got \\x1bx&amp;\\x00\\u{202e} (a &lt;reason&gt;)</failure>\n    \
                 </testcase>\n    \
                 <testcase classname=\"why429\" name=\"d\">\n      \
                   <error message=\"p: options tz: found &apos;&quot;&apos;; &lt;z&gt;; --update writes what the logs give.\"/>\n    \
                 </testcase>\n  \
               </testsuite>\n</testsuites>\n"
        );
    }
}
