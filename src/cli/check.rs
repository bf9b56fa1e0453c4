//! `check`: one line per case, and for a difference a small table of what was expected and what came.

use comfy_table::{Table, presets};
use why429::check::{self, Case, Difference, Outcome, annotations, junit};
use why429::pipeline::{self, Quiet};
use why429::report::escape;

use super::args::{Annotations, Check};
use super::exit::Exit;
use super::screen;

/// Runs the command.
pub(super) fn run(args: &Check) -> Exit {
    let analyse =
        |paths: &[std::path::PathBuf], options: &pipeline::Options| pipeline::run(paths, options, &Quiet).document;
    let cases = match check::run(&args.dir, args.update, &analyse) {
        Ok(cases) => cases,
        Err(e) => {
            screen::warn(&e.to_string());
            return Exit::Failed;
        }
    };
    if cases.is_empty() {
        screen::warn(&format!("no folder with an expected.json in {}.", args.dir.display()));
        return Exit::NothingRecognised;
    }
    let told = screen::print(&report(&cases));
    if is_annotated(args.annotations) {
        screen::raw(&annotations::github(&cases));
    }
    let junit = args.junit.as_ref().map(|path| screen::write(&junit::render(&cases), Some(path)));
    let is_failed = [Some(told), junit].contains(&Some(Exit::Failed));
    if cases.iter().any(|c| matches!(c.outcome, Outcome::Differs(_))) {
        Exit::Differs
    } else if is_failed || cases.iter().any(|c| matches!(c.outcome, Outcome::Error(_))) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// A runner reads its commands from both streams; standard output carries the report and nothing else.
fn is_annotated(choice: Annotations) -> bool {
    match choice {
        Annotations::Auto => std::env::var_os("GITHUB_ACTIONS").is_some_and(|v| v == "true"),
        Annotations::Github => true,
        Annotations::None => false,
    }
}

fn report(cases: &[Case]) -> String {
    let mut out = String::new();
    for case in cases {
        let name = escape::terminal(&case.name);
        match &case.outcome {
            Outcome::Ok => out.push_str(&format!("ok       {name}\n")),
            Outcome::Updated(found) => out.push_str(&format!("updated  {name}\n{}", table(found))),
            Outcome::Differs(found) => out.push_str(&format!("differs  {name}\n{}", table(found))),
            Outcome::Error(e) => out.push_str(&format!("error    {name}: {}\n", escape::terminal(&e.to_string()))),
        }
    }
    let ok = cases.iter().filter(|c| matches!(c.outcome, Outcome::Ok)).count();
    out.push_str(&format!("{ok} of {} as expected\n", cases.len()));
    out
}

fn table(differences: &[Difference]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "expected", "got"]);
    for d in differences {
        table.add_row([&d.what, &d.expected, &d.got].map(|t| escape::terminal(t).into_owned()));
    }
    table.lines().map(|line| format!("        {}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_a_small_table() {
        let difference = |what: &str, expected: &str, got: &str| Difference {
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        };
        let found = vec![
            difference("E1 cause", "token_window/300", "account_block"),
            difference("E1 word", "confirmed", "compatible"),
        ];
        let case = |name: &str, outcome| Case { name: name.to_owned(), expected: name.into(), outcome, seconds: None };
        assert_eq!(
            report(&[case("cap-3", Outcome::Ok), case("window", Outcome::Differs(found))]),
            "ok       cap-3\ndiffers  window\n\
             \x20                  expected          got\n\
             \x20        E1 cause  token_window/300  account_block\n\
             \x20        E1 word   confirmed         compatible\n\
             1 of 2 as expected\n"
        );
    }
}
