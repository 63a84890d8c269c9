//! The changes that a catalogue knows.

use chrono::{DateTime, Utc};
use media_domain::breaker::BreakerState;
use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, GenerationRecord, Job, JobAttempt, JobHandle, JobId, JobState,
    LibraryId, MediaAsset, MediaLibrary, MediaOptimizationSuggestion, MediaPerformance, MediaVariant, ProcessingError,
    ProviderId, Resolution, SuggestionId, UsageEvent, UserId, VariantId,
};

use crate::BreakerKey;

/// Changes that happen together or not at all, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeSet {
    /// The changes.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Adds a change.
    #[must_use]
    pub fn with(mut self, change: impl Into<Change>) -> Self {
        self.changes.push(change.into());
        self
    }

    /// Adds a change.
    pub fn push(&mut self, change: impl Into<Change>) {
        self.changes.push(change.into());
    }
}

impl From<Change> for ChangeSet {
    fn from(change: Change) -> Self {
        Self { changes: vec![change] }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes a library; a taken name is `already_exists`.
    CreateLibrary(MediaLibrary),
    /// Makes an asset with its labels, and links it to libraries.
    InsertAsset(Box<InsertAsset>),
    /// Writes an asset's own facts and labels, if its version is still the one expected; the stored version becomes one
    /// more. The thumbnail is
    /// written only together with other bytes (another content hash); processing errors never are: both have changes of
    /// their own. Usage (count, history, campaigns) is not written: it only grows, by [`Change::RecordUsage`].
    UpdateAsset {
        /// The asset as it should be.
        asset: Box<MediaAsset>,
        /// The version that was read.
        expected_version: u64,
    },
    /// Sets an asset's preview if its bytes are still these; otherwise changes nothing. The version stays.
    SetThumbnail {
        /// The asset.
        asset_id: AssetId,
        /// The bytes that the preview shows.
        content_hash: ContentHash,
        /// The preview's bytes.
        thumbnail_hash: ContentHash,
    },
    /// Adds a step that failed to an asset. The version stays.
    RecordProcessingError {
        /// The asset.
        asset_id: AssetId,
        /// What failed.
        error: ProcessingError,
    },
    /// Puts an asset into a library; there already is fine.
    LinkAsset {
        /// The library.
        library_id: LibraryId,
        /// The asset.
        asset_id: AssetId,
    },
    /// Takes an asset out of a library; the asset stays. Not being there is `not_found`.
    UnlinkAsset {
        /// The library.
        library_id: LibraryId,
        /// The asset.
        asset_id: AssetId,
    },
    /// Counts one use of an asset.
    RecordUsage {
        /// The asset.
        asset_id: AssetId,
        /// The use.
        usage: UsageEvent,
    },
    /// Makes a variant; a name taken within the asset is `already_exists`.
    InsertVariant(MediaVariant),
    /// Replaces a variant of the same id; one of another asset is `not_found`.
    ReplaceVariant(MediaVariant),
    /// Removes a variant.
    RemoveVariant(VariantId),
    /// Keeps a measurement. One with a source replaces an earlier one of the same asset, variant, campaign, channel, day (UTC) and source.
    RecordPerformance(MediaPerformance),
    /// Keeps a suggestion, unless an open one of the same asset and kind is there; see [`CommitReceipt::suggestions_opened`].
    OpenSuggestion(MediaOptimizationSuggestion),
    /// Marks an open suggestion carried out; one that has been is a `conflict`.
    ApplySuggestion {
        /// The suggestion.
        suggestion_id: SuggestionId,
        /// When.
        applied_at: DateTime<Utc>,
        /// The asset that came of it.
        new_asset_id: Option<AssetId>,
    },
    /// Keeps the record of an export.
    RecordExport(DesignExportRecord),
    /// Writes a new job down. An unknown library is `not_found`. A job with an idempotency key that another job of the
    /// same user holds is `already_exists`; a key is free again 24 hours after its job was planned, if that job is
    /// neither running nor unknown.
    PlanJob(Box<Job>),
    /// Adds an attempt to a job, which becomes `dispatched`, and sets aside what its reservation claims. A job that has
    /// ended is a `conflict`; a claim beyond what is left of its limit, with what is used and set aside already, is
    /// `quota_exceeded` or `budget_exceeded`. A limit of the user's own ([`Change::SetQuotaLimit`]) overrides the claim's.
    DispatchAttempt {
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: Box<JobAttempt>,
    },
    /// Keeps the vendor's handle of one of a job's attempts; both become `accepted`.
    AcceptAttempt {
        /// The job.
        job_id: JobId,
        /// Which attempt.
        number: u32,
        /// The handle.
        handle: JobHandle,
        /// When.
        at: DateTime<Utc>,
    },
    /// Keeps the hashes of images that came; the job and those of its attempts that were under way become `answered`.
    AnswerJob {
        /// The job.
        job_id: JobId,
        /// The images.
        content_hashes: Vec<ContentHash>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Writes an attempt as it ended (matched by its number); the job's own state stays. What was set aside for it
    /// is settled with what it used (`settled`; without a known cost, the money set aside counts as used), released
    /// (`failed`), or held (`unknown`); once settled or released it stays so. The reservation itself is not changed.
    EndAttempt {
        /// The job.
        job_id: JobId,
        /// The attempt as it ended.
        attempt: Box<JobAttempt>,
    },
    /// Ends a job. A job that has ended is a `conflict`. One that ends `cancelled`, or `failed` without a single attempt,
    /// frees its idempotency key.
    EndJob {
        /// The job.
        job_id: JobId,
        /// `settled`, `failed`, `cancelled` or `unknown`.
        state: JobState,
        /// The assets that came of it.
        asset_ids: Vec<AssetId>,
        /// Why it ended without images.
        failure: Option<String>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Adds assets to those that came of an unknown job, which stays unknown: parts of it are known by now. Any other job
    /// is a `conflict`.
    AddJobAssets {
        /// The job.
        job_id: JobId,
        /// The assets.
        asset_ids: Vec<AssetId>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Closes an unknown job; any other is a `conflict`. What is still held for its attempts is settled as claimed
    /// (`billed`) or released (`not_billed`); its unknown attempts become `settled` or `failed`.
    ResolveJob {
        /// The job.
        job_id: JobId,
        /// How.
        resolution: Resolution,
        /// The assets that came of it after all.
        asset_ids: Vec<AssetId>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Gives a user a limit of their own at a provider, in credits a month, or (`None`) takes it away.
    SetQuotaLimit {
        /// The user.
        user_id: UserId,
        /// The provider.
        provider: ProviderId,
        /// Credits a month.
        credits: Option<u64>,
    },
    /// Keeps the state of a breaker, if the one kept is still of the version expected (0: none is kept); otherwise
    /// `conflict`.
    SaveBreaker {
        /// Whose breaker.
        key: BreakerKey,
        /// Its state.
        state: BreakerState,
        /// The version that was built upon.
        expected_version: u64,
    },
    /// Appends to the event log.
    AppendEvent(Event),
}

/// A new asset, with what is written along with it.
#[derive(Debug, Clone, PartialEq)]
pub struct InsertAsset {
    /// The asset; its blobs are there already.
    pub asset: MediaAsset,
    /// How it was generated, if it was.
    pub generation: Option<GenerationRecord>,
    /// Libraries to put it into.
    pub library_ids: Vec<LibraryId>,
}

impl From<InsertAsset> for Change {
    fn from(insert: InsertAsset) -> Self {
        Self::InsertAsset(Box::new(insert))
    }
}

impl From<Event> for Change {
    fn from(event: Event) -> Self {
        Self::AppendEvent(event)
    }
}

/// What came of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitReceipt {
    /// Suggestions that were kept; those of which an open one was there already are missing.
    pub suggestions_opened: Vec<SuggestionId>,
}
