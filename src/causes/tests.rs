use super::*;

const DOC: &str = include_str!("../../docs/CAUSES.md");

fn all_sentences(c: &CauseInfo) -> Vec<&'static str> {
    let lists = [c.signs_for, c.signs_against, c.advice_now, c.advice_change, c.ask_support];
    let mut all = vec![c.meaning, c.typical_life, c.ends_when, c.settles, c.prior];
    all.extend(lists.into_iter().flatten());
    all
}

#[test]
fn the_registry_holds_every_cause_in_order() {
    assert_eq!(REGISTRY.map(|c| c.cause), Cause::ALL);
    for cause in Cause::ALL {
        assert_eq!(info(cause).cause, cause);
    }
}

#[test]
fn the_document_has_a_row_for_every_cause_under_its_title() {
    for c in REGISTRY {
        let mut title = c.title.chars();
        let title: String = title.next().unwrap().to_uppercase().chain(title).collect();
        let row = format!("\n| [{title}](causes/{0}.md) | `{0}` |", c.cause.id());
        assert!(DOC.contains(&row), "docs/CAUSES.md lacks {row:?}");
        assert!(page::lines(c, &[], 80)[0].starts_with(c.title));
    }
}

#[test]
fn every_placeholder_is_a_known_one() {
    for text in REGISTRY.into_iter().flat_map(all_sentences) {
        for part in text.split('{').skip(1) {
            let name = part.split('}').next().unwrap();
            assert!(PLACEHOLDERS.iter().any(|(known, _)| *known == name), "{name} in {text}");
        }
    }
}

#[test]
fn every_sentence_ends_and_none_is_padded() {
    for text in REGISTRY.into_iter().flat_map(all_sentences) {
        assert!(text.ends_with(['.', '?']), "{text}");
        assert!(!text.contains("  "), "{text}");
    }
}

#[test]
fn advice_remains_when_nothing_is_known() {
    for c in REGISTRY {
        assert!(!fill_all(c.advice_now, &[]).is_empty(), "{}", c.cause);
        assert!(!page::settles(c, &[]).is_empty(), "{}", c.cause);
    }
}

#[test]
fn a_sentence_with_an_unknown_placeholder_is_left_out() {
    let t = "Wait. Stay below {cap}, at version 1.2 of it. See {reset}? {pool} is yours.";
    assert_eq!(fill(t, &[("cap", "3")]), "Wait. Stay below 3, at version 1.2 of it.");
    assert_eq!(fill(t, &[("reset", "17:16. Really"), ("pool", "p{x}")]), "Wait. See 17:16. Really? p{x} is yours.");
    assert_eq!(fill("Only {cap}.", &[]), "");
    assert_eq!(fill("Broken {cap", &[("cap", "3")]), "");
}

#[test]
fn windows_are_named_as_people_say_them() {
    assert_eq!(title(Cause::TokenWindow, Some(300)), "used-up 5-hour token window");
    assert_eq!(title(Cause::TokenWindow, Some(10_080)), "used-up weekly token window");
    assert_eq!(title(Cause::TokenWindow, None), "used-up token window");
    assert_eq!(title(Cause::Network, Some(300)), "network failure");
    assert_eq!(window_name(4_320), "3-day");
    assert_eq!(window_name(90), "90-minute");
}

#[test]
fn no_plan_is_promised() {
    for text in REGISTRY.into_iter().flat_map(all_sentences) {
        assert!(!text.contains("30 ") && !text.contains('$'), "{text}");
    }
}
