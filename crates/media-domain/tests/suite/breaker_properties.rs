//! The circuit breaker under any sequence of events, against a model of what must hold.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::breaker::{
    Breaker, BreakerPhase, BreakerSettings, BreakerStatus, FailureReport, Forced, Permit, ProbeLease, RateTrip,
};
use media_domain::{ProviderErrorKind, RetryClass};
use proptest::prelude::*;

use super::support::{at, cases};

/// One thing that happens to a breaker. A number picks one of the permits that are out.
#[derive(Debug, Clone)]
enum Event {
    Acquire,
    Success(usize),
    Failure(usize, Option<u16>),
    Release(usize),
    TakeOut(usize),
    RateLimited(usize, Option<u16>),
    Lose(usize),
    CoolDown(u16),
    Advance(u16),
    Force(Option<Forced>),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => Just(Event::Acquire),
        4 => any::<usize>().prop_map(Event::Success),
        10 => (any::<usize>(), prop::option::of(0_u16..300)).prop_map(|(i, after)| Event::Failure(i, after)),
        2 => any::<usize>().prop_map(Event::Release),
        1 => any::<usize>().prop_map(Event::TakeOut),
        1 => (any::<usize>(), prop::option::of(0_u16..300)).prop_map(|(i, after)| Event::RateLimited(i, after)),
        1 => any::<usize>().prop_map(Event::Lose),
        1 => (0_u16..200).prop_map(Event::CoolDown),
        6 => (0_u16..90).prop_map(Event::Advance),
        1 => prop::option::of(prop_oneof![Just(Forced::Open), Just(Forced::Closed)]).prop_map(Event::Force),
        1 => Just(Event::Restart),
    ]
}

fn settings() -> impl Strategy<Value = BreakerSettings> {
    (1_u32..6, prop::option::of(2_u32..8), 1_u64..90, 1_u64..120).prop_map(|(failures, minimum_calls, open, lease)| {
        BreakerSettings {
            consecutive_failures: failures,
            failure_rate: minimum_calls.map(|minimum_calls| RateTrip { minimum_calls, ..RateTrip::default() }),
            open_for: Duration::from_secs(open),
            probe_lease: Duration::from_secs(lease),
            longest_hold: Duration::from_secs(250),
        }
    })
}

/// The breaker, what is out, and what the model expects.
struct World {
    breaker: Breaker,
    now: DateTime<Utc>,
    permits: Vec<Permit>,
    probe: Option<ProbeLease>,
    consecutive_failures: u32,
    generation: u64,
}

impl World {
    fn new(settings: BreakerSettings) -> Self {
        let breaker = Breaker::new(settings);
        Self { breaker, now: at(0), permits: vec![], probe: None, consecutive_failures: 0, generation: 0 }
    }

    fn take(&mut self, index: usize) -> Option<Permit> {
        let count = self.permits.len();
        (count > 0).then(|| self.permits.swap_remove(index % count))
    }

    fn report(after: Option<u16>) -> FailureReport {
        let retry_after = after.map(|seconds| Duration::from_secs(seconds.into()));
        FailureReport { reason: ProviderErrorKind::Unavailable, retry_after }
    }

    /// Whether the outcome counts, by the model: a pass of this generation, while closed and not forced.
    fn counts(&self, permit: &Permit) -> bool {
        let state = self.breaker.state();
        let present = matches!(permit, Permit::Pass { generation } if *generation == state.generation);
        present && state.forced.is_none() && state.phase == BreakerPhase::Closed
    }

    fn apply(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let now = self.now;
        match event {
            Event::Acquire => return self.acquire(),
            Event::Advance(seconds) => self.now += TimeDelta::seconds((*seconds).into()),
            Event::CoolDown(seconds) => self.breaker.cool_down(now, now + TimeDelta::seconds((*seconds).into())),
            Event::Force(Some(Forced::Open)) => self.breaker.force_open(now),
            Event::Force(Some(Forced::Closed)) => self.breaker.force_closed(now),
            Event::Force(None) => self.breaker.force_automatic(now),
            Event::Restart => {
                let kept = serde_json::to_value(self.breaker.state()).unwrap();
                let state = serde_json::from_value(kept).unwrap();
                self.breaker = Breaker::restore(*self.breaker.settings(), state);
                self.consecutive_failures = 0;
            }
            Event::Lose(index) => drop(self.take(*index)),
            Event::Success(index)
            | Event::Failure(index, _)
            | Event::Release(index)
            | Event::TakeOut(index)
            | Event::RateLimited(index, _) => {
                if let Some(permit) = self.take(*index) {
                    self.end(permit, event);
                }
            }
        }
        Ok(())
    }

