//! When a breaker opens, and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::seconds;

/// When a breaker opens, and for how long. Durations are written in seconds, with fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// Failures in a row that open it; 5 by default.
    pub consecutive_failures: u32,
    /// Share of failures among recent calls that opens it too; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_rate: Option<RateTrip>,
    /// How long it stays open before a probe may pass; 60 s by default.
    #[serde(rename = "open_for_s", with = "seconds")]
    pub open_for: Duration,
    /// How long a probe may take before another may follow it, should nothing be heard of it; 10 minutes by default,
    /// longer than a call.
    #[serde(rename = "probe_lease_s", with = "seconds")]
    pub probe_lease: Duration,
    /// Longest time that any server's word keeps calls away; 31 days by default, since quotas are monthly at most and
    /// a header may hold any number.
    #[serde(rename = "longest_hold_s", with = "seconds")]
    pub longest_hold: Duration,
}

/// Opens a breaker by the share of failures in a sliding window.
///
/// The window advances in steps of a tenth of its length, and so covers between nine and ten tenths of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateTrip {
    /// Share of failures that opens, above 0 up to 1; 0.5 by default.
    pub threshold: f64,
    /// How far back calls count; 60 s by default.
    #[serde(rename = "window_s", with = "seconds")]
    pub window: Duration,
    /// Calls in the window below which the share says nothing; 20 by default.
    pub minimum_calls: u32,
}

/// Settings with which a breaker could not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("breaker setting `{name}`: {reason}")]
pub struct BreakerSettingsError {
    /// The setting.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_rate: None,
            open_for: Duration::from_secs(60),
            probe_lease: Duration::from_secs(600),
            longest_hold: Duration::from_secs(31 * 24 * 60 * 60),
        }
    }
}

impl Default for RateTrip {
    fn default() -> Self {
        Self { threshold: 0.5, window: Duration::from_secs(60), minimum_calls: 20 }
    }
}

impl BreakerSettings {
    /// Checks the values that a type cannot.
    ///
    /// # Errors
    /// [`BreakerSettingsError`] for a count or duration of zero, for a share that is none, and for a time to stay open
    /// or a lease that is longer than the longest hold.
    pub fn check(&self) -> Result<(), BreakerSettingsError> {
        require(self.consecutive_failures > 0, "consecutive_failures", "at least one failure must come first")?;
        require(!self.open_for.is_zero(), "open_for_s", "it must be longer than nothing")?;
        require(!self.probe_lease.is_zero(), "probe_lease_s", "it must be longer than nothing")?;
        let longest = self.open_for.max(self.probe_lease);
        require(
            self.longest_hold >= longest,
            "longest_hold_s",
            "it must not be shorter than open_for_s or probe_lease_s",
        )?;
        let Some(rate) = self.failure_rate else { return Ok(()) };
        let share = rate.threshold > 0.0 && rate.threshold <= 1.0;
        require(share, "failure_rate.threshold", "it must lie above 0 and not above 1")?;
        require(rate.window >= RateTrip::SHORTEST, "failure_rate.window_s", "it must be at least 0.01 s")?;
        require(rate.minimum_calls > 0, "failure_rate.minimum_calls", "at least one call must come first")
    }
}

impl RateTrip {
    /// Shortest window that can be told into tenths of whole milliseconds.
    const SHORTEST: Duration = Duration::from_millis(10);
}

fn require(holds: bool, name: &'static str, reason: &'static str) -> Result<(), BreakerSettingsError> {
    if holds { Ok(()) } else { Err(BreakerSettingsError { name, reason }) }
}
