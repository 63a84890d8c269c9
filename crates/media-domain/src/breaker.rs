//! Keeps calls away from a provider that is out of order, and finds out when it is back.

mod settings;
mod state;
mod transitions;
mod window;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{FailureWeight, ProviderErrorKind, RetryClass, counts_as_failure};

pub use settings::{BreakerSettings, BreakerSettingsError, RateTrip};
pub use state::{
    BreakerPhase, BreakerRefusal, BreakerState, BreakerStatus, Forced, Permit, ProbeLease, RefusalReason, Trip,
    TripCause,
};
use window::Window;

/// A circuit breaker: closed, it lets every call through; open, none; half-open, one probe at a time.
///
/// Failures in a row, or too many of the calls of a sliding window, open it; when [`BreakerSettings::open_for`] has
/// passed, the next call is the probe. Its success closes the breaker, its failure opens it for the full time again.
/// A probe holds a lease that ends by itself, so whatever becomes of the probe, another follows. Beside all that the
/// provider may be cooling: it asked for a pause, which is no failure.
///
/// Time is calendar time, since the [`BreakerState`] is shared between processes and outlives them. Its version grows
/// whenever anything in it changes, so that a store can compare and set; counts of calls stay in the process.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use media_domain::breaker::{Breaker, BreakerSettings, FailureReport, Permit};
/// use media_domain::ProviderErrorKind;
///
/// let mut breaker = Breaker::new(BreakerSettings::default());
/// let now = DateTime::UNIX_EPOCH;
/// for _ in 0..5 {
///     let permit = breaker.try_acquire(now)?;
///     breaker.record_failure(permit, now, FailureReport::new(ProviderErrorKind::Unavailable));
/// }
/// let refusal = breaker.try_acquire(now).unwrap_err();
/// let later = now + TimeDelta::seconds(60);
/// assert_eq!(refusal.until, Some(later));
///
/// let probe = breaker.try_acquire(later)?;
/// assert!(matches!(probe, Permit::Probe(_)));
/// breaker.record_success(probe, later);
/// assert!(breaker.is_closed(later));
/// # Ok::<(), media_domain::breaker::BreakerRefusal>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Breaker {
    settings: BreakerSettings,
    state: BreakerState,
    consecutive_failures: u32,
    window: Window,
}

/// What is told of a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureReport {
    /// What went wrong.
    pub reason: ProviderErrorKind,
    /// How long the server asked to wait, if it did; it moves the reopening later, never earlier.
    pub retry_after: Option<Duration>,
}

impl FailureReport {
    /// Makes the report of a failure after which the server asked for no delay.
    pub const fn new(reason: ProviderErrorKind) -> Self {
        Self { reason, retry_after: None }
    }
}

impl Breaker {
    /// How long a provider cools that says "too many requests" without saying how long to wait.
    pub const DEFAULT_COOL_DOWN: Duration = Duration::from_secs(60);

    /// Makes a closed breaker that has seen nothing.
    pub fn new(settings: BreakerSettings) -> Self {
        Self::restore(settings, BreakerState::default())
    }

    /// Makes a breaker that goes on from a state that was kept; calls are counted from zero.
    pub fn restore(settings: BreakerSettings, state: BreakerState) -> Self {
        Self { settings, state, consecutive_failures: 0, window: Window::default() }
    }

    /// What is to be kept and shared.
    pub const fn state(&self) -> &BreakerState {
        &self.state
    }

    /// The rules that it follows.
    pub const fn settings(&self) -> &BreakerSettings {
        &self.settings
    }

    /// Failures since the last success, while closed.
    pub const fn consecutive_failures(&self) -> u32 {
        self.consecutive_failures
    }

    /// Whether every call would be let through.
    #[inline]
    pub fn is_closed(&self, now: DateTime<Utc>) -> bool {
        match self.state.forced {
            None => {
                self.state.phase == BreakerPhase::Closed && self.state.cooling_until.is_none_or(|until| until <= now)
            }
            Some(forced) => forced == Forced::Closed,
        }
    }

    /// Takes over a state that another process reached, when it is newer; tells whether it was.
    ///
    /// Permits from before a transition between closed and open are stale from then on.
    pub fn adopt(&mut self, state: BreakerState) -> bool {
        if state.version <= self.state.version {
            return false;
        }
        if state.generation != self.state.generation {
            self.forget_calls();
        }
        self.state = state;
        true
    }

    /// Asks to make one call. The permit is given back with the outcome, by exactly one of
    /// [`record_success`](Self::record_success), [`record_failure`](Self::record_failure),
    /// [`take_out`](Self::take_out) and [`release`](Self::release), or by [`record`](Self::record), which chooses.
    ///
    /// # Errors
    /// [`BreakerRefusal`] with the reason and the time from which it is worth asking again.
    pub fn try_acquire(&mut self, now: DateTime<Utc>) -> Result<Permit, BreakerRefusal> {
        if self.is_closed(now) {
            return Ok(Permit::Pass { generation: self.state.generation });
        }
        if let Some(refusal) = self.state.refusal(now) {
            return Err(refusal);
        }
        match self.state.phase {
            BreakerPhase::Closed => Ok(Permit::Pass { generation: self.state.generation }),
            BreakerPhase::Open { trip, .. } | BreakerPhase::HalfOpen { trip, .. } => {
                let expires_at = self.hold_until(now, self.settings.probe_lease);
                let lease = ProbeLease { number: self.state.version + 1, expires_at };
                self.state.change(now, |state| state.phase = BreakerPhase::HalfOpen { lease: Some(lease), trip });
                Ok(Permit::Probe(lease))
            }
        }
    }

