//! One object, read without copying: known values kept unparsed, all others skipped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::keys::{ADDRESSES, Field, NESTED, TEAM, Unit, field_of, team_field_of};
use crate::formats::http::api;
use crate::snapshots::headers;

/// An unparsed value.
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
    /// A truth value.
    Flag(bool),
    /// A list or an object: no field is one.
    Other,
}

/// The values of one line.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Row<'a> {
    values: [(Value<'a>, u8); Field::COUNT],
    /// Keys that are not known, in their order.
    pub(super) unknown: Vec<Cow<'a, str>>,
    /// A key occurs twice.
    pub(super) repeated: bool,
    /// Headers of the answer that tell limits, names and values.
    pub(super) limits: Vec<(String, String)>,
    /// A team's own names for fields.
    pub(super) mapped: Vec<(Field, Cow<'a, str>)>,
    /// Whether the address that it names is one of a model API; `None` where it names none.
    pub(super) calls: Option<bool>,
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
        !matches!(self.get(field), Value::Absent | Value::Null | Value::Flag(_) | Value::Other)
    }

    /// Whether it says when.
    pub(super) fn is_timed(&self) -> bool {
        self.has(Field::Start) || self.has(Field::End)
    }

    /// Whether it says how the request ended.
    pub(super) fn is_answered(&self) -> bool {
        let status = match self.get(Field::Status) {
            Value::Text(text) => number_in(text).is_some() || outcome_in(text).is_some(),
            _ => self.has(Field::Status),
        };
        let outcome = match self.get(Field::Outcome) {
            Value::Flag(_) => true,
            Value::Text(text) => self.distance(Field::Outcome) < TEAM || outcome_in(text).is_some(),
            _ => self.has(Field::Outcome),
        };
        status || outcome || self.has(Field::ErrorType) || self.has_own_error()
    }

    /// Whether an error is under a name of a team's that only errors have: `message` is none.
    fn has_own_error(&self) -> bool {
        let named =
            self.mapped.iter().any(|(f, key)| *f == Field::ErrorMessage && !matches!(key.as_ref(), "message" | "msg"));
        match self.get(Field::ErrorMessage) {
            Value::Text(text) => named && !text.is_empty(),
            Value::Flag(flag) => named && *flag,
            _ => false,
        }
    }

    /// How far down the list of a field's names the key of its value is; 0 is the canonical key.
    pub(super) fn distance(&self, field: Field) -> u8 {
        self.values[field as usize].1
    }

    /// Whether it is a request to a model, as far as a team's own file shows: by its model, provider, tokens or address,
    /// or by a status in a file that names no address.
    pub(super) fn is_model_call(&self) -> bool {
        let named = [Field::Model, Field::Provider, Field::Input, Field::Output].iter().any(|f| self.has(*f));
        named || self.calls.unwrap_or_else(|| self.http_status().is_some())
    }

    /// The status as a number from 100 to 599.
    pub(super) fn http_status(&self) -> Option<u16> {
        let number = match self.get(Field::Status) {
            Value::Count(n) => *n as f64,
            Value::Number(n) => *n,
            Value::Text(text) => number_in(text)?,
            _ => return None,
        };
        (number.fract() == 0.0 && (100.0..600.0).contains(&number)).then_some(number as u16)
    }

    /// Whether time and outcome have the canonical keys: it is meant for this program, whatever its writer added.
    pub(super) fn is_own(&self) -> bool {
        let has = |f: Field| self.has(f) && self.distance(f) == 0;
        let timed = has(Field::Start) || has(Field::End);
        timed && (has(Field::Status) || has(Field::Outcome) || has(Field::ErrorType))
    }

    /// Whether all of its keys are canonical or OpenTelemetry's.
    pub(super) fn is_plain(&self) -> bool {
        self.mapped.is_empty()
    }

    /// How many fields have canonical keys.
    pub(super) fn own_fields(&self) -> usize {
        self.values.iter().filter(|(value, distance)| *distance == 0 && *value != Value::Absent).count()
    }
}

/// The number at the beginning of a text such as `429` or `429 Too Many Requests`.
pub(super) fn number_in(text: &str) -> Option<f64> {
    let word = text.trim().split([' ', ',']).next()?;
    word.parse().ok().filter(|n: &f64| n.is_finite())
}

/// Whether a word says that a request went well.
pub(super) fn outcome_in(text: &str) -> Option<bool> {
    const GOOD: [&str; 6] = ["ok", "success", "succeeded", "successful", "completed", "admitted"];
    const BAD: [&str; 11] = [
        "error",
        "failed",
        "failure",
        "fail",
        "exception",
        "timeout",
        "rate_limited",
        "ratelimited",
        "throttled",
        "refused",
        "rejected",
    ];
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|w| text.eq_ignore_ascii_case(w));
    if is(&GOOD) { Some(true) } else { is(&BAD).then_some(false) }
}

