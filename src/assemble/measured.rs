//! What evidence measured, as the document holds it: seconds to a thousandth, other numbers to four digits.

use serde_json::Value;

use super::{four, rounded};
use crate::{document, evidence};

/// The measured values by key.
pub(super) fn written(measured: &evidence::Measured) -> document::Measured {
    let Ok(Value::Object(mut values)) = serde_json::to_value(measured) else { return document::Measured::new() };
    for (key, value) in &mut values {
        if let Some(number) = value.as_f64().filter(|_| value.is_f64()) {
            *value = Value::from(if key.ends_with("_s") { rounded(number) } else { four(number) });
        }
    }
    values
}
