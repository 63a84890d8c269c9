//! Reading the catalogue.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::text::{Campaign, Channel};
use media_domain::{
    AssetId, Category, ContentHash, DesignExportRecord, Event, GenerationRecord, IdempotencyKey, Job, JobId, JobState,
    LibraryId, LibraryStatistics, MediaAsset, MediaFormat, MediaLibrary, MediaOptimizationSuggestion, MediaPerformance,
    MediaStatus, MediaType, MediaVariant, Name, PerformanceCounts, ProviderId, SuggestionId, Tag, UsageEvent, UserId,
    VariantId,
};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Continues behind this page; absent on the last one.
    pub next: Option<String>,
}

/// Which assets are wanted; every condition given must hold. Deleted ones are found only when asked for by status.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssetQuery {
    /// In this library.
    pub library_id: Option<LibraryId>,
    /// With all of these tags.
    pub tags: Vec<Tag>,
    /// In all of these categories.
    pub categories: Vec<Category>,
    /// With every word of this text, or the beginning of one, in name, description, tags or prompt.
    pub text: Option<String>,
    /// Used as this.
    pub media_type: Option<MediaType>,
    /// In this state; without it, in any but deleted.
    pub status: Option<MediaStatus>,
    /// In this file format.
    pub format: Option<MediaFormat>,
    /// Made by this provider.
    pub provider: Option<ProviderId>,
    /// In which order.
    pub order: AssetOrder,
    /// Most items on a page; stores cap it at 1,000.
    pub limit: usize,
    /// Continues behind an earlier page of the same query.
    pub after: Option<String>,
}

impl AssetQuery {
    /// Items on a page when nobody says otherwise.
    pub const DEFAULT_LIMIT: usize = 50;
    /// Most items on a page.
    pub const MAX_LIMIT: usize = 1_000;

    /// Every asset that is not deleted, newest first.
    pub fn all() -> Self {
        Self { limit: Self::DEFAULT_LIMIT, ..Self::default() }
    }
}

/// The order of assets in a listing; equal ones are ordered by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AssetOrder {
    /// By upload time, newest first.
    #[default]
    NewestFirst,
    /// By usage count, most used first.
    MostUsedFirst,
}

/// Assets with the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DuplicateGroup {
    /// The hash they share.
    pub content_hash: ContentHash,
    /// The assets, oldest first; at least two.
    pub assets: Vec<MediaAsset>,
}

/// Reads assets and what hangs on them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AssetReader: Debug + Send + Sync + 'static {
    /// An asset, deleted or not.
    async fn asset(&self, asset_id: AssetId) -> Result<Option<MediaAsset>, StoreError>;

    /// A page of assets.
    async fn assets(&self, query: &AssetQuery) -> Result<Page<MediaAsset>, StoreError>;

    /// Assets with these bytes across libraries, oldest first, without deleted ones.
    async fn assets_by_hash(&self, content_hash: ContentHash) -> Result<Vec<MediaAsset>, StoreError>;

    /// Groups of two or more assets with the same bytes, in the order of their hashes, after the one named.
    async fn duplicate_groups(
        &self,
        after: Option<ContentHash>,
        limit: usize,
    ) -> Result<Vec<DuplicateGroup>, StoreError>;

    /// How an asset was generated, if it was.
    async fn generation_record(&self, asset_id: AssetId) -> Result<Option<GenerationRecord>, StoreError>;

    /// Uses of an asset, newest first, at most `limit`.
    async fn usage_history(&self, asset_id: AssetId, limit: usize) -> Result<Vec<UsageEvent>, StoreError>;

    /// The variants of an asset, by name.
    async fn variants(&self, asset_id: AssetId) -> Result<Vec<MediaVariant>, StoreError>;

    /// One variant.
    async fn variant(&self, variant_id: VariantId) -> Result<Option<MediaVariant>, StoreError>;

    /// Exports of an asset, oldest first.
    async fn exports(&self, asset_id: AssetId) -> Result<Vec<DesignExportRecord>, StoreError>;

    /// What happened to an asset, oldest first.
    async fn events(&self, asset_id: AssetId) -> Result<Vec<Event>, StoreError>;
}

