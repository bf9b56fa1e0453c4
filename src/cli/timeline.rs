//! `timeline`: writes the normalised attempts as a table.

use clap::error::Error;
use why429::pipeline::{self, Options};
use why429::privacy::accounts::Accounts;
use why429::timeline;

use super::args::TimelineArgs;
use super::exit::Exit;
use super::{analyze, home, screen, settings};

/// Extensions that decide the format of the table.
const EXTENSIONS: [&str; 3] = ["parquet", "csv", "jsonl"];

/// Runs the command.
///
/// # Errors
/// A usage error.
pub(super) fn run(args: &TimelineArgs) -> Result<Exit, Error> {
    let extension = args.output.extension().and_then(|e| e.to_str()).unwrap_or("");
    if !EXTENSIONS.contains(&extension) {
        return Err(settings::usage(&format!(
            "'{}' must end in .parquet, .csv or .jsonl: the ending decides the format",
            args.output.display()
        )));
    }
    let home = args.home.then(home::look);
    let paths = match &home {
        Some(folders) => folders.paths().into_iter().chain(args.input.paths.iter().cloned()).collect(),
        None => super::inputs(&args.input.paths)?,
    };
    screen::keeps_inputs(&paths, std::slice::from_ref(&args.output))?;
    let bar = screen::Bar::new(args.input.quiet);
    let options = settings::of_input(&args.input);
    let options = Options { machine_zone: args.home.then(home::zone), ..options };
    let analysis = pipeline::run(&paths, &options, &bar);
    bar.finish();
    for line in analyze::problems(&analysis.document) {
        screen::warn(&line);
    }
    if let Some(exit) = analyze::nothing_recognised(&analysis) {
        return Ok(exit);
    }
    let accounts = Accounts::of(analysis.timeline.pools.iter().map(|p| (p.id.as_str(), p.account.as_str())));
    if let Err(e) =
        timeline::export(&analysis.timeline, &args.output, &|column, text| accounts.masked_column(column, text))
    {
        screen::warn(&format!("{}: not written: {e}", args.output.display()));
        return Ok(Exit::Failed);
    }
    Ok(if analysis.unreadable > 0 { Exit::Failed } else { Exit::Done })
}
