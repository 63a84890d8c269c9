//! Exports of assets to design tools.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::word_enum;
use crate::{AssetId, ExportId, ProviderId};

/// Where an asset stands in a design tool after an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tool", rename_all = "snake_case")]
pub enum DesignExportResult {
    /// In Figma.
    Figma(FigmaExportResult),
    /// In Canva.
    Canva(CanvaExportResult),
}

impl DesignExportResult {
    /// The tag of an asset that stands there.
    pub const fn tag(&self) -> &'static str {
        match self {
            Self::Figma(_) => "figma_exported",
            Self::Canva(_) => "canva_exported",
        }
    }

    /// Where people find it, if the tool tells.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Figma(figma) => Some(&figma.figma_url),
            Self::Canva(canva) => canva.canva_url.as_deref(),
        }
    }
}

word_enum! {
    /// How an asset is attached to a node in Figma, whose API writes neither nodes nor pictures.
    FigmaAttachment, "attachment" {
        /// A link in the node's dev resources.
        DevResource = "dev_resource",
        /// A comment that is pinned to the node.
        Comment = "comment",
    }
}

/// Where an asset stands in Canva after an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanvaExportResult {
    /// The asset that Canva made of the file.
    pub canva_asset_id: String,
    /// The design that was made from it, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canva_design_id: Option<String>,
    /// Where people edit that design; Canva ends such an address after 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canva_url: Option<String>,
}

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
    /// How the asset is attached to the node.
    pub attached_as: FigmaAttachment,
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
    pub result: DesignExportResult,
    /// Whether no design tool was called.
    pub dry_run: bool,
    /// When.
    pub exported_at: DateTime<Utc>,
}
