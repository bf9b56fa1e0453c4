//! Plants secrets by structure: in each text and number of each JSON value, in each word of each line, one at a time.

use serde_json::{Map, Value, json};

use super::made::Secret;

/// How a secret stands in a field: behind what was there, or instead of it.
#[derive(Clone, Copy)]
pub enum Way {
    Behind,
    Instead,
}

impl Way {
    fn of(self, there: &str, secret: &str) -> String {
        match self {
            Self::Behind => format!("{there} {secret}"),
            Self::Instead => secret.to_owned(),
        }
    }
}

/// Fields of a text of lines, each JSON or words.
pub fn fields(block: &str) -> usize {
    block.lines().map(fields_of_line).sum()
}

fn fields_of_line(line: &str) -> usize {
    match parsed(line) {
        Some(mut value) => walk(&mut value, &mut usize::MAX.clone(), &mut |_| {}),
        None => line.split(' ').count(),
    }
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str::<Map<String, Value>>(text).ok().map(Value::Object)
}

/// What a text holds that is JSON itself: an object, or an array of whatever.
fn nested(text: &str) -> Option<Value> {
    parsed(text).or_else(|| serde_json::from_str::<Vec<Value>>(text).ok().map(Value::Array))
}

/// Counts the fields of a value, and shows one of them; text that holds an object or an array is a field and holds fields.
fn walk(value: &mut Value, at: &mut usize, show: &mut dyn FnMut(&mut Value)) -> usize {
    let mut seen = 0;
    match value {
        Value::Array(items) => seen += items.iter_mut().map(|i| walk(i, at, show)).sum::<usize>(),
        Value::Object(fields) => {
            seen += fields.values_mut().map(|v| walk(v, at, show)).sum::<usize>();
            // What no program writes: an unknown field, named by a secret too.
            seen += 1;
            let mut unknown = Value::String(String::new());
            if step(at, &mut unknown, show)
                && let Value::String(text) = unknown
            {
                fields.insert(text.clone(), json!([text]));
            }
        }
        other => {
            if let Value::String(text) = other
                && let Some(mut inner) = nested(text)
            {
                seen += walk(&mut inner, at, show);
                *other = Value::String(inner.to_string());
            }
            seen += 1;
            step(at, other, show);
        }
    }
    seen
}

fn step(at: &mut usize, value: &mut Value, show: &mut dyn FnMut(&mut Value)) -> bool {
    let is_it = *at == 0;
    if is_it {
        show(value);
    }
    *at = at.wrapping_sub(1);
    is_it
}

/// The text with a secret in its field `at`.
pub fn planted(block: &str, at: usize, way: Way, secret: &str) -> String {
    let mut before = 0;
    let lines: Vec<String> = block
        .lines()
        .map(|line| {
            let here = fields_of_line(line);
            let is_it = (before..before + here).contains(&at);
            let field = at.wrapping_sub(before);
            before += here;
            if is_it { in_line(line, field, way, secret) } else { line.to_owned() }
        })
        .collect();
    lines.join("\n")
}

fn in_line(line: &str, field: usize, way: Way, secret: &str) -> String {
    if let Some(mut value) = parsed(line) {
        let mut show = |v: &mut Value| {
            let there = v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            *v = json!(way.of(&there, secret));
        };
        walk(&mut value, &mut field.clone(), &mut show);
        return value.to_string();
    }
    let words = line
        .split(' ')
        .enumerate()
        .map(|(i, word)| if i == field { in_word(word, way, secret) } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// Before the quotation mark or bracket that closes the word.
fn in_word(word: &str, way: Way, secret: &str) -> String {
    let inner = word.trim_end_matches(['"', '\'', ',', ';', ')', '}', ']']);
    let opens = inner.len() - inner.trim_start_matches(['"', '\'', '(', '{', '[']).len();
    let secret = json!(secret).to_string();
    let secret = &secret[1..secret.len() - 1];
    let planted = match way {
        Way::Behind => format!("{inner} {secret}"),
        Way::Instead => format!("{}{secret}", &inner[..opens]),
    };
    format!("{planted}{}", &word[inner.len()..])
}

/// The block once clean, then with a secret in each of its fields: each secret in turn, `rounds` of them a field.
pub fn variants(block: &str, secrets: &[Secret], rounds: usize) -> Vec<String> {
    let mut made: Vec<String> = (0..3).map(|n| at_time(block, n)).collect();
    let fields = fields(&at_time(block, 0));
    let mut next = 0;
    for field in 0..fields {
        for round in 0..rounds {
            let way = if round % 2 == 0 { Way::Behind } else { Way::Instead };
            made.push(planted(&at_time(block, made.len()), field, way, &secrets[next % secrets.len()].text));
            next += 1;
        }
    }
    made
}

/// The block with its stamps filled in: a new one begins every three seconds, from 16:00:00 on.
pub fn at_time(block: &str, n: usize) -> String {
    const FROM: usize = 1_772_553_600;
    let at = FROM + 3 * n;
    let clock = |s: usize| format!("{:02}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60);
    let day = 3 + (at - 1_772_496_000) / 86_400;
    block
        .replace("@T@", &format!("2026-03-{day:02}T{}.000Z", clock(at)))
        .replace("@U@", &format!("2026-03-{day:02}T{}.000Z", clock(at + 1)))
        .replace("@L@", &format!("2026-03-{day:02} {}", clock(at)))
        .replace("@LT@", &format!("2026-03-{day:02}T{}", clock(at)))
        .replace("@S@", &format!("2026/03/{day:02} {}", clock(at)))
        .replace("@G@", &format!("2026/03/{day:02} - {}", clock(at)))
        .replace("@H@", &format!("{day:02}/Mar/2026:{}.000", clock(at)))
        .replace("@M@", &format!("03-{day:02} {}", clock(at)))
        .replace("@X@", &format!("{day:02}/Mar/2026:{} +0000", clock(at)))
        .replace("@E@", &at.to_string())
        .replace("@E1@", &(at + 1).to_string())
        .replace("@N@", &n.to_string())
}

#[test]
fn every_field_is_reached_once() {
    let block = "{\"a\":\"x\",\"b\":[1,{\"c\":\"{\\\"d\\\":\\\"y\\\"}\"}]}\ntwo \"words\"";
    // a, 1, d, its object's unknown, c, the unknown of {c}, the unknown of the line; two words.
    assert_eq!(fields(block), 9);
    let mut seen = std::collections::BTreeSet::new();
    for field in 0..9 {
        let text = planted(block, field, Way::Behind, "S3");
        assert!(text.contains("S3"), "{field}: {text}");
        assert!(seen.insert(text));
    }
    assert!(seen.contains("{\"a\":\"x\",\"b\":[1,{\"c\":\"{\\\"d\\\":\\\"y S3\\\"}\"}]}\ntwo \"words\""));
    assert!(seen.contains("{\"a\":\"x\",\"b\":[1,{\"c\":\"{\\\"d\\\":\\\"y\\\"}\"}]}\ntwo \"words S3\""));
    // The number and the object's unknown, the array's text, the unknown of the line.
    assert_eq!(fields(r#"{"a":"[{\"b\":1}]"}"#), 4);
}
