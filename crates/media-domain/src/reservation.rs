//! What is set aside for one attempt before it is sent: credits of a user, money of a chain.

use serde::{Deserialize, Serialize};

use crate::{Period, ProviderId};

/// What is set aside for one attempt. It is written down with the attempt, or the attempt is not made; it is settled with
/// what was really used, released when nothing was made, and held while nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reservation {
    /// Credits of the user at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaClaim>,
    /// Money, from every budget that the call falls under.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<BudgetClaim>,
}

/// Credits to be set aside. Whose they are is told by the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaClaim {
    /// The provider whose credits they are.
    pub provider: ProviderId,
    /// The month in UTC.
    pub period: Period,
    /// Credits for the whole call.
    pub credits: u64,
    /// Credits of the month, unless the store keeps a limit of the user's own; without one they are only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Money to be set aside, in millionths of a US dollar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetClaim {
    /// The chain whose budget it is.
    pub chain: String,
    /// The day or month in UTC.
    pub period: Period,
    /// The most that the call can cost.
    pub micros: u64,
    /// The most that may be spent in the period.
    pub limit_micros: u64,
}

impl Reservation {
    /// Whether nothing is set aside.
    pub fn is_empty(&self) -> bool {
        self.quota.is_none() && self.budgets.is_empty()
    }
}
