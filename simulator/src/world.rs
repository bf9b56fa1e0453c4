//! The world: agents that send requests, limiters that let them pass or not, one heap of events.
//!
//! In: sessions with their agents and hours, limiters, a policy. Out: every request as it was on the wire. Always: an agent is
//! sequential; limiters are asked in their order, and only the first one that refuses answers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::client::{Answered, Next, Policy};
use crate::limits::{Asked, Limit, Rule, Scope};
use crate::random::{Random, micros};
use crate::setting::Kind;

/// A session: one main agent, perhaps with subagents.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its machine.
    pub machine: usize,
    /// Its account.
    pub account: usize,
    /// Whether some log shows it.
    pub visible: bool,
    /// Id, a UUID.
    pub id: String,
    /// When someone works with it.
    pub hours: Vec<(i64, i64)>,
    /// Median pause between turns, in seconds.
    pub pause_s: f64,
    /// Median pause after a failed turn, in seconds.
    pub again_s: f64,
    /// Failed turns in a row after which it rests.
    pub patience: u32,
    /// How long it rests, in seconds.
    pub rest_s: f64,
    /// Subagents: how many at once and how many tasks; 0: none.
    pub fan: (u32, u32),
}

/// An agent: sends one request after the other.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Its session.
    pub session: usize,
    /// 0: the main agent; else the number of the subagent.
    pub number: u32,
    turn: u32,
    step: u32,
    left: u32,
    outer: u16,
    inner: u16,
    wanted: i64,
    context: u32,
    failed_turns: u32,
    fan: Option<Fan>,
    parent: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Fan {
    queue: u32,
    running: u32,
}

/// Why and how a request was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// Index of the limiter.
    pub limit: usize,
    /// HTTP status.
    pub status: Option<u16>,
    /// Type.
    pub kind: &'static str,
    /// Message.
    pub message: String,
    /// Seconds to wait.
    pub retry_after_s: Option<f64>,
}

/// One request on the wire.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its agent.
    pub agent: usize,
    /// Turn of the agent, from 0.
    pub turn: u32,
    /// Step of the turn, from 1.
    pub step: u32,
    /// Try of the step, from 1.
    pub outer: u16,
    /// The SDK's own retry in this try, from 0.
    pub inner: u16,
    /// When it left.
    pub start: i64,
    /// When its answer was complete, or the client gave it up.
    pub end: i64,
    /// Input tokens with those from the cache.
    pub input: u32,
    /// Of these, from the cache.
    pub cached: u32,
    /// Output tokens.
    pub output: u32,
    /// `None`: admitted.
    pub refusal: Option<Refusal>,
    /// Admitted, and then the stream broke.
    pub broken: bool,
    /// Ended the work of its turn.
    pub gave_up: bool,
    /// The SDK sent it again by itself, and no log tells of this one.
    pub silent: bool,
    /// Whether its answer came before the world ended.
    pub settled: bool,
}

/// How requests and agents are.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Median duration in seconds.
    pub duration_s: f64,
    /// Its sigma.
    pub sigma: f64,
    /// Share and exponent of its tail.
    pub tail: (f64, f64),
    /// Median of the time between requests, in seconds.
    pub think_s: f64,
    /// Median of steps in a turn.
    pub steps: f64,
    /// Probability and seconds of a late release.
    pub late_release: (f64, f64),
    /// Probability of a ghost.
    pub ghost: f64,
    /// Least and most input tokens of a context.
    pub context: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Wake(usize),
    Settle(usize),
    Release(usize, usize),
    Cut(usize),
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Agents.
    pub agents: Vec<Agent>,
    /// Limiters in the order in which they are asked.
    pub limits: Vec<Limit>,
    /// All requests by start.
    pub attempts: Vec<Attempt>,
    /// When it ends.
    pub end: i64,
    policy: Policy,
    load: Load,
    random: Random,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    sent: u64,
    open: Vec<usize>,
}

/// A log of more requests than this ends.
pub const MOST_ATTEMPTS: usize = 5_000;

/// Longest request (a stream that hangs longer is cut by something on the way; assumed).
const LONGEST_S: f64 = 3_600.0;

