//! What providers, gateways and networks answer when they do not do the work.
//!
//! In: a cause and how clearly it speaks. Out: status, type and message. The sentences are those of the project's catalogue
//! (`src/signals/catalogue`), where each has its source; account names and numbers are made up.

use crate::random::Random;
use crate::setting::Kind;

/// An answer, before the limiter fills in its numbers (`{n}`).
#[derive(Clone, Debug, PartialEq)]
pub struct Say {
    /// HTTP status; `None`: no answer came.
    pub status: Option<u16>,
    /// Type of the body, or class of the failure.
    pub kind: &'static str,
    /// Message; empty where the body has none.
    pub message: &'static str,
}

const fn say(status: u16, kind: &'static str, message: &'static str) -> Say {
    Say { status: Some(status), kind, message }
}

const fn lost(kind: &'static str, message: &'static str) -> Say {
    Say { status: None, kind, message }
}

const LIMIT: &str = "rate_limit_reached_error";
const TERMINATED: &str = "access_terminated_error";

const CAP: &[Say] = &[
    say(
        429,
        LIMIT,
        "Your account org-7f3c<ak-f1a2> request reached organization max concurrency: {n}, please try again after 1 seconds",
    ),
    say(
        403,
        "permission_error",
        "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
    ),
    say(429, LIMIT, "Too many concurrent requests for this model"),
];
const FIVE_HOURS: &[Say] = &[
    say(403, TERMINATED, "You've reached your 5-hour usage limit. Your quota will reset when the current window ends."),
    say(
        429,
        LIMIT,
        "You've reached your usage limit for this period. Your quota will be refreshed in the next period.",
    ),
];
const WEEKLY: &[Say] = &[
    say(
        403,
        TERMINATED,
        "You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.",
    ),
    say(
        403,
        TERMINATED,
        "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more: https://www.kimi.com/code",
    ),
];
const DAY: &[Say] = &[say(
    429,
    LIMIT,
    "Your account org-7f3c<ak-f1a2> request reached organization TPD rate limit, current: 1507272, limit: {n}",
)];
const MONTH: &[Say] = &[say(429, LIMIT, "You've reached kimi monthly usage limit for this billing cycle.")];
const MINUTE: &[Say] = &[
    say(
        429,
        LIMIT,
        "Your account org-7f3c<ak-f1a2> request reached organization max RPM: {n}, please try again after 1 seconds",
    ),
    say(429, LIMIT, "Rate limit reached for TPM"),
];
const OVERLOAD: &[Say] = &[
    say(429, "engine_overloaded_error", "The engine is currently overloaded, please try again later"),
    say(529, "overloaded_error", "Overloaded"),
    say(503, "server_error", "The model is currently overloaded. Please try again later."),
];
const FAILING: &[Say] = &[
    say(503, "server_error", "Service Unavailable"),
    say(500, "server_error", "Internal Server Error"),
    say(502, "server_error", "Bad Gateway"),
    say(504, "server_error", "Gateway Timeout"),
];
const NETWORK: &[Say] = &[
    lost("APIConnectionError", "Connection error."),
    lost("APITimeoutError", "Request timed out."),
    lost("ENOTFOUND", "getaddrinfo ENOTFOUND api.kimi.com"),
    lost("ECONNRESET", "read ECONNRESET"),
    lost("ECONNREFUSED", "connect ECONNREFUSED 203.0.113.7:443"),
];
const ACCESS: &[Say] = &[
    say(401, "invalid_authentication_error", "Invalid Authentication"),
    say(403, TERMINATED, "Access terminated."),
    say(403, TERMINATED, "Kimi For Coding is currently only available for Coding Agents such as Kimi CLI."),
    say(401, "invalid_api_key", "Invalid API key"),
];
const BILLING: &[Say] = &[
    say(
        429,
        "exceeded_current_quota_error",
        "You exceeded your current token quota: <org-7f3c> 31275, please check your account balance",
    ),
    say(402, "payment_required", "Insufficient Balance"),
    say(
        403,
        "exceeded_current_quota_error",
        "Your account org-7f3c<ak-f1a2> is suspended due to insufficient balance, please recharge your account",
    ),
];
const LOCAL: &[Say] = &[
    say(429, "RouterRateLimitErrorBasic", "No deployments available for selected model."),
    say(429, "model_cooldown", "All credentials for model kimi-for-coding are cooling down"),
    say(429, "rate_limit_error", "Concurrency limit exceeded for user, please retry later"),
    say(429, "rate_limit_error", "Max parallel request limit reached"),
];

/// Names no limit (staff explained the first one as two different limits).
const AMBIGUOUS: &[Say] = &[
    say(429, LIMIT, "We're receiving too many requests at the moment. Please wait a moment and try again."),
    say(429, LIMIT, "Too Many Requests"),
    say(429, LIMIT, "Organization Rate limit exceeded"),
];
/// A 403 that names nothing (quotas, caps and bans all come as one).
const FORBIDDEN: &[Say] = &[say(403, TERMINATED, "")];

