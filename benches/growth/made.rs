//! Logs that grow in one respect: attempts of one episode, episodes, saved snapshots beside episodes, files, different texts.
//!
//! In: what grows and its size. Out: files below a folder. Always the same bytes: no clock, no randomness.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Series {
    /// Refusals of one episode.
    OneEpisode,
    /// Episodes of one pool, a few hours apart.
    Episodes,
    /// Episodes of one pool, and twenty snapshots for each.
    Snapshots,
    /// Pools with an episode each.
    Pools,
    /// Files of one request each.
    Files,
    /// Refusals each with a text of its own.
    Texts,
    /// Admitted requests and a refusal now and then.
    Attempts,
}

/// 2015-03-01T00:00:00Z in milliseconds: eleven years of episodes end in 2026.
const BEGIN_MS: u64 = 1_425_168_000_000;
const HOUR_MS: u64 = 3_600_000;
/// From one episode to the next.
const APART_MS: u64 = 3 * HOUR_MS;
/// Snapshots beside each episode.
const SNAPSHOTS: u64 = 20;
/// Files of a folder.
const FOLDER: u64 = 500;

const TOO_MANY: &str = r#","error_type":"rate_limit_reached_error","error_message":"We're receiving too many requests at the moment. Please wait and try again.""#;

/// Writes a log of a size.
pub(crate) fn write(folder: &Path, series: Series, size: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    if series == Series::Files {
        return files(folder, size);
    }
    let mut log = BufWriter::with_capacity(1 << 20, File::create(folder.join("attempts.jsonl"))?);
    match series {
        Series::OneEpisode => one_episode(size, &mut log)?,
        Series::Episodes | Series::Snapshots => (0..size).try_for_each(|k| episode(k, "a0", &mut log))?,
        Series::Pools => (0..size).try_for_each(|k| episode(k % 100, &format!("a{k}"), &mut log))?,
        Series::Texts => texts(size, &mut log)?,
        Series::Attempts => attempts(size, &mut log)?,
        Series::Files => {}
    }
    log.flush()?;
    if series == Series::Snapshots { snapshots(folder, size) } else { Ok(()) }
}

/// Refusals every 200 ms by forty agents, between two dozen admissions on either side.
fn one_episode(refusals: u64, out: &mut impl Write) -> io::Result<()> {
    for n in 0..24 {
        line(out, (BEGIN_MS + n * 20_000, 8_000), "a0", &format!("g{}", n % 40), 200)?;
    }
    let begun = BEGIN_MS + 600_000;
    for n in 0..refusals {
        line(out, (begun + n * 200, 90), "a0", &format!("g{}", n % 40), 429)?;
    }
    let after = begun + refusals * 200 + 60_000;
    (0..24).try_for_each(|n| line(out, (after + n * 20_000, 8_000), "a0", &format!("g{}", n % 40), 200))
}

/// Three admissions, six refusals, three admissions.
fn episode(k: u64, account: &str, out: &mut impl Write) -> io::Result<()> {
    let begun = BEGIN_MS + k * APART_MS;
    let admitted = [0, 60, 120].map(|s| (s, 200));
    let refused = [300, 330, 360, 390, 420, 450].map(|s| (s, 429));
    let after = [900, 960, 1020].map(|s| (s, 200));
    for (second, status) in admitted.into_iter().chain(refused).chain(after) {
        line(out, (begun + second * 1000, 900), account, "g0", status)?;
    }
    Ok(())
}

fn texts(refusals: u64, out: &mut impl Write) -> io::Result<()> {
    for n in 0..refusals {
        let start = BEGIN_MS + n * 300;
        writeln!(
            out,
            "{{\"start\":\"{}\",\"end\":\"{}\",\"status\":429,\"error_message\":\"Rate limit reached for model m in organization o on tokens per min (TPM): Limit 200000, Used {}, Requested {}. Please try again in {}ms. Request id: req_{n:016x}.\",\"provider\":\"openai\",\"account\":\"a0\",\"model\":\"m\",\"session\":\"s0\",\"agent\":\"g{}\"}}",
            stamp(start),
            stamp(start + 80),
            190_000 + n % 10_000,
            1_000 + n % 9_000,
            100 + n % 800,
            n % 40
        )?;
    }
    Ok(())
}

fn attempts(size: u64, out: &mut impl Write) -> io::Result<()> {
    for n in 0..size {
        // Six refusals in a row every 10,000 requests.
        let status = if n % 10_000 < 6 { 429 } else { 200 };
        line(out, (BEGIN_MS + n * 2_000, 20_000), "a0", &format!("g{}", n % 40), status)?;
    }
    Ok(())
}

fn files(folder: &Path, size: u64) -> io::Result<()> {
    for n in 0..size {
        let below = folder.join(format!("f{:04}", n / FOLDER));
        if n % FOLDER == 0 {
            fs::create_dir_all(&below)?;
        }
        let mut file = File::create(below.join(format!("{n:06}.jsonl")))?;
        line(&mut file, (BEGIN_MS + n * 2_000, 900), "a0", &format!("g{}", n % 40), 200)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, (start, ms): (u64, u64), account: &str, agent: &str, status: u16) -> io::Result<()> {
    let fields = if status == 200 { r#","input_tokens":900,"output_tokens":300"# } else { TOO_MANY };
    writeln!(
        out,
        "{{\"start\":\"{}\",\"end\":\"{}\",\"status\":{status}{fields},\"provider\":\"kimi-code\",\"account\":\"{account}\",\"model\":\"kimi-k2\",\"session\":\"s0\",\"agent\":\"{agent}\"}}",
        stamp(start),
        stamp(start + ms),
    )
}

/// Snapshots of a five-hour window, evenly over all episodes.
fn snapshots(folder: &Path, episodes: u64) -> io::Result<()> {
    let mut ledger = BufWriter::new(File::create(folder.join("usage.jsonl"))?);
    let all = episodes * SNAPSHOTS;
    for i in 0..all {
        let at = BEGIN_MS + i * (APART_MS / SNAPSHOTS);
        let reset = at - at % (5 * HOUR_MS) + 5 * HOUR_MS;
        writeln!(
            ledger,
            "{{\"captured_at\":\"{}\",\"provider\":\"kimi-code\",\"account\":\"a0\",\"windows\":[{{\"window_minutes\":300,\"limit\":100,\"used\":{},\"remaining\":{},\"resets_at\":\"{}\"}}]}}",
            stamp(at),
            i % 100,
            100 - i % 100,
            stamp(reset)
        )?;
    }
    ledger.flush()
}

/// RFC 3339 (days by Howard Hinnant's `civil_from_days`).
fn stamp(ms: u64) -> String {
    let (days, ms) = (ms / 86_400_000, ms % 86_400_000);
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (ms / HOUR_MS, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}
