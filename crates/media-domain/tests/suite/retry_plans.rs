//! Which attempts are repeated, and when.

use std::time::Duration;

use media_domain::retry_plan::{FailedAttempt, RetryDecision, RetryPlan};
use media_domain::{JobHandle, Phase, ProviderErrorKind as Kind, RetryClass};
use proptest::prelude::*;
use serde_json::json;

use super::support::{cases, check_form};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn again(after: Option<Duration>) -> RetryClass {
    RetryClass::Again { after }
}

/// A first attempt that failed at once, with all the time in the world.
fn first(kind: Kind, class: &RetryClass) -> FailedAttempt<'_> {
    FailedAttempt { number: 1, kind, class, spent: Duration::ZERO, time_left: seconds(300) }
}

const fn repeat(after: Duration) -> RetryDecision {
    RetryDecision::Repeat { after }
}

const fn give_up(cool_for: Option<Duration>) -> RetryDecision {
    RetryDecision::GiveUp { cool_for }
}

#[test]
fn a_short_delay_of_the_server_is_kept_to_exactly() {
    let plan = RetryPlan::default();
    for told in [Duration::ZERO, Duration::from_millis(1), seconds(1), seconds(2)] {
        for random in [0.0, 0.5, 1.0] {
            assert_eq!(plan.next(&first(Kind::RateLimited, &again(Some(told))), random), repeat(told));
            assert_eq!(plan.next(&first(Kind::Unavailable, &again(Some(told))), random), repeat(told));
        }
    }
}

#[test]
fn a_long_delay_is_not_waited_out_but_cools() {
    let plan = RetryPlan::default();
    for told in [seconds(2) + Duration::from_nanos(1), seconds(60), Duration::MAX] {
        assert_eq!(plan.next(&first(Kind::RateLimited, &again(Some(told))), 0.5), give_up(Some(told)));
    }
}

#[test]
fn too_many_requests_without_a_delay_means_a_minute() {
    let plan = RetryPlan::default();
    assert_eq!(plan.next(&first(Kind::RateLimited, &again(None)), 0.5), give_up(Some(seconds(60))));
    let patient = RetryPlan { longest_wait: seconds(90), total_budget: seconds(90), ..plan };
    assert_eq!(patient.next(&first(Kind::RateLimited, &again(None)), 0.5), repeat(seconds(60)));
}

#[test]
fn without_a_named_delay_nothing_is_repeated_unless_the_plan_says_so() {
    let plan = RetryPlan::default();
    assert_eq!(plan.next(&first(Kind::Unavailable, &again(None)), 0.5), give_up(None));
    let persistent = RetryPlan { repeat_untold: true, ..plan };
    assert_eq!(persistent.next(&first(Kind::Unavailable, &again(None)), 1.0), repeat(Duration::from_millis(250)));
}

#[test]
fn without_a_named_delay_it_grows_up_to_the_cap() {
    let plan =
        RetryPlan { max_repeats: u32::MAX, repeat_untold: true, total_budget: seconds(1_000), ..RetryPlan::default() };
    let class = again(None);
    for (number, longest_ms) in [(1, 250), (2, 500), (3, 1_000), (4, 2_000), (5, 2_000), (40, 2_000), (u32::MAX, 2_000)]
    {
        let failed = FailedAttempt { number, ..first(Kind::Unavailable, &class) };
        let longest = Duration::from_millis(longest_ms);
        for (random, share) in [(0.0, 0), (0.5, 1), (1.0, 2), (f64::NAN, 1), (-3.0, 0), (7.0, 2)] {
            assert_eq!(plan.next(&failed, random), repeat(longest / 2 * share), "attempt {number}, {random}");
        }
    }
}

#[test]
fn no_delay_is_drawn_that_would_not_be_waited_out() {
    let plan = RetryPlan {
        repeat_untold: true,
        base: seconds(8),
        cap: seconds(8),
        longest_wait: seconds(1),
        ..RetryPlan::default()
    };
    assert_eq!(plan.next(&first(Kind::Unavailable, &again(None)), 1.0), repeat(seconds(1)));
}

#[test]
fn after_the_last_repeat_a_named_delay_still_cools() {
    let plan = RetryPlan::default();
    for (class, cool_for) in
        [(again(Some(seconds(1))), Some(seconds(1))), (again(Some(Duration::ZERO)), None), (again(None), None)]
    {
        let failed = FailedAttempt { number: 3, ..first(Kind::Unavailable, &class) };
        assert_eq!(plan.next(&failed, 0.5), give_up(cool_for));
    }
}

