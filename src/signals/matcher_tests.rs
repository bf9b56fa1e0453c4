use super::*;
use crate::model::Cause;
use crate::signals::catalogue;
use crate::signals::catalogue::{Example, FILES};

fn error<'a>(provider: Option<&'a str>, kind: Option<&'a str>, message: &'a str) -> ErrorInfo<'a> {
    ErrorInfo { provider, status: Some(429), kind, message: Some(message) }
}

fn id(error_info: &ErrorInfo<'_>) -> Option<&'static str> {
    catalogue().matching(error_info).map(|m| m.signal.id.as_str())
}

fn of_example<'a>(e: &'a Example, provider: Option<&'a str>) -> ErrorInfo<'a> {
    ErrorInfo { provider, status: e.status, kind: e.error_type.as_deref(), message: e.message.as_deref() }
}

#[test]
fn every_file_parses_and_ids_are_unique() {
    let c = Catalogue::parse(FILES).unwrap();
    assert_eq!(c.signals.len(), catalogue().signals.len());
    let mut ids: Vec<_> = c.signals.iter().map(|s| s.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), c.signals.len());
}

#[test]
fn every_entry_is_whole() {
    for s in &catalogue().signals {
        assert!(!s.source.is_empty() && !s.causes.is_empty(), "{}", s.id);
        assert!(s.regex.is_some() || !s.kinds.is_empty(), "{}", s.id);
        for sentence in [&s.meaning, &s.trap, &s.what_to_do] {
            assert!(sentence.ends_with('.'), "{}: {sentence}", s.id);
        }
        match s.kind {
            Kind::Named => assert_eq!(s.causes.len(), 1, "{}", s.id),
            Kind::Misleading => assert!(s.causes.len() > 1, "{}", s.id),
            Kind::Ambiguous => assert_eq!(s.cause(), None, "{}", s.id),
        }
        assert!(s.window_minutes.is_empty() || s.causes.contains(&Cause::TokenWindow), "{}", s.id);
        for p in &s.providers {
            assert!(catalogue().providers.iter().any(|known| known.id == *p), "{}: {p}", s.id);
        }
        assert!(!s.strict || !s.providers.is_empty(), "{}", s.id);
    }
}

#[test]
fn every_entry_wins_for_its_example_with_and_without_its_provider() {
    for s in &catalogue().signals {
        for p in &s.providers {
            assert_eq!(id(&of_example(&s.example, Some(p))), Some(s.id.as_str()), "with provider {p}");
        }
        if !s.strict {
            assert_eq!(id(&of_example(&s.example, None)), Some(s.id.as_str()), "without a provider");
        }
    }
}

#[test]
fn every_pattern_begins_at_a_word_and_captures_known_names() {
    let known = ["cap", "limit", "used", "when", "epoch", "sec", "dur"];
    for s in &catalogue().signals {
        let Some(r) = s.regex.as_ref() else { continue };
        let starts = |p: &str| p.starts_with("\\b") || p.starts_with('^') || p.starts_with("(?:^|") || !p.is_ascii();
        assert!(!r.as_str().contains("(?<"), "{}: another spelling of a name", s.id);
        assert!(starts(r.as_str()), "{}: {}", s.id, r.as_str());
        for name in r.as_str().split("(?P<").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0)) {
            assert!(known.contains(&name), "{}: {name}", s.id);
        }
    }
}

#[test]
fn the_samples_texts_are_known() {
    let kimi = Some("kimi-code");
    let conc = "Your account org-7f3c<ak-f1a2> request reached organization max concurrency: 3, please try again after 1 seconds";
    let m = catalogue().matching(&error(kimi, Some("rate_limit_reached_error"), conc)).unwrap();
    assert_eq!((m.signal.cause(), m.cap, m.wait_s), (Some(Cause::ConcurrencyCap), Some(3), Some(1.0)));

    let tpm = "429 Your account org-7f3c<ak-f1a2> request reached organization TPM rate limit, current: 130112, limit: 128000, please try again after 1 seconds";
    let m = catalogue().matching(&error(None, Some("APIProviderRateLimitError"), tpm)).unwrap();
    assert_eq!((m.signal.cause(), m.used, m.limit), (Some(Cause::RatePerMinute), Some(130_112), Some(128_000)));

    let m = catalogue().matching(&error(kimi, None, "429 The engine is currently overloaded, please try again later"));
    assert_eq!(m.map(|m| (m.signal.kind, m.signal.cause())), Some((Kind::Misleading, Some(Cause::Overload))));

    let quota = "Error code: 429 - {'error': {'message': 'You exceeded your current token quota: <org-7f3c> 31275, please check your account balance', 'type': 'exceeded_current_quota_error'}}";
    assert_eq!(id(&error(None, Some("APIStatusError"), quota)), Some("moonshot.balance"));

    let cycle = "Error code: 403 - {'error': {'message': \"You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.\", 'type': 'access_terminated_error'}}";
    let m = catalogue().matching(&error(kimi, Some("APIStatusError"), cycle)).unwrap();
    assert_eq!((m.signal.cause(), m.signal.window()), (Some(Cause::TokenWindow), Some(10_080)));

    let auth =
        "Error code: 401 - {'error': {'message': 'Invalid Authentication', 'type': 'invalid_authentication_error'}}";
    assert_eq!(id(&error(kimi, None, auth)), Some("moonshot.key"));
}

