//! What befalls the account, the provider or the client: limiters with their times.

use super::Fleet;
use super::times::{When, length_s, rushes, second};
use crate::limits::spells::Spell;
use crate::limits::{Limit, Minute, Rule, Scope, Slots, Spells, Unit, Wait, Window, WindowKind};
use crate::random::{HOUR, MINUTE, Random, SECOND, micros};
use crate::setting::{Kind, Setting};
use crate::texts::{Clarity, Voice};

/// Limiters and times.
#[derive(Debug)]
pub struct Drawn {
    /// Limiters in the order in which they are asked.
    pub limits: Vec<Limit>,
    /// When the fleet works.
    pub rushes: Vec<(i64, i64)>,
    /// Begin and end of the first trouble.
    pub trouble: (i64, i64),
    /// End of the log.
    pub end: i64,
}

/// The causes of an incident, first one first.
pub fn kinds(setting: &Setting, r: &mut Random) -> Vec<Kind> {
    let first = *r.weighted(&setting.mix);
    let several = r.chance(setting.several);
    // Limits of a load meet each other; so do outages and limits. Access and billing end the work.
    let seconds = [Kind::Cap, Kind::FiveHours, Kind::Minute, Kind::Overload, Kind::Network];
    let others: Vec<Kind> = seconds.iter().copied().filter(|k| *k != first).collect();
    let second = *r.pick(&others);
    if several { vec![first, second] } else { vec![first] }
}

struct Drawing<'a> {
    fleet: &'a Fleet,
    setting: &'a Setting,
    clarity: Clarity,
    limits: Vec<Limit>,
}

/// Draws limiters and times for the causes.
pub fn draw(kinds: &[Kind], fleet: &Fleet, begin: i64, setting: &Setting, clarity: Clarity, r: &mut Random) -> Drawn {
    let warm = match *r.weighted(&[(0, 0.2), (1, 0.5), (2, 0.3)]) {
        0 => r.within((120.0, 900.0)),
        1 => r.over_orders((900.0, 7_200.0)),
        _ => r.over_orders((7_200.0, 40_000.0)),
    };
    let from = begin + micros(warm);
    let first = kinds.first().copied();
    let when = When { begin, from, length: micros(length_s(first, fleet, setting, r)) };
    let (rushes, mut end) = rushes(first, when, fleet, r);
    let mut drawing = Drawing { fleet, setting, clarity, limits: Vec::new() };
    for (i, kind) in kinds.iter().enumerate() {
        let when = if i == 0 { when } else { second(*kind, when, &rushes, fleet, setting, r) };
        drawing.add(*kind, when, end, r);
        end = end.max(when.to() + micros(r.within((300.0, 3_600.0))));
    }
    drawing.meters(when, r);
    if !kinds.is_empty() && r.chance(0.25) {
        drawing.stray(begin, end, r);
    }
    let mut limits = drawing.limits;
    limits.sort_by_key(|l| place(l.kind, l.scope));
    // A log that ends while it is blocked.
    if when.length > 20 * MINUTE && r.chance(0.07) {
        end = when.from + (r.within((0.3, 0.95)) * when.length as f64) as i64;
    } else if r.chance(0.2) {
        end += 14 * HOUR;
    }
    Drawn { limits, rushes, trouble: (when.from, when.to()), end }
}

/// In which order limiters are asked: what is nearest to the client first, the engine last.
fn place(kind: Kind, scope: Scope) -> u8 {
    match kind {
        Kind::Local => 0,
        Kind::Network => 1,
        Kind::Access => 2,
        Kind::Billing => 3,
        Kind::Block => 4,
        Kind::FiveHours => 5,
        Kind::Weekly => 6,
        Kind::OtherWindow => 7,
        Kind::Minute => 8,
        Kind::Cap => 9,
        Kind::Overload => 10 + u8::from(scope == Scope::All),
    }
}

