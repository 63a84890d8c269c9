//! The catalogue under test, and short ways to write to it.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use media_domain::{AssetId, LibraryId, LibraryStatistics, MediaAsset, MediaStatus, OwnerId};
use media_ports::change::InsertAsset;
use media_ports::{
    AssetQuery, AssetReader, BreakerReader, CatalogWriter, Change, ChangeSet, CommitReceipt, JobQuery, JobReader,
    LedgerReader, LibraryReader, PerformanceQuery, PerformanceReader, StoreErrorKind, StoreMaintenance,
    SuggestionReader,
};

use crate::sample;

/// An empty catalogue, fresh for one case.
pub struct CatalogUnderTest {
    /// Its assets.
    pub assets: Arc<dyn AssetReader>,
    /// Its libraries.
    pub libraries: Arc<dyn LibraryReader>,
    /// Its measurements.
    pub performance: Arc<dyn PerformanceReader>,
    /// Its suggestions.
    pub suggestions: Arc<dyn SuggestionReader>,
    /// Its journal.
    pub jobs: Arc<dyn JobReader>,
    /// Its books.
    pub ledger: Arc<dyn LedgerReader>,
    /// Its breakers.
    pub breakers: Arc<dyn BreakerReader>,
    /// Its writer.
    pub writer: Arc<dyn CatalogWriter>,
    /// Its maintenance.
    pub maintenance: Arc<dyn StoreMaintenance>,
    /// Processes by which jobs are owned.
    pub owners: Owners,
    /// Opens a copy that was written by `backup_to`, if the catalogue can write one.
    pub open_backup: Option<OpenBackup>,
    /// What must live as long as the catalogue, such as its folder.
    pub keep: Box<dyn Any + Send>,
}

/// Opens the catalogue in a file.
pub type OpenBackup = Box<dyn Fn(PathBuf) -> Pin<Box<dyn Future<Output = CatalogUnderTest> + Send>> + Send>;

/// Processes by which jobs are owned.
#[derive(Debug, Clone, Copy)]
pub struct Owners {
    /// One that is running, as the catalogue sees it.
    pub living: OwnerId,
    /// One that is gone.
    pub dead: OwnerId,
}

impl CatalogUnderTest {
    /// Takes a store that implements every port, and cannot write a copy of itself.
    pub fn new<S>(store: Arc<S>, owners: Owners, keep: impl Any + Send) -> Self
    where
        S: AssetReader
            + LibraryReader
            + PerformanceReader
            + SuggestionReader
            + JobReader
            + LedgerReader
            + BreakerReader
            + CatalogWriter
            + StoreMaintenance,
    {
        Self {
            assets: store.clone(),
            libraries: store.clone(),
            performance: store.clone(),
            suggestions: store.clone(),
            jobs: store.clone(),
            ledger: store.clone(),
            breakers: store.clone(),
            writer: store.clone(),
            maintenance: store,
            owners,
            open_backup: None,
            keep: Box::new(keep),
        }
    }

    /// Commits changes that must be accepted.
    pub(super) async fn commit(&self, changes: impl IntoIterator<Item = Change>) -> CommitReceipt {
        self.writer.commit(ChangeSet { changes: changes.into_iter().collect() }).await.unwrap()
    }

    /// Commits a change that must be refused, behind one that need not be, and sees to it that nothing of either stays.
    pub(super) async fn refused(&self, change: impl Into<Change>) -> StoreErrorKind {
        let before = self.everything().await;
        let innocent = Change::CreateLibrary(sample::library("never kept"));
        let set = ChangeSet::default().with(innocent).with(change);
        let error = self.writer.commit(set).await.unwrap_err();
        assert_eq!(self.everything().await, before, "something of a refused change is there");
        error.kind
    }

    /// Makes libraries.
    pub(super) async fn with_libraries<const N: usize>(&self, names: [&str; N]) -> [LibraryId; N] {
        self.commit(names.map(|name| Change::CreateLibrary(sample::library(name)))).await;
        names.map(sample::library_id)
    }

    /// Keeps assets, in no library.
    pub(super) async fn with_assets(&self, assets: impl IntoIterator<Item = MediaAsset>) {
        self.commit(assets.into_iter().map(|asset| insert(asset, &[]))).await;
    }

    /// An asset that is there.
    pub(super) async fn asset(&self, number: u32) -> MediaAsset {
        self.assets.asset(sample::asset_id(number)).await.unwrap().unwrap()
    }

