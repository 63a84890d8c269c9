//! Asking how the vendor is, without buying anything.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use media_http::{HttpResponse, TransportError};
use media_ports::{CallContext, HealthCheck, HealthReport};

use crate::OpenAiImagesAdapter;
use crate::error;
use crate::wire::Models;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest list of models that is read, in bytes.
const LIST_LIMIT: u64 = 4 << 20;

#[async_trait]
impl HealthCheck for OpenAiImagesAdapter {
    /// Lists the models, which is free, and looks for the configured one and its `shutdown_date`.
    ///
    /// A key that may make images but not list models (403), and a server without a list (404), count as healthy:
    /// they answer.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let started = self.clock.now();
        let context = context.with_deadline(started + TIMEOUT);
        let request = self.request(Method::GET, &self.endpoints.models, &context).with_body_limit(LIST_LIMIT);
        let mut report = match self.transport.send(request).await {
            Ok(response) => self.judge(&response),
            Err(error) => HealthReport::unhealthy(with_causes(&error)),
        };
        report.latency = Some(self.clock.now().saturating_duration_since(started));
        report
    }
}

impl OpenAiImagesAdapter {
    fn judge(&self, response: &HttpResponse) -> HealthReport {
        match response.status.as_u16() {
            200..=299 => self.judge_models(response),
            403 => answers("the key may not list models; whether it may make images is not known"),
            404 => answers("the server has no list of models"),
            _ => {
                let error = error::refusal(response, "list models", &self.redactor, self.clock.utc_now().into());
                HealthReport::unhealthy(error.to_string())
            }
        }
    }

    fn judge_models(&self, response: &HttpResponse) -> HealthReport {
        let Ok(models) = serde_json::from_slice::<Models>(&response.body) else {
            return HealthReport::unhealthy("list models: the answer cannot be read; check `base_url`");
        };
        let name = &self.settings.model;
        let Some(model) = models.data.iter().find(|model| model.id == *name) else {
            return answers(&format!("the server does not list the model `{name}`"));
        };
        match model.shutdown_date {
            Some(date) if date < self.clock.utc_now().date_naive() => HealthReport {
                model_shutdown_date: Some(date),
                ..HealthReport::unhealthy(format!("the model `{name}` was shut down on {date}; choose another `model`"))
            },
            shutdown_date => HealthReport { model_shutdown_date: shutdown_date, ..HealthReport::healthy() },
        }
    }
}

fn answers(detail: &str) -> HealthReport {
    HealthReport { detail: Some(detail.to_owned()), ..HealthReport::healthy() }
}

fn with_causes(error: &TransportError) -> String {
    let mut text = format!("list models: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}
