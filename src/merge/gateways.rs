//! One request in the log of a client and in that of a gateway, or in those of two gateways.
//!
//! Logs stand in an order (`ClientTraits::gateway`): an agent's own names agents and texts, a gateway's callback texts and
//! tokens, an access log neither. Where most admissions of the lesser log end when those of the better one do, and far
//! more than would by chance, they saw the same traffic: rows that agree in outcome and end become one, the better one's,
//! which takes what it lacks. Rows that only one of them has stay.

use std::collections::BTreeMap;

use super::pairs::pairs;
use super::row::{fill, known_at};
use super::servers::{TOLERANCE_S, is_same_traffic};
use super::{Context, Merged, Rows};
use crate::formats::traits_of;
use crate::model::{Attempt, TextId, Time};

/// A client's rows of one provider and account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Log {
    /// 0 for an agent's own, else its position among gateways.
    position: u8,
    client: TextId,
    provider: Option<TextId>,
    account: Option<TextId>,
}

/// Makes one row of what several logs have.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    if rows.clients_with(|t| t.gateway.is_some()).is_empty() {
        return Merged::default();
    }
    let logs = logs(rows);
    let mut gone = vec![false; rows.attempts.len()];
    let mut notes = Vec::new();
    // The least telling first, so that what it alone knows passes up the whole chain.
    for (n, (lesser, lesser_rows)) in logs.iter().enumerate().rev() {
        for (better, better_rows) in &logs[..n] {
            let may_be_one = better.position < lesser.position && may_be_one(better, lesser);
            if !may_be_one || !have_same_traffic(rows, &gone, lesser_rows, better_rows) {
                continue;
            }
            let pairs = pairs_of(&rows.attempts, lesser_rows, better_rows, &gone);
            for (low, high) in &pairs {
                let other = rows.attempts[*low];
                let keep = &mut rows.attempts[*high];
                fill(keep, &other);
                keep.also = keep.also.or(Some(other.source));
                gone[*low] = true;
            }
            let [lesser, better] = [lesser, better].map(|log| rows.texts.get(log.client));
            let n = pairs.len();
            notes.push(format!(
                "{n} attempts are logged by {better} and by {lesser} (their ends agree): each is counted once."
            ));
            break;
        }
    }
    notes.reverse();
    Merged { notes, ..Merged::duplicates(rows.retain_unmarked(&gone)) }
}

/// The rows of each log, the most telling log first.
fn logs(rows: &Rows) -> Vec<(Log, Vec<usize>)> {
    let positions: BTreeMap<TextId, u8> = rows
        .clients_with(|_| true)
        .into_iter()
        .map(|client| (client, traits_of(rows.texts.get(client)).gateway.unwrap_or(0)))
        .collect();
    let mut logs: BTreeMap<Log, Vec<usize>> = BTreeMap::new();
    for (i, a) in rows.attempts.iter().enumerate() {
        let position = positions.get(&a.client).copied().unwrap_or(0);
        let log = Log { position, client: a.client, provider: a.provider, account: a.account };
        logs.entry(log).or_default().push(i);
    }
    logs.into_iter().collect()
}

/// Whether both may have the same requests: no provider and no account contradicts.
fn may_be_one(a: &Log, b: &Log) -> bool {
    let agrees = |x: Option<TextId>, y: Option<TextId>| x.is_none() || y.is_none() || x == y;
    agrees(a.provider, b.provider) && agrees(a.account, b.account)
}

fn have_same_traffic(rows: &Rows, gone: &[bool], lesser: &[usize], better: &[usize]) -> bool {
    let ends = |places: &[usize]| -> Vec<Time> {
        let kept = places.iter().filter(|i| !gone[**i]).map(|i| &rows.attempts[*i]);
        let mut ends: Vec<Time> = kept.filter(|a| a.is_admitted()).filter_map(|a| a.end).collect();
        ends.sort_unstable();
        ends
    };
    is_same_traffic(&ends(lesser), &ends(better))
}

/// Pairs of rows with the same outcome, one to one, in order of their ends.
fn pairs_of(attempts: &[Attempt], lesser: &[usize], better: &[usize], gone: &[bool]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for admitted in [true, false] {
        let sorted = |places: &[usize]| -> (Vec<usize>, Vec<Time>) {
            let is_wanted = |i: &usize| !gone[*i] && attempts[*i].is_admitted() == admitted;
            let mut places: Vec<usize> = places.iter().copied().filter(is_wanted).collect();
            places.sort_by_key(|i| (known_at(&attempts[*i]), attempts[*i].source));
            let times = places.iter().map(|i| known_at(&attempts[*i])).collect();
            (places, times)
        };
        let ((lows, low_times), (highs, high_times)) = (sorted(lesser), sorted(better));
        found.extend(pairs(&low_times, &high_times, TOLERANCE_S).map(|(low, high)| (lows[low], highs[high])));
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
    use crate::merge::testing::{gather, numbered, run_step};
    use crate::model::Texts;

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

    fn merged(files: &[(&'static dyn LogFormat, String)]) -> (Vec<Attempt>, Texts, u64, usize) {
        let files: Vec<_> = files.iter().zip(0..).map(|((f, t), i)| numbered(*f, "log", t.as_bytes(), i)).collect();
        let (attempts, texts) = gather(&files);
        let mut rows = Rows { attempts, texts, ..Rows::default() };
        let done = run_step(merge, &mut rows);
        (rows.attempts, rows.texts, done.duplicates, done.notes.len())
    }

    #[test]
    fn three_logs_of_one_traffic_count_once_and_share_what_they_know() {
        let (rows, texts, went, notes) = merged(&[(&Nginx, nginx(7)), (&Canonical, canonical(7)), (&Har, har(7))]);
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
        let (rows, _, went, _) = merged(&[(&Nginx, nginx(8)), (&Canonical, canonical(7))]);
        assert_eq!((rows.len(), went), (80, 0));
    }

    #[test]
    fn what_only_the_gateway_saw_stays() {
        let few: String = canonical(7).lines().take(20).map(|l| format!("{l}\n")).collect();
        let (rows, _, went, _) = merged(&[(&Nginx, nginx(7)), (&Canonical, few)]);
        assert_eq!((rows.len(), went), (40, 20));
    }
}
