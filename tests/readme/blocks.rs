//! Every fenced block of the documents against the program. Commands run in a sandbox that looks like a newcomer's
//! clone, in the order of the page; what cannot run there says why in a comment before its block:
//!
//! - `<!-- not run: REASON -->`
//! - `<!-- run where there is: PROGRAM -->`, for a program that a machine need not have
//! - `<!-- run by: SCRIPT -->`, for what needs more than that; the script reads the page itself

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{documents, root};

/// Languages whose blocks are commands of a shell that the tests have.
const COMMANDS: [&str; 1] = ["sh"];
/// Languages of other commands; none of them is at hand everywhere.
const OTHER_COMMANDS: [&str; 4] = ["powershell", "crontab", "python", "sql"];
/// Languages of what is read and not run.
const SHOWN: [&str; 5] = ["text", "json", "toml", "yaml", "xml"];

/// How a program answers to `cargo` in the documents: `cargo run` is the program, and nothing is built.
const CARGO: &str = "#!/bin/sh\nwhile [ \"$1\" != -- ]; do [ \"$1\" = run ] || [ \"$1\" = -q ] || exit 99; shift; done\nshift\nexec why429 \"$@\"\n";

/// A fenced block.
pub struct Block {
    pub language: String,
    pub text: String,
    /// The comment on the line before it.
    pub marker: Option<String>,
    /// Line of its fence, from 1.
    pub line: usize,
}

impl Block {
    fn marked(&self, with: &str) -> Option<&str> {
        self.marker.as_deref().and_then(|m| m.strip_prefix(with)).filter(|rest| !rest.trim().is_empty())
    }
}

/// The fenced blocks of a document, also those inside lists.
pub fn blocks(document: &str) -> Vec<Block> {
    let lines: Vec<&str> = document.lines().collect();
    let (mut found, mut i) = (Vec::new(), 0);
    while i < lines.len() {
        let indent = lines[i].len() - lines[i].trim_start().len();
        let Some(language) = lines[i].trim_start().strip_prefix("```") else {
            i += 1;
            continue;
        };
        let length = lines[i + 1..].iter().position(|l| l.trim() == "```").expect("a block ends");
        let text: Vec<&str> = lines[i + 1..][..length].iter().map(|l| l.get(indent..).unwrap_or("")).collect();
        let before = i.checked_sub(1).map_or("", |b| lines[b].trim());
        let marker = before.strip_prefix("<!-- ").and_then(|m| m.strip_suffix(" -->"));
        found.push(Block {
            language: language.trim().to_owned(),
            text: text.join("\n") + "\n",
            marker: marker.map(str::to_owned),
            line: i + 1,
        });
        i += length + 2;
    }
    found
}

fn all() -> Vec<(PathBuf, Vec<Block>)> {
    documents().into_iter().map(|p| (p.clone(), blocks(&std::fs::read_to_string(&p).unwrap()))).collect()
}

#[test]
fn every_block_is_run_shown_or_says_why_not() {
    let mut run = 0;
    for (path, blocks) in all() {
        for b in blocks {
            let at = format!("{}:{}", path.display(), b.line);
            let is_excused = b.marked("not run: ").is_some();
            if let Some(script) = b.marked("run by: ") {
                let text =
                    std::fs::read_to_string(root().join(script)).unwrap_or_else(|e| panic!("{at}: {script}: {e}"));
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                assert!(text.contains(name), "{at}: {script} does not read {name}");
            } else if COMMANDS.contains(&b.language.as_str()) {
                run += usize::from(!is_excused);
            } else if OTHER_COMMANDS.contains(&b.language.as_str()) {
                assert!(is_excused, "{at}: commands in {} that no test runs, and no marker says so", b.language);
            } else {
                assert!(
                    SHOWN.contains(&b.language.as_str()),
                    "{at}: a block in '{}' is neither run nor shown",
                    b.language
                );
                let first = b.text.split_whitespace().next().unwrap_or("");
                let is_command = ["why429", "cargo", "curl", "jq", "git", "pip", "$"].contains(&first);
                assert!(!is_command || is_excused, "{at}: commands in a block of {}", b.language);
            }
        }
    }
    assert!(run >= 8, "only {run} blocks are run: the documents are written another way");
}

