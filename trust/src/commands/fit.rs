//! `fit`: fits the points on training seeds, tempers them on validation seeds, compares models, writes the table.

use std::fmt::Write as _;
use std::path::PathBuf;

use why429::model::{Cause, Hypothesis};
use why429::verdict::{Weights, hypotheses, reasoned, score};

use super::{CommandError, root, write};
use crate::figures::{judged, named, reliability};
use crate::fit::design::{Design, Ties};
use crate::fit::examples::examples;
use crate::fit::optimise::{Penalty, fit};
use crate::fit::temper::{log_loss, table, tempered};
use crate::fit::{marginals, pairs, write as written};
use crate::judge::Judge;
use crate::model::Incident;
use crate::recordings::{Fixture, Recording, Verdict, all as recordings, changed, fixtures, verdicts};
use crate::seeds;
use crate::simulate::{Draw, incidents};

/// Penalties that are tried.
const PENALTIES: [f64; 4] = [6.0, 20.0, 60.0, 200.0];
/// A fit may lose so much log loss on recordings against the reasoned table before that counts.
const RECORDINGS_LOSE: f64 = 0.03;

/// How much of the seeds.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Training incidents, at most.
    pub training: u64,
    /// Validation incidents of either setting, at most.
    pub validation: u64,
    /// Where the table goes.
    pub output: PathBuf,
    /// Where recordings lie.
    pub recordings: PathBuf,
}

/// What a fit may look at.
#[derive(Debug)]
struct Seen {
    training: Vec<Incident>,
    validation: Vec<Incident>,
    stress: Vec<Incident>,
    recorded: Vec<Recording>,
    fixtures: Vec<Fixture>,
}

impl Seen {
    fn both(&self) -> Vec<Incident> {
        self.validation.iter().chain(&self.stress).cloned().collect()
    }

    fn map(&self, to: impl Fn(&[Incident]) -> Vec<Incident>) -> Self {
        Self {
            training: to(&self.training),
            validation: to(&self.validation),
            stress: to(&self.stress),
            recorded: self.recorded.clone(),
            fixtures: self.fixtures.clone(),
        }
    }

    fn with_pairs(&self) -> Self {
        let mut seen = self.map(pairs::with_pairs);
        seen.recorded.iter_mut().flat_map(|r| &mut r.found).for_each(pairs::add);
        seen.fixtures.iter_mut().flat_map(|f| &mut f.found).for_each(pairs::add);
        seen
    }

    /// What a table does to recordings: the smaller the better, before any simulated incident is asked.
    fn by_recordings(&self, table: &Weights) -> (usize, bool) {
        let said = verdicts(&self.recorded, table);
        let wrong = said.iter().filter(|v| v.wrong()).count() + changed(&self.fixtures, table).len();
        let lost = loss_of(&said) - loss_of(&verdicts(&self.recorded, reasoned()));
        (wrong + usize::from(gap_ratio(table) > 2.0), lost > RECORDINGS_LOSE)
    }
}

/// A fitted model.
#[derive(Debug)]
struct Model {
    name: &'static str,
    table: Weights,
    how: String,
    with_pairs: bool,
}

/// Fits, compares, writes the tied table, and tells the comparison as Markdown.
///
/// # Errors
/// When incidents cannot be drawn or the table not be written.
pub fn run(ask: &Ask) -> Result<String, CommandError> {
    let first = |seeds: std::ops::Range<u64>, n: u64| seeds.start..(seeds.start + n).min(seeds.end);
    let seen = Seen {
        training: incidents(first(seeds::TRAINING, ask.training), Draw::training())?,
        validation: incidents(first(seeds::VALIDATION, ask.validation), Draw::training())?,
        stress: incidents(first(seeds::VALIDATION_STRESS, ask.validation), Draw::stress())?,
        recorded: recordings(&root(), &ask.recordings),
        fixtures: fixtures(&root()),
    };
    let models = models(&seen);
    let mut out = compared(&models, &seen);
    let _ = writeln!(out, "\n{}", separate(&seen));
    let _ = writeln!(out, "\n{}", worth(&seen, &models));
    if let Some(tied) = models.iter().find(|m| m.name == "tied") {
        let table = published(&tied.table, &seen);
        write(&ask.output, &written::toml(&table, &comment(tied, &seen)))?;
    }
    Ok(out)
}

fn models(seen: &Seen) -> Vec<Model> {
    let plain = |name, table: Weights, how: String| Model { name, table, how, with_pairs: false };
    let mut all = vec![plain("reasoned", reasoned().clone(), "as it is".to_owned())];
    let counted = marginals::table(reasoned(), &seen.training, &seen.both());
    all.push(plain("product of marginals", counted, "family weights".to_owned()));
    let (table, how) = best(seen, Ties::Free, &[]);
    all.push(plain("free additive", table, how));
    let (table, how) = best(seen, Ties::Tied, &[]);
    all.push(plain("tied", table, how));
    let (table, how) = best(&seen.with_pairs(), Ties::Tied, &pairs::kinds());
    all.push(Model { name: "tied with pairs", table, how, with_pairs: true });
    all
}

