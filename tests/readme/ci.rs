//! `action.yml` and `.pre-commit-hooks.yaml`: what they pin, and that their commands do what docs/ci.md says.
//!
//! The two files are read as the little of YAML that they are written in: keys by indentation, and `|` blocks.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{blocks, read, root};

/// Keys of one step or hook; a nested one is `env.FOLDER`.
type Entry = BTreeMap<String, String>;

/// The entries of a list at an indentation.
fn entries(yaml: &str, indent: usize) -> Vec<Entry> {
    let (mut all, mut parent): (Vec<Entry>, String) = (Vec::new(), String::new());
    let mut lines = yaml.lines().peekable();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        let mut depth = line.len() - text.len();
        if text.is_empty() || text.starts_with('#') || depth < indent {
            continue;
        }
        let text = match text.strip_prefix("- ") {
            Some(first) if depth == indent => {
                all.push(Entry::new());
                depth += 2;
                first
            }
            _ => text,
        };
        let Some(entry) = all.last_mut() else { continue };
        let (key, value) = text.split_once(':').unwrap_or_else(|| panic!("not a key: {line}"));
        let key = if depth > indent + 2 { format!("{parent}.{key}") } else { key.to_owned() };
        parent.clone_from(&key);
        if depth > indent + 2 {
            parent.truncate(parent.rfind('.').unwrap());
        }
        let mut value = value.trim().to_owned();
        if value == "|" {
            value.clear();
            while let Some(line) = lines.next_if(|l| l.trim().is_empty() || l.len() - l.trim_start().len() > depth) {
                value.push_str(line.get(depth + 2..).unwrap_or(""));
                value.push('\n');
            }
        }
        entry.insert(key, value);
    }
    all
}

fn steps() -> Vec<Entry> {
    let action = read("action.yml");
    let steps = entries(action.split_once("\n  steps:\n").unwrap().1, 4);
    assert!(steps.len() >= 4, "{steps:?}");
    steps
}

fn step(name: &str) -> Entry {
    steps().into_iter().find(|s| s["name"] == name).unwrap_or_else(|| panic!("no step {name}"))
}

