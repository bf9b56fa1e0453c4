//! What can be typed. What it means is in `settings`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use why429::model::Cause;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a file could not be read or an output not written; what could be made is still made
  2  bad usage
  3  nothing recognised in the inputs, or every line of them dropped
  4  `check` or `diff` found a difference
  5  --fail-on matched
  6  `next`: a pool is blocked";

/// Why did my requests fail, which limit was it, and when does it end?
///
/// Reads the logs of AI agents and usage snapshots, and says which limit refused the requests, with the evidence
/// for and against. It never uses a network.
#[derive(Debug, Parser)]
#[command(name = "why429", version, args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) analyze: Analyze,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Analyse files and folders; the same as giving paths alone
    #[command(after_help = EXIT_CODES)]
    Analyze(Analyze),
    /// Analyse every fixture folder below DIR and compare with its expected.json
    Check(Check),
    /// Tell what a cause means, or what an error text says and what it does not
    Explain(Explain),
    /// List every log format it reads, and where those files live
    Formats,
    /// Tell when work can go on: one line per pool; exit 6 when one is blocked
    #[command(after_help = EXIT_CODES)]
    Next(Next),
    /// Write the normalised attempts as a table
    Timeline(TimelineArgs),
    /// Tell what changed between two JSON reports; exit 4 when a verdict did
    Diff(Diff),
    /// Append what a client's hook or status line is given to the ledger that --home reads
    Hook(HookArgs),
    /// Teach the agents of this machine to use why429
    #[command(subcommand)]
    Skills(SkillsCommand),
    /// Print the completion script of a shell
    Completions(Completions),
    /// Print the manual page, in roff
    Man(Man),
}

/// What is read, and how stamps and rows without labels are taken.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Files and folders; `-` is standard input, which is also read when no path is given
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    /// Zone of the times that are shown and typed: UTC, +08:00, Europe/Vienna; it changes nothing else [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, value_parser = super::parse::zone)]
    pub(super) tz: Option<why429::model::Zone>,
    /// Zone of stamps that carry none, where no other lines of their client prove it [default: this machine's with --home,
    /// else UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true, value_parser = super::parse::zone)]
    pub(super) log_tz: Option<why429::model::Zone>,
    /// Day of lines that have only a time of day, and year of lines whose date has none: YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = super::parse::date)]
    pub(super) log_date: Option<chrono::NaiveDate>,
    /// Read a team's own JSON or CSV: FIELD=KEY[,FIELD=KEY], such as start=ts,status=code (docs/FORMATS.md has the fields)
    #[arg(long, value_name = "FIELD=KEY", value_delimiter = ',', action = ArgAction::Append, value_parser = super::parse::mapping)]
    pub(super) map: Vec<(String, String)>,
    /// Provider of attempts whose log names none
    #[arg(long, value_name = "ID", value_parser = super::parse::label)]
    pub(super) provider: Option<String>,
    /// Account of attempts whose log names none
    #[arg(long, value_name = "LABEL", value_parser = super::parse::label)]
    pub(super) account: Option<String>,
    /// Threads for reading; 0 is one per core. The result does not depend on it [default: 0]
    #[arg(long, value_name = "N", value_parser = super::parse::threads)]
    pub(super) jobs: Option<usize>,
    /// Attempts that are kept in memory at most; what is beyond is a problem, and the exit code is 1 [default: 20000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_attempts: Option<u64>,
    /// Read the configuration from FILE; else from WHY429_CONFIG, ./why429.toml, or the user's own (docs/config.md)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
    /// Less: no progress bar, and of the report only the verdict
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Options of `analyze`.
#[derive(Debug, Args)]
pub(super) struct Analyze {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Read this user's known agent folders, beside any paths; the last 7 days, unless --since or --last says otherwise.
    /// The same as no path at all on a terminal
    #[arg(long)]
    pub(super) home: bool,
    /// How the report is written [default: by the ending of --output, else terminal]
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Write the report to a file; .html, .md, .json, .jsonl or .txt chooses the format
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Also write a pack for the provider's support into the new folder DIR: report, picture, attempts, questions
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) ticket: Option<PathBuf>,
    /// Replace a pack that stands in DIR
    #[arg(long, requires = "ticket")]
    pub(super) force: bool,
    /// Mask nothing: keys, names and error texts stay as the logs have them
    #[arg(long)]
    pub(super) no_redact: bool,
    /// Report only episodes that end at or after TIME: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in --tz, or back from now (`2h`, `3d`)
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// Report only the last so much: the same as --since with a length back from now, such as 90min, 2h, 3d
    #[arg(long, value_name = "DURATION", conflicts_with = "since", value_parser = super::parse::length)]
    pub(super) last: Option<String>,
    /// Report only episodes that begin at or before TIME; a day alone counts to its end
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Report only this episode, such as E2
    #[arg(long, value_name = "ID")]
    pub(super) episode: Option<String>,
    /// Report only episodes of this pool: its id, or the beginning of it (`kimi-code`, `kimi-code/acct0`)
    #[arg(long, value_name = "POOL")]
    pub(super) pool: Option<String>,
    /// Take TIME for now: relative times count from it, and what the logs hold after it is not used, so that any moment of
    /// an outage can be replayed
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,
    /// Exit with 5 when an episode has one of these causes with at least --min-probability
    #[arg(long, value_name = "CAUSE", value_delimiter = ',', action = ArgAction::Append,
          value_parser = PossibleValuesParser::new(Cause::ALL.map(Cause::id)), hide_possible_values = true)]
    pub(super) fail_on: Vec<String>,
    /// Least probability for --fail-on [default: 0.6]
    #[arg(long, value_name = "P", value_parser = super::parse::probability)]
    pub(super) min_probability: Option<f64>,
    /// Put the SHA-256 of every input into the report
    #[arg(long)]
    pub(super) hash: bool,
    /// More: every episode in full, all agents, all evidence
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// When to colour [default: auto]
    #[arg(long, value_enum)]
    pub(super) color: Option<Color>,
    /// Write a report that is longer than the terminal without a pager; PAGER names another one
    #[arg(long)]
    pub(super) no_pager: bool,
}

