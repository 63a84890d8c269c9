//! How many calls may begin in a stretch of time.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::seconds;

/// At most `requests` calls begin in any stretch of time as long as `per`, wherever the stretch starts.
///
/// `burst` calls may begin at once after a pause. What a burst may take is taken off the steady pace, or the limit
/// would not hold: it is one call in every `per / (requests - burst + 1)`. A burst of 1, the default, keeps the full
/// pace; a burst of `requests` leaves one call per stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Most calls in a stretch.
    pub requests: NonZeroU32,
    /// Length of the stretch; in seconds when written.
    #[serde(rename = "per_s", with = "seconds")]
    pub per: Duration,
    /// Calls that may begin at once; 1 by default, `requests` at most.
    #[serde(default = "one")]
    pub burst: NonZeroU32,
}

/// A rate limit at work: the generic cell rate algorithm, whose whole memory is one point in time.
///
/// Source: ITU-T Recommendation I.371, annex A ("virtual scheduling algorithm").
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
/// use chrono::{DateTime, TimeDelta};
/// use media_domain::rate_limit::{RateLimit, RateLimiter};
///
/// let limit = RateLimit::new(NonZeroU32::new(5).unwrap(), Duration::from_secs(60));
/// let (mut limiter, now) = (RateLimiter::new(limit), DateTime::UNIX_EPOCH);
/// assert_eq!(limiter.try_acquire(now), Ok(()));
/// assert_eq!(limiter.try_acquire(now), Err(Duration::from_secs(12)));
/// assert_eq!(limiter.try_acquire(now + TimeDelta::seconds(12)), Ok(()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimiter {
    /// The limit kept.
    pub limit: RateLimit,
    /// When the calls let through so far will have been worked off at the steady pace; absent before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked_off_at: Option<DateTime<Utc>>,
}

impl RateLimit {
    /// Makes a limit without bursts.
    pub const fn new(requests: NonZeroU32, per: Duration) -> Self {
        Self { requests, per, burst: NonZeroU32::MIN }
    }

    fn burst(&self) -> u32 {
        self.burst.min(self.requests).get()
    }

    /// Time between two calls at the steady pace, rounded up, so that rounding never lets one more through.
    fn interval(&self) -> TimeDelta {
        let calls = u128::from(self.requests.get() - self.burst() + 1);
        let nanoseconds = self.per.as_nanos().div_ceil(calls);
        i64::try_from(nanoseconds).map_or(TimeDelta::MAX, TimeDelta::nanoseconds)
    }
}

impl RateLimiter {
    /// Makes a limiter that has let nothing through yet.
    pub const fn new(limit: RateLimit) -> Self {
        Self { limit, worked_off_at: None }
    }

    /// Asks to begin one call now.
    ///
    /// # Errors
    /// How long to wait before asking again, and then, if nobody came in between, being let through.
    pub fn try_acquire(&mut self, now: DateTime<Utc>) -> Result<(), Duration> {
        let interval = self.limit.interval();
        let longest_debt = multiplied(interval, self.limit.burst());
        // More than a full burst of debt means that the clock was set back; waiting for its old time would starve.
        let debt = self.worked_off_at.map_or(TimeDelta::zero(), |at| at - now).clamp(TimeDelta::zero(), longest_debt);
        let allowed = longest_debt.checked_sub(&interval).unwrap_or_default();
        if debt > allowed {
            return Err((debt - allowed).to_std().unwrap_or_default());
        }
        let debt = debt.checked_add(&interval).unwrap_or(TimeDelta::MAX);
        self.worked_off_at = Some(now.checked_add_signed(debt).unwrap_or(DateTime::<Utc>::MAX_UTC));
        Ok(())
    }
}

fn multiplied(interval: TimeDelta, times: u32) -> TimeDelta {
    i32::try_from(times).ok().and_then(|times| interval.checked_mul(times)).unwrap_or(TimeDelta::MAX)
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}
