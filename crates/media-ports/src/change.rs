//! The changes that a catalogue knows.

use chrono::{DateTime, Utc};
use media_domain::{
    AssetId, ContentHash, DesignExportRecord, Event, GenerationRecord, Job, JobAttempt, JobHandle, JobId, JobState,
    LibraryId, MediaAsset, MediaLibrary, MediaOptimizationSuggestion, MediaPerformance, MediaVariant, ProcessingError,
    Resolution, SuggestionId, UsageEvent, VariantId,
};

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
    /// more. Thumbnail and processing errors are written too. Usage (count, history, campaigns) is not written: it only grows, by [`Change::RecordUsage`].
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
    /// Replaces a variant of the same id.
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
    /// Writes a new job down.
    PlanJob(Box<Job>),
    /// Adds an attempt to a job, which becomes `dispatched`. A job that has ended is a `conflict`.
    DispatchAttempt {
        /// The job.
        job_id: JobId,
        /// The attempt.
        attempt: Box<JobAttempt>,
    },
    /// Keeps the vendor's handle of a job's last attempt; both become `accepted`.
    AcceptAttempt {
        /// The job.
        job_id: JobId,
        /// The handle.
        handle: JobHandle,
        /// When.
        at: DateTime<Utc>,
    },
    /// Keeps the hashes of images that came; job and last attempt become `answered`.
    AnswerJob {
        /// The job.
        job_id: JobId,
        /// The images.
        content_hashes: Vec<ContentHash>,
        /// When.
        at: DateTime<Utc>,
    },
    /// Writes the last attempt as it ended (matched by its number); the job's own state stays.
    EndAttempt {
        /// The job.
        job_id: JobId,
        /// The attempt as it ended.
        attempt: Box<JobAttempt>,
    },
    /// Ends a job. A job that has ended is a `conflict`.
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
    /// Closes an unknown job; any other is a `conflict`.
    ResolveJob {
        /// The job.
        job_id: JobId,
        /// How.
        resolution: Resolution,
        /// When.
        at: DateTime<Utc>,
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
