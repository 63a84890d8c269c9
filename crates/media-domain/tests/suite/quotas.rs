//! Credits, budgets, and the periods that they are counted in.

use chrono::{DateTime, TimeZone, Utc};
use media_domain::budget::{BudgetLimit, BudgetUsage};
use media_domain::period::{BudgetCycle, Period};
use media_domain::quota::{CreditWeights, QuotaLimit, QuotaPeriod, QuotaUsage};
use media_domain::tally::Tally;
use media_domain::text::Prompt;
use media_domain::{GenerationRequest, Quality};
use proptest::prelude::*;
use serde_json::json;

use super::support::{at, cases, check_form};

fn utc(year: i32, month: u32, day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).unwrap()
}

fn request(count: u32, quality: Option<Quality>) -> GenerationRequest {
    let mut request = GenerationRequest::new(Prompt::parse("a lighthouse").unwrap());
    (request.count, request.options.quality) = (count, quality);
    request
}

#[test]
fn hd_costs_two_and_everything_else_one() {
    let weights = CreditWeights::default();
    for quality in [None, Some(Quality::Low), Some(Quality::Medium), Some(Quality::Standard), Some(Quality::High)] {
        assert_eq!(weights.credits_for(&request(3, quality)), 3, "{quality:?}");
    }
    for quality in [Quality::Hd, Quality::Xhigh, Quality::Max] {
        assert_eq!(weights.credits_for(&request(3, Some(quality))), 6, "{quality}");
    }
}

#[test]
fn weights_are_configurable() {
    let weights: CreditWeights = serde_json::from_value(json!({ "standard": 0, "hd": 5, "hd_from": "high" })).unwrap();
    assert_eq!(weights.credits_for(&request(2, None)), 0);
    assert_eq!(weights.credits_for(&request(2, Some(Quality::High))), 10);
    let largest = CreditWeights { hd: u32::MAX, ..weights };
    let most = request(u32::MAX, Some(Quality::Max));
    assert_eq!(largest.credits_for(&most), u64::from(u32::MAX) * u64::from(u32::MAX));
    assert!(serde_json::from_value::<CreditWeights>(json!({ "uhd": 3 })).is_err());
}

#[test]
fn periods_end_where_the_calendar_says() {
    for (cycle, now, text, start, end) in [
        (BudgetCycle::Month, utc(2024, 2, 29, 23), "2024-02", utc(2024, 2, 1, 0), utc(2024, 3, 1, 0)),
        (BudgetCycle::Month, utc(2024, 12, 31, 23), "2024-12", utc(2024, 12, 1, 0), utc(2025, 1, 1, 0)),
        (BudgetCycle::Month, utc(2024, 6, 1, 0), "2024-06", utc(2024, 6, 1, 0), utc(2024, 7, 1, 0)),
        (BudgetCycle::Day, utc(2024, 2, 28, 23), "2024-02-28", utc(2024, 2, 28, 0), utc(2024, 2, 29, 0)),
        (BudgetCycle::Day, utc(2024, 12, 31, 0), "2024-12-31", utc(2024, 12, 31, 0), utc(2025, 1, 1, 0)),
    ] {
        let period = Period::of(cycle, now);
        assert_eq!((period.starts_at(), period.resets_at()), (start, end), "{text}");
        assert_eq!(period.cycle(), cycle);
        check_form(&period, json!(text));
        assert_eq!(text.parse(), Ok(period));
    }
    for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for cycle in [BudgetCycle::Day, BudgetCycle::Month] {
            assert!(Period::of(cycle, now).resets_at() >= now);
        }
    }
}

#[test]
fn only_the_form_that_is_written_is_read() {
    for text in
        ["", "2024", "2024-6", "2024-13", "2024-06-31", "2024-6-01", " 2024-06", "2024-06 ", "+024-06", "2024-06-1"]
    {
        assert!(text.parse::<Period>().is_err(), "{text:?}");
    }
    assert!("2024-06-01".parse::<QuotaPeriod>().is_err(), "quotas are monthly");
    assert_eq!("2024-06".parse::<QuotaPeriod>().unwrap(), QuotaPeriod::of(at(0)));
}

