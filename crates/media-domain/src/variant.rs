//! A variant of an asset: the same picture, cut or encoded for a purpose.

use serde::{Deserialize, Serialize};

use crate::{AssetId, ContentHash, MediaDimensions, MediaFormat, Name, PerformanceCounts, VariantId};

/// One variant of an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaVariant {
    /// Identifies the variant.
    pub variant_id: VariantId,
    /// The asset it is a variant of.
    pub asset_id: AssetId,
    /// Name shown to people, unique within the asset.
    pub name: Name,
    /// Width and height.
    pub dimensions: MediaDimensions,
    /// File format.
    pub format: MediaFormat,
    /// Where the file is: a blob of ours, by its hash.
    pub content_hash: ContentHash,
    /// How the variant performs, once it has been measured.
    pub performance_score: Option<PerformanceScore>,
}

/// How well a variant performs, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PerformanceScore(f64);

/// A score outside 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a performance score lies between 0 and 100, not at {0}")]
pub struct ScoreError(f64);

impl PerformanceScore {
    /// Checks a score.
    ///
    /// # Errors
    /// [`ScoreError`] below 0, above 100, or for what is no number.
    pub fn new(score: f64) -> Result<Self, ScoreError> {
        if (0.0..=100.0).contains(&score) { Ok(Self(score)) } else { Err(ScoreError(score)) }
    }

    /// Scores a variant's own measurements: half click-through rate, half engagement rate, each as a
    /// percentage. `None` without an impression.
    pub fn measured(counts: &PerformanceCounts) -> Option<Self> {
        if counts.impressions == 0 {
            return None;
        }
        let rates = counts.calculate_rates();
        let mean = (rates.click_through_rate + rates.engagement_rate) / 2.0;
        Some(Self((mean * 100.0).clamp(0.0, 100.0)))
    }

    /// The score.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for PerformanceScore {
    type Error = ScoreError;

    fn try_from(score: f64) -> Result<Self, Self::Error> {
        Self::new(score)
    }
}

impl From<PerformanceScore> for f64 {
    fn from(score: PerformanceScore) -> Self {
        score.0
    }
}
