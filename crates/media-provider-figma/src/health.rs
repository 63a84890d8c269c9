//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport, ProviderError};

use crate::FigmaApiAdapter;
use crate::error::{is_forbidden, told_until};
use crate::template::NO_TEMPLATE;
use crate::wire::Me;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

#[async_trait]
impl HealthCheck for FigmaApiAdapter {
    /// Asks who the user is: of all questions the one with the widest limit. A token that may not ask this is valid.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let started = self.clock().now();
        let mut report = match self.ask_who(context).await {
            Ok(who) => self.healthy(&who),
            Err(error) if is_forbidden(&error) => {
                self.healthy("the token is not told whose it is, for want of the scope current_user:read")
            }
            Err(error) => HealthReport::of_error(&told_until(error, self.clock().utc_now())),
        };
        report.latency = Some(self.clock().now().saturating_duration_since(started));
        report
    }
}

impl FigmaApiAdapter {
    async fn ask_who(&self, context: &CallContext) -> Result<String, ProviderError> {
        let url = self.client.base_url().at("v1/me");
        let call = self.client.get(url, context, Purpose::Read, "ask who the user is").timeout(TIMEOUT);
        let Me { id, handle } = call.send_json::<Me>().await?.document;
        let clean = |text: &str| self.client.redactor().clean(text);
        Ok(format!("user {} ({})", clean(&handle), clean(&id)))
    }

    fn healthy(&self, who: &str) -> HealthReport {
        let detail = match self.templates.are_none() {
            true => format!("{who}; exports only: {NO_TEMPLATE}"),
            false => who.to_owned(),
        };
        HealthReport { detail: Some(detail), ..HealthReport::healthy() }
    }
}