impl World {
    /// A world before its first event.
    pub fn new(
        sessions: Vec<Session>,
        limits: Vec<Limit>,
        policy: Policy,
        load: Load,
        random: Random,
        end: i64,
    ) -> Self {
        let mut world = Self {
            sessions,
            agents: Vec::new(),
            limits,
            attempts: Vec::new(),
            end,
            policy,
            load,
            random,
            events: BinaryHeap::new(),
            sent: 0,
            open: Vec::new(),
        };
        for session in 0..world.sessions.len() {
            let main = world.add_agent(session, 0, None);
            for number in 1..=world.sessions[session].fan.0 {
                world.add_agent(session, number, Some(main));
            }
            if let Some((from, _)) = world.sessions[session].hours.first().copied() {
                let at = from + micros(world.random.exponential(6.0));
                world.at(at, Event::Wake(main));
            }
        }
        let cuts: Vec<(i64, usize)> = (world.limits.iter().enumerate())
            .filter(|(_, l)| l.kind == Kind::Network)
            .flat_map(|(i, l)| match &l.rule {
                Rule::Spells(s) => s.spells.iter().filter(|s| s.fails >= 1.0).map(|s| (s.from, i)).collect(),
                _ => Vec::new(),
            })
            .collect();
        for (at, limit) in cuts {
            world.at(at, Event::Cut(limit));
        }
        world
    }

    fn add_agent(&mut self, session: usize, number: u32, parent: Option<usize>) -> usize {
        let context = self.random.whole(self.load.context.0, self.load.context.1);
        self.agents.push(Agent {
            session,
            number,
            turn: 0,
            step: 0,
            left: 0,
            outer: 0,
            inner: 0,
            wanted: 0,
            context,
            failed_turns: 0,
            fan: None,
            parent,
        });
        self.agents.len() - 1
    }

    fn at(&mut self, at: i64, event: Event) {
        self.sent += 1;
        self.events.push(Reverse((at, self.sent, event)));
    }

