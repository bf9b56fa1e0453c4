//! Where the program meets the machine: standard streams, terminal, clock, environment. Nothing else does.

use std::io::{self, BufRead, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::error::Error;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use why429::model::Time;
use why429::output;
use why429::pipeline::Progress;
use why429::privacy::escape;

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::args::Color;
use super::exit::Exit;
use super::settings;

/// Widths that the report is made for; beyond them lines are hard to follow, or nothing fits.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=200;

/// Default width: what a mail or an issue shows.
const WIDTH_UNKNOWN: usize = 80;

/// Columns: what `COLUMNS` says, else the terminal's own, else [`WIDTH_UNKNOWN`].
pub(super) fn width() -> usize {
    let named = std::env::var("COLUMNS").ok().and_then(|c| c.trim().parse::<usize>().ok());
    let seen = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    named.or_else(seen).unwrap_or(WIDTH_UNKNOWN).clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// Whether to colour what goes to standard output, or to a file.
pub(super) fn color(choice: Color, to_file: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
            !to_file && !refused && !dumb && io::stdout().is_terminal()
        }
    }
}

/// The clock, for times that were typed relative to now.
pub(super) fn clock() -> Time {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(0))
}

/// Whether standard input is a terminal: nobody pipes a log in.
pub(super) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether standard input has something to read. The byte seen stays there for whoever reads next.
pub(super) fn stdin_has_bytes() -> bool {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return false;
    }
    stdin.lock().fill_buf().is_ok_and(|bytes| !bytes.is_empty())
}

/// Writes a report to a file, or to standard output.
pub(super) fn write(text: &str, to: Option<&Path>) -> Exit {
    write_with(to, &|out| out.write_all(text.as_bytes()))
}

/// What to do, where a file cannot be written for want of its folder.
fn without_folder(path: &Path) -> String {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists());
    folder.map(|f| format!("; make the folder '{}' first", f.display())).unwrap_or_default()
}

/// Refuses outputs that are among the files which are read, whichever way they are spelt or linked.
///
/// # Errors
/// A usage error that names the output and the input.
pub(super) fn keeps_inputs(inputs: &[PathBuf], outputs: &[PathBuf]) -> Result<(), Error> {
    // A shell opens `> FILE` before the program runs; `>> FILE` still has its content.
    let printed = Path::new("/dev/stdout");
    let all: Vec<PathBuf> = outputs.iter().cloned().chain(std::iter::once(printed.to_owned())).collect();
    let Some((output, input)) = output::guard::overwritten(inputs, &all) else { return Ok(()) };
    let output = if output == printed { "standard output".to_owned() } else { format!("'{}'", output.display()) };
    Err(settings::usage(&format!("{output} would overwrite the input '{}'; give another output", input.display())))
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> Exit {
    write(text, None)
}

/// Writes a report to standard output. On a terminal that it does not fit, through the user's pager; without one, the
/// verdict is repeated at the end, where the eyes are.
pub(super) fn page(text: &str, closing: &str, no_pager: bool) -> Exit {
    let rows =
        terminal_size::terminal_size().filter(|_| io::stdout().is_terminal()).map(|(_, rows)| usize::from(rows.0));
    if rows.is_none_or(|rows| rows == 0 || text.lines().count() < rows) {
        return print(text);
    }
    let named = std::env::var("PAGER").ok();
    let pager = named.as_deref().unwrap_or("less").trim();
    let is_wanted = !no_pager && !pager.is_empty() && pager != "cat" && io::stdin().is_terminal();
    if is_wanted && through(pager, text).is_ok() {
        return Exit::Done;
    }
    print(&format!("{text}\n{closing}"))
}

/// Lets a pager show a text; an error when there is none, which has shown nothing then.
fn through(pager: &str, text: &str) -> io::Result<()> {
    let mut words = pager.split_whitespace();
    let mut command = std::process::Command::new(words.next().unwrap_or("less"));
    command.args(words).stdin(std::process::Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // Quit at once where it fits, pass colours, leave the text on the screen.
        command.env("LESS", "FRX");
    }
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // Who leaves the pager early has read what was wanted.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().map(|_| ())
}

/// Lets `make` write to a file, or to standard output. A reader of that which went away (`| head`) is no error: it has
/// what it wanted.
pub(super) fn write_with(to: Option<&Path>, make: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> Exit {
    let whole = |out: &mut dyn Write| {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        make(&mut out).and_then(|()| out.flush())
    };
    let (written, name) = match to {
        Some(path) => (output::write(path, &mut |out| make(out)), path.display().to_string()),
        None => (whole(&mut io::stdout().lock()), "standard output".to_owned()),
    };
    match written {
        Ok(()) => Exit::Done,
        Err(e) if to.is_none() && e.kind() == ErrorKind::BrokenPipe => Exit::Done,
        Err(e) => {
            warn(&format!("{name}: not written: {e}{}", to.map(without_folder).unwrap_or_default()));
            Exit::Failed
        }
    }
}

/// One line to standard error. When even that is closed there is nobody left to tell.
pub(super) fn warn(message: &str) {
    let _ = writeln!(io::stderr().lock(), "why429: {}", escape::terminal(message));
}

/// Lines to standard error, each harmless for a terminal.
pub(super) fn warn_lines(text: &str) {
    let lines: String = text.lines().map(|l| format!("{}\n", escape::terminal(l))).collect();
    raw(&lines);
}

/// Removes temporary files when a signal ends the program, and then lets it end as it would have.
pub(super) fn clean_up_on_signals() {
    #[cfg(unix)]
    if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) {
        std::thread::spawn(move || {
            for signal in signals.forever() {
                output::scratch::remove_all();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}

/// Text to standard error unchanged, for a program that reads it there; it must be escaped already.
pub(super) fn raw(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A progress bar over bytes.
pub(super) struct Bar {
    bar: ProgressBar,
    /// Drawn only where somebody looks, and only once the reading has taken a while.
    is_wanted: bool,
    is_drawn: AtomicBool,
}

/// What takes less than this is over before anybody could read a bar.
const NOT_WORTH_A_BAR: Duration = Duration::from_millis(400);

/// Not wider than the narrowest page.
const BAR: &str = "{msg} {bar:16} {bytes}/{total_bytes} {bytes_per_sec}";

/// Shown when all is read. Judging long logs takes as long again.
const WEIGHING: &str = "weighing what {bytes} hold {spinner}";

/// How often it is drawn anew.
const TICK: Duration = Duration::from_millis(100);

impl Bar {
    /// On standard error, if that is a terminal and nobody asked for quiet; else it draws nothing.
    pub(super) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_message("reading");
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        Self { bar, is_wanted: !quiet && io::stderr().is_terminal(), is_drawn: AtomicBool::new(false) }
    }

    /// Takes it off the screen.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn add_total(&self, bytes: u64) {
        self.bar.inc_length(bytes);
    }

    fn read(&self, bytes: u64) {
        if self.is_wanted && self.bar.elapsed() > NOT_WORTH_A_BAR && !self.is_drawn.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            // It also moves while nothing more is read: a bar that does not move looks like a program that hangs.
            self.bar.enable_steady_tick(TICK);
        }
        self.bar.inc(bytes);
        if self.bar.length().is_some_and(|all| self.bar.position() >= all)
            && let Ok(style) = ProgressStyle::with_template(WEIGHING)
        {
            self.bar.set_style(style);
        }
    }
}
