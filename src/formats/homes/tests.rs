use super::*;

/// A made environment: variables, and JSON files by their path.
struct Made<'a> {
    system: System,
    variables: &'a [(&'a str, &'a str)],
    files: &'a [(&'a str, &'a str)],
}

fn spots_of(made: &Made<'_>) -> Vec<Spot> {
    let variable = |name: &str| made.variables.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v));
    let document = |path: &Path| {
        let path = slashed(path);
        let text = made.files.iter().find(|(p, _)| *p == path)?.1;
        serde_json::from_str(text).ok()
    };
    spots(made.system, &variable, &document)
}

fn slashed(path: &Path) -> String {
    path.to_str().unwrap().replace('\\', "/")
}

fn known_spots(system: System, variables: &[(&str, &str)]) -> Vec<(String, Option<&'static str>)> {
    spots_of(&Made { system, variables, files: &[] }).iter().map(|s| (slashed(&s.path), s.by)).collect()
}

const LINUX: &[(&str, &str)] = &[("HOME", "/home/u")];
const MAC: &[(&str, &str)] = &[("HOME", "/Users/u")];
const WINDOWS: &[(&str, &str)] = &[
    ("USERPROFILE", "C:/Users/u"),
    ("APPDATA", "C:/Users/u/AppData/Roaming"),
    ("LOCALAPPDATA", "C:/Users/u/AppData/Local"),
];

/// The places that research/log-formats.md gives, system by system.
#[test]
fn every_program_has_its_place_on_every_system() {
    let (linux, mac, windows) =
        (known_spots(System::Linux, LINUX), known_spots(System::MacOs, MAC), known_spots(System::Windows, WINDOWS));
    let below_the_user = [
        ".kimi/logs",
        ".kimi/sessions",
        ".kimi-code/logs",
        ".kimi-code/sessions",
        ".claude/projects",
        ".claude/__store.db",
        ".config/claude/projects",
        ".codex/sessions",
        ".codex/archived_sessions",
        ".codex/log",
        ".codex/logs_1.sqlite",
        ".codex/logs_2.sqlite",
        ".codex/thread_history_1.sqlite",
        ".gemini/tmp",
        ".qwen/projects",
        ".copilot/session-state",
        ".openclaw/agents",
        ".pi/agent/sessions",
        ".local/share/opencode/log",
        ".local/share/opencode/opencode.db",
        ".local/share/opencode/storage/message",
        ".cline/data/tasks",
        ".continue/sessions",
        ".local/share/amp/threads",
    ];
    for (spots, user) in [(&linux, "/home/u"), (&mac, "/Users/u"), (&windows, "C:/Users/u")] {
        for below in below_the_user {
            assert!(spots.contains(&(format!("{user}/{below}"), None)), "{user}: {below}: {spots:?}");
        }
    }
    let editors = [
        (&linux, "/home/u/.config/Code"),
        (&mac, "/Users/u/Library/Application Support/Code"),
        (&windows, "C:/Users/u/AppData/Roaming/Code"),
        (&linux, "/home/u/.config/Cursor"),
        (&windows, "C:/Users/u/AppData/Roaming/VSCodium"),
    ];
    for (spots, editor) in editors {
        for extension in ["saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline"] {
            let tasks = format!("{editor}/User/globalStorage/{extension}/tasks");
            assert!(spots.contains(&(tasks.clone(), None)), "{tasks}");
        }
    }
    assert!(windows.contains(&("C:/Users/u/AppData/Roaming/Block/goose/data/sessions".to_owned(), None)));
    assert!(linux.contains(&("/home/u/.local/share/goose/sessions".to_owned(), None)));
    assert_eq!([linux.len(), mac.len()], [windows.len(); 2], "every program is on all three");
}

/// Each variable, with a value, moves its program's folder there on every system, and leaves no other place of the program's.
#[test]
fn every_variable_moves_its_program() {
    let moves = [
        ("CLAUDE_CONFIG_DIR", "/x/projects", ".claude/"),
        ("CODEX_HOME", "/x/sessions", ".codex/"),
        ("KIMI_SHARE_DIR", "/x/sessions", ".kimi/"),
        ("KIMI_CODE_HOME", "/x/logs", ".kimi-code/"),
        ("GEMINI_CLI_HOME", "/x/.gemini/tmp", "/home/u/.gemini/"),
        ("QWEN_RUNTIME_DIR", "/x/projects", ".qwen/"),
        ("QWEN_HOME", "/x/projects", ".qwen/"),
        ("COPILOT_HOME", "/x/session-state", ".copilot/"),
        ("OPENCLAW_STATE_DIR", "/x/agents", ".openclaw/"),
        ("OPENCLAW_HOME", "/x/.openclaw/agents", "/home/u/.openclaw/"),
        ("PI_CODING_AGENT_DIR", "/x/sessions", ".pi/"),
        ("XDG_DATA_HOME", "/x/opencode/log", ".local/share/opencode"),
        ("XDG_DATA_HOME", "/x/goose/sessions", ".local/share/goose"),
        ("XDG_STATE_HOME", "/x/.copilot/session-state", "/home/u/.copilot/"),
        ("XDG_STATE_HOME", "/x/why429/ledger.jsonl", ".local/state"),
        ("XDG_CONFIG_HOME", "/x/claude/projects", ".config/claude"),
        ("CLINE_DIR", "/x/data/tasks", ".cline/"),
        ("CLINE_DATA_DIR", "/x/tasks", ".cline/"),
        ("CONTINUE_GLOBAL_DIR", "/x/sessions", ".continue/"),
        ("GOOSE_PATH_ROOT", "/x/data/sessions", "goose/sessions/"),
    ];
    for system in [System::Linux, System::MacOs, System::Windows] {
        for (name, to, from) in moves {
            let spots = known_spots(
                system,
                &[(user(system), "/home/u"), (name, "/x"), ("APPDATA", "/a"), ("LOCALAPPDATA", "/l")],
            );
            assert!(spots.contains(&(to.to_owned(), Some(name))), "{system:?} {name}: {spots:?}");
            assert!(!spots.iter().any(|(p, _)| p.contains(from)), "{system:?} {name}: {from} is looked at");
        }
    }
    let files =
        [("GEMINI_TELEMETRY_OUTFILE", "/t.log"), ("QWEN_TELEMETRY_OUTFILE", "/q.log"), ("OPENCODE_DB", "/o.db")];
    for (name, file) in files {
        let spots = known_spots(System::Linux, &[("HOME", "/home/u"), (name, file)]);
        assert!(spots.contains(&(file.to_owned(), Some(name))), "{name}: {spots:?}");
    }
}

