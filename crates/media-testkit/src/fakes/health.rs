//! A health check that always says the same.

use async_trait::async_trait;
use media_ports::{CallContext, HealthCheck, HealthReport};

/// Answers every health check with the same report.
#[derive(Debug, Clone)]
pub struct FakeHealth(pub HealthReport);

#[async_trait]
impl HealthCheck for FakeHealth {
    async fn check_health(&self, _context: &CallContext) -> HealthReport {
        self.0.clone()
    }
}
