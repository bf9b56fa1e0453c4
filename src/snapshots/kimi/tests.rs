use serde_json::json;

use super::*;
use crate::model::{QuotaState, Time, WindowState};

fn read(body: &Value) -> Option<QuotaState> {
    KimiUsages.reads(body).map(|f| f.state(None))
}

/// Length, remaining share and reset of each window.
fn windows(body: &Value) -> Vec<(u32, Option<f64>, Option<String>)> {
    let numbers = |w: &WindowState| (w.window_minutes, w.remaining_share, w.resets_at.map(Time::rfc3339));
    read(body).unwrap().windows.iter().map(numbers).collect()
}

fn at(time: &str) -> Option<String> {
    Some(format!("2026-07-{time}Z"))
}

fn five_hours(detail: Value) -> Value {
    json!([{"window": {"duration": 300, "timeUnit": "TIME_UNIT_MINUTE"}, "detail": detail}])
}

#[test]
fn variant_a_counts_requests() {
    let body = json!({
        "usage": {"limit": "2048", "used": "512", "remaining": "1536", "resetTime": "2026-07-09T15:23:13.716839300Z"},
        "limits": five_hours(json!({"limit": "200", "used": "150", "remaining": "50",
                                    "resetTime": "2026-07-06T13:33:02.717479433Z"}))});
    assert_eq!(
        windows(&body),
        [(300, Some(0.25), at("06T13:33:02.717")), (10_080, Some(0.75), at("09T15:23:13.716")),]
    );
    let state = read(&body).unwrap();
    assert_eq!((state.windows[0].limit, state.windows[0].used), (Some(200.0), Some(150.0)));
    assert!(state.conflicts.is_empty());
}

#[test]
fn variant_b_exhausted_has_no_remaining_and_idle_has_no_used() {
    let body = |detail: Value| {
        json!({"user": {"userId": "u-1", "membership": {"level": "LEVEL_INTERMEDIATE"}},
            "usage": {"limit": "100", "used": "63", "remaining": "37", "resetTime": "2026-07-20T09:59:07.479363Z"},
            "limits": five_hours(detail), "parallel": {"limit": "20"},
            "totalQuota": {"limit": "100", "used": "1", "remaining": "99"}, "subType": "TYPE_PURCHASE"})
    };
    let reset = "2026-07-13T15:59:07.479363Z";
    let exhausted = body(json!({"limit": "100", "used": "100", "resetTime": reset}));
    assert_eq!(windows(&exhausted)[0], (300, Some(0.0), at("13T15:59:07.479")));
    let idle = body(json!({"limit": "100", "remaining": "100", "resetTime": reset}));
    assert_eq!(windows(&idle)[0], (300, Some(1.0), at("13T15:59:07.479")));
    let literal = body(json!({"limit": "100", "used": "100", "remaining": "0"}));
    assert_eq!(windows(&literal)[0], (300, Some(0.0), None));
    let unknown = body(json!({"limit": "100", "resetTime": reset}));
    assert_eq!(windows(&unknown)[0], (300, None, at("13T15:59:07.479")));
    let parsed = KimiUsages.reads(&exhausted).unwrap();
    assert_eq!((parsed.concurrency_limit, parsed.owner), (Some(20), crate::snapshots::parsed_body::owner("u-1")));
    assert!(parsed.anchored);
    assert_eq!(parsed.provider.as_deref(), Some("kimi-code"));
}

#[test]
fn numbers_in_any_dress_and_broken_ones() {
    let share = |detail: Value| windows(&json!({"limits": five_hours(detail)})).first().map(|w| w.1);
    assert_eq!(share(json!({"limit": 100, "used": 25})), Some(Some(0.75)));
    assert_eq!(share(json!({"limit": 100.0, "remaining": "75.0"})), Some(Some(0.75)));
    assert_eq!(share(json!({"limit": "100", "used": "", "remaining": null})), Some(None));
    assert_eq!(share(json!({"limit": "100", "used": -5})), Some(None));
    assert_eq!(share(json!({"limit": "100", "used": "100", "remaining": "0.37"})), Some(Some(0.0037)));
    assert_eq!(share(json!({"limit": -1, "used": 5})), None, "a negative limit is unknown: not measured");
    assert_eq!(share(json!({"used": 5, "remaining": 0})), None);
    assert_eq!(share(json!({"limit": "0", "used": "0", "remaining": "0"})), None);
}

