//! One episode, written out.

use super::{agents, chart, facts, four, measured, rounded, strip};
use crate::document as doc;
use crate::episodes::EpisodeKind;
use crate::evidence::{EpisodeContext, Meaning, longest_life_s};
use crate::model::{Cause, Hypothesis, SourceRef, Time};
use crate::timeline::Timeline;
use crate::verdict::estimates::{CapEstimate, Estimates, QuotaEstimate, RateEstimate};
use crate::verdict::{Judged, Reason, Scored, Weights, hypotheses_of, points_for, reasons, strength};
use crate::wording::{missing, sentence};
use crate::{next, wording};

/// Ids and "now" of an episode.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// `E1` ...
    pub id: String,
    /// `I1` ...
    pub incident: String,
    /// "Now", else the end of the logs.
    pub at: Time,
    /// The reader's clock, where the report is for them alone.
    pub clock: Option<Time>,
    /// Whether it is the last refused episode of its pool.
    pub is_last: bool,
    /// Whether an output draws pictures.
    pub charts: bool,
    /// The table that the verdict was drawn with.
    pub weights: &'a Weights,
}

/// Points from which evidence is said to support, or to speak against.
const SPEAKS: f64 = 0.05;

/// Writes an episode out.
pub fn written(
    case: &EpisodeContext<'_>,
    judged: &Judged,
    estimates: &Estimates,
    context: &Context<'_>,
) -> doc::Episode {
    let e = case.episode;
    let refused = e.kind == EpisodeKind::Refused;
    let words = missing::Words::of(case, judged, estimates);
    let outlook_at = |at: Time| (refused && context.is_last).then(|| outlook(case, judged, estimates, &words.now, at));
    let outlook = outlook_at(context.at);
    let running_at = outlook.as_ref().filter(|o| o.running).map(|_| context.at);
    let none = || (Vec::new(), 0, 0.0);
    let (agents, agents_total, cost) = if refused { agents::waiting(case, running_at) } else { none() };
    let stamp = |t: Option<Time>| t.map(Time::rfc3339);
    let inside = case.admitted_inside().len() as u64;
    let causes = cause_shares(judged);
    let now = now(case, outlook.as_ref(), &words.now);
    let strip = strip::strip(case);
    doc::Episode {
        id: context.id.clone(),
        incident: context.incident.clone(),
        kind: if refused { "refused" } else { "silent" }.to_owned(),
        from: e.from.rfc3339(),
        to: e.to.rfc3339(),
        pool: case.pool.id.clone(),
        first_refusal: stamp(refused.then_some(e.from)),
        last_refusal: stamp(refused.then_some(e.to)),
        last_admission_before: stamp(e.last_admission_before),
        first_admission_after: stamp(e.first_admission_after),
        proven_span_s: if refused { rounded(e.span_s()) } else { 0.0 },
        attempts: e.refusals.len() as u64 + inside,
        refused: e.refusals.len() as u64,
        admitted: inside,
        probes: case.probes().len() as u64,
        starts_in_block: refused && e.last_admission_before.is_none(),
        ends_in_block: refused && e.first_admission_after.is_none(),
        verdict: verdict(judged, &causes, scope(case)),
        causes,
        evidence: evidences(case, judged, context),
        missing: words.missing,
        outlook_by_clock: context.clock.and_then(outlook_at),
        outlook,
        advice: doc::Advice { now, later: words.change },
        sentence: sentence::sentence(case, judged, estimates),
        headline: sentence::headline(case, judged, estimates),
        refused_at_most: if refused { sentence::refused_at_most(case) } else { 0 },
        estimates: estimates_written(case, judged, estimates),
        blocked_agent_s: rounded(cost),
        chart: context.charts.then(|| chart::chart(case, judged, estimates, &strip)).flatten(),
        strip,
        agents,
        agents_total,
        facts: facts::facts(case, judged, estimates),
    }
}

/// What the episode means for a request at an instant.
fn outlook(
    case: &EpisodeContext<'_>,
    judged: &Judged,
    estimates: &Estimates,
    of_cause: &[String],
    at: Time,
) -> doc::Outlook {
    let o = next::outlook(case, judged, estimates, at);
    doc::Outlook {
        at: at.rfc3339(),
        state: o.state.id().to_owned(),
        running: next::runs(&o, at),
        probability: four(o.lasts),
        resume_at: o.resume.map(doc::ResumeAt::from),
        basis: o.basis.id().to_owned(),
        start_with: o.start_with,
        sentence: wording::next::when(&o, &judged.verdict),
        advice: wording::next::advice(&o, &judged.verdict, of_cause),
    }
}

