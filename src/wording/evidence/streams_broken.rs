//! Streams that broke at the onset.

use super::noun;
use super::numbers::counted;
use crate::evidence::streams_broken::StreamsBroken;

pub(super) fn statement(seen: &StreamsBroken) -> String {
    let noun = noun(seen.failed);
    match seen.streams_broken {
        0 => format!("No running stream broke when the {noun}s began."),
        n => format!("{} broke when the {noun}s began.", counted(n, "running stream")),
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "one" | "several" => "A limit does not break running streams.",
        _ => return None,
    })
}
