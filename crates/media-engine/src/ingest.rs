//! Bytes in, asset out: look, keep, catalogue; and the preview that follows.

use std::sync::Arc;

use bytes::Bytes;
use media_domain::asset::NewAsset;
use media_domain::{AssetId, ContentHash, FileBytes, MediaAsset, MediaType, Name, ProcessingError};
use media_ports::{BlobStore, CatalogWriter, Change, Clock, ImageError, ImageProcessor, InspectedImage, StoreError};
use tracing::warn;

use crate::engine::MediaEngine;

impl MediaEngine {
    /// Looks into a file without keeping anything.
    pub(crate) async fn inspect(&self, file: impl Into<FileBytes>) -> Result<InspectedImage, ImageError> {
        self.parts.images.inspect(file.into()).await
    }

    /// Keeps a file.
    pub(crate) async fn keep(&self, hash: ContentHash, bytes: &Bytes) -> Result<(), StoreError> {
        self.parts.blobs.put_blob(hash, bytes.clone()).await.map(drop)
    }

    /// A draft made of a file that has been looked into.
    pub(crate) fn draft(&self, name: Name, media_type: MediaType, inspected: InspectedImage) -> MediaAsset {
        MediaAsset::new(NewAsset {
            asset_id: AssetId::from_uuid(self.new_uuid()),
            name,
            media_type,
            dimensions: inspected.dimensions,
            metadata: inspected.metadata,
            content_hash: inspected.content_hash,
            uploaded_at: self.now(),
        })
    }

    /// Draws an asset's preview behind the answer; what goes wrong is recorded on the asset.
    pub(crate) async fn draw_thumbnail_later(&self, asset: &MediaAsset, bytes: Bytes) {
        let thumbnail = Thumbnail {
            asset_id: asset.asset_id,
            content_hash: asset.content_hash,
            side: self.parts.settings.thumbnail_side,
            images: self.parts.images.clone(),
            blobs: self.parts.blobs.clone(),
            writer: self.parts.writer.clone(),
            clock: self.parts.clock.clone(),
        };
        self.backlog.push(thumbnail.draw(bytes)).await;
    }
}

/// The preview of one asset, to be drawn.
struct Thumbnail {
    asset_id: AssetId,
    content_hash: ContentHash,
    side: u32,
    images: Arc<dyn ImageProcessor>,
    blobs: Arc<dyn BlobStore>,
    writer: Arc<dyn CatalogWriter>,
    clock: Arc<dyn Clock>,
}

impl Thumbnail {
    async fn draw(self, bytes: Bytes) {
        let change = match self.made(bytes).await {
            Ok(thumbnail_hash) => {
                Change::SetThumbnail { asset_id: self.asset_id, content_hash: self.content_hash, thumbnail_hash }
            }
            Err(message) => {
                let error = ProcessingError { step: "thumbnail".to_owned(), message, at: self.clock.utc_now() };
                Change::RecordProcessingError { asset_id: self.asset_id, error }
            }
        };
        if let Err(error) = self.writer.commit(change.into()).await {
            warn!(asset_id = %self.asset_id, "the thumbnail could not be recorded: {error}");
        }
    }

    async fn made(&self, bytes: Bytes) -> Result<ContentHash, String> {
        let drawn = self.images.thumbnail(bytes, self.side).await.map_err(|error| error.to_string())?;
        let hash = ContentHash::of(&drawn.bytes);
        self.blobs.put_blob(hash, drawn.bytes).await.map_err(|error| error.to_string())?;
        Ok(hash)
    }
}