/// What to do now. Episodes before the last one of their pool are over.
fn now(case: &EpisodeContext<'_>, outlook: Option<&doc::Outlook>, of_cause: &[String]) -> Vec<String> {
    match (outlook, case.episode.first_admission_after) {
        (Some(o), _) => o.advice.clone(),
        (None, Some(after)) if case.episode.kind == EpisodeKind::Refused => {
            vec![wording::next::admitted_since(after)]
        }
        _ => of_cause.to_vec(),
    }
}

/// The verdict, with the probabilities as they stand in `causes`: rounded twice they could differ in the last digit.
fn verdict(judged: &Judged, causes: &[doc::CauseShare], scope: doc::Scope) -> doc::Verdict {
    let v = &judged.verdict;
    let probability_of = |c: Cause| causes.iter().find(|s| s.cause == c.id()).map_or(0.0, |s| s.probability);
    let part = |c: Cause| v.overlap.and_then(|o| o.into_iter().find(|(cause, ..)| *cause == c));
    let between = v.between.map(|pair| {
        let window = judged.shares.window_minutes();
        let one = |c: Cause| doc::Between {
            cause: c.id().to_owned(),
            window_minutes: part(c).map_or(window, |(_, minutes, _)| minutes).filter(|_| c == Cause::TokenWindow),
            probability: probability_of(c),
            window_probability: length(causes, window).filter(|_| c == Cause::TokenWindow),
            share_of_time: part(c).map(|(_, _, share)| four(share)),
        };
        pair.into_iter().map(one).collect()
    });
    doc::Verdict {
        cause: v.cause.id().to_owned(),
        window_minutes: v.window_minutes,
        confidence: v.confidence.id().to_owned(),
        probability: causes.first().map_or(0.0, |c| c.probability),
        window_probability: length(causes, v.window_minutes).filter(|_| v.cause == Cause::TokenWindow),
        between,
        group: v.group.id().to_owned(),
        local_limit: v.local_limit.map(|k| k.id().to_owned()),
        too_few: v.too_few,
        scope,
    }
}

fn scope(case: &EpisodeContext<'_>) -> doc::Scope {
    let scope = crate::verdict::scope_of(case);
    doc::Scope { kind: scope.kind.id().to_owned(), value: scope.value }
}

/// Probability of the window of this length.
fn length(causes: &[doc::CauseShare], minutes: Option<u32>) -> Option<f64> {
    let windows = &causes.iter().find(|c| c.cause == Cause::TokenWindow.id())?.windows;
    windows.iter().find(|w| w.window_minutes == minutes).map(|w| w.probability)
}

/// Rounded to four digits; the first takes the rest, so that they sum to 1.
fn cause_shares(judged: &Judged) -> Vec<doc::CauseShare> {
    let causes = judged.shares.causes();
    let mut shares: Vec<doc::CauseShare> = causes
        .iter()
        .map(|(cause, p)| doc::CauseShare {
            cause: cause.id().to_owned(),
            probability: four(*p),
            windows: if *cause == Cause::TokenWindow { windows(judged) } else { Vec::new() },
        })
        .collect();
    let rest: f64 = shares.iter().skip(1).map(|s| s.probability).sum();
    if let Some(first) = shares.first_mut() {
        first.probability = four(1.0 - rest);
    }
    shares
}

fn windows(judged: &Judged) -> Vec<doc::WindowShare> {
    let all = judged.shares.windows();
    all.into_iter().map(|(m, p)| doc::WindowShare { window_minutes: m, probability: four(p) }).collect()
}

fn evidences(case: &EpisodeContext<'_>, judged: &Judged, context: &Context<'_>) -> Vec<doc::Evidence> {
    let prior = context.weights.prior_over(&hypotheses_of(case));
    let id = |place: usize| format!("{}.{}", context.id, place + 1);
    let listed = judged.scored.iter().zip(reasons(judged, &prior)).enumerate();
    listed.map(|(i, (s, reason))| evidence(case, judged, s, id(i), reason, reason.part_of.map(id))).collect()
}

