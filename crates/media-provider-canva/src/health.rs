//! Asking how the vendor is, without buying anything.

use std::time::Duration;

use async_trait::async_trait;
use media_http::Purpose;
use media_ports::{CallContext, HealthCheck, HealthReport, ProviderError};

use crate::CanvaApiAdapter;
use crate::wire::UsersMe;

/// Longest time for one check.
const TIMEOUT: Duration = Duration::from_secs(10);

const DOING: &str = "ask who the user is";

#[async_trait]
impl HealthCheck for CanvaApiAdapter {
    /// Asks who the user is, which is free and needs no scope; tells how long the access lasts.
    async fn check_health(&self, context: &CallContext) -> HealthReport {
        let started = self.clock.now();
        let mut report = match self.ask_who(context).await {
            Ok(detail) => HealthReport { detail: Some(detail), ..HealthReport::healthy() },
            Err(error) => HealthReport::unhealthy(with_causes(&error)),
        };
        report.latency = Some(self.clock.now().saturating_duration_since(started));
        report
    }
}

impl CanvaApiAdapter {
    async fn ask_who(&self, context: &CallContext) -> Result<String, ProviderError> {
        let access = self.access.authorised(context, DOING).await?;
        let client = &access.client;
        let call = client.get(client.base_url().at("users/me"), context, Purpose::Read, DOING).timeout(TIMEOUT);
        let user = call.send_json::<UsersMe>().await?.document.team_user;
        let (user_id, team_id) = (client.redactor().clean(&user.user_id), client.redactor().clean(&user.team_id));
        Ok(format!("user {user_id} of team {team_id}; {}", access.standing))
    }
}

fn with_causes(error: &ProviderError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}
