//! Reads libraries and their figures.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use media_domain::library::LibraryTotals;
use media_domain::{
    AssetId, LabelCount, LibraryId, LibraryStatistics, MediaAsset, MediaLibrary, Name, PerformanceCounts,
};
use media_ports::{LibraryReader, StoreError};
use uuid::Uuid;

use super::MemoryCatalog;
use super::state::State;

#[async_trait]
impl LibraryReader for MemoryCatalog {
    async fn library(&self, library_id: LibraryId) -> Result<Option<MediaLibrary>, StoreError> {
        Ok(self.state().libraries.get(&library_id).cloned())
    }

    async fn library_by_name(&self, name: &Name) -> Result<Option<MediaLibrary>, StoreError> {
        Ok(self.state().libraries.values().find(|library| library.name == *name).cloned())
    }

    async fn libraries(&self) -> Result<Vec<MediaLibrary>, StoreError> {
        Ok(by_name(self.state().libraries.values().cloned()))
    }

    async fn libraries_of(&self, asset_id: AssetId) -> Result<Vec<MediaLibrary>, StoreError> {
        let state = self.state();
        let first = (asset_id, LibraryId::from_uuid(Uuid::nil()));
        let last = (asset_id, LibraryId::from_uuid(Uuid::max()));
        let shelves = state.shelves.range(first..=last);
        Ok(by_name(shelves.filter_map(|((_, library_id), ())| state.libraries.get(library_id)).cloned()))
    }

    async fn library_statistics(&self, library_id: LibraryId) -> Result<LibraryStatistics, StoreError> {
        let state = self.state();
        state.existing_library(library_id)?;
        Ok(state.statistics(library_id))
    }
}

impl State {
    /// Counts what a store for production keeps count of.
    fn statistics(&self, library_id: LibraryId) -> LibraryStatistics {
        let first = (library_id, AssetId::from_uuid(Uuid::nil()));
        let last = (library_id, AssetId::from_uuid(Uuid::max()));
        let linked = self.links.range(first..=last).filter_map(|((_, asset_id), ())| self.assets.get(asset_id));
        let assets: BTreeMap<_, _> =
            linked.filter(|asset| !asset.is_deleted()).map(|asset| (asset.asset_id, asset)).collect();
        let measured = self.performance.values().filter(|record| assets.contains_key(&record.asset_id));
        let counts: PerformanceCounts = measured.map(|record| record.counts).sum();
        let campaigns: BTreeSet<_> = assets.values().flat_map(|asset| &asset.campaigns_used_in).collect();
        let totals = LibraryTotals {
            asset_count: assets.len() as u64,
            size: assets.values().map(|asset| asset.metadata.file_size).sum(),
            usage: assets.values().fold(0, |sum, asset| sum.saturating_add(asset.usage_count)),
            campaigns: campaigns.len() as u64,
            impressions: counts.impressions,
            clicks: counts.clicks,
        };
        let tags = label_counts(assets.values().flat_map(|asset| asset.tags.iter().map(|tag| tag.as_str())));
        let categories = label_counts(assets.values().flat_map(|asset| categories(asset)));
        LibraryStatistics::from_totals(totals, tags, categories)
    }
}

fn categories(asset: &MediaAsset) -> impl Iterator<Item = &str> {
    asset.categories.iter().map(|category| category.as_str())
}

/// Counts labels: the most frequent first, then by name.
fn label_counts<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<LabelCount> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(label, count)| LabelCount { label: label.to_owned(), count });
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|label| Reverse(label.count));
    counts
}

fn by_name(libraries: impl Iterator<Item = MediaLibrary>) -> Vec<MediaLibrary> {
    let mut libraries: Vec<_> = libraries.collect();
    libraries.sort_by(|a, b| a.name.cmp(&b.name));
    libraries
}
