//! The circuit breaker, step by step.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::breaker::{
    Breaker, BreakerPhase, BreakerSettings, BreakerState, BreakerStatus, FailureReport, Forced, Permit, ProbeLease,
    RateTrip, RefusalReason, Trip, TripCause,
};
use media_domain::{FailureWeight, ProviderErrorKind, RetryClass};
use serde_json::json;

use super::support::{at, check_form};

const OUTAGE: FailureReport = FailureReport::new(ProviderErrorKind::Unavailable);

fn after(seconds: i64) -> DateTime<Utc> {
    at(0) + TimeDelta::seconds(seconds)
}

fn asks_for(seconds: u64) -> FailureReport {
    FailureReport { retry_after: Some(Duration::from_secs(seconds)), ..OUTAGE }
}

fn closed() -> Breaker {
    Breaker::new(BreakerSettings::default())
}

/// A breaker that five outages opened at `after(0)`.
fn opened() -> Breaker {
    let mut breaker = closed();
    fail(&mut breaker, 5, 0);
    assert_eq!(breaker.state().status(after(0)), BreakerStatus::Open);
    breaker
}

fn fail(breaker: &mut Breaker, times: u32, second: i64) {
    for _ in 0..times {
        let permit = breaker.try_acquire(after(second)).unwrap();
        breaker.record_failure(permit, after(second), OUTAGE);
    }
}

fn succeed(breaker: &mut Breaker, second: i64) {
    let permit = breaker.try_acquire(after(second)).unwrap();
    breaker.record_success(permit, after(second));
}

/// The probe that is due at `after(60)`, and its breaker.
fn probing() -> (Breaker, Permit) {
    let mut breaker = opened();
    let probe = breaker.try_acquire(after(60)).unwrap();
    assert!(matches!(probe, Permit::Probe(_)));
    (breaker, probe)
}

fn until(breaker: &mut Breaker, second: i64) -> Option<i64> {
    let refusal = breaker.try_acquire(after(second)).err()?;
    refusal.until.map(|until| (until - after(0)).num_seconds())
}

#[test]
fn the_fifth_failure_in_a_row_opens_for_a_minute() {
    let mut breaker = closed();
    fail(&mut breaker, 4, 0);
    assert!(breaker.is_closed(after(0)));
    assert_eq!(breaker.consecutive_failures(), 4);
    fail(&mut breaker, 1, 0);
    assert!(!breaker.is_closed(after(0)));
    let refusal = breaker.try_acquire(after(59)).unwrap_err();
    assert_eq!(refusal.until, Some(after(60)));
    let trip = Trip {
        cause: TripCause::ConsecutiveFailures,
        reason: ProviderErrorKind::Unavailable,
        since: after(0),
        failed_probes: 0,
    };
    assert_eq!(refusal.reason, RefusalReason::Open(trip));
    assert_eq!(breaker.state().trip(), Some(&trip));
}

#[test]
fn a_success_resets_the_count() {
    let mut breaker = closed();
    for _ in 0..50 {
        fail(&mut breaker, 4, 0);
        succeed(&mut breaker, 0);
        assert_eq!(breaker.consecutive_failures(), 0);
    }
    assert!(breaker.is_closed(after(0)));
}

#[test]
fn one_probe_passes_and_its_success_closes() {
    let (mut breaker, probe) = probing();
    assert_eq!(breaker.state().status(after(60)), BreakerStatus::HalfOpen);
    let refusal = breaker.try_acquire(after(61)).unwrap_err();
    assert!(matches!(refusal.reason, RefusalReason::ProbeUnderWay(_)));
    assert_eq!(refusal.until, Some(after(660)));
    breaker.record_success(probe, after(62));
    assert!(breaker.is_closed(after(62)));
    fail(&mut breaker, 4, 62);
    assert!(breaker.is_closed(after(62)), "the failures from before count no more");
}

#[test]
fn a_failed_probe_opens_for_the_full_time_and_the_cause_is_kept() {
    let (mut breaker, probe) = probing();
    breaker.record_failure(probe, after(70), FailureReport::new(ProviderErrorKind::Timeout));
    assert_eq!(until(&mut breaker, 70), Some(130));
    let trip = breaker.state().trip().unwrap();
    assert_eq!((trip.cause, trip.reason), (TripCause::ConsecutiveFailures, ProviderErrorKind::Timeout));
    assert_eq!((trip.since, trip.failed_probes), (after(0), 1));
    assert!(matches!(breaker.try_acquire(after(130)), Ok(Permit::Probe(_))));
}

