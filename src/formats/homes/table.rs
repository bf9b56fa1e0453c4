//! The table of programs and their folders. To add one, add a row; `why429 formats` and `--home` take it from here.

use super::{Home, Named, Variable};

/// The same folders on all systems.
macro_rules! everywhere {
    ($($folder:literal),+) => {
        [&[$(concat!("~/", $folder)),+]; 3]
    };
}

/// Variables that name the folder itself.
macro_rules! moved_by {
    ($($name:literal $(/ $below:literal)?),+) => {
        &[$(Variable { name: $name, below: concat!("" $(, $below)?) }),+]
    };
}

/// An extension's folder of tasks in the editors of VS Code's family, on this machine and where they are its remote end.
macro_rules! editors {
    ($tasks:literal) => {
        [
            &[
                concat!("~/.config/Code/User/globalStorage/", $tasks),
                concat!("~/.config/Code - Insiders/User/globalStorage/", $tasks),
                concat!("~/.config/VSCodium/User/globalStorage/", $tasks),
                concat!("~/.config/Cursor/User/globalStorage/", $tasks),
                concat!("~/.config/Windsurf/User/globalStorage/", $tasks),
                concat!("~/.vscode-server/data/User/globalStorage/", $tasks),
            ],
            &[
                concat!("~/Library/Application Support/Code/User/globalStorage/", $tasks),
                concat!("~/Library/Application Support/Code - Insiders/User/globalStorage/", $tasks),
                concat!("~/Library/Application Support/VSCodium/User/globalStorage/", $tasks),
                concat!("~/Library/Application Support/Cursor/User/globalStorage/", $tasks),
                concat!("~/Library/Application Support/Windsurf/User/globalStorage/", $tasks),
                concat!("~/.vscode-server/data/User/globalStorage/", $tasks),
            ],
            &[
                concat!("%APPDATA%/Code/User/globalStorage/", $tasks),
                concat!("%APPDATA%/Code - Insiders/User/globalStorage/", $tasks),
                concat!("%APPDATA%/VSCodium/User/globalStorage/", $tasks),
                concat!("%APPDATA%/Cursor/User/globalStorage/", $tasks),
                concat!("%APPDATA%/Windsurf/User/globalStorage/", $tasks),
                concat!("~/.vscode-server/data/User/globalStorage/", $tasks),
            ],
        ]
    };
}

/// The folders of the log of VS Code's chat, on this machine and where it is the remote end.
const CHAT_LOGS: [&[&str]; 3] = [
    &["~/.config/Code/logs", "~/.config/Code - Insiders/logs", "~/.vscode-server/data/logs"],
    &[
        "~/Library/Application Support/Code/logs",
        "~/Library/Application Support/Code - Insiders/logs",
        "~/.vscode-server/data/logs",
    ],
    &["%APPDATA%/Code/logs", "%APPDATA%/Code - Insiders/logs", "~/.vscode-server/data/logs"],
];

/// What the ledger of `why429 hook` is called here.
pub const HOOK: &str = "why429 hook";

