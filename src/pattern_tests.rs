use super::*;

type Spans = Vec<Vec<Option<Range<usize>>>>;

fn spans(by: By<'_>, text: &str) -> Spans {
    by.all(text).iter().map(|g| (0..g.len()).map(|n| g.get(n)).collect()).collect()
}

fn quick(pattern: &Pattern, mode: Mode, text: &str) -> Spans {
    spans(By::Quick(&pattern.compile(mode).unwrap()), text)
}

/// Fails where the ways to compile a pattern find different things in a text.
pub(crate) fn agree(pattern: &Pattern, text: &str) {
    let fast = spans(By::Fast(&pattern.compile_for_speed().unwrap()), text);
    assert_eq!(quick(pattern, Mode::Unicode, text), fast, "{} in {text}", pattern.as_str());
    let plain = Plain::of(text).filter(|_| pattern.is_plain());
    if let Some(plain) = plain.filter(|_| pattern.compile(Mode::Ascii).is_some()) {
        let mut found = quick(pattern, Mode::Ascii, &plain.text);
        for range in found.iter_mut().flatten().flatten() {
            *range = placed(Some(&plain.places), range.clone());
        }
        assert_eq!(found, fast, "{} in {text}", pattern.as_str());
    }
}

/// What stands for the punctuation is to no class of a pattern what that is not.
#[test]
fn punctuation_is_to_every_class_what_a_control_character_is() {
    for class in
        [r"\w", r"\s", r"\d", r"\b", r"[^\s]", r"[^a-z]", r".", r"(?i)k", r"(?i)[a-z]", r"[ -~]", r"\B", r"[[:punct:]]"]
    {
        let pattern = Pattern::new(class);
        for sign in PUNCTUATION {
            let text = format!("a{sign}b {sign}. {sign}{sign}9");
            agree(&pattern, &text);
            assert_eq!(pattern.captures_iter(&text).map(|f| f.whole()).collect::<Vec<_>>(), {
                let fast = pattern.compile_for_speed().unwrap();
                fast.regex.find_iter(&text).map(|m| m.range()).collect::<Vec<_>>()
            });
        }
    }
}

#[test]
fn however_it_is_compiled_it_finds_the_same() {
    for source in [
        r"(?i)\b(key|k)\s*[:=]\s*(?P<v>[^\s;]{2,}?)(;|$)",
        r"\p{L}+@\w+",
        r"(\d+)(?:\.(\d+))?|x{2,4}",
        r"(?-u)\bk[a-z]*",
    ] {
        let pattern = Pattern::new(source);
        for text in [
            "KEY: ab; k=cd;",
            "KEY: a·b; “k”=c…d;",
            "ann@host, x@y",
            "1.5 xx xxxxx 7",
            "k\u{e9}y \u{212a}: abc; ke",
            "",
        ] {
            agree(&pattern, text);
        }
    }
}

#[test]
fn many_texts_change_nothing_but_speed() {
    let pattern = Pattern::new(r"n(\d+)");
    for n in 0..OFTEN * 2 {
        let text = format!("é n{n}");
        let found = pattern.captures(&text).unwrap();
        assert_eq!((found[1].parse(), found.whole()), (Ok(n), 3..text.len()));
        assert_eq!(pattern.replaced(&text, |f| f.expand("<$1>")), Some(format!("é <{n}>")));
    }
    assert!(pattern.fast.get().is_some());
    assert_eq!(pattern.replaced("none", |_| String::new()), None);
}

#[test]
fn a_broken_pattern_matches_nothing_and_says_so() {
    let broken = Pattern::new("(a");
    assert!(broken.check().is_err() && !broken.is_match("(a") && broken.find("a").is_none());
}

#[test]
fn groups_know_their_place() {
    let found = Pattern::new("(x)|(?P<y>y)").captures("ay").unwrap();
    let part = found.name("y").unwrap();
    assert_eq!((part.as_str(), part.start(), part.end(), found.first()), ("y", 1, 2, Some(part)));
    assert_eq!((&found[1], &found["y"], found.get(1)), ("", "y", None));
    // A long text is searched by the pattern compiled for speed.
    let (pattern, long) = (Pattern::new("(x)|(?P<y>y)"), format!("{}y", "a".repeat(LONG)));
    let found = pattern.captures(&long).unwrap();
    let part = found.name("y").unwrap();
    assert_eq!((part.as_str(), part.start(), found.first()), ("y", LONG, Some(part)));
    assert_eq!((&found[1], &found["y"], found.get(1)), ("", "y", None));
}
