//! Figures of the picture: agents, broken streams, use of the window, snapshots; and the whole log in few bins.

use std::collections::BTreeMap;

use super::rounded;
use crate::document as doc;
use crate::document::chart::{AgentRow, Chart, Flag, FlagWindow, Mark, Message, RefusedId, Used, Whole};
use crate::evidence::EpisodeContext;
use crate::model::{Cause, Outcome, TextId, Time};
use crate::timeline::Timeline;
use crate::verdict::Judged;
use crate::verdict::estimates::Estimates;

/// Bins of the whole log.
const WHOLE_BINS: usize = 240;

/// Bins of a strip as instants.
struct Grid {
    from: Time,
    bin_s: f64,
    bins: usize,
}

impl Grid {
    fn of(strip: &doc::Strip) -> Option<Self> {
        let from = Time::parse_rfc3339(&strip.from)?;
        (strip.bin_s > 0.0).then_some(Self { from, bin_s: strip.bin_s, bins: strip.admitted.len() })
    }

    fn until(&self) -> Time {
        self.end_of(self.bins)
    }

    /// End of the bin before this one.
    fn end_of(&self, bin: usize) -> Time {
        self.from.plus(self.bin_s * bin as f64)
    }

    fn bin(&self, at: Time) -> Option<usize> {
        let offset = at.since(self.from) / self.bin_s;
        (offset >= 0.0 && (offset as usize) < self.bins).then_some(offset as usize)
    }
}

/// The chart of an episode, over the bins of its strip.
pub(super) fn chart(
    case: &EpisodeContext<'_>,
    judged: &Judged,
    estimates: &Estimates,
    strip: &doc::Strip,
) -> Option<Chart> {
    let grid = Grid::of(strip)?;
    let mut broken = vec![0; grid.bins];
    for (at, _) in breaks(case, &grid) {
        if let Some(count) = grid.bin(at).and_then(|bin| broken.get_mut(bin)) {
            *count += 1;
        }
    }
    let (agents, others) = agents(case, &grid);
    Some(Chart {
        broken,
        agents,
        others,
        used: used(case, judged, estimates, &grid),
        flags: flags(case, &grid),
        request_ids: request_ids(case),
        with_id: case.refusals().filter(|a| a.request_id.is_some()).count() as u64,
        messages: messages(case),
    })
}

/// Broken streams whose break lies in the grid, with the attempt's position.
fn breaks<'c>(case: &'c EpisodeContext<'_>, grid: &Grid) -> impl Iterator<Item = (Time, u32)> + use<'c> {
    let all = &case.meters.broken;
    let (from, until) = (grid.from, grid.until());
    let (low, high) = (all.partition_point(|b| b.0 < from), all.partition_point(|b| b.0 < until));
    all[low..high.max(low)].iter().copied()
}

type Marks = BTreeMap<u32, Mark>;

fn agents(case: &EpisodeContext<'_>, grid: &Grid) -> (Vec<AgentRow>, Option<(u64, AgentRow)>) {
    let mut by_agent: BTreeMap<Option<u32>, Marks> = BTreeMap::new();
    let mut add = |position: u32, at: Time, count: fn(&mut Mark)| {
        let (Some(bin), agent) = (grid.bin(at), case.pool.agents[position as usize]) else { return };
        let bin = u32::try_from(bin).unwrap_or(u32::MAX);
        count(by_agent.entry(agent).or_default().entry(bin).or_insert(Mark { bin, ..Mark::default() }));
    };
    for p in case.pool.admitted_between(grid.from, grid.until()) {
        add(*p, case.pool.at(*p).start, |m| m.admitted += 1);
    }
    for p in case.pool.refused_between(grid.from, grid.until()) {
        add(*p, case.pool.at(*p).start, |m| m.refused += 1);
    }
    for (at, p) in breaks(case, grid) {
        add(p, at, |m| m.broken += 1);
    }
    let size = |marks: &Marks| marks.values().map(|m| u64::from(m.admitted) + u64::from(m.refused)).sum::<u64>();
    let mut largest: Vec<(u64, Option<u32>)> = by_agent.iter().map(|(agent, marks)| (size(marks), *agent)).collect();
    largest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let own: Vec<Option<u32>> = largest.iter().take(Chart::AGENTS).map(|l| l.1).collect();
    let mut rows = Vec::new();
    let mut rest = (0_u64, Marks::new());
    for (agent, marks) in by_agent {
        if own.contains(&agent) {
            let name = agent.and_then(|l| case.pool.agent_names.get(l as usize)).cloned();
            rows.push(AgentRow { name: name.unwrap_or_else(unnamed), marks: marks.into_values().collect() });
            continue;
        }
        rest.0 += 1;
        for (bin, mark) in marks {
            let sum = rest.1.entry(bin).or_insert(Mark { bin, ..Mark::default() });
            sum.admitted += mark.admitted;
            sum.refused += mark.refused;
            sum.broken += mark.broken;
        }
    }
    let others = (rest.0 > 0).then(|| {
        let marks = rest.1.into_values().collect();
        (rest.0, AgentRow { name: String::new(), marks })
    });
    (rows, others)
}

