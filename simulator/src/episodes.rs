//! The true episodes of a world: which limiter refused, when.
//!
//! In: a world that has run, and which of its requests some log shows. Out: episodes by time. Stretches are cut by the rule
//! that docs/METHOD.md gives for logs, but with the limiter of each refusal known: a stretch in which two limiters
//! took turns is cut between them, one in which both refused at once is one episode with shares.

use crate::limits::Rule;
use crate::plan::Plan;
use crate::random::{MINUTE, SECOND};
use crate::setting::Kind;
use crate::truth::TrueEpisode;
use crate::world::{Attempt, World};

/// Slots of time in which shares are counted.
const SHARE_SLOT: i64 = 30 * SECOND;

/// What refused: a cause, and the length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    kind: Kind,
    minutes: Option<u32>,
}

/// Refusals of one cause in a row, as positions in the world's attempts.
#[derive(Clone, Debug)]
struct Piece {
    cause: Cause,
    refusals: Vec<usize>,
}

struct Account<'a> {
    world: &'a World,
    plan: &'a Plan,
    account: usize,
    /// Positions of its visible requests by start.
    seen: Vec<usize>,
}

/// The true episodes of all accounts. `logged` says of each request whether a log shows it.
pub fn episodes(world: &World, plan: &Plan, logged: &[bool]) -> Vec<TrueEpisode> {
    let mut episodes = Vec::new();
    for account in 0..plan.accounts.len() {
        let mine = |a: &Attempt| {
            let session = &world.sessions[world.agents[a.agent].session];
            session.account == account && session.visible
        };
        let seen =
            (0..world.attempts.len()).filter(|i| world.attempts[*i].settled && mine(&world.attempts[*i])).collect();
        let account = Account { world, plan, account, seen };
        for cluster in account.clusters() {
            let pieces = account.pieces(&cluster);
            episodes.extend(account.grouped(pieces).iter().filter_map(|group| account.episode(group, logged)));
        }
    }
    episodes.sort_by_key(|e: &TrueEpisode| (e.first_refusal_us, e.account.clone()));
    episodes
}

