//! Pages that are made from what the program or its schema says: docs/schema.md whole; of docs/causes/ what stands between a
//! marker `<!-- cause: ID PART -->` and the next `<!-- / -->`; of docs/METHOD.md the bins of each kind of evidence; and of the
//! schema what evidence measured. `docs/refresh` writes them anew.

use std::collections::BTreeMap;

use serde_json::Value;
use why429::causes::{self, CauseInfo, fill, fill_all, page};
use why429::evidence::{self, Bin, Declaration, Edge, Unit};
use why429::model::Cause;

use super::{REFRESH, documents, read, root, why429};

const SCHEMA: &str = "docs/schema/report-v1.json";
const END: &str = "<!-- / -->\n";

/// What stands for an episode's own values where a page speaks of any.
const GENERAL: [(&str, &str); 10] = [
    ("at", "the time of the first refusal"),
    ("cap", "N"),
    ("first_refusal", "the first refusal"),
    ("last_refusal", "the last refusal"),
    ("limit", "the limit"),
    ("model", "the model"),
    ("pool", "our account"),
    ("recovery", "the first admission after it"),
    ("request_id", "ID"),
    ("window", "5-hour"),
];

/// The file, or what it must be when the documents are refreshed.
fn is_current(path: &str, fresh: &str) {
    if std::env::var_os(REFRESH).is_some() {
        std::fs::write(root().join(path), fresh).unwrap();
    } else {
        let told = read(path);
        let differ = told.lines().zip(fresh.lines()).enumerate().find(|(_, (told, real))| told != real);
        assert!(told == fresh, "{path} is out of date, run docs/refresh: {differ:?}");
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn list(items: &[&str]) -> String {
    fill_all(items, &GENERAL).iter().map(|i| format!("- {i}\n")).collect()
}

/// One part of a page, from the program's own table.
fn part(cause: &CauseInfo, name: &str) -> String {
    let said = |text: &str| fill(text, &GENERAL);
    match name {
        "what" => format!("{}\n\n{}\n", said(cause.meaning), said(cause.typical_life)),
        "signs" => format!("For it:\n\n{}\nAgainst it:\n\n{}", list(cause.signs_for), list(cause.signs_against)),
        "ends" => format!(
            "{}\n\nNow:\n\n{}\nSo that it does not come back:\n\n{}",
            said(cause.ends_when),
            list(cause.advice_now),
            list(cause.advice_change)
        ),
        "ask" => {
            let ask = list(cause.ask_support);
            let heading = if ask.is_empty() { "" } else { "\n\nThe provider's support:\n\n" };
            format!("What would settle it: {}{heading}{}\n", page::settles(cause, &GENERAL), ask.trim_end())
        }
        other => panic!("no part {other}"),
    }
}

/// A page with its marked parts made anew.
fn with_parts(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("<!-- cause: ") {
        let (marker, body) = after.split_once(" -->\n").unwrap();
        let (id, name) = marker.split_once(' ').unwrap();
        let (_, tail) = body.split_once(END).unwrap_or_else(|| panic!("no end of {marker}"));
        let cause = causes::info(Cause::from_id(id).unwrap_or_else(|| panic!("no cause {id}")));
        out.push_str(&format!("{before}<!-- cause: {marker} -->\n{}{END}", part(cause, name)));
        rest = tail;
    }
    out + rest
}

#[test]
fn every_cause_has_its_page_and_says_what_the_program_says() {
    let overview = read("docs/CAUSES.md");
    for cause in causes::REGISTRY {
        let (id, path) = (cause.cause.id(), format!("docs/causes/{}.md", cause.cause.id()));
        let text = read(&path);
        is_current(&path, &with_parts(&text));
        assert!(text.starts_with(&format!("# {} (`{id}`)\n", capital(cause.title))), "{path}");
        let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("## ")).collect();
        assert_eq!(headings, ["What it is", "How it looks", "What ends it", "What to ask", "Traps"], "{path}");
        for part in ["what", "signs", "ends", "ask"] {
            assert!(text.contains(&format!("<!-- cause: {id} {part} -->")), "{path} lacks {part}");
        }
        let looks = text.split("## How it looks\n").nth(1).unwrap().split("\n## ").next().unwrap();
        assert!(looks.contains("<!-- output: cargo run -q -- fixtures/"), "{path} has no picture from a fixture");
        assert!(!text.contains(['{', '}']), "{path} shows a placeholder");
        assert!(
            overview.contains(&format!("[{}](causes/{id}.md)", capital(cause.title))),
            "CAUSES.md does not lead to {id}"
        );
    }
    let pages = std::fs::read_dir(root().join("docs/causes")).unwrap().count();
    assert_eq!(pages, causes::REGISTRY.len(), "a page of no cause");
}

const EVIDENCE: &str = "<!-- evidence: ";

/// A number with its unit, as a table shows it.
fn edge(x: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => format!("{} %", (x * 1e6).round() / 1e4),
        Unit::Seconds if x.abs() >= 7200.0 => format!("{} h", x / 3600.0),
        Unit::Seconds if x.abs() >= 120.0 => format!("{} min", x / 60.0),
        Unit::Seconds => format!("{x} s"),
        _ => x.to_string(),
    }
}

