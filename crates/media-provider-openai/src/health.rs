//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport, ProviderError, with_causes};

use crate::OpenAiImagesAdapter;
use crate::capability;
use crate::wire::Models;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest list of models that is read, in bytes.
const LIST_LIMIT: u64 = 4 << 20;

#[async_trait]
impl HealthCheck for OpenAiImagesAdapter {
    /// Lists the models, which is free, and looks for the configured one and its `shutdown_date`.
    ///
    /// A key that may make images but not list models (403), and a server without a list (404, 405, 501), count as healthy:
    /// they answer. A page in place of the list does not: whatever shows pages there, orders had better not be sent to it.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let clock = self.client.clock();
        let started = clock.now();
        let url = self.client.base_url().at("models");
        let call = self.client.get(url, context, Purpose::Read, "list models");
        let mut report = match call.timeout(TIMEOUT).body_limit(LIST_LIMIT).send_json().await {
            Ok(answer) => self.judge(&answer.document),
            Err(error) => judge_error(&error),
        };
        report.latency = Some(clock.now().saturating_duration_since(started));
        report
    }
}

impl OpenAiImagesAdapter {
    /// What the vendor lists comes first; where it does not list the model, the table may know when it goes.
    fn judge(&self, models: &Models) -> HealthReport {
        let name = &self.settings.model;
        let (told, listed) = match models.data.iter().find(|model| model.id == *name) {
            Some(model) => (model.shutdown_date, HealthReport::healthy()),
            None => (capability::shutdown_date(name), answers(&format!("the server does not list the model `{name}`"))),
        };
        let report = match told {
            Some(date) if date < self.client.clock().utc_now().date_naive() => {
                HealthReport::unhealthy(format!("the model `{name}` was shut down on {date}; choose another `model`"))
            }
            _ => listed,
        };
        HealthReport { model_shutdown_date: told, ..report }
    }
}

fn judge_error(error: &ProviderError) -> HealthReport {
    match error.http_status {
        Some(403) => answers("the key may not list models; whether it may make images is not known"),
        Some(404 | 405 | 501) => answers("the server has no list of models"),
        Some(200) => {
            let told = with_causes(error);
            HealthReport::unhealthy(format!("{told}; check `base_url`, whose `models` should be a list"))
        }
        _ => HealthReport::of_error(error),
    }
}

fn answers(detail: &str) -> HealthReport {
    HealthReport { detail: Some(detail.to_owned()), ..HealthReport::healthy() }
}
