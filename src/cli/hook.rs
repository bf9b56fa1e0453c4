//! `hook`: appends what a client's hook or status line is given to the ledger.
//!
//! In: standard input, bounded in size and time. Out: lines in the ledger, and the text of a status line. Always: exit 0,
//! whatever happens; a client must never fail, wait or see a message because of this.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Local};
use why429::hook::{self, Asked, LONGEST_EVENT, Taken, ledger};
use why429::model::Time;

use super::args::HookArgs;
use super::exit::Exit;
use super::{home, screen};

/// How long a client may take to write its event.
const WAIT_FOR_EVENT: Duration = Duration::from_secs(1);

/// What is read of a longer event, and thrown away, so that its writer does not fail.
const LONGEST_INPUT: usize = 64 << 20;

/// How long another hook may hold the ledger.
const WAIT_FOR_LOCK: Duration = Duration::from_millis(200);

/// The end of the ledger that is looked at.
const TAIL: u64 = 64 << 10;

/// A ledger that could not be cut grows no further than this.
const NEVER_BEYOND: u64 = 2 * ledger::LARGEST;

/// Runs the command. It has no error.
pub(super) fn run(args: &HookArgs) -> Exit {
    std::panic::set_hook(Box::new(|_| {}));
    let done = std::panic::catch_unwind(|| take(args));
    let why_not = done.unwrap_or_else(|_| Some("an internal error".to_owned()));
    if let Some(why) = why_not.filter(|_| args.verbose) {
        screen::warn(&format!("hook: nothing written: {why}"));
    }
    Exit::Done
}

/// Takes the event; says why nothing was written.
fn take(args: &HookArgs) -> Option<String> {
    let event = read(io::stdin());
    let now = screen::clock();
    let asked = |before| Asked {
        now,
        client: args.client.as_deref(),
        provider: args.provider.as_deref(),
        account: args.account.as_deref(),
        before,
        shown: display,
    };
    let (taken, written) = match Ledger::open() {
        Ok(mut ledger) => {
            let taken = hook::take(&event, &asked(&ledger.tail));
            let written = ledger.append(&taken.lines, now).map_err(|e| format!("{}: {e}", ledger.path.display()));
            (taken, written)
        }
        Err(e) => (hook::take(&event, &asked(&[])), Err(e)),
    };
    let Taken { shown, why_not, .. } = taken;
    if let Some(text) = shown {
        let _ = writeln!(io::stdout().lock(), "{text}");
    }
    why_not.map(str::to_owned).or(written.err())
}

/// Reads one event: at most [`LONGEST_EVENT`] bytes of it, for at most a second.
fn read(mut input: impl Read + Send + 'static) -> Vec<u8> {
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let (mut block, mut all) = (vec![0; 1 << 16], 0);
        while let Ok(n) = input.read(&mut block) {
            all += n;
            if n == 0 || all > LONGEST_INPUT || sender.send(block[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    let until = Instant::now() + WAIT_FOR_EVENT;
    let mut event = Vec::new();
    while let Ok(block) = receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
        let room = LONGEST_EVENT - event.len();
        event.extend_from_slice(&block[..block.len().min(room)]);
    }
    event
}

/// A time as a person at this machine reads it: with the day, if it is not today.
fn display(at: Time) -> String {
    let local = |t: Time| DateTime::from_timestamp_micros(t.micros()).map(|t| t.with_timezone(&Local));
    let (Some(at), Some(now)) = (local(at), local(screen::clock())) else { return at.rfc3339() };
    let form = if at.date_naive() == now.date_naive() { "%H:%M" } else { "%a %H:%M" };
    at.format(form).to_string()
}

/// The ledger, locked until it is dropped.
struct Ledger {
    path: PathBuf,
    file: File,
    size: u64,
    tail: Vec<u8>,
    _lock: File,
}

impl Ledger {
    /// Opens it, and makes it and its folder where they are not there.
    fn open() -> Result<Self, String> {
        let path = home::ledger().ok_or("no home folder is known")?;
        let folder = path.parent().ok_or("no folder")?.to_owned();
        let failed = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
        private_folder(&folder).map_err(|e| failed(&folder, e))?;
        let beside = folder.join("lock");
        let lock =
            private_file(OpenOptions::new().write(true).create(true), &beside).map_err(|e| failed(&beside, e))?;
        wait_for(&lock).map_err(|e| failed(&beside, e))?;
        let mut file = private_file(OpenOptions::new().read(true).append(true).create(true), &path)
            .map_err(|e| failed(&path, e))?;
        let size = file.metadata().map_err(|e| failed(&path, e))?.len();
        let mut tail = Vec::new();
        let read = file.seek(SeekFrom::Start(size.saturating_sub(TAIL))).and_then(|_| file.read_to_end(&mut tail));
        read.map_err(|e| failed(&path, e))?;
        Ok(Self { path, file, size, tail, _lock: lock })
    }

    /// Appends lines in one write, and cuts the ledger when it has become too large or old.
    fn append(&mut self, lines: &[String], now: Time) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        if self.size > NEVER_BEYOND {
            return Err(io::Error::other("it is too large, and could not be cut"));
        }
        // A line that was cut off ends here.
        let torn = self.tail.last().is_some_and(|b| *b != b'\n');
        let text = format!("{}{}\n", if torn { "\n" } else { "" }, lines.join("\n"));
        let written = self.file.write(text.as_bytes());
        if !written.as_ref().is_ok_and(|n| *n == text.len()) {
            let _ = self.file.set_len(self.size);
            return Err(written.err().unwrap_or_else(|| io::Error::other("the disk is full")));
        }
        self.size += text.len() as u64;
        self.cut(now)
    }

    fn cut(&mut self, now: Time) -> io::Result<()> {
        let mut first = [0; 4096];
        self.file.seek(SeekFrom::Start(0))?;
        let n = self.file.read(&mut first)?;
        if !ledger::is_due(self.size, &first[..n], now) {
            return Ok(());
        }
        let mut all = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut all)?;
        let beside = self.path.with_extension("new");
        let kept = private_file(OpenOptions::new().write(true).create(true).truncate(true), &beside)
            .and_then(|mut f| f.write_all(&ledger::prune(&all, now)))
            .and_then(|()| fs::rename(&beside, &self.path));
        if kept.is_err() {
            let _ = fs::remove_file(&beside);
        }
        kept
    }
}

/// Waits a little for the lock.
fn wait_for(lock: &File) -> io::Result<()> {
    let until = Instant::now() + WAIT_FOR_LOCK;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another hook holds it")),
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
}

/// Makes a folder for this user alone.
fn private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Opens a file for this user alone. Only a plain file: a pipe would wait for a reader.
fn private_file(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        return Err(io::Error::other("no plain file"));
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
