//! One request told by two witnesses inside one pool: a gateway's row beside the SDK's, an SDK's beside the agent's.
//!
//! One attempt counts once. Witnesses stand in an order: an agent's own log names agents and texts, a gateway's callback
//! texts and tokens, an access log neither. Where most admissions of the lesser one end when those of the better one do,
//! and far more than would by chance, they saw the same traffic: rows that agree in outcome and end become one, the
//! better one's, which takes what it lacks. Rows that only one of them saw stay.

use std::collections::{BTreeMap, BTreeSet};

use super::dedupe;
use super::shadow;
use crate::model::{Attempt, TextId, Texts};

/// Witnesses on the way, the most telling first. All other clients come before them.
const ORDER: &[&str] = &[
    "litellm",
    "helicone",
    "portkey",
    "bifrost",
    "otlp",
    "python-sdk",
    "capture",
    "cliproxyapi",
    "gin",
    "cloudflare-ai-gateway",
    "bedrock",
    "vertex-audit",
    "azure-monitor",
    "kong",
    "apisix",
    "caddy",
    "envoy",
    "traefik",
    "haproxy",
    "ingress-nginx",
    "nginx",
    "uvicorn",
    "vllm",
];

/// How far apart two witnesses may stamp one end, in seconds.
const TOLERANCE_S: f64 = shadow::TOLERANCE_S;

/// A client's rows of one provider and account.
type Group = (usize, TextId, Option<TextId>, Option<TextId>);

/// Makes one row of what several witnesses tell. Answers how many rows went, and a sentence for each pair of witnesses.
pub(super) fn take_out(attempts: &mut Vec<Attempt>, texts: &Texts) -> (u64, Vec<String>) {
    if ORDER.iter().all(|client| texts.find(client).is_none()) {
        return (0, Vec::new());
    }
    let rank = |client: TextId| ORDER.iter().position(|c| *c == texts.get(client)).map_or(0, |i| i + 1);
    let mut groups: BTreeMap<Group, Vec<usize>> = BTreeMap::new();
    for (i, a) in attempts.iter().enumerate() {
        groups.entry((rank(a.client), a.client, a.provider, a.account)).or_default().push(i);
    }
    let all: Vec<(Group, Vec<usize>)> = groups.into_iter().collect();
    let (mut gone, mut notes) = (BTreeSet::new(), Vec::new());
    // The least telling first, so that what it alone knows passes up the whole chain.
    for (n, (lesser, lesser_rows)) in all.iter().enumerate().rev() {
        for (better, better_rows) in all[..n].iter().filter(|(b, _)| b.0 < lesser.0 && fits(b, lesser)) {
            let ends = |rows: &[usize]| -> Vec<f64> {
                let kept = rows.iter().filter(|i| !gone.contains(*i)).map(|i| &attempts[*i]);
                let mut ends: Vec<f64> =
                    kept.filter(|a| a.is_admitted()).filter_map(|a| a.end.map(|t| t.secs())).collect();
                ends.sort_by(f64::total_cmp);
                ends
            };
            if !shadow::agree(&ends(lesser_rows), &ends(better_rows)) {
                continue;
            }
            let pairs = pairs(attempts, lesser_rows, better_rows, &gone);
            for (low, high) in &pairs {
                let other = attempts[*low];
                let keep = &mut attempts[*high];
                dedupe::fill(keep, &other);
                keep.also = keep.also.or(Some(other.source));
                gone.insert(*low);
            }
            let names = [lesser.1, better.1].map(|c| texts.get(c));
            notes.push(format!(
                "{} attempts are logged by {} and by {} (their ends agree): each is counted once.",
                pairs.len(),
                names[1],
                names[0]
            ));
            break;
        }
    }
    let mut at = 0..;
    attempts.retain(|_| at.next().is_none_or(|i: usize| !gone.contains(&i)));
    notes.reverse();
    (gone.len() as u64, notes)
}

/// Whether both may tell the same traffic: no provider and no account contradicts.
fn fits(a: &Group, b: &Group) -> bool {
    let agrees = |x: Option<TextId>, y: Option<TextId>| x.is_none() || y.is_none() || x == y;
    agrees(a.2, b.2) && agrees(a.3, b.3)
}

