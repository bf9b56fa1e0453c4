use super::*;
use crate::episodes::cut;
use crate::model::{Texts, Wait};
use crate::timeline::testing::{ZERO, admitted, pool, refused, timeline};

/// The end that four refusals a minute apart name, of these texts and waits, and whether an admission follows the last one.
fn end_of(said: &[(&str, Option<f64>)], resumes: Option<f64>) -> Option<NamedEnd> {
    let mut texts = Texts::default();
    let mut all = vec![admitted(&mut texts, 0.0, 5.0, "a")];
    for (i, (text, wait_s)) in said.iter().enumerate() {
        let mut a = refused(&mut texts, 100.0 + 60.0 * i as f64, "a", 429);
        a.error_message = (!text.is_empty()).then(|| texts.intern(text));
        a.retry_after = Wait::new(*wait_s);
        all.push(a);
    }
    all.extend(resumes.map(|at| admitted(&mut texts, at, at + 5.0, "a")));
    let pool = pool(&texts, all);
    let line = timeline(texts, pool);
    let episodes = cut(&line.pools[0], 0).episodes;
    of(&line, &line.pools[0], &episodes[0])
}

const HOUR_S: f64 = 3_600.0;

#[test]
fn a_wait_in_a_text_is_an_end_that_outlasts_what_is_shorter() {
    let text = "Please try again in 58 hours.";
    let end = end_of(&[(text, None); 4], None).unwrap();
    assert_eq!((end.basis, end.refusals), (Basis::Text, 4));
    assert!(end.outlasts(5.0 * HOUR_S) && end.outlasts(24.0 * HOUR_S) && !end.outlasts(7.0 * 24.0 * HOUR_S));
    // 58 hours less the tolerance of a quarter of an hour.
    assert!(end.outlasts(57.7 * HOUR_S) && !end.outlasts(57.8 * HOUR_S));
}

#[test]
fn too_few_texts_exclude_nothing_and_contradicting_ones_name_none() {
    let (long, plain) = ("Please try again in 58 hours.", "Too Many Requests");
    let end = end_of(&[(long, None), (plain, None), (plain, None), (plain, None)], None).unwrap();
    assert_eq!((end.refusals, end.distance_s), (1, None));
    let three = ["Please try again in 58 hours.", "Please try again in 3 hours.", "Please try again in 20 hours."];
    assert_eq!(end_of(&three.map(|t| (t, None)), None), None);
}

#[test]
fn a_header_counts_unless_requests_were_admitted_before_its_end() {
    let waits: Vec<(&str, Option<f64>)> = (0..4).map(|i| ("", Some(20_000.0 - 60.0 * f64::from(i)))).collect();
    let end = end_of(&waits, None).unwrap();
    assert_eq!((end.basis, end.at.since(ZERO.plus(20_100.0)).abs() < 2.0), (Basis::Header, true));
    assert!(end.outlasts(5.0 * HOUR_S));
    assert_eq!(end_of(&waits, Some(2_000.0)), None);
}

#[test]
fn the_wait_of_a_cap_or_a_minute_is_no_end() {
    let cap = "Your account org-1 request reached organization max concurrency: 3, please try again after 1 seconds";
    assert_eq!(end_of(&[(cap, Some(9_000.0)); 4], None), None);
}

#[test]
fn a_time_without_a_zone_may_be_nearer_than_it_looks() {
    // The tests' clock begins on 3 March 2026, 16:00 UTC.
    let day = "Usage limit reached, resets Mar 9, 4pm";
    let end = end_of(&[(day, None); 4], None).unwrap();
    assert_eq!(end.zone, ZoneOf::Assumed);
    assert!(end.outlasts(4.0 * 24.0 * HOUR_S));
    // Of a time of day alone nothing follows.
    let end = end_of(&[("Usage limit reached, resets 2pm", None); 4], None).unwrap();
    assert_eq!((end.zone, end.distance_s), (ZoneOf::Assumed, None));
}

#[test]
fn a_month_is_a_calendar_month() {
    assert_eq!(longest_life_s(43_200), 31.0 * 86_400.0);
    assert_eq!(longest_life_s(300), 5.0 * HOUR_S);
}