fn evidence(
    case: &EpisodeContext<'_>,
    judged: &Judged,
    s: &Scored,
    id: String,
    reason: Reason,
    part_of: Option<String>,
) -> doc::Evidence {
    let weights: doc::Weights = s.points.iter().map(|(h, p)| (*h, four(*p))).collect();
    let [supports, against] = spoken_of(judged, s);
    doc::Evidence {
        id,
        kind: s.observation.kind.to_owned(),
        statement: s.observation.measured.as_ref().map(wording::evidence::statement).unwrap_or_default(),
        measured: s.observation.measured.as_ref().map(measured::written).unwrap_or_default(),
        weights,
        supports,
        against,
        sources: s.observation.sources.iter().map(|r| source(case.timeline, *r)).collect(),
        strength: strength(reason.apart).to_owned(),
        leverage: four(reason.apart),
        bin: s.observation.bin.to_owned(),
        part_of,
    }
}

/// Causes that an observation speaks for, and against: those that its points favour or not, and its sentence too.
fn spoken_of(judged: &Judged, s: &Scored) -> [Vec<String>; 2] {
    let mut lists = [Vec::new(), Vec::new()];
    for (cause, _) in judged.shares.causes() {
        let points = points_for(s, cause, &judged.shares);
        let hypothesis = match cause {
            Cause::TokenWindow => judged.shares.window().unwrap_or(Hypothesis::UNKNOWN_WINDOW),
            cause => Hypothesis::of(cause),
        };
        // A silence is decided by rule, and its points are all it means.
        let plain = if judged.shares.causes().len() == 2 { None } else { Some(s.observation.meaning(&hypothesis)) };
        if points >= SPEAKS && plain.is_none_or(|m| m == Meaning::For) {
            lists[0].push(cause.id().to_owned());
        } else if points <= -SPEAKS && plain.is_none_or(|m| m == Meaning::Against) {
            lists[1].push(cause.id().to_owned());
        }
    }
    lists
}

pub(super) fn source(timeline: &Timeline, r: SourceRef) -> doc::Source {
    doc::Source { path: timeline.path_of(r).to_owned(), line: u64::from(r.line) }
}

fn quota_written(case: &EpisodeContext<'_>, q: QuotaEstimate, minutes: Option<u32>) -> doc::Quota {
    let doc::Bounds { low, best, high } = doc::Bounds::of(q.low, q.best, q.high);
    let onset = case.episode.from;
    let begin = case.timeline.span.map(|(from, _)| from);
    let is_inside = |from: &Time| minutes.is_some_and(|m| onset.since(*from) < longest_life_s(m));
    let logs_begin_s = begin.filter(|from| high.is_none() && is_inside(from)).map(|from| rounded(onset.since(from)));
    doc::Quota { unit: q.unit.id().to_owned(), low, best, high, logs_begin_s }
}

fn rate_written(r: RateEstimate) -> doc::Rate {
    let doc::Bounds { low, best, high } = doc::Bounds::of(r.low, r.best, r.high);
    doc::Rate { unit: r.unit.id().to_owned(), low, best, high }
}

fn estimates_written(case: &EpisodeContext<'_>, judged: &Judged, e: &Estimates) -> doc::Estimates {
    let quota = |q: QuotaEstimate| quota_written(case, q, judged.shares.window_minutes());
    let bounds = |c: CapEstimate| doc::Bounds::of(u64::from(c.low), u64::from(c.best), c.high.map(u64::from));
    doc::Estimates {
        concurrency_cap: e.cap.map(bounds),
        rate_per_minute: e.rate.map(rate_written),
        window_quota: e.quota.first.map(quota),
        window_quota_or: e.quota.other.map(quota),
        window_kind: e.window_kind.map(|k| k.id().to_owned()),
        resets_at: e.resets_at.map(Time::rfc3339),
        reset_source: e.reset_source.map(|s| s.id().to_owned()),
        reset_zone: e.reset_zone.map(|z| z.id().to_owned()),
        recovery_delay_s: e.recovery_delay_s.map(|(low, high)| doc::Delay { low: rounded(low), high: rounded(high) }),
    }
}
