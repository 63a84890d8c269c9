//! Domain values for tests: each differs by a number or a name, and is a plain struct to override.
//!
//! Panics on a text that the domain refuses, as a test should.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::RangeInclusive;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::asset::NewAsset;
use media_domain::text::{Campaign, Channel, Prompt};
use media_domain::{
    AssetId, BudgetClaim, BudgetCycle, Category, ContentHash, DesignExportRecord, DesignExportResult, Event, EventId,
    EventKind, Evidence, ExportId, FigmaAttachment, FigmaExportResult, FileSize, Finding, GenerationRecord,
    GenerationRequest, ImageFormat, Job, JobAttempt, JobId, JobState, LibraryId, MediaAsset, MediaDimensions,
    MediaLibrary, MediaMetadata, MediaOptimizationSuggestion, MediaPerformance, MediaType, MediaVariant, Name,
    OptimizationKind, OwnerId, PerformanceCounts, PerformanceId, Period, ProviderId, QuotaClaim, RequestId,
    Reservation, Retain, SuggestionId, SuggestionPriority, Tag, Usage, UsageEvent, UserId, VariantId,
};
use media_ports::BreakerKey;
use serde_json::{Map, json};
use uuid::Uuid;

/// An asset: a PNG banner of 1920x400 that came in `number` minutes after [`start`], and whose bytes no other has.
///
/// ```
/// use media_testkit::sample;
/// let newer = media_domain::MediaAsset { tags: sample::tags(["hero"]), ..sample::asset(2) };
/// assert!(newer.uploaded_at > sample::asset(1).uploaded_at);
/// ```
pub fn asset(number: u32) -> MediaAsset {
    MediaAsset::new(NewAsset {
        asset_id: asset_id(number),
        name: name(&format!("Asset {number}")),
        media_type: MediaType::Banner,
        dimensions: MediaDimensions::new(1920, 400),
        metadata: MediaMetadata::new(FileSize::from_bytes(500_000), ImageFormat::Png),
        content_hash: hash(&format!("asset {number}")),
        uploaded_at: at_minute(number),
    })
}

/// A library; its id follows from its name.
pub fn library(text: &str) -> MediaLibrary {
    MediaLibrary::new(library_id(text), name(text), start())
}

/// A variant of an asset: a WebP of 640x480.
pub fn variant(number: u32, of_asset: u32, text: &str) -> MediaVariant {
    MediaVariant {
        variant_id: variant_id(number),
        asset_id: asset_id(of_asset),
        name: name(text),
        dimensions: MediaDimensions::new(640, 480),
        format: ImageFormat::Webp.into(),
        content_hash: hash(&format!("variant {number}")),
        performance_score: None,
    }
}

/// A measurement of an asset, in campaign `spring` by `email`, `number` minutes after [`start`].
pub fn performance(number: u32, of_asset: u32, impressions: u64, clicks: u64) -> MediaPerformance {
    MediaPerformance {
        performance_id: PerformanceId::from_uuid(uuid(Kind::Performance, number)),
        asset_id: asset_id(of_asset),
        variant_id: None,
        campaign: campaign("spring"),
        channel: channel("email"),
        counts: PerformanceCounts { impressions, clicks, ..PerformanceCounts::default() },
        recorded_at: at_minute(number),
        source: None,
    }
}

/// A use of an asset in a campaign, so many minutes after [`start`].
pub fn usage(in_campaign: &str, minute: u32) -> UsageEvent {
    UsageEvent { campaign: campaign(in_campaign), contact_id: None, used_at: at_minute(minute) }
}