fn unnamed() -> String {
    "(agents not named)".to_owned()
}

/// Use of the likeliest window, from the reset that the estimates name, else over the last window length.
fn used(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates, grid: &Grid) -> Option<Used> {
    let likeliest = judged.shares.window_minutes();
    let minutes = judged.verdict.window_minutes.or(likeliest).or(case.windows.first().copied())?;
    judged.shares.causes().iter().find(|(c, _)| *c == Cause::TokenWindow)?;
    let unit = case.pool.usage.unit();
    let length_s = f64::from(minutes) * 60.0;
    let at = (1..=grid.bins).map(|bin| {
        let end = grid.end_of(bin);
        let begin = match estimates.resets_at {
            Some(reset) => reset.plus(-length_s * (reset.since(end) / length_s).ceil()),
            None => end.plus(-length_s),
        };
        case.pool.usage.between(begin, end, unit)
    });
    let at: Vec<u64> = at.collect();
    at.iter().any(|used| *used > 0).then(|| Used {
        window_minutes: minutes,
        unit: unit.id().to_owned(),
        since_reset: estimates.resets_at.is_some(),
        at,
    })
}

/// Snapshots, at most one a bin: of several the one with the least left.
fn flags(case: &EpisodeContext<'_>, grid: &Grid) -> Vec<Flag> {
    let mut by_bin: BTreeMap<usize, (f64, Flag)> = BTreeMap::new();
    for snapshot in case.pool.snapshots_between(grid.from, grid.until()) {
        let Some(captured) = snapshot.captured else { continue };
        let Some(bin) = grid.bin(captured.at) else { continue };
        let windows: Vec<FlagWindow> = (snapshot.state.windows.iter())
            .map(|w| FlagWindow {
                window_minutes: w.window_minutes,
                remaining_share: w.remaining_share.map(super::four),
                resets_at: w.resets_at.map(Time::rfc3339),
            })
            .collect();
        let least = windows.iter().filter_map(|w| w.remaining_share).fold(f64::INFINITY, f64::min);
        let flag = Flag { at: captured.at.rfc3339(), error_s: rounded(captured.error_s), windows };
        let known = by_bin.get(&bin).map(|k| k.0);
        if known.is_none_or(|known| least < known) {
            by_bin.insert(bin, (least, flag));
        }
    }
    by_bin.into_values().map(|(_, flag)| flag).collect()
}

/// Ids of refusals, spread over the episode.
fn request_ids(case: &EpisodeContext<'_>) -> Vec<RefusedId> {
    let with_id: Vec<RefusedId> = case
        .refusals()
        .filter_map(|a| {
            let id = case.timeline.texts.get(a.request_id?).to_owned();
            Some(RefusedId { at: a.start.rfc3339(), id, status: a.status })
        })
        .collect();
    let n = with_id.len().min(Chart::IDS);
    (0..n).map(|i| with_id[if n == 1 { 0 } else { i * (with_id.len() - 1) / (n - 1) }].clone()).collect()
}

/// What the refusals say, the most frequent first; of equally frequent ones that which came first.
fn messages(case: &EpisodeContext<'_>) -> Vec<Message> {
    /// Text, type and status.
    type Said = (Option<TextId>, Option<TextId>, Option<u16>);
    let text = |id: Option<TextId>| id.map(|id| case.timeline.texts.get(id).to_owned());
    let mut found: BTreeMap<Said, (u64, Time)> = BTreeMap::new();
    for a in case.refusals().filter(|a| a.has_row()) {
        found.entry((a.error_message, a.error_kind, a.status)).or_insert((0, a.start)).0 += 1;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, (count, first))| (std::cmp::Reverse(*count), *first));
    let message = |((message, kind, status), (count, _))| Message {
        text: text(message).unwrap_or_default(),
        kind: text(kind),
        status,
        count,
    };
    found.into_iter().take(Chart::MESSAGES).map(message).collect()
}

/// The whole log, all pools together.
pub(super) fn whole(timeline: &Timeline) -> Option<Whole> {
    let (from, to) = timeline.span?;
    let bin_s = (to.since(from).max(1.0) / WHOLE_BINS as f64 * 1e3).ceil() / 1e3;
    let mut strip = doc::Strip {
        from: from.rfc3339(),
        bin_s,
        admitted: vec![0; WHOLE_BINS + 1],
        refused: vec![0; WHOLE_BINS + 1],
        ..doc::Strip::default()
    };
    for a in timeline.pools.iter().flat_map(|p| &p.attempts) {
        let bin = (a.start.since(from) / bin_s).max(0.0) as usize;
        let counts = match a.outcome {
            Outcome::Admitted => &mut strip.admitted,
            Outcome::Refused => &mut strip.refused,
            Outcome::Other => continue,
        };
        if let Some(count) = counts.get_mut(bin) {
            *count += 1;
        }
    }
    Some(Whole { strip })
}
