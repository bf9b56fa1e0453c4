//! `action.yml` and `.pre-commit-hooks.yaml`: what they pin, and that their commands do what docs/ci.md says.
//!
//! The two files are read as the little of YAML that they are written in: keys by indentation, and `|` blocks.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
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
    assert!(steps.len() >= 3, "{steps:?}");
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
}

/// The workflows of this repository: what they pin, and that no job has more than it names.
#[test]
fn workflows_are_pinned_and_ask_for_no_permission_that_they_do_not_name() {
    let rust: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let version = format!("\"{}.0\"", rust["package"]["rust-version"].as_str().unwrap());
    let toolchain =
        format!("  TOOLCHAIN: {version}\n  RUSTUP_TOOLCHAIN: {version} # not the channel of rust-toolchain.toml\n");
    let mut found = 0;
    for entry in std::fs::read_dir(root().join(".github/workflows")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let at = path.display();
        assert!(text.contains("\npermissions: {}\n"), "{at}: permissions");
        for line in text.lines().map(str::trim) {
            if let Some(uses) = line.trim_start_matches("- ").strip_prefix("uses: ") {
                assert!(is_pinned(uses) || uses.starts_with("$/.github/workflows/"), "{at}: {uses}");
                found += 1;
            }
            let is_script = line.starts_with("- run:") || line.starts_with("run:");
            assert!(!is_script || !line.contains("${{"), "{at}: an expression in a script: {line}");
        }
        assert!(!text.contains("rustup ") || text.contains(&toolchain), "{at}: the compiler");
        let checkouts = text.matches("actions/checkout@").count();
        assert_eq!(text.matches("persist-credentials: false").count(), checkouts, "{at}");
    }
    assert!(found > 10, "{found}");
}

#[test]
fn inputs_are_used_and_told() {
    let (action, guide) = (read("action.yml"), read("docs/ci.md"));
    assert_eq!(inputs(), ["folder", "artifact", "package"]);
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
            &[
                ("RUNNER_TEMP", &temp),
                ("GITHUB_OUTPUT", &output),
                ("GITHUB_STEP_SUMMARY", &at("summary")),
                ("FOLDER", "my incidents"),
            ],
        );
        let summary = std::fs::read_to_string(folder.path().join("summary")).unwrap();
        assert!(summary.starts_with("### why429 check\n\n    ") && summary.contains("slow"), "{summary}");
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
            &[
                ("RUNNER_TEMP", &at("t")),
                ("GITHUB_OUTPUT", &at("o")),
                ("GITHUB_STEP_SUMMARY", &at("s")),
                ("FOLDER", hostile),
            ],
        );
        assert_eq!(ended.status.code(), Some(1), "{hostile}: {ended:?}");
        assert!(!folder.path().join("hit").exists(), "{hostile}");
    }
}

/// The step that installs, with a python3 that makes an empty environment and a pip that says what it was given.
#[test]
fn the_action_installs_the_wheel_of_its_own_version_and_builds_nothing() {
    let install = step("Install why429");
    assert_eq!(install["env.PACKAGE"], "${{ inputs.package }}");
    let version = env!("CARGO_PKG_VERSION");
    for (package, told) in [("", format!("why429=={version}")), ("dist/my wheel.whl", "dist/my wheel.whl".to_owned())] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::create_dir_all(folder.path().join("stub")).unwrap();
        let pip = "#!/bin/sh\nprintf '%s\\n' \"$@\" > given\n";
        let python = format!(
            "#!/bin/sh\nmkdir -p \"$3/bin\"\ncat > \"$3/bin/pip\" <<'END'\n{pip}END\nchmod +x \"$3/bin/pip\"\n"
        );
        std::fs::write(folder.path().join("stub/python3"), python).unwrap();
        std::fs::set_permissions(folder.path().join("stub/python3"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let script = format!("PATH=\"$PWD/stub:$PATH\"\n{}", install["run"]);
        let environment = [
            ("GITHUB_ACTION_PATH", root().to_str().unwrap().to_owned()),
            ("RUNNER_TEMP", at("temp")),
            ("PACKAGE", package.to_owned()),
        ];
        let environment: Vec<(&str, &str)> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let ended = run(&script, folder.path(), &environment);
        assert!(ended.status.success(), "{ended:?}");
        let given = std::fs::read_to_string(folder.path().join("given")).unwrap();
        let given: Vec<&str> = given.lines().collect();
        assert_eq!(given.last(), Some(&told.as_str()), "{given:?}");
        assert!(given.windows(2).any(|w| w == ["--only-binary", ":all:"]), "{given:?}");
    }
}

#[test]
fn the_hooks_check_the_incidents() {
    for hook in entries(&read(".pre-commit-hooks.yaml"), 0) {
        assert!(hook["language"] == "system" && hook["pass_filenames"] == "false", "{hook:?}");
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