/// The fit with the penalty that changes least on recordings and fixtures, then has the least log loss on the validation
/// incidents; temperature and floor are those of least loss.
fn best(seen: &Seen, ties: Ties, pairs: &[(&'static str, Vec<&'static str>)]) -> (Weights, String) {
    let design = Design::new(reasoned(), ties, pairs);
    let training = examples(&seen.training, &design);
    let validation = examples(&seen.both(), &design);
    let candidates = PENALTIES.map(|penalty| {
        let parameters = fit(&training, &design, Penalty(penalty));
        let t = tempered(&parameters, &validation);
        let table = table(&design, &parameters, t);
        let how = format!("penalty {penalty}, temperature {}, floor {}", t.temperature, t.floor);
        (seen.by_recordings(&table), t.loss, table, how)
    });
    let order = |a: &((usize, bool), f64, Weights, String), b: &((usize, bool), f64, Weights, String)| {
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    };
    let best = candidates.into_iter().min_by(order);
    best.map_or_else(|| (reasoned().clone(), String::new()), |(_, _, table, how)| (table, how))
}

/// The comparison: recordings first, then stress, then validation.
fn compared(models: &[Model], seen: &Seen) -> String {
    let with_pairs = seen.with_pairs();
    let mut out = format!(
        "Training {}, validation {}, stress {} incidents; {} recordings, {} fixtures.\n\n\
         | model | how | recordings right, wrong, log loss | fixtures changed | gap rule | stress right, wrong, log loss, \
         ECE | validation right, wrong, log loss, ECE | bare validation right, wrong |\n|---|---|---|---|---|---|---|---|\n",
        seen.training.len(),
        seen.validation.len(),
        seen.stress.len(),
        seen.recorded.len(),
        seen.fixtures.len(),
    );
    for model in models {
        let set = if model.with_pairs { &with_pairs } else { seen };
        let bare: Vec<Incident> = set.validation.iter().filter(|i| i.bare).cloned().collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {:.2} | {} | {} | {} |",
            model.name,
            model.how,
            on_recordings(&set.recorded, &model.table),
            on_fixtures(&set.fixtures, &model.table),
            gap_ratio(&model.table),
            on_incidents(&set.stress, &model.table),
            on_incidents(&set.validation, &model.table),
            on_incidents(&bare, &model.table),
        );
    }
    for model in models {
        let set = if model.with_pairs { &with_pairs } else { seen };
        for v in verdicts(&set.recorded, &model.table) {
            let said = v.said.map_or("nothing found".to_owned(), |(h, p, names)| {
                format!("{} {p:.2}{}", h.key(), if names { "" } else { " (open)" })
            });
            let _ =
                writeln!(out, "- {}: {}: was {}, {said}; truth {:.3}", model.name, v.name, v.truth.key(), v.of_truth);
        }
    }
    out
}

fn on_incidents(incidents: &[Incident], table: &Weights) -> String {
    let judged = judged(incidents, Judge::Table(table));
    let value = |id| named(&judged, id).map_or(f64::NAN, |f| f.value);
    let error = reliability(&judged).1.map_or(f64::NAN, |f| f.value);
    format!("{:.3}, {:.3}, {:.3}, {error:.3}", value("right"), value("named and wrong"), value("log loss"))
}

fn on_recordings(recorded: &[Recording], table: &Weights) -> String {
    let all = verdicts(recorded, table);
    let read = all.iter().filter(|v| v.said.is_some()).count();
    let right = all.iter().filter(|v| v.right()).count();
    let wrong = all.iter().filter(|v| v.wrong()).count();
    format!("{right} of {read}, {wrong}, {:.3}", loss_of(&all))
}

/// Mean log loss over the recordings that could be read.
fn loss_of(all: &[Verdict]) -> f64 {
    let read: Vec<f64> = all.iter().filter(|v| v.said.is_some()).map(|v| -v.of_truth.max(1e-4).ln()).collect();
    read.iter().sum::<f64>() / read.len().max(1) as f64
}

fn on_fixtures(all: &[Fixture], table: &Weights) -> String {
    let changes = changed(all, table);
    let told: Vec<String> = changes.iter().map(|(name, change)| format!("{name} ({change})")).collect();
    if told.is_empty() { "none".to_owned() } else { told.join("; ") }
}