#[test]
fn the_stronger_variable_counts_and_others_stay() {
    let known = [("HOME", "/h"), ("CODEX_HOME", "/x"), ("CODEX_SQLITE_HOME", "/db"), ("CLAUDE_CONFIG_DIR", "/y")];
    let spots = known_spots(System::Linux, &known);
    assert!(spots.contains(&("/x/sessions".to_owned(), Some("CODEX_HOME"))));
    assert!(spots.contains(&("/db/logs_2.sqlite".to_owned(), Some("CODEX_SQLITE_HOME"))));
    assert_eq!(spots.iter().filter(|(p, _)| p == "/y/projects").count(), 1, "two rows of one folder are one place");
    assert!(spots.contains(&("/h/.kimi/sessions".to_owned(), None)));
    assert!(!spots.iter().any(|(p, _)| p.starts_with("/h/.codex") || p.starts_with("/h/.claude")));
}

#[test]
fn files_of_a_program_name_more_places() {
    let projects = r#"{"projects":[{"path":"/w","data_dir":"/w/.crush"},{"data_dir":"rel"},{"data_dir":7}]}"#;
    let files = [
        ("/h/.local/share/crush/projects.json", projects),
        ("/h/.gemini/settings.json", r#"{"telemetry":{"outfile":"~/t/gemini.log"}}"#),
        ("/h/.qwen/settings.json", r#"{"telemetry":{"outfile":".qwen/telemetry.log"}}"#),
    ];
    let spots = spots_of(&Made { system: System::Linux, variables: &[("HOME", "/h")], files: &files });
    let by_file: Vec<(&str, String)> = spots
        .iter()
        .filter(|s| s.by.is_some_and(|b| b.ends_with(".json")))
        .map(|s| (s.program, slashed(&s.path)))
        .collect();
    // A relative path is relative to a project that is not known here.
    assert_eq!(by_file, [("Crush", "/w/.crush/crush.db".to_owned()), ("Gemini CLI", "/h/t/gemini.log".to_owned())]);
    let windows = Made {
        system: System::Windows,
        variables: &[("LOCALAPPDATA", "C:/L")],
        files: &[("C:/L/crush/projects.json", r#"{"projects":[{"data_dir":"D:/w/.crush"}]}"#)],
    };
    assert!(spots_of(&windows).iter().any(|s| slashed(&s.path) == "D:/w/.crush/crush.db"));
}

#[test]
fn without_a_home_only_what_a_variable_names_is_known() {
    assert_eq!(known_spots(System::Linux, &[("KIMI_SHARE_DIR", "/k")]).len(), 2);
    assert!(known_spots(System::Windows, &[("HOME", "/h")]).is_empty());
}

/// The places that a format lists (`lives`) are the places that --home searches.
#[test]
fn every_place_and_variable_that_a_format_names_is_looked_at() {
    let linux: Vec<String> = known_spots(System::Linux, &[("HOME", "~")]).into_iter().map(|(p, _)| p).collect();
    let variables: Vec<&str> = HOMES.iter().flat_map(|h| h.variables).map(|v| v.name).collect();
    for info in crate::formats::infos() {
        for line in info.lives {
            for name in line.split_once(" moves ").iter().flat_map(|(names, _)| names.split(" or ")) {
                let is_variable = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                assert!(!is_variable || variables.contains(&name), "{}: {name}", info.id);
            }
            for place in line.split([' ', ',', ';']).filter(|p| p.starts_with("~/") && !p.ends_with("settings.json")) {
                let (fixed, near) = (place.split(['<', '*', '{']).next().unwrap(), "~/.config");
                // Crush's own folder holds the list of its projects alone.
                let is_its = HOMES.iter().any(|h| h.folders[0].contains(&fixed));
                let is_there = is_its || linux.iter().any(|p| p.starts_with(fixed) || fixed.starts_with(p.as_str()));
                assert!(is_there || fixed.starts_with(near) || fixed.starts_with("~/Library"), "{}: {place}", info.id);
            }
        }
    }
}
