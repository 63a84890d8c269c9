//! How much money may be spent in a day or a month.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::period::{BudgetCycle, Period};
use crate::tally::{Shortfall, Tally};

/// How much money may be spent in a period (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetLimit {
    /// Millionths of a US dollar per period.
    pub micros: u64,
    /// How long it lasts.
    pub period: BudgetCycle,
}

/// The period that a budget is counted in, and the key that it is kept by.
pub type BudgetPeriod = Period;

/// Money of one period. What was reserved in a period is settled in that period, whenever the answer comes.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use media_domain::budget::{BudgetLimit, BudgetUsage};
/// use media_domain::period::BudgetCycle;
///
/// let limit = BudgetLimit { micros: 1_000_000, period: BudgetCycle::Day };
/// let mut usage = BudgetUsage::new(limit.period_of(Utc.with_ymd_and_hms(2024, 6, 15, 12, 0, 0).unwrap()));
/// usage.reserve(&limit, 211_000)?;
/// usage.settle(211_000, 53_000);
/// assert_eq!(usage.remaining(&limit), 947_000);
/// # Ok::<(), media_domain::budget::BudgetExceeded>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetUsage {
    /// The period.
    pub period: BudgetPeriod,
    /// Millionths of a US dollar set aside and used in it.
    #[serde(flatten)]
    pub micros: Tally,
}

/// A period's money does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "budget exceeded: {} are needed, {} remain until {}",
    crate::price::Dollars(*.needed),
    crate::price::Dollars(*.remaining),
    .resets_at.format("%Y-%m-%d %H:%M UTC")
)]
pub struct BudgetExceeded {
    /// Millionths of a US dollar that remain.
    pub remaining: u64,
    /// Millionths of a US dollar asked for.
    pub needed: u64,
    /// When the next period begins.
    pub resets_at: DateTime<Utc>,
}

impl BudgetLimit {
    /// The period that holds a time.
    pub fn period_of(&self, now: DateTime<Utc>) -> BudgetPeriod {
        Period::of(self.period, now)
    }
}

impl BudgetUsage {
    /// A period in which nothing has been spent.
    pub fn new(period: BudgetPeriod) -> Self {
        Self { period, micros: Tally::default() }
    }

    /// Money that is neither spent nor set aside.
    pub const fn remaining(&self, limit: &BudgetLimit) -> u64 {
        self.micros.remaining(limit.micros)
    }

    /// Sets the maximum of a call aside before it is made.
    ///
    /// # Errors
    /// [`BudgetExceeded`] when less remains; nothing is changed then.
    pub fn reserve(&mut self, limit: &BudgetLimit, micros: u64) -> Result<(), BudgetExceeded> {
        let resets_at = self.period.resets_at();
        self.micros.reserve(limit.micros, micros).map_err(|Shortfall { remaining, needed }| BudgetExceeded {
            remaining,
            needed,
            resets_at,
        })
    }

    /// Turns money set aside into money spent.
    pub const fn settle(&mut self, reserved: u64, used: u64) {
        self.micros.settle(reserved, used);
    }

    /// Gives back money set aside: nothing was billed.
    pub const fn release(&mut self, reserved: u64) {
        self.micros.release(reserved);
    }
}