#[test]
fn a_quota_that_does_not_suffice_tells_when_it_will() {
    let limit = QuotaLimit { credits_per_month: 10 };
    let mut usage = QuotaUsage::new(QuotaPeriod::of(at(0)));
    usage.reserve(&limit, 6).unwrap();
    usage.settle(6, 5);
    usage.reserve(&limit, 3).unwrap();
    let before = usage;
    let exceeded = usage.reserve(&limit, 3).unwrap_err();
    assert_eq!((exceeded.remaining, exceeded.needed), (2, 3));
    assert_eq!(exceeded.resets_at, utc(2024, 7, 1, 0));
    assert!(exceeded.to_string().starts_with("monthly quota exceeded"));
    assert_eq!(usage, before, "a refusal changes nothing");
    usage.release(3);
    assert_eq!(usage.remaining(&limit), 5);
    check_form(&usage, json!({ "period": "2024-06", "reserved": 0, "used": 5 }));
    check_form(&limit, json!({ "credits_per_month": 10 }));
}

#[test]
fn a_budget_counts_by_day_or_month() {
    let limit = BudgetLimit { micros: 500_000, period: BudgetCycle::Day };
    check_form(&limit, json!({ "micros": 500_000, "period": "day" }));
    let mut usage = BudgetUsage::new(limit.period_of(at(0)));
    usage.reserve(&limit, 500_000).unwrap();
    let exceeded = usage.reserve(&limit, 1).unwrap_err();
    assert_eq!((exceeded.remaining, exceeded.resets_at), (0, utc(2024, 6, 2, 0)));
    usage.settle(500_000, 20_500);
    check_form(&usage, json!({ "period": "2024-06-01", "reserved": 0, "used": 20_500 }));
    let exceeded = usage.reserve(&limit, 1_000_000).unwrap_err();
    assert_eq!(
        exceeded.to_string(),
        "budget exceeded: USD 1.00 are needed, USD 0.4795 remain until 2024-06-02 00:00 UTC"
    );
    assert_eq!(BudgetLimit { period: BudgetCycle::Month, ..limit }.period_of(at(0)).to_string(), "2024-06");
}

#[test]
fn nothing_goes_below_zero_or_around() {
    let mut tally = Tally { reserved: 3, used: u64::MAX - 1 };
    tally.release(5);
    tally.settle(1, 9);
    assert_eq!(tally, Tally { reserved: 0, used: u64::MAX });
    assert_eq!(tally.remaining(u64::MAX), 0);
    assert!(tally.reserve(u64::MAX, 1).is_err());
    tally.reserve(0, 0).unwrap();
    let mut full = Tally::default();
    full.reserve(u64::MAX, u64::MAX).unwrap();
    assert!(full.reserve(u64::MAX, u64::MAX).is_err());
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Reserve(u64),
    /// Settles one of the open reservations at a share of it, in hundredths.
    Settle(usize, u64),
    Release(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u64..40).prop_map(Step::Reserve),
        2 => (any::<usize>(), 0_u64..=100).prop_map(|(index, share)| Step::Settle(index, share)),
        1 => any::<usize>().prop_map(Step::Release),
    ]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn in_any_order_the_limit_holds_and_the_sums_agree(limit in 0_u64..200, steps in prop::collection::vec(step(), 0..120)) {
        let (mut tally, mut open, mut used) = (Tally::default(), Vec::<u64>::new(), 0);
        for step in steps {
            match step {
                Step::Reserve(amount) => {
                    let fits = used + open.iter().sum::<u64>() + amount <= limit;
                    prop_assert_eq!(tally.reserve(limit, amount).is_ok(), fits);
                    if fits {
                        open.push(amount);
                    }
                }
                Step::Settle(index, share) if !open.is_empty() => {
                    let reserved = open.swap_remove(index % open.len());
                    tally.settle(reserved, reserved * share / 100);
                    used += reserved * share / 100;
                }
                Step::Release(index) if !open.is_empty() => tally.release(open.swap_remove(index % open.len())),
                Step::Settle(..) | Step::Release(_) => {}
            }
            prop_assert_eq!(tally, Tally { reserved: open.iter().sum(), used });
            prop_assert!(tally.used + tally.reserved <= limit);
            prop_assert_eq!(tally.remaining(limit), limit - tally.used - tally.reserved);
        }
    }

    #[test]
    fn every_moment_lies_in_its_period(seconds in -60_000_000_000_i64..200_000_000_000) {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        for cycle in [BudgetCycle::Day, BudgetCycle::Month] {
            let period = Period::of(cycle, now);
            prop_assert!(period.starts_at() <= now && now < period.resets_at());
            prop_assert_eq!(Period::of(cycle, period.starts_at()), period);
            prop_assert_ne!(Period::of(cycle, period.resets_at()), period);
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }
    }
}