    fn acquire(&mut self) -> Result<(), TestCaseError> {
        let closed = self.breaker.is_closed(self.now);
        match self.breaker.try_acquire(self.now) {
            Ok(Permit::Probe(lease)) => {
                prop_assert!(!closed);
                prop_assert!(self.probe.is_none_or(|probe| probe.expires_at <= self.now), "two live probes");
                self.probe = Some(lease);
                self.permits.push(Permit::Probe(lease));
            }
            Ok(pass) => {
                prop_assert!(closed);
                self.permits.push(pass);
            }
            Err(refusal) => {
                prop_assert!(!closed);
                let forced = self.breaker.state().forced == Some(Forced::Open);
                prop_assert_eq!(refusal.until.is_none(), forced);
                prop_assert!(refusal.until.is_none_or(|until| until > self.now));
                let mut patient = self.breaker.clone();
                prop_assert!(refusal.until.is_none_or(|until| patient.try_acquire(until).is_ok()), "told in vain");
            }
        }
        Ok(())
    }

    fn end(&mut self, permit: Permit, event: &Event) {
        if self.probe.is_some_and(|lease| permit == Permit::Probe(lease)) {
            self.probe = None;
        }
        let counts = self.counts(&permit);
        let now = self.now;
        match event {
            Event::Success(_) => {
                self.consecutive_failures = if counts { 0 } else { self.consecutive_failures };
                self.breaker.record_success(permit, now);
            }
            Event::Failure(_, after) => {
                self.consecutive_failures += u32::from(counts);
                self.breaker.record_failure(permit, now, Self::report(*after));
            }
            Event::Release(_) => self.breaker.release(permit, now),
            Event::TakeOut(_) => self.breaker.take_out(permit, now, ProviderErrorKind::Unauthenticated),
            Event::RateLimited(_, after) => {
                let class = RetryClass::Again { after: after.map(|seconds| Duration::from_secs(seconds.into())) };
                let _ = self.breaker.record(permit, now, ProviderErrorKind::RateLimited, &class);
            }
            _ => {}
        }
    }

    /// What must hold after every event.
    fn check(&mut self, before: &Breaker) -> Result<(), TestCaseError> {
        let (state, old) = (self.breaker.state(), before.state());
        prop_assert_eq!(state == old, state.version == old.version, "the version tells of every change");
        prop_assert!(state.version >= old.version && state.generation >= old.generation);
        if state.generation != self.generation {
            self.generation = state.generation;
            self.consecutive_failures = 0;
            self.probe = None;
        }
        prop_assert_eq!(self.breaker.consecutive_failures(), self.consecutive_failures);
        let limit = self.breaker.settings().consecutive_failures;
        if state.forced.is_none() && state.phase == BreakerPhase::Closed {
            prop_assert!(self.consecutive_failures < limit, "that many failures must have opened it");
        }
        if let (BreakerPhase::Open { until: new, .. }, BreakerPhase::Open { until: old, .. }) = (state.phase, old.phase)
        {
            prop_assert!(new >= old, "the reopening moved earlier");
        }
        if state.status(self.now) == BreakerStatus::Closed {
            prop_assert!(self.breaker.is_closed(self.now));
        }
        self.never_wedged()
    }

    fn never_wedged(&self) -> Result<(), TestCaseError> {
        let settings = self.breaker.settings();
        let longest = settings.longest_hold.max(settings.open_for).max(settings.probe_lease);
        let mut later = self.breaker.clone();
        let passes = later.try_acquire(self.now + TimeDelta::from_std(longest).unwrap()).is_ok();
        prop_assert_eq!(passes, later.state().forced != Some(Forced::Open), "{:?}", self.breaker);
        Ok(())
    }
}

