//! `analyze`: reads, reports, and returns an exit code.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::error::Error;
use why429::document::{Document, Episode};
use why429::model::{Cause, Time};
use why429::pipeline::{self, Analysis, Options};
use why429::privacy::accounts::Accounts;
use why429::privacy::escape;
use why429::report::terminal::Look;
use why429::report::ticket::FILES;
use why429::report::timesketch::{self, Form, Sketch};
use why429::report::{html, json, markdown, terminal};
use why429::wording::figures;

use super::args::{Analyze, Format};
use super::exit::Exit;
use super::home::{self, Folders};
use super::providers;
use super::screen;
use super::settings;

/// Files named when nothing was recognised; the rest are counted.
const LOOKED_AT_NAMED: usize = 20;

/// Problems named on standard error; the report has them all.
const PROBLEMS_NAMED: usize = 50;

/// Runs the command.
///
/// # Errors
/// A usage error.
pub(super) fn run(args: &Analyze) -> Result<Exit, Error> {
    let home = (args.home || (args.input.paths.is_empty() && screen::stdin_is_terminal())).then(home::look);
    let options = settings::of_analyze(args, screen::clock(), home.is_some())?;
    let paths = match &home {
        Some(folders) => folders.paths().into_iter().chain(args.input.paths.iter().cloned()).collect(),
        None => super::inputs(&args.input.paths)?,
    };
    let is_verbose = !args.input.quiet;
    home.iter().filter(|_| is_verbose).flat_map(Folders::notes).for_each(|line| screen::warn(&line));
    let since = args.since.as_deref().or(args.last.as_deref());
    home.iter()
        .filter(|_| is_verbose)
        .find_map(|_| home::reporting_note(since))
        .iter()
        .for_each(|line| screen::warn(line));
    if home.is_some() && paths.is_empty() {
        screen::warn("nothing to read: no known agent has a folder here; give a log file or a folder.");
        return Ok(Exit::NothingRecognised);
    }
    screen::keeps_inputs(&paths, &outputs(args))?;
    args.format_of_output().map_err(|why| settings::usage(&escape::terminal(&why)))?;
    if is_verbose {
        chosen(args, &options).iter().for_each(|line| screen::warn(line));
    }
    if args.no_redact {
        screen::warn("--no-redact: keys, names and error texts are written as the logs have them. Do not send this.");
    }
    let bar = screen::Bar::new(args.input.quiet);
    let mut analysis = pipeline::run(&paths, &options, &bar);
    bar.finish();
    if home.is_some() && is_verbose {
        home::summary(&analysis.document).iter().for_each(|line| screen::warn(line));
    }
    for line in problems(&analysis.document) {
        screen::warn(&line);
    }
    if let Some(exit) = nothing_recognised(&analysis) {
        return Ok(exit);
    }
    if let Some(wrong) = not_there(args, &analysis.document) {
        return Err(settings::usage(&escape::terminal(&wrong)));
    }
    let written = match args.format() {
        Format::Timesketch => write_sketch(&analysis, &options, args),
        _ => report(&analysis.document, args),
    };
    let packed = args.ticket.as_deref().map_or(Exit::Done, |dir| packs(dir, &mut analysis, args));
    Ok(exit_code(if written == Exit::Done { packed } else { written }, &analysis, args))
}

/// Why an episode or a pool that was asked for cannot be reported: the logs hold none of that name.
fn not_there(args: &Analyze, document: &Document) -> Option<String> {
    if let Some(pool) = args.pool.as_deref() {
        let ids: Vec<&str> = document.pools.iter().map(|p| p.id.as_str()).collect();
        if !ids.iter().any(|id| pipeline::is_of_pool(id, pool)) {
            return Some(format!("--pool {pool}: the logs hold no such pool; there is {}", ids.join(", ")));
        }
    }
    let id = args.episode.as_deref()?;
    let is_there = document.episodes.iter().any(|e| e.id == id);
    (!is_there).then(|| {
        format!("--episode {id}: the logs hold no such episode in the time and pool asked for; a report without --episode names them")
    })
}

