//! What has been used and set aside, and how providers have done: read from the journal and the books.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::breaker::BreakerState;
use media_domain::{Period, ProviderId, UserId};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Reads the books: credits, money, figures of providers.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LedgerReader: Debug + Send + Sync + 'static {
    /// Credits of a month by user and provider, with every limit of a user's own even if nothing is used; of
    /// one user, or of all.
    async fn quota_lines(&self, user_id: Option<UserId>, period: Period) -> Result<Vec<QuotaLine>, StoreError>;

    /// Money of a chain in a day or month; zeros when nothing was spent.
    async fn budget_line(&self, chain: String, period: Period) -> Result<BudgetLine, StoreError>;

    /// How each provider has done in the attempts dispatched from a time on, by provider.
    async fn provider_figures(&self, since: DateTime<Utc>) -> Result<Vec<ProviderFigures>, StoreError>;
}

/// Credits of one user at one provider in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaLine {
    /// The user.
    pub user_id: UserId,
    /// The provider.
    pub provider: ProviderId,
    /// A limit of the user's own, in credits a month.
    pub own_limit: Option<u64>,
    /// Credits used.
    pub used: u64,
    /// Credits set aside for what is running or unknown.
    pub reserved: u64,
}

/// Money of one chain in one period, in millionths of a US dollar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// Spent.
    pub used_micros: u64,
    /// Set aside for what is running or unknown.
    pub reserved_micros: u64,
}

/// How a provider has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderFigures {
    /// The provider.
    pub provider: ProviderId,
    /// Attempts that brought images.
    pub succeeded: u64,
    /// Attempts that ended without.
    pub failed: u64,
    /// Attempts that nobody knows the end of.
    pub unknown: u64,
    /// Attempts under way.
    pub in_flight: u64,
    /// Time that half of the successful attempts took at most, in milliseconds.
    pub latency_p50_ms: Option<u64>,
    /// Time that 95 of 100 successful attempts took at most, in milliseconds.
    pub latency_p95_ms: Option<u64>,
    /// Cost of what is settled, as far as it is known, in millionths of a US dollar.
    pub cost_micros: u64,
}

/// Reads the breakers that are kept.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BreakerReader: Debug + Send + Sync + 'static {
    /// The breakers that were kept after a revision of the store (0: all of them), in the order in which they were; each
    /// carries the revision with which it was kept, and every keeping makes a higher one.
    async fn breaker_states(&self, after_revision: u64) -> Result<Vec<KeptBreaker>, StoreError>;
}

/// Tells one breaker from another: a provider, its model, and what it was configured with. Another key's 401 does not
/// take mine out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BreakerKey {
    /// The provider.
    pub provider: ProviderId,
    /// Its model; empty when it has none.
    pub model: String,
    /// Stands for settings and credential without giving them away.
    pub fingerprint: String,
}

/// A breaker as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptBreaker {
    /// Whose.
    pub key: BreakerKey,
    /// Its state.
    pub state: BreakerState,
    /// The revision of the store with which it was kept.
    pub revision: u64,
}
