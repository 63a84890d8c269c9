//! What is known of the providers' health: told by checks and by real outcomes, forgotten after a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use media_domain::ProviderId;
use media_ports::{Clock, HealthReport, HealthStatus};

/// Remembers, for a minute, how each provider was when somebody last looked. Shared by every chain of a process.
#[derive(Debug)]
pub struct HealthBoard {
    clock: Arc<dyn Clock>,
    reports: Mutex<BTreeMap<ProviderId, (Instant, HealthReport)>>,
}

/// How long a report counts.
const REPORT_LIFE: Duration = Duration::from_secs(60);

impl HealthBoard {
    /// Makes an empty board: a provider that nothing is known of is taken for healthy.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, reports: Mutex::default() }
    }

    /// Writes down what a check found.
    pub fn record(&self, provider: &ProviderId, report: HealthReport) {
        let entry = (self.clock.now(), report);
        self.lock().insert(provider.clone(), entry);
    }

    /// Writes down that the provider has just worked.
    pub fn record_success(&self, provider: &ProviderId) {
        self.lock().remove(provider);
    }

    /// What is known, if it is fresh.
    pub fn report(&self, provider: &ProviderId) -> Option<HealthReport> {
        let now = self.clock.now();
        let reports = self.lock();
        let (at, report) = reports.get(provider)?;
        (now.saturating_duration_since(*at) < REPORT_LIFE).then(|| report.clone())
    }

    /// Why the provider is to be passed over, if it is.
    pub fn unhealthy_reason(&self, provider: &ProviderId) -> Option<String> {
        match self.report(provider)?.status {
            HealthStatus::Healthy => None,
            HealthStatus::Unhealthy(reason) => Some(reason),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ProviderId, (Instant, HealthReport)>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
