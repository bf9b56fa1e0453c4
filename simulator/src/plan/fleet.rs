//! Who sends requests, and when: agents, subagents, people, other clients of the account.

use crate::random::{HOUR, MINUTE, Random, micros};
use crate::setting::Setting;
use crate::truth::Form;
use crate::world::{Load, Session};

/// A machine that is not the user's.
pub const ELSEWHERE: usize = 90;

/// A fleet before its hours are known.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Agents of the rush.
    pub agents: u32,
    /// Agents that work all the time.
    pub background: u32,
    /// Agents that no log shows.
    pub hidden: u32,
    /// Whether the rush is fans of subagents.
    pub fans: bool,
    /// Requests.
    pub load: Load,
    /// How many requests the log should have, about.
    pub requests: f64,
}

impl Fleet {
    /// Draws one. How many agents: recordings and issues tell of 1 to 60 subagents; evenly over orders otherwise assumed.
    pub fn draw(form: Form, setting: &Setting, r: &mut Random) -> Self {
        let (low, high) = *r.weighted(&[((2, 4), 0.3), ((5, 11), 0.35), ((12, 30), 0.25), ((31, 60), 0.1)]);
        let agents = r.whole(low, high).min(if form == Form::Canonical { 60 } else { 45 });
        let slow = agents <= 6 && r.chance(setting.slow_fleets);
        let duration_s = if slow { r.over_orders((90.0, 600.0)) } else { r.over_orders(setting.duration_s) };
        let least = r.whole(4_000, 14_000);
        let load = Load {
            duration_s,
            sigma: r.within(setting.duration_sigma),
            tail: setting.tail,
            think_s: r.over_orders(setting.think_s),
            steps: r.within((1.5, 7.0)),
            late_release: if r.chance(0.5) { setting.late_release } else { (0.0, 1.0) },
            ghost: if r.chance(0.4) { setting.ghost } else { 0.0 },
            context: (least, least + r.whole(4_000, 40_000)),
        };
        let share = r.within(setting.hidden_share);
        let hidden = (f64::from(agents) * share / (1.0 - share)).round().max(1.0) as u32;
        Self {
            agents,
            background: r.whole(0, 3),
            hidden: if r.chance(setting.hidden) { hidden } else { 0 },
            fans: agents >= 4 && r.chance(0.55),
            load,
            requests: r.log_normal(setting.requests, 0.6).clamp(180.0, 2_600.0),
        }
    }

    /// Share of its time that an agent has a request open, about.
    pub fn busy(&self) -> f64 {
        let (open, closed) = (1.3 * self.load.duration_s, 1.3 * self.load.think_s);
        open / (open + closed)
    }

    /// Requests per second of the rush, about.
    pub fn rate(&self) -> f64 {
        f64::from(self.agents + self.hidden) / (1.3 * self.load.duration_s + 1.3 * self.load.think_s)
    }

    /// How long a rush may last to make the wanted number of requests, in seconds.
    pub fn rush_s(&self) -> f64 {
        (self.requests / self.rate()).clamp(360.0, 4.0 * 3_600.0)
    }

    /// Mean tokens of a request, about.
    pub fn tokens(&self) -> f64 {
        f64::from(self.load.context.0 + self.load.context.1) / 2.0 + 3_000.0
    }

    /// Sessions with their hours; how many machines; names of the accounts.
    pub fn sessions(
        &self,
        form: Form,
        rushes: &[(i64, i64)],
        whole: (i64, i64),
        r: &mut Random,
    ) -> (Vec<Session>, usize, Vec<String>) {
        let machines = *r.weighted(&[(1usize, 0.6), (2, 0.3), (3, 0.1)]);
        let mut sessions = Vec::new();
        let mut left = self.agents;
        while left > 0 {
            let width = if self.fans { r.whole(2, 45).min(left) } else { 1 };
            left -= width;
            let mut session = self.session(rushes.to_vec(), 0, r);
            session.machine = r.whole(0, machines as u32 - 1) as usize;
            if width > 1 {
                session.fan = (width, width * r.whole(1, 3));
            }
            sessions.push(session);
        }
        for _ in 0..self.background {
            let mut session = self.session(hours(whole, r), 0, r);
            session.machine = r.whole(0, machines as u32 - 1) as usize;
            session.pause_s *= 4.0;
            sessions.push(session);
        }
        for _ in 0..self.hidden {
            let mut session = self.session(rushes.to_vec(), 0, r);
            (session.visible, session.machine) = (false, ELSEWHERE);
            sessions.push(session);
        }
        let mut accounts = vec![format!("acct-{}", r.hex(4))];
        let others = if form == Form::Canonical { *r.weighted(&[(0u32, 0.65), (1, 0.25), (2, 0.1)]) } else { 0 };
        for account in 1..=others {
            accounts.push(format!("acct-{}", r.hex(4)));
            for _ in 0..r.whole(1, 4) {
                let mut session = self.session(hours(whole, r), account as usize, r);
                session.machine = r.whole(0, machines as u32 - 1) as usize;
                session.pause_s *= 2.0;
                sessions.push(session);
            }
        }
        (sessions, machines, accounts)
    }

    fn session(&self, hours: Vec<(i64, i64)>, account: usize, r: &mut Random) -> Session {
        // A driver goes on at once; a person reads first.
        let driven = r.chance(0.6);
        Session {
            machine: 0,
            account,
            visible: true,
            id: r.uuid(),
            hours,
            pause_s: if driven { r.over_orders((1.0, 20.0)) } else { r.over_orders((20.0, 240.0)) },
            again_s: if driven { r.over_orders((5.0, 120.0)) } else { r.over_orders((40.0, 600.0)) },
            patience: *r.weighted(&[(1, 0.1), (2, 0.15), (4, 0.25), (10, 0.2), (10_000, 0.3)]),
            rest_s: r.over_orders((600.0, 9_000.0)),
            fan: (0, 0),
        }
    }
}

/// Hours of work between two instants: stretches with pauses; nights are free.
pub fn hours((from, to): (i64, i64), r: &mut Random) -> Vec<(i64, i64)> {
    let mut stretches = Vec::new();
    let night = r.within((20.0, 23.0));
    let mut at = from;
    while at < to {
        let hour = at.rem_euclid(24 * HOUR) as f64 / HOUR as f64;
        if at - from > 6 * HOUR && (hour >= night || hour < 6.5) {
            at += 30 * MINUTE;
            continue;
        }
        let end = (at + micros(r.within((1_500.0, 10_800.0)))).min(to);
        stretches.push((at, end));
        at = end + micros(r.over_orders((120.0, 5_400.0)));
    }
    stretches
}
