//! What is known of one provider while the program runs, shared by every chain that names it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::choice::LatencyAverage;
use media_ports::{BreakerKey, Operation};

use crate::breaker_board::{BreakerBoard, SharedBreaker};
use crate::limits::ProviderLimits;
use crate::provider_policy::ProviderPolicy;

/// What stands in the place of a model in the key of the breaker of exports.
const EXPORT: &str = "(export)";

/// What is known of one provider while the program runs.
#[derive(Debug)]
pub struct ProviderState {
    pub(crate) policy: Arc<ProviderPolicy>,
    pub(crate) board: Arc<BreakerBoard>,
    pub(crate) breaker: Arc<SharedBreaker>,
    /// That of exports: what a vendor says of renders, and how many of them it allows, says nothing of links and uploads.
    pub(crate) export_breaker: Arc<SharedBreaker>,
    pub(crate) limits: Arc<ProviderLimits>,
    latency: Mutex<BTreeMap<Operation, LatencyAverage>>,
}

impl ProviderState {
    /// Makes the state of a provider; its breaker is the board's.
    pub fn new(key: BreakerKey, policy: ProviderPolicy, board: Arc<BreakerBoard>) -> Self {
        let export_key = BreakerKey { model: EXPORT.to_owned(), ..key.clone() };
        Self {
            export_breaker: board.breaker(export_key, policy.breaker),
            breaker: board.breaker(key, policy.breaker),
            limits: Arc::new(ProviderLimits::new(policy.concurrency, policy.rate)),
            policy: Arc::new(policy),
            board,
            latency: Mutex::default(),
        }
    }

    /// The breaker of the provider.
    pub fn breaker(&self) -> &SharedBreaker {
        &self.breaker
    }

    /// The breaker of the provider's exports.
    pub fn export_breaker(&self) -> &SharedBreaker {
        &self.export_breaker
    }

    /// The board on which the breakers stand.
    pub fn board(&self) -> &BreakerBoard {
        &self.board
    }

    /// How long a success of an operation lately took.
    pub fn latency(&self, operation: Operation, now: DateTime<Utc>) -> Option<Duration> {
        self.latencies().get(&operation)?.value(now)
    }

    pub(crate) fn observe_latency(&self, operation: Operation, latency: Duration, now: DateTime<Utc>) {
        self.latencies().entry(operation).or_default().observe(latency, now);
    }

    fn latencies(&self) -> MutexGuard<'_, BTreeMap<Operation, LatencyAverage>> {
        self.latency.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
