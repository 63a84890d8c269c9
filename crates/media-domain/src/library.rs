//! Libraries, the shelves that assets stand on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{FileSize, LibraryId, Name};

/// A named collection of assets; an asset may be in several.
///
/// A library does not hold its assets in memory: a store finds them, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLibrary {
    /// Identifies the library.
    pub library_id: LibraryId,
    /// Name, unique among libraries.
    pub name: Name,
    /// Free description; may be empty.
    pub description: String,
    /// Who it belongs to; may be empty.
    pub owner: String,
    /// The project it serves, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl MediaLibrary {
    /// Name of the library that takes what names no other.
    pub const DEFAULT_NAME: &'static str = "Default";

    /// Makes a library without description, owner or project.
    pub fn new(library_id: LibraryId, name: Name, created_at: DateTime<Utc>) -> Self {
        Self { library_id, name, description: String::new(), owner: String::new(), project: None, created_at }
    }
}

/// Figures of one library; deleted assets are not counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LibraryStatistics {
    /// Number of assets.
    pub asset_count: u64,
    /// Size of all files, each asset counted for itself.
    #[serde(rename = "total_size_bytes")]
    pub total_size: FileSize,
    /// The same in megabytes of 1,048,576 bytes.
    pub total_size_mb: f64,
    /// Uses of all assets.
    pub total_usage: u64,
    /// Uses per asset; 0.0 without assets.
    pub average_usage: f64,
    /// Number of different campaigns that used an asset.
    pub campaign_count: u64,
    /// Clicks of all assets over their impressions; 0.0 without impressions.
    pub average_click_through_rate: f64,
    /// Tags with the number of assets that carry them, most frequent first, then by name.
    pub tags: Vec<LabelCount>,
    /// Categories with the number of assets in them, most frequent first, then by name.
    pub categories: Vec<LabelCount>,
}

/// The sums from which statistics are computed; a store keeps them up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LibraryTotals {
    /// Number of assets.
    pub asset_count: u64,
    /// Bytes of all assets.
    pub size: FileSize,
    /// Uses of all assets.
    pub usage: u64,
    /// Number of different campaigns.
    pub campaigns: u64,
    /// Impressions of all assets.
    pub impressions: u64,
    /// Clicks of all assets.
    pub clicks: u64,
}

impl LibraryStatistics {
    /// Computes averages from sums; no division by zero.
    pub fn from_totals(totals: LibraryTotals, tags: Vec<LabelCount>, categories: Vec<LabelCount>) -> Self {
        Self {
            asset_count: totals.asset_count,
            total_size: totals.size,
            total_size_mb: totals.size.megabytes(),
            total_usage: totals.usage,
            average_usage: crate::performance::rate(totals.usage, totals.asset_count),
            campaign_count: totals.campaigns,
            average_click_through_rate: crate::performance::rate(totals.clicks, totals.impressions),
            tags,
            categories,
        }
    }
}

/// A label with the number of assets that carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCount {
    /// The tag or category.
    pub label: String,
    /// Number of assets.
    pub count: u64,
}
