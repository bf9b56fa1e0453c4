//! Retired words (docs/glossary-retired.toml) against everything that people read, JSON keys and the names in `src`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{documents, read, root, why429};

const RETIRED: &str = "docs/glossary-retired.toml";

#[derive(serde::Deserialize)]
struct Table {
    word: Vec<Word>,
    exception: Vec<Exception>,
}

#[derive(serde::Deserialize)]
struct Word {
    pattern: String,
    #[serde(rename = "use")]
    instead: String,
    scopes: Vec<String>,
    /// Names in `src` that still have the word.
    #[serde(default)]
    left: usize,
}

#[derive(serde::Deserialize)]
struct Exception {
    text: String,
    #[serde(rename = "in", default)]
    place: String,
    reason: String,
}

fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).case_insensitive(true).build().unwrap_or_else(|e| panic!("{RETIRED}: {e}"))
}

/// The words of one scope, and what is cut out of a text before it is searched.
struct Rules {
    words: Vec<(Regex, String, usize)>,
    exceptions: Vec<(Regex, String)>,
}

impl Rules {
    fn of(scope: &str) -> Self {
        let table: Table = toml::from_str(&read(RETIRED)).unwrap();
        let words = table.word.into_iter().filter(|w| w.scopes.iter().any(|s| s == scope));
        let words = words.map(|w| (regex(&format!(r"\b({})\b", w.pattern)), w.instead, w.left));
        let exceptions = table.exception.into_iter().map(|e| (regex(&e.text), e.place));
        Self { words: words.collect(), exceptions: exceptions.collect() }
    }

    /// `PLACE:LINE: "word", use "other"` for every retired word of a text.
    fn violations(&self, place: &str, text: &str) -> Vec<String> {
        let is_here = |e: &&(Regex, String)| e.1.is_empty() || e.1 == place;
        let mut found = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let mut line = line.to_owned();
            for (exception, _) in self.exceptions.iter().filter(is_here) {
                line = exception.replace_all(&line, "").into_owned();
            }
            let line = line.replace('_', " ");
            for (word, instead, _) in &self.words {
                let hits = word.find_iter(&line).map(|hit| hit.as_str());
                found.extend(hits.map(|hit| format!("{place}:{}: \"{hit}\", use \"{instead}\"", i + 1)));
            }
        }
        found
    }
}

fn assert_none(violations: Vec<String>) {
    assert!(violations.is_empty(), "{} retired words:\n{}", violations.len(), violations.join("\n"));
}

/// The sentences of a Markdown page: code, link targets and comments are blanked, lines stay where they are.
fn prose(markdown: &str) -> String {
    let code = regex(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->");
    let mut is_code = false;
    let line = |line: &str| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence { String::new() } else { code.replace_all(line, " ").into_owned() }
    };
    markdown.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The documents, and the pages beside code that visitors read.
fn pages() -> Vec<PathBuf> {
    let cases = std::fs::read_dir(root().join("fixtures")).unwrap().map(|e| e.unwrap().path().join("README.md"));
    let more = [
        "CHANGELOG.md",
        "RELEASING.md",
        "SECURITY.md",
        "fixtures/README.md",
        "recordings/README.md",
        "recordings/make/README.md",
        "simulator/README.md",
        "tests/cases/README.md",
        "skills/why429/SKILL.md",
    ];
    let more = more.iter().map(|name| root().join(name)).chain(cases.filter(|p| p.exists()));
    documents().into_iter().chain(more).collect()
}

#[test]
fn documents_have_no_retired_word() {
    let rules = Rules::of("prose");
    let mut found = Vec::new();
    for path in pages() {
        let place = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        found.extend(rules.violations(&place, &prose(&std::fs::read_to_string(&path).unwrap())));
    }
    assert_none(found);
}

/// Everything that the program says without a log: help, causes, formats.
fn spoken() -> Vec<String> {
    let help = String::from_utf8(why429("--help").stdout).unwrap();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = list
        .lines()
        .filter(|l| l.len() > 2 && l.starts_with("  ") && !l[2..].starts_with(' '))
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert!(commands.len() > 8 && commands.contains(&"analyze"), "{commands:?}");
    let help = commands.into_iter().filter(|c| *c != "help").map(|c| format!("{c} --help"));
    let causes = why429::causes::REGISTRY.iter().map(|c| format!("explain {}", c.cause.id()));
    let more = ["--help", "skills install --help", "formats"].map(str::to_owned);
    help.chain(causes).chain(more).collect()
}

fn fixtures() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("fixtures")).unwrap().map(|e| e.unwrap().path());
    let names = folders.filter(|f| f.join("expected.json").exists());
    names.map(|f| format!("fixtures/{}", f.file_name().unwrap().to_str().unwrap())).collect()
}

