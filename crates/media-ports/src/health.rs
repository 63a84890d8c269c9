//! Asking a provider how it is, without buying anything.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{CallContext, ProviderError, with_causes};

/// Asks a provider how it is; the check costs nothing and buys nothing.
///
/// ```
/// use media_ports::{CallContext, HealthCheck, HealthReport};
///
/// /// Needs nothing that could be out of order.
/// #[derive(Debug)]
/// struct AlwaysHealthy;
///
/// #[async_trait::async_trait]
/// impl HealthCheck for AlwaysHealthy {
///     async fn check_health(&self, _context: &CallContext) -> HealthReport {
///         HealthReport::healthy()
///     }
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HealthCheck: Debug + Send + Sync + 'static {
    /// Checks the provider; what goes wrong is the report, not an error.
    async fn check_health(&self, context: &CallContext) -> HealthReport;
}

/// How a provider is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthReport {
    /// How it is.
    pub status: HealthStatus,
    /// How long the check took, when one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Duration>,
    /// What the vendor tells besides (balance, account), for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The day after which the configured model is gone, where the vendor tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_shutdown_date: Option<NaiveDate>,
}

/// How a provider is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum HealthStatus {
    /// It answers.
    Healthy,
    /// It does not, for this reason.
    Unhealthy(String),
}

impl HealthReport {
    /// The report of a provider that answers, without more to tell.
    pub const fn healthy() -> Self {
        Self { status: HealthStatus::Healthy, latency: None, detail: None, model_shutdown_date: None }
    }

    /// The report of a provider that does not.
    pub fn unhealthy(reason: impl Into<String>) -> Self {
        Self { status: HealthStatus::Unhealthy(reason.into()), ..Self::healthy() }
    }

    /// The report of a provider that failed when it was asked: the error and its causes are the reason.
    pub fn of_error(error: &ProviderError) -> Self {
        Self::unhealthy(with_causes(error))
    }

    /// Whether the provider answers.
    pub fn is_healthy(&self) -> bool {
        self.status == HealthStatus::Healthy
    }
}