#[test]
fn resets_of_1970_and_2100_are_unknown() {
    for time in [json!("1970-01-01T00:00:00Z"), json!("2100-01-01T00:00:00Z"), json!(0), json!(""), json!("soon")] {
        let detail = json!({"limit": 100, "used": 1, "resetTime": time});
        assert_eq!(windows(&json!({"limits": five_hours(detail)}))[0].2, None);
    }
    let detail = json!({"limit": 100, "used": 1, "reset_at": 1_783_958_347_000_i64});
    assert_eq!(windows(&json!({"limits": five_hours(detail)}))[0].2, at("13T15:59:07.000"));
}

#[test]
fn a_relative_reset_counts_from_the_capture() {
    for key in ["reset_in", "resetIn", "ttl"] {
        let parsed = KimiUsages.reads(&json!({"limits": five_hours(json!({"limit": 100, "used": 1, key: "90"}))}));
        let captured = Time::parse_rfc3339("2026-07-13T15:57:37Z").unwrap();
        let parsed = parsed.unwrap();
        assert_eq!(parsed.state(None).windows[0].resets_at, None);
        assert_eq!(parsed.state(Some(captured)).windows[0].resets_at.map(Time::rfc3339), at("13T15:59:07.000"));
    }
}

#[test]
fn the_length_names_the_window_in_any_unit() {
    let body = |window: Value| json!({"limits": [{"window": window, "limit": 100, "used": 1}]});
    let minutes = |window: Value| windows(&body(window))[0].0;
    assert_eq!(minutes(json!({"duration": 5, "timeUnit": "TIME_UNIT_HOUR"})), 300);
    assert_eq!(minutes(json!({"duration": "7", "timeUnit": "TIME_UNIT_DAY"})), 10_080);
    assert_eq!(minutes(json!({"duration": 1, "unit": "week"})), 10_080);
    assert!(windows(&body(json!({"duration": 5, "timeUnit": "TIME_UNIT_UNSPECIFIED"}))).is_empty());
    let reset_beside = json!({"limits": [{"window": {"duration": 300, "timeUnit": "MINUTE"}, "detail": {"limit": 100},
        "resetTime": "2026-07-13T15:59:07Z"}]});
    assert_eq!(windows(&reset_beside), [(300, None, at("13T15:59:07.000"))]);
}

#[test]
fn variant_c_pools_count_and_an_unmeasured_limit_does_not() {
    let body = json!({"usages": {
            "limit_5h": {"used_ratio": 0.75, "reset_time": "2026-07-21T14:00:14Z"},
            "limit_7d": {"used_ratio": "0.25", "reset_time": "2026-07-27T09:00:14Z"},
            "limit_month_total": {"used_ratio": 0.5, "reset_time": "2026-07-31T00:00:00Z"},
            "limit_month_code": {"used_ratio": 0.25, "reset_time": "2026-07-31T00:00:00Z"}},
        "limits": five_hours(json!({"limit": "0", "used": "0", "remaining": "0"})), "parallel": {"limit": "30"}});
    assert_eq!(
        windows(&body),
        [
            (300, Some(0.25), at("21T14:00:14.000")),
            (10_080, Some(0.75), at("27T09:00:14.000")),
            (43_200, Some(0.5), at("31T00:00:00.000")),
        ]
    );
    let state = read(&body).unwrap();
    assert_eq!(state.concurrency_limit, Some(30));
    assert!(state.conflicts.is_empty(), "two monthly pools are no contradiction");
}

#[test]
fn variant_c_in_camel_case_and_with_the_alias() {
    let body = json!({"usages": {"limit5h": {"usedRatio": 1, "resetAt": "2026-07-21T14:00:14Z"}, "limit7d": {},
                                 "limit_month": {"usedRatio": 0.5}, "limits": {"usedRatio": 1}, "other": 3}});
    assert_eq!(
        windows(&body),
        [(300, Some(0.0), at("21T14:00:14.000")), (10_080, None, None), (43_200, Some(0.5), None)]
    );
}

#[test]
fn variant_d_of_the_web_gateway() {
    let detail = json!({"limit": "100", "used": "25", "remaining": "75", "resetTime": "2026-07-20T09:59:07.479363Z"});
    let body = |limits: Value| {
        json!({"usages": [{"scope": "FEATURE_OTHER", "detail": {"limit": "100", "used": "100"}},
                          {"scope": "FEATURE_CODING", "detail": detail, "limits": limits}]})
    };
    let reset = "2026-07-13T15:59:07Z";
    let five = five_hours(json!({"limit": "100", "remaining": "100", "resetTime": reset}));
    assert_eq!(
        windows(&body(five)),
        [(300, Some(1.0), at("13T15:59:07.000")), (10_080, Some(0.75), at("20T09:59:07.479"))]
    );
    assert_eq!(windows(&body(json!(null))).len(), 1);
}