/// What falls into a bin, in words.
fn range(bin: &Bin, unit: Unit) -> String {
    let number = match bin.edge {
        Edge::Below(x) => Some(format!("below {}", edge(x, unit))),
        Edge::UpTo(x) => Some(format!("up to {}", edge(x, unit))),
        Edge::From(x) => Some(format!("from {}", edge(x, unit))),
        Edge::Above(x) => Some(format!("above {}", edge(x, unit))),
        Edge::Any => None,
    };
    match (number, bin.when) {
        (Some(number), Some(when)) => format!("{number}, and {}", when.words),
        (Some(number), None) => number,
        (None, Some(when)) => when.words.to_owned(),
        (None, None) => "what is left".to_owned(),
    }
}

/// The bins of a kind of evidence as a table.
fn bins(declaration: &Declaration) -> String {
    let (number, unit) = declaration.number;
    let keys = |keys: &[&str]| keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    let heading = if number.is_empty() { "when".to_owned() } else { number.replace('|', "\\|") };
    let mut out = format!("| bin | {heading} | for | against | why |\n|---|---|---|---|---|\n");
    for bin in declaration.bins {
        let (pro, contra) = (keys(bin.means_for), keys(bin.means_against));
        out.push_str(&format!("| `{}` | {} | {pro} | {contra} | {} |\n", bin.name, range(bin, unit), bin.reason));
    }
    out
}

#[test]
fn the_method_has_the_bins_of_every_kind_of_evidence() {
    let text = read("docs/METHOD.md");
    let (mut fresh, mut rest) = (String::new(), text.as_str());
    while let Some((before, after)) = rest.split_once(EVIDENCE) {
        let (id, body) = after.split_once(" -->\n").unwrap();
        let (_, tail) = body.split_once(END).unwrap_or_else(|| panic!("no end of {id}"));
        fresh.push_str(&format!("{before}{EVIDENCE}{id} -->\n{}{END}", bins(evidence::declaration_of(id))));
        rest = tail;
    }
    is_current("docs/METHOD.md", &(fresh + rest));
    for kind in evidence::REGISTRY {
        assert!(text.contains(&format!("{EVIDENCE}{} -->", kind.id())), "docs/METHOD.md has no table of {}", kind.id());
    }
}

/// The schema of a measured value.
fn measured_type(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => r##""$ref": "#/$defs/count""##,
        Unit::Number | Unit::Log10 | Unit::Ratio => r#""type": "number""#,
        Unit::Seconds | Unit::Share => r#""type": ["number", "null"]"#,
        Unit::Time => r##""anyOf": [{"$ref": "#/$defs/time"}, {"type": "null"}]"##,
        Unit::Minutes => r##""$ref": "#/$defs/window_minutes""##,
        Unit::Flag => r#""type": "boolean""#,
        Unit::Word => r#""type": ["string", "null"]"#,
        Unit::Words => r#""type": "array", "items": {"type": "string"}"#,
        Unit::Counts => r##""type": "array", "items": {"$ref": "#/$defs/count"}"##,
        Unit::CountsByWord => r##""type": "object", "additionalProperties": {"$ref": "#/$defs/count"}"##,
    }
}