    /// Reads an asset, changes it and writes it back.
    pub(super) async fn edit(&self, number: u32, edit: impl FnOnce(&mut MediaAsset)) {
        let mut asset = self.asset(number).await;
        edit(&mut asset);
        self.commit([update(asset)]).await;
    }

    /// The ids of what a query finds, in order.
    pub(super) async fn find(&self, query: AssetQuery) -> Vec<AssetId> {
        let page = self.assets.assets(&query).await.unwrap();
        page.items.into_iter().map(|asset| asset.asset_id).collect()
    }

    /// Figures of a library that is there.
    pub(super) async fn statistics(&self, library_id: LibraryId) -> LibraryStatistics {
        self.libraries.library_statistics(library_id).await.unwrap()
    }

    /// Everything that can be read, for comparison.
    pub(super) async fn everything(&self) -> String {
        let mut told = String::new();
        for library in self.libraries.libraries().await.unwrap() {
            told += &format!("{library:?} {:?}\n", self.statistics(library.library_id).await);
        }
        let deleted = AssetQuery { status: Some(MediaStatus::Deleted), ..everything() };
        for query in [everything(), deleted] {
            for asset in self.assets.assets(&query).await.unwrap().items {
                told += &self.everything_about(asset).await;
            }
        }
        let jobs = self.jobs.jobs(&JobQuery { limit: 1_000, states: Vec::new() }).await.unwrap();
        let performance = self.performance.performance(&PerformanceQuery::default(), 1_000).await.unwrap();
        let blobs = self.maintenance.referenced_blobs(None, 1_000).await.unwrap();
        let jobs: String = jobs.iter().map(|job| format!("{job:?}\n")).collect();
        told + &format!("{jobs}{performance:?}\n{blobs:?}\n") + &self.books().await
    }

    /// The books and breakers; the revision of a breaker is the catalogue's own affair.
    pub(super) async fn books(&self) -> String {
        let mut told = String::new();
        for period in [sample::month(), sample::next_month()] {
            let mut lines = self.ledger.quota_lines(None, period).await.unwrap();
            // An account that has been emptied may still be listed.
            lines.retain(|line| line.own_limit.is_some() || line.used > 0 || line.reserved > 0);
            told += &format!("{period} {lines:?}\n");
        }
        for period in [sample::day(), sample::month()] {
            for chain in ["media_generation", "posters"] {
                let line = self.ledger.budget_line(chain.to_owned(), period).await.unwrap();
                told += &format!("{chain} {period} {line:?}\n");
            }
        }
        let figures = self.ledger.provider_figures(sample::start()).await.unwrap();
        let breakers = self.breakers.breaker_states(0).await.unwrap();
        let breakers = breakers.iter().map(|breaker| format!("{:?} {:?}\n", breaker.key, breaker.state));
        told + &format!("{figures:?}\n") + &breakers.collect::<String>()
    }

    async fn everything_about(&self, asset: MediaAsset) -> String {
        let id = asset.asset_id;
        let uses = self.assets.usage_history(id, 1_000).await.unwrap();
        let generation = self.assets.generation_record(id).await.unwrap();
        let variants = self.assets.variants(id).await.unwrap();
        let exports = self.assets.exports(id).await.unwrap();
        let events = self.assets.events(id).await.unwrap();
        let libraries = self.libraries.libraries_of(id).await.unwrap();
        let suggestions = self.suggestions.suggestions(id).await.unwrap();
        format!("{asset:?} {uses:?} {generation:?} {variants:?} {exports:?} {events:?} {libraries:?} {suggestions:?}\n")
    }
}

impl fmt::Debug for CatalogUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogUnderTest").field("writer", &self.writer).finish_non_exhaustive()
    }
}

/// Keeps an asset and puts it into libraries.
pub(super) fn insert(asset: MediaAsset, library_ids: &[LibraryId]) -> Change {
    InsertAsset { asset, generation: None, library_ids: library_ids.to_vec() }.into()
}

/// Writes an asset back as it was read and changed.
pub(super) fn update(asset: MediaAsset) -> Change {
    let expected_version = asset.version;
    Change::UpdateAsset { asset: Box::new(asset), expected_version }
}

/// Every asset that is not deleted, on one page.
pub(super) fn everything() -> AssetQuery {
    AssetQuery { limit: AssetQuery::MAX_LIMIT, ..AssetQuery::default() }
}
