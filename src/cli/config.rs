//! The configuration file: defaults for options of `analyze` and `timeline` (docs/config.md).
//!
//! In: the options as typed, and one TOML file. Out: the options with what was not typed filled in. The command line
//! always wins; one file is read, never several; and no key of it can write a file or turn masking off, as a file that
//! lies in a folder of logs may be anybody's.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::error::Error;
use toml::de::{DeTable, DeValue};
use why429::model::{Cause, Zone};

use super::args::{Analyze, Color, Format, InputArgs};
use super::{nearest, parse, screen, settings};

/// The keys, named as the options.
const KEYS: [&str; 12] = [
    "tz",
    "log-tz",
    "provider",
    "account",
    "jobs",
    "format",
    "color",
    "fail-on",
    "min-probability",
    "hash",
    "quiet",
    "verbose",
];

/// Options of one run, or such as write something: for the command line only.
const NOT_KEYS: [&str; 17] = [
    "episode",
    "pool",
    "json",
    "no-pager",
    "max-attempts",
    "log-date",
    "map",
    "since",
    "last",
    "until",
    "now",
    "output",
    "ticket",
    "force",
    "no-redact",
    "home",
    "config",
];

/// What a file in the current folder may set: how things are shown, and labels. It may lie among logs and be anybody's.
const KEYS_HERE: [&str; 8] = ["tz", "log-tz", "provider", "account", "format", "color", "quiet", "verbose"];

/// Its name.
const HERE: &str = "why429.toml";

/// Names the file in place of `--config`; empty: none is read.
const VARIABLE: &str = "WHY429_CONFIG";

/// Larger is no configuration.
const BYTES_MOST: u64 = 1 << 20;

/// What a file says.
#[derive(Debug, Default, PartialEq)]
struct Config {
    tz: Option<Zone>,
    log_tz: Option<Zone>,
    provider: Option<String>,
    account: Option<String>,
    jobs: Option<usize>,
    format: Option<Format>,
    color: Option<Color>,
    fail_on: Vec<String>,
    min_probability: Option<f64>,
    hash: bool,
    quiet: bool,
    verbose: bool,
}

/// Fills in options of `analyze` that were not typed.
///
/// # Errors
/// A usage error that names the file, the line and what would be right.
pub(super) fn fill(args: &mut Analyze) -> Result<(), Error> {
    let Some((path, config)) = load(args.input.config.as_deref())? else { return Ok(()) };
    // What was typed names the format, by an option or by the output's ending.
    if !args.json && args.output.is_none() {
        args.format = args.format.or(config.format);
    }
    args.color = args.color.or(config.color);
    args.min_probability = args.min_probability.or(config.min_probability);
    args.hash |= config.hash;
    if args.fail_on.is_empty() {
        args.fail_on.clone_from(&config.fail_on);
    }
    // `-q` and `-v` are one choice: typing either leaves nothing to fill in.
    if !args.input.quiet && !args.verbose {
        (args.input.quiet, args.verbose) = (config.quiet, config.verbose);
    }
    labels(&mut args.input, config);
    if args.verbose {
        screen::warn(&format!("configuration: {}", path.display()));
    }
    Ok(())
}

/// The same for a plain reading. What it has no option for is passed over: the file is everybody's.
///
/// # Errors
/// As [`fill`].
pub(super) fn fill_input(input: &mut InputArgs) -> Result<(), Error> {
    if let Some((_, config)) = load(input.config.as_deref())? {
        input.quiet |= config.quiet;
        labels(input, config);
    }
    Ok(())
}

fn labels(input: &mut InputArgs, config: Config) {
    input.tz = input.tz.or(config.tz);
    input.log_tz = input.log_tz.or(config.log_tz);
    input.jobs = input.jobs.or(config.jobs);
    input.provider = input.provider.take().or(config.provider);
    input.account = input.account.take().or(config.account);
}

/// The file of this run, read. Only one that somebody named must be there.
fn load(typed: Option<&Path>) -> Result<Option<(PathBuf, Config)>, Error> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let named = typed.map(Path::to_owned).or_else(|| variable(VARIABLE));
    let is_none = typed.is_none() && std::env::var_os(VARIABLE).is_some_and(|v| v.is_empty());
    let is_here = named.is_none();
    let path = match named {
        Some(path) => path,
        None if is_none => return Ok(None),
        None => match places(&variable).into_iter().find(|p| p.is_file()) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let failed = |why: String| settings::usage(&format!("{}{why}", path.display()));
    let size = std::fs::metadata(&path).map(|m| m.len()).map_err(|e| failed(format!(": not read: {e}")))?;
    if size > BYTES_MOST {
        return Err(failed(format!(": not read: larger than {} MiB", BYTES_MOST >> 20)));
    }
    let text = std::fs::read_to_string(&path).map_err(|e| failed(format!(": not read: {e}")))?;
    let keys: &[&str] = if is_here && path.as_os_str() == HERE { &KEYS_HERE } else { &KEYS };
    let (config, ignored) = read(&text, keys).map_err(|wrong| failed(format!(":{}: {}", wrong.line, wrong.why)))?;
    for wrong in ignored {
        screen::warn(&format!("{}:{}: {}", path.display(), wrong.line, wrong.why));
    }
    Ok(Some((path, config)))
}