/// The part of the schema on `evidence[].measured`: every key of every kind.
fn measured_schema() -> String {
    let mut keys: BTreeMap<&str, (Unit, &str, Vec<&str>)> = BTreeMap::new();
    for declaration in evidence::declarations() {
        for q in declaration.measures {
            let of = &mut keys.entry(q.key).or_insert((q.unit, q.meaning.trim(), Vec::new())).2;
            of.push(declaration.id);
        }
    }
    let row = |(key, (unit, meaning, kinds)): (&&str, &(Unit, &str, Vec<&str>))| {
        let description = format!("{meaning} Of {}.", kinds.join(", "));
        format!("        {key:?}: {{\"description\": {description:?}, {}}}", measured_type(*unit))
    };
    keys.iter().map(row).collect::<Vec<_>>().join(",\n")
}

#[test]
fn the_schema_has_every_measured_value() {
    const BEGIN: &str = "\n    \"measured\": {\n";
    const PROPERTIES: &str = "      \"properties\": {\n";
    let text = read(SCHEMA);
    let (before, after) = text.split_once(BEGIN).unwrap();
    let (head, after) = after.split_once(PROPERTIES).unwrap();
    let (_, tail) = after.split_once("\n      },\n").unwrap();
    is_current(SCHEMA, &format!("{before}{BEGIN}{head}{PROPERTIES}{}\n      }},\n{tail}", measured_schema()));
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = read("docs/SUMMARY.md");
    for path in documents() {
        let Ok(below) = path.strip_prefix(root().join("docs")) else { continue };
        let name = below.to_str().unwrap().replace('\\', "/");
        let is_listed = summary.contains(&format!("]({name})"));
        assert!(is_listed || name == "SUMMARY.md", "docs/SUMMARY.md does not list {name}");
    }
}

/// Fields of an object of the schema, in the order in which they are required, the others behind.
fn fields(object: &Value) -> Vec<(&str, &Value, bool)> {
    let properties = object["properties"].as_object().unwrap();
    let required: Vec<&str> =
        object["required"].as_array().into_iter().flatten().map(|r| r.as_str().unwrap()).collect();
    let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
    names.sort_by_key(|n| (required.iter().position(|r| r == n).unwrap_or(usize::MAX), *n));
    names.into_iter().map(|n| (n, &properties[n], required.contains(&n))).collect()
}

fn is_object(schema: &Value) -> bool {
    schema["properties"].is_object()
}

/// A type in words; one of the schema's own as a link.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return format!("[{name}](#{name})");
    }
    if let Some(options) = schema["anyOf"].as_array() {
        return options.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(all) = schema["allOf"].as_array() {
        return format!("{} and what stands below", all.iter().map(kind).collect::<Vec<_>>().join(", "));
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|v| format!("`{}`", v.as_str().unwrap_or("null"))).collect::<Vec<_>>().join(", ");
    }
    if let Some(one) = schema["const"].as_str() {
        return if one.is_empty() { "empty".to_owned() } else { format!("`{one}`") };
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"]));
    }
    let of = |key: &str| schema[key].is_object().then(|| kind(&schema[key]));
    match (of("propertyNames"), of("additionalProperties")) {
        (Some(key), Some(value)) => format!("{value} by {key}"),
        (None, Some(value)) => format!("{value} by name"),
        _ => schema["type"].as_str().unwrap_or("any").to_owned(),
    }
}

/// The unit of a field, by its type and name.
fn unit(name: &str, schema: &Value) -> &'static str {
    let text = schema.to_string();
    let is = |kind: &str| text.contains(&format!("/{kind}\""));
    match name {
        "blocked_agent_s" => "agents times seconds",
        "weights" if !is_object(schema) && is("hypothesis") => "log10 points",
        "leverage" => "log10 points",
        "bytes" => "bytes",
        "concurrency_cap" => "requests in flight",
        "window_quota" => "tokens or requests",
        "line" => "line, from 1",
        "share_of_time" | "remaining_share" => "0 to 1",
        _ if is("window_minutes") || name == "window_minutes" => "minutes",
        _ if name.ends_with("_s") || is("seconds") => "seconds",
        _ if is("time") => "UTC",
        _ if is("probability") => "0 to 1",
        _ if is("count") => "count",
        _ => "",
    }
}