/// Without what is in quotation marks: that is somebody else's text.
fn unquoted(text: &str) -> String {
    regex("\"[^\"]*\"|“[^”]*”").replace_all(text, "\"\"").into_owned()
}

#[test]
fn output_has_no_retired_word() {
    let rules = Rules::of("output");
    let markup = regex("(?s)<(script|style)[ >].*?</(script|style)>|<[^>]*>");
    let forms = ["-v --no-pager", "--format markdown", "--format html"];
    let reports = fixtures().into_iter().flat_map(|f| forms.map(|form| format!("{f} {form}")));
    let mut found = BTreeSet::new();
    for command in spoken().into_iter().chain(reports) {
        let mut output = String::from_utf8(why429(&command).stdout).unwrap();
        assert!(!output.is_empty(), "{command}");
        if command.ends_with("html") {
            output = markup.replace_all(&output, " ").replace("&quot;", "\"").replace("&#34;", "\"");
        }
        found.extend(rules.violations(&command, &unquoted(&output)));
    }
    assert_none(found.into_iter().collect());
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| {
            found.insert(key.clone());
            keys(inner, found);
        }),
        Value::Array(items) => items.iter().for_each(|i| keys(i, found)),
        _ => {}
    }
}

#[test]
fn json_keys_have_no_retired_word() {
    let rules = Rules::of("json_key");
    let mut found = Vec::new();
    for (command, place, runs) in [("", "report", usize::MAX), ("next ", "next", 8)] {
        let mut names = BTreeSet::new();
        for fixture in fixtures().into_iter().take(runs) {
            let output = why429(&format!("{command}{fixture} --format json")).stdout;
            keys(&serde_json::from_slice(&output).unwrap(), &mut names);
        }
        assert!(names.len() > 10, "{place}: {names:?}");
        for name in names {
            found.extend(rules.violations(&format!("{place}, key {name}"), &name));
        }
    }
    assert_none(found);
}

/// Comments, characters and texts of a file of code.
const NO_CODE: &str = r##"//[^\n]*|'\\?"'|r#"(?s:.*?)"#|"(?:\\(?s:.)|[^"\\])*""##;

/// The different names in the code of a file, comments and texts left out.
fn names(code: &str) -> BTreeSet<String> {
    let text = Regex::new(NO_CODE).unwrap().replace_all(code, " ").into_owned();
    Regex::new(r"\b[a-z_]\w*").unwrap().find_iter(&text).map(|name| name.as_str().to_owned()).collect()
}

/// The texts of several words in a file of code, on their lines; tests are left out.
fn texts(code: &str) -> String {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let (mut out, mut at) = (String::new(), 0);
    let lines = |text: &str| "\n".repeat(text.matches('\n').count());
    let placeholder = Regex::new(r"\{[^{}]*\}").unwrap();
    for part in Regex::new(NO_CODE).unwrap().find_iter(code) {
        let text = part.as_str();
        let is_sentence = text.contains(' ') && !text.starts_with("//");
        out += &lines(&code[at..part.start()]);
        out += &if is_sentence { placeholder.replace_all(text, "").into_owned() } else { lines(text) };
        at = part.end();
    }
    out
}

