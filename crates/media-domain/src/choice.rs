//! Which provider of a chain is tried first.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Price;
use crate::format::word_enum;

word_enum! {
    /// How a chain orders its providers for a call; as configured by default.
    #[derive(Default)]
    Strategy, "strategy" {
        /// As configured.
        #[default]
        Ordered = "ordered",
        /// By the most that the call can cost; what has no price comes last.
        Cheapest = "cheapest",
        /// The faster of two drawn at random comes first, by what was lately measured.
        Fastest = "fastest",
    }
}

/// A provider to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<T> {
    /// What stands for the provider: an index or an identifier.
    pub item: T,
    /// The most that the call can cost there.
    pub maximum_price: Price,
    /// How long it lately took; absent when nobody knows.
    pub latency: Option<Duration>,
    /// Whether it is only there so that the chain always ends, as placeholders are: free and fast, it would be first
    /// under every strategy, and stays behind all others under each.
    pub last_resort: bool,
}

/// Puts candidates in the order in which they are tried; `random` is drawn evenly from 0 to 1.
///
/// Only [`Strategy::Fastest`] draws: two candidates, each pair as likely as any other, of which the faster goes to the
/// front while the rest stays as configured. So the fastest gets most calls, and neither all of them at once nor, being
/// drawn with others, everything for ever. An unknown latency counts as the shortest, so that it gets known.
/// Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE Transactions on Parallel and
/// Distributed Systems 12 (2001), 1094–1104.
pub fn order_by_strategy<T>(strategy: Strategy, candidates: &mut [Candidate<T>], random: f64) {
    if strategy == Strategy::Ordered {
        return;
    }
    candidates.sort_by_key(|candidate| candidate.last_resort);
    let real = candidates.partition_point(|candidate| !candidate.last_resort);
    let candidates = &mut candidates[..real];
    match strategy {
        Strategy::Ordered => {}
        Strategy::Cheapest => candidates.sort_by_key(|candidate| candidate.maximum_price),
        Strategy::Fastest => {
            if let Some((first, second)) = draw_pair(candidates.len(), random) {
                let latency = |index: usize| candidates[index].latency.unwrap_or_default();
                put_first(candidates, if latency(second) < latency(first) { second } else { first });
            }
        }
    }
}

/// Moves one candidate to the front, the others keeping their order: the provider that a caller prefers. An index
/// beyond the end changes nothing.
pub fn put_first<T>(candidates: &mut [T], index: usize) {
    if let Some(head) = candidates.get_mut(..=index) {
        head.rotate_right(1);
    }
}

/// Two different indices below `count`, the lower one first.
fn draw_pair(count: usize, random: f64) -> Option<(usize, usize)> {
    let pairs = count.checked_mul(count.checked_sub(1)?)? / 2;
    // A float that is no number, or lies beyond the range, becomes a valid number in the cast and the bound.
    let mut drawn = ((random * pairs as f64) as usize).min(pairs.checked_sub(1)?);
    for first in 0..count {
        let partners = count - first - 1;
        if drawn < partners {
            return Some((first, first + 1 + drawn));
        }
        drawn -= partners;
    }
    None
}

/// An average of latencies in which a measurement counts half as much with every half-life that has passed.
///
/// ```
/// use std::time::Duration;
/// use chrono::{DateTime, TimeDelta};
/// use media_domain::choice::LatencyAverage;
///
/// let (mut average, now) = (LatencyAverage::default(), DateTime::UNIX_EPOCH);
/// average.observe(Duration::from_secs(10), now);
/// let later = now + TimeDelta::minutes(5);
/// average.observe(Duration::from_secs(40), later);
/// assert_eq!(average.value(later), Some(Duration::from_secs(30)));
/// assert_eq!(average.value(later + TimeDelta::hours(1)), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatencyAverage {
    /// Time in which a measurement loses half its weight.
    #[serde(rename = "half_life_s", with = "crate::seconds")]
    half_life: Duration,
    /// Seconds, each times its weight.
    weighted_seconds: f64,
    /// Sum of the weights.
    weight: f64,
    /// When the weights were true.
    updated_at: Option<DateTime<Utc>>,
}

impl Default for LatencyAverage {
    fn default() -> Self {
        Self::new(Self::DEFAULT_HALF_LIFE)
    }
}

impl LatencyAverage {
    /// Half-life when nobody says otherwise: 5 minutes, a few dozen images long.
    pub const DEFAULT_HALF_LIFE: Duration = Duration::from_secs(300);
    /// Weight below which the measurements are forgotten: a single one after 5 half-lives. A provider that was slow
    /// once is so given another chance.
    pub const LEAST_WEIGHT: f64 = 1.0 / 32.0;

    /// Makes an average without measurements; a half-life of zero forgets at once.
    pub const fn new(half_life: Duration) -> Self {
        Self { half_life, weighted_seconds: 0.0, weight: 0.0, updated_at: None }
    }

    /// Adds a measurement. One from before the last, as clocks are, counts as if made with it.
    pub fn observe(&mut self, latency: Duration, now: DateTime<Utc>) {
        let kept = self.kept(now);
        self.weighted_seconds = self.weighted_seconds * kept + latency.as_secs_f64();
        self.weight = self.weight * kept + 1.0;
        self.updated_at = self.updated_at.max(Some(now));
    }

    /// The average; `None` without a measurement that still counts.
    pub fn value(&self, now: DateTime<Utc>) -> Option<Duration> {
        let weight = self.weight * self.kept(now);
        // The average itself does not age, only the trust in it.
        let average = Duration::try_from_secs_f64(self.weighted_seconds / self.weight).ok()?;
        (weight > Self::LEAST_WEIGHT).then_some(average)
    }

    /// The share of its weight that a measurement keeps until now.
    fn kept(&self, now: DateTime<Utc>) -> f64 {
        let age = self.updated_at.map_or(0.0, |at| (now - at).to_std().unwrap_or_default().as_secs_f64());
        if age == 0.0 { 1.0 } else { (-age / self.half_life.as_secs_f64()).exp2() }
    }
}