#[test]
fn a_delay_that_does_not_fit_is_not_begun() {
    let plan = RetryPlan::default();
    let class = again(Some(seconds(1)));
    let failed = first(Kind::Unavailable, &class);
    for (spent, time_left, decision) in [
        (seconds(9), seconds(300), repeat(seconds(1))),
        (seconds(9) + Duration::from_nanos(1), seconds(300), give_up(Some(seconds(1)))),
        (Duration::MAX, seconds(300), give_up(Some(seconds(1)))),
        (Duration::ZERO, seconds(1), give_up(Some(seconds(1)))),
        (Duration::ZERO, seconds(1) + Duration::from_nanos(1), repeat(seconds(1))),
    ] {
        assert_eq!(plan.next(&FailedAttempt { spent, time_left, ..failed }, 0.5), decision, "{spent:?}, {time_left:?}");
    }
}

#[test]
fn a_plan_of_never_keeps_to_it() {
    let plan = RetryPlan::never();
    assert_eq!(plan.next(&first(Kind::Unavailable, &again(None)), 0.0), give_up(None));
}

#[test]
fn the_form_is_stable() {
    check_form(
        &RetryPlan::default(),
        json!({
            "max_repeats": 2, "repeat_untold": false, "base_s": 0.25, "cap_s": 2, "total_budget_s": 10,
            "longest_wait_s": 2
        }),
    );
}

fn class() -> impl Strategy<Value = RetryClass> {
    prop_oneof![
        Just(RetryClass::Never),
        Just(RetryClass::Elsewhere),
        Just(RetryClass::Billed),
        Just(RetryClass::Uncertain { phase: Phase::Submit, handle: None }),
        Just(RetryClass::Uncertain { phase: Phase::Running, handle: Some(JobHandle::new("job-1")) }),
        prop::option::of(duration()).prop_map(again),
        prop::option::of(duration()).prop_map(again),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        8 => (0_u64..20_000).prop_map(Duration::from_millis),
        1 => any::<u64>().prop_map(Duration::from_secs),
        1 => Just(Duration::MAX),
    ]
}

prop_compose! {
    fn plan()(
        max_repeats in 0_u32..6, repeat_untold: bool, base in duration(), cap in duration(), total_budget in duration(),
        longest_wait in duration(),
    ) -> RetryPlan {
        RetryPlan { max_repeats, repeat_untold, base, cap, total_budget, longest_wait }
    }
}

proptest! {
    #![proptest_config(cases(2_048))]

    #[test]
    fn every_decision_keeps_the_rules(
        plan in plan(), kind in prop::sample::select(Kind::ALL), class in class(), number in 1_u32..9,
        spent in duration(), time_left in duration(), random in prop_oneof![0.0_f64..1.0, any::<f64>()],
    ) {
        let failed = FailedAttempt { number, kind, class: &class, spent, time_left };
        let told = if let RetryClass::Again { after } = class { after } else { None };
        match plan.next(&failed, random) {
            RetryDecision::Repeat { after } => {
                prop_assert!(matches!(class, RetryClass::Again { .. }), "repeated {:?}", class);
                prop_assert!(number <= plan.max_repeats);
                prop_assert!(after <= plan.longest_wait && after < time_left);
                prop_assert!(spent.checked_add(after).is_some_and(|end| end <= plan.total_budget));
                prop_assert!(told.is_none_or(|told| after == told));
                prop_assert!(told.is_some() || plan.repeat_untold || kind == Kind::RateLimited);
            }
            RetryDecision::GiveUp { cool_for } => {
                let untold = matches!(class, RetryClass::Again { .. }) && kind == Kind::RateLimited;
                let cools = told.or(untold.then_some(seconds(60))).filter(|told| !told.is_zero());
                prop_assert_eq!(cool_for, cools);
            }
        }
    }

    #[test]
    fn a_whole_call_ends_within_budget_and_deadline(
        plan in plan(), deadline in duration(), attempts in prop::collection::vec((duration(), prop::option::of(duration()), 0.0_f64..1.0), 10),
    ) {
        let (mut spent, mut last_start) = (Duration::ZERO, Duration::ZERO);
        let mut repeats = 0;
        for (number, (took, told, random)) in (1..).zip(attempts) {
            spent = spent.saturating_add(took);
            let class = again(told);
            let time_left = deadline.saturating_sub(spent);
            let failed = FailedAttempt { number, kind: Kind::Unavailable, class: &class, spent, time_left };
            let RetryDecision::Repeat { after } = plan.next(&failed, random) else { break };
            repeats += 1;
            spent += after;
            last_start = spent;
        }
        prop_assert!(repeats <= plan.max_repeats);
        prop_assert!(repeats == 0 || (last_start <= plan.total_budget && last_start < deadline));
    }
}
