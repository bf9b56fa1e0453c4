//! One object, read without copying: known values kept as they stand, all others skipped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::keys::{Field, field_of};
use crate::snapshots::headers;

/// A value as it stands, before it is asked for its type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    /// No such key.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A number.
    Number(f64),
    /// A whole number that is not negative.
    Count(u64),
    /// A text.
    Text(Cow<'a, str>),
    /// A truth value, a list or an object: no field is one.
    Other,
}

/// The values of one line.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    values: [(Value<'a>, u8); Field::COUNT],
    /// Keys that are not known, in their order.
    pub(super) unknown: Vec<Cow<'a, str>>,
    /// A key stood twice.
    pub(super) repeated: bool,
    /// Headers of the answer that tell limits, names and values.
    pub(super) limits: Vec<(String, String)>,
}

impl Row<'_> {
    /// The value of a field.
    pub(super) fn get(&self, field: Field) -> &Value<'_> {
        &self.values[field as usize].0
    }

    /// Whether the line has what every attempt has (docs/FORMATS.md, canonical form). A status of `null` with an error type is
    /// one without an answer.
    pub(super) fn is_attempt(&self) -> bool {
        self.is_timed() && self.is_answered()
    }

    fn has(&self, field: Field) -> bool {
        !matches!(self.get(field), Value::Absent | Value::Null | Value::Other)
    }

    /// Whether it says when.
    pub(super) fn is_timed(&self) -> bool {
        self.has(Field::Start) || self.has(Field::End)
    }

    /// Whether it says how the request ended.
    pub(super) fn is_answered(&self) -> bool {
        let status = match self.get(Field::Status) {
            Value::Text(text) => text.trim().parse::<f64>().is_ok(),
            _ => self.has(Field::Status),
        };
        status || self.has(Field::Outcome) || self.has(Field::ErrorType)
    }

    /// How many fields stand under the contract's own keys.
    pub(super) fn own_fields(&self) -> usize {
        self.values.iter().filter(|(value, distance)| *distance == 0 && *value != Value::Absent).count()
    }
}

impl<'a> Row<'a> {
    fn put(&mut self, field: Field, distance: u8, value: Value<'a>) {
        let slot = &mut self.values[field as usize];
        let same_key = slot.0 != Value::Absent && slot.1 == distance;
        self.repeated |= same_key;
        let empty = matches!(slot.0, Value::Absent | Value::Null);
        let better = distance < slot.1 && value != Value::Null;
        if same_key || empty || better {
            *slot = (value, distance);
        }
    }
}

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

/// Keys under which the answer's headers may stand as an object.
const HEADERS: [&str; 2] = ["response_headers", "headers"];

/// What OpenTelemetry puts before a header's name.
const OTEL_HEADER: &str = "http.response.header.";

fn limits_of(object: &serde_json::Value) -> Vec<(String, String)> {
    let fields = object.as_object().into_iter().flatten().filter(|(name, _)| headers::tells_a_limit(name));
    fields.filter_map(|(name, value)| Some((name.clone(), headers::text(value)?))).take(headers::MOST).collect()
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
        let mut row = Row::default();
        while let Some(Key(key)) = map.next_key()? {
            match field_of(&key) {
                Some((field, distance)) => row.put(field, distance, map.next_value()?),
                None if HEADERS.contains(&key.as_ref()) => row.limits.extend(limits_of(&map.next_value()?)),
                None if key.strip_prefix(OTEL_HEADER).is_some_and(headers::tells_a_limit) => {
                    let name = key.strip_prefix(OTEL_HEADER).unwrap_or_default().to_owned();
                    row.limits.extend(headers::text(&map.next_value()?).map(|value| (name, value)));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                    row.unknown.push(key);
                }
            }
        }
        Ok(row)
    }
}

/// A key, borrowed where the line has no escape in it.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(ValueVisitor)? {
            Value::Text(key) => Ok(Self(key)),
            _ => Ok(Self(Cow::Borrowed(""))),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Value::Count(n))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(n as f64))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(n))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
