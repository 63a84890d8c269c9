//! Exports of assets to design tools.

use std::time::Duration;

use media_domain::event::EventKind;
use media_domain::{AssetId, DesignExportRecord, ExportId, ImageFormat, MediaFormat, RequestId, Tag, UserId};
use media_ports::{CallContext, Change, ChangeSet, ExportDestination, ExportRequest};
use serde_json::{Map, Value, json};

use crate::engine::MediaEngine;
use crate::error::EngineError;

/// An export to be made.
#[derive(Debug, Clone)]
pub struct ExportAsset {
    /// The asset.
    pub asset_id: AssetId,
    /// Key of the Figma file.
    pub file_key: String,
    /// The page, or the first one.
    pub page_id: Option<String>,
    /// Particulars in the tool's words.
    pub options: Map<String, Value>,
    /// Who exports.
    pub user_id: UserId,
}

/// Longest time for an export; the chain's own deadline may be shorter.
const EXPORT_DEADLINE: Duration = Duration::from_secs(600);

impl MediaEngine {
    /// Exports an asset to a Figma file, keeps the record and tags the asset `figma_exported`.
    ///
    /// # Errors
    /// `NotFound` for the asset, `Invalid` for a deleted one or a blank file key, `Export` with every provider's reason.
    pub async fn export_asset_to_figma(&self, export: ExportAsset) -> Result<DesignExportRecord, EngineError> {
        let (asset, image) = self.servable_content(export.asset_id).await?;
        if asset.is_deleted() {
            return Err(EngineError::Invalid(format!(
                "asset {} is deleted: restore it before exporting it",
                export.asset_id
            )));
        }
        if export.file_key.trim().is_empty() {
            return Err(EngineError::Invalid("the key of the Figma file is blank".to_owned()));
        }
        let request = ExportRequest {
            name: asset.name.clone(),
            image,
            format: image_format(asset.metadata.format)?,
            destination: ExportDestination::Figma {
                file_key: export.file_key.trim().to_owned(),
                page_id: export.page_id,
            },
            options: export.options,
        };
        let deadline = self.parts.clock.now() + EXPORT_DEADLINE;
        let context = CallContext::new(deadline, RequestId::from_uuid(self.new_uuid()), export.user_id.clone());
        let chain = self.chain(Self::EXPORT_CHAIN)?;
        let answer = chain
            .execute_export(&context, &request)
            .await
            .map_err(|source| EngineError::Export { source: Box::new(source) })?;
        let record = DesignExportRecord {
            export_id: ExportId::from_uuid(self.new_uuid()),
            asset_id: export.asset_id,
            provider_name: answer.provider,
            result: answer.result,
            dry_run: answer.dry_run,
            exported_at: self.now(),
        };
        // The record first: what has been done out there must not be lost to a quarrel over a tag.
        self.parts.writer.commit(ChangeSet::from(Change::RecordExport(record.clone()))).await?;
        self.tag_exported(&record, &export.user_id).await?;
        Ok(record)
    }

    async fn tag_exported(&self, record: &DesignExportRecord, user_id: &UserId) -> Result<(), EngineError> {
        let tag = Tag::parse("figma_exported").map_err(|error| EngineError::Invalid(error.to_string()))?;
        self.change_asset(record.asset_id, |asset| {
            asset.add_tag(tag.clone());
            let details = json!({ "provider": record.provider_name, "figma_url": record.result.figma_url });
            Ok(self.event(EventKind::AssetExported, record.asset_id, user_id, details))
        })
        .await?;
        Ok(())
    }
}

fn image_format(format: MediaFormat) -> Result<ImageFormat, EngineError> {
    match format {
        MediaFormat::Image(format) => Ok(format),
        MediaFormat::Video(format) => {
            Err(EngineError::Invalid(format!("a {format} video cannot be exported as an image")))
        }
    }
}