/// The texts that name this cause.
fn naming(kind: Kind, minutes: u32) -> &'static [Say] {
    match kind {
        Kind::Cap => CAP,
        Kind::FiveHours => FIVE_HOURS,
        Kind::Weekly => WEEKLY,
        Kind::OtherWindow if minutes == 1_440 => DAY,
        Kind::OtherWindow => MONTH,
        Kind::Minute => MINUTE,
        Kind::Overload => OVERLOAD,
        Kind::Network => NETWORK,
        Kind::Access => ACCESS,
        Kind::Billing => BILLING,
        Kind::Local => LOCAL,
        Kind::Block => AMBIGUOUS,
    }
}

/// How a limiter speaks in one incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Answers and their weights.
    pub answers: Vec<(Say, f64)>,
    /// Whether the text names another cause than the true one.
    pub mislabelled: bool,
}

/// How clearly limiters speak.
#[derive(Clone, Copy, Debug)]
pub struct Clarity {
    /// No text that names a limit.
    pub bare: bool,
    /// Probability of a named text.
    pub named: f64,
    /// Probability of another cause's named text.
    pub mislabel: f64,
}

impl Voice {
    /// Draws a voice for a cause.
    pub fn draw(kind: Kind, minutes: u32, clarity: Clarity, random: &mut Random) -> Self {
        let plain = |say: &Say| Self { answers: vec![(say.clone(), 1.0)], mislabelled: false };
        if kind == Kind::Network {
            return Self::network(random);
        }
        if !clarity.bare && random.chance(clarity.mislabel) {
            let others: &[Kind] =
                &[Kind::Cap, Kind::FiveHours, Kind::Weekly, Kind::Minute, Kind::Overload, Kind::Billing];
            let others: Vec<Kind> = others.iter().copied().filter(|k| *k != kind).collect();
            let other = *random.pick(&others);
            return Self { mislabelled: true, ..plain(random.pick(naming(other, 0))) };
        }
        if kind == Kind::Overload {
            return Self::overload(clarity, random);
        }
        let named = !clarity.bare && kind != Kind::Block && random.chance(clarity.named);
        if named {
            return plain(random.pick(naming(kind, minutes)));
        }
        let forbidden = match kind {
            // Accounts are refused with 403 as well as with 429 (threads).
            Kind::FiveHours | Kind::Weekly | Kind::OtherWindow | Kind::Block => 0.15,
            Kind::Cap => 0.05,
            Kind::Access => 0.5,
            Kind::Billing => 0.3,
            _ => 0.0,
        };
        match kind {
            Kind::Access if random.chance(0.4) => plain(&say(401, "", "")),
            Kind::Billing if random.chance(0.3) => plain(&say(402, "", "")),
            _ if random.chance(forbidden) => plain(random.pick(FORBIDDEN)),
            _ => plain(random.pick(AMBIGUOUS)),
        }
    }

    fn overload(clarity: Clarity, random: &mut Random) -> Self {
        let unnamed = if random.chance(0.5) { random.pick(FAILING) } else { random.pick(AMBIGUOUS) };
        let first = if !clarity.bare && random.chance(clarity.named) { random.pick(OVERLOAD) } else { unnamed };
        let mut answers = vec![(first.clone(), 1.0)];
        // Providers that fail, fail in several ways (recordings).
        if random.chance(0.5) {
            answers.push((random.pick(FAILING).clone(), random.within((0.1, 0.8))));
        }
        Self { answers, mislabelled: false }
    }

    fn network(random: &mut Random) -> Self {
        let mut answers = vec![(random.pick(NETWORK).clone(), 1.0)];
        if random.chance(0.5) {
            answers.push((random.pick(NETWORK).clone(), 0.4));
        }
        Self { answers, mislabelled: false }
    }

    /// One answer, with the limiter's number in it.
    pub fn answer(&self, number: u32, random: &mut Random) -> (Option<u16>, &'static str, String) {
        let say = if self.answers.len() == 1 { &self.answers[0].0 } else { random.weighted(&self.answers) };
        let message = if say.message.contains("{n}") {
            say.message.replace("{n}", &number.to_string())
        } else {
            say.message.to_owned()
        };
        (say.status, say.kind, message)
    }
}

/// Texts of prompts and answers. All are made up.
pub const PROMPTS: &[&str] = &[
    "Sort the import lists and run the checks.",
    "Find open points in the notes and settle one.",
    "Compare the two tables and note what differs.",
    "Write a test for the empty basket.",
    "Rename the flag everywhere and run the tests.",
];
/// What an agent says between its tool calls.
pub const ANSWERS: &[&str] = &[
    "Reading the module first.",
    "One more file to look at.",
    "The helper is called twice.",
    "Checking the callers next.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_voices_name_nothing() {
        let mut random = Random::new(3, 3);
        let clarity = Clarity { bare: true, named: 1.0, mislabel: 1.0 };
        for (kind, _) in crate::setting::MIX.iter().filter(|(k, _)| *k != Kind::Network) {
            for _ in 0..50 {
                let voice = Voice::draw(*kind, 300, clarity, &mut random);
                assert!(!voice.mislabelled);
                for (say, _) in &voice.answers {
                    let naming = [CAP, FIVE_HOURS, WEEKLY, DAY, MONTH, MINUTE, OVERLOAD, ACCESS, BILLING, LOCAL];
                    assert!(!naming.iter().any(|list| list.contains(say)), "{kind:?}: {say:?}");
                }
            }
        }
    }
}
