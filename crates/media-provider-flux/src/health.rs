//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport};

use crate::FluxAdapter;
use crate::wire::Credits;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest answer that is read, in bytes.
const ANSWER_LIMIT: u64 = 64 << 10;

#[async_trait]
impl HealthCheck for FluxAdapter {
    /// Asks for the balance, which is free; without credits, the report is that the provider cannot be used.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let clock = self.client.clock();
        let started = clock.now();
        let url = self.client.base_url().at("v1/credits");
        let call = self.client.get(url, context, Purpose::Read, "ask for the balance");
        let mut report = match call.timeout(TIMEOUT).body_limit(ANSWER_LIMIT).send_json::<Credits>().await {
            Ok(answer) => judge(answer.document.credits),
            Err(error) => HealthReport::of_error(&error),
        };
        report.latency = Some(clock.now().saturating_duration_since(started));
        report
    }
}

fn judge(credits: f64) -> HealthReport {
    if credits <= 0.0 {
        return HealthReport::unhealthy("no credits are left; buy some, or take the provider out of the list");
    }
    // One credit is one US cent (the vendor's price list, read 2026-11-20).
    let detail = format!("{credits} credits are left (USD {:.2})", credits / 100.0);
    HealthReport { detail: Some(detail), ..HealthReport::healthy() }
}
