//! `accuracy`: writes docs/ACCURACY.md, the same bytes each time; its short form compares with what is stored.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use why429::verdict::{Weights, in_use, reasoned};

use super::gap::gap;
use super::score::{SHORT, prior_sensitivity, splits};
use super::{CommandError, root, text_of, write};
use crate::ceiling::Oracle;
use crate::figures::{Figure, Judged, judged, mean_of, named, reliability};
use crate::judge::Judge;
use crate::model::Incident;
use crate::recordings::{Recording, all as recordings, verdicts};
use crate::seeds;
use crate::simulate::{Draw, incidents};
use crate::tables::{Column, confusion, groups, measures, reliability_table, split, told};

/// Where the figures that CI compares with are stored, from the repository's root.
const BASELINE: &str = "trust/baseline.toml";
/// Rows of the recordings, for where these do not lie beside the repository.
const RECORDED: &str = "trust/recorded.toml";
/// The document.
const DOCUMENT: &str = "docs/ACCURACY.md";

/// CI fails when the share that is right falls by more.
const RIGHT_FALLS: f64 = 0.03;
/// Or when the log loss rises by more.
const LOSS_RISES: f64 = 0.05;

/// Training incidents from which the oracle knows how common causes are.
const TWINS: u64 = 1_500;

/// What CI compares with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    /// Share that was right.
    right: f64,
    /// Log loss.
    log_loss: f64,
    /// Table that they were measured with.
    table: String,
}

/// The figures of a few validation seeds against those stored.
///
/// # Errors
/// When right fell or the loss rose beyond what chance does.
pub fn short() -> Result<String, CommandError> {
    let now = measured()?;
    let path = root().join(BASELINE);
    let stored: Baseline =
        toml::from_str(&text_of(&path)?).map_err(|e| CommandError::Content { path, reason: e.message().to_owned() })?;
    let statement = format!(
        "{} incidents: right {:.3} (stored {:.3}), log loss {:.3} (stored {:.3})",
        seeds::SHORT,
        now.right,
        stored.right,
        now.log_loss,
        stored.log_loss
    );
    if now.right < stored.right - RIGHT_FALLS || now.log_loss > stored.log_loss + LOSS_RISES {
        return Err(CommandError::Worse(format!(
            "{statement}. Verdicts became worse; if that is meant, `cargo run -p why429-trust -- accuracy` stores the new figures."
        )));
    }
    let changed = stored.table != table_id(in_use());
    let hint = if changed { " The table has changed since: run `accuracy` to store its figures." } else { "" };
    Ok(format!("{statement}.{hint}\n"))
}

fn measured() -> Result<Baseline, CommandError> {
    let few = seeds::VALIDATION.start..seeds::VALIDATION.start + seeds::SHORT;
    let all = incidents(few, Draw::training())?;
    let judged = judged(&all, Judge::Table(in_use()));
    let value = |id| named(&judged, id).map_or(f64::NAN, |f| f.value);
    Ok(Baseline { right: value("right"), log_loss: value("log loss"), table: table_id(in_use()) })
}

fn table_id(table: &Weights) -> String {
    format!("{}, {}", table.name, table.version)
}

/// Writes the document and what CI compares with. `test` and `stress` bound how many test seeds are run.
///
/// # Errors
/// When incidents cannot be drawn or files not be written.
pub fn run(test: u64, stress: u64, beside: &Path) -> Result<String, CommandError> {
    let first = |seeds: std::ops::Range<u64>, n: u64| seeds.start..(seeds.start + n).min(seeds.end);
    let plain = incidents(first(seeds::TEST, test), Draw::training())?;
    let stressed = incidents(first(seeds::TEST_STRESS, stress), Draw::stress())?;
    let rows = recorded_rows(beside)?;
    let oracle = Oracle::of(&incidents(first(seeds::TRAINING, TWINS), Draw::training())?);
    write(&root().join(DOCUMENT), &document(&plain, &stressed, &oracle, &rows))?;
    let now = measured()?;
    let baseline = format!(
        "# {} validation seeds; `accuracy` writes this, `accuracy --short` compares with it.\ntable = {:?}\nright = {:.4}\nlog_loss = {:.4}\n",
        seeds::SHORT,
        now.table,
        now.right,
        now.log_loss
    );
    write(&root().join(BASELINE), &baseline)?;
    Ok(format!("{DOCUMENT} and {BASELINE} written.\n"))
}

