//! What a failure says in `kimi.log`: `KIND: Error code: 429 - {…} (request_id=…)`.
//!
//! In: the text between the fixed words of the log line. Out: class name, status, the body's type and message.

use super::python::{self, Literal};

/// A failure as the log gives it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Failure {
    /// The body's type or code, else the class of the exception.
    pub(super) kind: Option<String>,
    /// HTTP status.
    pub(super) status: Option<u16>,
    /// The body's message, else the text in its place.
    pub(super) message: Option<String>,
    /// The provider's request id.
    pub(super) request_id: Option<String>,
}

impl Failure {
    /// Reads `KIND: Error code: N - BODY`, `KIND: text` or bare text.
    pub(super) fn read(text: &str) -> Self {
        let (text, request_id) = split_request_id(text.trim());
        let (class, text) = match text.split_once(": ") {
            Some((class, rest)) if is_class_name(class) => (Some(class.to_owned()), rest),
            _ if is_class_name(text) => (Some(text.to_owned()), ""),
            _ => (None, text),
        };
        let (status, body) = split_status(text);
        let failure = Self { kind: class, status, message: None, request_id };
        match python::read(body).filter(|(literal, _)| matches!(literal, Literal::Dict(_))) {
            Some((literal, _)) => failure.with_body(&literal),
            None => Self { message: Some(body.to_owned()).filter(|b| !b.is_empty()), ..failure },
        }
    }

    fn with_body(self, body: &Literal) -> Self {
        let error = body.get("error").unwrap_or(body);
        let text = |key: &str| error.get(key).and_then(Literal::text).filter(|t| !t.is_empty()).map(str::to_owned);
        let message = text("message").or_else(|| error.text().map(str::to_owned));
        Self { kind: text("type").or_else(|| text("code")).or(self.kind), message, ..self }
    }
}

/// A name such as `APIStatusError`, perhaps with its module.
fn is_class_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

fn split_status(text: &str) -> (Option<u16>, &str) {
    let Some(rest) = text.strip_prefix("Error code: ") else { return (None, text) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let status = rest[..end].parse().ok().filter(|s| (100..=599).contains(s));
    (status, rest[end..].strip_prefix(" - ").unwrap_or(&rest[end..]))
}

fn split_request_id(text: &str) -> (&str, Option<String>) {
    let suffix = text.strip_suffix(')').and_then(|t| t.rsplit_once(" (request_id="));
    match suffix {
        Some((rest, id)) if !id.contains(char::is_whitespace) => {
            (rest, Some(id.to_owned()).filter(|id| !id.is_empty() && id != "None"))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_body_gives_type_and_message() {
        let failure = Failure::read(
            "APIStatusError: Error code: 403 - {'error': {'message': \"You've used it up\", 'type': 'access_terminated_error'}} (request_id=req-7)",
        );
        assert_eq!(
            failure,
            Failure {
                kind: own("access_terminated_error"),
                status: Some(403),
                message: own("You've used it up"),
                request_id: own("req-7"),
            }
        );
    }

    #[test]
    fn without_a_body_the_class_remains() {
        let failure = Failure::read("APIConnectionError: Connection error.");
        assert_eq!(
            (failure.kind, failure.status, failure.message),
            (own("APIConnectionError"), None, own("Connection error."))
        );
        let failure = Failure::read("APIStatusError: Error code: 502 - <html>Bad gateway</html>");
        assert_eq!((failure.status, failure.message), (Some(502), own("<html>Bad gateway</html>")));
        let failure = Failure::read("APIStatusError: Error code: 504");
        assert_eq!((failure.status, failure.message), (Some(504), None));
        assert_eq!(Failure::read("").kind, None);
    }

    #[test]
    fn a_cut_body_keeps_its_text() {
        let failure = Failure::read("APIStatusError: Error code: 429 - {'error': {'message': 'too ma");
        assert_eq!((failure.status, failure.kind), (Some(429), own("APIStatusError")));
        assert!(failure.message.unwrap().contains("too ma"));
    }
}
