//! Time and identifiers for tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use media_ports::{Clock, IdSource};
use uuid::Uuid;

/// Tokio's clock: paused in a [`Suite`](crate::harness::Suite) case, so that waiting takes no time. The calendar starts
/// at a fixed moment.
#[derive(Debug, Clone)]
pub struct TestClock {
    started: tokio::time::Instant,
    calendar_start: DateTime<Utc>,
}

impl TestClock {
    /// Starts on 20 November 2026 at noon UTC; needs a tokio runtime.
    pub fn new() -> Self {
        let calendar_start = DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default();
        Self { started: tokio::time::Instant::now(), calendar_start }
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        self.calendar_start + TimeDelta::from_std(self.started.elapsed()).unwrap_or_default()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}

/// Counts identifiers up from one, so that a test sees the same ones every time; its random numbers repeat as well.
#[derive(Debug, Default)]
pub struct SequentialIds {
    last: AtomicU64,
    random: SplitMix,
}

impl IdSource for SequentialIds {
    fn next_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.last.fetch_add(1, Ordering::Relaxed)) + 1)
    }

    fn random_unit(&self) -> f64 {
        self.random.next_unit()
    }
}

/// Draws identifiers and random numbers from a seed, so that a simulation replays.
///
/// ```
/// use media_ports::IdSource;
/// use media_testkit::clock::SeededIds;
///
/// let (first, again) = (SeededIds::new(7), SeededIds::new(7));
/// assert_eq!(first.next_uuid(), again.next_uuid());
/// assert_ne!(first.next_uuid(), SeededIds::new(8).next_uuid());
/// assert!((0.0..1.0).contains(&first.random_unit()));
/// ```
#[derive(Debug)]
pub struct SeededIds {
    uuids: SplitMix,
    random: SplitMix,
}

impl SeededIds {
    /// Starts the sequence of a seed. Identifiers and random numbers do not disturb each other's sequence.
    pub fn new(seed: u64) -> Self {
        Self { uuids: SplitMix::new(seed), random: SplitMix::new(!seed) }
    }
}

impl IdSource for SeededIds {
    fn next_uuid(&self) -> Uuid {
        let (high, low) = (self.uuids.next(), self.uuids.next());
        uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes()).into_uuid()
    }

    fn random_unit(&self) -> f64 {
        self.random.next_unit()
    }
}

/// SplitMix64: enough for tests, and the same everywhere. Source: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014.
#[derive(Debug, Default)]
pub(crate) struct SplitMix(AtomicU64);

impl SplitMix {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        let mut mixed = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, but not including, 1: the upper 53 bits, which a float holds exactly.
    fn next_unit(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_gives_the_published_sequence() {
        let random = SplitMix::new(1_234_567);
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([random.next(), random.next(), random.next()], published);
    }

    #[test]
    fn random_units_spread_from_zero_to_below_one_and_repeat() {
        let draw = |ids: &dyn IdSource| (0..1_000).map(|_| ids.random_unit()).collect::<Vec<_>>();
        let drawn = draw(&SeededIds::new(7));
        assert!(drawn.iter().all(|unit| (0.0..1.0).contains(unit)));
        let mean = drawn.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert_eq!(drawn, draw(&SeededIds::new(7)));
        assert_ne!(drawn, draw(&SeededIds::new(8)));
        assert_eq!(draw(&SequentialIds::default()), draw(&SequentialIds::default()));
    }

    #[test]
    fn identifiers_do_not_depend_on_random_numbers_drawn() {
        let (plain, drawn) = (SeededIds::new(7), SeededIds::new(7));
        for _ in 0..10 {
            drawn.random_unit();
            assert_eq!(plain.next_uuid(), drawn.next_uuid());
        }
    }
}
