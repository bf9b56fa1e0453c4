//! `skills install`: writes the agent skill where clients look for skills.
//!
//! In: this user's folders, or the one that was named. Out: `why429/SKILL.md` in each, and a line for each on standard
//! output. Always: a file that somebody changed stays, unless `--force` says otherwise; no client's folder is made.

use std::io;
use std::path::{Path, PathBuf};

use why429::output;

use super::args::InstallSkill;
use super::exit::Exit;
use super::{home, screen};

/// The skill.
const SKILL: &str = include_str!("../../skills/why429/SKILL.md");

/// The skill's folder: by the format its name is the skill's.
const NAME: &str = "why429";

/// A folder of skills, and the clients that read it.
struct Place {
    skills: PathBuf,
    read_by: String,
}

/// Runs the command.
pub(super) fn install(args: &InstallSkill) -> Exit {
    let places = match &args.dir {
        Some(skills) => vec![Place { skills: skills.clone(), read_by: String::new() }],
        None => places(),
    };
    if places.is_empty() {
        screen::warn("no folder of Claude Code, Codex or Kimi here; --dir DIR names a folder of skills");
        return Exit::Failed;
    }
    let mut exit = Exit::Done;
    let mut lines = String::new();
    for place in places {
        let file = place.skills.join(NAME).join("SKILL.md");
        match write(&file, args.force) {
            Ok(what) => lines.push_str(&format!("{what} {}{}\n", file.display(), place.read_by)),
            Err(e) => {
                screen::warn(&format!("{}: not written: {e}", file.display()));
                exit = Exit::Failed;
            }
        }
    }
    match screen::print(&lines) {
        Exit::Done => exit,
        failed => failed,
    }
}

/// The folders of skills of the clients that are here.
///
/// Claude Code reads `skills` in its own folder. Codex, Kimi Code and Kimi CLI all read `~/.agents/skills`.
fn places() -> Vec<Place> {
    let Some(user) = home::user() else { return Vec::new() };
    let own = |variable: &str, usual: &str| home::variable(variable).unwrap_or_else(|| user.join(usual));
    let mut places = Vec::new();
    let claude = own("CLAUDE_CONFIG_DIR", ".claude");
    if claude.is_dir() {
        places.push(Place { skills: claude.join("skills"), read_by: " (Claude Code)".to_owned() });
    }
    let shared = [
        ("Codex", own("CODEX_HOME", ".codex")),
        ("Kimi Code", own("KIMI_CODE_HOME", ".kimi-code")),
        ("Kimi CLI", own("KIMI_SHARE_DIR", ".kimi")),
    ];
    let there: Vec<&str> = shared.iter().filter(|(_, folder)| folder.is_dir()).map(|(name, _)| *name).collect();
    if !there.is_empty() {
        places.push(Place { skills: user.join(".agents/skills"), read_by: format!(" ({})", there.join(", ")) });
    }
    places
}

/// Writes the skill, if it is not there yet.
fn write(file: &Path, force: bool) -> io::Result<&'static str> {
    let what = match std::fs::read(file) {
        Ok(there) if there == SKILL.as_bytes() => return Ok("already there:"),
        Ok(_) if !force => return Err(io::Error::other("another text is there; --force overwrites it")),
        Ok(_) => "overwritten:",
        Err(e) if e.kind() == io::ErrorKind::NotFound => "written:",
        Err(e) => return Err(e),
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    output::write(file, &mut |out| out.write_all(SKILL.as_bytes()))?;
    Ok(what)
}
