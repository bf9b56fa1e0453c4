//! Turns what was typed into what it means.

use clap::CommandFactory;
use clap::error::{Error, ErrorKind};
use why429::model::{Time, Zone};
use why429::pipeline::Options;

use super::args::{Analyze, Cli, Format, Reading};
use super::moment::{self, Against, DayEnd};

/// Options of a plain reading.
pub(super) fn of_reading(reading: &Reading) -> Options {
    Options {
        zone: reading.tz,
        provider: reading.provider.clone(),
        account: reading.account.clone(),
        jobs: reading.jobs,
        ..Options::default()
    }
}

/// Options of `analyze`. `clock` is what relative times count from when `--now` is absent; it goes nowhere else.
///
/// # Errors
/// A usage error that names the option and what would have been understood.
pub(super) fn of_analyze(analyze: &Analyze, clock: Time) -> Result<Options, Error> {
    let zone = analyze.reading.tz.unwrap_or(Zone::UTC);
    let read = |name: &str, text: &Option<String>, now: Time, day| match text {
        None => Ok(None),
        Some(text) => match moment::time(text, Against { zone, now }, day) {
            Ok(time) => Ok(Some(time)),
            Err(hint) => Err(usage(&format!("invalid value '{text}' for '{name} <TIME>': {hint}"))),
        },
    };
    let now = read("--now", &analyze.now, clock, DayEnd::Begin)?;
    let reference = now.unwrap_or(clock);
    let since = read("--since", &analyze.since, reference, DayEnd::Begin)?;
    let until = read("--until", &analyze.until, reference, DayEnd::End)?;
    if let (Some(since), Some(until)) = (since, until)
        && until < since
    {
        return Err(usage("--until is before --since; nothing could be reported."));
    }
    Ok(Options {
        since,
        until,
        now,
        hash: analyze.hash || analyze.ticket.is_some(),
        charts: analyze.format == Format::Html || analyze.ticket.is_some(),
        redact: !analyze.no_redact,
        ..of_reading(&analyze.reading)
    })
}

/// A usage error in clap's own form, so that all of them look alike.
pub(super) fn usage(message: &str) -> Error {
    Cli::command().error(ErrorKind::ValueValidation, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn options(arguments: &[&str]) -> Result<Options, Error> {
        let clock = Time::parse_rfc3339("2026-11-24T08:00:00Z").unwrap();
        of_analyze(&Cli::try_parse_from([&["why429", "x"], arguments].concat()).unwrap().analyze, clock)
    }

    #[test]
    fn relative_times_count_from_now_and_else_from_the_clock() {
        let told = options(&["--now", "2026-03-03T16:40:00Z", "--since", "2h"]).unwrap();
        assert_eq!(told.since.map(Time::rfc3339).as_deref(), Some("2026-03-03T14:40:00.000Z"));
        let untold = options(&["--since", "2h"]).unwrap();
        assert_eq!(untold.since.map(Time::rfc3339).as_deref(), Some("2026-11-24T06:00:00.000Z"));
        assert_eq!(untold.now, None, "the clock never reaches the report");
    }

    #[test]
    fn the_zone_is_that_of_typed_times_too() {
        let told = options(&["--tz", "Asia/Shanghai", "--since", "2026-03-03", "--until", "2026-03-03"]).unwrap();
        assert_eq!(told.since.map(Time::rfc3339).as_deref(), Some("2026-03-02T16:00:00.000Z"));
        assert_eq!(told.until.map(Time::rfc3339).as_deref(), Some("2026-03-03T15:59:59.999Z"));
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        assert!(options(&["--since", "soon"]).unwrap_err().to_string().contains("'--since <TIME>'"));
        assert_eq!(options(&["--since", "1h", "--until", "2h"]).unwrap_err().exit_code(), 2);
    }
}
