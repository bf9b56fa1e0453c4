//! What to do now, in words: from an outlook, sentences with their instants in RFC 3339.

use crate::causes;
use crate::model::{Cause, Time};
use crate::next::{Basis, Outlook, Reason, Seen, Standing, State};
use crate::verdict::Verdict;
use crate::wording::numbers::duration;
use crate::wording::sentence::percent;

/// What to do about a pool, in one sentence or two.
pub fn of_pool(standing: &Standing) -> String {
    match &standing.reason {
        Reason::Episode { outlook, verdict } => of_episode(outlook, verdict),
        Reason::TooOld(Some(ago_s)) => {
            format!("The last request in these logs was {} ago: too old to say.", duration(*ago_s))
        }
        Reason::TooOld(None) => "No request in these logs.".to_owned(),
        Reason::NothingRefused => OPEN.to_owned(),
        Reason::Stalled(waited_s) => format!(
            "A request has waited {} without an answer; it may be refused in silence. Start one agent.",
            duration(*waited_s)
        ),
        Reason::LoneRefusal(ago_s) => format!("Last refusal {} ago. Start one agent.", duration(*ago_s)),
        Reason::UsedUp(reset) => wait_until(*reset),
    }
}

fn of_episode(outlook: &Outlook, verdict: &Verdict) -> String {
    let advice = advice(outlook, verdict, &[]);
    match (outlook.state, outlook.start_with) {
        (State::Open, Some(agents)) => start(agents),
        (State::Open, None) if advice.is_empty() => OPEN.to_owned(),
        _ if advice.is_empty() => causes::info(verdict.cause).ends_when.to_owned(),
        _ => advice.join(" "),
    }
}

const OPEN: &str = "Nothing in these logs says that a request would be refused.";

fn wait_until(at: Time) -> String {
    format!("Wait until {} (`why429 next --wait`), or switch account or model.", at.rfc3339())
}

/// Pauses of less than this, in seconds, are not worth telling.
const SHOWN_FROM_S: f64 = 1.0;

/// What to do, in one sentence for each step: the outlook's own, then what the cause advises while it lasts. None where the
/// logs are too old for advice.
pub fn advice(outlook: &Outlook, verdict: &Verdict, of_cause: &[String]) -> Vec<String> {
    let mut said: Vec<String> = when(outlook, verdict).into_iter().collect();
    match (outlook.state, outlook.seen.admitted) {
        (State::Unknown, None) => return Vec::new(),
        (State::Open, Some(_)) if outlook.start_with.is_some() && verdict.cause == Cause::RatePerMinute => {
            return vec![
                "Requests are admitted again. Start agents one by one: the limit per minute refuses bursts.".to_owned(),
            ];
        }
        (State::Open | State::Unknown, Some((first, _))) => {
            return vec![admitted_since(first)];
        }
        (_, Some(_)) => return said,
        (_, None) => said.extend(asked_long_ago(&outlook.seen, outlook.now)),
    }
    said.extend(of_cause.iter().cloned());
    said.truncate(MOST);
    said
}

/// It is over.
pub fn admitted_since(first: Time) -> String {
    format!("No action needed: requests have been admitted again since {}.", first.rfc3339())
}

/// Most sentences: a page that is read, not a manual.
const MOST: usize = 3;

/// When it ends, as far as that can be told: `Last refusal 36 s ago ...`, `Wait until ...`.
pub fn when(outlook: &Outlook, verdict: &Verdict) -> Option<String> {
    match (outlook.state, outlook.seen.admitted) {
        (State::Unknown | State::Open, _) => None,
        (_, Some(_)) => Some(may_go_on(outlook)),
        (_, None) => wait(outlook, verdict),
    }
}

/// With how many agents to start.
pub fn start(agents: u32) -> String {
    if agents == 1 { "Start one agent.".to_owned() } else { format!("Start at most {agents} agents at once.") }
}

/// `Last refusal 36 s ago. Earlier, requests were admitted for up to 2 min between refusals, so it may not be over (40 %).
/// Start one agent.`
fn may_go_on(outlook: &Outlook) -> String {
    let Outlook { now, seen, lasts, resume, start_with, .. } = outlook;
    let ago = duration(now.since(seen.last));
    let chance = percent(*lasts);
    let why = match seen.pauses.last().filter(|s| **s >= SHOWN_FROM_S) {
        Some(longest) => format!(
            "Earlier, requests were admitted for up to {} between refusals, so it may not be over ({chance}).",
            duration(*longest)
        ),
        None => format!("It may not be over ({chance})."),
    };
    let others = resume.and_then(|r| r.best).filter(|_| *start_with == Some(1));
    let first = match others {
        Some(at) => format!("Start one agent, and the others at {} if it is admitted until then.", at.rfc3339()),
        None => start(start_with.unwrap_or(1)),
    };
    format!("Last refusal {ago} ago. {why} {first}")
}

/// Until when to wait, as far as that is known.
fn wait(outlook: &Outlook, verdict: &Verdict) -> Option<String> {
    let is_named = matches!(outlook.basis, Basis::NamedReset | Basis::Snapshot);
    match outlook.resume.and_then(|r| r.best).filter(|at| is_named && *at > outlook.now) {
        Some(at) => Some(wait_until(at)),
        None if is_named => {
            Some("The end that was named is past, and nobody has asked since: start one agent.".to_owned())
        }
        None => outlook.window_ends.map(|(minutes, at)| by_length(minutes, at, verdict)),
    }
}

/// What the length of a window says of its end.
fn by_length(minutes: u32, at: Time, verdict: &Verdict) -> String {
    let (window, at) = (causes::limit(Cause::TokenWindow, Some(minutes)), at.rfc3339());
    if verdict.window_minutes == Some(minutes) && verdict.probability >= 0.9 {
        return format!("The {window} ends by {at}. Switch account or model, or ask with one agent now and then.");
    }
    let open = if verdict.cause == Cause::TokenWindow { "which window" } else { "which limit" };
    format!("If it is the {window}, it ends by {at}; these logs cannot tell {open} it is.")
}

/// Refusals that stopped only because nobody asked.
fn asked_long_ago(seen: &Seen, now: Time) -> Option<String> {
    let silent_s = now.since(seen.last);
    (silent_s >= 600.0).then(|| format!("Nobody has asked for {}: start one agent.", duration(silent_s)))
}
