//! How many credits a user may spend at a provider in a month.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::period::{BudgetCycle, Period};
use crate::tally::{Shortfall, Tally};
use crate::{GenerationRequest, Quality};

/// How many credits a user may spend at a provider in a calendar month (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaLimit {
    /// Credits per month.
    pub credits_per_month: u64,
}

/// What an image costs in credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CreditWeights {
    /// Credits of an image in standard quality; 1 by default.
    pub standard: u32,
    /// Credits of an image in high definition; 2 by default.
    pub hd: u32,
    /// The least quality that counts as high definition; `hd` by default, and so `xhigh` and `max`.
    pub hd_from: Quality,
}

/// A calendar month in UTC, as which quotas are counted; written `2024-06`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Period", into = "Period")]
pub struct QuotaPeriod(Period);

/// A user's credits at a provider in one month. What was reserved in a month is settled in that month, whenever the
/// answer comes.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use media_domain::quota::{QuotaLimit, QuotaPeriod, QuotaUsage};
///
/// let limit = QuotaLimit { credits_per_month: 3 };
/// let period = QuotaPeriod::of(Utc.with_ymd_and_hms(2024, 6, 15, 12, 0, 0).unwrap());
/// let mut usage = QuotaUsage::new(period);
/// usage.reserve(&limit, 2)?;
/// let exceeded = usage.reserve(&limit, 2).unwrap_err();
/// assert_eq!((exceeded.remaining, exceeded.resets_at), (1, period.resets_at()));
/// # Ok::<(), media_domain::quota::QuotaExceeded>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaUsage {
    /// The month.
    pub period: QuotaPeriod,
    /// Credits set aside and used in it.
    #[serde(flatten)]
    pub credits: Tally,
}

/// A month's credits do not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "monthly quota exceeded: {needed} credits are needed, {remaining} remain until {}",
    .resets_at.format("%Y-%m-%d %H:%M UTC")
)]
pub struct QuotaExceeded {
    /// Credits that remain.
    pub remaining: u64,
    /// Credits asked for.
    pub needed: u64,
    /// When the next month begins.
    pub resets_at: DateTime<Utc>,
}

impl Default for CreditWeights {
    fn default() -> Self {
        Self { standard: 1, hd: 2, hd_from: Quality::Hd }
    }
}

impl CreditWeights {
    /// Credits that a request costs when every image of it is made. Without a quality it counts as standard.
    pub fn credits_for(&self, request: &GenerationRequest) -> u64 {
        u64::from(request.count) * self.credits_each(request.options.quality)
    }

    /// Credits of one image, made or changed. Without a quality it counts as standard.
    pub fn credits_each(&self, quality: Option<Quality>) -> u64 {
        let hd = quality.is_some_and(|quality| quality >= self.hd_from);
        u64::from(if hd { self.hd } else { self.standard })
    }
}

impl QuotaPeriod {
    /// The month that holds a time.
    pub fn of(now: DateTime<Utc>) -> Self {
        Self(Period::of(BudgetCycle::Month, now))
    }

    /// Its first moment.
    pub fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at()
    }

    /// The first moment of the next month, when all credits are there again.
    pub fn resets_at(&self) -> DateTime<Utc> {
        self.0.resets_at()
    }
}

impl std::fmt::Display for QuotaPeriod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for QuotaPeriod {
    type Err = crate::period::PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<Period>()?.try_into()
    }
}

impl TryFrom<Period> for QuotaPeriod {
    type Error = crate::period::PeriodError;

    fn try_from(period: Period) -> Result<Self, Self::Error> {
        match period.cycle() {
            BudgetCycle::Month => Ok(Self(period)),
            BudgetCycle::Day => Err(crate::period::PeriodError(period.to_string())),
        }
    }
}

impl From<QuotaPeriod> for Period {
    fn from(period: QuotaPeriod) -> Self {
        period.0
    }
}

impl QuotaUsage {
    /// A month in which nothing has been used.
    pub fn new(period: QuotaPeriod) -> Self {
        Self { period, credits: Tally::default() }
    }

    /// Credits that are neither used nor set aside.
    pub const fn remaining(&self, limit: &QuotaLimit) -> u64 {
        self.credits.remaining(limit.credits_per_month)
    }

    /// Sets credits aside before a call, for the whole of its cost.
    ///
    /// # Errors
    /// [`QuotaExceeded`] when fewer remain; nothing is changed then.
    pub fn reserve(&mut self, limit: &QuotaLimit, credits: u64) -> Result<(), QuotaExceeded> {
        let resets_at = self.period.resets_at();
        self.credits
            .reserve(limit.credits_per_month, credits)
            .map_err(|Shortfall { remaining, needed }| QuotaExceeded { remaining, needed, resets_at })
    }

    /// Turns credits set aside into credits used.
    pub const fn settle(&mut self, reserved: u64, used: u64) {
        self.credits.settle(reserved, used);
    }

    /// Gives back credits set aside: nothing was made.
    pub const fn release(&mut self, reserved: u64) {
        self.credits.release(reserved);
    }
}
