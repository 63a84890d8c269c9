//! The journal of paid work: what was ordered, and how far it came.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::word_enum;
use crate::{
    AssetId, ContentHash, EditRecord, GenerationRequest, IdempotencyKey, JobId, LibraryId, OwnerId, ProviderErrorKind,
    ProviderId, RequestFingerprint, RequestId, Reservation, Usage, UserId,
};

word_enum! {
    /// How far a job has come.
    JobState, "job state" {
        /// Accepted; nothing has been sent.
        Planned = "planned",
        /// Recorded before the first byte left; from here on it may have been billed.
        Dispatched = "dispatched",
        /// The vendor has accepted it and given it a handle.
        Accepted = "accepted",
        /// The images have come; they are being stored.
        Answered = "answered",
        /// Everything is stored and settled.
        Settled = "settled",
        /// It ended without images, and nothing is open.
        Failed = "failed",
        /// Cancelled before anything was sent.
        Cancelled = "cancelled",
        /// Nobody knows whether it was billed; a person or the vendor must tell.
        Unknown = "unknown",
        /// An unknown job that has been closed.
        Resolved = "resolved",
    }
}

impl JobState {
    /// Whether nothing more will happen to the job by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Failed | Self::Cancelled | Self::Unknown | Self::Resolved)
    }

    /// What a job becomes when the process that owned it is gone.
    pub const fn abandoned(self) -> Self {
        match self {
            Self::Planned => Self::Cancelled,
            Self::Dispatched | Self::Accepted | Self::Answered => Self::Unknown,
            ended => ended,
        }
    }

    /// What a job becomes when nobody is at work on it any more, given where its attempts stand: unknown only while one of
    /// them is open or lost. Once all have ended nothing is held: it is cancelled, which frees its key, or failed if an
    /// attempt was paid for in vain, which a repetition must learn.
    ///
    /// ```
    /// # use media_domain::JobState;
    /// assert_eq!(JobState::Dispatched.abandoned_with([JobState::Failed, JobState::Dispatched]), JobState::Unknown);
    /// assert_eq!(JobState::Dispatched.abandoned_with([JobState::Failed]), JobState::Cancelled);
    /// assert_eq!(JobState::Dispatched.abandoned_with([JobState::Settled, JobState::Failed]), JobState::Failed);
    /// ```
    pub fn abandoned_with(self, attempts: impl IntoIterator<Item = Self>) -> Self {
        let attempts: Vec<Self> = attempts.into_iter().map(Self::abandoned).collect();
        match self.abandoned() {
            // Sent, and yet without an attempt: whoever wrote that knows more than is here.
            Self::Unknown if attempts.is_empty() || attempts.contains(&Self::Unknown) => Self::Unknown,
            Self::Unknown if attempts.contains(&Self::Settled) => Self::Failed,
            Self::Unknown => Self::Cancelled,
            ended => ended,
        }
    }
}

word_enum! {
    /// How an unknown job was closed.
    Resolution, "resolution" {
        /// The vendor billed it.
        Billed = "billed",
        /// The vendor did not bill it.
        NotBilled = "not_billed",
    }
}

word_enum! {
    /// What is kept of a request and its answer; everything by default.
    #[derive(Default)]
    Retain, "retention" {
        /// The images, and how they were made.
        #[default]
        Everything = "all",
        /// No prompt, no image, no hash of one; of the job, what accounting and idempotency need.
        Nothing = "none",
    }
}

impl Retain {
    /// Whether the images are kept.
    pub const fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }
}

/// The vendor's identifier of its own job, by which the outcome can be asked for later.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobHandle(String);

impl JobHandle {
    /// Wraps what the vendor gave: an identifier or an address to poll.
    pub fn new(handle: impl Into<String>) -> Self {
        Self(handle.into())
    }

    /// What the vendor gave.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JobHandle {
    /// Cuts the query off an address, which may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JobHandle({})", self.0.split(['?', '#']).next().unwrap_or_default())
    }
}

/// One job: a request that may cost money, with every attempt to serve it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Identifies the job.
    pub job_id: JobId,
    /// Identifies the request it serves.
    pub request_id: RequestId,
    /// The process at work on it.
    pub owner: OwnerId,
    /// On whose behalf.
    pub user_id: UserId,
    /// The chain asked.
    pub chain: String,
    /// What was asked for; without its words where nothing is retained.
    pub request: GenerationRequest,
    /// How a picture was to be changed, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditRecord>,
    /// What is kept of it; everything by default.
    #[serde(default, skip_serializing_if = "Retain::is_everything")]
    pub retain: Retain,
    /// The library that takes the result.
    pub library_id: LibraryId,
    /// The caller's key by which a repetition is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<IdempotencyClaim>,
    /// How far it has come.
    pub state: JobState,
    /// Attempts in order.
    pub attempts: Vec<JobAttempt>,
    /// Hashes of the images that came; kept from `answered` on, so that no picture is lost.
    #[serde(default)]
    pub content_hashes: Vec<ContentHash>,
    /// The assets that came of it.
    #[serde(default)]
    pub asset_ids: Vec<AssetId>,
    /// Why it ended without images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How it was closed, once it was unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A job's claim to its caller's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyClaim {
    /// The key; whose it is is told by the job's user.
    pub key: IdempotencyKey,
    /// Stands for the request that it was claimed with.
    pub fingerprint: RequestFingerprint,
}

/// One attempt of a job, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobAttempt {
    /// Which attempt this is, from one.
    pub number: u32,
    /// The provider tried.
    pub provider: ProviderId,
    /// How far it came: dispatched, accepted, settled, failed, unknown.
    pub state: JobState,
    /// The vendor's handle, once it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<JobHandle>,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ProviderErrorKind>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was set aside for it when it was dispatched; stays as it was, whatever became of it.
    #[serde(default, skip_serializing_if = "Reservation::is_empty")]
    pub reservation: Reservation,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// When it was sent.
    pub dispatched_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}
