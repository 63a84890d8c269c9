//! The journal of paid work: what was ordered, and how far it came.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::word_enum;
use crate::{
    AssetId, ContentHash, GenerationRequest, JobId, LibraryId, OwnerId, ProviderErrorKind, ProviderId, RequestId,
    Usage, UserId,
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
    /// What was asked for.
    pub request: GenerationRequest,
    /// The library that takes the result.
    pub library_id: LibraryId,
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
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// When it was sent.
    pub dispatched_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}
