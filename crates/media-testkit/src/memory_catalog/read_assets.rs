//! Reads assets and what hangs on them.

use std::ops::Bound;

use async_trait::async_trait;
use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, GenerationRecord, MediaAsset, MediaVariant, UsageEvent, VariantId,
};
use media_ports::{AssetQuery, AssetReader, DuplicateGroup, Page, StoreError};
use uuid::Uuid;

use super::MemoryCatalog;
use super::state::State;

#[async_trait]
impl AssetReader for MemoryCatalog {
    async fn asset(&self, asset_id: AssetId) -> Result<Option<MediaAsset>, StoreError> {
        let state = self.state();
        Ok(state.assets.get(&asset_id).map(|asset| state.with_recent_uses(asset)))
    }

    async fn assets(&self, query: &AssetQuery) -> Result<Page<MediaAsset>, StoreError> {
        self.state().page(query)
    }

    async fn assets_by_hash(&self, content_hash: ContentHash) -> Result<Vec<MediaAsset>, StoreError> {
        Ok(self.state().live_assets_of(content_hash))
    }

    async fn duplicate_groups(
        &self,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Vec<DuplicateGroup>, StoreError> {
        let state = self.state();
        let last_id = AssetId::from_uuid(Uuid::max());
        let start = after.map_or(Bound::Unbounded, |hash| Bound::Excluded((hash, last_id)));
        let mut hashes: Vec<_> = state.hashes.range((start, Bound::Unbounded)).map(|((hash, _), ())| *hash).collect();
        hashes.dedup();
        let groups = hashes
            .into_iter()
            .map(|content_hash| DuplicateGroup { content_hash, assets: state.live_assets_of(content_hash) });
        Ok(groups.filter(|group| group.assets.len() > 1).take(limit).collect())
    }

    async fn generation_record(&self, asset_id: AssetId) -> Result<Option<GenerationRecord>, StoreError> {
        Ok(self.state().generations.get(&asset_id).cloned())
    }

    async fn usage_history(&self, asset_id: AssetId, limit: usize) -> Result<Vec<UsageEvent>, StoreError> {
        Ok(self.state().uses_of(asset_id).take(limit).cloned().collect())
    }

    async fn variants(&self, asset_id: AssetId) -> Result<Vec<MediaVariant>, StoreError> {
        let state = self.state();
        let mut variants: Vec<_> = state.variants.values().filter(|v| v.asset_id == asset_id).cloned().collect();
        variants.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(variants)
    }

    async fn variant(&self, variant_id: VariantId) -> Result<Option<MediaVariant>, StoreError> {
        Ok(self.state().variants.get(&variant_id).cloned())
    }

    async fn exports(&self, asset_id: AssetId) -> Result<Vec<DesignExportRecord>, StoreError> {
        let state = self.state();
        let mut exports: Vec<_> = state.exports.values().filter(|e| e.asset_id == asset_id).cloned().collect();
        exports.sort_by_key(|export| export.exported_at);
        Ok(exports)
    }

    async fn events(&self, asset_id: AssetId) -> Result<Vec<Event>, StoreError> {
        let state = self.state();
        let mut events: Vec<_> = state.events.values().filter(|event| event.asset_id == asset_id).cloned().collect();
        events.sort_by_key(|event| event.at);
        Ok(events)
    }
}

impl State {
    /// Assets with these bytes, oldest first, without deleted ones.
    fn live_assets_of(&self, content_hash: ContentHash) -> Vec<MediaAsset> {
        let bounds = (content_hash, AssetId::from_uuid(Uuid::nil()))..=(content_hash, AssetId::from_uuid(Uuid::max()));
        let assets = self.hashes.range(bounds).filter_map(|((_, asset_id), ())| self.assets.get(asset_id));
        let mut assets: Vec<_> = assets.filter(|asset| !asset.is_deleted()).collect();
        assets.sort_by_key(|asset| (asset.uploaded_at, asset.asset_id));
        assets.into_iter().map(|asset| self.with_recent_uses(asset)).collect()
    }
}