/// The recordings' rows: measured where they lie beside the repository, else as stored.
fn recorded_rows(beside: &Path) -> Result<Vec<String>, CommandError> {
    #[derive(Deserialize)]
    struct Stored {
        table: String,
        rows: Vec<String>,
    }
    let path = root().join(RECORDED);
    let found = recordings(&root(), beside);
    let stored: Option<Stored> = std::fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok());
    if beside.is_dir() || stored.is_none() {
        let rows = rows(&found);
        let mut text = format!(
            "# Recordings as last measured; `accuracy` writes this.\ntable = {:?}\nrows = [\n",
            table_id(in_use())
        );
        for row in &rows {
            let _ = writeln!(text, "  {row:?},");
        }
        write(&path, &format!("{text}]\n"))?;
        return Ok(rows);
    }
    let kept = stored.filter(|s| s.table == table_id(in_use())).map(|s| s.rows);
    kept.ok_or_else(|| CommandError::Content {
        path,
        reason: "it was measured with another table, and the recordings are not beside the repository".to_owned(),
    })
}

fn rows(found: &[Recording]) -> Vec<String> {
    let by_name: BTreeMap<&str, &Recording> = found.iter().map(|r| (r.name.as_str(), r)).collect();
    let before = verdicts(found, reasoned());
    let now = verdicts(found, in_use());
    let row = |(v, old): (&crate::recordings::Verdict, &crate::recordings::Verdict)| {
        let said = |v: &crate::recordings::Verdict| match v.said {
            Some((h, p, names)) => format!("{} {p:.2}{}", h.key(), if names { "" } else { ", open" }),
            None => "nothing found".to_owned(),
        };
        let r = by_name.get(v.name.as_str())?;
        let extra = r.found.iter().filter(|f| f.refused).count().saturating_sub(r.truths.len());
        let verdict = match (v.right(), v.wrong()) {
            (true, _) => "right",
            (_, true) => "**wrong**",
            _ => "not decided",
        };
        Some(format!(
            "| {} | {} | {} | {:.2} | {verdict} | {} | {extra} |",
            v.name,
            v.truth.key(),
            said(v),
            v.of_truth,
            said(old)
        ))
    };
    now.iter().zip(&before).filter_map(row).collect()
}