impl Drawing<'_> {
    fn voice(&self, kind: Kind, minutes: u32, r: &mut Random) -> Voice {
        Voice::draw(kind, minutes, self.clarity, r)
    }

    fn push(&mut self, kind: Kind, scope: Scope, rule: Rule, voice: Voice, r: &mut Random) {
        let wait = self.wait(kind, r);
        let latency_s = latency_s(kind, r);
        self.limits.push(Limit { kind, scope, rule, voice, wait, latency_s });
    }

    /// What answers say on waiting. Window and unexplained block share their law but for the instant of a reset, which a
    /// block has not.
    fn wait(&self, kind: Kind, r: &mut Random) -> Wait {
        let same = Wait::Same(f64::from(*r.pick(&[1u32, 1, 2, 5, 10, 30, 60])));
        let between = Wait::Between(1.0, f64::from(*r.pick(&[5u32, 20, 60, 120])));
        let until = if kind == Kind::Block { same } else { Wait::UntilFree };
        let drawn = match kind {
            Kind::Cap => *r.weighted(&[(Wait::Unsaid, 0.5), (same, 0.4), (between, 0.1)]),
            Kind::FiveHours | Kind::Weekly | Kind::OtherWindow | Kind::Block => {
                *r.weighted(&[(Wait::Unsaid, 0.55), (until, 0.25), (same, 0.15), (between, 0.05)])
            }
            Kind::Minute => *r.weighted(&[(Wait::Unsaid, 0.4), (until, 0.35), (same, 0.2), (between, 0.05)]),
            Kind::Overload => *r.weighted(&[(Wait::Unsaid, 0.65), (same, 0.2), (between, 0.15)]),
            Kind::Local => *r.weighted(&[(Wait::Unsaid, 0.6), (until, 0.3), (same, 0.1)]),
            Kind::Network | Kind::Access | Kind::Billing => Wait::Unsaid,
        };
        if self.clarity.bare { Wait::Unsaid } else { drawn }
    }

    fn add(&mut self, kind: Kind, when: When, end: i64, r: &mut Random) {
        match kind {
            Kind::Cap => self.slots(r),
            Kind::Minute => self.minute(r),
            Kind::FiveHours => self.window(kind, 300, when, r),
            Kind::Weekly => self.window(kind, 10_080, when, r),
            Kind::OtherWindow => {
                let minutes = *r.pick(&[1_440, 1_440, 43_200]);
                self.window(kind, minutes, when, r);
            }
            Kind::Overload => self.overload(when, r),
            Kind::Network => self.network(when, r),
            Kind::Local => self.local(when, r),
            Kind::Access | Kind::Billing => {
                let to = if r.chance(0.4) { end + 48 * HOUR } else { when.to() };
                let voice = self.voice(kind, 0, r);
                self.push(kind, Scope::Account(0), Rule::Spells(Spells::whole(when.from, to)), voice, r);
            }
            Kind::Block => {
                let voice = self.voice(kind, 0, r);
                self.push(kind, Scope::Account(0), Rule::Spells(Spells::whole(when.from, when.to())), voice, r);
            }
        }
    }

    fn slots(&mut self, r: &mut Random) {
        let open = f64::from(self.fleet.agents + self.fleet.hidden) * self.fleet.busy();
        let slots = (open * r.within((0.3, 0.9))).round().max(1.0) as u32;
        let slots = slots.min(self.fleet.agents + self.fleet.hidden - 1).max(1);
        let voice = self.voice(Kind::Cap, 0, r);
        self.push(Kind::Cap, Scope::Account(0), Rule::Slots(Slots::new(slots)), voice, r);
    }

    fn minute(&mut self, r: &mut Random) {
        let unit = if r.chance(0.5) { Unit::Requests } else { Unit::Tokens };
        let share = r.within((0.25, 0.8));
        let per_minute = (60.0 * self.fleet.rate() * share).max(1.0);
        let limit = match unit {
            Unit::Requests => per_minute.ceil(),
            Unit::Tokens => (per_minute * self.fleet.tokens()).max(2.5 * self.fleet.tokens()).round(),
        };
        let minute = Minute::new(unit, limit, r.chance(0.5), r.chance(0.25));
        let voice = self.voice(Kind::Minute, 0, r);
        self.push(Kind::Minute, Scope::Account(0), Rule::Minute(minute), voice, r);
    }

    fn window(&mut self, kind: Kind, minutes: u32, when: When, r: &mut Random) {
        let opens = *r.weighted(&[(WindowKind::Fixed, 0.45), (WindowKind::FirstUse, 0.3), (WindowKind::Rolling, 0.25)]);
        let unit = if r.chance(0.75) { Unit::Tokens } else { Unit::Requests };
        let length = i64::from(minutes) * MINUTE;
        let boundary = when.to();
        let begun = boundary - length;
        let before = begun < when.begin;
        let anchor = match opens {
            WindowKind::FirstUse if before => begun,
            WindowKind::FirstUse => begun - length,
            _ => boundary,
        };
        let mut window = Window::new(minutes, opens, unit, anchor);
        window.full_at = Some(when.from);
        let worth = unit.weight(self.fleet.tokens() as u32) * self.fleet.requests;
        if before {
            let many = if minutes > 300 { r.within((0.3, 12.0)) } else { r.within((0.05, 1.5)) };
            // What a rolling window forgets while it is full lets a request pass here and there.
            let trickle = r.chance(0.65) && opens == WindowKind::Rolling;
            let earliest = if trickle { begun - (r.within((0.1, 1.0)) * when.length as f64) as i64 } else { begun };
            used_before(&mut window, (earliest, begun), when.begin, many * worth, r);
        }
        // Small requests still fit where large ones do not.
        if r.chance(0.5) {
            window.spare = unit.weight(self.fleet.tokens() as u32) * r.within((0.0, 6.0));
        }
        if r.chance(self.setting.late_reset.0) {
            window.late = micros(r.within((20.0, self.setting.late_reset.1)));
        }
        let voice = self.voice(kind, minutes, r);
        self.push(kind, Scope::Account(0), Rule::Window(window), voice, r);
    }

    /// Windows that never refuse, so that usage snapshots have something to show. All share the minute and second of one
    /// subscription.
    fn meters(&mut self, when: When, r: &mut Random) {
        let known = |limits: &[Limit], minutes: u32| {
            limits.iter().find_map(|l| match &l.rule {
                Rule::Window(w) if w.minutes == minutes => Some((w.anchor, w.kind)),
                _ => None,
            })
        };
        let drawn = when.from + i64::from(r.whole(0, 86_400_000)) * 1_000 + i64::from(r.whole(0, 999));
        let some = known(&self.limits, 300).or(known(&self.limits, 10_080)).map_or(drawn, |(anchor, _)| anchor);
        for (kind, minutes) in [(Kind::FiveHours, 300), (Kind::Weekly, 10_080)] {
            let hours = i64::from(r.whole(1, 160)) * HOUR;
            let opens = if r.chance(0.7) { WindowKind::Fixed } else { WindowKind::FirstUse };
            let share = r.within((0.1, 3.0));
            if known(&self.limits, minutes).is_some() {
                continue;
            }
            let anchor =
                if opens == WindowKind::Fixed { some + hours } else { when.begin - 2 * i64::from(minutes) * MINUTE };
            let mut window = Window::new(minutes, opens, Unit::Tokens, anchor);
            let worth = self.fleet.tokens() * self.fleet.requests * share;
            window.used_before(when.begin - HOUR, worth);
            let voice = Voice { answers: Vec::new(), mislabelled: false };
            let rule = Rule::Window(window);
            self.limits.push(Limit {
                kind,
                scope: Scope::Account(0),
                rule,
                voice,
                wait: Wait::Unsaid,
                latency_s: (0.1, 0.2),
            });
        }
    }

    fn overload(&mut self, when: When, r: &mut Random) {
        let mut spells = Vec::new();
        let hard = r.chance(0.25);
        let (on, off) = (r.over_orders((20.0, 900.0)), r.over_orders((5.0, 200.0)));
        let fails = if hard { 1.0 } else { r.within((0.25, 1.0)) };
        let mut at = when.from;
        while at < when.to() {
            let to = if hard { when.to() } else { (at + micros(r.exponential(on).max(2.0))).min(when.to()) };
            spells.push(Spell { from: at, to, fails });
            at = to + micros(r.exponential(off).max(1.0));
        }
        let scope = if r.chance(0.75) { Scope::All } else { Scope::Account(0) };
        let voice = self.voice(Kind::Overload, 0, r);
        self.push(Kind::Overload, scope, Rule::Spells(Spells::new(spells)), voice, r);
    }

    fn network(&mut self, when: When, r: &mut Random) {
        let mut spells = Vec::new();
        let flaps = r.chance(0.2);
        let mut at = when.from;
        while at < when.to() {
            let to = if flaps { (at + micros(r.within((20.0, 240.0)))).min(when.to()) } else { when.to() };
            spells.push(Spell { from: at, to, fails: 1.0 });
            at = to + micros(r.within((5.0, 60.0)));
        }
        let scope = if r.chance(0.7) { Scope::All } else { Scope::Machine(0) };
        let voice = self.voice(Kind::Network, 0, r);
        self.push(Kind::Network, scope, Rule::Spells(Spells::new(spells)), voice, r);
    }

    /// A gateway that sets its keys aside for a while, again and again, or that has slots of its own.
    fn local(&mut self, when: When, r: &mut Random) {
        let voice = self.voice(Kind::Local, 0, r);
        if r.chance(0.3) {
            let open = f64::from(self.fleet.agents) * self.fleet.busy();
            let slots = (open * r.within((0.3, 0.8))).round().max(1.0) as u32;
            self.push(Kind::Local, Scope::Account(0), Rule::Slots(Slots::new(slots)), voice, r);
            return;
        }
        let cooldown = r.over_orders((30.0, 1_800.0));
        let mut spells = Vec::new();
        let mut at = when.from;
        while at < when.to() {
            let to = at + micros(cooldown);
            spells.push(Spell { from: at, to, fails: 1.0 });
            at = to + micros(r.exponential(cooldown / 3.0).max(1.0));
        }
        self.push(Kind::Local, Scope::All, Rule::Spells(Spells::new(spells)), voice, r);
    }

    /// Single failures here and there, as every provider has them.
    fn stray(&mut self, begin: i64, end: i64, r: &mut Random) {
        let spells =
            Spells::new(vec![Spell { from: begin, to: end + 48 * HOUR, fails: r.over_orders((0.000_5, 0.004)) }]);
        let clarity = Clarity { bare: true, ..self.clarity };
        let voice = Voice::draw(Kind::Overload, 0, clarity, r);
        self.push(Kind::Overload, Scope::All, Rule::Spells(spells), voice, r);
    }
}

