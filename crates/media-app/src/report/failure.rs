//! A failed command: the error, what it means to the shell, and what to do about it.

use std::error::Error;
use std::fmt;

use media_chain::{ChainError, ChainErrorKind};
use media_domain::JobId;
use media_engine::{EngineError, Subject};
use media_ports::{StoreError, StoreErrorKind};

use super::ExitCode;
use crate::config::ConfigError;
use crate::wiring::WiringError;

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    /// What failed, with its causes as sources.
    pub error: Box<dyn Error + Send + Sync>,
    /// What it means to the shell.
    pub exit_code: ExitCode,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// Makes a failure without a hint.
    pub fn new(exit_code: ExitCode, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: error.into(), exit_code, hint: None }
    }

    /// Makes a failure of one thing that was being done, with its cause.
    pub fn doing(exit_code: ExitCode, what: impl Into<String>, source: impl Error + Send + Sync + 'static) -> Self {
        Self::new(exit_code, Doing { what: what.into(), source: Box::new(source) })
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Something that was being done, and why it failed.
#[derive(Debug)]
struct Doing {
    what: String,
    source: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Doing {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(ExitCode::Configuration, error)
    }
}

impl From<WiringError> for Failure {
    fn from(error: WiringError) -> Self {
        let (exit_code, hint) = match &error {
            WiringError::Provider { .. } => (ExitCode::Configuration, None),
            WiringError::Store { source, .. } => (ExitCode::Store, store_hint(source)),
            WiringError::Folder { .. } => (ExitCode::Store, Some("name another folder with --data-dir".to_owned())),
        };
        Self { hint, ..Self::new(exit_code, error) }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let (exit_code, hint) = (exit_code_of(&error), hint_of(&error));
        match error {
            EngineError::Export { source } if source.kind == ChainErrorKind::Unknown => {
                Self { hint, ..Self::new(exit_code, LostExport { source }) }
            }
            error => Self { hint, ..Self::new(exit_code, error) },
        }
    }
}

/// An export whose end nobody knows. It has no job and costs nothing: the chain's words for a lost order would mislead.
#[derive(Debug, thiserror::Error)]
#[error("nobody knows whether the asset was exported")]
pub(super) struct LostExport {
    source: Box<ChainError>,
}

fn exit_code_of(error: &EngineError) -> ExitCode {
    match error {
        EngineError::NotFound { .. } => ExitCode::NotFound,
        EngineError::AlreadyExists { .. }
        | EngineError::Invalid(_)
        | EngineError::Transition(_)
        | EngineError::PlaceholderNeedsForce { .. }
        | EngineError::Counts(_)
        | EngineError::AlreadyApplied(_)
        | EngineError::Image { .. }
        | EngineError::NotUnknown { .. }
        | EngineError::NobodyToAsk { .. }
        | EngineError::KeyReused { .. }
        | EngineError::NotRetained { .. }
        | EngineError::Conflict { .. }
        | EngineError::Dimensions(_) => ExitCode::Refused,
        EngineError::Generation { source, .. } | EngineError::Export { source } => match source.kind {
            ChainErrorKind::AllFailed
            | ChainErrorKind::NoneAvailable
            | ChainErrorKind::DeadlinePassed
            | ChainErrorKind::Billed => ExitCode::ProvidersFailed,
            ChainErrorKind::QuotaExceeded => ExitCode::QuotaExceeded,
            ChainErrorKind::Refused | ChainErrorKind::ContentRejected => ExitCode::Refused,
            ChainErrorKind::NotRecorded => ExitCode::Store,
            ChainErrorKind::Unknown => ExitCode::OutcomeUnknown,
            ChainErrorKind::Cancelled => ExitCode::Interrupted,
        },
        EngineError::UnusableResult { .. }
        | EngineError::OnlyPlaceholder { .. }
        | EngineError::Unanswered { .. }
        | EngineError::FailedBefore { .. } => ExitCode::ProvidersFailed,
        EngineError::OutcomeUnknown { .. } | EngineError::Unfetched { .. } => ExitCode::OutcomeUnknown,
        EngineError::Store(_) => ExitCode::Store,
        _ => ExitCode::Internal,
    }
}

fn hint_of(error: &EngineError) -> Option<String> {
    let hint = match error {
        EngineError::NotFound { subject, .. } => match subject {
            Subject::Asset => "`media-app asset list` shows the assets".to_owned(),
            Subject::Library => "`media-app library list` shows the libraries".to_owned(),
            Subject::Job => "`media-app jobs list` shows the jobs".to_owned(),
            Subject::Chain => "`media-app providers` shows the chains".to_owned(),
            Subject::Variant | Subject::Suggestion => return None,
        },
        EngineError::PlaceholderNeedsForce { .. } => "--force approves it all the same".to_owned(),
        EngineError::Generation { job_id, source } => return chain_hint(source, *job_id),
        EngineError::OutcomeUnknown { job_id } => how_to_learn(*job_id),
        EngineError::NobodyToAsk { job_id, .. } => how_to_close(*job_id),
        EngineError::FailedBefore { .. } | EngineError::NotRetained { .. } => "a new key makes a new order".to_owned(),
        EngineError::Export { source } if source.kind == ChainErrorKind::Unknown => {
            "look at the design before exporting again: what was sent may be there already".to_owned()
        }
        EngineError::Export { source } => return chain_hint(source, None),
        EngineError::OnlyPlaceholder { source, .. } => return chain_hint(source, None),
        EngineError::Unfetched { job_id: Some(job_id), .. } => {
            format!("`media-app jobs reconcile {job_id}` fetches it as long as the vendor keeps it")
        }
        EngineError::Unanswered { job_id, .. } => {
            format!("ask again with `media-app jobs reconcile {job_id}` once the reason is gone")
        }
        EngineError::UnusableResult { job_id: Some(job_id), .. } => {
            format!("`media-app jobs show {job_id}` tells more")
        }
        EngineError::Store(source) => return store_hint(source),
        _ => return None,
    };
    Some(hint)
}

fn chain_hint(error: &ChainError, job_id: Option<JobId>) -> Option<String> {
    let hint = match (error.kind, job_id) {
        (ChainErrorKind::Unknown, Some(job_id)) => how_to_learn(job_id),
        (ChainErrorKind::QuotaExceeded, _) => {
            "`media-app quota` shows what is left, and when it starts anew".to_owned()
        }
        (ChainErrorKind::NotRecorded, _) => FULL_OR_LOCKED.to_owned(),
        (ChainErrorKind::AllFailed | ChainErrorKind::NoneAvailable, _)
            if error.reasons().any(|(_, reason)| reason.ends_with("is not set")) =>
        {
            "set a variable that is named above; `media-app providers` shows who is ready".to_owned()
        }
        _ => return None,
    };
    Some(hint)
}

fn how_to_learn(job_id: JobId) -> String {
    format!("`media-app jobs reconcile {job_id}` asks the vendor; where that cannot be, {}", how_to_close(job_id))
}

fn how_to_close(job_id: JobId) -> String {
    format!(
        "look at the vendor's own records, then close the job with `media-app jobs resolve {job_id} --billed` or `--not-billed`"
    )
}

/// What to look at where the store cannot be written.
const FULL_OR_LOCKED: &str = "check that the data folder exists, is writable and has space left";

fn store_hint(error: &StoreError) -> Option<String> {
    let hint = match error.kind {
        StoreErrorKind::TooNew => "use the version of media-app that has written this folder, or a newer one",
        StoreErrorKind::Corrupt => "`media-app verify` tells what is damaged; restore it from a backup",
        StoreErrorKind::Unavailable => FULL_OR_LOCKED,
        _ => return None,
    };
    Some(hint.to_owned())
}