impl Analyze {
    /// How the report is written: as asked, else as the ending of the output says.
    pub(super) fn format(&self) -> Format {
        let asked = if self.json { Some(Format::Json) } else { self.format };
        asked.or_else(|| self.format_of_output().ok().flatten()).unwrap_or(Format::Terminal)
    }

    /// The format that the ending of the output names; none without an output, or where it is a device.
    ///
    /// # Errors
    /// A sentence that says which endings there are.
    pub(super) fn format_of_output(&self) -> Result<Option<Format>, String> {
        let Some(path) = self.output.as_deref().filter(|p| !p.starts_with("/dev")) else { return Ok(None) };
        if self.json || self.format.is_some() {
            return Ok(None);
        }
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "html" | "htm" => Ok(Some(Format::Html)),
            "md" => Ok(Some(Format::Markdown)),
            "json" => Ok(Some(Format::Json)),
            "jsonl" => Ok(Some(Format::Jsonl)),
            "txt" => Ok(Some(Format::Terminal)),
            _ => Err(format!(
                "'{}' does not say in which format to write; end it in .html, .md, .json, .jsonl or .txt, or give --format",
                path.display()
            )),
        }
    }

    /// Least probability for `--fail-on`.
    pub(super) fn min_probability(&self) -> f64 {
        self.min_probability.unwrap_or(0.6)
    }

    /// When to colour.
    pub(super) fn color(&self) -> Color {
        self.color.unwrap_or(Color::Auto)
    }
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person at a terminal
    Terminal,
    /// For an issue or a ticket; accounts are pseudonyms
    Markdown,
    /// One file for a browser, with pictures, to send or to print; accounts are pseudonyms
    Html,
    /// For a script: schema why429.report/v1
    Json,
    /// The episodes of that report, one JSON object a line
    Jsonl,
    /// Attempts, snapshots and episodes as events for Timesketch: JSON lines, or CSV when --output ends in .csv
    Timesketch,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of `next`.
#[derive(Debug, Args)]
pub(super) struct Next {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Read this user's known agent folders, beside any paths; the same as no path at all on a terminal
    #[arg(long)]
    pub(super) home: bool,
    /// How the answer is written [default: terminal]
    #[arg(long, value_enum)]
    pub(super) format: Option<NextFormat>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Only this pool: its id, or the provider or provider/account that it begins with; may be given again
    #[arg(long, value_name = "POOL", action = ArgAction::Append, value_parser = super::parse::label)]
    pub(super) pool: Vec<String>,
    /// Leave out pools that no log names since TIME (as for analyze); with --home the last 7 days unless given
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// The same as --since with a length back from now, such as 2h or 3d
    #[arg(long, value_name = "DURATION", conflicts_with = "since", value_parser = super::parse::length)]
    pub(super) last: Option<String>,
    /// Take TIME for now: what the logs hold after it is not used
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<String>,
    /// Sleep until no selected pool is blocked; the logs are read again meanwhile
    #[arg(long, conflicts_with = "now")]
    pub(super) wait: bool,
}

