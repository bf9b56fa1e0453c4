//! What is packaged against what it is made from: the Python classes, npm's targets, the agent skill's commands.

use std::process::Command;

use serde_json::Value;

use super::{blocks, read, root};

/// The program, if this machine has it.
fn there(program: &str) -> Option<Command> {
    Command::new(program).arg("--version").output().ok()?;
    let mut command = Command::new(program);
    command.current_dir(root());
    Some(command)
}

#[test]
fn the_classes_of_the_python_module_are_those_of_the_schema() {
    let Some(mut python) = there("python3") else { return };
    let output = python.args(["-B", "python/generate.py", "--check"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_target_has_a_wheel_and_an_npm_package() {
    let targets: Value = serde_json::from_str(&read("npm/targets.json")).unwrap();
    let (wheels, launcher) = (read(".github/workflows/build-wheels.yml"), read("npm/why429/bin/why429.js"));
    let targets = targets.as_object().unwrap();
    for (target, package) in targets {
        assert!(wheels.contains(&format!("target: {target},")), "no wheel of {target}");
        let [os, cpu] = ["os", "cpu"].map(|k| package[k].as_str().unwrap());
        let libc = match package["libc"].as_str() {
            None => "",
            Some("glibc") => "-gnu",
            Some(other) => &format!("-{other}"),
        };
        assert_eq!(package["name"], format!("{os}-{cpu}{libc}"), "the launcher looks for it by this name");
    }
    assert!(launcher.contains("`@why429/${process.platform}-${process.arch}${libc}`"));
    assert_eq!(wheels.matches("target: ").count() - wheels.matches("target: $").count(), targets.len());
}

/// The commands of the skill, in a home where agents have run: an agent runs them as they stand.
#[test]
fn commands_of_the_skill_run() {
    if there("bash").is_none() {
        return;
    }
    let sandbox = blocks::Sandbox::new();
    let blocks = blocks::blocks(&read("skills/why429/SKILL.md"));
    assert!(blocks.len() >= 6 && blocks.iter().all(|b| b.language == "sh" && b.marker.is_none()));
    let help = String::from_utf8(super::why429("--help").stdout).unwrap();
    let has_next = help.lines().any(|l| l.trim_start().starts_with("next "));
    for b in blocks.iter().filter(|b| has_next || !b.text.contains("why429 next")) {
        let ended = sandbox.run(&blocks::script(&b.text));
        let said = [ended.stdout, ended.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
        assert!(ended.status.success(), "SKILL.md:{}: {}\n{}\n{}", b.line, ended.status, said[1], said[0]);
    }
}
