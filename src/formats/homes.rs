//! Where programs keep their logs in a user's home, on three systems, and the variables that move them.
//!
//! In: the system, and what the caller knows of the environment. Out: paths to look at, whether or not they are there.
//! This module looks at no disk and no environment. Sources: research/log-formats.md, and each format's `lives`.

use std::path::PathBuf;

/// A system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and other systems with XDG folders.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// Where one program keeps its logs. Paths begin with `~` (the user's folder) or with a variable in `%`; `/` parts them.
#[derive(Debug)]
pub struct Home {
    /// The program.
    pub program: &'static str,
    /// The variable that moves its folder.
    pub variable: Option<&'static str>,
    /// The folder without that variable: Linux, macOS, Windows.
    pub folder: [&'static str; 3],
    /// What is read below it.
    pub below: &'static [&'static str],
}

/// The same folder below the user's own on all systems.
macro_rules! everywhere {
    ($folder:literal) => {
        [concat!("~/", $folder); 3]
    };
}

/// Below the folder that editors of VS Code's family keep for an extension.
const GLOBAL_STORAGE: [&str; 3] = [
    "~/.config/Code/User/globalStorage",
    "~/Library/Application Support/Code/User/globalStorage",
    "%APPDATA%/Code/User/globalStorage",
];

/// Every program, by name.
pub static HOMES: &[Home] = &[
    Home {
        program: "Claude Code",
        variable: Some("CLAUDE_CONFIG_DIR"),
        folder: everywhere!(".claude"),
        below: &["projects", "__store.db"],
    },
    Home { program: "Cline", variable: None, folder: GLOBAL_STORAGE, below: &["saoudrizwan.claude-dev/tasks"] },
    Home { program: "Cline CLI", variable: None, folder: everywhere!(".cline"), below: &["data/tasks"] },
    Home {
        program: "Codex",
        variable: Some("CODEX_HOME"),
        folder: everywhere!(".codex"),
        below: &["sessions", "archived_sessions", "log", "logs_1.sqlite", "logs_2.sqlite", "thread_history_1.sqlite"],
    },
    Home { program: "Copilot CLI", variable: None, folder: everywhere!(".copilot"), below: &["session-state", "logs"] },
    Home { program: "Factory droid", variable: None, folder: everywhere!(".factory"), below: &["logs"] },
    Home { program: "Gemini CLI", variable: None, folder: everywhere!(".gemini"), below: &["tmp"] },
    Home {
        program: "Goose (sessions)",
        variable: Some("XDG_DATA_HOME"),
        folder: ["~/.local/share", "~/.local/share", "%APPDATA%/Block"],
        below: &["goose/sessions"],
    },
    Home {
        program: "Goose (logs)",
        variable: Some("XDG_STATE_HOME"),
        folder: ["~/.local/state", "~/.local/state", "%APPDATA%/Block"],
        below: &["goose/logs"],
    },
    Home {
        program: "Kimi CLI",
        variable: Some("KIMI_SHARE_DIR"),
        folder: everywhere!(".kimi"),
        below: &["logs", "sessions"],
    },
    Home {
        program: "Kimi Code",
        variable: Some("KIMI_CODE_HOME"),
        folder: everywhere!(".kimi-code"),
        below: &["logs", "sessions"],
    },
    Home { program: "OpenClaw", variable: None, folder: everywhere!(".openclaw"), below: &["agents"] },
    Home {
        program: "opencode",
        variable: Some("XDG_DATA_HOME"),
        folder: everywhere!(".local/share"),
        below: &["opencode/log", "opencode/opencode.db", "opencode/storage"],
    },
    Home { program: "pi", variable: None, folder: everywhere!(".pi"), below: &["agent/sessions"] },
    Home { program: "Qwen Code", variable: None, folder: everywhere!(".qwen"), below: &["projects", "tmp"] },
    Home { program: "Roo Code", variable: None, folder: GLOBAL_STORAGE, below: &["rooveterinaryinc.roo-cline/tasks"] },
];

