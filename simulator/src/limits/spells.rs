//! Stretches of time in which requests fail: overload, cuts, access, billing, cooldowns, blocks that nothing explains.

use crate::random::Random;

/// One stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    /// First instant.
    pub from: i64,
    /// First instant after it.
    pub to: i64,
    /// Probability that a request fails in it.
    pub fails: f64,
}

/// Stretches by time, none overlapping.
#[derive(Clone, Debug, Default)]
pub struct Spells {
    /// The stretches.
    pub spells: Vec<Spell>,
    next: usize,
}

impl Spells {
    /// From stretches in any order.
    pub fn new(mut spells: Vec<Spell>) -> Self {
        spells.sort_by_key(|s| s.from);
        Self { spells, next: 0 }
    }

    /// One stretch in which all fails.
    pub fn whole(from: i64, to: i64) -> Self {
        Self::new(vec![Spell { from, to, fails: 1.0 }])
    }

    fn now(&self, at: i64) -> Option<Spell> {
        let place = self.spells.partition_point(|s| s.from <= at);
        place.checked_sub(1).map(|i| self.spells[i]).filter(|s| at < s.to)
    }

    /// Whether a request fails.
    pub fn refuses(&mut self, at: i64, random: &mut Random) -> bool {
        while self.next < self.spells.len() && self.spells[self.next].to <= at {
            self.next += 1;
        }
        if self.next == self.spells.len() {
            return false;
        }
        self.now(at).is_some_and(|s| s.fails >= 1.0 || random.chance(s.fails))
    }

    /// End of the stretch at this instant.
    pub fn end(&self, at: i64) -> Option<i64> {
        self.now(at).map(|s| s.to)
    }

    /// First and last instant of all stretches.
    pub fn span(&self) -> Option<(i64, i64)> {
        Some((self.spells.first()?.from, self.spells.iter().map(|s| s.to).max()?))
    }
}