#[test]
fn a_probe_that_says_nothing_leaves_its_place_to_the_next_at_once() {
    let (mut breaker, probe) = probing();
    breaker.release(probe, after(61));
    let next = breaker.try_acquire(after(61)).unwrap();
    assert!(matches!(next, Permit::Probe(_)));
    assert!(breaker.try_acquire(after(61)).is_err());
    breaker.record_success(next, after(62));
    assert!(breaker.is_closed(after(62)));
}

#[test]
fn a_probe_that_is_never_heard_of_is_followed_when_its_lease_ends() {
    let (mut breaker, lost) = probing();
    assert_eq!(until(&mut breaker, 659), Some(660));
    let second = breaker.try_acquire(after(660)).unwrap();
    assert_ne!(lost, second);
    for outcome in [Breaker::record_success, Breaker::release] {
        outcome(&mut breaker, lost.clone(), after(661));
        assert_eq!(breaker.state().status(after(661)), BreakerStatus::HalfOpen, "the lost probe has no say any more");
        assert!(breaker.try_acquire(after(661)).is_err());
    }
    breaker.record_success(second, after(662));
    assert!(breaker.is_closed(after(662)));
}

#[test]
fn a_probe_that_ends_late_still_counts_when_none_has_followed() {
    let (mut breaker, probe) = probing();
    breaker.record_success(probe, after(5_000));
    assert!(breaker.is_closed(after(5_000)));
}

#[test]
fn outcomes_from_before_a_transition_move_nothing() {
    let mut breaker = closed();
    let early: Vec<_> = (0..12).map(|_| breaker.try_acquire(after(0)).unwrap()).collect();
    let mut early = early.into_iter();
    for permit in early.by_ref().take(5) {
        breaker.record_failure(permit, after(0), OUTAGE);
    }
    let opened = *breaker.state();
    breaker.record_success(early.next().unwrap(), after(1));
    breaker.record_failure(early.next().unwrap(), after(1), OUTAGE);
    assert_eq!(*breaker.state(), opened);
    let probe = breaker.try_acquire(after(60)).unwrap();
    let half_open = *breaker.state();
    breaker.record_success(early.next().unwrap(), after(61));
    breaker.record_failure(early.next().unwrap(), after(61), asks_for(500));
    breaker.take_out(early.next().unwrap(), after(61), ProviderErrorKind::Unauthenticated);
    assert_eq!(*breaker.state(), half_open);
    breaker.record_success(probe, after(62));
    breaker.record_failure(early.next().unwrap(), after(63), OUTAGE);
    assert_eq!(breaker.consecutive_failures(), 0);
}

#[test]
fn the_server_moves_the_reopening_later_and_never_earlier() {
    for (asked, opens) in [(1, 60), (60, 60), (300, 300)] {
        let mut breaker = closed();
        fail(&mut breaker, 4, 0);
        let late = breaker.try_acquire(after(0)).unwrap();
        let last = breaker.try_acquire(after(0)).unwrap();
        breaker.record_failure(last, after(0), asks_for(asked));
        assert_eq!(until(&mut breaker, 0), Some(opens));
        breaker.record_failure(late, after(10), asks_for(30));
        assert_eq!(until(&mut breaker, 10), Some(opens), "40 s come before");
    }
    let mut breaker = closed();
    let late = breaker.try_acquire(after(0)).unwrap();
    fail(&mut breaker, 5, 0);
    breaker.record_failure(late, after(10), asks_for(900));
    assert_eq!(until(&mut breaker, 10), Some(910), "heard from a call that ended after the breaker had opened");
}

#[test]
fn no_server_keeps_calls_away_for_ever() {
    const LONGEST: i64 = 31 * 24 * 60 * 60;
    let forever = Duration::MAX;
    let mut breaker = closed();
    breaker.cool_down(after(0), DateTime::<Utc>::MAX_UTC);
    assert_eq!(until(&mut breaker, 0), Some(LONGEST));
    let mut breaker = closed();
    fail(&mut breaker, 4, 0);
    let permit = breaker.try_acquire(after(0)).unwrap();
    breaker.record_failure(permit, after(0), FailureReport { retry_after: Some(forever), ..OUTAGE });
    assert_eq!(until(&mut breaker, 0), Some(LONGEST));
    let settings = BreakerSettings { open_for: forever, longest_hold: forever, ..BreakerSettings::default() };
    let mut breaker = Breaker::new(settings);
    fail(&mut breaker, 5, 0);
    assert_eq!(breaker.try_acquire(after(0)).unwrap_err().until, Some(DateTime::<Utc>::MAX_UTC));
}

