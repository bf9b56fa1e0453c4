//! The document of `why429.next/v1`, from how the pools stand.

use crate::document::next::{Document, Interval, Pool, ResumeAt, SCHEMA, Window};
use crate::model::Time;
use crate::next::{Resume, Standing, State, Used};
use crate::wording;

/// The document, from the standings of all pools.
pub fn document(standings: &[Standing], now: Time) -> Document {
    let pools = standings.iter().map(|s| pool(s, now)).collect();
    Document { schema: SCHEMA.to_owned(), now: now.rfc3339(), pools }
}

fn pool(s: &Standing, now: Time) -> Pool {
    let four = |p: f64| (p * 1e4).round() / 1e4;
    Pool {
        pool: s.pool.clone(),
        state: s.state.id().to_owned(),
        cause: s.cause.map(|c| c.id().to_owned()),
        window_minutes: s.window_minutes,
        confidence: s.confidence.map(|c| c.id().to_owned()),
        probability: s.probability.map(four),
        episode_began: s.began.map(|(a, b)| Interval { earliest: a.rfc3339(), latest: b.rfc3339() }),
        resume_at: resume_at(s, now),
        basis: s.basis.id().to_owned(),
        start_with: s.start_with,
        advice: wording::next::of_pool(s),
        refused_probability: four(s.refused),
        last_refusal: s.last_refusal.map(Time::rfc3339),
        windows: s.used.iter().map(window).collect(),
    }
}

/// An open pool admits requests now; of an unknown one nothing is known.
fn resume_at(s: &Standing, now: Time) -> ResumeAt {
    let of_open = Resume { earliest: now, best: Some(now), latest: Some(now) };
    let nothing = Resume { earliest: now, best: None, latest: None };
    s.resume.unwrap_or(if s.state == State::Open { of_open } else { nothing }).into()
}

impl From<Resume> for ResumeAt {
    fn from(resume: Resume) -> Self {
        Self {
            earliest: resume.earliest.rfc3339(),
            best: resume.best.map(Time::rfc3339),
            latest: resume.latest.map(Time::rfc3339),
        }
    }
}

fn window(used: &Used) -> Window {
    Window {
        window_minutes: used.window_minutes,
        remaining_share: (used.left * 1e4).round() / 1e4,
        resets_at: used.resets_at.map(Time::rfc3339),
        captured_at: used.at.rfc3339(),
    }
}
