//! Turns what was typed into what it means.

use clap::CommandFactory;
use clap::error::{Error, ErrorKind};
use why429::model::{Time, Zone};
use why429::pipeline::Options;

use super::args::{Analyze, Cli, Format, InputArgs, Next};
use super::home;
use super::parse::{self, Against, DayEnd};

/// Options that every reading command has.
pub(super) fn of_input(input: &InputArgs) -> Options {
    Options {
        zone: input.tz,
        log_zone: input.log_tz,
        log_date: input.log_date,
        map: input.map.clone(),
        provider: input.provider.clone(),
        account: input.account.clone(),
        jobs: input.jobs.unwrap_or(0),
        max_attempts: input.max_attempts.unwrap_or(why429::pipeline::MAX_ATTEMPTS),
        ..Options::default()
    }
}

/// Options of `analyze`. `clock` is what relative times count from when `--now` is absent; it goes nowhere else. `home`:
/// this user's own folders are read, so stamps without a zone are this machine's and the time is the last 7 days, unless given otherwise.
///
/// # Errors
/// A usage error that names the option and what would have been understood.
pub(super) fn of_analyze(analyze: &Analyze, clock: Time, home: bool) -> Result<Options, Error> {
    let zone = analyze.input.tz.unwrap_or(Zone::UTC);
    let read = |name: &str, text: &Option<String>, now: Time, day| match text {
        None => Ok(None),
        Some(text) => match parse::time(text, Against { zone, now }, day) {
            Ok(time) => Ok(Some(time)),
            Err(hint) => Err(usage(&format!("invalid value '{text}' for '{name} <TIME>': {hint}"))),
        },
    };
    let now = read("--now", &analyze.now, clock, DayEnd::Begin)?;
    let reference = now.unwrap_or(clock);
    let since = analyze.since.clone().or_else(|| analyze.last.clone());
    let since = since.or_else(|| home.then(|| home::SINCE.to_owned()));
    let since = read("--since", &since, reference, DayEnd::Begin)?;
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
        clock: (analyze.format() == Format::Terminal).then_some(clock),
        machine_zone: home.then(home::zone),
        hash: analyze.hash || analyze.ticket.is_some(),
        episode: analyze.episode.clone(),
        pool: analyze.pool.clone(),
        charts: analyze.format() == Format::Html || analyze.ticket.is_some(),
        redact: !analyze.no_redact,
        ..of_input(&analyze.input)
    })
}

/// Options of `next`: "now" is what was typed, else the clock's time, and files too old to matter are not opened.
///
/// # Errors
/// A usage error that names the option and what would have been understood.
pub(super) fn of_next(next: &Next, clock: Time, home: bool) -> Result<Options, Error> {
    let zone = next.input.tz.unwrap_or(Zone::UTC);
    let read = |name: &str, text: &Option<String>, now: Time| match text {
        None => Ok(None),
        Some(text) => match parse::time(text, Against { zone, now }, DayEnd::Begin) {
            Ok(time) => Ok(Some(time)),
            Err(hint) => Err(usage(&format!("invalid value '{text}' for '{name} <TIME>': {hint}"))),
        },
    };
    let now = read("--now", &next.now, clock)?.unwrap_or(clock);
    let since = next.since.clone().or_else(|| next.last.clone());
    let since = since.or_else(|| home.then(|| home::SINCE.to_owned()));
    let machine_zone = home.then(home::zone);
    Ok(Options { since: read("--since", &since, now)?, now: Some(now), machine_zone, ..of_input(&next.input) })
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
        of_analyze(&Cli::try_parse_from([&["why429", "x"], arguments].concat()).unwrap().analyze, clock, false)
    }

    #[test]
    fn relative_times_count_from_now_and_else_from_the_clock() {
        let actual = options(&["--now", "2026-03-03T16:40:00Z", "--since", "2h"]).unwrap();
        assert_eq!(actual.since.map(Time::rfc3339).as_deref(), Some("2026-03-03T14:40:00.000Z"));
        let without = options(&["--since", "2h"]).unwrap();
        assert_eq!(without.since.map(Time::rfc3339).as_deref(), Some("2026-11-24T06:00:00.000Z"));
        assert_eq!(without.now, None, "the clock never reaches the report");
    }

    #[test]
    fn the_zone_is_that_of_typed_times_too() {
        let actual = options(&["--tz", "Asia/Shanghai", "--since", "2026-03-03", "--until", "2026-03-03"]).unwrap();
        assert_eq!(actual.since.map(Time::rfc3339).as_deref(), Some("2026-03-02T16:00:00.000Z"));
        assert_eq!(actual.until.map(Time::rfc3339).as_deref(), Some("2026-03-03T15:59:59.999Z"));
    }

    #[test]
    fn home_takes_the_last_seven_days_unless_given() {
        let clock = Time::parse_rfc3339("2026-11-24T08:00:00Z").unwrap();
        let since = |arguments: &[&str]| {
            let cli = Cli::try_parse_from([&["why429", "--home", "--tz", "UTC"], arguments].concat()).unwrap();
            of_analyze(&cli.analyze, clock, true).unwrap().since.map(Time::rfc3339)
        };
        assert_eq!(since(&[]).as_deref(), Some("2026-11-17T08:00:00.000Z"));
        assert_eq!(since(&["--since", "2h"]).as_deref(), Some("2026-11-24T06:00:00.000Z"));
        assert_eq!(since(&["--last", "90min"]).as_deref(), Some("2026-11-24T06:30:00.000Z"));
        assert!(Cli::try_parse_from(["why429", "--last", "2h", "--since", "1h"]).is_err(), "one of the two");
        assert!(Cli::try_parse_from(["why429", "--last", "yesterday", "x"]).is_err(), "a length");
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        assert!(options(&["--since", "soon"]).unwrap_err().to_string().contains("'--since <TIME>'"));
        assert_eq!(options(&["--since", "1h", "--until", "2h"]).unwrap_err().exit_code(), 2);
    }
}