/// Every file of code in `src`, with its path.
fn sources() -> Vec<(String, String)> {
    let files =
        walkdir::WalkDir::new(root().join("src")).sort_by_file_name().into_iter().map(|e| e.unwrap().into_path());
    let code = files.filter(|p| p.extension().is_some_and(|e| e == "rs"));
    let place = |p: &std::path::Path| p.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    code.map(|p| (place(&p), std::fs::read_to_string(&p).unwrap())).collect()
}

#[test]
fn texts_in_the_code_have_no_retired_word() {
    let rules = Rules::of("output");
    let is_shown = |place: &&(String, String)| !["test", "sample"].iter().any(|part| place.0.contains(part));
    let all = sources();
    assert_none(all.iter().filter(is_shown).flat_map(|(place, code)| rules.violations(place, &texts(code))).collect());
}

/// The words of a name: `agents_total` and `AgentsTotal` have two.
fn words_of(name: &str) -> String {
    Regex::new("([a-z0-9])([A-Z])").unwrap().replace_all(name, "$1 $2").replace('_', " ")
}

#[test]
fn names_in_the_code_have_no_more_retired_words_than_are_left() {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (place, code) in sources() {
        for name in names(&code) {
            places.entry(name).or_insert_with(|| place.clone());
        }
    }
    let mut wrong = Vec::new();
    let rules = Rules::of("identifier");
    let is_excepted = |name: &str, at: &str| rules.exceptions.iter().any(|(e, place)| place == at && e.is_match(name));
    for (word, instead, left) in &rules.words {
        let with = places.iter().filter(|(name, at)| word.is_match(&words_of(name)) && !is_excepted(name, at));
        let with: Vec<String> = with.map(|(name, place)| format!("  {place}: {name}")).collect();
        if with.len() > *left {
            wrong.push(format!("{word}, use \"{instead}\": {} names, {left} allowed\n{}", with.len(), with.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_retired_word_is_found_and_an_exception_is_not() {
    let rules = Rules::of("prose");
    let page = "Good.\nIt is told by a Lane, see `told` and [x](lanes.md).\n```text\ntold\n```\n";
    let found = rules.violations("docs/x.md", &prose(page));
    assert_eq!(found, ["docs/x.md:2: \"told\", use \"logged, named, shown\"", "docs/x.md:2: \"Lane\", use \"agent\""]);
    assert_eq!(Rules::of("json_key").violations("report", "snapshot_in_gap"), Vec::<String>::new());
    assert_eq!(rules.violations("docs/GLOSSARY.md", "lane"), Vec::<String>::new());
    assert_eq!(words_of("fooLane_total"), "foo Lane total");
    let code = "// a lane\nlet told = \"one\n lane\"; '\"'; \"lane\"\n#[cfg(test)]\nmod tests { \"a lane\" }";
    assert_eq!(texts(code), "\n\"one\n lane\"");
    assert_eq!(texts(r#""a {told} b""#), r#""a  b""#);
    assert_eq!(names(code).into_iter().filter(|name| name == "told" || name == "lane").collect::<Vec<_>>(), ["told"]);
}

#[test]
fn every_retired_word_has_its_successor_in_the_glossary() {
    let (table, glossary) = (toml::from_str::<Table>(&read(RETIRED)).unwrap(), read("docs/GLOSSARY.md"));
    for word in &table.word {
        let known = ["prose", "output", "json_key", "identifier"];
        assert!(word.scopes.iter().all(|s| known.contains(&s.as_str())), "{}: {:?}", word.pattern, word.scopes);
        for instead in word.instead.split(", ") {
            assert!(glossary.contains(instead), "GLOSSARY.md has no {instead}");
        }
    }
    assert!(table.exception.iter().all(|e| !e.reason.is_empty()));
}