#[test]
fn cooling_is_no_failure() {
    let mut breaker = closed();
    fail(&mut breaker, 4, 0);
    let permit = breaker.try_acquire(after(0)).unwrap();
    let told = RetryClass::Again { after: Some(Duration::from_secs(17)) };
    let weight = breaker.record(permit, after(0), ProviderErrorKind::RateLimited, &told);
    assert_eq!(weight, FailureWeight::CoolDown(Some(Duration::from_secs(17))));
    let refusal = breaker.try_acquire(after(16)).unwrap_err();
    assert_eq!((refusal.until, refusal.reason), (Some(after(17)), RefusalReason::Cooling));
    assert_eq!(breaker.state().status(after(16)), BreakerStatus::Cooling);
    assert!(!breaker.is_closed(after(16)) && breaker.is_closed(after(17)));
    assert_eq!(breaker.consecutive_failures(), 4);
    fail(&mut breaker, 1, 17);
    assert_eq!(breaker.state().status(after(17)), BreakerStatus::Open);
}

#[test]
fn of_several_coolings_the_latest_holds() {
    let mut breaker = closed();
    for (second, end, holds) in [(0, 30, 30), (1, 20, 30), (2, 90, 90), (3, 1, 90)] {
        breaker.cool_down(after(second), after(end));
        assert_eq!(until(&mut breaker, second), Some(holds));
    }
}

#[test]
fn too_many_requests_without_a_delay_cool_for_a_minute() {
    let mut breaker = closed();
    let permit = breaker.try_acquire(after(0)).unwrap();
    let _ = breaker.record(permit, after(0), ProviderErrorKind::RateLimited, &RetryClass::Elsewhere);
    assert_eq!(until(&mut breaker, 0), Some(60));
}

#[test]
fn an_outage_with_a_delay_counts_and_cools() {
    let mut breaker = closed();
    let permit = breaker.try_acquire(after(0)).unwrap();
    let told = RetryClass::Again { after: Some(Duration::from_secs(9)) };
    assert_eq!(breaker.record(permit, after(0), ProviderErrorKind::Unavailable, &told), FailureWeight::Failure);
    assert_eq!(breaker.consecutive_failures(), 1);
    assert_eq!(until(&mut breaker, 0), Some(9));
}

#[test]
fn a_probe_told_to_wait_gives_its_place_back_and_the_next_waits() {
    let (mut breaker, probe) = probing();
    let told = RetryClass::Again { after: Some(Duration::from_secs(30)) };
    let _ = breaker.record(probe, after(61), ProviderErrorKind::RateLimited, &told);
    assert_eq!(until(&mut breaker, 61), Some(91));
    assert!(matches!(breaker.try_acquire(after(91)), Ok(Permit::Probe(_))));
}

#[test]
fn a_wrong_credential_takes_out_at_once_until_a_probe_succeeds() {
    let mut breaker = closed();
    let permit = breaker.try_acquire(after(0)).unwrap();
    let kind = ProviderErrorKind::Unauthenticated;
    assert_eq!(breaker.record(permit, after(0), kind, &RetryClass::Elsewhere), FailureWeight::TakeOut);
    assert_eq!(breaker.state().trip().map(|trip| (trip.cause, trip.reason)), Some((TripCause::TakenOut, kind)));
    for period in 1..=3 {
        let probe = breaker.try_acquire(after(period * 60)).unwrap();
        assert_eq!(breaker.record(probe, after(period * 60), kind, &RetryClass::Elsewhere), FailureWeight::TakeOut);
        assert!(breaker.try_acquire(after(period * 60 + 59)).is_err());
    }
    assert_eq!(breaker.state().trip().map(|trip| trip.failed_probes), Some(3));
    succeed(&mut breaker, 240);
    assert!(breaker.is_closed(after(240)));
}

#[test]
fn an_outage_that_turns_out_to_be_a_credential_says_so() {
    let (mut breaker, probe) = probing();
    breaker.take_out(probe, after(60), ProviderErrorKind::PermissionDenied);
    let trip = breaker.state().trip().unwrap();
    assert_eq!((trip.cause, trip.reason), (TripCause::TakenOut, ProviderErrorKind::PermissionDenied));
}