/// An open suggestion with every part of a finding, made `number` minutes after [`start`].
pub fn suggestion(number: u32, of_asset: u32, kind: OptimizationKind) -> MediaOptimizationSuggestion {
    MediaOptimizationSuggestion {
        suggestion_id: suggestion_id(number),
        asset_id: asset_id(of_asset),
        kind,
        description: format!("suggestion {number}"),
        priority: SuggestionPriority::Medium,
        estimated_improvement_percent: 5.5,
        finding: Some(Finding {
            metric: "click_through_rate".to_owned(),
            threshold: Some(0.05),
            value: Some(0.031),
            sample_size: Some(1_000),
            interval: Some(media_domain::Interval { low: 0.022, high: 0.043 }),
            evidence: Evidence::Conclusive,
        }),
        created_at: at_minute(number),
        is_applied: false,
        applied_at: None,
        new_asset_id: None,
    }
}

/// The record of an export of an asset to Figma, `number` minutes after [`start`].
pub fn export(number: u32, of_asset: u32) -> DesignExportRecord {
    DesignExportRecord {
        export_id: ExportId::from_uuid(uuid(Kind::Export, number)),
        asset_id: asset_id(of_asset),
        provider_name: provider("figma_api"),
        result: DesignExportResult::Figma(FigmaExportResult {
            figma_node_id: format!("1:{number}"),
            figma_url: format!("https://figma.example/file/abc?node-id=1-{number}"),
            figma_file_key: "abc".to_owned(),
            page_id: Some("0:1".to_owned()),
            attached_as: FigmaAttachment::DevResource,
        }),
        dry_run: false,
        exported_at: at_minute(number),
    }
}

/// An entry of the event log about an asset, `number` minutes after [`start`].
pub fn event(number: u32, of_asset: u32, kind: EventKind) -> Event {
    Event {
        event_id: EventId::from_uuid(uuid(Kind::Event, number)),
        kind,
        asset_id: asset_id(of_asset),
        user_id: user("anna"),
        at: at_minute(number),
        details: Map::from_iter([("number".to_owned(), json!(number))]),
    }
}

/// A planned job of an owner for a library, made `number` minutes after [`start`].
pub fn job(number: u32, owner: OwnerId, library_id: LibraryId) -> Job {
    Job {
        job_id: job_id(number),
        request_id: RequestId::from_uuid(uuid(Kind::Request, number)),
        owner,
        user_id: user("anna"),
        chain: "media_generation".to_owned(),
        request: GenerationRequest::new(prompt(&format!("picture {number}"))),
        edit: None,
        retain: Retain::Everything,
        library_id,
        idempotency: None,
        state: JobState::Planned,
        attempts: Vec::new(),
        content_hashes: Vec::new(),
        asset_ids: Vec::new(),
        failure: None,
        resolution: None,
        created_at: at_minute(number),
        updated_at: at_minute(number),
    }
}

/// An attempt that has just been sent, so many minutes after [`start`].
pub fn attempt(number: u32, to_provider: &str, minute: u32) -> JobAttempt {
    JobAttempt {
        number,
        provider: provider(to_provider),
        state: JobState::Dispatched,
        handle: None,
        error_kind: None,
        message: None,
        reservation: Reservation::default(),
        usage: Usage::default(),
        dispatched_at: at_minute(minute),
        ended_at: None,
    }
}

/// An attempt that sets so many credits of the month aside, of as many as the limit says.
pub fn attempt_of_credits(number: u32, to_provider: &str, minute: u32, credits: u64, limit: u64) -> JobAttempt {
    let quota = QuotaClaim { provider: provider(to_provider), period: month(), credits, limit: Some(limit) };
    let reservation = Reservation { quota: Some(quota), budgets: Vec::new() };
    JobAttempt { reservation, ..attempt(number, to_provider, minute) }
}

/// A claim of money from the budget of a chain.
pub fn budget_claim(chain: &str, period: Period, micros: u64, limit_micros: u64) -> BudgetClaim {
    BudgetClaim { chain: chain.to_owned(), period, micros, limit_micros }
}

/// Whose a breaker is: of a provider, without a model.
pub fn breaker_key(of_provider: &str) -> BreakerKey {
    BreakerKey { provider: provider(of_provider), model: String::new(), fingerprint: "fingerprint".to_owned() }
}

