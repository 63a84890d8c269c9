//! How sure a measured rate is.

use serde::{Deserialize, Serialize};

use crate::format::word_enum;

/// A range that holds the true value with a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

word_enum! {
    /// What the data say about a finding.
    Evidence, "evidence" {
        /// The interval lies wholly on the finding's side of the threshold, or the finding is a plain fact.
        Conclusive = "conclusive",
        /// The interval holds the threshold.
        Inconclusive = "inconclusive",
        /// Not enough data yet.
        Insufficient = "insufficient",
    }
}

/// The two-sided 95 % quantile of the normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of `successes` out of `trials` at the quantile `z`; 0 to 1 without a trial. More successes
/// than trials count as all of them.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
/// Journal of the American Statistical Association 22 (1927), 209–212.
///
/// ```
/// # use media_domain::statistics::{wilson_interval, Z_95};
/// let interval = wilson_interval(0, 500, Z_95);
/// assert!(interval.low == 0.0 && (interval.high - 0.0076).abs() < 1e-4);
/// ```
pub fn wilson_interval(successes: u64, trials: u64, z: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = trials as f64;
    let p = successes.min(trials) as f64 / n;
    let z2 = z * z;
    let centre = p + z2 / (2.0 * n);
    let margin = z * ((p * (1.0 - p) + z2 / (4.0 * n)) / n).sqrt();
    let scale = 1.0 + z2 / n;
    // At none and at all the bound is exact; rounding would leave it a little off.
    Interval {
        low: if p == 0.0 { 0.0 } else { ((centre - margin) / scale).max(0.0) },
        high: if p == 1.0 { 1.0 } else { ((centre + margin) / scale).min(1.0) },
    }
}