fn document(plain: &[Incident], stressed: &[Incident], oracle: &Oracle, rows: &[String]) -> String {
    let table = in_use();
    let all = judged(plain, Judge::Table(table));
    let of = |keep: &dyn Fn(&Incident) -> bool| -> Vec<Judged<'_>> {
        all.iter().filter(|j| keep(j.incident)).cloned().collect()
    };
    let bare = of(&|i| i.bare);
    let told_of = of(&|i| !i.bare);
    let endless = of(&|i| i.damages.iter().any(|d| d.contains("end")));
    let stress = judged(stressed, Judge::Table(table));
    let rule = judged(plain, Judge::ThreadRule);
    let old = judged(plain, Judge::Table(reasoned()));
    let mut out = opening(table, plain.len(), stressed.len());
    let _ = writeln!(out, "## Targets\n\n{}", targets(&told_of, &bare));
    let sets = [("all evidence", &told_of), ("no text, Retry-After, snapshot", &bare), ("stress", &stress)];
    let _ = writeln!(out, "{CEILING}\n\n{}", ceiling(oracle, &sets));
    let _ = writeln!(out, "{GAP}\n\n{}", gap(oracle, &all));
    let columns = [
        Column { title: "as drawn", judged: &all },
        Column { title: "all evidence", judged: &told_of },
        Column { title: "no text, Retry-After, snapshot", judged: &bare },
        Column { title: "ends missing", judged: &endless },
        Column { title: "stress", judged: &stress },
    ];
    let _ = writeln!(out, "## Figures\n\n{}", measures(&columns, &[]));
    let others = [
        Column { title: "this table", judged: &all },
        Column { title: "reasoned", judged: &old },
        Column { title: "the rule of thumb", judged: &rule },
    ];
    let _ = writeln!(
        out,
        "{OTHERS}\n\n{}",
        measures(
            &others,
            &[
                "right",
                "named and wrong",
                "names a cause",
                "log loss",
                "Brier",
                "calibration error",
                "cap or window forced"
            ]
        )
    );
    let _ = writeln!(
        out,
        "## What was, and what was said\n\nEpisodes, as drawn. `open` is undetermined.\n\n{}",
        confusion(&all)
    );
    let _ = writeln!(out, "## Whether 90 % means nine in ten\n\nAs drawn:\n\n{}", reliability_table(&all));
    let _ = writeln!(out, "Without text, Retry-After and snapshot:\n\n{}", reliability_table(&bare));
    let _ = writeln!(out, "Under stress settings:\n\n{}", reliability_table(&stress));
    let _ = writeln!(out, "## Parts\n");
    for (title, parts) in splits(&all) {
        let _ = writeln!(out, "{title}:\n\n{}", groups(&parts, &SHORT));
    }
    let _ = writeln!(
        out,
        "## {}",
        prior_sensitivity(plain, table).replacen("Prior:", "How the figures move with the prior", 1)
    );
    let _ = writeln!(out, "## Recordings of real clients\n\n{RECORDINGS}\n{}\n", rows.join("\n"));
    let _ = writeln!(out, "## What stays hard\n\n{}", hard(&all));
    out
}

