//! The one integration binary: the program from outside.

// Clippy's exceptions for tests do not reach the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod command_line;
mod fixtures;
mod samples;

use std::path::Path;
use std::process::Command;

/// The JSON report of some paths, as text.
fn report(paths: &[&Path], more: &[&str]) -> String {
    let out =
        Command::new(env!("CARGO_BIN_EXE_why429")).args(paths).args(["--format", "json"]).args(more).output().unwrap();
    assert!(out.status.code().is_some(), "no panic, no signal");
    String::from_utf8(out.stdout).unwrap()
}
