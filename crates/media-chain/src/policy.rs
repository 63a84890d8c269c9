//! The policy of a chain: what is configuration and not code.

use std::collections::BTreeSet;
use std::time::Duration;

use media_domain::budget::BudgetLimit;
use media_domain::{Compatibility, ProviderId, Strategy};
use serde::{Deserialize, Serialize};

/// How a chain behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainPolicy {
    /// Longest time for a whole call, over all providers; 1,200 s by default.
    pub deadline: Duration,
    /// Longest time for one attempt at one provider; 900 s by default. It is a backstop: providers have time limits of their
    /// own, and most vendors bill a call that is hung up on.
    pub attempt_timeout: Duration,
    /// What to do with a request that does not fit a provider as it is; adapt by default.
    pub compatibility: Compatibility,
    /// What to do when nobody knows whether a provider accepted the order; stop by default, since moving on may pay twice.
    pub on_uncertain: Onward,
    /// What to do when the result was paid for but cannot be used; stop by default.
    pub on_billed_failure: Onward,
    /// What to do when a provider refuses the content; stop by default, since a refusal is not an outage.
    pub on_content_rejected: Onward,
    /// Whom a refused request may be passed on to, when it is; empty, which is the default, for every provider that
    /// follows. Nobody else is given it for the rest of the call.
    pub content_rejected_to: BTreeSet<ProviderId>,
    /// In which order providers are tried; as configured by default.
    pub strategy: Strategy,
    /// Money that the chain may spend in a day or a month; without limit by default.
    pub budgets: Vec<BudgetLimit>,
    /// What to do with a call that has no price; allow by default.
    pub unpriced: Unpriced,
}

/// What a chain does with a call that has no price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unpriced {
    /// Makes it; it counts nothing against a budget.
    #[default]
    Allow,
    /// Passes the provider over.
    Refuse,
}

/// Whether a chain moves on after a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// Ends the call.
    #[default]
    Stop,
    /// Tries the next provider.
    Next,
}

impl Default for ChainPolicy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(1_200),
            attempt_timeout: Duration::from_secs(900),
            compatibility: Compatibility::Adapt,
            on_uncertain: Onward::Stop,
            on_billed_failure: Onward::Stop,
            on_content_rejected: Onward::Stop,
            content_rejected_to: BTreeSet::new(),
            strategy: Strategy::Ordered,
            budgets: Vec::new(),
            unpriced: Unpriced::Allow,
        }
    }
}