/// How the answer of `next` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum NextFormat {
    /// For a person: one line per pool; the state is the second word
    Terminal,
    /// For a script: schema why429.next/v1
    Json,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Folder of fixture folders, or one of them
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: PathBuf,
    /// Rewrite every expected.json that differs; bounds that still hold are kept
    #[arg(long)]
    pub(super) update: bool,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) junit: Option<PathBuf>,
    /// Write each case's HTML report into the folder OUT
    #[arg(long, value_name = "OUT", value_hint = ValueHint::DirPath)]
    pub(super) html: Option<PathBuf>,
    /// Mark each difference in a code review, on standard error
    #[arg(long, value_enum, default_value_t = Annotations::Auto)]
    pub(super) annotations: Annotations,
    /// Less: only cases that differ or could not be judged
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// More: the reasons behind each difference
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

/// Whose marks for a code review are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Annotations {
    /// GitHub's where GITHUB_ACTIONS is `true`, else none
    Auto,
    /// GitHub's
    Github,
    /// None
    None,
}

/// Options of `explain`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Explain {
    /// A cause, a status such as 429, or an error text as the client showed it
    #[arg(value_name = "CAUSE|STATUS|TEXT")]
    pub(super) text: Vec<String>,
    /// An error text, whatever its first word is
    #[arg(long, value_name = "TEXT")]
    pub(super) message: Option<String>,
}

/// Options of `timeline`.
#[derive(Debug, Args)]
pub(super) struct TimelineArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Read this user's known agent folders, beside any paths
    #[arg(long)]
    pub(super) home: bool,
    /// The file; .parquet, .csv or .jsonl
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: PathBuf,
}

/// Options of `diff`.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// A report written with `--format json`: what was before
    #[arg(value_name = "A.json", value_hint = ValueHint::FilePath)]
    pub(super) a: PathBuf,
    /// The other one: what is now
    #[arg(value_name = "B.json", value_hint = ValueHint::FilePath)]
    pub(super) b: PathBuf,
    /// How the differences are written
    #[arg(long, value_enum, default_value_t = DiffFormat::Terminal)]
    pub(super) format: DiffFormat,
    /// Less: only whether a verdict changed
    #[arg(short, long, conflicts_with = "format")]
    pub(super) quiet: bool,
}

/// How the differences are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For a person at a terminal
    Terminal,
    /// For a script: schema why429.diff/v1
    Json,
}

/// Options of `hook`. Standard input holds the event, or a usage body; the exit code is always 0.
#[derive(Debug, Args)]
pub(super) struct HookArgs {
    /// The client whose hook this is, where its event does not tell, such as kimi-cli
    #[arg(long, value_name = "NAME", value_parser = super::parse::label)]
    pub(super) client: Option<String>,
    /// Provider of an event or body that names none
    #[arg(long, value_name = "ID", value_parser = super::parse::label)]
    pub(super) provider: Option<String>,
    /// Account of an event or body that names none
    #[arg(long, value_name = "LABEL", value_parser = super::parse::label)]
    pub(super) account: Option<String>,
    /// Say on standard error why nothing was written
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// What `skills` does.
#[derive(Debug, Subcommand)]
pub(super) enum SkillsCommand {
    /// Write the agent skill where Claude Code, Codex and Kimi look for skills
    Install(InstallSkill),
}

/// Options of `skills install`.
#[derive(Debug, Args)]
pub(super) struct InstallSkill {
    /// Folder of skills, in place of those of the clients that are here
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: Option<PathBuf>,
    /// Overwrite a skill of this name that has another text
    #[arg(long)]
    pub(super) force: bool,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(super) shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// A command; without it the page of the whole program
    #[arg(value_name = "COMMAND")]
    pub(super) command: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn paths_alone_are_analyze() {
        let alone = Cli::try_parse_from(["why429", "logs", "--format", "json"]).unwrap();
        assert!(alone.command.is_none());
        assert_eq!(
            (alone.analyze.input.paths.clone(), alone.analyze.format()),
            (vec![PathBuf::from("logs")], Format::Json)
        );
        let named = Cli::try_parse_from(["why429", "analyze", "logs", "--fail-on", "billing,access"]).unwrap();
        let Some(Command::Analyze(analyze)) = named.command else { panic!("not analyze") };
        assert_eq!(analyze.fail_on, ["billing", "access"]);
    }
}