/// Where a file is looked for when none is named, the nearest first.
fn places(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let own = if cfg!(windows) {
        variable("APPDATA")
    } else {
        // The specification of the XDG base directories: a path that is not absolute is to be ignored.
        let folder = variable("XDG_CONFIG_HOME").filter(|p| p.is_absolute());
        folder.or_else(|| variable("HOME").map(|home| home.join(".config")))
    };
    let own = own.map(|folder| folder.join("why429").join("config.toml"));
    std::iter::once(PathBuf::from(HERE)).chain(own).collect()
}

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: usize,
    why: String,
}

/// The configuration, and what in it is ignored since this file may only set `keys`.
fn read(text: &str, keys: &[&str]) -> Result<(Config, Vec<Wrong>), Wrong> {
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
    let table = DeTable::parse(text).map_err(|e| Wrong {
        line: line(e.span().map_or(0, |s| s.start)),
        why: format!("not TOML: {}", e.message()),
    })?;
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    // The first wrong one is reported.
    entries.sort_by_key(|(key, _)| key.span().start);
    let (mut config, mut ignored) = (Config::default(), Vec::new());
    for (key, value) in entries {
        let wrong = |why| Wrong { line: line(key.span().start), why };
        if KEYS.contains(&&**key.get_ref()) && !keys.contains(&&**key.get_ref()) {
            let why = "is ignored in a file of the current folder; name the file with --config".to_owned();
            ignored.push(wrong(format!("'{}' {why}", key.get_ref())));
            continue;
        }
        set(&mut config, key.get_ref(), value.get_ref()).map_err(wrong)?;
    }
    if config.quiet && config.verbose {
        return Err(Wrong { line: 1, why: "'quiet' and 'verbose' exclude each other".to_owned() });
    }
    Ok((config, ignored))
}

fn set(config: &mut Config, key: &str, value: &DeValue<'_>) -> Result<(), String> {
    let wants = |what: &str| format!("'{key}' takes {what}");
    let text = || value.as_str().ok_or_else(|| wants("a text in quotes"));
    let flag = || value.as_bool().ok_or_else(|| wants("true or false"));
    match key {
        "tz" => config.tz = Some(parse::zone(text()?).map_err(|hint| format!("'tz': {hint}"))?),
        "log-tz" => config.log_tz = Some(parse::zone(text()?).map_err(|hint| format!("'log-tz': {hint}"))?),
        "provider" => config.provider = Some(parse::label(text()?).map_err(|hint| format!("'provider': {hint}"))?),
        "account" => config.account = Some(parse::label(text()?).map_err(|hint| format!("'account': {hint}"))?),
        "jobs" => config.jobs = Some(number(value).ok_or_else(|| wants("a whole number"))?),
        "format" => config.format = Some(choice(key, text()?)?),
        "color" => config.color = Some(choice(key, text()?)?),
        "fail-on" => config.fail_on = causes(value)?,
        "min-probability" => {
            let probability = number::<f64>(value).filter(|p| (0.0..=1.0).contains(p));
            config.min_probability = Some(probability.ok_or_else(|| wants("a number from 0 to 1, such as 0.6"))?);
        }
        "hash" => config.hash = flag()?,
        "quiet" => config.quiet = flag()?,
        "verbose" => config.verbose = flag()?,
        other => return Err(unknown_key(other)),
    }
    Ok(())
}

/// Why a key is none.
fn unknown_key(key: &str) -> String {
    let named = key.replace('_', "-");
    if NOT_KEYS.contains(&named.as_str()) {
        return format!("'{key}' can be given on the command line only");
    }
    match nearest::word(&named, KEYS.into_iter()) {
        Some(meant) => format!("there is no key '{key}'; did you mean '{meant}'?"),
        None => format!("there is no key '{key}'; there are {}", KEYS.join(", ")),
    }
}

fn number<N: std::str::FromStr>(value: &DeValue<'_>) -> Option<N> {
    match value {
        DeValue::Integer(n) if n.radix() == 10 => n.as_str().parse().ok(),
        DeValue::Float(n) => n.as_str().parse().ok(),
        _ => None,
    }
}

/// A value of a list of names.
fn choice<V: ValueEnum>(key: &str, typed: &str) -> Result<V, String> {
    let all = V::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<String> = all.map(|v| v.get_name().to_owned()).collect();
    V::from_str(typed, false).map_err(|_| not_one_of(key, typed, &names))
}

fn not_one_of(key: &str, typed: &str, names: &[String]) -> String {
    let meant = nearest::word(typed, names.iter().map(String::as_str));
    let hint = meant.map_or_else(|| format!("it takes {}", names.join(", ")), |m| format!("did you mean '{m}'?"));
    format!("'{key}' has no value '{typed}'; {hint}")
}

