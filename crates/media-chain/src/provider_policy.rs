//! How one provider is treated, in every chain that names it: what is configuration and not code.

use std::num::NonZeroUsize;

use media_domain::BreakerSettings;
use media_domain::price::PriceTable;
use media_domain::quota::CreditWeights;
use media_domain::rate_limit::RateLimit;
use media_domain::retry_plan::RetryPlan;

/// How one provider is treated.
#[derive(Debug, Clone, Default)]
pub struct ProviderPolicy {
    /// When its breaker opens, and for how long.
    pub breaker: BreakerSettings,
    /// When an attempt is repeated.
    pub retry: RetryPlan,
    /// Most calls at the same time; without limit by default.
    pub concurrency: Option<NonZeroUsize>,
    /// Most calls in a time; without limit by default.
    pub rate: Option<RateLimit>,
    /// Credits that an image takes.
    pub credits: CreditWeights,
    /// Credits of a user in a month; without limit by default.
    pub monthly_credits: Option<u64>,
    /// What its models cost.
    pub prices: PriceTable,
}
