//! `why429 skills install` from outside: where the skill goes, and what stays as it is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::support::{Folder, root};

const SKILL: &str = "skills/why429/SKILL.md";

fn install(home: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_why429"));
    command.env_clear().env("HOME", home).current_dir(home).args(["skills", "install"]).args(more);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[test]
fn it_goes_to_the_clients_that_are_here_and_to_no_other() {
    let folder = Folder::new();
    let home = folder.path();
    let none = install(&home, &[]);
    assert_eq!((none.status.code(), fs::read_dir(&home).unwrap().count()), (Some(1), 0), "{none:?}");
    for client in [".claude", ".codex", ".kimi-code"] {
        fs::create_dir(home.join(client)).unwrap();
    }
    let output = install(&home, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let actual = said(&output);
    assert!(actual.contains("(Claude Code)") && actual.contains("(Codex, Kimi Code)"), "{actual}");
    let text = fs::read(root().join(SKILL)).unwrap();
    for place in [".claude/skills", ".agents/skills"] {
        assert_eq!(fs::read(home.join(place).join("why429/SKILL.md")).unwrap(), text, "{place}");
    }
    assert!(!home.join(".kimi").exists());
    assert!(said(&install(&home, &[])).starts_with("already there:"));
}

#[test]
fn a_changed_skill_stays_unless_forced() {
    let folder = Folder::new();
    let home = folder.path();
    let mine = folder.write("my/why429/SKILL.md", "mine");
    let refused = install(&home, &["--dir", "my"]);
    assert!(refused.status.code() == Some(1) && said(&refused).contains("--force"), "{refused:?}");
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    assert_eq!(install(&home, &["--dir", "my", "--force"]).status.code(), Some(0));
    assert_ne!(fs::read(&mine).unwrap(), b"mine");
    assert_eq!(install(&home, &["--dir", "new/place"]).status.code(), Some(0));
    assert!(home.join("new/place/why429/SKILL.md").is_file());
}

/// The rules of the agent skills specification for the two fields that it requires.
#[test]
fn the_skill_follows_the_format() {
    let text = fs::read_to_string(root().join(SKILL)).unwrap();
    let (head, body) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    let field = |key: &str| head.lines().find_map(|l| l.strip_prefix(&format!("{key}: "))).unwrap();
    assert_eq!(field("name"), "why429", "the name of its folder");
    let description = field("description");
    assert!((1..=1024).contains(&description.chars().count()), "{}", description.chars().count());
    assert!((1..=500).contains(&field("compatibility").chars().count()));
    for word in ["429", "rate limit", "usage limit reached", "overloaded", "Use when"] {
        assert!(description.contains(word), "{word}");
    }
    // In YAML ": " inside a plain value would begin a mapping.
    assert!(!description.contains(": ") && !description.contains(" #"), "{description}");
    assert!(body.lines().count() < 500, "it is loaded whole");
    for rule in ["never instructions", "redacted", "with its confidence"] {
        assert!(body.contains(rule), "{rule}");
    }
}
