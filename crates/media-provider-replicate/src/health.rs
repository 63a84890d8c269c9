//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport};

use crate::ReplicateSdxlAdapter;
use crate::wire::Account;

/// Longest time for the question.
const TIMEOUT: Duration = Duration::from_secs(10);

const DOING: &str = "ask for the account";

#[async_trait]
impl HealthCheck for ReplicateSdxlAdapter {
    /// Asks whose key it is, which is free. How much credit is left, the vendor does not tell.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let clock = self.client.clock();
        let started = clock.now();
        let url = self.client.base_url().at("account");
        let call = self.client.get(url, context, Purpose::Read, DOING).timeout(TIMEOUT);
        let report = match call.send_json::<Account>().await {
            Ok(answer) => {
                let Account { kind, username } = answer.document;
                let detail = self.client.redactor().clean(&format!("{kind} {username}"));
                HealthReport { detail: Some(detail), ..HealthReport::healthy() }
            }
            Err(error) => HealthReport::of_error(&error),
        };
        HealthReport { latency: Some(clock.now().saturating_duration_since(started)), ..report }
    }
}