    /// Records that a call succeeded: the count of failures starts anew, and a probe closes the breaker.
    pub fn record_success(&mut self, permit: Permit, now: DateTime<Utc>) {
        match permit {
            Permit::Pass { .. } if self.counts(&permit) => {
                self.consecutive_failures = 0;
                self.count_in_window(now, false);
            }
            Permit::Probe(lease) if self.probe_trip(lease).is_some() => self.close(now),
            Permit::Pass { .. } | Permit::Probe(_) => {}
        }
    }

    /// Records that a call failed in a way that speaks against the provider (see [`counts_as_failure`]).
    ///
    /// A breaker that stays closed cools for the delay that the server named. Of calls from before the breaker
    /// opened, only that delay is heard.
    pub fn record_failure(&mut self, permit: Permit, now: DateTime<Utc>, report: FailureReport) {
        match permit {
            Permit::Pass { .. } if self.counts(&permit) => {
                self.consecutive_failures = self.consecutive_failures.saturating_add(1);
                self.count_in_window(now, true);
                match self.trip_cause(now) {
                    Some(cause) => self.open(now, Trip::new(cause, report.reason, now), report.retry_after),
                    None => self.cool_for(now, report.retry_after.unwrap_or_default()),
                }
            }
            Permit::Pass { .. } => self.extend(now, report.retry_after.unwrap_or_default()),
            Permit::Probe(lease) => {
                if let Some(trip) = self.probe_trip(lease) {
                    self.open(now, trip.after_failed_probe(report.reason), report.retry_after);
                }
            }
        }
    }

    /// Records what a failed call says of the provider, by [`counts_as_failure`], and tells what that was.
    pub fn record(
        &mut self,
        permit: Permit,
        now: DateTime<Utc>,
        kind: ProviderErrorKind,
        class: &RetryClass,
    ) -> FailureWeight {
        let weight = counts_as_failure(kind, class);
        match weight {
            FailureWeight::Success => self.record_success(permit, now),
            FailureWeight::Failure => {
                let retry_after = if let RetryClass::Again { after } = class { *after } else { None };
                self.record_failure(permit, now, FailureReport { reason: kind, retry_after });
            }
            FailureWeight::TakeOut => self.take_out(permit, now, kind),
            FailureWeight::CoolDown(after) => {
                self.release(permit, now);
                self.cool_for(now, after.unwrap_or(Self::DEFAULT_COOL_DOWN));
            }
            FailureWeight::Nothing => self.release(permit, now),
        }
        weight
    }

    /// Gives a permit back whose call says nothing of the provider: a refusal, a cancellation, a limit of our own.
    /// The lease of a probe is free at once.
    pub fn release(&mut self, permit: Permit, now: DateTime<Utc>) {
        let Permit::Probe(lease) = permit else { return };
        if let Some(trip) = self.probe_trip(lease) {
            self.state.change(now, |state| state.phase = BreakerPhase::HalfOpen { lease: None, trip });
        }
    }

    /// Opens at once because the provider will answer nobody with this configuration: no valid credential, no
    /// permission, no credit. It stays out until its configuration changes, which makes another breaker, or a probe
    /// succeeds; probes go at the usual period.
    pub fn take_out(&mut self, permit: Permit, now: DateTime<Utc>, reason: ProviderErrorKind) {
        match permit {
            Permit::Pass { .. } if self.counts(&permit) => {
                self.open(now, Trip::new(TripCause::TakenOut, reason, now), None);
            }
            Permit::Probe(lease) => {
                if let Some(trip) = self.probe_trip(lease) {
                    let trip = Trip { cause: TripCause::TakenOut, ..trip.after_failed_probe(reason) };
                    self.open(now, trip, None);
                }
            }
            Permit::Pass { .. } => {}
        }
    }

    /// Refuses every call until then, at most [`BreakerSettings::longest_hold`] from now: the server asked for it.
    /// This is no failure and counts as none; of several times the latest holds.
    pub fn cool_down(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) {
        let until = until.min(self.hold_until(now, self.settings.longest_hold));
        if until > now && self.state.cooling_until.is_none_or(|cooling| cooling < until) {
            self.state.change(now, |state| state.cooling_until = Some(until));
        }
    }

    /// Refuses every call until a person says otherwise.
    pub fn force_open(&mut self, now: DateTime<Utc>) {
        self.force(now, Some(Forced::Open));
    }

    /// Lets every call through, cooling or not, until a person says otherwise.
    pub fn force_closed(&mut self, now: DateTime<Utc>) {
        self.force(now, Some(Forced::Closed));
    }

    /// Forgets what was seen: the breaker is closed, and no pause is kept. What a person has forced stays. For a credential
    /// that has become another one behind the breaker's back.
    pub fn begin_anew(&mut self, now: DateTime<Utc>) {
        self.close(now);
        self.state.change(now, |state| state.cooling_until = None);
    }

    /// Ends [`force_open`](Self::force_open) and [`force_closed`](Self::force_closed): the breaker is closed and has
    /// seen nothing. One that was not forced stays as it is.
    pub fn force_automatic(&mut self, now: DateTime<Utc>) {
        self.force(now, None);
    }
}