#[test]
fn the_thread_s_sentence_is_ambiguous_in_both_wordings() {
    for tail in ["Please wait a moment and try again.", "Please wait and try again later."] {
        for quote in ["'", "\u{2019}"] {
            let text = format!("We{quote}re receiving too many requests at the moment. {tail}");
            let m = catalogue().matching(&error(Some("kimi-code"), Some("rate_limit_reached_error"), &text)).unwrap();
            assert_eq!((m.signal.kind, m.signal.cause()), (Kind::Ambiguous, None));
            assert!(m.signal.hypotheses().is_empty());
        }
    }
}

#[test]
fn a_type_alone_names_nothing() {
    for kind in ["access_terminated_error", "rate_limit_reached_error", "rate_limit_error", "provider.auth_error"] {
        let m = catalogue().matching(&ErrorInfo { kind: Some(kind), ..ErrorInfo::default() }).unwrap();
        assert_eq!(m.signal.kind, Kind::Ambiguous, "{kind}");
    }
}

#[test]
fn the_provider_decides_what_one_code_means() {
    let cause = |p| {
        let s = ErrorInfo { provider: p, status: Some(429), kind: Some("insufficient_quota"), message: None };
        catalogue().matching(&s).map(|m| (m.signal.kind, m.signal.cause()))
    };
    assert_eq!(cause(Some("openai-api")), Some((Kind::Named, Some(Cause::Billing))));
    assert_eq!(cause(Some("dashscope")), Some((Kind::Named, Some(Cause::RatePerMinute))));
    assert_eq!(cause(None), Some((Kind::Misleading, Some(Cause::Billing))));
}

#[test]
fn a_named_text_beats_the_type_and_a_wrapper() {
    let wrapped = "stream disconnected before completion: Rate limit reached for gpt-x in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000.";
    assert_eq!(id(&error(Some("codex"), None, wrapped)), Some("openai.per-minute"));
    let bare = error(Some("kimi-code"), Some("rate_limit_reached_error"), "Too many concurrent requests");
    assert_eq!(id(&bare), Some("generic.concurrency"));
}

#[test]
fn hostile_and_idle_words_match_nothing() {
    for text in [
        "I will generate limits for the table",
        "generate limit",
        "The rate limiter in src/limiter.rs now counts requests per user and I have added a unit test for it",
        "separate limited access to the accelerate limit",
        "the corporate limit reached",
        "error 13025: widget",
        "",
        "{\"error\":{\"message\":\"bad request\"},\"messages\":[{\"content\":\"rate limit exceeded\"}]}",
        "{\"rateLimitType\":\"seven_day\",\"utilization\":0.87,\"status\":\"allowed_warning\"}",
    ] {
        assert_eq!(id(&error(None, None, text)), None, "{text}");
    }
}

#[test]
fn two_limits_in_one_text_give_the_one_that_lasts() {
    let both = "request reached organization TPD rate limit, current: 1526210, limit: 1500000 AND request reached organization max RPM: 20";
    assert_eq!(id(&error(Some("moonshot"), None, both)), Some("moonshot.tpd"));
}

#[test]
fn what_a_text_excludes_is_kept() {
    let text = "API Error: Server is temporarily limiting requests (not your usage limit)";
    let m = catalogue().matching(&error(Some("claude-code"), Some("rate_limit"), text)).unwrap();
    assert_eq!(m.signal.rules_out, [Cause::TokenWindow]);
    assert_eq!((m.signal.kind, m.signal.cause()), (Kind::Misleading, Some(Cause::RatePerMinute)));
}