/// A number in the unit of its field. A text such as `1.5s` names its unit.
fn scale<'a>(value: Value<'a>, unit: Unit) -> Value<'a> {
    let number = match &value {
        Value::Flag(flag) => return Value::Flag(*flag != (unit == Unit::Inverse)),
        _ if matches!(unit, Unit::Own | Unit::Inverse) => return value,
        Value::Count(n) => *n as f64,
        Value::Number(n) => *n,
        Value::Text(text) => {
            let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
            let Ok(number) = text[..end].parse::<f64>() else { return value };
            match text[end..].trim() {
                "s" | "sec" | "seconds" => return Value::Number(number * 1000.0),
                "ms" => return Value::Number(number),
                "us" | "µs" => return Value::Number(number / 1000.0),
                "" => number,
                _ => return value,
            }
        }
        _ => return value,
    };
    Value::Number(match unit {
        Unit::Thousand => number * 1000.0,
        Unit::Thousandth => number / 1000.0,
        Unit::Nanos => number / 1e6,
        Unit::Micros => number / 1e3,
        // Seconds are written with a fraction, milliseconds mostly without one; no answer takes so many seconds.
        Unit::Either if number.fract() != 0.0 && number < SECONDS_MOST => number * 1000.0,
        // Go writes nanoseconds; no answer takes a day.
        Unit::Either if number > DAY_MS => number / 1e6,
        _ => number,
    })
}

/// A duration of unknown unit with a fraction is one of seconds up to this.
const SECONDS_MOST: f64 = 600.0;
/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

impl<'a> Row<'a> {
    /// Takes a value under a name that is neither canonical nor OpenTelemetry's.
    fn put_team(&mut self, key: Cow<'a, str>, value: Value<'a>) {
        if ADDRESSES.contains(&key.as_ref())
            && let Value::Text(text) = &value
            && (text.starts_with('/') || text.contains("://"))
        {
            self.calls = Some(self.calls == Some(true) || api::is_call(text));
        }
        let Some((field, distance, unit)) = team_field_of(&key) else {
            self.unknown.push(key);
            return;
        };
        let (field, value) = match (field, value) {
            // A code may be a status or the name of an error.
            (Field::Status, Value::Text(text)) if number_in(&text).is_none() && outcome_in(&text).is_none() => {
                (Field::ErrorType, Value::Text(text))
            }
            (Field::Status, Value::Count(n)) if !(100..600).contains(&n) => {
                self.unknown.push(key);
                return;
            }
            (Field::ErrorMessage, Value::Flag(flag)) => (Field::Outcome, Value::Flag(!flag)),
            (Field::Outcome, Value::Text(text)) if outcome_in(&text).is_none() => {
                self.unknown.push(key);
                return;
            }
            (Field::Agent | Field::Session | Field::Account | Field::RequestId | Field::ErrorType, Value::Count(n)) => {
                (field, Value::Text(Cow::Owned(n.to_string())))
            }
            (_, value) => (field, scale(value, unit)),
        };
        if matches!(value, Value::Null | Value::Other) || matches!(&value, Value::Text(t) if t.is_empty()) {
            return;
        }
        let slot = &self.values[field as usize];
        let is_free = matches!(slot.0, Value::Absent | Value::Null);
        if is_free || distance < slot.1 {
            self.values[field as usize] = (value, distance);
            self.mapped.retain(|(f, _)| *f != field);
            self.mapped.push((field, key));
        }
    }

    /// Takes the values of an object inside as `object.key`, one level deeper for an error within an error.
    fn put_nested(&mut self, key: &str, object: &serde_json::Value, depth: u8) {
        for (name, value) in object.as_object().into_iter().flatten() {
            let name = format!("{key}.{name}");
            let value = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::Bool(flag) => Value::Flag(*flag),
                serde_json::Value::Number(n) => {
                    n.as_u64().map_or_else(|| n.as_f64().map_or(Value::Other, Value::Number), Value::Count)
                }
                serde_json::Value::String(text) => Value::Text(Cow::Owned(text.clone())),
                inner => {
                    if depth == 0 {
                        self.put_nested(&name, inner, 1);
                    }
                    continue;
                }
            };
            match field_of(&name) {
                Some((field, distance)) => self.put(field, distance, value),
                None => self.put_team(Cow::Owned(name), value),
            }
        }
    }

    /// Takes a value of a field whose key is so far down its list of names.
    pub(super) fn put(&mut self, field: Field, distance: u8, value: Value<'a>) {
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

/// Keys under which the answer's headers may be an object.
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
                None if NESTED.contains(&key.as_ref()) => {
                    let raw: &serde_json::value::RawValue = map.next_value()?;
                    if raw.get().starts_with('{') {
                        if let Ok(object) = serde_json::from_str(raw.get()) {
                            row.put_nested(&key, &object, 0);
                        }
                    } else if let Ok(value) = serde_json::from_str(raw.get()) {
                        row.put_team(key, value);
                    }
                }
                None if team_field_of(&key).is_some() || ADDRESSES.contains(&key.as_ref()) => {
                    let value = map.next_value()?;
                    row.put_team(key, value);
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

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Value::Flag(flag))
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
