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
    /// Where to.
    pub destination: ExportDestination,
    /// Where people find the asset on the web, for tools that take a link and no file; else `link` among the options
    /// counts, if it is a text.
    pub link: Option<String>,
    /// Particulars in the tool's words; `link` is never handed on among them.
    pub options: Map<String, Value>,
    /// Who exports.
    pub user_id: UserId,
}

/// Longest time for an export; the chain's own deadline may be shorter.
const EXPORT_DEADLINE: Duration = Duration::from_secs(600);

impl MediaEngine {
    /// Exports an asset to a Figma file on behalf of the default user; see [`export_asset`](Self::export_asset).
    ///
    /// # Errors
    /// As [`export_asset`](Self::export_asset).
    pub async fn export_asset_to_figma(
        &self,
        asset_id: AssetId,
        file_key: &str,
        page_id: Option<&str>,
        options: Map<String, Value>,
    ) -> Result<DesignExportRecord, EngineError> {
        let (file_key, page_id) = (file_key.to_owned(), page_id.map(str::to_owned));
        self.export_asset(ExportAsset {
            asset_id,
            destination: ExportDestination::Figma { file_key, page_id },
            link: None,
            options,
            user_id: self.default_user().clone(),
        })
        .await
    }

    /// Exports an asset to a design tool, keeps the record and tags the asset `figma_exported` or `canva_exported`.
    ///
    /// # Errors
    /// `NotFound` for the asset, `Invalid` for a deleted one, a video or a blank file key, `Export` with every
    /// provider's reason.
    #[tracing::instrument(skip_all, fields(asset_id = %export.asset_id))]
    pub async fn export_asset(&self, export: ExportAsset) -> Result<DesignExportRecord, EngineError> {
        let (asset, image) = self.servable_content(export.asset_id).await?;
        if asset.is_deleted() {
            return Err(EngineError::Invalid(format!(
                "asset {} is deleted: restore it before exporting it",
                export.asset_id
            )));
        }
        let mut options = export.options;
        let in_options = options.remove("link").and_then(|link| Some(link.as_str()?.to_owned()));
        let request = ExportRequest {
            name: asset.name.clone(),
            image,
            format: image_format(asset.metadata.format)?,
            destination: trimmed(export.destination)?,
            link: export.link.or(in_options),
            options,
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
        let tag = Tag::parse(record.result.tag()).map_err(|error| EngineError::Invalid(error.to_string()))?;
        self.change_asset(record.asset_id, |asset| {
            asset.add_tag(tag.clone());
            let details = json!({ "provider": record.provider_name, "url": record.result.url() });
            Ok(self.event(EventKind::AssetExported, record.asset_id, user_id, details))
        })
        .await?;
        Ok(())
    }
}

/// The destination without white space around what names it.
fn trimmed(destination: ExportDestination) -> Result<ExportDestination, EngineError> {
    match destination {
        ExportDestination::Figma { file_key, .. } if file_key.trim().is_empty() => {
            Err(EngineError::Invalid("the key of the Figma file is blank".to_owned()))
        }
        ExportDestination::Figma { file_key, page_id } => {
            Ok(ExportDestination::Figma { file_key: file_key.trim().to_owned(), page_id })
        }
        other => Ok(other),
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
