//! The tables of a catalogue in memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Display;

use chrono::{DateTime, NaiveDate, Utc};
use media_domain::breaker::BreakerState;
use media_domain::tally::Tally;
use media_domain::text::{Campaign, Channel};
use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, GenerationRecord, IdempotencyKey, Job, JobId, JobState, LibraryId,
    MediaAsset, MediaLibrary, MediaOptimizationSuggestion, MediaPerformance, MediaVariant, PerformanceId, Period,
    ProviderId, SuggestionId, UsageEvent, UserId, VariantId,
};
use media_ports::{BreakerKey, StoreError, StoreErrorKind};

use super::table::{Table, Undo};

/// By asset, newest first, then the one recorded last first.
pub(crate) type UsageKey = (AssetId, Reverse<DateTime<Utc>>, Reverse<u64>);

/// What makes a repeated import of a measurement replace the earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImportKey {
    asset_id: AssetId,
    variant_id: Option<VariantId>,
    campaign: Campaign,
    channel: Channel,
    day: NaiveDate,
    source: String,
}

impl ImportKey {
    /// The key of a measurement; one without a source has none.
    pub(crate) fn of(record: &MediaPerformance) -> Option<Self> {
        Some(Self {
            asset_id: record.asset_id,
            variant_id: record.variant_id,
            campaign: record.campaign.clone(),
            channel: record.channel.clone(),
            day: record.recorded_at.date_naive(),
            source: record.source.clone()?,
        })
    }
}

/// Every table; assets are kept without their usage history, which has a table of its own.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) libraries: Table<LibraryId, MediaLibrary>,
    pub(crate) assets: Table<AssetId, MediaAsset>,
    pub(crate) hashes: Table<(ContentHash, AssetId), ()>,
    pub(crate) generations: Table<AssetId, GenerationRecord>,
    pub(crate) links: Table<(LibraryId, AssetId), ()>,
    pub(crate) shelves: Table<(AssetId, LibraryId), ()>,
    pub(crate) uses: Table<UsageKey, UsageEvent>,
    pub(crate) variants: Table<VariantId, MediaVariant>,
    pub(crate) performance: Table<PerformanceId, MediaPerformance>,
    pub(crate) imports: Table<ImportKey, PerformanceId>,
    pub(crate) suggestions: Table<SuggestionId, (u64, MediaOptimizationSuggestion)>,
    pub(crate) exports: Table<u64, DesignExportRecord>,
    pub(crate) events: Table<u64, Event>,
    pub(crate) jobs: Table<JobId, Job>,
    /// Which job holds a user's idempotency key.
    pub(crate) keys: Table<(UserId, IdempotencyKey), JobId>,
    /// Attempts whose reservation is neither settled nor released.
    pub(crate) held: Table<(JobId, u32), ()>,
    pub(crate) credits: Table<(Period, UserId, ProviderId), Tally>,
    pub(crate) money: Table<(String, Period), Tally>,
    pub(crate) own_limits: Table<(UserId, ProviderId), u64>,
    /// Each with the revision with which it was kept.
    pub(crate) breakers: Table<BreakerKey, (u64, BreakerState)>,
    last_number: u64,
}

impl State {
    /// Keeps what the changes of a set have done.
    pub(crate) fn keep(&mut self) {
        self.tables().into_iter().for_each(Undo::keep);
    }

    /// Takes back what the changes of a set have done.
    pub(crate) fn take_back(&mut self) {
        self.tables().into_iter().for_each(Undo::take_back);
    }

    fn tables(&mut self) -> [&mut dyn Undo; 20] {
        [
            &mut self.libraries,
            &mut self.assets,
            &mut self.hashes,
            &mut self.generations,
            &mut self.links,
            &mut self.shelves,
            &mut self.uses,
            &mut self.variants,
            &mut self.performance,
            &mut self.imports,
            &mut self.suggestions,
            &mut self.exports,
            &mut self.events,
            &mut self.jobs,
            &mut self.keys,
            &mut self.held,
            &mut self.credits,
            &mut self.money,
            &mut self.own_limits,
            &mut self.breakers,
        ]
    }

    /// A number that goes up, for what is kept in the order of its coming.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn existing_asset(&self, asset_id: AssetId) -> Result<&MediaAsset, StoreError> {
        self.assets.get(&asset_id).ok_or_else(|| missing("asset", asset_id))
    }

    pub(crate) fn existing_library(&self, library_id: LibraryId) -> Result<&MediaLibrary, StoreError> {
        self.libraries.get(&library_id).ok_or_else(|| missing("library", library_id))
    }

    /// Every hash that the catalogue names, the images of jobs included that no asset may name yet.
    pub(crate) fn referenced_blobs(&self) -> BTreeSet<ContentHash> {
        let assets = self.assets.values();
        let files = assets.flat_map(|asset| asset.thumbnail_hash.into_iter().chain([asset.content_hash]));
        let variants = self.variants.values().map(|variant| variant.content_hash);
        let open = self.jobs.values().filter(|job| matches!(job.state, JobState::Answered | JobState::Unknown));
        files.chain(variants).chain(open.flat_map(|job| job.content_hashes.iter().copied())).collect()
    }

    /// The asset as a reader gives it, with its latest uses.
    pub(crate) fn with_recent_uses(&self, asset: &MediaAsset) -> MediaAsset {
        let usage_history = self.uses_of(asset.asset_id).take(MediaAsset::RECENT_USES).cloned().collect();
        MediaAsset { usage_history, ..asset.clone() }
    }

    /// Uses of an asset, newest first.
    pub(crate) fn uses_of(&self, asset_id: AssetId) -> impl Iterator<Item = &UsageEvent> {
        let start = (asset_id, Reverse(DateTime::<Utc>::MAX_UTC), Reverse(u64::MAX));
        let end = (asset_id, Reverse(DateTime::<Utc>::MIN_UTC), Reverse(0));
        self.uses.range(start..=end).map(|(_, usage)| usage)
    }
}

/// What a change refers to is not there.
pub(crate) fn missing(what: &str, id: impl Display) -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, format!("find {what} {id}"))
}

/// A name or identifier is taken.
pub(crate) fn taken(what: &str, key: impl Display) -> StoreError {
    StoreError::new(StoreErrorKind::AlreadyExists, format!("make {what} {key}: there is one already"))
}

/// Somebody else was faster, or it is too late.
pub(crate) fn conflict(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, message)
}
