//! Changes to libraries, assets, links, uses and variants.

use std::cmp::Reverse;

use media_domain::{
    AssetId, ContentHash, LibraryId, MediaAsset, MediaLibrary, MediaVariant, ProcessingError, UsageEvent, VariantId,
};
use media_ports::change::InsertAsset;
use media_ports::{Change, CommitReceipt, StoreError};

use super::state::{State, conflict, missing, taken};

impl State {
    /// Carries out one change; after an error, what the set has done so far must be taken back.
    pub(crate) fn apply(&mut self, change: Change, receipt: &mut CommitReceipt) -> Result<(), StoreError> {
        match change {
            Change::CreateLibrary(library) => self.create_library(library),
            Change::InsertAsset(insert) => self.insert_asset(*insert),
            Change::UpdateAsset { asset, expected_version } => self.update_asset(*asset, expected_version),
            Change::SetThumbnail { asset_id, content_hash, thumbnail_hash } => {
                self.set_thumbnail(asset_id, content_hash, thumbnail_hash)
            }
            Change::RecordProcessingError { asset_id, error } => self.record_processing_error(asset_id, error),
            Change::LinkAsset { library_id, asset_id } => self.link(library_id, asset_id),
            Change::UnlinkAsset { library_id, asset_id } => self.unlink(library_id, asset_id),
            Change::RecordUsage { asset_id, usage } => self.record_usage(asset_id, usage),
            Change::InsertVariant(variant) => self.insert_variant(variant),
            Change::ReplaceVariant(variant) => self.replace_variant(variant),
            Change::RemoveVariant(variant_id) => self.remove_variant(variant_id),
            Change::RecordPerformance(record) => self.record_performance(record),
            Change::OpenSuggestion(suggestion) => self.open_suggestion(suggestion, receipt),
            Change::ApplySuggestion { suggestion_id, applied_at, new_asset_id } => {
                self.apply_suggestion(suggestion_id, applied_at, new_asset_id)
            }
            Change::RecordExport(export) => self.record_export(export),
            Change::AppendEvent(event) => self.append_event(event),
            Change::PlanJob(job) => self.plan_job(*job),
            Change::DispatchAttempt { job_id, attempt } => self.dispatch_attempt(job_id, *attempt),
            Change::AcceptAttempt { job_id, number, handle, at } => self.accept_attempt(job_id, number, handle, at),
            Change::AnswerJob { job_id, content_hashes, at } => self.answer_job(job_id, content_hashes, at),
            Change::EndAttempt { job_id, attempt } => self.end_attempt(job_id, *attempt),
            Change::EndJob { job_id, state, asset_ids, failure, at } => {
                self.end_job(job_id, state, asset_ids, failure, at)
            }
            Change::AddJobAssets { job_id, asset_ids, at } => self.add_job_assets(job_id, asset_ids, at),
            Change::ResolveJob { job_id, resolution, asset_ids, at } => {
                self.resolve_job(job_id, resolution, asset_ids, at)
            }
            Change::SetQuotaLimit { user_id, provider, credits } => {
                self.set_quota_limit(user_id, provider, credits);
                Ok(())
            }
            Change::SaveBreaker { key, state, expected_version } => self.save_breaker(key, state, expected_version),
        }
    }

    fn create_library(&mut self, library: MediaLibrary) -> Result<(), StoreError> {
        if self.libraries.values().any(|known| known.name == library.name) {
            return Err(taken("a library named", library.name));
        }
        if self.libraries.contains(&library.library_id) {
            return Err(taken("library", library.library_id));
        }
        self.libraries.put(library.library_id, library);
        Ok(())
    }

    fn insert_asset(&mut self, insert: InsertAsset) -> Result<(), StoreError> {
        let InsertAsset { mut asset, generation, library_ids } = insert;
        let asset_id = asset.asset_id;
        if self.assets.contains(&asset_id) {
            return Err(taken("asset", asset_id));
        }
        for usage in std::mem::take(&mut asset.usage_history).into_iter().rev() {
            self.keep_use(asset_id, usage);
        }
        self.hashes.put((asset.content_hash, asset_id), ());
        self.assets.put(asset_id, asset);
        if let Some(generation) = generation {
            self.generations.put(asset_id, generation);
        }
        library_ids.into_iter().try_for_each(|library_id| self.link(library_id, asset_id))
    }

