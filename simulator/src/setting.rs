//! Ranges of all parameters, as data, each with where it comes from.
//!
//! Sources: "prototype" is an earlier simulation of the method; "threads" are public issues and forum threads (docs/SIGNALS.md,
//! docs/FORMATS.md); "recordings" are incidents that real clients wrote (recordings/). "Assumed" means that nothing was found,
//! and the range was made wide.

/// What may befall an account, a provider or a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Slots.
    Cap,
    /// A window of 300 minutes.
    FiveHours,
    /// A window of 10,080 minutes.
    Weekly,
    /// A window of another length.
    OtherWindow,
    /// Requests or tokens per minute.
    Minute,
    /// No capacity.
    Overload,
    /// No connection.
    Network,
    /// Key, ban, client.
    Access,
    /// Money.
    Billing,
    /// The client's or a gateway's own limit.
    Local,
    /// The account is blocked and none of the others is the reason.
    Block,
}

impl Kind {
    /// Id in JSON (docs/CAUSES.md).
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Cap => "concurrency_cap",
            Self::FiveHours | Self::Weekly | Self::OtherWindow => "token_window",
            Self::Minute => "rate_per_minute",
            Self::Overload => "overload",
            Self::Network => "network",
            Self::Access => "access",
            Self::Billing => "billing",
            Self::Local => "local_limit",
            Self::Block => "account_block",
        }
    }
}

/// The mix of first causes, published: close to the priors of weights/reasoned.toml.
pub const MIX: &[(Kind, f64)] = &[
    (Kind::Cap, 0.24),
    (Kind::FiveHours, 0.22),
    (Kind::Weekly, 0.07),
    (Kind::OtherWindow, 0.02),
    (Kind::Minute, 0.12),
    (Kind::Overload, 0.12),
    (Kind::Network, 0.06),
    (Kind::Access, 0.03),
    (Kind::Billing, 0.03),
    (Kind::Local, 0.03),
    (Kind::Block, 0.06),
];

/// Named ranges of all parameters. Pairs are low and high ends, evenly drawn unless the comment says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// `training` or `stress`.
    pub name: String,
    /// First causes and their weights.
    pub mix: Vec<(Kind, f64)>,
    /// Share of incidents with a second cause, before it, after it or beside it (issue: sequences and overlaps).
    pub several: f64,
    /// Share of logs in which nothing is refused.
    pub quiet: f64,
    /// Share of logs without text, Retry-After and usage snapshots (one in four).
    pub bare: f64,
    /// Median of request durations in seconds, over orders of magnitude (recordings: 5 to 60 s; threads: cap 1 with
    /// ten-minute requests).
    pub duration_s: (f64, f64),
    /// Share of fleets of few agents whose requests take minutes.
    pub slow_fleets: f64,
    /// Sigma of the log-normal body of durations (assumed).
    pub duration_sigma: (f64, f64),
    /// Share of requests from the Pareto tail, and its exponent (assumed; the stress set has heavier ones).
    pub tail: (f64, f64),
    /// Median of thinking and tool time between requests in seconds, over orders of magnitude (recordings: 2 to 30 s).
    pub think_s: (f64, f64),
    /// Length of a block of an account in seconds, over orders of magnitude: of windows, and by the same law of blocks
    /// that nothing explains (docs/METHOD.md, "Where the points come from").
    pub block_s: (f64, f64),
    /// How often unlogged clients use the account (threads; shares assumed), and their share of its requests.
    pub hidden: f64,
    /// Share of the hidden clients' agents.
    pub hidden_share: (f64, f64),
    /// Deviation of clocks between machines in seconds (prototype: 20 s; stress 45 s).
    pub skew_s: (f64, f64),
    /// Probability that a limiter sends the named text of another cause (prototype: 5 %, stress 12 %).
    pub mislabel: f64,
    /// Probability that a limiter names itself, given that texts are there (threads: named texts exist for each; the
    /// ambiguous one is common).
    pub named: f64,
    /// Probability of usage snapshots, given that the log is not bare (assumed).
    pub snapshots: f64,
    /// Probability that a reset comes late, and by how many seconds at most (threads: 15 minutes were seen).
    pub late_reset: (f64, f64),
    /// Probability that a client keeps a slot after its request ended for some seconds (threads).
    pub late_release: (f64, f64),
    /// Probability of a ghost: the client gives up after a timeout, the slot stays taken (threads).
    pub ghost: f64,
    /// Probability of each damage to the logs (assumed).
    pub damage: f64,
    /// Median number of requests in a log, over a log-normal law (thousands of incidents must be fast).
    pub requests: f64,
}

impl Setting {
    /// The ranges that weights are fitted on.
    pub fn training() -> Self {
        Self {
            name: "training".to_owned(),
            mix: MIX.to_vec(),
            several: 0.15,
            quiet: 0.07,
            bare: 0.25,
            duration_s: (5.0, 70.0),
            slow_fleets: 0.3,
            duration_sigma: (0.4, 0.9),
            tail: (0.03, 1.6),
            think_s: (2.0, 45.0),
            block_s: (300.0, 16_000.0),
            hidden: 0.15,
            hidden_share: (0.15, 0.5),
            skew_s: (3.0, 20.0),
            mislabel: 0.05,
            named: 0.45,
            snapshots: 0.55,
            late_reset: (0.06, 900.0),
            late_release: (0.3, 8.0),
            ghost: 0.004,
            damage: 0.08,
            requests: 520.0,
        }
    }

    /// Ranges outside the training ones: heavier tails, more hidden clients, 45 s of skew, 12 %
    /// mislabelled texts, slower requests.
    pub fn stress() -> Self {
        Self {
            name: "stress".to_owned(),
            duration_s: (20.0, 150.0),
            slow_fleets: 0.45,
            duration_sigma: (0.8, 1.3),
            tail: (0.08, 1.25),
            hidden: 0.4,
            hidden_share: (0.3, 0.7),
            skew_s: (25.0, 45.0),
            mislabel: 0.12,
            named: 0.35,
            snapshots: 0.4,
            late_reset: (0.2, 1_500.0),
            late_release: (0.6, 25.0),
            ghost: 0.02,
            damage: 0.16,
            ..Self::training()
        }
    }

    /// The setting of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::training(), Self::stress()].into_iter().find(|s| s.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_whole() {
        let sum: f64 = MIX.iter().map(|(_, w)| w).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn stress_lies_outside() {
        let (training, stress) = (Setting::training(), Setting::stress());
        assert!(stress.duration_sigma.1 > training.duration_sigma.1 && stress.tail.1 < training.tail.1);
        assert!(stress.hidden > training.hidden && stress.mislabel > training.mislabel);
        assert!(stress.skew_s.0 > training.skew_s.1);
        assert_eq!(Setting::named("stress"), Some(stress));
        assert_eq!(Setting::named("other"), None);
    }
}
