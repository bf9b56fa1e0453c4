//! The head of a line of Rust's `tracing`: `span{k=v}:span: target: message`.
//!
//! In: the text after stamp and level. Out: the message, which begins where the spans and the target end, and the values
//! of span fields. A message that quotes another line is inside the message and never taken for one.

/// A line taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// `codex_core::codex`, if the line has one.
    pub(super) target: Option<&'a str>,
    /// What was said.
    pub(super) message: &'a str,
    spans: &'a str,
}

impl<'a> Line<'a> {
    /// Takes `text` apart.
    pub(super) fn read(text: &'a str) -> Self {
        let mut at = 0;
        let mut in_spans = false;
        while let Some(end) = name_end(&text[at..]) {
            let rest = &text[at + end..];
            let closed = if rest.starts_with('{') { closing(rest) } else { Some(0) };
            let Some(closed) = closed else { break };
            let rest = &rest[closed..];
            if let Some(after) = rest.strip_prefix(": ") {
                let spans = &text[..at];
                if closed > 0 || in_spans && !text[at..at + end].contains("::") {
                    // The last span; a target may follow.
                    let spans = &text[..at + end + closed];
                    return Self { spans, ..Self::target(after) };
                }
                return Self { target: Some(&text[at..at + end]), message: after, spans };
            }
            if !rest.starts_with(':') {
                break;
            }
            in_spans = true;
            at += end + closed + 1;
        }
        Self { target: None, message: text, spans: "" }
    }

    fn target(text: &'a str) -> Self {
        match text.split_once(": ") {
            Some((target, message)) if is_target(target) => Self { target: Some(target), message, spans: "" },
            _ => Self { target: None, message: text, spans: "" },
        }
    }

    /// The value of a field of a span, the innermost first.
    pub(super) fn field(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.spans;
        while let Some(at) = rest.rfind(name) {
            let before = rest[..at].chars().next_back();
            if let Some(value) = rest[at + name.len()..].strip_prefix('=')
                && matches!(before, Some('{' | ' '))
            {
                let value = value.strip_prefix('"').unwrap_or(value);
                return value.split(['"', ' ', '}']).next().filter(|v| !v.is_empty());
            }
            rest = &rest[..at];
        }
        None
    }
}

/// A crate's module, such as `codex_core::codex`.
fn is_target(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b':')
}

/// Where the name of a span or target ends: at `{`, or at a colon that is not part of `::`.
fn name_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        match b {
            b'{' => return (at > 0).then_some(at),
            b':' if bytes.get(at + 1) == Some(&b':') => at += 2,
            b':' => return (at > 0).then_some(at),
            b'.' | b'_' | b'-' => at += 1,
            b if b.is_ascii_alphanumeric() => at += 1,
            _ => return None,
        }
    }
    None
}

/// The length of `{...}` at the start, with quoted values passed over.
fn closing(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, b) in text.bytes().enumerate() {
        match b {
            b'\\' if quoted => {
                escaped = !escaped;
                continue;
            }
            b'"' if !escaped => quoted = !quoted,
            b'}' if !quoted => return Some(at + 1),
            _ => {}
        }
        escaped = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<&str>, &str, Option<&str>) {
        let line = Line::read(text);
        (line.target, line.message, line.field("thread_id"))
    }

    #[test]
    fn spans_and_target_are_not_the_message() {
        assert_eq!(parts("Turn error: no"), (None, "Turn error: no", None));
        assert_eq!(parts("codex_core::codex: Turn error: no"), (Some("codex_core::codex"), "Turn error: no", None));
        let spans = r#"session_loop{thread_id=t-1}:turn{otel.name="a: }" model=m}: "#;
        assert_eq!(
            parts(&format!("{spans}codex_core::codex: Turn error: x")),
            (Some("codex_core::codex"), "Turn error: x", Some("t-1"))
        );
        assert_eq!(parts(&format!("{spans}Turn error: x")), (None, "Turn error: x", Some("t-1")));
        let run = r#"session_loop{thread_id=t-1}:session_task.run:run_turn: Turn error: x"#;
        assert_eq!(parts(run), (None, "Turn error: x", Some("t-1")));
        assert_eq!(Line::read(&format!("{spans}x")).field("model"), Some("m"));
    }

    #[test]
    fn a_quoted_line_stays_inside_the_message() {
        let quoted = r#"codex_core::stream: ToolCall: shell {"command": "echo codex_core::codex: Turn error: x"}"#;
        assert_eq!(parts(quoted).0, Some("codex_core::stream"));
        assert!(parts(quoted).1.starts_with("ToolCall: "));
        for odd in ["", ":", "{", "a{", "a{\"", "é{}: x", "a{}:b", "Tool{x} y: Turn error: z"] {
            assert!(!parts(odd).1.starts_with("Turn error"), "{odd}");
        }
    }
}
