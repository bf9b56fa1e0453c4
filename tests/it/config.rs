//! The configuration file: where it is looked for, and that the command line wins.

use std::path::Path;

use crate::support::{Folder, arg, fixture};

/// Runs over a fixture in a folder, with more of an environment. Code, standard output, standard error.
fn run(folder: &Path, environment: &[(&str, &str)], more: &[&str]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", "100").current_dir(folder).envs(environment.iter().copied());
    let output = command.arg(arg(&fixture("cap1-slow"))).args(more).write_stdin("").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_nearest_file_is_read_and_no_other() {
    let folder = Folder::new();
    let zone = |name: &str, tz: &str| folder.write(name, format!("tz = '{tz}'\nformat = 'json'\n"));
    let read = |environment: &[(&str, &str)], more: &[&str]| {
        let (code, stdout, stderr) = run(&folder.path(), environment, more);
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str::<serde_json::Value>(&stdout)
            .map_or("none".to_owned(), |v| v["zone"].as_str().unwrap().to_owned())
    };
    let home = folder.path().join("home");
    let environment = [("HOME", arg(&home))];
    assert_eq!(read(&environment, &[]), "none", "the report for a terminal");
    zone("home/.config/why429/config.toml", "Asia/Tokyo");
    assert_eq!(read(&environment, &[]), "Asia/Tokyo");
    let here = zone("why429.toml", "Asia/Shanghai");
    assert_eq!(read(&environment, &[]), "Asia/Shanghai");
    zone("named.toml", "Europe/Vienna");
    let named = [environment[0], ("WHY429_CONFIG", "named.toml")];
    assert_eq!(read(&named, &[]), "Europe/Vienna");
    zone("typed.toml", "Europe/Paris");
    assert_eq!(read(&named, &["--config", "typed.toml"]), "Europe/Paris");
    assert_eq!(read(&[environment[0], ("WHY429_CONFIG", "")], &[]), "none", "empty: no file");
    std::fs::remove_file(here).unwrap();
    assert_eq!(read(&environment, &["--tz", "Asia/Seoul"]), "Asia/Seoul", "the command line wins");
}

#[test]
fn the_command_line_wins_key_by_key() {
    let folder = Folder::new();
    folder.write("ours.toml", "format = 'json'\nfail-on = ['concurrency_cap']\naccount = 'me'\nverbose = true\n");
    let named = [("WHY429_CONFIG", "ours.toml")];
    let (code, stdout, stderr) = run(&folder.path(), &named, &[]);
    assert!(code == 5 && stdout.starts_with('{'), "{stdout}");
    assert!(stderr.contains("configuration: ours.toml"), "{stderr}");
    let (code, stdout, stderr) = run(&folder.path(), &named, &["--fail-on", "billing", "--format", "terminal", "-q"]);
    assert_eq!((code, stdout.lines().count()), (0, 1), "quiet, though the file says verbose: {stdout}");
    assert_eq!(stderr, "");
}

#[test]
fn a_file_that_is_wrong_is_a_usage_error_with_its_line() {
    let folder = Folder::new();
    folder.write("why429.toml", "# ours\n\nacount = 'me'\n");
    let (code, stdout, stderr) = run(&folder.path(), &[], &[]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("why429.toml:3: there is no key 'acount'; did you mean 'account'?"), "{stderr}");
    let (code, _, stderr) = run(&folder.path(), &[], &["--config", "none.toml"]);
    assert!(code == 2 && stderr.contains("none.toml: not read"), "{stderr}");
}

/// Such a file may lie in a folder of logs that somebody else packed.
#[test]
fn a_file_in_the_current_folder_changes_no_exit_code_and_says_what_it_may_not() {
    let folder = Folder::new();
    folder.write("why429.toml", "format = 'json'\nfail-on = ['concurrency_cap']\nverbose = true\n");
    let (code, stdout, stderr) = run(&folder.path(), &[], &[]);
    assert!(code == 0 && stdout.starts_with('{'), "{code} {stdout}");
    assert!(stderr.contains("why429.toml:2: 'fail-on' is ignored"), "{stderr}");
    assert!(stderr.contains("configuration: why429.toml"), "{stderr}");
}

#[test]
fn check_reads_no_configuration() {
    let folder = Folder::new();
    folder.copy(&fixture("cap1-slow"), "cap1-slow");
    folder.write("why429.toml", "nonsense = 1\n");
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().current_dir(folder.path()).args(["check", "."]).assert().code(0);
}
