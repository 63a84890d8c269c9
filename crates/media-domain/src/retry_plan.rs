//! Whether and when a failed attempt is repeated at the same provider.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ProviderErrorKind, RetryClass, seconds};

/// Repeats, with growing and random delays, what is safe to repeat and has a chance to end in time.
///
/// Delays are drawn by "full jitter": evenly from zero to `base` doubled with each attempt, up to `cap`. Source: M.
/// Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, March 2015. Durations are written in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPlan {
    /// Most repeats after the first attempt; 2 by default, 0 for none.
    pub max_repeats: u32,
    /// Whether a failure is repeated for which the server named no delay, after a random one; no by default, since a
    /// provider that is down would then be tried several times in each call.
    pub repeat_untold: bool,
    /// Longest random delay before the first repeat; 0.25 s by default.
    #[serde(rename = "base_s", with = "seconds")]
    pub base: Duration,
    /// Longest delay that is drawn; 2 s by default.
    #[serde(rename = "cap_s", with = "seconds")]
    pub cap: Duration,
    /// Most time from the start of the first attempt to the start of the last; 10 s by default.
    #[serde(rename = "total_budget_s", with = "seconds")]
    pub total_budget: Duration,
    /// Longest delay that is waited out, whoever named it; 2 s by default.
    #[serde(rename = "longest_wait_s", with = "seconds")]
    pub longest_wait: Duration,
}

/// An attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedAttempt<'a> {
    /// Which attempt it was, from one.
    pub number: u32,
    /// What went wrong.
    pub kind: ProviderErrorKind,
    /// What may be done about it.
    pub class: &'a RetryClass,
    /// Time since the first attempt began.
    pub spent: Duration,
    /// Time until the caller's deadline.
    pub time_left: Duration,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// Try once more.
    Repeat {
        /// When: after this delay.
        after: Duration,
    },
    /// Leave it at that.
    GiveUp {
        /// How long the provider should be left alone by everybody; `None` when it did not ask for that.
        cool_for: Option<Duration>,
    },
}

impl Default for RetryPlan {
    fn default() -> Self {
        Self {
            max_repeats: 2,
            repeat_untold: false,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(2),
            total_budget: Duration::from_secs(10),
            longest_wait: Duration::from_secs(2),
        }
    }
}

impl RetryPlan {
    /// The delay taken for named when a server says "too many requests" without naming one.
    pub const UNTOLD_RATE_LIMIT: Duration = crate::Breaker::DEFAULT_COOL_DOWN;

    /// A plan that never repeats.
    pub fn never() -> Self {
        Self { max_repeats: 0, ..Self::default() }
    }

    /// Decides what follows a failed attempt; `random` is drawn evenly from 0 to 1.
    ///
    /// Only [`RetryClass::Again`] is repeated. A delay that the server named is kept to exactly; where it is longer
    /// than [`longest_wait`](Self::longest_wait), or would end at or after the deadline or beyond the budget, the attempt
    /// is given up and the provider cools for the delay.
    ///
    /// ```
    /// use std::time::Duration;
    /// use media_domain::retry_plan::{FailedAttempt, RetryDecision, RetryPlan};
    /// use media_domain::{ProviderErrorKind, RetryClass};
    ///
    /// let class = RetryClass::Again { after: Some(Duration::from_secs(1)) };
    /// let failed = FailedAttempt {
    ///     number: 1,
    ///     kind: ProviderErrorKind::RateLimited,
    ///     class: &class,
    ///     spent: Duration::ZERO,
    ///     time_left: Duration::from_secs(100),
    /// };
    /// let plan = RetryPlan::default();
    /// assert_eq!(plan.next(&failed, 0.5), RetryDecision::Repeat { after: Duration::from_secs(1) });
    /// ```
    pub fn next(&self, failed: &FailedAttempt<'_>, random: f64) -> RetryDecision {
        let RetryClass::Again { after } = failed.class else { return RetryDecision::GiveUp { cool_for: None } };
        let untold = (failed.kind == ProviderErrorKind::RateLimited).then_some(Self::UNTOLD_RATE_LIMIT);
        let told = after.or(untold);
        let drawn = || self.repeat_untold.then(|| self.backoff(failed.number, random));
        let Some(delay) = told.or_else(drawn) else { return RetryDecision::GiveUp { cool_for: None } };
        let repeats_left = failed.number <= self.max_repeats;
        let in_budget = failed.spent.checked_add(delay).is_some_and(|end| end <= self.total_budget);
        if repeats_left && delay <= self.longest_wait && delay < failed.time_left && in_budget {
            RetryDecision::Repeat { after: delay }
        } else {
            RetryDecision::GiveUp { cool_for: told.filter(|delay| !delay.is_zero()) }
        }
    }

    fn backoff(&self, attempt: u32, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap).min(self.longest_wait);
        // No number at all would make a delay of none, for everybody at once.
        let random = if random.is_nan() { 0.5 } else { random.clamp(0.0, 1.0) };
        Duration::try_from_secs_f64(longest.as_secs_f64() * random).map_or(longest, |delay| delay.min(longest))
    }
}