/// Causes, as one text with commas or as a list.
fn causes(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let wants = || "'fail-on' takes causes, such as [\"billing\", \"access\"]".to_owned();
    let typed: Vec<&str> = match (value.as_str(), value.as_array()) {
        (Some(text), _) => text.split(',').map(str::trim).collect(),
        (None, Some(list)) => list.iter().map(|v| v.get_ref().as_str()).collect::<Option<_>>().ok_or_else(wants)?,
        (None, None) => return Err(wants()),
    };
    let names: Vec<String> = Cause::ALL.map(Cause::id).map(str::to_owned).to_vec();
    let known = |id: &str| {
        if names.iter().any(|n| n == id) { Ok(id.to_owned()) } else { Err(not_one_of("fail-on", id, &names)) }
    };
    typed.into_iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> (usize, String) {
        let Err(wrong) = read(text, &KEYS) else { panic!("accepted: {text}") };
        (wrong.line, wrong.why)
    }

    #[test]
    fn every_key_is_read() {
        let text = "tz = 'Europe/Vienna'\nlog-tz = '+08:00'\nprovider = 'kimi-code'\naccount = 'me'\njobs = 2\nformat = 'json'\ncolor = 'never'\n\
                    fail-on = ['billing', 'access']\nmin-probability = 0.7\nhash = true\nquiet = true\nverbose = false\n";
        let (config, _) = read(text, &KEYS).unwrap();
        assert_eq!(
            config,
            Config {
                tz: Zone::parse("Europe/Vienna"),
                log_tz: Zone::parse("+08:00"),
                provider: Some("kimi-code".to_owned()),
                account: Some("me".to_owned()),
                jobs: Some(2),
                format: Some(Format::Json),
                color: Some(Color::Never),
                fail_on: vec!["billing".to_owned(), "access".to_owned()],
                min_probability: Some(0.7),
                hash: true,
                quiet: true,
                verbose: false,
            }
        );
        assert!(KEYS.iter().all(|key| text.contains(&format!("{key} ="))), "a key that is not tried");
        let config = |text: &str| read(text, &KEYS).unwrap().0;
        assert_eq!(config(""), Config::default());
        assert_eq!(config("fail-on = 'billing, access'").fail_on, ["billing", "access"]);
        assert_eq!(config("min-probability = 1").min_probability, Some(1.0));
    }

    #[test]
    fn what_is_wrong_is_reported_with_its_line() {
        for (text, line, expected) in [
            ("tz = 'UTC'\n\nfromat = 'json'\n", 3, "did you mean 'format'?"),
            ("fail_on = 'billing'", 1, "did you mean 'fail-on'?"),
            ("kettle = 1", 1, "there are tz, log-tz, provider"),
            ("# a\nno_redact = true", 2, "command line only"),
            ("format = 'jsno'", 1, "did you mean 'json'?"),
            ("fail-on = ['biling']", 1, "did you mean 'billing'?"),
            ("fail-on = [1]", 1, "'fail-on' takes causes"),
            ("tz = 'Nowhere/Town'", 1, "Europe/Vienna"),
            ("jobs = -1", 1, "a whole number"),
            ("jobs = 0x10", 1, "a whole number"),
            ("min-probability = 60", 1, "from 0 to 1"),
            ("min-probability = nan", 1, "from 0 to 1"),
            ("hash = 'yes'", 1, "true or false"),
            ("tz = 'UTC'\naccount = \n", 2, "not TOML"),
            ("account = ''", 1, "not an empty one"),
            ("provider = '\u{200b} '", 1, "not an empty one"),
            ("quiet = true\nverbose = true", 1, "exclude each other"),
            ("[analyze]\ntz = 'UTC'", 1, "there is no key 'analyze'"),
        ] {
            let (at, why) = wrong(text);
            assert!(at == line && why.contains(expected), "{text}: {at}: {why}");
        }
    }

    #[test]
    fn a_file_of_the_current_folder_sets_only_how_things_are_shown() {
        let text = "tz = 'UTC'\nfail-on = 'idle'\nhash = true\njobs = 1\nmin-probability = 0\naccount = 'me'\n";
        let (config, ignored) = read(text, &KEYS_HERE).unwrap();
        assert_eq!((config.account.as_deref(), config.jobs, config.hash), (Some("me"), None, false));
        assert!(config.fail_on.is_empty() && config.min_probability.is_none());
        assert_eq!(ignored.iter().map(|w| w.line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(ignored[0].why.starts_with("'fail-on' is ignored"), "{ignored:?}");
        assert!(read("no-redact = true", &KEYS_HERE).is_err());
    }

    #[cfg(not(windows))]
    #[test]
    fn the_nearest_place_comes_first() {
        let with = |xdg: Option<&str>, home: Option<&str>| {
            let ask = |name: &str| match name {
                "XDG_CONFIG_HOME" => xdg.map(PathBuf::from),
                "HOME" => home.map(PathBuf::from),
                _ => None,
            };
            places(&ask).iter().map(|p| p.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(with(Some("/x"), Some("/h")), ["why429.toml", "/x/why429/config.toml"]);
        assert_eq!(with(Some("x"), Some("/h")), ["why429.toml", "/h/.config/why429/config.toml"]);
        assert_eq!(with(None, None), ["why429.toml"]);
    }
}