impl Account<'_> {
    fn at(&self, position: usize) -> &Attempt {
        &self.world.attempts[position]
    }

    fn start(&self, position: usize) -> i64 {
        self.at(position).start
    }

    fn cause(&self, position: usize) -> Option<Cause> {
        let limit = &self.world.limits[self.at(position).refusal.as_ref()?.limit];
        let minutes = match &limit.rule {
            Rule::Window(w) => Some(w.minutes),
            _ => None,
        };
        Some(Cause { kind: limit.kind, minutes })
    }

    /// Refusals in stretches (docs/METHOD.md, "Episodes").
    fn clusters(&self) -> Vec<Vec<usize>> {
        let mut clusters: Vec<Vec<usize>> = Vec::new();
        let mut admitted = 0;
        for position in &self.seen {
            let attempt = self.at(*position);
            if attempt.refusal.is_none() {
                admitted += 1;
                continue;
            }
            let last = clusters.last().and_then(|c| c.last()).map(|p| self.start(*p));
            let apart = last.map_or(i64::MAX, |t| attempt.start - t);
            let cut = (admitted >= 15 && apart >= 2 * MINUTE)
                || admitted >= 60
                || (admitted >= 3 && apart >= 20 * MINUTE)
                || (admitted >= 1 && apart >= 180 * MINUTE);
            match clusters.last_mut() {
                Some(cluster) if !cut => cluster.push(*position),
                _ => clusters.push(vec![*position]),
            }
            admitted = 0;
        }
        clusters
    }

    /// The refusals of each cause in a cluster, cut where another cause took over for two minutes or more.
    fn pieces(&self, cluster: &[usize]) -> Vec<Piece> {
        let mut causes: Vec<Cause> = cluster.iter().filter_map(|p| self.cause(*p)).collect();
        causes.sort_unstable();
        causes.dedup();
        let mut pieces = Vec::new();
        for cause in causes {
            let mut last: Option<(i64, usize)> = None;
            let mut others = 0;
            for position in cluster {
                if self.cause(*position) != Some(cause) {
                    others += 1;
                    continue;
                }
                let taken_over = last.is_some_and(|(t, n)| others - n >= 3 && self.start(*position) - t >= 2 * MINUTE);
                match pieces.last_mut() {
                    Some(Piece { cause: c, refusals }) if *c == cause && !taken_over => refusals.push(*position),
                    _ => pieces.push(Piece { cause, refusals: vec![*position] }),
                }
                last = Some((self.start(*position), others));
            }
        }
        let most = pieces.iter().map(|p| p.refusals.len()).max().unwrap_or(0);
        // One or two failures inside a long stretch of another cause are no trouble of their own.
        pieces.retain(|p| p.refusals.len() >= 3 || p.refusals.len() * 10 >= most);
        pieces.sort_by_key(|p| self.span(p));
        pieces
    }

    fn span(&self, piece: &Piece) -> (i64, i64) {
        let first = piece.refusals.first().map_or(0, |p| self.start(*p));
        (first, piece.refusals.last().map_or(first, |p| self.start(*p)))
    }

    /// Pieces that refused at the same time stand together.
    fn grouped(&self, pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
        let mut groups: Vec<Vec<Piece>> = Vec::new();
        for piece in pieces {
            let (from, to) = self.span(&piece);
            let beside = |other: &Piece| {
                let (a, b) = self.span(other);
                let shorter = (to - from).min(b - a).max(SECOND);
                other.cause != piece.cause && to.min(b) - from.max(a) > shorter / 4
            };
            match groups.iter_mut().find(|g| g.iter().any(beside)) {
                Some(group) => group.push(piece),
                None => groups.push(vec![piece]),
            }
        }
        groups
    }

    fn episode(&self, group: &[Piece], logged: &[bool]) -> Option<TrueEpisode> {
        let all = || group.iter().flat_map(|p| p.refusals.iter().copied());
        let first = all().min_by_key(|p| self.start(*p))?;
        let last = all().max_by_key(|p| self.start(*p))?;
        if !self.is_shown(&all().filter(|p| logged[*p] && !self.at(*p).silent).collect::<Vec<_>>()) {
            return None;
        }
        let shares = self.shares(group);
        let main = shares.first().map(|(i, _)| &group[*i])?;
        let (from, to) = (self.start(first), self.start(last));
        let inside =
            self.seen.iter().filter(|p| self.at(**p).refusal.is_none() && (from..to).contains(&self.start(**p)));
        let limit = &self.world.limits[self.at(main.refusals[0]).refusal.as_ref()?.limit];
        let mut episode = TrueEpisode {
            cause: main.cause.kind.cause().to_owned(),
            window_minutes: main.cause.minutes,
            account: Some(self.plan.accounts[self.account].clone()),
            from_us: from,
            to_us: to,
            first_refusal_us: from,
            last_refusal_us: to,
            refused: all().count() as u32,
            admitted: inside.count() as u32,
            concurrency_cap: None,
            window_quota: None,
            window_kind: None,
            resets_at_us: None,
            hidden_clients: self.account == 0 && self.world.sessions.iter().any(|s| !s.visible),
            shares: None,
        };
        match &limit.rule {
            Rule::Slots(slots) if limit.kind == Kind::Cap => episode.concurrency_cap = Some(slots.slots),
            Rule::Window(window) => {
                episode.window_quota = window.quota.map(|q| (window.unit.id().to_owned(), q));
                episode.window_kind = Some(window.kind.id().to_owned());
                episode.resets_at_us = window.resets_at(to);
                if window.kind != crate::limits::WindowKind::Rolling {
                    episode.to_us = episode.resets_at_us.map_or(to, |t| (t + window.late).max(to));
                }
            }
            Rule::Spells(spells) => {
                let hit = || spells.spells.iter().filter(|s| s.from <= to && s.to > from);
                episode.from_us = hit().map(|s| s.from).min().unwrap_or(from).min(from);
                episode.to_us = hit().map(|s| s.to).max().unwrap_or(to).min(self.world.end).max(to);
            }
            _ => {}
        }
        let named = |(i, share): &(usize, f64)| (group[*i].cause.kind.cause().to_owned(), *share);
        episode.shares = (shares.len() > 1).then(|| shares.iter().map(named).collect());
        Some(episode)
    }

    /// Whether a log can know of it (docs/METHOD.md, "Definitions").
    fn is_shown(&self, refusals: &[usize]) -> bool {
        let span = match refusals {
            [first, .., last] => self.start(*last) - self.start(*first),
            _ => 0,
        };
        refusals.len() >= 3 || span >= 2 * MINUTE || refusals.iter().any(|p| self.at(*p).gave_up)
    }

    /// Pieces by their share of the time in which something was refused, largest first.
    fn shares(&self, group: &[Piece]) -> Vec<(usize, f64)> {
        let slots = |piece: &Piece| {
            let mut slots: Vec<i64> = piece.refusals.iter().map(|p| self.start(*p) / SHARE_SLOT).collect();
            slots.dedup();
            slots.len() as f64
        };
        let counted: Vec<f64> = group.iter().map(slots).collect();
        let sum: f64 = counted.iter().sum();
        let mut shares: Vec<(usize, f64)> = counted.iter().map(|n| n / sum).enumerate().collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        shares
    }
}
