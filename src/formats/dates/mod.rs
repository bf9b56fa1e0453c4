//! Dates and times in whatever frame a program writes them.
//!
//! In: the text before a line's message. Out: the date and the time that stand there, wherever and in whatever order, and
//! what they lack: a zone, a year, the date, the order of day and month. Always: what stands in no frame is no stamp; a
//! missing part is never guessed here. [`resolve::Dates`] supplies it from the file and from what the user named.

mod parts;
pub(crate) mod resolve;

pub(crate) use parts::{Day, Found};
pub(crate) use resolve::{Dates, Moment};

/// Bytes of a line in which a stamp is looked for.
pub(crate) const LOOKED_AT: usize = 160;

/// The first date and the first time in the text.
pub(crate) fn find(text: &str) -> Option<Found> {
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
            && let Some((found, used)) = parts::day(&bytes[at..])
        {
            day = Some(found);
            from = from.or(Some(at));
            at += used;
            // Between a date and its time stand a letter or a few marks.
            at += bytes[at..]
                .iter()
                .take(3)
                .take_while(|b| matches!(b, b'T' | b't' | b'_' | b' ' | b',' | b':' | b'-'))
                .count();
            end = at;
            continue;
        }
        if clock.is_none()
            && let Some((found, used)) = parts::clock(&bytes[at..]).or_else(|| {
                let follows = day.is_some() && end == at;
                follows.then(|| parts::compact_clock(&bytes[at..])).flatten()
            })
        {
            clock = Some(found);
            from = from.or(Some(at));
            at += used;
            end = at;
            // `May 12 09:00:00 2026`: the year stands last.
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
        (day, Some(clock)) => Some(Found { day, clock, from: from.unwrap_or(0), end }),
        (None, None) => parts::epoch(bytes),
        (Some(_), None) => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

#[cfg(test)]
mod tests;