/// Use before the log begins. For a rolling window it is spread around the instant at which it is to become free again.
fn used_before(window: &mut Window, (earliest, begun): (i64, i64), begin: i64, amount: f64, r: &mut Random) {
    let pieces = r.whole(3, 60);
    let spread = if window.kind == WindowKind::Rolling { r.over_orders((60.0, 7_200.0)) } else { 600.0 };
    let latest = (begun + micros(spread)).min(begin - SECOND).max(earliest + 1);
    let mut at: Vec<i64> = (0..pieces).map(|_| earliest + 1 + (r.unit() * (latest - earliest) as f64) as i64).collect();
    at.sort_unstable();
    for t in at {
        window.used_before(t, amount / f64::from(pieces));
    }
}

/// Seconds until an answer comes (overload took 40 to 70 s in a real log; limiters answer at once).
fn latency_s(kind: Kind, r: &mut Random) -> (f64, f64) {
    match kind {
        Kind::Overload => *r.pick(&[(0.3, 4.0), (1.0, 20.0), (8.0, 70.0)]),
        Kind::Network => *r.pick(&[(0.02, 2.0), (0.5, 10.0), (10.0, 60.0)]),
        Kind::Local => (0.002, 0.05),
        _ => *r.pick(&[(0.1, 0.6), (0.3, 2.0), (0.6, 5.0)]),
    }
}