/// Every program, by name. A program whose folders are moved by different variables has a row for each.
pub static HOMES: &[Home] = &[
    // Not read (formats/unread.rs); the report says so.
    Home {
        program: "Amp",
        variables: moved_by!("XDG_DATA_HOME" / "amp"),
        folders: everywhere!(".local/share/amp"),
        below: &["threads"],
        named: None,
    },
    Home {
        program: "Claude Code",
        variables: moved_by!("CLAUDE_CONFIG_DIR"),
        folders: everywhere!(".claude"),
        below: &["projects", "debug", "__store.db"],
        named: None,
    },
    // Its folder in some versions of 2025.
    Home {
        program: "Claude Code",
        variables: moved_by!("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME" / "claude"),
        folders: everywhere!(".config/claude"),
        below: &["projects"],
        named: None,
    },
    Home {
        program: "Cline",
        variables: &[],
        folders: editors!("saoudrizwan.claude-dev/tasks"),
        below: &[""],
        named: None,
    },
    Home {
        program: "Cline CLI",
        variables: moved_by!("CLINE_DATA_DIR", "CLINE_DIR" / "data"),
        folders: everywhere!(".cline/data"),
        below: &["tasks", "sessions"],
        named: None,
    },
    Home {
        program: "Codex",
        variables: moved_by!("CODEX_HOME"),
        folders: everywhere!(".codex"),
        below: &["sessions", "archived_sessions", "log"],
        named: None,
    },
    Home {
        program: "Codex (databases)",
        variables: moved_by!("CODEX_SQLITE_HOME", "CODEX_HOME"),
        folders: everywhere!(".codex"),
        below: &[
            "logs_1.sqlite",
            "logs_2.sqlite",
            "thread_history_1.sqlite",
            "sqlite/logs_2.sqlite",
            "sqlite/thread_history_1.sqlite",
        ],
        named: None,
    },
    Home {
        program: "Continue",
        variables: moved_by!("CONTINUE_GLOBAL_DIR"),
        folders: everywhere!(".continue"),
        below: &["sessions"],
        named: None,
    },
    Home {
        program: "Copilot Chat",
        variables: &[],
        folders: CHAT_LOGS,
        below: &["*/window*/exthost/GitHub.copilot-chat", "*/exthost*/GitHub.copilot-chat"],
        named: None,
    },
    Home {
        program: "Copilot CLI",
        variables: moved_by!("COPILOT_HOME", "XDG_STATE_HOME" / ".copilot"),
        folders: everywhere!(".copilot"),
        below: &["session-state", "logs"],
        named: None,
    },
    // Its databases lie in the projects; this file names them.
    Home {
        program: "Crush",
        variables: moved_by!("CRUSH_GLOBAL_DATA", "XDG_DATA_HOME" / "crush"),
        folders: [&["~/.local/share/crush"], &["~/.local/share/crush"], &["%LOCALAPPDATA%/crush"]],
        below: &[],
        named: Some(Named { file: "projects.json", keys: &["projects", "*", "data_dir"], below: "crush.db" }),
    },
    Home {
        program: "Gemini CLI",
        variables: moved_by!("GEMINI_CLI_HOME" / ".gemini"),
        folders: everywhere!(".gemini"),
        below: &["tmp"],
        named: Some(Named { file: "settings.json", keys: &["telemetry", "outfile"], below: "" }),
    },
    Home {
        program: "Gemini CLI (telemetry)",
        variables: moved_by!("GEMINI_TELEMETRY_OUTFILE"),
        folders: [&[], &[], &[]],
        below: &[""],
        named: None,
    },
    Home {
        program: "Goose",
        variables: moved_by!("GOOSE_PATH_ROOT" / "data", "XDG_DATA_HOME" / "goose"),
        folders: [&["~/.local/share/goose"], &["~/.local/share/goose"], &["%APPDATA%/Block/goose/data"]],
        below: &["sessions"],
        named: None,
    },
    // Until it had a database of its own; its tasks are Roo Code's.
    Home {
        program: "Kilo Code",
        variables: &[],
        folders: editors!("kilocode.kilo-code/tasks"),
        below: &[""],
        named: None,
    },
    Home {
        program: "Kimi CLI",
        variables: moved_by!("KIMI_SHARE_DIR"),
        folders: everywhere!(".kimi"),
        below: &["logs", "sessions"],
        named: None,
    },
    Home {
        program: "Kimi Code",
        variables: moved_by!("KIMI_CODE_HOME"),
        folders: everywhere!(".kimi-code"),
        below: &["logs", "sessions"],
        named: None,
    },
    Home {
        program: "OpenClaw",
        variables: moved_by!("OPENCLAW_STATE_DIR", "OPENCLAW_HOME" / ".openclaw"),
        folders: everywhere!(".openclaw"),
        below: &["agents"],
        named: None,
    },
    Home {
        program: "opencode",
        variables: moved_by!("XDG_DATA_HOME" / "opencode"),
        folders: everywhere!(".local/share/opencode"),
        // Other channels than the usual one have a database of their own.
        below: &["log", "opencode.db", "opencode-*.db", "storage/message"],
        named: None,
    },
    Home {
        program: "opencode (database)",
        variables: moved_by!("OPENCODE_DB"),
        folders: [&[], &[], &[]],
        below: &[""],
        named: None,
    },
    Home {
        program: "pi",
        variables: moved_by!("PI_CODING_AGENT_DIR"),
        folders: everywhere!(".pi/agent"),
        below: &["sessions"],
        named: None,
    },
    Home {
        program: "Qwen Code",
        variables: moved_by!("QWEN_RUNTIME_DIR", "QWEN_HOME"),
        folders: everywhere!(".qwen"),
        below: &["projects"],
        named: None,
    },
    // What --home reads of its settings lies where the variable for settings says.
    Home {
        program: "Qwen Code",
        variables: moved_by!("QWEN_HOME"),
        folders: everywhere!(".qwen"),
        below: &[],
        named: Some(Named { file: "settings.json", keys: &["telemetry", "outfile"], below: "" }),
    },
    Home {
        program: "Qwen Code (telemetry)",
        variables: moved_by!("QWEN_TELEMETRY_OUTFILE"),
        folders: [&[], &[], &[]],
        below: &[""],
        named: None,
    },
    Home {
        program: "Roo Code",
        variables: &[],
        folders: editors!("rooveterinaryinc.roo-cline/tasks"),
        below: &[""],
        named: None,
    },
    Home {
        program: HOOK,
        variables: moved_by!("XDG_STATE_HOME" / "why429"),
        folders: [&["~/.local/state/why429"], &["~/.local/state/why429"], &["%LOCALAPPDATA%/why429"]],
        below: &["ledger.jsonl"],
        named: None,
    },
];
