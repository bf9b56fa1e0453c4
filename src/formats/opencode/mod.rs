//! opencode: `log/opencode.log`, `opencode.db`, and the files of `storage/` that were before the database.
//!
//! The log has every attempt's start and every failure's text; the database has what became of a message, with tokens,
//! status and headers. The log names the message that it works on before it asks, so the attempt that succeeded and the
//! message in the database share its id (`Record::same_as`).

pub mod db;
pub mod log;
mod logfmt;
pub mod storage;

/// How far the log and the database may stamp one failure apart, in seconds.
const TOLERANCE_S: f64 = 2.0;

/// The provider behind a name of opencode's list. Kimi's subscription has another one there, and is one quota with that of Kimi's
/// own programs.
fn provider(name: &str) -> &str {
    match name {
        "kimi-for-coding" => "kimi-code",
        other => other,
    }
}

/// `AI_APICallError: text` as class and text.
fn class_and_text(error: &str) -> (Option<&str>, &str) {
    match error.split_once(": ") {
        Some((class, text)) if class.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => (Some(class), text),
        _ => (None, error),
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::testing::{parse, text};

    #[test]
    fn the_subscription_of_kimi_is_one_quota_under_either_name() {
        let log = "timestamp=2026-05-04T03:35:28.605Z level=INFO run=a message=stream providerID=kimi-for-coding modelID=k session.id=s small=false agent=b mode=primary\n\
            timestamp=2026-05-04T03:35:29.605Z level=ERROR run=a message=\"stream error\" providerID=kimi-for-coding modelID=k session.id=s small=false agent=b mode=primary error.error=\"AI_APICallError: busy\"\n\
            timestamp=2026-05-04T03:35:30.605Z level=INFO run=a message=stream providerID=moonshotai modelID=k session.id=s small=false agent=b mode=primary\n";
        let parsed = parse(&super::log::OpencodeLog, "log/opencode.log", log.as_bytes());
        let actual: Vec<&str> = parsed.attempts.iter().map(|a| text(&parsed, a.provider)).collect();
        assert_eq!(actual, ["kimi-code", "moonshotai"]);
    }
}
