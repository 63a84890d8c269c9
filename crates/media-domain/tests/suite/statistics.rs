//! The Wilson interval.

use media_domain::statistics::{Z_95, wilson_interval};
use proptest::prelude::*;

use super::support::cases;

/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
/// table I, method 3.
#[test]
fn published_values() {
    for (successes, trials, low, high) in
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
    {
        let interval = wilson_interval(successes, trials, Z_95);
        assert!((interval.low - low).abs() < 0.000_05, "{successes}/{trials}: {interval:?}");
        assert!((interval.high - high).abs() < 0.000_05, "{successes}/{trials}: {interval:?}");
    }
}

#[test]
fn the_ends_are_exact() {
    for trials in [1, 7, 500, u64::MAX] {
        assert_eq!(wilson_interval(0, trials, Z_95).low, 0.0);
        assert_eq!(wilson_interval(trials, trials, Z_95).high, 1.0);
    }
    let nothing = wilson_interval(0, 0, Z_95);
    assert_eq!((nothing.low, nothing.high), (0.0, 1.0));
    assert_eq!(wilson_interval(9, 5, Z_95), wilson_interval(5, 5, Z_95));
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn the_interval_holds_the_rate_and_lies_within_0_and_1(successes: u64, trials in 1_u64.., shift in 0_u32..60) {
        let trials = (trials >> shift).max(1);
        let successes = successes % trials.saturating_add(1).max(1);
        let interval = wilson_interval(successes, trials, Z_95);
        let rate = successes as f64 / trials as f64;
        prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
        // With trials beyond counting, rounding is wider than the interval.
        prop_assert!(interval.low <= rate + 1e-12 && rate <= interval.high + 1e-12, "{} in {:?}", rate, interval);
    }

    #[test]
    fn more_data_of_the_same_rate_is_surer(successes in 0_u64..100, more in 2_u64..1_000) {
        let (few, many) = (wilson_interval(successes, 100, Z_95), wilson_interval(successes * more, 100 * more, Z_95));
        prop_assert!(many.high - many.low < few.high - few.low);
    }
}
