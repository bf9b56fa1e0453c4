//! What the numbers of each phrase are.

use super::Case;
use super::values::{is_cut, is_duration, is_time, median, number};

/// Says what was counted where it differs.
pub type Check = fn(&Case, &[&str]) -> Result<(), String>;

/// `{N}` a count, `{T}` a time of the day, `{D}` a duration, `{P}` percent.
pub fn pattern(form: &str) -> String {
    form.replace("{N}", r"(\d[\d,]*)")
        .replace("{T}", r"(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)")
        .replace("{D}", r"(\d[\d.]* (?:s|min|h|days)(?: \d+ (?:s|min|h))?)")
        .replace("{P}", r"(\d[\d.]*) %")
}

fn equal(printed: &[u64], counted: &[u64]) -> Result<(), String> {
    if printed == counted { Ok(()) } else { Err(format!("{counted:?}")) }
}

fn holds(is_right: bool, counted: impl std::fmt::Debug) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(format!("{counted:?}")) }
}

fn refused(case: &Case) -> u64 {
    case.facts.refusals.len() as u64
}

fn total(case: &Case) -> u64 {
    refused(case) + case.facts.inside as u64
}

/// The most admitted requests that ran together, that one included, around the episode.
fn together(case: &Case) -> u64 {
    let f = &case.facts;
    f.most_in_flight(f64::NEG_INFINITY, f64::INFINITY)
}

fn is_reset(case: &Case, printed: &str) -> Result<(), String> {
    holds(!case.named_instants(printed).is_empty() || !named_ends(case, printed).is_empty(), "in no file")
}

/// Numbers that a model of the evidence says; the phrase says which. Their definitions have tests of their own in src/evidence.
fn of_the_model(_: &Case, _: &[&str]) -> Result<(), String> {
    Ok(())
}

pub fn phrases() -> Vec<(&'static str, Check)> {
    [headline(), reasons(), statistics(), rows()].concat()
}

fn headline() -> Vec<(&'static str, Check)> {
    vec![
        // Quoted first: what stands in quotes stands in the log.
        (r#"\("([^"]+?(?:"[^)"]*)*)"\)"#, |c, v| {
            let pieces = v[0].trim_end_matches('…').split(['<', '>', '…']).filter(|p| !["account", "user"].contains(p));
            let all: String = c.raw.iter().map(|(_, t)| t.as_str()).collect::<String>().replace('\\', "");
            let missing: Vec<&str> = pieces.filter(|p| !all.contains(&p.replace('\\', ""))).collect();
            holds(missing.is_empty(), missing)
        }),
        (r"was used up at {T} and reset at {T} UTC\. All {N} requests in between were refused", |c, v| {
            is_reset(c, v[1])?;
            holds(is_time(v[0], c.facts.first) && number(v[2]) == refused(c), (c.facts.first, refused(c)))
        }),
        (r"work resumed at {T}", |c, v| holds(is_time(v[0], c.facts.after.unwrap()), c.facts.after)),
        (r"the error names as its end {T}", |c, v| {
            let ends = ends_by_wait(c);
            holds(ends.iter().any(|t| is_time(v[0], *t)), ends.last())
        }),
        (r"from {T} to {T} UTC", |c, v| {
            holds(is_time(v[0], c.facts.first) && is_time(v[1], c.facts.last), (c.facts.first, c.facts.last))
        }),
        (r"\(up to {N} with retries that are not logged\)", |c, v| {
            let hidden = (c.per_row - 1) * total(c);
            equal(&[number(v[0])], &[refused(c) + hidden])
        }),
        (r"All {N} (?:requests were refused|refusals)", |c, v| equal(&[number(v[0])], &[refused(c)])),
        (r"{N} of {N} requests (?:in that time )?were refused", |c, v| {
            equal(&[number(v[0]), number(v[1])], &[refused(c), total(c)])
        }),
        (r"concurrency limit of {N}(?: requests at once)?(?:, which the error names)?", is_cap),
        (r"[Cc]oncurrency limit of one request at a time", |c, _| is_cap(c, &["1"])),
    ]
}