proptest! {
    #![proptest_config(cases(768))]

    #[test]
    fn whatever_happens(settings in settings(), events in prop::collection::vec(event(), 1..120)) {
        let mut world = World::new(settings);
        for event in &events {
            let before = world.breaker.clone();
            world.apply(event)?;
            world.check(&before)?;
        }
    }

    #[test]
    fn a_dead_provider_costs_the_threshold_and_what_is_in_flight(
        threshold in 1_u32..20, concurrency in 1_usize..30, order in prop::collection::vec(any::<usize>(), 600),
    ) {
        let mut breaker = Breaker::new(BreakerSettings { consecutive_failures: threshold, ..BreakerSettings::default() });
        let (mut calls, mut in_flight) = (0, Vec::new());
        for pick in order {
            while in_flight.len() < concurrency {
                let Ok(permit) = breaker.try_acquire(at(0)) else { break };
                calls += 1;
                in_flight.push(permit);
            }
            if in_flight.is_empty() {
                break;
            }
            let permit = in_flight.swap_remove(pick % in_flight.len());
            breaker.record_failure(permit, at(0), FailureReport::new(ProviderErrorKind::Unavailable));
        }
        prop_assert!(in_flight.is_empty() && !breaker.is_closed(at(0)));
        prop_assert!(calls < threshold as usize + concurrency, "{} calls", calls);
    }

    #[test]
    fn of_several_processes_that_compare_and_set_one_probes(
        turns in prop::collection::vec((0_usize..4, 0_u16..40), 1..200),
    ) {
        let settings = BreakerSettings { probe_lease: Duration::from_secs(100), ..BreakerSettings::default() };
        let mut first = Breaker::new(settings);
        for _ in 0..5 {
            let permit = first.try_acquire(at(0)).unwrap();
            first.record_failure(permit, at(0), FailureReport::new(ProviderErrorKind::Unavailable));
        }
        let mut store = *first.state();
        let mut processes = [first.clone(), first.clone(), first.clone(), first];
        let (mut now, mut probes) = (at(0), Vec::new());
        for (process, seconds) in turns {
            now += TimeDelta::seconds(seconds.into());
            let breaker = &mut processes[process];
            let mut next = breaker.clone();
            let Ok(Permit::Probe(lease)) = next.try_acquire(now) else { continue };
            if store.version == breaker.state().version {
                store = *next.state();
                *breaker = next;
                probes.push((now, lease));
            } else {
                prop_assert!(breaker.adopt(store));
            }
        }
        for pair in probes.windows(2) {
            prop_assert!(pair[1].0 >= pair[0].1.expires_at, "two live probes: {:?}", pair);
        }
    }

    #[test]
    fn the_window_counts_what_is_recent_and_forgets_what_is_old(
        calls in prop::collection::vec((0_u16..30, any::<bool>()), 1..80),
    ) {
        let window = Duration::from_secs(100);
        let rate = RateTrip { threshold: 0.5, window, minimum_calls: 6 };
        let settings = BreakerSettings { consecutive_failures: u32::MAX, failure_rate: Some(rate), ..BreakerSettings::default() };
        let mut breaker = Breaker::new(settings);
        let (mut now, mut seen) = (at(0), Vec::<(DateTime<Utc>, bool)>::new());
        for (seconds, failed) in calls {
            now += TimeDelta::seconds(seconds.into());
            let permit = breaker.try_acquire(now).unwrap();
            seen.push((now, failed));
            if !failed {
                breaker.record_success(permit, now);
                continue;
            }
            breaker.record_failure(permit, now, FailureReport::new(ProviderErrorKind::Timeout));
            // Steps of 10 s: what the step of now and the nine before it hold.
            let step = |time: DateTime<Utc>| time.timestamp().div_euclid(10);
            let recent: Vec<_> = seen.iter().filter(|(time, _)| step(now) - step(*time) < 10).collect();
            let failures = recent.iter().filter(|(_, failed)| *failed).count();
            let trips = recent.len() >= 6 && 2 * failures >= recent.len();
            prop_assert_eq!(!breaker.is_closed(now), trips, "{} of {}", failures, recent.len());
            if trips {
                break;
            }
        }
    }
}