/// The furthest that window against account block moves from the prior when nothing tells them apart: a hard block of
/// any length, ambiguous text, no snapshot, one cycle (docs/METHOD.md, "Where the points come from"). At most 2 is allowed.
pub fn gap_ratio(table: &Weights) -> f64 {
    let all = hypotheses(&[300, 10_080]);
    let ratio = |shares: &dyn Fn(&Hypothesis) -> f64| {
        let of = |c: Cause| all.iter().filter(|h| h.cause == c).map(shares).sum::<f64>();
        of(Cause::TokenWindow) / of(Cause::AccountBlock)
    };
    let prior = ratio(&|h| table.prior_of(h));
    let mut furthest: f64 = 1.0;
    for length in ["below_20_min", "below_75_min", "below_5_h"] {
        for after in ["short", "middling", "long"] {
            for run in ["possible", "unlikely", "impossible"] {
                let seen = [
                    ("class", "rate_limited"),
                    ("named_text", "ambiguous"),
                    ("length", length),
                    ("hard_run", run),
                    ("admissions_inside", "none"),
                    ("slot_release", "far_below"),
                    ("inflight_low", "most"),
                    ("inflight_auc", "lower"),
                    ("minute_auc", "lower"),
                    ("silent_share", "probed"),
                    ("after", after),
                ];
                let observations = seen.iter().map(|(kind, bin)| observation(kind, bin)).collect();
                let (_, shares) = score(observations, &all, table);
                let moved = ratio(&|h| shares.by_hypothesis[h]) / prior;
                furthest = furthest.max(moved).max(1.0 / moved);
            }
        }
    }
    furthest
}

fn observation(kind: &'static str, bin: &'static str) -> why429::evidence::Observation {
    why429::evidence::Observation::bare(kind, bin)
}

/// Whether tables of their own pay for logs without metadata and without ends.
fn separate(seen: &Seen) -> String {
    let (joint, _) = best(seen, Ties::Tied, &[]);
    let mut out =
        "| part of the logs | training | log loss, one table for all | a table of their own |\n|---|---|---|---|\n"
            .to_owned();
    let endless = |i: &Incident| i.damages.iter().any(|d| d.contains("end"));
    type Part<'a> = (&'a str, &'a dyn Fn(&Incident) -> bool);
    let parts: [Part<'_>; 3] =
        [("no metadata", &|i| i.bare), ("no ends", &endless), ("full", &|i| !i.bare && !endless(i))];
    for (name, is_part) in parts {
        let own = seen.map(|all| all.iter().filter(|i| is_part(i)).cloned().collect());
        let (table, _) = best(&own, Ties::Tied, &[]);
        let both = own.both();
        let (a, b) = (log_loss(&both, &joint), log_loss(&both, &table));
        let _ = writeln!(out, "| {name} | {} | {a:.3} | {b:.3} |", own.training.len());
    }
    out
}

/// What each kind is worth: how much log loss rises on validation seeds when it is left out, its points not fitted anew.
fn worth(seen: &Seen, models: &[Model]) -> String {
    let Some(tied) = models.iter().find(|m| m.name == "tied") else { return String::new() };
    let both = seen.both();
    let whole = log_loss(&both, &tied.table);
    let mut rows: Vec<(f64, String)> = Vec::new();
    for kind in tied.table.points.keys() {
        let mut without = tied.table.clone();
        without.points.remove(kind);
        rows.push((log_loss(&both, &without) - whole, kind.clone()));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut out = "| kind | log loss without it |\n|---|---|\n".to_owned();
    for (rise, kind) in rows {
        let _ = writeln!(out, "| `{kind}` | {rise:+.3} |");
    }
    out
}

fn published(table: &Weights, seen: &Seen) -> Weights {
    let mut table = table.clone();
    table.name = "fitted".to_owned();
    table.made = "fitted".to_owned();
    table.version = format!("simulator {}", why429_simulator::VERSION);
    table.note = format!(
        "These weights were fitted on {} simulated incidents and tempered on {} others; docs/ACCURACY.md says how often verdicts are right.",
        seen.training.len(),
        seen.validation.len() + seen.stress.len()
    );
    table
}

fn comment(tied: &Model, seen: &Seen) -> Vec<String> {
    let range = |all: &[Incident]| match (all.first(), all.last()) {
        (Some(a), Some(b)) => format!("{}..={} ({})", a.seed, b.seed, all.len()),
        _ => "none".to_owned(),
    };
    let found = |all: &[Incident]| all.iter().map(|i| i.told_by.iter().flatten().count()).sum::<usize>();
    vec![
        "Weights of evidence, log10 points, fitted jointly. Do not edit: `cargo run -p why429-trust -- fit` writes this file.".to_owned(),
        "docs/METHOD.md tells how; weights/reasoned.toml is what the points are drawn towards, and has a reason for each.".to_owned(),
        format!("simulator: {}", why429_simulator::VERSION),
        format!("training seeds: {}, {} episodes", range(&seen.training), found(&seen.training)),
        format!("validation seeds: {}; under stress settings: {}", range(&seen.validation), range(&seen.stress)),
        format!("{} ({})", tied.how, tied.name),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_use_cannot_tell_a_window_from_a_block_that_nothing_explains() {
        let ratio = gap_ratio(why429::verdict::in_use());
        assert!(ratio <= 2.0, "{ratio}");
    }
}