/// The cap is the most that ran together, or stands in the refusals.
fn is_cap(c: &Case, v: &[&str]) -> Result<(), String> {
    let named = format!("max concurrency: {}", v[0]);
    let is_named = c.facts.refusals.iter().any(|r| r.text.contains(&named));
    holds(is_named || number(v[0]) == together(c), together(c))
}

fn reasons() -> Vec<(&'static str, Check)> {
    vec![
        (r"None of {N} separate probes in {D} was admitted", |c, v| {
            let (probes, span) = (c.facts.probes(), c.facts.last - c.facts.first);
            holds(number(v[0]) == probes && is_duration(v[1], span), (probes, span))
        }),
        (r"The server asked to wait {D} \(median of {N} refusals\)", |c, v| {
            let waits: Vec<f64> = c.facts.refusals.iter().filter_map(|r| r.wait_s).collect();
            let n = waits.len() as u64;
            let middle = median(waits);
            holds(number(v[1]) == n && is_duration(v[0], middle), (n, middle))
        }),
        (r"{N} requests were admitted between the first and the last of {N} refusals", |c, v| {
            equal(&[number(v[0]), number(v[1])], &[c.facts.inside as u64, refused(c)])
        }),
        (r"None of {N} requests in the half hour after the recovery was refused", |c, v| {
            let after = c.facts.after.unwrap();
            let within = |r: &&super::rows::Row| r.is_admitted && r.start >= after && r.start <= after + 1_800.0;
            equal(&[number(v[0])], &[c.facts.rows.iter().filter(within).count() as u64])
        }),
        (r"several kinds: {N} say 429, {N} say 5xx or 529", |c, v| {
            let say = |is: fn(u64) -> bool| c.facts.refusals.iter().filter(|r| r.status.is_some_and(is)).count() as u64;
            equal(&[number(v[0]), number(v[1])], &[say(|s| s == 429), say(|s| s >= 500)])
        }),
        (
            r"(?:·|{N} of {N} refusals) came with at most half of the {N} requests in flight that had been admitted together\. {N} of them met nothing in flight",
            |c, v| {
                let (at, most) = (c.facts.at_refusals(), number(v[2]));
                // The refused request itself counts.
                let half = at.iter().filter(|n| (**n + 1) * 2 <= most).count() as u64;
                // A slot may be given back late: what ended within a few seconds before counts as in flight.
                let none = c.facts.refusals.iter().filter(|r| c.facts.is_idle(r.refused())).count() as u64;
                let is_all = v[0].is_empty() && half == refused(c);
                let is_part = !v[0].is_empty() && number(v[0]) == half && number(v[1]) == refused(c);
                let is_most = most <= together(c);
                holds((is_all || is_part) && is_most && number(v[3]) == none, (half, together(c), none))
            },
        ),
        (r"{N} of {N} refusals came with exactly {N} requests? in flight", |c, v| {
            let n = number(v[2]);
            let met = c.facts.at_refusals().iter().filter(|at| **at == n).count() as u64;
            equal(&[number(v[0]), number(v[1])], &[met, refused(c)])
        }),
        (
            r"came while the last minute held under half of the busiest admitted minute \({N} of them even counting refused requests\)",
            |c, v| {
                let minute = |at: f64, all: bool| {
                    let is_in = |r: &&super::rows::Row| (all || r.is_admitted) && r.start >= at - 60.0 && r.start < at;
                    c.facts.rows.iter().filter(is_in).count() as f64
                };
                let admitted = c.facts.rows.iter().filter(|r| r.is_admitted);
                let busiest = admitted.map(|r| minute(r.start, false) + 1.0).fold(0.0, f64::max);
                let is_low = |n: f64| n < busiest / 2.0;
                let each = || c.facts.refusals.iter();
                let low = each().filter(|r| is_low(minute(r.start, false))).count();
                let even = each().filter(|r| is_low(minute(r.start, true))).count();
                holds(low as u64 == refused(c) && number(v[0]) == even as u64, (busiest, low, even))
            },
        ),
        (r"at {T} was admitted {D} later; a random moment would come that close {P} of the time", |c, v| {
            let later: Vec<f64> = c.named_instants(v[0]).iter().map(|t| c.facts.after.unwrap() - t).collect();
            // The share of the time is the interval over the spacing of resets that the model takes: src/evidence/reset.rs.
            holds(later.iter().any(|s| is_duration(v[1], *s)), later)
        }),
        (
            r"A usage snapshot taken at {T} shows the (?:5-hour|weekly) token window empty and due to reset at {T}",
            |c, v| {
                is_reset(c, v[0])?;
                is_reset(c, v[1])?;
                holds(c.says_left(0), "nothing is empty")
            },
        ),
        (r"The error text names {T} as the end, {D} after the refusal", |c, v| {
            let ends: Vec<f64> = named_ends(c, v[0]).iter().map(|t| t - c.facts.first).collect();
            // Or after the first refusal that names it: src/evidence/named_end.rs takes the last one that names the same end.
            holds(ends.iter().any(|s| is_duration(v[1], *s)), ends)
        }),
        (r"The first request was admitted {D} after that", |c, v| {
            let after = c.facts.after.unwrap();
            let short = is_duration(v[0], after % 60.0)
                || (0..30).any(|m| is_duration(v[0], after % 60.0 + f64::from(m) * 60.0));
            holds(short, after)
        }),
        (r"A snapshot shows a limit of {N} requests at once", |c, v| {
            let form = format!("\"limit\":\"{}\"", v[0]);
            holds(c.raw.iter().any(|(_, t)| t.contains(&form)), "no such limit")
        }),
        (r"in flight at any of {N} refusals", |c, v| {
            let most = c.facts.at_refusals().last().copied();
            holds(number(v[0]) == refused(c) && most == Some(0), (refused(c), most))
        }),
        (r"After the recovery, {N} requests were admitted over {D} without another refusal", |c, v| {
            let after = c.facts.after.unwrap();
            let later: Vec<f64> =
                c.facts.rows.iter().filter(|r| r.is_admitted && r.start >= after).map(|r| r.start).collect();
            let span = later[later.len() - 1] - after;
            holds(number(v[0]) == later.len() as u64 && is_duration(v[1], span), (later.len(), span))
        }),
        (r"{N} running streams? broke", of_the_model),
    ]
}

