//! The steps that a breaker is moved by.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Breaker, BreakerPhase, Forced, Permit, ProbeLease, Trip, TripCause, Window};
use crate::seconds;

impl Breaker {
    /// Whether the outcome of a call belongs to the present spell of being closed.
    pub(super) fn counts(&self, permit: &Permit) -> bool {
        self.state.forced.is_none()
            && self.state.phase == BreakerPhase::Closed
            && matches!(permit, Permit::Pass { generation } if *generation == self.state.generation)
    }

    /// Why the breaker had opened, if the lease is the one that it waits for.
    pub(super) fn probe_trip(&self, lease: ProbeLease) -> Option<Trip> {
        match self.state.phase {
            BreakerPhase::HalfOpen { lease: Some(held), trip } if held.number == lease.number => Some(trip),
            _ => None,
        }
    }

    pub(super) fn trip_cause(&self, now: DateTime<Utc>) -> Option<TripCause> {
        if self.consecutive_failures >= self.settings.consecutive_failures {
            return Some(TripCause::ConsecutiveFailures);
        }
        let rate = self.settings.failure_rate?;
        self.window.exceeds(&rate, now).then_some(TripCause::FailureRate)
    }

    pub(super) fn count_in_window(&mut self, now: DateTime<Utc>, failed: bool) {
        if let Some(rate) = &self.settings.failure_rate {
            self.window.count(rate.window, now, failed);
        }
    }

    pub(super) fn open(&mut self, now: DateTime<Utc>, trip: Trip, retry_after: Option<Duration>) {
        let until = self.hold_until(now, self.settings.open_for.max(retry_after.unwrap_or_default()));
        self.forget_calls();
        self.state.next_generation(now, |state| state.phase = BreakerPhase::Open { until, trip });
    }

    pub(super) fn close(&mut self, now: DateTime<Utc>) {
        self.forget_calls();
        self.state.next_generation(now, |state| state.phase = BreakerPhase::Closed);
    }

    pub(super) fn force(&mut self, now: DateTime<Utc>, forced: Option<Forced>) {
        if self.state.forced != forced {
            self.state.forced = forced;
            self.close(now);
        }
    }

    /// Moves the reopening later on the word of a server that answers a call from before.
    pub(super) fn extend(&mut self, now: DateTime<Utc>, retry_after: Duration) {
        let asked = self.hold_until(now, retry_after);
        if let BreakerPhase::Open { until, trip } = self.state.phase
            && asked > until
        {
            self.state.change(now, |state| state.phase = BreakerPhase::Open { until: asked, trip });
        }
    }

    pub(super) fn cool_for(&mut self, now: DateTime<Utc>, wait: Duration) {
        self.cool_down(now, self.hold_until(now, wait));
    }

    pub(super) fn hold_until(&self, now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
        seconds::later(now, wait.min(self.settings.longest_hold))
    }

    pub(super) fn forget_calls(&mut self) {
        self.consecutive_failures = 0;
        self.window = Window::default();
    }
}