/// Says which time was chosen, and in which zone, where what was typed leaves that open.
fn chosen(args: &Analyze, options: &Options) -> Vec<String> {
    let zone = options.zone.unwrap_or(why429::model::Zone::UTC);
    let since = if args.last.is_some() { ("--last", &args.last) } else { ("--since", &args.since) };
    let ends = [(since.0, since.1, options.since, "from", " on"), ("--until", &args.until, options.until, "up to", "")];
    let line = |(name, typed, time, before, after): (&str, &Option<String>, Option<Time>, &str, &str)| {
        let is_open = typed.as_deref().is_none_or(|t| !super::parse::is_an_instant(t));
        let instant = zone.format(time.filter(|_| is_open)?, "%Y-%m-%d %H:%M:%S");
        let by = if typed.is_some() { name } else { "--home; --since looks further back" };
        Some(format!("reporting episodes {before} {instant} {zone}{after} ({by})."))
    };
    ends.into_iter().filter_map(line).collect()
}

/// Writes the events for Timesketch; the ending of the output decides their form.
fn write_sketch(analysis: &Analysis, options: &Options, args: &Analyze) -> Exit {
    let accounts = Accounts::of(analysis.timeline.pools.iter().map(|p| (p.id.as_str(), p.account.as_str())));
    let mask = |text: &str| if args.no_redact { text.to_owned() } else { accounts.masked_name(text).into_owned() };
    let mask_said = |text: &str| if args.no_redact { text.to_owned() } else { accounts.masked(text).into_owned() };
    let sketch = Sketch {
        document: &analysis.document,
        timeline: &analysis.timeline,
        mask: &mask,
        mask_said: &mask_said,
        since: options.since,
        until: options.until,
    };
    let is_csv = |path: &std::path::Path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let form = if args.output.as_deref().is_some_and(is_csv) { Form::Csv } else { Form::JsonLines };
    screen::write_with(args.output.as_deref(), &|out| timesketch::write(out, form, sketch))
}

/// Writes a pack for each provider that refused something: in DIR, or in folders below it where there are several.
fn packs(dir: &std::path::Path, analysis: &mut Analysis, args: &Analyze) -> Exit {
    let refusing = providers::refusing(&analysis.document);
    if refusing.len() < 2 {
        return pack(dir, analysis, args);
    }
    let (whole, pools) = (analysis.document.clone(), std::mem::take(&mut analysis.timeline.pools));
    let mut exit = Exit::Done;
    let mut left = pools;
    for (provider, folder) in &refusing {
        let (own, others) = left.into_iter().partition(|p| p.provider == *provider);
        (analysis.timeline.pools, left) = (own, others);
        analysis.document = providers::of(&whole, provider);
        let written = pack(&dir.join(folder), analysis, args);
        exit = if exit == Exit::Done { written } else { exit };
        left.append(&mut analysis.timeline.pools);
    }
    (analysis.document, analysis.timeline.pools) = (whole, left);
    exit
}

/// Writes the pack, and says where it is.
fn pack(dir: &std::path::Path, analysis: &Analysis, args: &Analyze) -> Exit {
    match super::ticket::write(dir, args.force, &as_finished(&analysis.document), analysis) {
        Ok(()) => {
            if !args.input.quiet {
                screen::warn(&format!("the pack is in {}. Read report.md before you send it.", dir.display()));
            }
            Exit::Done
        }
        Err(e) => {
            screen::warn(&format!("{e}."));
            Exit::Failed
        }
    }
}

/// All that the command writes.
fn outputs(args: &Analyze) -> Vec<PathBuf> {
    // Where several providers refused, the pack of each is a folder below; only what is there can be an input.
    let below = |dir: &PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    let dirs = args.ticket.iter().flat_map(|dir| below(dir).filter(|p| p.is_dir()).chain([dir.clone()]));
    let packed = dirs.flat_map(|dir| FILES.map(|name| dir.join(name)));
    args.output.iter().cloned().chain(packed).collect()
}

/// The same with the end of the log as "now", for what is sent: it must not say when it was made.
fn as_finished(document: &Document) -> Cow<'_, Document> {
    let by_clock = |e: &Episode| e.ends_in_block || e.outlook_by_clock.is_some();
    if document.now.is_some() || !document.episodes.iter().any(by_clock) {
        return Cow::Borrowed(document);
    }
    let episodes = document.episodes.iter().map(|e| Episode { outlook_by_clock: None, ..e.clone() }).collect();
    Cow::Owned(Document { now: document.coverage.to.clone(), episodes, ..document.clone() })
}

/// The document with the clock as its "now", where an outage may still run, its user reads it and `--now` is absent.
fn as_of_now(document: &Document) -> Cow<'_, Document> {
    if document.now.is_some() || !document.episodes.iter().any(Episode::is_running) {
        return Cow::Borrowed(document);
    }
    Cow::Owned(Document { now: Some(screen::clock().rfc3339()), ..document.clone() })
}