    /// Runs until the end.
    pub fn run(&mut self) {
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            if at > self.end || self.attempts.len() >= MOST_ATTEMPTS {
                self.end = self.end.min(at);
                break;
            }
            match event {
                Event::Wake(agent) => self.wake(agent, at),
                Event::Settle(attempt) => self.settle(attempt, at),
                Event::Release(account, machine) => self.release(account, machine),
                Event::Cut(limit) => self.cut(limit, at),
            }
        }
    }

    fn release(&mut self, account: usize, machine: usize) {
        let asked = Asked { at: 0, tokens: 0, account, machine };
        for limit in self.limits.iter_mut().filter(|l| l.sees(&asked)) {
            if let Rule::Slots(slots) = &mut limit.rule {
                slots.give_back();
            }
        }
    }

    /// A connection is lost: open streams break.
    fn cut(&mut self, limit: usize, at: i64) {
        let scope = self.limits[limit].scope;
        let open = self.open.clone();
        for attempt in open {
            let session = &self.sessions[self.agents[self.attempts[attempt].agent].session];
            let hit = session.visible && (scope == Scope::All || scope == Scope::Machine(session.machine));
            if hit && self.attempts[attempt].refusal.is_none() {
                self.attempts[attempt].broken = true;
                // A client notices at once or only when its own timer runs out.
                let notices = at + micros(self.random.within((0.1, 20.0)));
                self.attempts[attempt].end = self.attempts[attempt].end.min(notices);
                let end = self.attempts[attempt].end;
                self.at(end, Event::Settle(attempt));
            }
        }
    }

    fn wake(&mut self, agent: usize, at: i64) {
        if self.agents[agent].left == 0 {
            self.begin_turn(agent, at);
        } else if self.agents[agent].outer == 0 {
            self.begin_step(agent, at);
        } else {
            self.send(agent, at);
        }
    }

    /// Starts a turn if someone is at work, else when someone is again.
    fn begin_turn(&mut self, agent: usize, at: i64) {
        let session = self.agents[agent].session;
        let hours = &self.sessions[session].hours;
        let Some((from, _)) = hours.iter().copied().find(|(_, to)| at < *to) else { return };
        if at < from {
            let later = from + micros(self.random.exponential(25.0));
            self.at(later, Event::Wake(agent));
            return;
        }
        let steps = self.random.log_normal(self.load.steps, 0.6).clamp(1.0, 40.0) as u32;
        let (width, tasks) = self.sessions[session].fan;
        let wide = width > 0 && self.random.chance(0.85);
        let l = &mut self.agents[agent];
        l.fan = wide.then_some(Fan { queue: tasks, running: 0 });
        l.left = steps;
        l.step = 0;
        self.begin_step(agent, at);
    }

    fn begin_step(&mut self, agent: usize, at: i64) {
        let load = self.load;
        let r = &mut self.random;
        let body = r.log_normal(load.duration_s, load.sigma);
        let wanted = if r.chance(load.tail.0) { r.pareto(2.0 * load.duration_s, load.tail.1) } else { body };
        let l = &mut self.agents[agent];
        l.wanted = micros(wanted.clamp(0.4, LONGEST_S));
        l.step += 1;
        l.outer = 1;
        l.inner = 0;
        self.send(agent, at);
    }

    fn send(&mut self, agent: usize, at: i64) {
        let (session, input) = (self.agents[agent].session, self.agents[agent].context);
        let output = self.random.whole(120, 2_200);
        let (account, machine) = (self.sessions[session].account, self.sessions[session].machine);
        let asked = Asked { at, tokens: input + output, account, machine };
        let cached = (f64::from(input) * self.random.within((0.55, 0.94))) as u32 / 64 * 64;
        let refuser = (0..self.limits.len())
            .find(|i| self.limits[*i].sees(&asked) && self.limits[*i].refuses(&asked, &mut self.random));
        let (refusal, end, broken) = match refuser {
            Some(limit) => {
                let (refusal, latency) = self.refuse(limit, &asked);
                (Some(refusal), at + latency, false)
            }
            None => self.admit(agent, &asked),
        };
        let l = &self.agents[agent];
        self.attempts.push(Attempt {
            agent,
            turn: l.turn,
            step: l.step,
            outer: l.outer,
            inner: l.inner,
            start: at,
            end,
            input,
            cached,
            output,
            refusal,
            broken,
            gave_up: false,
            silent: false,
            settled: false,
        });
        let attempt = self.attempts.len() - 1;
        self.open.push(attempt);
        self.at(end, Event::Settle(attempt));
    }

    fn refuse(&mut self, limit: usize, asked: &Asked) -> (Refusal, i64) {
        let random = &mut self.random;
        let l = &mut self.limits[limit];
        l.refused(asked);
        let (status, kind, message) = l.voice.answer(l.number(), random);
        let retry_after_s = status.and_then(|_| l.retry_after(asked.at, random));
        let latency = micros(random.over_orders(l.latency_s));
        (Refusal { limit, status, kind, message, retry_after_s }, latency)
    }

    fn admit(&mut self, agent: usize, asked: &Asked) -> (Option<Refusal>, i64, bool) {
        for limit in self.limits.iter_mut().filter(|l| l.sees(asked)) {
            limit.admitted(asked);
        }
        let load = self.load;
        let wanted = self.agents[agent].wanted;
        let mut end = asked.at + wanted;
        let mut freed = end;
        let ghost = self.random.chance(load.ghost);
        if ghost {
            end = asked.at + micros(self.random.within((60.0, 300.0)));
            freed = end + micros(self.random.within((60.0, 1_500.0)));
        } else if self.random.chance(load.late_release.0) {
            freed += micros(self.random.exponential(load.late_release.1 / 3.0).min(load.late_release.1));
        }
        self.at(freed, Event::Release(asked.account, asked.machine));
        (None, end, ghost)
    }

    fn settle(&mut self, attempt: usize, at: i64) {
        // A cut schedules a second settling; the one at the final end counts.
        if self.attempts[attempt].settled || at < self.attempts[attempt].end {
            return;
        }
        self.attempts[attempt].settled = true;
        if let Some(place) = self.open.iter().position(|a| *a == attempt) {
            self.open.swap_remove(place);
        }
        let agent = self.attempts[attempt].agent;
        if self.attempts[attempt].refusal.is_some() {
            self.was_refused(attempt, agent, at);
        } else if self.attempts[attempt].broken {
            self.end_turn(agent, at, false);
        } else {
            self.was_answered(agent, at);
        }
    }

    fn was_answered(&mut self, agent: usize, at: i64) {
        let grown = self.random.whole(300, 2_600);
        let most = self.load.context.1.max(40_000) * 2;
        let l = &mut self.agents[agent];
        l.context += grown;
        if l.context > most {
            l.context = most / 4;
        }
        l.outer = 0;
        l.failed_turns = 0;
        if l.fan.is_some_and(|f| f.running == 0 && f.queue > 0) {
            self.launch(agent, at);
            return;
        }
        self.step_done(agent, at);
    }

    fn step_done(&mut self, agent: usize, at: i64) {
        self.agents[agent].left -= 1;
        if self.agents[agent].left == 0 {
            self.end_turn(agent, at, true);
        } else {
            let think = self.random.log_normal(self.load.think_s, 0.8).clamp(0.05, 1_800.0);
            self.at(at + micros(think), Event::Wake(agent));
        }
    }

    fn was_refused(&mut self, attempt: usize, agent: usize, at: i64) {
        let Some(refusal) = &self.attempts[attempt].refusal else { return };
        let answered = Answered { status: refusal.status, kind: refusal.kind, retry_after_s: refusal.retry_after_s };
        let l = &mut self.agents[agent];
        match self.policy.next(l.outer, l.inner, answered, &mut self.random) {
            Next::Silently(wait) => {
                l.inner += 1;
                self.attempts[attempt].silent = true;
                self.at(at + micros(wait), Event::Wake(agent));
            }
            Next::Again(wait) => {
                l.outer += 1;
                l.inner = 0;
                self.at(at + micros(wait), Event::Wake(agent));
            }
            Next::GiveUp => {
                self.attempts[attempt].gave_up = true;
                self.end_turn(agent, at, false);
            }
        }
    }

    /// All subagents at once, as many as may run; the next one starts when one settles (threads).
    fn launch(&mut self, agent: usize, at: i64) {
        let width = self.sessions[self.agents[agent].session].fan.0;
        let mut start = at;
        for number in 1..=width {
            let Some(fan) = self.agents[agent].fan.as_mut().filter(|f| f.queue > 0) else { break };
            fan.queue -= 1;
            fan.running += 1;
            start += micros(self.random.within((0.005, 0.08)));
            self.begin_task(agent + number as usize, start);
        }
    }

    fn begin_task(&mut self, agent: usize, at: i64) {
        let steps = self.random.log_normal(self.load.steps, 0.7).clamp(1.0, 30.0) as u32;
        let context = self.random.whole(self.load.context.0, self.load.context.1);
        let l = &mut self.agents[agent];
        l.left = steps;
        l.step = 0;
        l.outer = 0;
        l.context = context;
        self.at(at, Event::Wake(agent));
    }

    fn end_turn(&mut self, agent: usize, at: i64, good: bool) {
        let l = &mut self.agents[agent];
        l.left = 0;
        l.outer = 0;
        l.turn += 1;
        l.fan = l.fan.filter(|f| f.running > 0);
        if let Some(parent) = l.parent {
            self.task_done(parent, agent, at);
            return;
        }
        let session = &self.sessions[self.agents[agent].session];
        let random = &mut self.random;
        let pause = if good {
            random.log_normal(session.pause_s, 0.8)
        } else {
            self.agents[agent].failed_turns += 1;
            if self.agents[agent].failed_turns >= session.patience {
                self.agents[agent].failed_turns = 0;
                random.within((0.6, 1.4)) * session.rest_s
            } else {
                random.log_normal(session.again_s, 0.6)
            }
        };
        self.at(at + micros(pause.max(0.5)), Event::Wake(agent));
    }

    fn task_done(&mut self, parent: usize, agent: usize, at: i64) {
        let Some(fan) = &mut self.agents[parent].fan else { return };
        if fan.queue > 0 {
            fan.queue -= 1;
            let start = at + micros(self.random.within((0.01, 0.4)));
            self.begin_task(agent, start);
            return;
        }
        fan.running -= 1;
        if fan.running == 0 {
            self.agents[parent].fan = None;
            self.step_done(parent, at);
        }
    }
}
