//! Values for tests, and a store in a folder of its own.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::asset::NewAsset;
use media_domain::*;
use media_ports::change::InsertAsset;
use media_ports::{CatalogWriter, Change, ChangeSet, CommitReceipt, StoreError};
use media_store_sqlite::{Durability, SqliteStore, SqliteStoreOptions};
use tempfile::TempDir;
use uuid::Uuid;

/// A store and the folder that it is in.
pub(crate) struct Place {
    pub(crate) store: SqliteStore,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: open(folder.path()), folder }
    }

    pub(crate) async fn commit(&self, changes: impl IntoIterator<Item = Change>) -> Result<CommitReceipt, StoreError> {
        self.store.commit(ChangeSet { changes: changes.into_iter().collect() }).await
    }
}

pub(crate) fn open(folder: &Path) -> SqliteStore {
    try_open(folder, OwnerId::from_uuid(Uuid::new_v4())).unwrap()
}

pub(crate) fn try_open(folder: &Path, owner_id: OwnerId) -> Result<SqliteStore, StoreError> {
    let options = SqliteStoreOptions::new(folder, owner_id);
    SqliteStore::open(SqliteStoreOptions { durability: Durability::Process, ..options })
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn asset_id(number: u128) -> AssetId {
    AssetId::from_uuid(uuid(number))
}

pub(crate) fn library_id(number: u128) -> LibraryId {
    LibraryId::from_uuid(uuid(number))
}

/// Seconds after a fixed moment.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn library(number: u128, name: &str) -> MediaLibrary {
    MediaLibrary::new(library_id(number), Name::parse(name).unwrap(), at(0))
}

/// A draft of 1,000 bytes whose bytes nobody else has, uploaded `number` seconds after the fixed moment.
pub(crate) fn asset(number: u128) -> MediaAsset {
    MediaAsset::new(NewAsset {
        asset_id: asset_id(number),
        name: Name::parse(format!("asset {number}")).unwrap(),
        media_type: MediaType::Image,
        dimensions: MediaDimensions::new(800, 600),
        metadata: MediaMetadata::new(FileSize::from_bytes(1_000), ImageFormat::Png),
        content_hash: ContentHash::of(&number.to_be_bytes()),
        uploaded_at: at(i64::try_from(number).unwrap()),
    })
}

pub(crate) fn tagged(number: u128, tags: &[&str]) -> MediaAsset {
    let mut asset = asset(number);
    asset.tags = tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect();
    asset
}

pub(crate) fn insert(asset: MediaAsset, library_ids: impl IntoIterator<Item = u128>) -> Change {
    let library_ids = library_ids.into_iter().map(library_id).collect();
    InsertAsset { asset, generation: None, library_ids }.into()
}

pub(crate) fn update(asset: MediaAsset, expected_version: u64) -> Change {
    Change::UpdateAsset { asset: Box::new(asset), expected_version }
}

pub(crate) fn usage(number: u128, campaign: &str, seconds: i64) -> Change {
    Change::RecordUsage { asset_id: asset_id(number), usage: usage_event(campaign, seconds) }
}

pub(crate) fn usage_event(campaign: &str, seconds: i64) -> UsageEvent {
    UsageEvent { campaign: text::Campaign::parse(campaign).unwrap(), contact_id: None, used_at: at(seconds) }
}

pub(crate) fn measurement(
    number: u128,
    asset: u128,
    campaign: &str,
    impressions: u64,
    clicks: u64,
) -> MediaPerformance {
    MediaPerformance {
        performance_id: PerformanceId::from_uuid(uuid(number)),
        asset_id: asset_id(asset),
        variant_id: None,
        campaign: text::Campaign::parse(campaign).unwrap(),
        channel: text::Channel::parse("email").unwrap(),
        counts: PerformanceCounts { impressions, clicks, ..PerformanceCounts::default() },
        recorded_at: at(0),
        source: None,
    }
}

pub(crate) fn job(number: u128, owner: OwnerId, state: JobState) -> Job {
    let attempts = if state == JobState::Planned { Vec::new() } else { vec![attempt(1, state)] };
    Job {
        job_id: JobId::from_uuid(uuid(number)),
        request_id: RequestId::from_uuid(uuid(number)),
        owner,
        user_id: UserId::parse("anna").unwrap(),
        chain: "media_generation".to_owned(),
        request: GenerationRequest::new(text::Prompt::parse("a sunset").unwrap()),
        library_id: library_id(1),
        state,
        attempts,
        content_hashes: Vec::new(),
        asset_ids: Vec::new(),
        failure: None,
        resolution: None,
        created_at: at(i64::try_from(number).unwrap()),
        updated_at: at(i64::try_from(number).unwrap()),
    }
}

pub(crate) fn attempt(number: u32, state: JobState) -> JobAttempt {
    JobAttempt {
        number,
        provider: ProviderId::parse("flux").unwrap(),
        state,
        handle: None,
        error_kind: None,
        message: None,
        usage: Usage::default(),
        dispatched_at: at(1),
        ended_at: None,
    }
}

pub(crate) fn owner(number: u128) -> OwnerId {
    OwnerId::from_uuid(uuid(number))
}
