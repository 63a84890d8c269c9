//! Variants of assets.

use bytes::Bytes;
use media_domain::{AssetId, MediaVariant, Name, PerformanceScore, VariantId};
use media_ports::{Change, PerformanceQuery, TotalsBy};

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};

impl MediaEngine {
    /// The variants of an asset by name, each with the score that its own measurements give it.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn asset_variants(&self, asset_id: AssetId) -> Result<Vec<MediaVariant>, EngineError> {
        self.asset(asset_id).await?;
        let mut variants = self.parts.assets.variants(asset_id).await?;
        if variants.is_empty() {
            return Ok(variants);
        }
        let query = PerformanceQuery { asset_id: Some(asset_id), ..PerformanceQuery::default() };
        let totals = self.parts.performance.performance_totals(&query, TotalsBy::Variant).await?;
        for variant in &mut variants {
            let key = variant.variant_id.to_string();
            let measured = totals.iter().find(|group| group.key == key);
            variant.performance_score = measured.and_then(|group| PerformanceScore::measured(&group.counts));
        }
        Ok(variants)
    }

    /// Adds a variant of an asset out of a file.
    ///
    /// # Errors
    /// `Image`, `NotFound` for the asset, `AlreadyExists` for a name taken within it.
    #[tracing::instrument(skip_all, fields(%asset_id))]
    pub async fn create_variant(
        &self,
        asset_id: AssetId,
        name: Name,
        bytes: Bytes,
    ) -> Result<MediaVariant, EngineError> {
        self.asset(asset_id).await?;
        let variant = self.variant_of(VariantId::from_uuid(self.new_uuid()), asset_id, name, &bytes).await?;
        let change = Change::InsertVariant(variant.clone());
        self.parts
            .writer
            .commit(change.into())
            .await
            .map_err(|error| refused(error, Subject::Variant, &variant.name))?;
        Ok(variant)
    }

    /// Replaces the file of a variant.
    ///
    /// # Errors
    /// `Image`, `NotFound`.
    #[tracing::instrument(skip_all, fields(%variant_id))]
    pub async fn replace_variant(&self, variant_id: VariantId, bytes: Bytes) -> Result<MediaVariant, EngineError> {
        let old = self.parts.assets.variant(variant_id).await?.or_not_found(Subject::Variant, variant_id)?;
        let variant = self.variant_of(variant_id, old.asset_id, old.name, &bytes).await?;
        let change = Change::ReplaceVariant(variant.clone());
        self.parts.writer.commit(change.into()).await.map_err(|error| refused(error, Subject::Variant, variant_id))?;
        Ok(variant)
    }

    /// Removes a variant.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%variant_id))]
    pub async fn remove_variant(&self, variant_id: VariantId) -> Result<(), EngineError> {
        let change = Change::RemoveVariant(variant_id);
        self.parts.writer.commit(change.into()).await.map_err(|error| refused(error, Subject::Variant, variant_id))?;
        Ok(())
    }

    pub(crate) async fn variant_of(
        &self,
        variant_id: VariantId,
        asset_id: AssetId,
        name: Name,
        bytes: &Bytes,
    ) -> Result<MediaVariant, EngineError> {
        let unusable = |source| EngineError::Image { what: name.to_string(), source };
        let inspected = self.inspect(bytes.clone()).await.map_err(unusable)?;
        self.keep(inspected.content_hash, bytes).await?;
        Ok(MediaVariant {
            variant_id,
            asset_id,
            name,
            dimensions: inspected.dimensions,
            format: inspected.format.into(),
            content_hash: inspected.content_hash,
            performance_score: None,
        })
    }
}