    fn update_asset(&mut self, mut asset: MediaAsset, expected_version: u64) -> Result<(), StoreError> {
        let asset_id = asset.asset_id;
        let stored = self.existing_asset(asset_id)?;
        if stored.version != expected_version {
            let message = format!("update asset {asset_id}: version {expected_version} is now {}", stored.version);
            return Err(conflict(message));
        }
        asset.version = expected_version.saturating_add(1);
        asset.usage_count = stored.usage_count;
        asset.campaigns_used_in = stored.campaigns_used_in.clone();
        asset.last_used_at = stored.last_used_at;
        asset.usage_history = Vec::new();
        asset.processing_errors = stored.processing_errors.clone();
        let earlier_hash = stored.content_hash;
        if asset.content_hash == earlier_hash {
            asset.thumbnail_hash = stored.thumbnail_hash;
        }
        self.hashes.remove(&(earlier_hash, asset_id));
        self.hashes.put((asset.content_hash, asset_id), ());
        self.assets.put(asset_id, asset);
        Ok(())
    }

    fn set_thumbnail(
        &mut self,
        asset_id: AssetId,
        content_hash: ContentHash,
        thumbnail_hash: ContentHash,
    ) -> Result<(), StoreError> {
        let asset = self.existing_asset(asset_id)?;
        if asset.content_hash == content_hash {
            let asset = MediaAsset { thumbnail_hash: Some(thumbnail_hash), ..asset.clone() };
            self.assets.put(asset_id, asset);
        }
        Ok(())
    }

    fn record_processing_error(&mut self, asset_id: AssetId, error: ProcessingError) -> Result<(), StoreError> {
        let mut asset = self.existing_asset(asset_id)?.clone();
        asset.processing_errors.push(error);
        self.assets.put(asset_id, asset);
        Ok(())
    }

    fn link(&mut self, library_id: LibraryId, asset_id: AssetId) -> Result<(), StoreError> {
        self.existing_library(library_id)?;
        self.existing_asset(asset_id)?;
        self.links.put((library_id, asset_id), ());
        self.shelves.put((asset_id, library_id), ());
        Ok(())
    }

    fn unlink(&mut self, library_id: LibraryId, asset_id: AssetId) -> Result<(), StoreError> {
        self.shelves.remove(&(asset_id, library_id));
        if self.links.remove(&(library_id, asset_id)) {
            Ok(())
        } else {
            Err(missing("asset", format!("{asset_id} in library {library_id}")))
        }
    }

    fn record_usage(&mut self, asset_id: AssetId, usage: UsageEvent) -> Result<(), StoreError> {
        let mut asset = self.existing_asset(asset_id)?.clone();
        asset.mark_used(usage.clone());
        asset.usage_history.clear();
        self.assets.put(asset_id, asset);
        self.keep_use(asset_id, usage);
        Ok(())
    }

    fn keep_use(&mut self, asset_id: AssetId, usage: UsageEvent) {
        let number = self.next_number();
        self.uses.put((asset_id, Reverse(usage.used_at), Reverse(number)), usage);
    }

    fn insert_variant(&mut self, variant: MediaVariant) -> Result<(), StoreError> {
        self.existing_asset(variant.asset_id)?;
        if self.variants.contains(&variant.variant_id) {
            return Err(taken("variant", variant.variant_id));
        }
        self.put_variant(variant)
    }

    fn replace_variant(&mut self, variant: MediaVariant) -> Result<(), StoreError> {
        let stored = self.variants.get(&variant.variant_id).filter(|stored| stored.asset_id == variant.asset_id);
        if stored.is_none() {
            return Err(missing("variant", format!("{} of asset {}", variant.variant_id, variant.asset_id)));
        }
        self.put_variant(variant)
    }

    fn put_variant(&mut self, variant: MediaVariant) -> Result<(), StoreError> {
        let shares_name = |other: &MediaVariant| {
            other.asset_id == variant.asset_id && other.name == variant.name && other.variant_id != variant.variant_id
        };
        if self.variants.values().any(shares_name) {
            return Err(taken("a variant named", variant.name));
        }
        self.variants.put(variant.variant_id, variant);
        Ok(())
    }

    fn remove_variant(&mut self, variant_id: VariantId) -> Result<(), StoreError> {
        if self.variants.remove(&variant_id) { Ok(()) } else { Err(missing("variant", variant_id)) }
    }
}
