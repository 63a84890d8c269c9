//! What can go wrong in a use case.

use std::fmt;

use media_chain::{ChainError, ChainErrorKind};
use media_domain::lifecycle::TransitionError;
use media_domain::performance::CountsError;
use media_domain::suggestion::AlreadyApplied;
use media_domain::{AssetId, IdempotencyKey, JobId, JobState, MediaDimensions};
use media_ports::{ImageError, ProviderError, StoreError, StoreErrorKind};

/// A use case that could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No engine is installed in this process.
    #[error("no media engine is installed in this process: call install_media_engine first")]
    NotInstalled,
    /// What was named does not exist.
    #[error("there is no {subject} `{name}`")]
    NotFound {
        /// What was looked for.
        subject: Subject,
        /// Under which name or id.
        name: String,
    },
    /// The name is taken.
    #[error("there is a {subject} `{name}` already")]
    AlreadyExists {
        /// What was to be made.
        subject: Subject,
        /// Under which name.
        name: String,
    },
    /// The request contradicts the model.
    #[error("{0}")]
    Invalid(String),
    /// The lifecycle does not allow the move.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// A placeholder is not approved by accident.
    #[error("asset {asset_id} is a placeholder and no generated picture: approve it with force, or generate it live")]
    PlaceholderNeedsForce {
        /// The asset.
        asset_id: AssetId,
    },
    /// The counts cannot be.
    #[error(transparent)]
    Counts(#[from] CountsError),
    /// The suggestion has been carried out already.
    #[error(transparent)]
    AlreadyApplied(#[from] AlreadyApplied),
    /// The file cannot be used.
    #[error("{what} cannot be used as an image")]
    Image {
        /// Which file.
        what: String,
        /// Why.
        source: ImageError,
    },
    /// No provider delivered.
    #[error("no image was generated")]
    Generation {
        /// The job, if one was written down.
        job_id: Option<JobId>,
        /// Every provider with its reason.
        source: Box<ChainError>,
    },
    /// The provider delivered something, but not a usable image; what came was kept aside.
    #[error("{provider} delivered {problem}; what came was kept aside with job {job}", job = .job_id.map(|id| id.to_string()).unwrap_or_default())]
    UnusableResult {
        /// The provider.
        provider: String,
        /// What is wrong with it.
        problem: String,
        /// The job.
        job_id: Option<JobId>,
    },
    /// The key was used for another request.
    #[error("the idempotency key `{}` belongs to another request (job {job_id}): use a new key for a new request", .key.as_str())]
    KeyReused {
        /// The key.
        key: IdempotencyKey,
        /// The job that holds it.
        job_id: JobId,
    },
    /// The first call of the key failed, and this is its answer.
    #[error("the first call of this request failed (job {job_id}): {failure}")]
    FailedBefore {
        /// The job of the first call.
        job_id: JobId,
        /// How it ended.
        failure: String,
    },
    /// Nobody knows what became of the first call of the key.
    #[error("nobody knows what became of job {job_id}: the order may have been accepted and billed")]
    OutcomeUnknown {
        /// The job.
        job_id: JobId,
    },
    /// The first call of the key has been answered, and nothing of the answer was retained.
    #[error(
        "the first call of this request was answered (job {job_id}), and nothing of it was retained, as it asked: it is not made again; use a new key for a new call"
    )]
    NotRetained {
        /// The job of the first call.
        job_id: JobId,
    },
    /// The vendor cannot be asked what became of the job.
    #[error("nobody can be asked about job {job_id}: {reason}")]
    NobodyToAsk {
        /// The job.
        job_id: JobId,
        /// Why not.
        reason: String,
    },
    /// Only a placeholder came, and the caller wants none.
    #[error("only a placeholder was delivered, by {provider}")]
    OnlyPlaceholder {
        /// The provider that drew it.
        provider: String,
        /// Everybody else with their reason.
        source: Box<ChainError>,
    },
    /// The provider has delivered, but the picture could not be fetched; the vendor keeps it for a while, and can be asked
    /// for it again.
    #[error("{provider} has delivered, and the picture could not be fetched: {problem}")]
    Unfetched {
        /// The provider.
        provider: String,
        /// What went wrong.
        problem: String,
        /// The job, which is unknown until the picture is here.
        job_id: Option<JobId>,
    },
    /// The vendor was asked what became of a job, and did not tell.
    #[error("{provider} did not tell what became of job {job_id}")]
    Unanswered {
        /// The job.
        job_id: JobId,
        /// The provider.
        provider: String,
        /// Why not.
        source: Box<ProviderError>,
    },
    /// No provider exported.
    #[error("the asset was not exported")]
    Export {
        /// Every provider with its reason.
        source: Box<ChainError>,
    },
    /// The job cannot be closed by hand.
    #[error("job {job_id} is {state}, and only an unknown one can be resolved")]
    NotUnknown {
        /// The job.
        job_id: JobId,
        /// Where it stands.
        state: JobState,
    },
    /// Somebody else keeps changing the same thing.
    #[error("{subject} `{name}` is being changed by somebody else: try again")]
    Conflict {
        /// What was to be changed.
        subject: Subject,
        /// Its id.
        name: String,
    },
    /// The size asked for is not the size that came, and cannot be.
    #[error("a size of {0} cannot be made")]
    Dimensions(MediaDimensions),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// A task of ours ended without an answer.
    #[error("the work was cut short: {0}")]
    Interrupted(String),
}

