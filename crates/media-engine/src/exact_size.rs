//! The exact size asked for, where a provider answered in another one: a file derived beside the original, which stays
//! as it came.

use bytes::Bytes;
use media_domain::{
    AssetId, GenerationRecord, MediaAsset, MediaDimensions, MediaVariant, Name, ProcessingError, VariantId,
};
use media_ports::{Change, EncodedImage, ImageError};
use tracing::warn;

use crate::engine::MediaEngine;
use crate::error::EngineError;

impl MediaEngine {
    /// The variant of a generated asset that has exactly the size asked for, made now if it is not there; `None` when
    /// the asset itself has that size, or was not generated.
    ///
    /// A generation makes it by itself, after the original is catalogued and before the answer goes out. What a crash in
    /// between takes away, this brings back.
    ///
    /// # Errors
    /// `NotFound` for the asset, `Store` when its file is missing or damaged, `Image` when it cannot be made into that size.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn exact_size_variant(&self, asset_id: AssetId) -> Result<Option<MediaVariant>, EngineError> {
        let (asset, bytes) = self.asset_content(asset_id).await?;
        let Some(record) = self.generation_record(asset_id).await? else { return Ok(None) };
        let size = record.request.dimensions;
        if asset.dimensions == size {
            return Ok(None);
        }
        match self.exact_size_of(&asset, &record).await? {
            Some(variant) => Ok(Some(variant)),
            None => self.derived(&asset, &bytes, size).await.map(Some),
        }
    }

    /// The variant of exactly the size asked for that an asset has.
    pub(crate) async fn exact_size_of(
        &self,
        asset: &MediaAsset,
        record: &GenerationRecord,
    ) -> Result<Option<MediaVariant>, EngineError> {
        let name = variant_name(record.request.dimensions)?;
        let variants = self.parts.assets.variants(asset.asset_id).await?;
        Ok(variants.into_iter().find(|variant| variant.name == name))
    }

    /// Makes the variant of exactly the size asked for beside a new asset, if it needs one. What goes wrong is recorded
    /// on the asset, which keeps its original.
    pub(crate) async fn derive_beside(
        &self,
        asset: &mut MediaAsset,
        bytes: &Bytes,
        size: MediaDimensions,
    ) -> Option<MediaVariant> {
        if asset.dimensions == size {
            return None;
        }
        let error = match self.derived(asset, bytes, size).await {
            Ok(variant) => return Some(variant),
            Err(error) => error,
        };
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let message = format!("the size asked for, {size}, could not be made of {}: {error}{cause}", asset.dimensions);
        let error = ProcessingError { step: "derive".to_owned(), message, at: self.now() };
        asset.processing_errors.push(error.clone());
        let change = Change::RecordProcessingError { asset_id: asset.asset_id, error };
        if let Err(error) = self.parts.writer.commit(change.into()).await {
            warn!(asset_id = %asset.asset_id, "a step that failed could not be recorded: {error}");
        }
        None
    }

    /// The picture in exactly the size given: scaled until it covers it, cut around the centre, never distorted.
    pub(crate) async fn covered(&self, bytes: Bytes, size: MediaDimensions) -> Result<EncodedImage, ImageError> {
        self.parts.images.cover(bytes, size).await
    }

    async fn derived(
        &self,
        asset: &MediaAsset,
        bytes: &Bytes,
        size: MediaDimensions,
    ) -> Result<MediaVariant, EngineError> {
        if asset.metadata.is_animated() {
            return Err(EngineError::Dimensions(size));
        }
        let unusable = |source| EngineError::Image { what: asset.name.to_string(), source };
        let made = self.covered(bytes.clone(), size).await.map_err(unusable)?;
        let variant_id = VariantId::from_uuid(self.new_uuid());
        let variant = self.variant_of(variant_id, asset.asset_id, variant_name(size)?, &made.bytes).await?;
        self.parts.writer.commit(Change::InsertVariant(variant.clone()).into()).await?;
        Ok(variant)
    }
}

/// What people know the variant by.
fn variant_name(size: MediaDimensions) -> Result<Name, EngineError> {
    Name::parse(format!("requested size {size}")).map_err(|error| EngineError::Invalid(error.to_string()))
}
