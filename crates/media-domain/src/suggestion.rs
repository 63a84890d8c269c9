//! Suggestions to improve an asset.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::word_enum;
use crate::{AssetId, Evidence, Interval, SuggestionId};

word_enum! {
    /// What is suggested.
    OptimizationKind, "optimisation" {
        /// Other dimensions.
        Resize = "resize",
        /// A smaller file.
        Compress = "compress",
        /// Another format.
        Reformat = "reformat",
        /// The background removed.
        RemoveBg = "remove_bg",
        /// A new design.
        RefreshDesign = "refresh_design",
        /// The WebP format.
        ConvertToWebp = "convert_to_webp",
    }
}

word_enum! {
    /// How much a suggestion matters; medium by default.
    SuggestionPriority, "priority" {
        /// Can wait.
        Low = "low",
        /// Worth doing.
        Medium = "medium",
        /// Should be done first.
        High = "high",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro that defines the enumeration takes no member attributes")]
impl Default for SuggestionPriority {
    fn default() -> Self {
        Self::Medium
    }
}

/// One suggestion to improve an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaOptimizationSuggestion {
    /// Identifies the suggestion.
    pub suggestion_id: SuggestionId,
    /// The asset it is about.
    pub asset_id: AssetId,
    /// What is suggested.
    pub kind: OptimizationKind,
    /// What to do and why, for people.
    pub description: String,
    /// How much it matters.
    pub priority: SuggestionPriority,
    /// Improvement to expect, in per cent.
    pub estimated_improvement_percent: f64,
    /// The measurement behind it; absent for what a person suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Whether it has been carried out.
    pub is_applied: bool,
    /// When it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<DateTime<Utc>>,
    /// The asset that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_asset_id: Option<AssetId>,
}

/// The measurement behind a suggestion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was measured (`click_through_rate`, `file_size_bytes`, `format`).
    pub metric: String,
    /// The bound that was crossed, where the metric is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// What was found, where the metric is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Number of observations behind a rate (impressions); absent for a plain fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_size: Option<u64>,
    /// The 95 % Wilson interval of a rate; absent for a plain fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// How sure it is.
    pub evidence: Evidence,
}

impl MediaOptimizationSuggestion {
    /// Marks the suggestion carried out.
    ///
    /// # Errors
    /// [`AlreadyApplied`] when it has been before.
    pub fn apply(&mut self, at: DateTime<Utc>, new_asset_id: Option<AssetId>) -> Result<(), AlreadyApplied> {
        if self.is_applied {
            return Err(AlreadyApplied { suggestion_id: self.suggestion_id });
        }
        self.is_applied = true;
        self.applied_at = Some(at);
        self.new_asset_id = new_asset_id;
        Ok(())
    }
}

/// A suggestion that has been carried out cannot be again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("suggestion {suggestion_id} has been applied already")]
pub struct AlreadyApplied {
    /// The suggestion.
    pub suggestion_id: SuggestionId,
}