/// A path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The program.
    pub program: &'static str,
    /// Where.
    pub path: PathBuf,
    /// The variable that said so, if one did.
    pub by: Option<&'static str>,
}

/// Every path to look at. `variable` answers a variable of the environment, if it is set and not empty; of programs whose
/// folder cannot be told without one that is missing there is no path.
pub fn spots(system: System, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Vec<Spot> {
    let mut spots = Vec::new();
    for home in HOMES {
        let moved = home.variable.and_then(|name| Some((variable(name)?, Some(name))));
        let place = || Some((resolved(home.folder[system as usize], system, variable)?, None));
        let Some((folder, by)) = moved.or_else(place) else { continue };
        for below in home.below {
            let path = below.split('/').fold(folder.clone(), |path, part| path.join(part));
            spots.push(Spot { program: home.program, path, by });
        }
    }
    spots
}

fn resolved(pattern: &str, system: System, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let mut parts = pattern.split('/');
    let first = parts.next()?;
    let user = if system == System::Windows { "USERPROFILE" } else { "HOME" };
    let root = match first.trim_matches('%') {
        "~" => variable(user)?,
        name => variable(name)?,
    };
    Some(parts.fold(root, |path, part| path.join(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(system: System, known: &[(&str, &str)]) -> Vec<(String, Option<&'static str>)> {
        let known: Vec<(String, PathBuf)> = known.iter().map(|(n, v)| ((*n).to_owned(), PathBuf::from(v))).collect();
        let variable = |name: &str| known.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        spots(system, &variable).into_iter().map(|s| (s.path.to_str().unwrap().replace('\\', "/"), s.by)).collect()
    }

    #[test]
    fn every_program_has_its_place_on_every_system() {
        let linux = told(System::Linux, &[("HOME", "/home/u")]);
        assert!(linux.contains(&("/home/u/.kimi/logs".to_owned(), None)), "{linux:?}");
        assert!(linux.contains(&("/home/u/.local/share/opencode/opencode.db".to_owned(), None)));
        let mac = told(System::MacOs, &[("HOME", "/Users/u")]);
        let cline = "/Users/u/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/tasks";
        assert!(mac.contains(&(cline.to_owned(), None)));
        let windows =
            told(System::Windows, &[("USERPROFILE", "C:/Users/u"), ("APPDATA", "C:/Users/u/AppData/Roaming")]);
        assert!(windows.contains(&("C:/Users/u/.codex/sessions".to_owned(), None)));
        assert!(windows.contains(&("C:/Users/u/AppData/Roaming/Block/goose/logs".to_owned(), None)));
        assert_eq!([linux.len(), mac.len()], [windows.len(); 2], "every program is on all three");
    }

    #[test]
    fn a_variable_moves_its_program_alone() {
        let spots = told(System::Linux, &[("HOME", "/h"), ("CODEX_HOME", "/x"), ("CLAUDE_CONFIG_DIR", "/y")]);
        assert!(spots.contains(&("/x/sessions".to_owned(), Some("CODEX_HOME"))));
        assert!(spots.contains(&("/y/projects".to_owned(), Some("CLAUDE_CONFIG_DIR"))));
        assert!(spots.contains(&("/h/.kimi/sessions".to_owned(), None)));
        assert!(!spots.iter().any(|(p, _)| p.starts_with("/h/.codex") || p.starts_with("/h/.claude")));
    }

    #[test]
    fn without_a_home_only_what_a_variable_names_is_known() {
        assert_eq!(told(System::Linux, &[("KIMI_SHARE_DIR", "/k")]).len(), 2);
        assert!(told(System::Windows, &[("HOME", "/h")]).is_empty());
    }

    #[test]
    fn every_variable_that_a_format_names_is_honoured() {
        for info in crate::formats::REGISTRY.iter().map(|f| f.info()) {
            for moves in info.lives.iter().filter_map(|l| l.split_once(" moves ")) {
                let name = moves.0;
                assert!(HOMES.iter().any(|h| h.variable == Some(name)), "{}: {name}", info.id);
            }
        }
    }
}
