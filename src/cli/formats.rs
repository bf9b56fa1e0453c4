//! `formats`: what is read, where it lives, what it shows and what is not logged.

use why429::formats::homes::{self, Home};
use why429::formats::unread::{UNREAD, Unread};
use why429::formats::{self, FormatInfo};
use why429::snapshots::{self, SnapshotInfo};

use super::exit::Exit;
use super::screen;

/// Runs the command.
pub(super) fn run() -> Exit {
    let mut text = String::from("Logs are recognised by what is in them, never by name alone.\n");
    for info in formats::infos() {
        text.push_str(&describe(info));
    }
    text.push_str("\nUsage snapshots: saved replies, bare, as `curl -i` printed them, or in a ledger line.\n");
    for format in snapshots::REGISTRY {
        text.push_str(&describe_snapshot(format.info()));
    }
    text.push_str("\nKnown, and not read (the report says so):\n");
    UNREAD.iter().for_each(|unread| text.push_str(&describe_unread(unread)));
    text.push_str("\nFolders that `--home` looks at (Linux, macOS, Windows):\n");
    homes::HOMES.iter().for_each(|home| text.push_str(&describe_home(home)));
    screen::print(&text)
}

fn describe_unread(unread: &Unread) -> String {
    let known = evidence_phrase(unread.established);
    format!(
        "\n{}\n  lives       {}\n  why         {}\n  known       {known}\n",
        unread.program,
        unread.lives.join("\n              "),
        unread.why
    )
}

fn describe_home(home: &Home) -> String {
    let [linux, macos, windows] = home.folders;
    // Below the user's folder Windows has the same names.
    let windows: Vec<String> = windows.iter().map(|w| w.replacen('~', "%USERPROFILE%", 1).replace('/', "\\")).collect();
    let mut lines: Vec<String> = Vec::new();
    match (linux == macos, linux.is_empty()) {
        (_, true) => lines.push("where its variable says".to_owned()),
        (true, _) => lines.push(format!("{} (Linux, macOS)", linux.join(", "))),
        (false, _) => {
            lines.push(format!("{} (Linux)", linux.join(", ")));
            lines.push(format!("{} (macOS)", macos.join(", ")));
        }
    }
    if !windows.is_empty() {
        lines.push(format!("{} (Windows)", windows.join(", ")));
    }
    let moved = home.variables.iter().map(|v| match v.below {
        "" => format!("{} moves it", v.name),
        below => format!("{} moves it: {below} below that", v.name),
    });
    lines.extend(moved);
    let below = home.below.iter().map(|b| if b.is_empty() { "all of it" } else { b });
    let named = home.named.iter().map(|n| match n.below {
        "" => format!("what {} of {} names", n.keys.join("."), n.file),
        below => format!("{below} in what {} of {} names", n.keys.join("."), n.file),
    });
    let reads: Vec<String> = below.map(str::to_owned).chain(named).collect();
    format!(
        "\n{}\n  lives       {}\n  reads       {}\n",
        home.program,
        lines.join("\n              "),
        reads.join(", ")
    )
}

/// The formats' ids in one line, for a hint.
pub(super) fn ids() -> String {
    let ids: Vec<&str> = formats::infos().map(|i| i.id).collect();
    format!("{} and usage snapshots", ids.join(", "))
}

fn describe(info: &FormatInfo) -> String {
    format!(
        "\n{}  {}\n  lives       {}\n  shows       {}\n  not logged  {}\n  known       {}\n",
        info.id,
        info.program,
        info.lives.join("\n              "),
        info.shows,
        info.not_logged,
        evidence_phrase(info.established)
    )
}

fn describe_snapshot(info: &SnapshotInfo) -> String {
    let known = evidence_phrase(info.established);
    format!(
        "\n{}\n  from        {}\n  shows       {}\n  not logged  {}\n  known       {known}\n",
        info.id, info.from, info.shows, info.not_logged
    )
}

/// How a format was established, in words.
fn evidence_phrase(established: &str) -> &str {
    match established {
        "run" => "seen in files that the program wrote",
        "read" => "read in the program's source",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_reported_with_its_places() {
        let info = FormatInfo {
            id: "x-log",
            client: "x",
            client_traits: why429::formats::ClientTraits::PLAIN,
            rank: 0,
            merge_tolerance_s: 0.0,
            program: "X 1.0",
            lives: &["~/.x/x.log", "%APPDATA%\\x"],
            shows: "each request",
            not_logged: "retries",
            established: "run",
        };
        assert_eq!(
            describe(&info),
            "\nx-log  X 1.0\n  lives       ~/.x/x.log\n              %APPDATA%\\x\n  shows       each request\n  not logged  retries\n  \
             known       seen in files that the program wrote\n"
        );
    }
}
