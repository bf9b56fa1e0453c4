//! The analyser reads what the simulator writes: every form without problems, every request once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use why429::model::Zone;
use why429::pipeline::{self, Options, Quiet};
use why429_simulator::{Damage, Form, Incident, Setting, incident, write_to};

/// Damages that leave every line whole and every request on a line.
const HARMLESS: &[Damage] = &[
    Damage::HiddenClients,
    Damage::MislabelledTexts,
    Damage::FewSnapshots,
    Damage::PercentSnapshots,
    Damage::FileTimeSnapshots,
    Damage::MissingAccount,
];

fn read(made: &Incident) -> pipeline::Analysis {
    let dir = tempfile::tempdir().unwrap();
    write_to(made, dir.path()).unwrap();
    let zone = made.truth.tz.as_deref().map(|t| Zone::parse(t).unwrap());
    pipeline::run(&[dir.path().join("logs")], &Options { zone, jobs: 1, ..Options::default() }, &Quiet)
}

#[test]
fn undamaged_logs_are_read_whole() {
    let mut forms: BTreeMap<Form, u32> = BTreeMap::new();
    let mut seed = 0;
    while seed < 400 && (forms.len() < 3 || forms.values().any(|n| *n < 6)) {
        let made = incident(seed, &Setting::training());
        seed += 1;
        let whole = made.truth.damages.iter().all(|d| HARMLESS.contains(d));
        if !whole || forms.get(&made.truth.form).is_some_and(|n| *n >= 6) {
            continue;
        }
        *forms.entry(made.truth.form).or_default() += 1;
        let analysis = read(&made);
        let at = format!("seed {}, {:?}", made.truth.seed, made.truth.form);
        for input in &analysis.document.inputs {
            assert!(input.problems.is_empty(), "{at}: {}: {:?}", input.path, input.problems);
        }
        assert_eq!(analysis.unreadable, 0, "{at}");
        let attempts = analysis.document.coverage.attempts;
        assert_eq!(attempts, made.truth.attempts, "{at}");
    }
    assert_eq!(forms.len(), 3, "{forms:?}");
}