#[test]
fn membership_stats() {
    let body = json!({"ratelimitCode5h": {"ratio": 0.25, "enabled": true, "resetTime": "2026-07-13T15:59:07Z"},
        "ratelimitCode7d": {"ratio": 1, "enabled": false, "resetTime": "2026-07-20T09:59:07Z"},
        "subscriptionBalance": {"feature": "FEATURE_OMNI", "amountUsedRatio": 0.5, "kimiCodeUsedRatio": 0.2,
                                "expireTime": "2026-07-31T00:00:00Z"}, "giftBalances": []});
    assert_eq!(windows(&body), [(300, Some(0.75), at("13T15:59:07.000")), (43_200, Some(0.5), at("31T00:00:00.000"))]);
    // An omitted ratio may be a zero of proto3, but nothing else shows it: unknown.
    let omitted = json!({"ratelimitCode5h": {"enabled": true, "resetTime": "2026-07-13T15:59:07Z"}});
    assert_eq!(windows(&omitted)[0].1, None);
}

#[test]
fn both_envelopes_of_the_local_server() {
    let older = json!({"code": 0, "msg": "", "data": {"kind": "ok",
        "summary": {"name": "Weekly limit", "window": {"duration": 1, "unit": "week"}, "used": 40, "limit": 100,
                    "reset_at": "2026-07-20T09:59:07Z"},
        "limits": [{"name": "5h", "window": {"duration": 5, "unit": "hour"}, "used": 100, "limit": 100,
                    "reset_at": "2026-07-13T15:59:07Z"}], "extra_usage": null}});
    assert_eq!(windows(&older), [(300, Some(0.0), at("13T15:59:07.000")), (10_080, Some(0.6), at("20T09:59:07.000"))]);
    let newer = json!({"code": 0, "data": {"kind": "ok", "quota": {"extraUsage": null, "usages": {
        "limit5h": {"resetAt": "2026-07-13T15:59:07Z", "usedRatio": 0.25}, "limit7d": {"usedRatio": 0.5}}}}});
    assert_eq!(windows(&newer), [(300, Some(0.75), at("13T15:59:07.000")), (10_080, Some(0.5), None)]);
}

#[test]
fn contradicting_views_are_kept_as_a_conflict() {
    let body = json!({"usage": {"limit": "100", "used": "100", "resetTime": "2026-07-20T09:59:07Z"},
        "usages": {"limit_7d": {"used_ratio": 0, "reset_time": "2026-07-20T09:59:07Z"},
                   "limit_5h": {"used_ratio": 0.61}},
        "limits": five_hours(json!({"limit": "100", "used": "62"}))});
    let state = read(&body).unwrap();
    assert_eq!(windows(&body)[1].1, Some(0.0));
    assert_eq!(windows(&body)[0].1, Some(0.38));
    assert_eq!(
        state.conflicts,
        [
            "Two views of the 10080-minute window disagree: usage shows 0 % remaining, usages shows 100 %; the lower one counts."
        ]
    );
}

#[test]
fn money_for_extra_usage_is_reported_when_a_window_is_empty() {
    let body = |used: u32| {
        json!({"limits": five_hours(json!({"limit": 100, "used": used})),
               "boosterWallet": {"balance": {"type": "BOOSTER", "amount": "20", "amountLeft": "15"}}})
    };
    assert_eq!(read(&body(100)).unwrap().conflicts.len(), 1);
    assert!(read(&body(50)).unwrap().conflicts.is_empty());
}

#[test]
fn other_programs_bodies_are_not_kimi_s() {
    for body in [
        json!({"usage": {"prompt_tokens": 3, "total_tokens": 9}, "choices": []}),
        json!({"usage": {"limit": 3}}),
        json!({"usages": {}}),
        json!({"usages": []}),
        json!({"usages": [{"scope": "FEATURE_OTHER", "detail": {"limit": "1"}}]}),
        json!({"limits": [{"kind": "session", "percent": 100, "resets_at": "2026-07-14T21:00:00Z"}]}),
        json!({"limits": [{"type": "TOKENS_LIMIT", "unit": 3, "number": 5, "usage": 4}]}),
        json!({"window": {"duration": 5}}),
        json!([1, 2]),
        json!("usage"),
    ] {
        assert_eq!(KimiUsages.reads(&body), None, "{body}");
    }
}
