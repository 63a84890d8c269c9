//! Values for tests, and a store in a folder of its own.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::asset::NewAsset;
use media_domain::*;
use media_ports::change::InsertAsset;
use media_ports::{CatalogWriter, Change, ChangeSet, CommitReceipt, StoreError, StoreErrorKind};
use media_store_sqlite::{Durability, SqliteStore, SqliteStoreOptions};
use tempfile::TempDir;
use uuid::Uuid;

/// A store and the folder that it is in.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) store: SqliteStore,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: open(folder.path()), folder }
    }

    /// A store that holds the library of all jobs.
    pub(crate) async fn for_jobs() -> Self {
        let place = Self::new();
        make_library_for_jobs(&place.store).await;
        place
    }

    pub(crate) async fn commit(&self, changes: impl IntoIterator<Item = Change>) -> Result<CommitReceipt, StoreError> {
        self.store.commit(ChangeSet { changes: changes.into_iter().collect() }).await
    }
}

/// Makes the library that every job is for; another process may have been faster.
pub(crate) async fn make_library_for_jobs(store: &SqliteStore) {
    match store.commit(Change::CreateLibrary(library(1, "Default")).into()).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind, StoreErrorKind::AlreadyExists),
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
        chain: CHAIN.to_owned(),
        request: GenerationRequest::new(text::Prompt::parse("a sunset").unwrap()),
        edit: None,
        retain: Retain::Everything,
        library_id: library_id(1),
        idempotency: None,
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

pub(crate) fn job_id(number: u128) -> JobId {
    JobId::from_uuid(uuid(number))
}

pub(crate) fn plan(job: Job) -> Change {
    Change::PlanJob(Box::new(job))
}

pub(crate) fn dispatch(job: u128, attempt: JobAttempt) -> Change {
    Change::DispatchAttempt { job_id: job_id(job), attempt: Box::new(attempt) }
}

pub(crate) fn end_attempt(job: u128, attempt: JobAttempt) -> Change {
    Change::EndAttempt { job_id: job_id(job), attempt: Box::new(attempt) }
}

pub(crate) fn end_job(job: u128, state: JobState) -> Change {
    Change::EndJob { job_id: job_id(job), state, asset_ids: Vec::new(), failure: None, at: at(9) }
}

pub(crate) fn resolve(job: u128, resolution: Resolution) -> Change {
    Change::ResolveJob { job_id: job_id(job), resolution, asset_ids: Vec::new(), at: at(10) }
}

/// A first attempt that claims money of the chain `media_generation`, of a million micros on the day.
pub(crate) fn costly(micros: u64) -> JobAttempt {
    let reservation = Reservation { quota: None, budgets: vec![budget_claim(day(), micros, 1_000_000)] };
    JobAttempt { reservation, ..attempt(1, JobState::Dispatched) }
}

pub(crate) fn budget_claim(period: Period, micros: u64, limit_micros: u64) -> BudgetClaim {
    BudgetClaim { chain: CHAIN.to_owned(), period, micros, limit_micros }
}

pub(crate) fn quota_claim(credits: u64, limit: Option<u64>) -> QuotaClaim {
    QuotaClaim { provider: ProviderId::parse("flux").unwrap(), period: month(), credits, limit }
}

pub(crate) const CHAIN: &str = "media_generation";

pub(crate) fn day() -> Period {
    Period::of(period::BudgetCycle::Day, at(0))
}

pub(crate) fn month() -> Period {
    Period::of(period::BudgetCycle::Month, at(0))
}

pub(crate) fn attempt(number: u32, state: JobState) -> JobAttempt {
    JobAttempt {
        number,
        provider: ProviderId::parse("flux").unwrap(),
        state,
        handle: None,
        error_kind: None,
        message: None,
        reservation: Reservation::default(),
        usage: Usage::default(),
        dispatched_at: at(1),
        ended_at: None,
    }
}

pub(crate) fn owner(number: u128) -> OwnerId {
    OwnerId::from_uuid(uuid(number))
}
