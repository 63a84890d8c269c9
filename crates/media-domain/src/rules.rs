//! The rules behind automatic suggestions: data, not code paths.

use serde::{Deserialize, Serialize};

use crate::statistics::{Z_95, wilson_interval};
use crate::{
    Evidence, Finding, ImageFormat, MediaAsset, MediaFormat, OptimizationKind, PerformanceCounts, SuggestionPriority,
};

/// One rule: what it looks at, and what it suggests when it fires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestionRule {
    /// What the rule looks at.
    #[serde(rename = "when")]
    pub condition: RuleCondition,
    /// What it suggests.
    pub kind: OptimizationKind,
    /// How much that matters.
    pub priority: SuggestionPriority,
    /// Improvement to expect, in per cent.
    pub estimated_improvement_percent: f64,
}

impl SuggestionRule {
    fn fault(&self) -> Option<String> {
        match self.condition {
            RuleCondition::ClickThroughRate { below } if !(0.0..=1.0).contains(&below) => {
                return Some(format!("a click-through rate lies between 0 and 1, not at {below}"));
            }
            _ => {}
        }
        let improvement = self.estimated_improvement_percent;
        let sound = improvement.is_finite() && improvement >= 0.0;
        (!sound).then(|| format!("an improvement of {improvement} % cannot be expected"))
    }
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "metric", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleCondition {
    /// Fires below a click-through rate; needs at least one impression.
    ClickThroughRate {
        /// The rate below which it fires, from 0 to 1.
        below: f64,
    },
    /// Fires above a file size.
    FileSizeBytes {
        /// The number of bytes above which it fires.
        above: u64,
    },
    /// Fires for a raster still image in any other format.
    Format {
        /// The format that is wanted.
        wanted: ImageFormat,
    },
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFinding {
    /// What is suggested.
    pub kind: OptimizationKind,
    /// How much it matters.
    pub priority: SuggestionPriority,
    /// Improvement to expect, in per cent.
    pub estimated_improvement_percent: f64,
    /// What to do and why, for people.
    pub description: String,
    /// The measurement behind it.
    pub finding: Finding,
}

/// The rules, and how sure a finding must be to count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSet {
    /// The rules, in the order in which their findings are listed.
    pub rules: Vec<SuggestionRule>,
    /// Impressions below which a rate is "not enough data yet".
    pub minimum_sample_size: u64,
    /// Whether only conclusive findings become suggestions; off by default: the plain threshold fires.
    pub require_conclusive: bool,
}

impl Default for RuleSet {
    fn default() -> Self {
        let rule = |condition, kind, priority, estimated_improvement_percent| SuggestionRule {
            condition,
            kind,
            priority,
            estimated_improvement_percent,
        };
        Self {
            rules: vec![
                rule(
                    RuleCondition::ClickThroughRate { below: 0.05 },
                    OptimizationKind::RefreshDesign,
                    SuggestionPriority::High,
                    15.0,
                ),
                rule(
                    RuleCondition::FileSizeBytes { above: 5 * crate::FileSize::BYTES_PER_MEGABYTE },
                    OptimizationKind::Compress,
                    SuggestionPriority::Medium,
                    5.0,
                ),
                rule(
                    RuleCondition::Format { wanted: ImageFormat::Webp },
                    OptimizationKind::ConvertToWebp,
                    SuggestionPriority::Low,
                    3.0,
                ),
            ],
            minimum_sample_size: 1_000,
            require_conclusive: false,
        }
    }
}

/// A rule whose numbers make no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("rule {index} ({kind}): {reason}")]
pub struct RuleError {
    /// Which rule, from zero.
    pub index: usize,
    /// What it suggests.
    pub kind: OptimizationKind,
    /// What is wrong with it.
    pub reason: String,
}

impl RuleSet {
    /// Checks what a type cannot; for rules that come from configuration.
    ///
    /// # Errors
    /// [`RuleError`] for a rate outside 0 to 1 (5 where 0.05 is meant), and for an improvement that is negative or no
    /// number.
    pub fn check(&self) -> Result<(), RuleError> {
        for (index, rule) in self.rules.iter().enumerate() {
            rule.fault().map_or(Ok(()), |reason| Err(RuleError { index, kind: rule.kind, reason }))?;
        }
        Ok(())
    }

    /// Applies every rule to an asset and the sum of its performance.
    pub fn findings(&self, asset: &MediaAsset, counts: &PerformanceCounts) -> Vec<RuleFinding> {
        let counts_enough =
            |finding: &RuleFinding| !self.require_conclusive || finding.finding.evidence == Evidence::Conclusive;
        self.rules.iter().filter_map(|rule| self.apply(rule, asset, counts)).filter(counts_enough).collect()
    }

    fn apply(&self, rule: &SuggestionRule, asset: &MediaAsset, counts: &PerformanceCounts) -> Option<RuleFinding> {
        let (description, finding) = match rule.condition {
            RuleCondition::ClickThroughRate { below } => self.low_click_through_rate(below, counts)?,
            RuleCondition::FileSizeBytes { above } => large_file(above, asset)?,
            RuleCondition::Format { wanted } => other_format(wanted, asset)?,
        };
        Some(RuleFinding {
            kind: rule.kind,
            priority: rule.priority,
            estimated_improvement_percent: rule.estimated_improvement_percent,
            description,
            finding,
        })
    }

    fn low_click_through_rate(&self, below: f64, counts: &PerformanceCounts) -> Option<(String, Finding)> {
        let rate = counts.calculate_rates().click_through_rate;
        let fires = counts.impressions > 0 && rate < below;
        if !fires {
            return None;
        }
        let interval = wilson_interval(counts.clicks, counts.impressions, Z_95);
        let evidence = if counts.impressions < self.minimum_sample_size {
            Evidence::Insufficient
        } else if interval.high < below {
            Evidence::Conclusive
        } else {
            Evidence::Inconclusive
        };
        let sureness = match evidence {
            Evidence::Conclusive => "",
            Evidence::Inconclusive => ", which may be chance",
            Evidence::Insufficient => ", but there is not enough data yet",
        };
        let description = format!(
            "refresh the design: a click-through rate of {:.2} % ({} clicks, {} impressions) lies below {:.2} %{sureness}",
            rate * 100.0,
            counts.clicks,
            counts.impressions,
            below * 100.0,
        );
        let finding = Finding {
            metric: "click_through_rate".to_owned(),
            threshold: Some(below),
            value: Some(rate),
            sample_size: Some(counts.impressions),
            interval: Some(interval),
            evidence,
        };
        Some((description, finding))
    }
}

fn large_file(above: u64, asset: &MediaAsset) -> Option<(String, Finding)> {
    let size = asset.metadata.file_size;
    if size.bytes() <= above {
        return None;
    }
    let description = format!("compress the file: {size} ({} bytes) is more than {above} bytes", size.bytes());
    Some((description, plain_fact("file_size_bytes", Some(above as f64), Some(size.bytes() as f64))))
}

fn other_format(wanted: ImageFormat, asset: &MediaAsset) -> Option<(String, Finding)> {
    let format = asset.metadata.format;
    if !asset.is_raster_still() || format == MediaFormat::Image(wanted) {
        return None;
    }
    let description = format!("convert the file from {format} to {wanted}, which is smaller at the same quality");
    Some((description, plain_fact("format", None, None)))
}

fn plain_fact(metric: &str, threshold: Option<f64>, value: Option<f64>) -> Finding {
    Finding {
        metric: metric.to_owned(),
        threshold,
        value,
        sample_size: None,
        interval: None,
        evidence: Evidence::Conclusive,
    }
}