/// The oracle and the share that this table gets right, set by set.
fn ceiling(oracle: &Oracle, sets: &[(&str, &Vec<Judged<'_>>)]) -> String {
    let mut out = "| | the oracle is right | this table | between |\n|---|---|---|---|\n".to_owned();
    for (title, judged) in sets {
        let of = |j: &Judged<'_>| oracle.right(j.incident).map_or((0.0, 0.0), |r| (r, 1.0));
        let (most, now) = (mean_of(judged, &of), named(judged, "right"));
        let between = most.zip(now).map_or(f64::NAN, |(a, b)| a.value - b.value);
        let _ = writeln!(out, "| {title} | {} | {} | {between:.3} |", told(most), told(now));
    }
    out
}

const CEILING: &str = "**The ceiling.** An oracle that knows the true limiter wherever limiters behave differently. Causes \
that refuse everything alike (a window of any length, an account block, lost access, an empty balance, a long overload, a \
cooldown) it cannot distinguish where no text, status, snapshot or wait names one; of these it names the one that is most common among training \
incidents of that length (trust/src/ceiling.rs).";

const GAP: &str = "Where the difference lies, as drawn: by what happened to the logs (an incident with several damages counts at the \
first of them), and by the first cause. The oracle believes texts, so mislabelled ones are a part that no reader of the log could win.";

const OTHERS: &str = "The same incidents by other methods. The rule of thumb: no success in the episode means a five-hour window, \
sporadic successes mean a concurrency cap.";

const RECORDINGS: &str = "Made by real clients against limiters of known kind; none is used in fitting. The last column counts \
refused episodes beyond the true ones.\n\n| recording | was | said | probability of the truth | | by the reasoned table | beside |\n|---|---|---|---|---|---|---|";

fn opening(table: &Weights, plain: usize, stress: usize) -> String {
    format!(
        "# How often verdicts are right\n\n\
         Written by `cargo run -p why429-trust -- accuracy`, with the same bytes each time; do not edit.\n\n\
         Simulated incidents of known cause (simulator {}) are written as log files and read by the whole program, parsers \
         included. Table of weights: {}. {plain} incidents of the test seeds and {stress} under stress settings outside the \
         training ranges; these seeds are used for nothing else. An incident counts once, however many episodes it has. A window \
         of another length than the true one is wrong, and the probability of a window is that of its length, as reports \
         print it. In parentheses: 95 % intervals from resampling the incidents. \
         Probabilities of simulated incidents are an upper bound for real logs; the recordings below are the test that \
         counts most.\n\n",
        why429_simulator::VERSION,
        table_id(table),
    )
}

/// One target: what is measured, and what is to hold in either column.
struct Target {
    id: &'static str,
    at_least: bool,
    all: f64,
    bare: f64,
}

const TARGETS: [Target; 7] = [
    Target { id: "right", at_least: true, all: 0.94, bare: 0.87 },
    Target { id: "named and wrong", at_least: false, all: 0.03, bare: 0.05 },
    Target { id: "calibration error", at_least: false, all: 0.02, bare: 0.03 },
    Target { id: "names a cause", at_least: true, all: 0.88, bare: 0.75 },
    Target { id: "cap or window forced", at_least: true, all: 0.98, bare: 0.96 },
    Target { id: "false alarms per 100 quiet logs", at_least: false, all: 1.0, bare: 1.0 },
    Target { id: "cap exact, complete logs", at_least: true, all: 0.97, bare: 0.97 },
];

fn targets(all: &[Judged<'_>], bare: &[Judged<'_>]) -> String {
    let mut out = "| | target | all evidence | | target | without texts, Retry-After, snapshots | |\n|---|---|---|---|---|---|---|\n".to_owned();
    let figure = |judged: &[Judged<'_>], id: &str| {
        if id == "calibration error" { reliability(judged).1 } else { named(judged, id) }
    };
    let met = |f: Option<Figure>, t: &Target, bound: f64| match f {
        None => "not measured",
        Some(f) if (t.at_least && f.value >= bound) || (!t.at_least && f.value <= bound) => "met",
        Some(_) => "missed",
    };
    for t in &TARGETS {
        let sign = if t.at_least { ">=" } else { "<=" };
        let (a, b) = (figure(all, t.id), figure(bare, t.id));
        let _ = writeln!(
            out,
            "| {} | {sign} {} | {} | {} | {sign} {} | {} | {} |",
            t.id,
            t.all,
            told(a),
            met(a, t, t.all),
            t.bare,
            told(b),
            met(b, t, t.bare)
        );
    }
    out
}

/// Causes of which less than this share is right stay hard.
const HARD: f64 = 0.9;

fn hard(all: &[Judged<'_>]) -> String {
    let mut out = "Causes of which less than 90 % is right, with one drawn incident each that went wrong.\n\n| was | right | example |\n|---|---|---|\n".to_owned();
    for (key, group) in split(all, |j| j.outcomes.first().map(|o| o.truth.key()).into_iter().collect()) {
        let Some(right) = named(&group, "right").filter(|f| f.value < HARD) else { continue };
        let wrong = group.iter().find_map(|j| {
            let o = j.outcomes.iter().find(|o| !o.right())?;
            let said = o.said.as_ref().map_or("nothing found".to_owned(), |s| {
                format!("{} {:.2}{}", s.first.key(), s.probability, if s.names { "" } else { ", open" })
            });
            let damages = if j.incident.damages.is_empty() { "none".to_owned() } else { j.incident.damages.join(", ") };
            Some(format!(
                "seed {} ({}, damage: {damages}{}): {said} for {}",
                j.incident.seed,
                j.incident.form,
                if j.incident.bare { ", no metadata" } else { "" },
                o.truth.key()
            ))
        });
        let _ = writeln!(out, "| {key} | {} | {} |", told(Some(right)), wrong.unwrap_or_default());
    }
    out
}