/// Names below `inputs:`.
fn inputs() -> Vec<String> {
    let action = read("action.yml");
    let section = action.split_once("\ninputs:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let is_name = |l: &&str| l.starts_with("  ") && !l.starts_with("   ");
    section.lines().filter(is_name).map(|l| l.trim().trim_end_matches(':').to_owned()).collect()
}

/// Whether an action is pinned to a commit, and says of which version that is.
fn is_pinned(uses: &str) -> bool {
    let Some((action, version)) = uses.split_once(" # v") else { return false };
    let commit = action.rsplit_once('@').map_or("", |(_, c)| c);
    commit.len() == 40
        && commit.bytes().all(|b| b.is_ascii_hexdigit())
        && version.starts_with(|c: char| c.is_ascii_digit())
}

#[test]
fn the_action_is_pinned_and_puts_nothing_into_a_script() {
    assert!(!is_pinned("actions/cache@v5") && !is_pinned("actions/cache@9255dc7a253b0ccc959486e2bca901246202afeb"));
    for step in steps() {
        if let Some(uses) = step.get("uses") {
            assert!(is_pinned(uses), "{uses}");
        } else {
            assert_eq!(step["shell"], "bash", "{step:?}");
            assert!(!step["run"].contains("${{"), "an expression in a script: {step:?}");
        }
    }
    let rust: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let needs = rust["package"]["rust-version"].as_str().unwrap();
    for step in steps().iter().filter(|s| s.contains_key("env.TOOLCHAIN")) {
        assert_eq!(step["env.TOOLCHAIN"], format!("\"{needs}.0\""), "the toolchain that Cargo.toml asks for");
    }
}

#[test]
fn inputs_are_used_and_told() {
    let (action, guide) = (read("action.yml"), read("docs/ci.md"));
    assert_eq!(inputs(), ["folder", "artifact"]);
    for input in inputs() {
        assert!(action.contains(&format!("${{{{ inputs.{input} }}}}")), "{input} is not used");
        assert!(guide.contains(&format!("`{input}`")), "docs/ci.md does not tell {input}");
    }
    // The workflow of the guide pins what it uses, and gives inputs that there are.
    let flow = blocks::blocks(&guide).into_iter().find(|b| b.language == "yaml" && b.text.contains("jobs:")).unwrap();
    let lines = flow.text.lines().map(str::trim);
    for uses in lines.clone().filter_map(|l| l.trim_start_matches("- ").strip_prefix("uses: ")) {
        assert!(is_pinned(uses) || uses.starts_with("OWNER/why429@COMMIT"), "{uses}");
    }
    assert!(
        lines.clone().any(|l| l == "folder: incidents") && lines.clone().any(|l| l == "persist-credentials: false")
    );
    let hooks: Vec<String> = entries(&read(".pre-commit-hooks.yaml"), 0).into_iter().map(|h| h["id"].clone()).collect();
    assert!(
        hooks.iter().all(|id| guide.contains(&format!("`{id}`")) || guide.contains(&format!("id: {id}"))),
        "{hooks:?}"
    );
}

/// Runs a script as the runner does: `bash -eo pipefail`, with the step's own environment.
fn run(script: &str, folder: &Path, environment: &[(&str, &str)]) -> Output {
    let path = Path::new(env!("CARGO_BIN_EXE_why429")).parent().unwrap().display().to_string();
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(folder).env_clear();
    command.env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin")).envs(environment.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

/// A folder with one incident, `expected.json` as it is or with another cause.
fn incident(folder: &Path, cause: &str) {
    let to = folder.join("my incidents/slow");
    std::fs::create_dir_all(&to).unwrap();
    let from = root().join("fixtures/cap1-slow");
    std::fs::copy(from.join("requests.jsonl"), to.join("requests.jsonl")).unwrap();
    let expected = std::fs::read_to_string(from.join("expected.json")).unwrap();
    std::fs::write(to.join("expected.json"), expected.replace("\"concurrency_cap\",", &format!("\"{cause}\",")))
        .unwrap();
}

#[test]
fn the_action_checks_and_leaves_its_reports() {
    let check = step("Check the incidents");
    assert_eq!(check["env.FOLDER"], "${{ inputs.folder }}");
    let upload = step("Keep the reports");
    assert_eq!(upload["with.path"], "${{ runner.temp }}/why429-check");
    for (cause, code, said) in [
        ("concurrency_cap", 0, "1 of 1 as expected"),
        ("billing", 4, "::error file=my incidents/slow/expected.json,line="),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        incident(folder.path(), cause);
        let (temp, output) = (at("temp"), at("output"));
        let ended = run(
            &check["run"],
            folder.path(),
            &[("RUNNER_TEMP", &temp), ("GITHUB_OUTPUT", &output), ("FOLDER", "my incidents")],
        );
        let told = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{told}");
        assert!(told.contains(said), "{told}");
        let kept = |name: &str| std::fs::read_to_string(folder.path().join("temp/why429-check").join(name)).unwrap();
        assert_eq!(kept("check.xml").contains("<failure"), code == 4);
        assert!(kept("html/slow.html").starts_with("<!doctype html>"));
        let outputs = std::fs::read_to_string(output).unwrap();
        assert_eq!(outputs, format!("junit={temp}/why429-check/check.xml\nhtml={temp}/why429-check/html\n"));
    }
}

#[test]
fn a_folder_that_looks_like_an_option_or_a_command_is_a_folder() {
    let check = step("Check the incidents");
    for hostile in ["--update", "$(touch hit)", "; touch hit"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let ended = run(
            &check["run"],
            folder.path(),
            &[("RUNNER_TEMP", &at("t")), ("GITHUB_OUTPUT", &at("o")), ("FOLDER", hostile)],
        );
        assert_eq!(ended.status.code(), Some(1), "{hostile}: {ended:?}");
        assert!(!folder.path().join("hit").exists(), "{hostile}");
    }
}

#[test]
fn the_build_is_named_by_what_it_is_made_of() {
    let name = step("Name the build");
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in
        [("Cargo.toml", "a"), ("Cargo.lock", "b"), ("src/main.rs", "c"), ("templates/t", "d"), ("weights/w", "e")]
    {
        let file = folder.path().join("action").join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let named = || {
        let output = folder.path().join("output");
        let action = folder.path().join("action");
        let environment = [
            ("GITHUB_ACTION_PATH", action.to_str().unwrap()),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("TOOLCHAIN", "1"),
        ];
        let ended = run(&name["run"], folder.path(), &environment);
        assert!(ended.status.success(), "{ended:?}");
        let told = std::fs::read_to_string(&output).unwrap();
        std::fs::remove_file(output).unwrap();
        told
    };
    let first = named();
    assert!(first.starts_with("hash=1-") && first.trim().len() == "hash=1-".len() + 40, "{first}");
    assert_eq!(named(), first);
    std::fs::write(folder.path().join("action/src/main.rs"), "other").unwrap();
    assert_ne!(named(), first, "another source is another build");
}

#[test]
fn the_hooks_check_the_incidents() {
    for hook in entries(&read(".pre-commit-hooks.yaml"), 0) {
        assert!(
            ["rust", "system"].contains(&hook["language"].as_str()) && hook["pass_filenames"] == "false",
            "{hook:?}"
        );
        let arguments = hook["args"].trim_matches(['[', ']']);
        for (cause, code) in [("concurrency_cap", 0), ("billing", 4)] {
            let folder = tempfile::tempdir().unwrap();
            incident(folder.path(), cause);
            std::fs::rename(folder.path().join("my incidents"), folder.path().join(arguments)).unwrap();
            let ended = run(&format!("{} {arguments}", hook["entry"]), folder.path(), &[]);
            assert_eq!(ended.status.code(), Some(code), "{ended:?}");
        }
    }
}
