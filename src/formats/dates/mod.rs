//! Dates and times in whatever frame a program writes them.
//!
//! In: the text before a line's message. Out: the date and the time in it, wherever and in whatever order, and
//! what they lack: a zone, a year, the date, the order of day and month. Always: what stands in no frame is no stamp; a
//! missing part is never guessed here. [`resolve::Dates`] supplies it from the file and from what the user named.

mod parts;
pub(crate) mod resolve;

pub(crate) use parts::{Day, Stamp};
pub(crate) use resolve::{Dates, StampTime};

/// Bytes of a line in which a stamp is looked for.
pub(crate) const LOOKED_AT: usize = 160;

/// The first date and the first time in the text.
pub(crate) fn find(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
    let (mut day, mut clock, mut from, mut end) = (None, None, None, 0);
    let mut at = 0;
    while at < bytes.len() && (day.is_none() || clock.is_none()) {
        if at > 0 && is_word(bytes[at - 1]) && end != at {
            at += 1;
            continue;
        }
        if day.is_none()
            && let Some((date, used)) = parts::day(&bytes[at..])
        {
            day = Some(date);
            from = from.or(Some(at));
            at += used;
            // A letter or a few marks separate a date from its time.
            at += bytes[at..]
                .iter()
                .take(3)
                .take_while(|b| matches!(b, b'T' | b't' | b'_' | b' ' | b',' | b':' | b'-'))
                .count();
            end = at;
            continue;
        }
        if clock.is_none()
            && let Some((time_of_day, used)) = parts::clock(&bytes[at..]).or_else(|| {
                let follows = day.is_some() && end == at;
                follows.then(|| parts::compact_clock(&bytes[at..])).flatten()
            })
        {
            clock = Some(time_of_day);
            from = from.or(Some(at));
            at += used;
            end = at;
            // `May 12 09:00:00 2026`: the year comes last.
            if let Some(Day::Yearless(month, date)) = day
                && let Some((year, used)) = parts::year_after(&bytes[at..])
            {
                day = Some(Day::Known(year, month, date));
                at += used;
                end = at;
            }
            continue;
        }
        at += 1;
    }
    match (day, clock) {
        (day, Some(clock)) => Some(Stamp { day, clock, from: from.unwrap_or(0), end }),
        (None, None) => parts::epoch(bytes),
        (Some(_), None) => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

#[cfg(test)]
mod tests;