#[test]
fn refusals_and_cancellations_are_neither() {
    for kind in [ProviderErrorKind::ContentRejected, ProviderErrorKind::InvalidRequest, ProviderErrorKind::Cancelled] {
        let mut breaker = closed();
        fail(&mut breaker, 4, 0);
        for _ in 0..20 {
            let permit = breaker.try_acquire(after(0)).unwrap();
            assert_eq!(breaker.record(permit, after(0), kind, &RetryClass::Elsewhere), FailureWeight::Nothing);
        }
        assert_eq!(breaker.consecutive_failures(), 4, "{kind}");
    }
}

#[test]
fn too_large_a_share_of_failures_opens() {
    let rate = RateTrip { threshold: 0.5, window: Duration::from_secs(100), minimum_calls: 10 };
    let settings = BreakerSettings { failure_rate: Some(rate), ..BreakerSettings::default() };
    let mut breaker = Breaker::new(settings);
    for second in 0..4 {
        fail(&mut breaker, 1, second);
        succeed(&mut breaker, second);
    }
    fail(&mut breaker, 1, 5);
    assert!(breaker.is_closed(after(5)), "nine calls are too few to tell");
    fail(&mut breaker, 1, 5);
    assert_eq!(breaker.state().trip().map(|trip| trip.cause), Some(TripCause::FailureRate));

    let mut breaker = Breaker::new(settings);
    for second in 0..20 {
        fail(&mut breaker, 1, second * 15);
        succeed(&mut breaker, second * 15);
        succeed(&mut breaker, second * 15);
    }
    assert!(breaker.is_closed(after(300)), "one in three is not too large");

    let mut breaker = Breaker::new(settings);
    for second in 0..20 {
        fail(&mut breaker, 1, second * 25);
        succeed(&mut breaker, second * 25);
    }
    assert!(breaker.is_closed(after(500)), "of each 100 s only eight or nine calls count");
}

#[test]
fn a_person_has_the_last_word() {
    let mut breaker = closed();
    breaker.force_open(after(0));
    let refusal = breaker.try_acquire(after(1_000_000)).unwrap_err();
    assert_eq!((refusal.until, refusal.reason), (None, RefusalReason::ForcedOpen));
    breaker.force_closed(after(1));
    fail(&mut breaker, 50, 1);
    breaker.cool_down(after(1), after(100));
    assert!(breaker.is_closed(after(1)));
    assert_eq!(breaker.state().status(after(1)), BreakerStatus::ForcedClosed);
    breaker.force_automatic(after(200));
    assert!(breaker.is_closed(after(200)));
    fail(&mut breaker, 5, 200);
    let opened = *breaker.state();
    breaker.force_automatic(after(201));
    assert_eq!(*breaker.state(), opened, "what was not forced stays");
}

#[test]
fn forcing_ends_a_probe() {
    let (mut breaker, probe) = probing();
    breaker.force_open(after(61));
    breaker.record_success(probe, after(62));
    assert_eq!(breaker.state().status(after(62)), BreakerStatus::ForcedOpen);
}

#[test]
fn the_newer_state_is_taken_over() {
    let (mut ours, mut theirs) = (closed(), opened());
    let before = ours.try_acquire(after(0)).unwrap();
    fail(&mut ours, 3, 0);
    assert!(ours.adopt(*theirs.state()));
    assert!(ours.try_acquire(after(1)).is_err());
    assert!(!ours.adopt(*theirs.state()), "it is known already");
    assert!(!ours.adopt(BreakerState::default()), "it is older");

    let probe = theirs.try_acquire(after(60)).unwrap();
    assert!(ours.adopt(*theirs.state()));
    assert!(ours.try_acquire(after(60)).is_err(), "the one probe is theirs");
    theirs.record_success(probe, after(61));
    assert!(ours.adopt(*theirs.state()));
    assert!(ours.is_closed(after(61)));
    assert_eq!(ours.consecutive_failures(), 0);
    ours.record_failure(before, after(61), OUTAGE);
    assert_eq!(ours.consecutive_failures(), 0, "that call began before it had opened");
}

#[test]
fn counts_outlive_a_state_that_only_cools() {
    let (mut ours, mut theirs) = (closed(), closed());
    fail(&mut ours, 4, 0);
    theirs.cool_down(after(0), after(10));
    assert!(ours.adopt(*theirs.state()));
    fail(&mut ours, 1, 10);
    assert_eq!(ours.state().status(after(10)), BreakerStatus::Open);
}