/// Ends that texts name by a wait, `Try again in 900 seconds`, counted from the refusal's start or end.
fn ends_by_wait(c: &Case) -> Vec<f64> {
    let wait = |text: &str| text.split("in ").last()?.split_whitespace().next()?.parse::<f64>().ok();
    let of_each = |r: &super::rows::Row| {
        let wait = wait(&r.text)?;
        Some([r.start + wait, r.end.unwrap_or(r.start) + wait])
    };
    c.facts.refusals.iter().filter_map(of_each).flatten().collect()
}

/// An end that a text names, in whatever zone.
fn named_ends(c: &Case, printed: &str) -> Vec<f64> {
    let day = (c.facts.first / 86_400.0).floor() * 86_400.0;
    let parts: Vec<f64> = printed.split(':').map(|p| p.parse().unwrap()).collect();
    let at = day + parts[0] * 3_600.0 + parts[1] * 60.0 + parts.get(2).unwrap_or(&0.0);
    let in_text = |t: f64| {
        let forms = ["%M:%S", "%-I%P", "%-I:%M %p", "%-I:%M%P"].map(|form| super::utc(t).format(form).to_string());
        c.facts.refusals.iter().any(|r| forms.iter().any(|form| r.text.contains(form)))
    };
    Some(at).filter(|t| in_text(*t)).into_iter().collect()
}

