//! What a breaker is at a moment, as data that is kept and shared.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ProviderErrorKind;
use crate::format::word_enum;

/// What a breaker is at a moment; the form that processes share and keep. Closed by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerState {
    /// Grows with every change of anything here; what a store compares before it sets.
    pub version: u64,
    /// Grows whenever the breaker opens, closes or is forced; permits of an earlier one are stale.
    pub generation: u64,
    /// Closed, open or half-open.
    #[serde(flatten)]
    pub phase: BreakerPhase,
    /// What a person has decided, over everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<Forced>,
    /// Until when the provider asked to be left alone; a time past says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_until: Option<DateTime<Utc>>,
    /// When anything here last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<DateTime<Utc>>,
}

/// The three phases of a breaker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum BreakerPhase {
    /// Every call passes.
    #[default]
    Closed,
    /// No call passes until then; the first one after it is the probe.
    Open {
        /// When the probe may pass.
        until: DateTime<Utc>,
        /// Why it opened.
        trip: Trip,
    },
    /// One probe may pass.
    HalfOpen {
        /// The probe under way; absent when the last one came back without an outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<ProbeLease>,
        /// Why it had opened.
        trip: Trip,
    },
}

/// Why and since when a breaker is not closed; kept until it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// What opened it.
    pub cause: TripCause,
    /// What went wrong last.
    pub reason: ProviderErrorKind,
    /// When it opened first.
    pub since: DateTime<Utc>,
    /// Probes that failed since.
    #[serde(default)]
    pub failed_probes: u32,
}

word_enum! {
    /// What opened a breaker.
    TripCause, "trip cause" {
        /// Too many failures in a row.
        ConsecutiveFailures = "consecutive_failures",
        /// Too large a share of failures among recent calls.
        FailureRate = "failure_rate",
        /// The provider answers nobody with this configuration.
        TakenOut = "taken_out",
    }
}

word_enum! {
    /// What a person decided for a breaker.
    Forced, "forced breaker state" {
        /// No call passes.
        Open = "open",
        /// Every call passes.
        Closed = "closed",
    }
}

word_enum! {
    /// A breaker in one word, for tables and metrics.
    BreakerStatus, "breaker status" {
        /// Every call passes.
        Closed = "closed",
        /// The server asked for a pause.
        Cooling = "cooling",
        /// No call passes.
        Open = "open",
        /// A probe is due or under way.
        HalfOpen = "half_open",
        /// A person lets nothing pass.
        ForcedOpen = "forced_open",
        /// A person lets everything pass.
        ForcedClosed = "forced_closed",
    }
}

/// Leave to make one call. Cloning it is for asking whether it still holds, and for repeating a change that lost a
/// compare-and-set; not for a second call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the outcome of the call has to be recorded with it"]
pub enum Permit {
    /// One of many.
    Pass {
        /// The generation of the state that gave it.
        generation: u64,
    },
    /// The one that finds out whether the provider is back.
    Probe(ProbeLease),
}

/// The right to make the one probe, for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeLease {
    /// Sets it apart from every other lease of the breaker: the version that it made.
    pub number: u64,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// A call that was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider is temporarily unavailable: {reason}")]
pub struct BreakerRefusal {
    /// When it is worth asking again; absent when only a person can change it.
    pub until: Option<DateTime<Utc>>,
    /// Why.
    pub reason: RefusalReason,
}

/// Why a call was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    /// The breaker is open.
    #[error("its breaker is open ({}, last: {})", .0.cause, .0.reason)]
    Open(Trip),
    /// Another call is finding out whether the provider is back.
    #[error("a probe is under way ({}, last: {})", .0.cause, .0.reason)]
    ProbeUnderWay(Trip),
    /// The server asked for a pause.
    #[error("it asked for a pause")]
    Cooling,
    /// A probe could not be agreed on with the other processes.
    #[error("its breaker is being changed by others")]
    Contended,
    /// A person decided so.
    #[error("its breaker has been forced open")]
    ForcedOpen,
}

impl Trip {
    pub(super) const fn new(cause: TripCause, reason: ProviderErrorKind, since: DateTime<Utc>) -> Self {
        Self { cause, reason, since, failed_probes: 0 }
    }

    pub(super) const fn after_failed_probe(self, reason: ProviderErrorKind) -> Self {
        Self { reason, failed_probes: self.failed_probes.saturating_add(1), ..self }
    }
}

impl BreakerState {
    /// The state in one word.
    pub fn status(&self, now: DateTime<Utc>) -> BreakerStatus {
        match (self.forced, self.refusal(now).map(|refusal| refusal.reason), &self.phase) {
            (Some(Forced::Open), ..) => BreakerStatus::ForcedOpen,
            (Some(Forced::Closed), ..) => BreakerStatus::ForcedClosed,
            (_, Some(RefusalReason::Open(_)), _) => BreakerStatus::Open,
            (_, Some(RefusalReason::Cooling), _) => BreakerStatus::Cooling,
            (_, _, BreakerPhase::Closed) => BreakerStatus::Closed,
            (_, _, BreakerPhase::Open { .. } | BreakerPhase::HalfOpen { .. }) => BreakerStatus::HalfOpen,
        }
    }

    /// Why it opened, while it is not closed.
    pub const fn trip(&self) -> Option<&Trip> {
        match &self.phase {
            BreakerPhase::Closed => None,
            BreakerPhase::Open { trip, .. } | BreakerPhase::HalfOpen { trip, .. } => Some(trip),
        }
    }

    /// Why a call would not be let through, if it would not. Of several reasons the one that lasts longest is told.
    pub fn refusal(&self, now: DateTime<Utc>) -> Option<BreakerRefusal> {
        match self.forced {
            Some(Forced::Closed) => return None,
            Some(Forced::Open) => return Some(BreakerRefusal { until: None, reason: RefusalReason::ForcedOpen }),
            None => {}
        }
        let phase = match &self.phase {
            BreakerPhase::Open { until, trip } => Some((*until, RefusalReason::Open(*trip))),
            BreakerPhase::HalfOpen { lease: Some(lease), trip } => {
                Some((lease.expires_at, RefusalReason::ProbeUnderWay(*trip)))
            }
            BreakerPhase::Closed | BreakerPhase::HalfOpen { lease: None, .. } => None,
        };
        let cooling = self.cooling_until.map(|until| (until, RefusalReason::Cooling));
        let waits = [phase, cooling].into_iter().flatten().filter(|(until, _)| *until > now);
        let (until, reason) = waits.max_by_key(|(until, _)| *until)?;
        Some(BreakerRefusal { until: Some(until), reason })
    }

    pub(super) fn change(&mut self, now: DateTime<Utc>, change: impl FnOnce(&mut Self)) {
        self.version = self.version.saturating_add(1);
        self.changed_at = Some(now);
        change(self);
    }

    pub(super) fn next_generation(&mut self, now: DateTime<Utc>, change: impl FnOnce(&mut Self)) {
        self.generation = self.generation.saturating_add(1);
        self.change(now, change);
    }
}