/// How an asset was generated from a prompt.
pub fn generation(from_prompt: &str) -> GenerationRecord {
    GenerationRecord {
        request: GenerationRequest::new(prompt(from_prompt)),
        edit: None,
        request_id: RequestId::from_uuid(uuid(Kind::Request, 1)),
        job_id: None,
        provider_name: provider("noop_media"),
        model: Some("placeholder".to_owned()),
        metadata: Map::from_iter([("seed".to_owned(), json!(7))]),
        usage: Usage { credits: 1, cost_micros: Some(40_000), ..Usage::default() },
        adaptations: Vec::new(),
        attempts: Vec::new(),
        skipped: Vec::new(),
        dry_run: false,
        processing_time_ms: 12,
    }
}

/// When samples begin: 20 November 2026, noon UTC.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default()
}

/// So many minutes after [`start`].
pub fn at_minute(minute: u32) -> DateTime<Utc> {
    start() + TimeDelta::minutes(minute.into())
}

/// The day of [`start`].
pub fn day() -> Period {
    Period::of(BudgetCycle::Day, start())
}

/// The month of [`start`].
pub fn month() -> Period {
    Period::of(BudgetCycle::Month, start())
}

/// The month after [`month`].
pub fn next_month() -> Period {
    Period::of(BudgetCycle::Month, month().resets_at())
}

/// The hash of a text.
pub fn hash(text: &str) -> ContentHash {
    ContentHash::of(text.as_bytes())
}

/// The id of [`asset`] of that number.
pub fn asset_id(number: u32) -> AssetId {
    AssetId::from_uuid(uuid(Kind::Asset, number))
}

/// The ids of [`asset`]s of these numbers.
pub fn asset_ids(numbers: RangeInclusive<u32>) -> Vec<AssetId> {
    numbers.map(asset_id).collect()
}

/// The id of [`library`] of that name.
pub fn library_id(text: &str) -> LibraryId {
    let [a, b, c, d, ..] = *hash(text).as_bytes();
    LibraryId::from_uuid(uuid(Kind::Library, u32::from_be_bytes([a, b, c, d])))
}

/// The id of [`variant`] of that number.
pub fn variant_id(number: u32) -> VariantId {
    VariantId::from_uuid(uuid(Kind::Variant, number))
}

/// The id of [`suggestion`] of that number.
pub fn suggestion_id(number: u32) -> SuggestionId {
    SuggestionId::from_uuid(uuid(Kind::Suggestion, number))
}

/// The id of [`job`] of that number.
pub fn job_id(number: u32) -> JobId {
    JobId::from_uuid(uuid(Kind::Job, number))
}

/// The id of a process.
pub fn owner_id(number: u32) -> OwnerId {
    OwnerId::from_uuid(uuid(Kind::Owner, number))
}

/// A name.
pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A prompt.
pub fn prompt(text: &str) -> Prompt {
    Prompt::parse(text).unwrap()
}

/// A campaign.
pub fn campaign(text: &str) -> Campaign {
    Campaign::parse(text).unwrap()
}

/// A channel.
pub fn channel(text: &str) -> Channel {
    Channel::parse(text).unwrap()
}

/// A provider's id.
pub fn provider(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

/// A user.
pub fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// Tags, in whatever collection is needed.
pub fn tags<C: FromIterator<Tag>>(texts: impl IntoIterator<Item = &'static str>) -> C {
    texts.into_iter().map(|text| Tag::parse(text).unwrap()).collect()
}

/// Categories, in whatever collection is needed.
pub fn categories<C: FromIterator<Category>>(texts: impl IntoIterator<Item = &'static str>) -> C {
    texts.into_iter().map(|text| Category::parse(text).unwrap()).collect()
}

/// Keeps the identifiers of different things apart.
#[derive(Clone, Copy)]
enum Kind {
    Asset = 1,
    Library,
    Variant,
    Performance,
    Suggestion,
    Export,
    Event,
    Job,
    Request,
    Owner,
}

fn uuid(kind: Kind, number: u32) -> Uuid {
    Uuid::from_u128((kind as u128) << 64 | u128::from(number))
}