#[test]
fn resets_are_read_from_the_text() {
    let at = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
    let reset = |text: &str| catalogue().matching(&error(None, None, text)).unwrap().resets_at(at, None);
    assert_eq!(reset("Claude AI usage limit reached|1772554740"), Time::from_epoch(1_772_554_740.0));
    assert_eq!(
        reset("You have exhausted your capacity on this model. Your quota will reset after 8h44m7s."),
        Some(at.plus(31_447.0))
    );
    assert_eq!(
        reset(
            "usage limit exceeded, 5-hour usage limit reached for Plan (9/9 used), resets at 2026-05-15T15:00:00Z (2056)"
        ),
        Time::parse_rfc3339("2026-05-15T15:00:00Z")
    );
    // 14:10 in Los Angeles is 22:10 UTC in winter.
    assert_eq!(
        reset("You've hit your session limit · resets 2:10pm (America/Los_Angeles)"),
        Time::parse_rfc3339("2026-03-03T22:10:00Z")
    );
    assert_eq!(reset("You've hit your session limit · resets 2:10pm"), None);
    assert_eq!(
        reset("exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 86400 seconds."),
        None
    );
    assert_eq!(
        reset(r#"{"error":{"type":"usage_limit_reached","plan_type":"plus","resets_in_seconds":2580}}"#),
        Some(at.plus(2580.0))
    );
    assert_eq!(
        reset(r#"{"error":{"type":"usage_limit_reached","resets_at":1772556000,"resets_in_seconds":2580}}"#),
        Time::from_epoch(1_772_556_000.0)
    );
}

#[test]
fn a_local_time_takes_the_zone_of_the_line() {
    let at = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
    let text = "You've hit your usage limit. Visit the settings page to purchase more credits or try again at 7:36 PM.";
    let matched = catalogue().matching(&error(Some("codex"), None, text)).unwrap();
    let zone = crate::model::Zone::parse("Europe/Vienna");
    assert_eq!(matched.resets_at(at, zone), Time::parse_rfc3339("2026-03-03T18:36:00Z"));
    assert_eq!(matched.resets_at(at, None), None);
}

#[test]
fn z_ai_s_zoneless_times_are_of_its_own_zone_where_that_is_possible() {
    let text = "Usage limit reached for 5 hour. Your limit will reset at 2026-08-27 21:31:39";
    let matched = catalogue().matching(&error(Some("zai"), Some("1308"), text)).unwrap();
    let reset = |at: &str| matched.resets_at(Time::parse_rfc3339(at).unwrap(), None).map(Time::rfc3339);
    // UTC+8: 13:31:39Z, inside five hours of the line.
    assert_eq!(reset("2026-08-27T10:00:00Z").as_deref(), Some("2026-08-27T13:31:39.000Z"));
    // By UTC+8 it would have passed hours before the line; as UTC it lies inside the window.
    assert_eq!(reset("2026-08-27T18:00:00Z").as_deref(), Some("2026-08-27T21:31:39.000Z"));
}

#[test]
fn a_cap_s_wait_is_no_reset_in_words() {
    let text = "Too many concurrent requests, try again at 4:36 AM (UTC)";
    let m = catalogue().matching(&error(None, None, text)).unwrap();
    assert_eq!((m.signal.cause(), m.reset), (Some(Cause::ConcurrencyCap), None));
}

#[test]
fn a_sentence_that_a_router_wraps_names_the_limit() {
    let raw = r#"{\"error\":{\"message\":\"Your account org-7f3c request reached organization max concurrency: 2, please try again after 1 seconds\"}}"#;
    let message = format!(
        r#"{{"error":{{"message":"Provider returned error","code":429,"metadata":{{"raw":"{raw}","provider_name":"Moonshot AI"}}}}}}"#
    );
    let routed = ErrorInfo { provider: Some("openrouter"), status: Some(429), kind: None, message: Some(&message) };
    let matched = catalogue().matching(&routed).unwrap();
    assert_eq!((matched.signal.id.as_str(), matched.cap), ("moonshot.concurrency", Some(2)));
    // Nothing inside names a limit: the router's own sentence stands.
    let alone = ErrorInfo { message: Some("429 Provider returned error"), ..routed };
    assert_eq!(catalogue().matching(&alone).unwrap().signal.kind, Kind::Ambiguous);
}

/// Sentences of clients that no thread of the table has, as they print them around a limit.
#[test]
fn clients_own_sentences_are_known() {
    for (provider, text, signal) in [
        ("claude-code", "You've hit your Opus limit · resets 9pm (UTC)", "claude.model-window"),
        ("claude-code", "You've hit your Sonnet 4.5 weekly limit", "claude.model-window"),
        ("claude-code", "API Error (Request timed out.)", "net.timeout"),
        ("claude-code", "Response stalled mid-stream", "net.cut"),
        ("codex", "We're currently experiencing high demand, which may cause temporary errors.", "codex.demand"),
        ("github-copilot", "402 You have no quota (Request ID: A1)", "copilot.no-quota"),
    ] {
        assert_eq!(id(&error(Some(provider), None, text)), Some(signal), "{text}");
        assert_eq!(id(&error(None, None, text)), Some(signal), "without its provider: {text}");
    }
    let model_window = error(Some("claude-code"), None, "You've hit your Opus limit · resets 9pm (UTC)");
    let at = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
    let reset = catalogue().matching(&model_window).unwrap().resets_at(at, None).unwrap();
    assert_eq!(reset.rfc3339(), "2026-03-03T21:00:00.000Z");
}