/// Rows of an object, and below it those of objects inside it.
fn rows(prefix: &str, object: &Value) -> String {
    let mut out = String::new();
    for (name, schema, is_required) in fields(object) {
        let meaning = schema["description"].as_str().unwrap_or_else(|| panic!("{prefix}{name} has no description"));
        let absent = if is_required { "" } else { " May be absent." };
        let told = format!("{meaning}{absent}").replace('|', "\\|");
        out.push_str(&format!("| `{prefix}{name}` | {} | {} | {told} |\n", kind(schema), unit(name, schema)));
        let inside = [schema, &schema["items"]].into_iter().chain(schema["anyOf"].as_array().into_iter().flatten());
        for inner in inside.filter(|i| is_object(i)) {
            let list = if schema["items"] == *inner { "[]" } else { "" };
            out.push_str(&rows(&format!("{prefix}{name}{list}."), inner));
        }
    }
    out
}

fn schema_page() -> String {
    let schema: Value = serde_json::from_str(&read(SCHEMA)).unwrap();
    let defs = schema["$defs"].as_object().unwrap();
    let head = "| Field | Type | Unit | Meaning |\n|---|---|---|---|\n";
    let mut out = format!(
        "# Every field of the JSON report\n\nSchema `why429.report/v1`, made from [schema/report-v1.json](schema/report-v1.json) by \
         `docs/refresh`. Fields are added within v1 and none goes or changes its meaning. Null means unknown, never zero. \
         How to use it: [recipes](recipes.md#jq-on-the-report).\n\n## The report\n\n{head}{}",
        rows("", &schema)
    );
    // Objects in the order in which a reader meets them, then the plain values.
    let (objects, values): (Vec<_>, Vec<_>) = defs.iter().partition(|(_, d)| is_object(d));
    for (name, object) in objects {
        let says = object["description"].as_str().unwrap_or("");
        out.push_str(&format!("\n## {name}\n\n{says}\n\n{head}{}", rows("", object)));
    }
    for (name, value) in values {
        let says = value["description"].as_str().unwrap_or_else(|| panic!("{name} has no description"));
        out.push_str(&format!("\n## {name}\n\n{says} Type: {}.\n", kind(value)));
    }
    out
}

#[test]
fn the_page_on_the_schema_has_every_field() {
    is_current("docs/schema.md", &schema_page());
}

/// The part of the schema that a field's value follows.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let named = schema["$ref"].as_str().map(|r| root.pointer(r.trim_start_matches('#')).unwrap());
    let parts = ["anyOf", "allOf"].into_iter().flat_map(|k| schema[k].as_array().into_iter().flatten());
    let below = named.into_iter().chain(parts).flat_map(|s| resolved(root, s));
    std::iter::once(schema).chain(below).collect()
}

/// Fields of a value that the schema does not tell.
fn untold(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let options = resolved(root, schema);
    match value {
        Value::Object(fields) => {
            let is_map = options.iter().any(|s| s["additionalProperties"].is_object());
            for (name, inner) in fields.iter().filter(|_| !is_map) {
                match options.iter().find_map(|s| s["properties"].get(name)) {
                    Some(schema) => untold(root, schema, inner, &format!("{at}.{name}"), found),
                    None => found.push(format!("{at}.{name}")),
                }
            }
        }
        Value::Array(items) => {
            let schema = options.iter().find_map(|s| s.get("items"));
            items.iter().for_each(|i| untold(root, schema.unwrap_or(&Value::Null), i, &format!("{at}[]"), found));
        }
        _ => {}
    }
}

#[test]
fn reports_have_no_field_that_the_schema_does_not_tell() {
    let schema: Value = serde_json::from_str(&read(SCHEMA)).unwrap();
    for case in ["thread-hour-snapshot", "cap-and-overload", "broken-folder", "idle-night", "mixed-errors-kimi-code"] {
        let report = why429(&format!("fixtures/{case} --format json --hash"));
        let mut report: Value = serde_json::from_slice(&report.stdout).unwrap();
        let mut found = Vec::new();
        untold(&schema, &schema, &report, "", &mut found);
        assert_eq!(found, Vec::<String>::new(), "{case}");
        report["episodes"][0]["verdict"]["mood"] = Value::Null;
        untold(&schema, &schema, &report, "", &mut found);
        assert_eq!(found, [".episodes[].verdict.mood"], "a new field is seen");
    }
}
