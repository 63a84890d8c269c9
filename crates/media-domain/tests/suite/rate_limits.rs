//! The rate limiter.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::rate_limit::{RateLimit, RateLimiter};
use proptest::prelude::*;
use serde_json::json;

use super::support::{at, cases, check_form};

fn limit(requests: u32, per_ms: u64, burst: u32) -> RateLimit {
    let number = |number| NonZeroU32::new(number).unwrap();
    RateLimit { burst: number(burst), ..RateLimit::new(number(requests), Duration::from_millis(per_ms)) }
}

fn after_ms(milliseconds: i64) -> DateTime<Utc> {
    at(0) + TimeDelta::milliseconds(milliseconds)
}

#[test]
fn calls_are_spread_over_the_stretch() {
    let mut limiter = RateLimiter::new(limit(4, 1_000, 1));
    for call in 0..20 {
        assert_eq!(limiter.try_acquire(after_ms(250 * call)), Ok(()));
        assert_eq!(limiter.try_acquire(after_ms(250 * call + 100)), Err(Duration::from_millis(150)));
    }
}

#[test]
fn a_burst_passes_at_once_and_is_worked_off() {
    let mut limiter = RateLimiter::new(limit(4, 900, 2));
    for (millisecond, outcome) in [
        (0, Ok(())),
        (0, Ok(())),
        (0, Err(300)),
        (299, Err(1)),
        (300, Ok(())),
        (300, Err(300)),
        (900, Ok(())),
        (900, Ok(())),
    ] {
        assert_eq!(limiter.try_acquire(after_ms(millisecond)), outcome.map_err(Duration::from_millis), "{millisecond}");
    }
}

#[test]
fn rounding_lets_no_call_more_through() {
    let mut limiter = RateLimiter::new(limit(3, 1_000, 1));
    let mut now = at(0);
    for _ in 0..3 {
        limiter.try_acquire(now).unwrap();
        now += TimeDelta::from_std(limiter.try_acquire(now).unwrap_err()).unwrap();
    }
    assert!(now - at(0) >= TimeDelta::seconds(1), "a fourth call after {}", now - at(0));
}

#[test]
fn a_clock_that_is_set_back_does_not_starve() {
    let mut limiter = RateLimiter::new(limit(4, 1_000, 1));
    assert_eq!(limiter.try_acquire(at(60)), Ok(()));
    assert_eq!(limiter.try_acquire(at(0)), Err(Duration::from_millis(250)));
    let mut limiter = RateLimiter { worked_off_at: Some(DateTime::<Utc>::MAX_UTC), ..limiter };
    assert_eq!(limiter.try_acquire(at(0)), Err(Duration::from_millis(250)));
}

#[test]
fn the_largest_numbers_are_defined() {
    for limit in [limit(1, u64::MAX, 1), limit(u32::MAX, u64::MAX, u32::MAX), limit(u32::MAX, 0, u32::MAX)] {
        let mut limiter = RateLimiter::new(limit);
        assert_eq!(limiter.try_acquire(DateTime::<Utc>::MIN_UTC), Ok(()));
        let _ = limiter.try_acquire(at(0));
        let _ = limiter.try_acquire(DateTime::<Utc>::MAX_UTC);
    }
    let endless = RateLimit::new(NonZeroU32::MIN, Duration::MAX);
    assert_eq!(RateLimiter::new(endless).try_acquire(DateTime::<Utc>::MAX_UTC), Ok(()));
}

#[test]
fn forms_are_stable() {
    check_form(&limit(5, 60_000, 2), json!({ "requests": 5, "per_s": 60, "burst": 2 }));
    let short: RateLimit = serde_json::from_value(json!({ "requests": 5, "per_s": 0.5 })).unwrap();
    assert_eq!(short, limit(5, 500, 1));
    assert!(serde_json::from_value::<RateLimit>(json!({ "requests": 0, "per_s": 60 })).is_err());
    let mut limiter = RateLimiter::new(limit(5, 60_000, 1));
    limiter.try_acquire(at(0)).unwrap();
    let form = json!({
        "limit": { "requests": 5, "per_s": 60, "burst": 1 }, "worked_off_at": "2024-06-01T12:00:12Z"
    });
    check_form(&limiter, form);
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn no_stretch_holds_more_than_allowed(
        requests in 1_u32..12, burst in 1_u32..14, per_ms in 1_u64..2_000,
        steps in prop::collection::vec(prop_oneof![0_i64..5, 0_i64..400], 1..300),
    ) {
        let mut limiter = RateLimiter::new(limit(requests, per_ms, burst));
        let (mut millisecond, mut passed) = (0, Vec::new());
        for step in steps {
            millisecond += step;
            if limiter.try_acquire(after_ms(millisecond)).is_ok() {
                passed.push(millisecond);
            }
        }
        prop_assert!(!passed.is_empty());
        for (index, start) in passed.iter().enumerate() {
            let end = start + i64::try_from(per_ms).unwrap();
            let held = passed[index..].iter().take_while(|time| **time < end).count();
            prop_assert!(held <= requests as usize, "{} calls within {} ms", held, per_ms);
        }
    }

    #[test]
    fn whoever_waits_as_told_is_let_through(
        requests in 1_u32..50, burst in 1_u32..60, per_ms in 1_u64..100_000, pauses in prop::collection::vec(0_i64..3_000, 1..100),
    ) {
        let limit = limit(requests, per_ms, burst);
        let (mut limiter, mut now) = (RateLimiter::new(limit), at(0));
        for pause in pauses {
            now += TimeDelta::milliseconds(pause);
            if let Err(wait) = limiter.try_acquire(now) {
                prop_assert!(wait <= limit.per && !wait.is_zero());
                now += TimeDelta::from_std(wait).unwrap();
                prop_assert_eq!(limiter.try_acquire(now), Ok(()));
            }
        }
    }

    #[test]
    fn without_bursts_the_full_pace_is_kept(requests in 1_u32..100, per_ms in 100_u64..100_000, calls in 1_u32..200) {
        let limit = limit(requests, per_ms, 1);
        let (mut limiter, mut now) = (RateLimiter::new(limit), at(0));
        for _ in 0..=calls {
            if let Err(wait) = limiter.try_acquire(now) {
                now += TimeDelta::from_std(wait).unwrap();
                limiter.try_acquire(now).unwrap();
            }
        }
        // Rounding up may cost a nanosecond per call.
        let ideal = limit.per * calls / requests + Duration::from_nanos(calls.into());
        prop_assert!((now - at(0)).to_std().unwrap() <= ideal);
    }
}
