//! JSON values as vendors and scripts write them: numbers as strings, times in three forms.
//!
//! In: a [`Value`]. Out: a number or time, or `None`. Always: empty, null, negative and unreadable ones are unknown.

use serde_json::{Map, Value};

use crate::model::Time;

/// A finite number, from a number or from a string that is one.
pub fn number(value: &Value) -> Option<f64> {
    let n = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    n.filter(|n: &f64| n.is_finite())
}

/// A number that counts something: not negative.
pub fn quantity(value: Option<&Value>) -> Option<f64> {
    number(value?).filter(|n| *n >= 0.0)
}

/// A count from 1 to four billion; 0 means unknown.
pub fn count(value: Option<&Value>) -> Option<u32> {
    let n = quantity(value)?;
    (n >= 1.0 && n <= f64::from(u32::MAX) && n.fract() == 0.0).then_some(n as u32)
}

/// A time: RFC 3339 with an offset, or an epoch number in seconds, milliseconds, microseconds or nanoseconds.
pub fn time(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => Time::parse_rfc3339(text).or_else(|| Time::from_epoch(number(value)?)),
        _ => Time::from_epoch(number(value)?),
    }
}

/// The first of the keys that is there and not null.
pub fn first<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|k| object.get(*k).filter(|v| !v.is_null()))
}

/// The text under a key, if it is not empty.
pub fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().map(str::trim).filter(|t| !t.is_empty())
}

/// Minutes of `duration` units. The unit is a word in it, as `TIME_UNIT_MINUTE` or `week`.
pub fn minutes(duration: &Value, unit: &str) -> Option<u32> {
    const MINUTES: [(&str, f64); 6] = [
        ("SECOND", 1.0 / 60.0),
        ("MINUTE", 1.0),
        ("HOUR", 60.0),
        ("DAY", 1440.0),
        ("WEEK", 10_080.0),
        ("MONTH", 43_200.0),
    ];
    let unit = unit.to_ascii_uppercase();
    let (_, each) = MINUTES.iter().find(|(word, _)| unit.contains(word))?;
    let minutes = (quantity(Some(duration))? * each).round();
    (minutes >= 1.0 && minutes <= f64::from(u32::MAX)).then_some(minutes as u32)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_in_every_dress() {
        for value in [json!("37"), json!(37), json!(37.0), json!(" 37 "), json!("37.0"), json!("3.7e1")] {
            assert_eq!(number(&value), Some(37.0), "{value}");
        }
        for value in [json!(""), json!(null), json!("much"), json!("inf"), json!("NaN"), json!(true), json!([37])] {
            assert_eq!(number(&value), None, "{value}");
        }
        assert_eq!(quantity(Some(&json!("-3"))), None);
        assert_eq!(quantity(Some(&json!(0))), Some(0.0));
        assert_eq!(quantity(None), None);
        assert_eq!(
            (count(Some(&json!("20"))), count(Some(&json!(0))), count(Some(&json!(2.5)))),
            (Some(20), None, None)
        );
    }

    #[test]
    fn times_in_every_dress() {
        let expected = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
        for value in [
            json!("2026-03-03T16:19:00Z"),
            json!("2026-03-03T17:19:00.000000000+01:00"),
            json!(1_772_554_740),
            json!("1772554740"),
            json!(1_772_554_740_000_i64),
        ] {
            assert_eq!(time(&value), Some(expected), "{value}");
        }
        assert_eq!(time(&json!("2026-03-03T16:19:00")), None);
    }

    #[test]
    fn fractions_of_none_to_nine_digits() {
        let at = |text: &str| time(&json!(text)).unwrap().micros() % 1_000_000;
        assert_eq!(at("2026-01-09T15:23:13Z"), 0);
        assert_eq!(at("2026-01-09T15:23:13.7Z"), 700_000);
        assert_eq!(at("2026-01-09T15:23:13.716839Z"), 716_839);
        assert_eq!(at("2026-01-09T15:23:13.716839300Z"), 716_839);
    }

    #[test]
    fn window_lengths() {
        assert_eq!(minutes(&json!(300), "TIME_UNIT_MINUTE"), Some(300));
        assert_eq!(minutes(&json!("5"), "hour"), Some(300));
        assert_eq!(minutes(&json!(1), "week"), Some(10_080));
        assert_eq!(minutes(&json!(18_000), "TIME_UNIT_SECOND"), Some(300));
        assert_eq!(minutes(&json!(7), "TIME_UNIT_DAY"), Some(10_080));
        assert_eq!(minutes(&json!(5), "TIME_UNIT_UNSPECIFIED"), None);
        assert_eq!(minutes(&json!(0), "hour"), None);
        assert_eq!(minutes(&json!(1e300), "hour"), None);
    }
}
