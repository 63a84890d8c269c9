//! Tells metrics and log of a breaker's state, whenever it is another than the last one told.

use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use media_domain::BreakerStatus;
use media_domain::breaker::BreakerState;
use media_ports::BreakerKey;
use metrics::{Counter, Gauge};
use tracing::info;

use crate::telemetry::{self, MODEL, PROVIDER, STATUS};

/// The metrics of one breaker.
#[derive(Debug, Default)]
pub(crate) struct BreakerMeters {
    handles: OnceLock<Handles>,
    told: Mutex<Option<BreakerStatus>>,
}

#[derive(Debug)]
struct Handles {
    state: Gauge,
    transitions: Vec<(BreakerStatus, Counter)>,
}

impl BreakerMeters {
    /// Tells the state, if it is another than the last one told. A breaker starts closed.
    pub(crate) fn tell(&self, key: &BreakerKey, state: &BreakerState, now: DateTime<Utc>) {
        let status = state.status(now);
        let before = self.told.lock().unwrap_or_else(PoisonError::into_inner).replace(status);
        if before == Some(status) {
            return;
        }
        let handles = self.handles.get_or_init(|| Handles::of(key));
        handles.state.set(shut(status));
        if before.unwrap_or(BreakerStatus::Closed) == status {
            return;
        }
        for (_, counter) in handles.transitions.iter().filter(|(of, _)| *of == status) {
            counter.increment(1);
        }
        info!(provider = %key.provider, model = key.model, %status, cause = state.trip().map(|trip| trip.cause.as_str()), "breaker");
    }
}

impl Handles {
    fn of(key: &BreakerKey) -> Self {
        let labels = [(PROVIDER, key.provider.to_string()), (MODEL, key.model.clone())];
        let transitions = BreakerStatus::ALL.iter().map(|status| {
            let [provider, model] = labels.clone();
            let labels = [provider, model, (STATUS, status.to_string())];
            (*status, metrics::counter!(telemetry::BREAKER_TRANSITIONS, &labels))
        });
        Self { transitions: transitions.collect(), state: metrics::gauge!(telemetry::BREAKER_STATE, &labels) }
    }
}

/// How far a breaker is shut, as [`telemetry::BREAKER_STATE`] has it.
const fn shut(status: BreakerStatus) -> f64 {
    match status {
        BreakerStatus::Closed | BreakerStatus::ForcedClosed => 0.0,
        BreakerStatus::HalfOpen => 1.0,
        BreakerStatus::Cooling => 2.0,
        BreakerStatus::Open | BreakerStatus::ForcedOpen => 3.0,
    }
}
