//! What a folder of `src` may import: the folders before it in this list, and nothing else.
//!
//! The order is that of docs/ARCHITECTURE.md. Tests inside `src` may import anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders and files at the top of `src`, from the ground up. Those of one line import nothing of each other.
const LAYERS: &[&[&str]] = &[
    &["escape", "keywords", "output", "pattern"],
    &["model"],
    &["causes", "lenient", "parquet"],
    &["signals"],
    &["snapshots"],
    &["hook"],
    &["formats"],
    &["input"],
    &["merge"],
    &["timeline"],
    &["episodes"],
    &["evidence"],
    &["verdict"],
    &["next", "document"],
    &["privacy"],
    &["wording"],
    &["assemble"],
    &["report"],
    &["pipeline"],
    &["check", "diff"],
    &["cli", "lib", "main"],
];

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&name))
}

/// All Rust files below a folder.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The code of a file without comments and without the tests at its end.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect()
}

/// Files and folders that a file declares as modules of tests only.
fn test_modules_of(file: &Path, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let base = if ["mod", "lib", "main"].contains(&stem) { folder.to_owned() } else { folder.join(stem) };
    let mut found = Vec::new();
    for part in text.split("#[cfg(test)]").skip(1) {
        let mut lines = part.trim_start().lines();
        let mut line = lines.next().unwrap_or_default();
        if let Some(named) = line.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix("\"]")) {
            found.push(folder.join(named));
            continue;
        }
        for prefix in ["pub(crate) ", "pub(super) ", "pub "] {
            line = line.strip_prefix(prefix).unwrap_or(line);
        }
        if let Some(name) = line.strip_prefix("mod ").and_then(|l| l.strip_suffix(';')) {
            found.push(base.join(format!("{name}.rs")));
            found.push(base.join(name));
        }
    }
    found
}

/// The names after `crate::` in code; not those of `pub(in crate::name)`.
fn imports_of(code: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = &code[..at];
        if before.ends_with(|c: char| is_name(c) || c == '$') || before.ends_with("(in ") {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split(';').next().unwrap_or_default();
            let mut depth = 0;
            for part in group.split_inclusive([',', '{', '}']) {
                if depth == 0 {
                    names.insert(part.trim().chars().take_while(|c| is_name(*c)).collect());
                }
                depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            }
        } else {
            names.insert(rest.chars().take_while(|c| is_name(*c)).collect());
        }
    }
    names.remove("");
    names
}

#[test]
fn no_folder_imports_one_that_comes_after_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let texts: BTreeMap<PathBuf, String> =
        files.into_iter().map(|f| (f.clone(), fs::read_to_string(f).unwrap())).collect();
    let of_tests: Vec<PathBuf> = texts.iter().flat_map(|(file, text)| test_modules_of(file, text)).collect();
    let mut wrong = Vec::new();
    for (file, text) in texts.iter().filter(|(file, _)| !of_tests.iter().any(|t| file.starts_with(t))) {
        let path = file.strip_prefix(&root).unwrap();
        let top = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let own = layer_of(top);
        if own.is_none() {
            wrong.push(format!("src/{top} is in no layer"));
        }
        for name in imports_of(&code_of(text)).iter().filter(|n| *n != top) {
            if layer_of(name) >= own || layer_of(name).is_none() {
                wrong.push(format!("src/{} imports {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::model::Time;\nuse crate::{next, verdict::{self, Weights}, wording};\nlet x = crate::signals::f();\n\
                pub(in crate::formats) fn g() {}\nuse why429_crate::other;\n";
    let found: Vec<String> = imports_of(code).into_iter().collect();
    assert_eq!(found, ["model", "next", "signals", "verdict", "wording"]);
    assert_eq!(code_of("/// [`crate::cli`]\nuse a;\n#[cfg(test)]\nmod tests {\nuse crate::cli;\n}\n"), "use a;\n");
}
