//! Exports of assets to design tools.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AssetId, ExportId, ProviderId};

/// Where an asset stands in Figma after an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigmaExportResult {
    /// The node the asset is attached to.
    pub figma_node_id: String,
    /// Address of that node.
    pub figma_url: String,
    /// Key of the file.
    pub figma_file_key: String,
    /// The page, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_id: Option<String>,
}

/// The record of one export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignExportRecord {
    /// Identifies the record.
    pub export_id: ExportId,
    /// The asset exported.
    pub asset_id: AssetId,
    /// The provider that did it.
    pub provider_name: ProviderId,
    /// Where it stands now.
    pub result: FigmaExportResult,
    /// Whether no design tool was called.
    pub dry_run: bool,
    /// When.
    pub exported_at: DateTime<Utc>,
}
