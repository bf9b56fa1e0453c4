//! Stamps of one file, with and without zones.
//!
//! In: texts of stamps, in order. Out: times. Always: a stamp without a zone takes the offset of those in the file that
//! have one; where none has, all are local, and the timeline settles their zone.

use crate::formats::dates::{self, Dates, StampTime};
use crate::formats::{Sink, stamp};
use crate::model::Time;

/// What the stamps so far said.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// The offset that a stamp carried, in seconds.
    offset_s: Option<i32>,
    /// A stamp carried none, before any did.
    local: bool,
    /// Completes other stamps.
    pub(super) dates: Dates,
}

impl Zones {
    /// The time of a text.
    pub(super) fn time(&mut self, text: &str, sink: &mut Sink) -> Option<Time> {
        if let Some(at) = stamp::rfc3339(text) {
            return Some(self.apply_zone(at, text, sink));
        }
        if stamp::lacks_zone(text) {
            return stamp::rfc3339(&format!("{}Z", text.trim())).map(|wall| self.read_zoneless(wall, sink));
        }
        if let Some(at) = text.trim().parse().ok().and_then(Time::from_epoch) {
            return Some(at);
        }
        let stamp = dates::find(text.trim()).filter(|f| f.from <= 1 && f.end + 1 >= text.trim().len())?;
        match self.dates.resolve(&stamp) {
            StampTime::At(at) => Some(self.note_offset(at, stamp.clock.offset_s, sink)),
            StampTime::Local(wall) => Some(self.read_zoneless(wall, sink)),
            StampTime::NoDate | StampTime::NoYear => None,
        }
    }

    fn apply_zone(&mut self, at: Time, text: &str, sink: &mut Sink) -> Time {
        if text.ends_with('Z') && !self.local {
            self.offset_s.get_or_insert(0);
            return at;
        }
        let offset = dates::find(text).and_then(|f| f.clock.offset_s);
        self.note_offset(at, offset, sink)
    }

    /// In a file that is read as local time a stamp with a zone is made local too, and proves the zone.
    fn note_offset(&mut self, at: Time, offset_s: Option<i32>, sink: &mut Sink) -> Time {
        let Some(offset) = offset_s else { return at };
        if !self.local {
            self.offset_s.get_or_insert(offset);
            return at;
        }
        sink.proven_offset(offset);
        at.plus(f64::from(offset))
    }

    fn read_zoneless(&mut self, wall: Time, sink: &mut Sink) -> Time {
        if let Some(offset) = self.offset_s {
            return wall.plus(-f64::from(offset));
        }
        self.local = true;
        sink.mark_local_time();
        wall
    }
}