/// Reads libraries.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LibraryReader: Debug + Send + Sync + 'static {
    /// A library.
    async fn library(&self, library_id: LibraryId) -> Result<Option<MediaLibrary>, StoreError>;

    /// A library by its exact name.
    async fn library_by_name(&self, name: &Name) -> Result<Option<MediaLibrary>, StoreError>;

    /// Every library, by name.
    async fn libraries(&self) -> Result<Vec<MediaLibrary>, StoreError>;

    /// The libraries an asset is in, by name.
    async fn libraries_of(&self, asset_id: AssetId) -> Result<Vec<MediaLibrary>, StoreError>;

    /// Figures of a library, kept up to date and not counted on demand; `not_found` for an unknown one.
    async fn library_statistics(&self, library_id: LibraryId) -> Result<LibraryStatistics, StoreError>;
}

/// Which measurements are wanted; every condition given must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PerformanceQuery {
    /// Of this asset and its variants.
    pub asset_id: Option<AssetId>,
    /// Of this variant.
    pub variant_id: Option<VariantId>,
    /// In this campaign.
    pub campaign: Option<Campaign>,
    /// On this channel.
    pub channel: Option<Channel>,
    /// From this time on.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
}

/// What measurements are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalsBy {
    /// Everything in one sum, under an empty key.
    Everything,
    /// By asset id.
    Asset,
    /// By variant id; what was measured of the asset itself has an empty key.
    Variant,
    /// By campaign.
    Campaign,
    /// By channel.
    Channel,
    /// By file format of the asset.
    Format,
}

/// A sum of measurements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformanceGroup {
    /// What they have in common.
    pub key: String,
    /// Number of measurements.
    pub records: u64,
    /// Their sum.
    pub counts: PerformanceCounts,
}

/// An asset in the ranking of the best.
#[derive(Debug, Clone, PartialEq)]
pub struct BestPerformer {
    /// The asset.
    pub asset: MediaAsset,
    /// The sum of its measurements.
    pub counts: PerformanceCounts,
}

/// Reads measurements.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PerformanceReader: Debug + Send + Sync + 'static {
    /// Measurements, newest first, at most `limit`.
    async fn performance(&self, query: &PerformanceQuery, limit: usize) -> Result<Vec<MediaPerformance>, StoreError>;

    /// Sums of measurements, by key.
    async fn performance_totals(
        &self,
        query: &PerformanceQuery,
        by: TotalsBy,
    ) -> Result<Vec<PerformanceGroup>, StoreError>;

    /// The assets (not deleted, with at least one impression) of the highest click-through rate, each once; in one
    /// campaign, or over all. Equal rates are ordered by more impressions, then by id.
    async fn best_performing(&self, campaign: Option<Campaign>, limit: usize)
    -> Result<Vec<BestPerformer>, StoreError>;
}

/// Reads suggestions.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SuggestionReader: Debug + Send + Sync + 'static {
    /// The suggestions for an asset, oldest first.
    async fn suggestions(&self, asset_id: AssetId) -> Result<Vec<MediaOptimizationSuggestion>, StoreError>;

    /// One suggestion.
    async fn suggestion(&self, suggestion_id: SuggestionId) -> Result<Option<MediaOptimizationSuggestion>, StoreError>;
}

/// Which jobs are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// In one of these states; in any, when empty.
    pub states: Vec<JobState>,
    /// Most jobs.
    pub limit: usize,
}

/// Reads the journal.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait JobReader: Debug + Send + Sync + 'static {
    /// A job with its attempts.
    async fn job(&self, job_id: JobId) -> Result<Option<Job>, StoreError>;

    /// The job of a user that holds an idempotency key.
    async fn job_by_key(&self, user_id: UserId, key: IdempotencyKey) -> Result<Option<Job>, StoreError>;

    /// Jobs, newest first.
    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError>;
}
