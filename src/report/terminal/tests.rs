//! What people read, at four widths.

use super::*;
use crate::report::sample;
use unicode_width::UnicodeWidthStr;

fn look(width: usize) -> Look {
    Look { width, color: false, verbose: false, quiet: false }
}

fn verbose(width: usize) -> Look {
    Look { verbose: true, ..look(width) }
}

#[test]
fn every_story_on_a_screen_and_one_in_full() {
    for (name, document) in sample::all() {
        let text = render(&document, &look(80));
        assert!(text.lines().count() <= screen::LINES, "{name}");
        insta::assert_snapshot!(format!("{name}_80"), text);
    }
    insta::assert_snapshot!("thread_verbose_100", render(&sample::thread(), &verbose(100)));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, document) in sample::all() {
        for width in (60..=200).step_by(7) {
            for verbose in [false, true] {
                let text = render(&document, &Look { verbose, ..look(width) });
                for line in text.lines() {
                    assert!(line.width() <= width, "{name} at {width}: {line}");
                    assert_eq!(line, line.trim_end(), "{name} at {width}");
                }
            }
        }
    }
}

#[test]
fn quiet_is_the_sentence_and_when_it_ends() {
    let quiet = Look { quiet: true, ..look(200) };
    assert_eq!(
        render(&sample::outage(), &quiet),
        "Your 5-hour token window has been used up since 2026-03-03 16:19:02. It resets at 17:16:04 UTC. All 604 requests \
         in 21 min were refused (confirmed, 97 %).\n\
         It should end in 35 min, at 17:16 (now 16:41 UTC; the logs end at 16:39).\n"
    );
    assert_eq!(render(&sample::thread(), &Look { width: 60, ..quiet }).lines().count(), 1, "one line to paste");
}

#[test]
fn an_outage_whose_reset_is_past_should_have_ended() {
    let mut document = sample::outage();
    document.now = Some(sample::at("18:16:04"));
    let text = render(&document, &Look { quiet: true, ..look(80) });
    let last = text.lines().last().unwrap();
    assert_eq!(
        last,
        "The logs end while it is blocked, at 16:39. It should have ended at 17:16, 60 min ago (now 18:16 UTC)."
    );
    document.episodes[0].verdict.between = sample::undetermined().episodes[0].verdict.between.clone();
    let text = render(&document, &Look { quiet: true, ..look(80) });
    assert!(text.contains("If it was a token window, it should have ended at 17:16"), "{text}");
}

#[test]
fn a_agent_that_was_not_admitted_again_gave_up_or_waits() {
    let mut document = sample::thread();
    document.episodes[0].agents[0].recovered = false;
    assert!(render(&document, &verbose(80)).contains("gave up 17:16"));
    assert!(render(&sample::outage(), &verbose(80)).contains("not admitted yet"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let paint = crate::pattern::Pattern::new("\x1b\\[[0-9;]*m");
    for (name, document) in sample::all() {
        let painted = render(&document, &Look { color: true, ..look(80) });
        assert!(painted.contains('\x1b'), "{name}");
        let stripped = paint.replaced(&painted, |_| String::new());
        assert_eq!(stripped, Some(render(&document, &look(80))), "{name}");
    }
}

#[test]
fn hostile_text_cannot_act_on_the_terminal() {
    let mut document = sample::thread();
    document.inputs[0].path = "a\x1b]0;x\x07\nb".to_owned();
    document.episodes[0].agents[0].name = "sub\x1b[2J\u{202e}".to_owned();
    document.episodes[0].evidence[0].statement = "said \u{9b}31m\r".to_owned();
    document.verdict.sentence.push('\x08');
    let text = render(&document, &look(80));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn another_zone_moves_every_time() {
    let mut document = sample::thread();
    document.zone = "Asia/Shanghai".to_owned();
    let text = render(&document, &look(80));
    assert!(text.contains("kimi-code/acct0, 2026-03-04, Asia/Shanghai"), "{text}");
    assert!(text.contains("2026-03-04"), "16:19 UTC is 00:19 of the next day there");
    assert!(text.contains("00:19 first refusal"));
}

#[test]
fn a_fleet_of_incidents_is_a_page_or_two() {
    let mut document = sample::thread();
    let (episode, incident) = (document.episodes[0].clone(), document.incidents[0].clone());
    for n in 2..=3_000_u32 {
        let cost = f64::from(n);
        let id = format!("E{n}");
        document.episodes.push(Episode { id: id.clone(), blocked_agent_s: cost, ..episode.clone() });
        let of_it = crate::document::Incident { episodes: vec![id], blocked_agent_s: cost, ..incident.clone() };
        document.incidents.push(of_it);
    }
    let text = render(&document, &look(80));
    assert!(text.lines().count() <= screen::LINES, "{}", text.lines().count());
    assert!(text.starts_with("3,000 incidents") && text.contains(" more (-v)"), "{text}");
    let all = render(&document, &verbose(80));
    assert!(all.lines().count() > 3_000 && !all.contains("-v shows"), "verbose has all");
}
