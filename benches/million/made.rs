//! Logs in the canonical form, made by playing agents against limiters.
//!
//! In: a scene and a number of attempts. Out: `attempts.jsonl` (260 bytes a line), lines in order of their end, as a
//! client writes them, and `usage.jsonl` where the scene has snapshots. Always the same bytes: one seed, no clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Two accounts with forty agents each for four days; some hours at the cap, a used-up window, an overload.
    Incidents,
    /// The worst for a judge of episodes: every thirtieth attempt is refused, in eleven thousand clusters of three.
    Storms,
    /// Storms beside a snapshot of the usage every few seconds.
    WindowSnapshots,
}

/// 2026-03-01T00:00:00Z in milliseconds.
const BEGIN_MS: u64 = 1_772_323_200_000;
const AGENTS: u64 = 80;
const HOUR_MS: u64 = 3_600_000;
/// Slots of an account where it has a cap.
const SLOTS: usize = 30;
/// Admissions and refusals of a storm: every thirtieth is refused.
const STORM: u64 = 90;
const STORM_REFUSED: u64 = 3;
/// Milliseconds between two snapshots: a hundred thousand of them over a tenth of the attempts.
const READING_MS: u64 = 375;

/// Writes the files of a scene.
pub(crate) fn write(folder: &Path, scene: Scene, attempts: u64) -> io::Result<()> {
    let mut log = BufWriter::with_capacity(1 << 20, File::create(folder.join("attempts.jsonl"))?);
    let last_ms = Play::new(scene).lines(attempts, &mut log)?;
    log.flush()?;
    if scene == Scene::WindowSnapshots {
        let mut ledger = BufWriter::new(File::create(folder.join("usage.jsonl"))?);
        for at in (BEGIN_MS..last_ms).step_by(READING_MS as usize) {
            write_snapshot(at, &mut ledger)?;
        }
        ledger.flush()?;
    }
    Ok(())
}

/// What the provider does with an attempt.
enum Answer {
    Taken { ms: u64 },
    Refused { status: u16, error: &'static str, wait_s: Option<u16> },
}

const TOO_MANY: &str = r#""error_type":"rate_limit_reached_error","error_message":"We're receiving too many requests at the moment. Please wait and try again.","#;
const OVERLOADED: &str = r#""error_type":"engine_overloaded_error","error_message":"The engine is currently overloaded, please try again later.","#;

/// Agents that ask one after the other, and what is in flight.
struct Play {
    scene: Scene,
    random: Random,
    /// When each agent asks next.
    turns: BinaryHeap<Reverse<(u64, u64)>>,
    /// Ends of what is in flight, by account.
    in_flight: [BinaryHeap<Reverse<u64>>; 2],
    /// Lines that wait for all earlier ends.
    waiting: BinaryHeap<Reverse<(u64, u64, String)>>,
}

impl Play {
    fn new(scene: Scene) -> Self {
        let turns = (0..AGENTS).map(|agent| Reverse((BEGIN_MS + agent * 977, agent))).collect();
        Self { scene, random: Random(42), turns, in_flight: Default::default(), waiting: BinaryHeap::new() }
    }

    /// Plays so many attempts; answers when the last one began.
    fn lines(&mut self, attempts: u64, out: &mut impl Write) -> io::Result<u64> {
        let mut now = BEGIN_MS;
        for n in 0..attempts {
            let Some(Reverse((at, agent))) = self.turns.pop() else { break };
            now = at;
            self.told_until(now, out)?;
            let answer = self.answer(n, now, agent);
            let (ends, next) = match answer {
                Answer::Taken { ms } => (now + ms, now + ms + self.random.below(4_000)),
                Answer::Refused { wait_s, .. } => {
                    let ends = now + 120 + self.random.below(400);
                    (ends, ends + wait_s.map_or(0, |s| u64::from(s) * 1000) + self.random.below(30_000))
                }
            };
            self.turns.push(Reverse((next, agent)));
            let line = self.line((n, agent), (now, ends), &answer);
            self.waiting.push(Reverse((ends, n, line)));
        }
        self.told_until(u64::MAX, out)?;
        Ok(now)
    }

