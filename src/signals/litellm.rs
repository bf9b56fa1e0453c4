//! Which of LiteLLM's own limits was crossed, by the numbers in its text.
//!
//! In: `Crossed TPM / RPM / Max Parallel Request Limit. current rpm: 1, rpm limit: 1, current tpm: 348, tpm limit:
//! 9223372036854775807, ...`. Out: [`OwnLimit`]. The sentence names all three limits, whichever was crossed; the largest
//! 64-bit number means none, and 0 or less is a mistake in the configuration that refuses everything.

use crate::model::LocalLimit;

/// What LiteLLM writes for a limit that is not set.
const UNLIMITED: f64 = i64::MAX as f64;

/// The limit that was crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLimit {
    /// Which one.
    pub kind: LocalLimit,
    /// It is 0 or less, so it refuses every request.
    pub is_mistake: bool,
}

const LIMITS: [(LocalLimit, &str, &str); 3] = [
    (LocalLimit::Requests, "current rpm:", "rpm limit:"),
    (LocalLimit::Tokens, "current tpm:", "tpm limit:"),
    (LocalLimit::Parallel, "current max_parallel_requests:", ", max_parallel_requests:"),
];

/// The crossed limit, if the text has the numbers: the one that is used most, of those that are reached.
pub(super) fn crossed(text: &str) -> Option<OwnLimit> {
    let lower = text.to_ascii_lowercase();
    let mut best: Option<(f64, OwnLimit)> = None;
    for (kind, current, limit) in LIMITS {
        let (Some(current), Some(limit)) = (after(&lower, current), after(&lower, limit)) else { continue };
        let is_mistake = limit <= 0.0;
        if limit >= UNLIMITED || (!is_mistake && current < limit) {
            continue;
        }
        let share = if is_mistake { f64::INFINITY } else { current / limit };
        if best.is_none_or(|(most, _)| share > most) {
            best = Some((share, OwnLimit { kind, is_mistake }));
        }
    }
    best.map(|(_, limit)| limit)
}

fn after(text: &str, label: &str) -> Option<f64> {
    let rest = text[text.find(label)? + label.len()..].trim_start();
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: i64 = i64::MAX;

    fn text(rpm: (i64, i64), tpm: (i64, i64), parallel: (i64, i64)) -> String {
        format!(
            "LiteLLM Rate Limit Handler for rate limit type = team. Crossed TPM / RPM / Max Parallel Request Limit. \
             current rpm: {}, rpm limit: {}, current tpm: {}, tpm limit: {}, current max_parallel_requests: {}, \
             max_parallel_requests: {}",
            rpm.0, rpm.1, tpm.0, tpm.1, parallel.0, parallel.1
        )
    }

    #[test]
    fn the_numbers_tell_which_limit_was_crossed() {
        let is = |rpm, tpm, parallel| crossed(&text(rpm, tpm, parallel)).map(|l| (l.kind, l.is_mistake));
        assert_eq!(is((3, MAX), (12260, 5000), (1, MAX)), Some((LocalLimit::Tokens, false)));
        assert_eq!(is((1, 1), (348, MAX), (0, MAX)), Some((LocalLimit::Requests, false)));
        assert_eq!(is((1, 60), (348, 5000), (4, 4)), Some((LocalLimit::Parallel, false)));
        assert_eq!(is((0, 0), (0, MAX), (0, MAX)), Some((LocalLimit::Requests, true)));
        assert_eq!(is((0, MAX), (0, MAX), (0, -1)), Some((LocalLimit::Parallel, true)));
        assert_eq!(is((0, MAX), (0, MAX), (0, MAX)), None);
        assert_eq!(crossed("Crossed TPM / RPM / Max Parallel Request Limit"), None);
    }
}