/// A clone and a home with agents' folders in it, both temporary.
pub struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        let at = |name: &str| sandbox.0.path().join(name);
        for folder in ["bin", "clone/target", "home"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for entry in std::fs::read_dir(root()).unwrap().map(|e| e.unwrap()) {
            if !["target", ".git"].contains(&entry.file_name().to_str().unwrap()) {
                symlink(entry.path(), at("clone").join(entry.file_name())).unwrap();
            }
        }
        symlink(env!("CARGO_BIN_EXE_why429"), at("bin/why429")).unwrap();
        std::fs::write(at("bin/cargo"), CARGO).unwrap();
        std::fs::set_permissions(at("bin/cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
        // What the documents take for given: agents that ran, and a snapshot that somebody saved.
        for (from, to) in [
            ("cap3-kimi-cli/kimi-cli", "home/.kimi"),
            ("thread-hour-snapshot/kimi-code", "home/.kimi-code"),
            ("thread-hour-snapshot/usage", "home/usage"),
        ] {
            copy(&root().join("fixtures").join(from), &at(to));
        }
        std::fs::copy(at("home/usage/usages-during.txt"), at("clone/usage.json")).unwrap();
        sandbox
    }

    pub fn run(&self, script: &str) -> std::process::Output {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.0.path().join("bin").display());
        let mut command = Command::new("bash");
        command.args(["--norc", "-euo", "pipefail", "-c", script]).current_dir(self.0.path().join("clone"));
        command.env_clear().env("PATH", path).env("HOME", self.0.path().join("home")).env("COLUMNS", "80");
        command.env("TMPDIR", self.0.path()).stdin(Stdio::null()).output().unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(|e| e.unwrap()) {
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(to).unwrap();
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// A line that says `# exit code N` must end with that code; every other one with 0.
pub fn script(block: &str) -> String {
    let line = |line: &str| match line.split_once("# exit code ") {
        Some((command, told)) => {
            let code: String = told.chars().take_while(char::is_ascii_digit).collect();
            format!("code=0; {{ {command}; }} || code=$?; test $code = {code}\n")
        }
        None => format!("{line}\n"),
    };
    block.lines().map(line).collect()
}

#[test]
fn commands_of_the_documents_run() {
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    for (path, blocks) in all() {
        // What one block writes, a later one of the same page may read.
        let sandbox = Sandbox::new();
        for b in blocks.iter().filter(|b| COMMANDS.contains(&b.language.as_str())) {
            let is_elsewhere = b.marked("not run: ").or(b.marked("run by: ")).is_some();
            let lacks = b
                .marked("run where there is: ")
                .is_some_and(|p| !sandbox.run(&format!("command -v {p}")).status.success());
            if is_elsewhere || lacks {
                continue;
            }
            let ended = sandbox.run(&script(&b.text));
            let said = [ended.stdout, ended.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
            assert!(
                ended.status.success(),
                "{}:{}: {}\n{}\n{}",
                path.display(),
                b.line,
                ended.status,
                said[1],
                said[0]
            );
        }
    }
}

#[test]
fn a_command_that_ends_otherwise_than_told_is_seen() {
    let sandbox = Sandbox::new();
    let ends = |block: &str| sandbox.run(&script(block)).status.success();
    assert!(ends("why429 check fixtures/cap1-slow"));
    assert!(ends("why429 no-such-file    # exit code 1: it is missing\nwhy429 --version"));
    for wrong in ["why429 no-such-file\ntrue", "why429 --version  # exit code 4", "cargo test", "false | true"] {
        assert!(!ends(wrong), "{wrong}");
    }
}

#[test]
fn data_in_the_documents_can_be_read() {
    for (path, blocks) in all() {
        for b in blocks {
            let at = format!("{}:{}", path.display(), b.line);
            match b.language.as_str() {
                "json" => {
                    let values = serde_json::Deserializer::from_str(&b.text).into_iter::<serde_json::Value>();
                    let read: Result<Vec<_>, _> = values.collect();
                    assert!(read.as_ref().is_ok_and(|all| !all.is_empty()), "{at}: {read:?}");
                }
                "toml" => drop(b.text.parse::<toml::Table>().unwrap_or_else(|e| panic!("{at}: {e}"))),
                _ => {}
            }
        }
    }
}

#[test]
fn the_example_of_a_configuration_is_taken_and_has_every_key() {
    let text = std::fs::read_to_string(root().join("docs/config.md")).unwrap();
    let example = blocks(&text).into_iter().find(|b| b.language == "toml").unwrap().text;
    let sandbox = Sandbox::new();
    let run = |config: &str| {
        std::fs::write(sandbox.0.path().join("clone/why429.toml"), config).unwrap();
        let ended = sandbox.run("why429 fixtures/cap1-slow");
        (ended.status.code().unwrap(), [ended.stdout, ended.stderr].map(|s| String::from_utf8(s).unwrap()))
    };
    let (code, [stdout, stderr]) = run(&example);
    assert!(code == 0 && stderr.contains("configuration: why429.toml"), "{stderr}");
    assert!(stdout.starts_with("### ") && stdout.contains("Europe/Vienna"), "in Markdown, in that zone: {stdout}");
    // The program itself says which keys there are.
    let (code, [_, stderr]) = run("kettle = 1");
    let keys = stderr.split_once("there are ").unwrap_or_else(|| panic!("{stderr}")).1;
    let keys: BTreeMap<&str, bool> =
        keys.split([',', '\n']).map(str::trim).take(11).map(|k| (k, example.contains(&format!("{k} =")))).collect();
    assert!(code == 2 && keys.len() == 11 && keys.values().all(|told| *told), "{keys:?}");
}