impl EngineError {
    /// The job that the error is about, if one is written down.
    pub fn job_id(&self) -> Option<JobId> {
        match self {
            Self::Generation { job_id, .. } | Self::UnusableResult { job_id, .. } | Self::Unfetched { job_id, .. } => {
                *job_id
            }
            Self::KeyReused { job_id, .. }
            | Self::FailedBefore { job_id, .. }
            | Self::OutcomeUnknown { job_id }
            | Self::NotRetained { job_id }
            | Self::NobodyToAsk { job_id, .. }
            | Self::Unanswered { job_id, .. }
            | Self::NotUnknown { job_id, .. } => Some(*job_id),
            _ => None,
        }
    }

    /// Whether nobody knows whether an order was accepted and billed.
    pub fn is_unknown_outcome(&self) -> bool {
        match self {
            Self::OutcomeUnknown { .. } | Self::Unfetched { .. } => true,
            Self::Generation { source, .. } => source.kind == ChainErrorKind::Unknown,
            _ => false,
        }
    }
}

/// What a use case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An asset.
    Asset,
    /// A library.
    Library,
    /// A variant.
    Variant,
    /// A suggestion.
    Suggestion,
    /// A job.
    Job,
    /// A chain of providers.
    Chain,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asset => "asset",
            Self::Library => "library",
            Self::Variant => "variant",
            Self::Suggestion => "suggestion",
            Self::Job => "job",
            Self::Chain => "chain",
        })
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error.kind {
            StoreErrorKind::Invalid => Self::Invalid(error.message),
            _ => Self::Store(error),
        }
    }
}

/// A missing thing as an error.
pub(crate) trait OrNotFound<T> {
    /// The thing, or `NotFound` under the name given.
    fn or_not_found(self, subject: Subject, name: impl fmt::Display) -> Result<T, EngineError>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, subject: Subject, name: impl fmt::Display) -> Result<T, EngineError> {
        self.ok_or_else(|| EngineError::NotFound { subject, name: name.to_string() })
    }
}

/// What a refused commit means for the thing it was about.
pub(crate) fn refused(error: StoreError, subject: Subject, name: impl fmt::Display) -> EngineError {
    let name = name.to_string();
    match error.kind {
        StoreErrorKind::NotFound => EngineError::NotFound { subject, name },
        StoreErrorKind::AlreadyExists => EngineError::AlreadyExists { subject, name },
        StoreErrorKind::Conflict => EngineError::Conflict { subject, name },
        _ => error.into(),
    }
}