/// How well something separates refusals from admissions, and chances: these need a model, and its parts have tests.
fn statistics() -> Vec<(&'static str, Check)> {
    vec![
        // The probability of the verdict: scored in docs/ACCURACY.md, not counted.
        (r"(?:Confirmed|Supported|Compatible), {P}", of_the_model),
        // The best cut between two samples: src/evidence/threshold.rs.
        (
            r"Requests in flight separate refusals from admissions with {P} error, requests in the last minute with {P}",
            of_the_model,
        ),
        (r"Token use over the last 5 h separates refusals from admissions with {P} error", of_the_model),
        // Pairs of a refusal and an admission nearby: src/evidence/minute_auc.rs, inflight_auc.rs.
        (r"\(more admitted requests in {P} of pairs\)", of_the_model),
        (r"\(median {N} and {N}; more in {P} of pairs\)", |c, v| {
            let at = c.facts.at_refusals();
            let middle = [at[(at.len() - 1) / 2], at[at.len() / 2]];
            holds(middle.contains(&number(v[0])), middle)
        }),
        // Slots replayed one by one: no more can be explained than there are.
        (
            r"{N} slots? would explain {N} of {N} refusals and {N} of {N} admissions nearby; the best limit per minute \([^)]*\) explains {N} and {N}",
            |c, v| {
                let n: Vec<u64> = v.iter().map(|n| number(n)).collect();
                let fits = n[1] <= n[2] && n[3] <= n[4] && n[5] <= n[2] && n[6] <= n[4];
                holds(fits && n[2] <= refused(c) && n[0] <= together(c), (refused(c), together(c)))
            },
        ),
        (r"A cap of {N} requests would explain {N} of {N} refusals and {N} of {N} admissions nearby", of_the_model),
        (
            r"After a request in flight had ended, {N} of {N} attempts were admitted; when none had ended, {N} of {N}",
            |c, v| {
                let n: Vec<u64> = v.iter().map(|n| number(n)).collect();
                let sum = n[1] + n[3];
                // Attempts after the first refusal, each after an end or after none; the refused ones of an agent that retries at
                // once are one. See src/evidence/release.rs.
                holds(
                    n[0] <= n[1] && n[2] <= n[3] && sum <= total(c) + 1 && n[0] + n[2] <= c.facts.inside as u64 + 1,
                    total(c),
                )
            },
        ),
    ]
}

