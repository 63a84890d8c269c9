//! Asking how the service is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport};

use crate::SdxlAdapter;
use crate::form::Probe;

/// Longest time for one question.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest answer that is read, in bytes: a web UI can have thousands of models.
const ANSWER_LIMIT: u64 = 4 << 20;

#[async_trait]
impl HealthCheck for SdxlAdapter {
    /// Asks for the balance and for the engine, for the models of a web UI, or for what settings name as the health path.
    ///
    /// A flat endpoint without one is not asked, and counts as healthy until its orders fail.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let clock = self.client.clock();
        let probes = self.form.probes();
        if probes.is_empty() {
            let detail = "not asked: no `health_path` is set, so whether the server works cannot be told".to_owned();
            return HealthReport { detail: Some(detail), ..HealthReport::healthy() };
        }
        let started = clock.now();
        let mut details = Vec::new();
        for probe in &probes {
            match self.ask(context, probe).await {
                Ok(detail) => details.extend(detail),
                Err(reason) => {
                    let latency = Some(clock.now().saturating_duration_since(started));
                    return HealthReport { latency, ..HealthReport::unhealthy(reason) };
                }
            }
        }
        let latency = Some(clock.now().saturating_duration_since(started));
        let detail = (!details.is_empty()).then(|| details.join("; "));
        HealthReport { latency, detail, ..HealthReport::healthy() }
    }
}

impl SdxlAdapter {
    async fn ask(&self, context: &CallContext, probe: &Probe) -> Result<Option<String>, String> {
        let call = self.client.get(probe.url.clone(), context, Purpose::Read, probe.doing);
        let sent = call.timeout(TIMEOUT).body_limit(ANSWER_LIMIT).send().await;
        let response = sent.map_err(|error| error.to_string())?;
        (probe.judge)(&response.body).map_err(|reason| format!("{}: {reason}", probe.doing))
    }
}