/// Writes the report. The clock reaches the terminal alone: everywhere else the same input gives the same bytes.
fn report(document: &Document, args: &Analyze) -> Exit {
    let to = args.output.as_deref();
    let text = match args.format() {
        Format::Json => return screen::write_with(to, &|out| json::write(document, out)),
        Format::Jsonl => return screen::write_with(to, &|out| json::write_lines(document, out)),
        Format::Html => match html::render(&as_finished(document)) {
            Ok(text) => text,
            Err(e) => {
                screen::warn(&format!("the report could not be written: {e}."));
                return Exit::Failed;
            }
        },
        Format::Markdown => markdown::render(&as_finished(document)),
        // Timesketch's events are no text that is made whole.
        Format::Terminal | Format::Timesketch => {
            let look = Look {
                width: screen::width(),
                color: screen::color(args.color(), args.output.is_some()),
                verbose: args.verbose,
                quiet: args.input.quiet,
            };
            let document = as_of_now(document);
            let text = terminal::render(&document, &look);
            if to.is_none() {
                let closing = terminal::closing(&document, &look);
                return screen::page(&text, &closing, args.no_pager);
            }
            text
        }
    };
    screen::write(&text, to)
}

/// An output that was not written comes first, then a match that was asked for, then a file that was not read.
fn exit_code(written: Exit, analysis: &Analysis, args: &Analyze) -> Exit {
    if written != Exit::Done {
        written
    } else if is_matched(&analysis.document, &args.fail_on, args.min_probability()) {
        Exit::Matched
    } else if analysis.unreadable > 0 {
        Exit::Failed
    } else if is_dropped(&analysis.document) {
        screen::warn("every line of the inputs was dropped; the problems above say why.");
        Exit::NothingRecognised
    } else {
        Exit::Done
    }
}

/// Whether nothing was read, and lines that are no attempts for a reason were dropped.
fn is_dropped(document: &Document) -> bool {
    let holds = document.coverage.attempts > 0 || document.coverage.snapshots > 0;
    !holds && document.inputs.iter().any(|i| i.kind == "log" && i.problems.iter().any(|p| p.line > 0))
}

/// Whether an episode has one of the causes with at least this probability.
fn is_matched(document: &Document, causes: &[String], least: f64) -> bool {
    let is_wanted = |cause: &String| Cause::from_id(cause).is_some() && causes.contains(cause);
    document.episodes.iter().any(|e| is_wanted(&e.verdict.cause) && e.verdict.probability >= least)
}

/// When nothing was recognised: says what was looked at. A file that could not be read at all counts more.
pub(super) fn nothing_recognised(analysis: &Analysis) -> Option<Exit> {
    if analysis.recognised > 0 {
        return None;
    }
    let inputs = &analysis.document.inputs;
    if analysis.unreadable > 0 && inputs.len() as u64 == analysis.unreadable {
        screen::warn(
            "nothing could be read; give a log file or a folder that is there (`why429 formats` tells where logs live).",
        );
        return Some(Exit::Failed);
    }
    screen::warn("nothing recognised in the inputs. Looked at:");
    for input in inputs.iter().take(LOOKED_AT_NAMED) {
        screen::warn(&format!("  {} ({} bytes)", input.path, input.bytes));
    }
    if inputs.len() > LOOKED_AT_NAMED {
        screen::warn(&format!("  and {} more", inputs.len() - LOOKED_AT_NAMED));
    } else if inputs.is_empty() {
        screen::warn("  no file at all");
    }
    screen::warn(&format!("It takes {}; `why429 formats` tells more.", super::formats::ids()));
    Some(if analysis.unreadable > 0 { Exit::Failed } else { Exit::NothingRecognised })
}

/// What could not be read, a line each.
pub(super) fn problems(document: &Document) -> Vec<String> {
    let all = document.inputs.iter().flat_map(|i| i.problems.iter().map(|p| figures::problem(&i.path, p)));
    let mut lines: Vec<String> = all.collect();
    if lines.len() > PROBLEMS_NAMED {
        let rest = lines.len() - PROBLEMS_NAMED;
        lines.truncate(PROBLEMS_NAMED);
        lines.push(format!("and {rest} more problems; the JSON report has them all"));
    }
    lines
}
