//! Asking how the proxy is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport};

use crate::MidjourneyAdapter;
use crate::wire::Queue;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest queue that is read, in bytes.
const QUEUE_LIMIT: u64 = 4 << 20;

#[async_trait]
impl HealthCheck for MidjourneyAdapter {
    /// Asks for the tasks that wait, which is free and proves the secret. The list of all tasks would do too, but holds every
    /// task of the last month. Whether an account is enabled, only an order tells.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let clock = self.client.clock();
        let started = clock.now();
        let url = self.client.base_url().at("task/queue");
        let call = self.client.get(url, context, Purpose::Read, "ask for the queue");
        let mut report = match call.timeout(TIMEOUT).body_limit(QUEUE_LIMIT).send_json::<Queue>().await {
            Ok(answer) => HealthReport { detail: waiting(answer.document.len()), ..HealthReport::healthy() },
            Err(error) => HealthReport::of_error(&error),
        };
        report.latency = Some(clock.now().saturating_duration_since(started));
        report
    }
}

fn waiting(tasks: usize) -> Option<String> {
    match tasks {
        0 => None,
        1 => Some("1 task waits in the proxy's queue".to_owned()),
        tasks => Some(format!("{tasks} tasks wait in the proxy's queue")),
    }
}
