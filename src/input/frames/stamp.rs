//! A frame's stamp in the form that precedes a line.

use crate::formats::dates::{self, Dates, StampTime};
use crate::model::Time;

/// The stamp, and the instant if it has a zone.
pub(super) type Written = (Option<String>, Option<Time>);

/// An instant as a stamp.
pub(super) fn instant(at: Time) -> Written {
    (at.utc().map(|t| t.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()), Some(at))
}

/// The stamp of a text that is one.
pub(super) fn of_text(text: &str, dates: &mut Dates) -> Written {
    let epoch = || text.trim().parse::<f64>().ok().and_then(Time::from_epoch).filter(|t| t.is_plausible());
    let Some(stamp) = dates::find(text) else { return epoch().map_or((None, None), instant) };
    match dates.resolve(&stamp) {
        StampTime::At(at) => instant(at),
        StampTime::Local(wall) => (wall.utc().map(|t| t.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()), None),
        // What reads the line says what the stamp lacks.
        StampTime::NoDate | StampTime::NoYear => {
            (Some(text.get(stamp.from..stamp.end).unwrap_or(text).trim().to_owned()), None)
        }
    }
}

/// The stamp of a JSON value: a text, or an epoch number in any unit.
pub(super) fn of_value(value: &serde_json::Value) -> Written {
    match value {
        serde_json::Value::String(text) => of_text(text, &mut Dates::default()),
        serde_json::Value::Number(n) => {
            n.as_f64().and_then(Time::from_epoch).filter(|t| t.is_plausible()).map_or((None, None), instant)
        }
        _ => (None, None),
    }
}
