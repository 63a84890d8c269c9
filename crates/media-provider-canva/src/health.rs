//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport, ProviderError};

use crate::CanvaApiAdapter;
use crate::wire::UsersMe;

/// Longest time for the question.
const TIMEOUT: Duration = Duration::from_secs(10);

const DOING: &str = "ask who the user is";

#[async_trait]
impl HealthCheck for CanvaApiAdapter {
    /// Asks who the user is, which is free and needs no scope; tells how long the access lasts.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let started = self.clock.now();
        let mut report = match self.ask_who(context).await {
            Ok(detail) => HealthReport { detail: Some(detail), ..HealthReport::healthy() },
            Err(error) => HealthReport::of_error(&error),
        };
        report.latency = Some(self.clock.now().saturating_duration_since(started));
        report
    }
}

impl CanvaApiAdapter {
    async fn ask_who(&self, context: &CallContext) -> Result<String, ProviderError> {
        let mut access = self.access.authorised(context, DOING).await?;
        let asking = access.step(context, DOING, |client| async move {
            let call = client.get(client.base_url().at("users/me"), context, Purpose::Read, DOING).timeout(TIMEOUT);
            Ok(call.send_json::<UsersMe>().await?.document.team_user)
        });
        let user = asking.await?;
        let clean = |text: &str| access.client.redactor().clean(text);
        Ok(format!("user {} of team {}; {}", clean(&user.user_id), clean(&user.team_id), access.standing))
    }
}