#[test]
fn a_kept_state_goes_on() {
    let kept = serde_json::to_string(opened().state()).unwrap();
    let mut breaker = Breaker::restore(BreakerSettings::default(), serde_json::from_str(&kept).unwrap());
    assert_eq!(until(&mut breaker, 30), Some(60));
    succeed(&mut breaker, 60);
    assert!(breaker.is_closed(after(60)));
}

#[test]
fn forms_are_stable() {
    check_form(&BreakerState::default(), json!({ "version": 0, "generation": 0, "phase": "closed" }));
    let trip =
        Trip { cause: TripCause::FailureRate, reason: ProviderErrorKind::Timeout, since: at(0), failed_probes: 2 };
    let trip_form = json!({
        "cause": "failure_rate", "reason": "timeout", "since": "2024-06-01T12:00:00Z", "failed_probes": 2
    });
    let state = BreakerState {
        version: 7,
        generation: 3,
        phase: BreakerPhase::HalfOpen { lease: Some(ProbeLease { number: 7, expires_at: at(10) }), trip },
        forced: Some(Forced::Open),
        cooling_until: Some(at(1)),
        changed_at: Some(at(0)),
    };
    let form = json!({
        "version": 7, "generation": 3, "phase": "half_open",
        "lease": { "number": 7, "expires_at": "2024-06-01T12:10:00Z" }, "trip": trip_form,
        "forced": "open", "cooling_until": "2024-06-01T12:01:00Z", "changed_at": "2024-06-01T12:00:00Z"
    });
    check_form(&state, form);
    let phase = BreakerPhase::Open { until: at(1), trip };
    check_form(&phase, json!({ "phase": "open", "until": "2024-06-01T12:01:00Z", "trip": trip_form }));
    check_form(&BreakerPhase::HalfOpen { lease: None, trip }, json!({ "phase": "half_open", "trip": trip_form }));
    let settings = BreakerSettings {
        failure_rate: Some(RateTrip { window: Duration::from_millis(2_500), ..RateTrip::default() }),
        ..BreakerSettings::default()
    };
    check_form(
        &settings,
        json!({
            "consecutive_failures": 5, "open_for_s": 60, "probe_lease_s": 600, "longest_hold_s": 2_678_400,
            "failure_rate": { "threshold": 0.5, "window_s": 2.5, "minimum_calls": 20 }
        }),
    );
    assert!(serde_json::from_value::<BreakerSettings>(json!({ "open_for": 60 })).is_err());
    assert!(serde_json::from_value::<BreakerSettings>(json!({ "open_for_s": -1 })).is_err());
}

#[test]
fn settings_that_cannot_work_are_named() {
    let good = BreakerSettings { failure_rate: Some(RateTrip::default()), ..BreakerSettings::default() };
    assert_eq!(good.check(), Ok(()));
    assert_eq!(BreakerSettings::default().check(), Ok(()));
    let rate = |change: fn(&mut RateTrip)| {
        let mut rate = RateTrip::default();
        change(&mut rate);
        BreakerSettings { failure_rate: Some(rate), ..good }
    };
    for (settings, name) in [
        (BreakerSettings { consecutive_failures: 0, ..good }, "consecutive_failures"),
        (BreakerSettings { open_for: Duration::ZERO, ..good }, "open_for_s"),
        (BreakerSettings { probe_lease: Duration::ZERO, ..good }, "probe_lease_s"),
        (BreakerSettings { longest_hold: Duration::from_secs(599), ..good }, "longest_hold_s"),
        (rate(|rate| rate.threshold = 0.0), "failure_rate.threshold"),
        (rate(|rate| rate.threshold = 1.01), "failure_rate.threshold"),
        (rate(|rate| rate.threshold = f64::NAN), "failure_rate.threshold"),
        (rate(|rate| rate.window = Duration::from_millis(9)), "failure_rate.window_s"),
        (rate(|rate| rate.minimum_calls = 0), "failure_rate.minimum_calls"),
    ] {
        assert_eq!(settings.check().unwrap_err().name, name);
    }
}

#[test]
fn a_breaker_that_begins_anew_has_seen_nothing_and_stays_as_it_was_forced() {
    let mut breaker = opened();
    breaker.cool_down(after(1), after(90));
    breaker.begin_anew(after(2));
    assert_eq!(until(&mut breaker, 3), None);
    let mut forced = closed();
    forced.force_open(after(0));
    forced.begin_anew(after(1));
    assert_eq!(forced.state().forced, Some(Forced::Open));
}