    fn told_until(&mut self, now: u64, out: &mut impl Write) -> io::Result<()> {
        while self.waiting.peek().is_some_and(|Reverse((ends, ..))| *ends <= now) {
            if let Some(Reverse((_, _, line))) = self.waiting.pop() {
                out.write_all(line.as_bytes())?;
            }
        }
        Ok(())
    }

    fn answer(&mut self, n: u64, now: u64, agent: u64) -> Answer {
        let account = (agent % 2) as usize;
        let hour = (now - BEGIN_MS) as f64 / HOUR_MS as f64;
        let flight = &mut self.in_flight[account];
        while flight.peek().is_some_and(|Reverse(end)| *end <= now) {
            flight.pop();
        }
        let refused = |status, error, wait_s| Answer::Refused { status, error, wait_s };
        match self.scene {
            Scene::Incidents if account == 0 && (30.0..33.0).contains(&hour) && flight.len() >= SLOTS => {
                return refused(429, TOO_MANY, Some(1));
            }
            Scene::Incidents if account == 1 && (50.0..50.9).contains(&hour) => return refused(429, TOO_MANY, None),
            Scene::Incidents if (70.0..70.4).contains(&hour) && self.random.below(3) > 0 => {
                return refused(529, OVERLOADED, None);
            }
            Scene::Storms | Scene::WindowSnapshots if n % STORM < STORM_REFUSED => return refused(429, TOO_MANY, None),
            _ => {}
        }
        let ms = 3_000 + self.random.below(9_000) + self.random.below(60_000) * self.random.below(100) / 100;
        flight.push(Reverse(now + ms));
        Answer::Taken { ms }
    }

    fn line(&mut self, (n, agent): (u64, u64), (start, end): (u64, u64), answer: &Answer) -> String {
        let (status, fields, wait) = match answer {
            Answer::Taken { .. } => (200, "", String::new()),
            Answer::Refused { status, error, wait_s } => {
                (*status, *error, wait_s.map_or(String::new(), |s| format!(r#","retry_after_s":{s}.0"#)))
            }
        };
        let (input, output, cached) =
            if status == 200 { (self.random.below(9_000), self.random.below(2_000), 20_000) } else { (0, 0, 0) };
        // Two accounts; in the storms one, so that all clusters are in one pool.
        let account = if self.scene == Scene::Incidents { agent % 2 } else { 0 };
        format!(
            "{{\"start\":\"{}\",\"end\":\"{}\",\"status\":{status},{fields}\"input_tokens\":{input},\
             \"output_tokens\":{output},\"cache_read_tokens\":{cached},\"provider\":\"kimi-code\",\
             \"account\":\"a{account}\",\"model\":\"kimi-k2\",\"session\":\"s{}\",\"agent\":\"a{agent}\",\
             \"request_id\":\"r{:08x}\"{wait}}}\n",
            stamp(start),
            stamp(end),
            agent / 40,
            n.wrapping_mul(2_654_435_761) & 0xffff_ffff,
        )
    }
}

/// A snapshot of a five-hour window that is used up little by little.
fn write_snapshot(at: u64, out: &mut impl Write) -> io::Result<()> {
    let window = 5 * HOUR_MS;
    let begun = at - at % window;
    let used = (at - begun) * 95 / window;
    writeln!(
        out,
        "{{\"captured_at\":\"{}\",\"provider\":\"kimi-code\",\"account\":\"a0\",\"windows\":[{{\"window_minutes\":300,\
         \"limit\":100,\"used\":{used},\"remaining\":{},\"resets_at\":\"{}\"}}]}}",
        stamp(at),
        100 - used,
        stamp(begun + window)
    )
}

/// RFC 3339. The logs stay inside March 2026.
fn stamp(ms: u64) -> String {
    let past = ms - BEGIN_MS;
    let (day, hour, minute) = (past / 86_400_000 + 1, past / HOUR_MS % 24, past / 60_000 % 60);
    format!("2026-03-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}Z", past / 1000 % 60, past % 1000)
}

/// splitmix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}