/// Pairs of rows with the same outcome, one to one, in order of their ends.
fn pairs(attempts: &[Attempt], lesser: &[usize], better: &[usize], gone: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let told = |i: &usize| attempts[*i].end.unwrap_or(attempts[*i].start);
    let mut found = Vec::new();
    for admitted in [true, false] {
        let sorted = |rows: &[usize]| {
            let mut rows: Vec<usize> =
                rows.iter().copied().filter(|i| !gone.contains(i) && attempts[*i].is_admitted() == admitted).collect();
            rows.sort_by_key(|i| (told(i), attempts[*i].source));
            rows
        };
        let (lows, highs) = (sorted(lesser), sorted(better));
        let (mut i, mut j) = (0, 0);
        while i < lows.len() && j < highs.len() {
            let apart = told(&lows[i]).since(told(&highs[j]));
            if apart.abs() <= TOLERANCE_S {
                found.push((lows[i], highs[j]));
                (i, j) = (i + 1, j + 1);
            } else if apart < 0.0 {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::LogFormat;
    use crate::formats::access::nginx::Nginx;
    use crate::formats::canonical::Canonical;
    use crate::formats::capture::har::Har;
    use crate::timeline::samples::{gather, numbered};

    /// Requests at irregular distances; every fourth is refused.
    fn moments(seed: u64) -> Vec<(f64, u16)> {
        let mut x = seed;
        let mut t = 1_772_554_740.0;
        (0..40)
            .map(|i| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                t += 10.0 + (x >> 33) as f64 % 50.0;
                (t, if i % 4 == 3 { 429 } else { 200 })
            })
            .collect()
    }

    fn canonical(seed: u64) -> String {
        let line = |(t, status): (f64, u16)| {
            format!(
                "{{\"start\":{},\"end\":{t},\"status\":{status},\"provider\":\"moonshot\",\"session\":\"s\",\"agent\":\"a\"}}\n",
                t - 5.0
            )
        };
        moments(seed).into_iter().map(line).collect()
    }

    fn nginx(seed: u64) -> String {
        let line = |(t, status): (f64, u16)| {
            format!(
                "{{\"msec\":\"{:.3}\",\"method\":\"POST\",\"uri\":\"/v1/messages\",\"status\":{status},\"request_time\":5.2,\"upstream_status\":\"{status}\",\"retry_after\":\"7\"}}\n",
                t + 0.4
            )
        };
        moments(seed).into_iter().map(line).collect()
    }

    fn har(seed: u64) -> String {
        let entry = |(t, status): (f64, u16)| {
            let start = crate::model::Time::from_secs(t - 4.9).unwrap().rfc3339();
            format!(
                "{{\"startedDateTime\":\"{start}\",\"time\":5000,\"request\":{{\"method\":\"POST\",\"url\":\"https://api.moonshot.cn/v1/messages\"}},\"response\":{{\"status\":{status},\"content\":{{\"text\":\"{{\\\"error\\\":{{\\\"message\\\":\\\"full\\\"}}}}\"}}}}}}"
            )
        };
        let entries: Vec<String> = moments(seed).into_iter().map(entry).collect();
        format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{{}},\"entries\":[{}]}}}}", entries.join(","))
    }

    fn witnessed(files: &[(&'static dyn LogFormat, String)]) -> (Vec<Attempt>, Texts, u64, usize) {
        let files: Vec<_> = files.iter().zip(0..).map(|((f, t), i)| numbered(*f, "log", t.as_bytes(), i)).collect();
        let (mut attempts, texts) = gather(&files);
        let (went, notes) = take_out(&mut attempts, &texts);
        (attempts, texts, went, notes.len())
    }

    #[test]
    fn three_witnesses_of_one_traffic_count_once_and_share_what_they_know() {
        let (rows, texts, went, notes) = witnessed(&[(&Nginx, nginx(7)), (&Canonical, canonical(7)), (&Har, har(7))]);
        assert_eq!((rows.len(), went, notes), (40, 80, 2));
        let refused: Vec<_> = rows.iter().filter(|a| a.is_refused()).collect();
        assert_eq!(refused.len(), 10);
        for a in refused {
            assert_eq!((texts.get(a.client), a.agent.is_some(), a.retry_after_s()), ("canonical", true, Some(7.0)));
            assert_eq!(a.error_message.map(|m| texts.get(m)), Some("full"));
        }
    }

    #[test]
    fn other_traffic_at_the_same_time_stays() {
        let (rows, _, went, _) = witnessed(&[(&Nginx, nginx(8)), (&Canonical, canonical(7))]);
        assert_eq!((rows.len(), went), (80, 0));
    }

    #[test]
    fn what_only_the_gateway_saw_stays() {
        let few: String = canonical(7).lines().take(20).map(|l| format!("{l}\n")).collect();
        let (rows, _, went, _) = witnessed(&[(&Nginx, nginx(7)), (&Canonical, few)]);
        assert_eq!((rows.len(), went), (40, 20));
    }
}