/// Names that hold a number, and the rows below the reasons.
fn rows() -> Vec<(&'static str, Check)> {
    vec![
        (r"(?:all {N}|the only|{N} of {N}) agents? blocked, {D} of agent time; longest (\S+), {D}", |c, v| {
            let waits = c.facts.waits();
            let (waiting, all) = (waits.len() as u64, c.facts.agents() as u64);
            let cost = c.facts.lost_s();
            let longest = waits.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            let n: Vec<u64> = v[..3].iter().filter(|n| !n.is_empty()).map(|n| number(n)).collect();
            let is_right = n == if n.len() == 1 { vec![all] } else { vec![waiting, all] };
            let is_named =
                |name: &str| v[4].split('/').all(|part| part == "main" || name.contains(part.trim_end_matches('…')));
            let is_longest = |w: &&(String, f64, f64)| (w.1 - longest.1).abs() < 0.5 && is_named(&w.0);
            let named = waits.iter().any(|w| is_longest(&w));
            holds(
                is_right && is_duration(v[3], cost) && is_duration(v[5], longest.1) && named,
                (waiting, all, cost, longest),
            )
        }),
        (r"the only agent blocked \(([^)]+)\), {D}", |c, v| {
            let waits = c.facts.waits();
            holds(waits.len() == 1 && is_duration(v[1], waits[0].1 + waits[0].2), waits)
        }),
        (r"blocked for {D}; these logs do not name agents", |c, v| {
            let waited: f64 = unnamed_wait(c);
            holds(is_duration(v[0], waited), waited)
        }),
        (r"at least {N} tokens or {N} requests per window; these logs start {D} before the block", |c, v| {
            let f = &c.facts;
            let begin = f.rows[0].start;
            let reset = c.screen.split("Reset ").nth(1).and_then(|t| t.split_whitespace().next());
            let opened = reset.map(|t| c.named_instants(t)).unwrap_or_default();
            let begins: Vec<f64> = opened.iter().map(|t| (t - 18_000.0).max(begin)).chain([begin]).collect();
            let lows: Vec<[u64; 2]> = begins.iter().map(|from| f.used_at_least(*from)).collect();
            let is_low =
                |printed: &str, low: u64| is_cut(printed, low) || c.has_two_snapshots() && number(printed) >= low;
            let is_right = lows.iter().any(|low| is_low(v[0], low[0]) && is_low(v[1], low[1]));
            let logs_begin = [begin, c.first_line().unwrap_or(begin)];
            let is_begin = logs_begin.iter().any(|t| is_duration(v[2], f.first - t));
            holds(is_right && is_begin, (lows, f.first - begin))
        }),
        (r"Limit {N} requests? at once", is_cap),
        (r"Limit (?:{N} to {N}|at least {N}|{N}) (requests|tokens) a minute", is_rate),
        (r"Run at most {N} at once", is_cap),
        (r"Reset {T} UTC, from the (?:snapshot|error text)", |c, v| {
            let is_by_wait = ends_by_wait(c).iter().any(|t| is_time(v[0], *t));
            holds(is_by_wait || is_reset(c, v[0]).is_ok(), "in no file")
        }),
        (r"{N} isolated refusals?, too few to judge; the first at {T}", |c, v| {
            let apart = &c.facts.isolated;
            holds(number(v[0]) == apart.len() as u64 && is_time(v[1], apart[0].start), apart.len())
        }),
        // The episode before, and its number.
        (r"Also E1, {T} to {T}:", |c, v| {
            let apart = &c.facts.isolated;
            let ends = apart.first().zip(apart.last()).map(|(a, b)| (a.start, b.start));
            holds(ends.is_some_and(|(a, b)| is_time(v[0], a) && is_time(v[1], b)), ends)
        }),
        (r"--episode E1", of_the_model),
        (r"(?:it resets every 5 h|5-hour)", |c, _| {
            let says = |t: &str| ["300", "5 hour", "5h", "session limit"].iter().any(|form| t.contains(form));
            holds(c.raw.iter().any(|(_, t)| says(t)), "no window of 5 hours is named")
        }),
        (r"{N} lines? or files? could not be used in full", of_the_model),
        (r"429", of_the_model),
    ]
}

/// A limit per minute: named by the refusals, or between what was admitted in a minute and what the refusals came after.
fn is_rate(c: &Case, v: &[&str]) -> Result<(), String> {
    let f = &c.facts;
    if let (false, true) = (v[3].is_empty(), v[4] == "tokens") {
        let is_named = |r: &super::rows::Row| r.text.contains(&format!("limit: {}", number(v[3])));
        return holds(f.refusals.iter().any(is_named), "no refusal names it");
    }
    let minute = |from: f64, to: f64| {
        let is_in = |r: &&super::rows::Row| r.is_admitted && r.start >= from && r.start < to;
        f.rows.iter().filter(is_in).count() as u64
    };
    // In the minute of the clock before an admission, with it; and in the 60 s before a refusal: the first never exceeds the
    // limit, the second reaches it, whether the limit is of the clock's minute or of the last 60 s.
    let admitted = f.rows.iter().filter(|r| r.is_admitted).map(|r| r.start);
    let least = admitted.map(|t| minute((t / 60.0).floor() * 60.0, t) + 1).max().unwrap_or(0);
    let most = f.refusals.iter().map(|r| minute(r.start - 61.0, r.start + 1.0)).max().unwrap_or(0);
    let (low, high) = (number(if v[0].is_empty() { v[2] } else { v[0] }), v[1]);
    let is_right = low >= least.saturating_sub(1) && (high.is_empty() || number(high) <= most + 1);
    holds(v[3].is_empty() && is_right, (least, most))
}

/// Where agents are not named all rows are one: it waits from a refusal to the next admission.
fn unnamed_wait(c: &Case) -> f64 {
    c.facts.waits().iter().map(|(_, waited, kept)| waited + kept).sum()
}
