//! Counts, and the rates that follow.

use media_domain::text::{Campaign, Channel};
use media_domain::{AssetId, MediaPerformance, PerformanceCounts, PerformanceId, PerformanceRates};
use proptest::prelude::*;
use serde_json::json;

use super::support::{at, cases, check_form, uuid};

/// The counts of the worked example.
pub(crate) fn worked_example() -> PerformanceCounts {
    PerformanceCounts {
        impressions: 50_000,
        clicks: 2_500,
        engagements: 3_000,
        conversions: 200,
        ..PerformanceCounts::default()
    }
}

fn measurement() -> MediaPerformance {
    MediaPerformance {
        performance_id: PerformanceId::from_uuid(uuid(3)),
        asset_id: AssetId::from_uuid(uuid(1)),
        variant_id: None,
        campaign: Campaign::parse("summer_2024").unwrap(),
        channel: Channel::parse("email").unwrap(),
        counts: worked_example(),
        recorded_at: at(0),
        source: None,
    }
}

#[test]
fn the_worked_example_to_the_letter() {
    let rates = measurement().calculate_rates();
    assert_eq!(rates, PerformanceRates { click_through_rate: 0.05, engagement_rate: 0.06, conversion_rate: 0.08 });
    assert_eq!(worked_example().checked(), Ok(worked_example()));
    assert!(measurement().is_high_performing(0.05));
    assert!(!measurement().is_high_performing(0.050_000_1));
}

#[test]
fn zero_denominators_give_zero_rates() {
    assert_eq!(PerformanceCounts::default().calculate_rates(), PerformanceRates::default());
    let unseen = PerformanceCounts { clicks: 0, conversions: 0, shares: 9, comments: 9, ..Default::default() };
    assert_eq!(unseen.calculate_rates(), PerformanceRates::default());
    assert_eq!(unseen.checked(), Ok(unseen));
    let no_clicks = PerformanceCounts { impressions: 100, engagements: 50, ..Default::default() };
    assert_eq!(no_clicks.calculate_rates().conversion_rate, 0.0);
}

#[test]
fn nothing_seen_is_no_high_performer_whatever_the_threshold() {
    for threshold in [0.0, -1.0, 0.05, f64::NAN] {
        assert!(!PerformanceCounts::default().is_high_performing(threshold), "{threshold}");
    }
    let seen = PerformanceCounts { impressions: 1, ..Default::default() };
    assert!(seen.is_high_performing(0.0) && !seen.is_high_performing(f64::NAN));
}

#[test]
fn counts_that_cannot_be_are_refused() {
    for (impressions, clicks, engagements, conversions, part, whole) in [
        (10, 11, 0, 0, "clicks", "impressions"),
        (10, 0, 11, 0, "engagements", "impressions"),
        (10, 5, 0, 6, "conversions", "clicks"),
        (0, 1, 0, 0, "clicks", "impressions"),
        (0, 0, 0, 1, "conversions", "clicks"),
    ] {
        let counts = PerformanceCounts { impressions, clicks, engagements, conversions, ..Default::default() };
        let error = counts.checked().unwrap_err();
        assert_eq!((error.part, error.whole), (part, whole), "{counts:?}");
    }
}

#[test]
fn a_rate_over_several_records_is_the_sum_over_the_sum() {
    let records = [(100, 50), (900, 50)].map(|(impressions, clicks)| PerformanceCounts {
        impressions,
        clicks,
        ..Default::default()
    });
    let total: PerformanceCounts = records.into_iter().sum();
    assert_eq!(total.calculate_rates().click_through_rate, 0.1);
    assert_eq!(Vec::<PerformanceCounts>::new().into_iter().sum::<PerformanceCounts>(), PerformanceCounts::default());
}

#[test]
fn counts_stand_beside_the_other_fields_and_default_to_zero() {
    let json = json!({
        "performance_id": uuid(3), "asset_id": uuid(1), "campaign": "summer_2024", "channel": "email",
        "impressions": 50_000, "clicks": 2_500, "engagements": 3_000, "conversions": 200, "shares": 0, "comments": 0,
        "recorded_at": "2024-06-01T12:00:00Z"
    });
    check_form(&measurement(), json.clone());
    let mut short = json.as_object().unwrap().clone();
    short.retain(|key, _| !["clicks", "engagements", "conversions", "shares", "comments"].contains(&key.as_str()));
    let read: MediaPerformance = serde_json::from_value(short.into()).unwrap();
    assert_eq!(read.counts, PerformanceCounts { impressions: 50_000, ..Default::default() });
}

prop_compose! {
    fn counts()(numbers: [u64; 6], small: bool) -> PerformanceCounts {
        let [impressions, clicks, engagements, conversions, shares, comments] =
            numbers.map(|number| if small { number % 4 } else { number });
        PerformanceCounts { impressions, clicks, engagements, conversions, shares, comments }
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn rates_are_numbers_and_those_of_checked_counts_are_shares(counts in counts()) {
        let rates = counts.calculate_rates();
        let rates = [rates.click_through_rate, rates.engagement_rate, rates.conversion_rate];
        prop_assert!(rates.iter().all(|rate| rate.is_finite()));
        if counts.checked().is_ok() {
            prop_assert!(rates.iter().all(|rate| (0.0..=1.0).contains(rate)), "{:?}", counts);
        }
    }

    #[test]
    fn sums_stop_at_the_largest(a in counts(), b in counts()) {
        let sum: PerformanceCounts = [a, b].into_iter().sum();
        prop_assert_eq!(sum.clicks, a.clicks.saturating_add(b.clicks));
        prop_assert_eq!(sum.comments, a.comments.saturating_add(b.comments));
        prop_assert_eq!(a.saturating_add(b), b.saturating_add(a));
    }
}
