//! `check`: one line per case, and for a difference a small table of what was expected and what came.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use clap::error::Error;
use comfy_table::{Table, presets};
use why429::check::{self, Case, Difference, Outcome, annotations, junit};
use why429::document::{Document, Input};
use why429::output;
use why429::pipeline::{self, Options, Quiet};
use why429::privacy::escape;
use why429::report::html;
use why429::wording::figures;

use super::args::{Annotations, Check};
use super::exit::Exit;
use super::screen;

/// Runs the command.
///
/// # Errors
/// A usage error: an output that would overwrite an input.
pub(super) fn run(args: &Check) -> Result<Exit, Error> {
    screen::keeps_inputs(std::slice::from_ref(&args.dir), &outputs(args))?;
    Ok(judge(args))
}

/// All that the command writes, apart from `expected.json`.
fn outputs(args: &Check) -> Vec<PathBuf> {
    let pages = args.html.iter().flat_map(|out| {
        let cases = check::folders(&args.dir).unwrap_or_default();
        cases.into_iter().map(|folder| page_path(out, &folder)).collect::<Vec<_>>()
    });
    args.junit.iter().cloned().chain(pages).collect()
}

fn judge(args: &Check) -> Exit {
    if let Some(dir) = &args.html
        && let Err(e) = std::fs::create_dir_all(dir)
    {
        screen::warn(&format!("{}: not made: {e}.", dir.display()));
        return Exit::Failed;
    }
    let failures: Mutex<Vec<String>> = Mutex::default();
    let fail = |why: String| failures.lock().unwrap_or_else(PoisonError::into_inner).push(why);
    let taken: Mutex<BTreeMap<String, f64>> = Mutex::default();
    let analyse = |folder: &Path, paths: &[PathBuf], options: &Options| {
        let begun = std::time::Instant::now();
        let options = Options { charts: args.html.is_some(), ..options.clone() };
        let analysis = pipeline::run(paths, &options, &Quiet);
        let seconds = begun.elapsed().as_secs_f64();
        taken.lock().unwrap_or_else(PoisonError::into_inner).insert(check::name(folder), seconds);
        if analysis.unreadable > 0 {
            unread_files(&analysis.document).for_each(|why| fail(format!("{}: {why}", check::name(folder))));
        }
        if let Some(Err(why)) = args.html.as_ref().map(|dir| page(dir, folder, &analysis.document)) {
            fail(why);
        }
        analysis.document
    };
    let mut cases = match check::run(&args.dir, args.update, &analyse) {
        Ok(cases) => cases,
        Err(e) => {
            screen::warn(&e.to_string());
            screen::warn("give a folder of incidents, each a folder with logs and an expected.json (docs/ci.md).");
            return Exit::Failed;
        }
    };
    let taken = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    cases.iter_mut().for_each(|case| case.seconds = taken.get(&case.name).copied());
    if cases.is_empty() {
        screen::warn(&format!(
            "no folder with an expected.json in {}; one that holds `{{}}` makes a folder a case, and --update fills it in.",
            args.dir.display()
        ));
        return Exit::NothingRecognised;
    }
    let left_out = check::left_out(&args.dir);
    if !left_out.is_empty() && !args.quiet {
        screen::warn(&format!("not judged, since without an expected.json: {}.", left_out.join(", ")));
    }
    let printed = screen::print(&report(&cases, args.quiet, args.verbose));
    if is_annotated(args.annotations) {
        screen::raw(&annotations::github(&cases));
    }
    let junit = args.junit.as_ref().map(|path| screen::write(&junit::render(&cases), Some(path)));
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort();
    failures.iter().for_each(|why| screen::warn(why));
    let is_failed = !failures.is_empty() || [Some(printed), junit].contains(&Some(Exit::Failed));
    if cases.iter().any(|c| matches!(c.outcome, Outcome::Differs(_))) {
        Exit::Differs
    } else if is_failed || cases.iter().any(|c| matches!(c.outcome, Outcome::Error(_))) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// What is wrong with whole files of a case.
fn unread_files(document: &Document) -> impl Iterator<Item = String> {
    let whole = |i: &Input| {
        let problems = i.problems.iter().filter(|p| p.line == 0);
        problems.map(|p| figures::problem(&i.path, p)).collect::<Vec<_>>()
    };
    document.inputs.iter().flat_map(whole)
}

/// Where a case's page is written.
fn page_path(dir: &Path, folder: &Path) -> PathBuf {
    dir.join(format!("{}.html", check::name(folder)))
}

/// Writes a case's page, named as the case.
fn page(dir: &Path, folder: &Path, document: &Document) -> Result<(), String> {
    let path = page_path(dir, folder);
    let failed = |why: String| format!("{}: not written: {why}.", path.display());
    let text = html::render(document).map_err(|e| failed(e.to_string()))?;
    output::write_bytes(&path, text.as_bytes()).map_err(|e| failed(e.to_string()))
}

/// A runner reads its commands from both streams; standard output carries the report and nothing else.
fn is_annotated(choice: Annotations) -> bool {
    match choice {
        Annotations::Auto => std::env::var_os("GITHUB_ACTIONS").is_some_and(|v| v == "true"),
        Annotations::Github => true,
        Annotations::None => false,
    }
}

/// One line a case; when quiet, those alone that are not as expected, and nothing where all are.
fn report(cases: &[Case], is_quiet: bool, is_verbose: bool) -> String {
    let mut out = String::new();
    let is_listed = |c: &&Case| !is_quiet || !matches!(c.outcome, Outcome::Ok);
    for case in cases.iter().filter(is_listed) {
        let name = escape::terminal(&case.name);
        match &case.outcome {
            Outcome::Ok => out.push_str(&format!("ok       {name}\n")),
            Outcome::Updated(differences) => {
                out.push_str(&format!("updated  {name}\n{}{}", table(differences), why(differences, is_verbose)))
            }
            Outcome::Differs(differences) => {
                out.push_str(&format!("differs  {name}\n{}{}", table(differences), why(differences, is_verbose)))
            }
            Outcome::Error(e) => out.push_str(&format!("error    {name}: {}\n", escape::terminal(&e.to_string()))),
        }
    }
    if is_quiet {
        return out;
    }
    let ok = cases.iter().filter(|c| matches!(c.outcome, Outcome::Ok)).count();
    let updated = cases.iter().filter(|c| matches!(c.outcome, Outcome::Updated(_))).count();
    let rewritten = if updated > 0 { format!(", {updated} updated") } else { String::new() };
    out.push_str(&format!("{ok} of {} as expected{rewritten}\n", cases.len()));
    out
}

/// The reasons behind the differences; without verbose those alone that no other output gives: what could not be read, and
/// why an episode is not there.
fn why(differences: &[Difference], is_verbose: bool) -> String {
    const OF_READING: [&str; 4] = ["files", "attempts", "snapshots", "problems"];
    let is_listed = |d: &&Difference| is_verbose || OF_READING.contains(&d.what.as_str()) || d.got == "no such episode";
    let lines = differences.iter().filter(is_listed).flat_map(|d| d.why.iter().map(move |why| (&d.what, why)));
    lines.map(|(what, why)| format!("        {what}: {}\n", escape::terminal(why))).collect()
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
    fn what_was_updated_is_counted() {
        let case = |outcome| Case { name: "new".to_owned(), expected: "new".into(), outcome, seconds: None };
        let cases = [case(Outcome::Updated(Vec::new())), case(Outcome::Ok)];
        let actual = report(&cases, false, false);
        assert!(actual.ends_with("1 of 2 as expected, 1 updated\n"), "{actual}");
        assert!(report(&cases, true, false).starts_with("updated  new\n"), "{}", report(&cases, true, false));
        assert_eq!(report(&cases[1..], true, false), "");
    }

    #[test]
    fn a_difference_is_a_small_table() {
        let difference = |what: &str, expected: &str, got: &str| Difference {
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            why: Vec::new(),
            position: None,
        };
        let differences = vec![
            difference("E1 cause", "token_window/300", "account_block"),
            difference("E1 confidence", "confirmed", "compatible"),
        ];
        let case = |name: &str, outcome| Case { name: name.to_owned(), expected: name.into(), outcome, seconds: None };
        assert_eq!(
            report(&[case("cap-3", Outcome::Ok), case("window", Outcome::Differs(differences))], false, false),
            "ok       cap-3\ndiffers  window\n\
             \x20                       expected          got\n\
             \x20        E1 cause       token_window/300  account_block\n\
             \x20        E1 confidence  confirmed         compatible\n\
             1 of 2 as expected\n"
        );
    }
}
