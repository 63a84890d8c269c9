//! How an asset performs: counts, and the rates that follow from them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::text::{Campaign, Channel};
use crate::{AssetId, PerformanceId, VariantId};

/// One measurement of an asset, or of one of its variants, in a campaign on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaPerformance {
    /// Identifies the measurement.
    pub performance_id: PerformanceId,
    /// The asset measured.
    pub asset_id: AssetId,
    /// The variant measured, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<VariantId>,
    /// The campaign it ran in.
    pub campaign: Campaign,
    /// The channel it ran on.
    pub channel: Channel,
    /// What was counted.
    #[serde(flatten)]
    pub counts: PerformanceCounts,
    /// When it was measured.
    pub recorded_at: DateTime<Utc>,
    /// Where the figures come from (an export's name); together with campaign, channel and day it is the key
    /// by which a repeated import replaces rather than adds. Absent for what was tracked directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl MediaPerformance {
    /// The rates of this measurement.
    pub fn calculate_rates(&self) -> PerformanceRates {
        self.counts.calculate_rates()
    }

    /// Whether the click-through rate reaches the threshold (0.05 by default in configuration).
    pub fn is_high_performing(&self, ctr_threshold: f64) -> bool {
        self.counts.is_high_performing(ctr_threshold)
    }
}

/// What was counted; all zero by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PerformanceCounts {
    /// How often it was shown.
    pub impressions: u64,
    /// How often it was clicked.
    pub clicks: u64,
    /// How often people engaged with it.
    pub engagements: u64,
    /// How often a click led to the goal.
    pub conversions: u64,
    /// How often it was shared.
    pub shares: u64,
    /// How often it was commented on.
    pub comments: u64,
}

/// The rates that follow from counts; 0.0 at a zero denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PerformanceRates {
    /// Clicks over impressions.
    pub click_through_rate: f64,
    /// Engagements over impressions.
    pub engagement_rate: f64,
    /// Conversions over clicks.
    pub conversion_rate: f64,
}

/// Counts that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{part_value} {part} cannot come of {whole_value} {whole}")]
pub struct CountsError {
    /// The count that is too large.
    pub part: &'static str,
    /// Its value.
    pub part_value: u64,
    /// The count that bounds it.
    pub whole: &'static str,
    /// Its value.
    pub whole_value: u64,
}

impl PerformanceCounts {
    /// Checks that no rate exceeds one.
    ///
    /// # Errors
    /// [`CountsError`] when clicks or engagements exceed impressions, or conversions exceed clicks.
    pub fn checked(self) -> Result<Self, CountsError> {
        let bounds = [
            ("clicks", self.clicks, "impressions", self.impressions),
            ("engagements", self.engagements, "impressions", self.impressions),
            ("conversions", self.conversions, "clicks", self.clicks),
        ];
        match bounds.into_iter().find(|(_, part, _, whole)| part > whole) {
            Some((part, part_value, whole, whole_value)) => Err(CountsError { part, part_value, whole, whole_value }),
            None => Ok(self),
        }
    }

    /// The rates that follow.
    ///
    /// ```
    /// # use media_domain::PerformanceCounts;
    /// let counts = PerformanceCounts { impressions: 50_000, clicks: 2_500, engagements: 3_000, conversions: 200, ..Default::default() };
    /// let rates = counts.calculate_rates();
    /// assert_eq!((rates.click_through_rate, rates.engagement_rate, rates.conversion_rate), (0.05, 0.06, 0.08));
    /// ```
    pub fn calculate_rates(&self) -> PerformanceRates {
        PerformanceRates {
            click_through_rate: rate(self.clicks, self.impressions),
            engagement_rate: rate(self.engagements, self.impressions),
            conversion_rate: rate(self.conversions, self.clicks),
        }
    }

    /// Whether the click-through rate reaches the threshold.
    pub fn is_high_performing(&self, ctr_threshold: f64) -> bool {
        self.impressions > 0 && self.calculate_rates().click_through_rate >= ctr_threshold
    }

    /// Adds two counts, each stopping at the largest that can be told.
    pub fn saturating_add(self, other: Self) -> Self {
        Self {
            impressions: self.impressions.saturating_add(other.impressions),
            clicks: self.clicks.saturating_add(other.clicks),
            engagements: self.engagements.saturating_add(other.engagements),
            conversions: self.conversions.saturating_add(other.conversions),
            shares: self.shares.saturating_add(other.shares),
            comments: self.comments.saturating_add(other.comments),
        }
    }
}

/// Sums counts over records, so that a rate over several is the sum over the sum.
impl std::iter::Sum for PerformanceCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Self::saturating_add)
    }
}

/// `part / whole`, 0.0 when `whole` is zero.
pub(crate) fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
