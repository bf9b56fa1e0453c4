//! `why429 next` for a terminal: one line per pool; the state is the second word, so that `grep` and people read alike.

use crate::model::{Cause, Time, Zone};
use crate::next::{Standing, State, Used};
use crate::privacy::escape;
use crate::wording::when::When;
use crate::wording::words;

/// Columns of the longest state.
const STATE: usize = "uncertain".len();

/// The lines.
pub fn render(standings: &[Standing], now: Time, zone: Zone) -> String {
    let when = When::in_zone(zone).on_day_of(&now.rfc3339());
    let names: Vec<String> = standings.iter().map(|s| name(s, standings)).collect();
    let widest = names.iter().map(|n| n.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (s, name) in standings.iter().zip(names) {
        let pad = " ".repeat(widest - name.chars().count());
        let line = format!("{name}{pad}  {:<STATE$}  {}", s.state.id(), about(s, now, &when));
        out.push_str(line.replace('\u{a0}', " ").trim_end());
        out.push('\n');
    }
    out
}

/// The provider, where it has one pool; else the pool's id.
fn name(s: &Standing, all: &[Standing]) -> String {
    let provider = |s: &Standing| s.pool.split('/').next().unwrap_or_default().to_owned();
    let own = provider(s);
    let name = if all.iter().filter(|o| provider(o) == own).count() > 1 { s.pool.clone() } else { own };
    // A blank in a name would make the state another word.
    escape::terminal(&name).replace(' ', "_")
}

fn about(s: &Standing, now: Time, when: &When) -> String {
    match s.state {
        State::Blocked => blocked(s, now, when),
        State::Uncertain => uncertain(s, now),
        State::Open => open(s, when),
        State::Unknown => match s.last_known {
            Some(at) => format!("last request {} ago", words::duration(now.since(at))),
            None => "no request".to_owned(),
        },
    }
}

fn blocked(s: &Standing, now: Time, when: &When) -> String {
    let at = |t: Time| format!("{} ({})", when.second(&t.rfc3339()), words::duration(t.since(now)));
    let until = match s.resume.map(|r| (r.best, r.latest)) {
        Some((Some(best), _)) => format!("until {}", at(best)),
        Some((None, Some(latest))) if s.basis == crate::next::Basis::WindowLength => {
            format!("at most until {}", at(latest))
        }
        _ => "end not known".to_owned(),
    };
    format!("{until}  {}", cause(s))
}

/// `5-hour token window, 98 %`.
fn cause(s: &Standing) -> String {
    match s.confidence {
        Some(crate::verdict::Confidence::Undetermined) | None => "undetermined".to_owned(),
        Some(_) => {
            let name = s.cause.map_or_else(|| "undetermined".to_owned(), |c| words::cause(c.id(), s.window_minutes));
            format!("{name}, {}", words::percent(s.probability.unwrap_or(0.0)))
        }
    }
}

fn uncertain(s: &Standing, now: Time) -> String {
    let last = s.last_refusal.map(|t| format!("refused {} ago, ", words::duration(now.since(t)))).unwrap_or_default();
    let agents = s.start_with.unwrap_or(1);
    let agents = if agents == 1 { "1 agent".to_owned() } else { format!("{agents} agents") };
    format!("{last}{}; {}; start {agents}", cause(s), chance(s))
}

/// `40 % that it goes on`.
fn chance(s: &Standing) -> String {
    format!("{} that it is not over", words::percent(s.refused))
}

fn open(s: &Standing, when: &When) -> String {
    if let (Some(agents), Some(Cause::ConcurrencyCap)) = (s.start_with, s.cause) {
        let agents = if agents == 1 { "1 agent".to_owned() } else { format!("{agents} agents") };
        return format!("start at most {agents}  {}", cause(s));
    }
    let fullest = s.used.iter().min_by(|a, b| a.left.total_cmp(&b.left));
    match (fullest, s.last_refusal) {
        (Some(used), _) => snapshot(used, when),
        (None, Some(t)) => format!("no refusal since {}", when.second(&t.rfc3339())),
        (None, None) => "no refusal".to_owned(),
    }
}

/// `9 % of the 5-hour token window used at 15:01`.
fn snapshot(used: &Used, when: &When) -> String {
    let name = words::cause(Cause::TokenWindow.id(), Some(used.window_minutes));
    format!("{} of the {name} used at {}", words::share(1.0 - used.left), when.second(&used.at.rfc3339()))
}
