//! How an order ends without images: what is written down, and what the caller is told.

use std::any::Any;

use bytes::Bytes;
use media_chain::{ChainError, ChainErrorKind};
use media_domain::generation::AttemptOutcome;
use media_domain::{
    AttemptRecord, ContentHash, FileBytes, JobId, JobState, ProviderErrorKind, Resolution, Retain, SkippedProvider,
};
use media_ports::{Change, ChangeSet, GenerationAnswer, ProviderError};
use tracing::error;

use crate::arrival::Unusable;
use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::order::{Closing, Order};

/// Everybody but the one who delivered, as a chain's error tells of them.
fn everybody_else(answer: &GenerationAnswer) -> ChainError {
    let failed = answer.attempts.iter().any(|attempt| attempt.outcome != AttemptOutcome::Succeeded);
    let kind = if failed { ChainErrorKind::AllFailed } else { ChainErrorKind::NoneAvailable };
    ChainError { attempts: answer.attempts.clone(), skipped: answer.skipped.clone(), ..ChainError::of_kind(kind) }
}

/// Whether an attempt was billed without a usable result.
fn paid_in_vain(failure: &ChainError) -> bool {
    failure.attempts.iter().any(|attempt| attempt.outcome == AttemptOutcome::Billed)
}

impl Order {
    /// Writes down how a chain failed, and tells the caller.
    pub(crate) async fn failed(&self, engine: &MediaEngine, mut failure: ChainError) -> EngineError {
        if self.has_unknown() {
            // Whatever came after it: an attempt was lost, and may be billed.
            failure.kind = ChainErrorKind::Unknown;
        }
        if let Some(job_id) = self.written_job() {
            let salvaged = std::mem::take(&mut failure.salvaged).into_iter().map(FileBytes::into_bytes).collect();
            self.keep_aside(engine, job_id, salvaged).await;
            let state = match failure.kind {
                ChainErrorKind::Unknown => JobState::Unknown,
                // What was paid for in vain keeps its key: a repetition must learn of it, and not pay again.
                ChainErrorKind::Cancelled if !paid_in_vain(&failure) => JobState::Cancelled,
                _ => JobState::Failed,
            };
            let words = match self.generate.retain {
                Retain::Everything => failure.to_string(),
                // Without the reasons: a vendor's words may quote the prompt.
                Retain::Nothing => ChainError::of_kind(failure.kind).to_string(),
            };
            self.end_job(engine, job_id, state, words).await;
        }
        EngineError::Generation { job_id: self.written_job(), source: Box::new(failure) }
    }

    /// Ends an order whose answer holds nothing but placeholders, which the caller does not want.
    pub(crate) async fn only_placeholder(&self, engine: &MediaEngine, answer: GenerationAnswer) -> EngineError {
        if let Some(job_id) = self.written_job() {
            self.end_job(engine, job_id, JobState::Failed, "only a placeholder was delivered".to_owned()).await;
        }
        let error = EngineError::OnlyPlaceholder {
            provider: answer.provider.to_string(),
            source: Box::new(everybody_else(&answer)),
        };
        self.unless_lost(error, answer.attempts, answer.skipped)
    }

    /// Settles what was paid for and brought nothing usable.
    pub(crate) async fn useless(
        &self,
        engine: &MediaEngine,
        answer: GenerationAnswer,
        unusable: Vec<Unusable>,
    ) -> EngineError {
        let problem = unusable.iter().map(|unusable| unusable.problem.as_str()).collect::<Vec<_>>().join("; ");
        let job_id = self.written_job();
        let later = unusable.iter().any(|unusable| unusable.may_be_fetched_later);
        let is_open = later && self.book.as_ref().is_some_and(|book| book.keep_open(&problem));
        if let Some(job_id) = job_id {
            let salvaged = answer.salvaged.iter().cloned();
            let paid = unusable.into_iter().filter_map(|unusable| unusable.bytes).chain(salvaged).collect();
            self.keep_aside(engine, job_id, paid).await;
            if let Some(book) = &self.book {
                // Told with the end of the job.
                book.settlements(&answer.usage);
            }
            self.end_job(engine, job_id, JobState::Failed, problem.clone()).await;
        }
        let provider = answer.provider.to_string();
        if is_open {
            return EngineError::Unfetched { provider, problem, job_id };
        }
        let error = EngineError::UnusableResult { provider, problem, job_id };
        self.unless_lost(error, answer.attempts, answer.skipped)
    }

    /// Closes the job after a panic, so that its key does not wait for ever: what was sent and has not ended is unknown.
    pub(crate) async fn cut_short(&self, engine: &MediaEngine, words: String) -> EngineError {
        error!(request_id = %self.request_id, "the work was cut short by a panic");
        let Some(book) = &self.book else { return EngineError::Interrupted(words) };
        let state = book.abandon();
        if let Some(job_id) = self.written_job() {
            self.end_job(engine, job_id, state, "the work was cut short by a fault".to_owned()).await;
        }
        self.unless_lost(EngineError::Interrupted(words), book.told(), Vec::new())
    }

    /// The error, unless an attempt was lost: then the caller must learn that something may be billed.
    fn unless_lost(
        &self,
        error: EngineError,
        attempts: Vec<AttemptRecord>,
        skipped: Vec<SkippedProvider>,
    ) -> EngineError {
        if !self.has_unknown() {
            return error;
        }
        let last = Some(ProviderError::new(ProviderErrorKind::Unexpected, error.to_string()));
        let source = Box::new(ChainError { attempts, skipped, last, ..ChainError::of_kind(ChainErrorKind::Unknown) });
        EngineError::Generation { job_id: self.written_job(), source }
    }

    /// Keeps bytes that were paid for but cannot be used, under the job's own hashes.
    async fn keep_aside(&self, engine: &MediaEngine, job_id: JobId, unusable: Vec<Bytes>) {
        let content_hashes = self.put_aside(engine, unusable).await;
        if content_hashes.is_empty() {
            return;
        }
        let change = Change::AnswerJob { job_id, content_hashes, at: engine.now() };
        if let Err(error) = engine.parts.writer.commit(change.into()).await {
            error!(%job_id, "the bytes kept aside could not be recorded: {error}");
        }
    }

    /// Keeps bytes that cannot be used, unless nothing is to be kept; answers their hashes.
    pub(crate) async fn put_aside(&self, engine: &MediaEngine, unusable: Vec<Bytes>) -> Vec<ContentHash> {
        let mut hashes = Vec::new();
        for bytes in unusable.into_iter().filter(|_| self.generate.retain.is_everything()) {
            let hash = ContentHash::of(&bytes);
            match engine.keep(hash, &bytes).await {
                Ok(()) => hashes.push(hash),
                Err(error) => error!("bytes that were paid for could not be kept: {error}"),
            }
        }
        hashes
    }

    /// Ends a job without images, with whatever of its attempts the catalogue does not know yet.
    async fn end_job(&self, engine: &MediaEngine, job_id: JobId, state: JobState, failure: String) {
        let mut changes = ChangeSet::default();
        changes.changes.extend(self.book.iter().flat_map(|book| book.ends_to_tell()));
        // A lost attempt stays listed until somebody knows what became of it, however the call went on.
        let lost = self.has_unknown();
        let (asset_ids, at) = (Vec::new(), engine.now());
        changes.push(match self.closing {
            Closing::End => {
                let state = if lost { JobState::Unknown } else { state };
                Change::EndJob { job_id, state, asset_ids, failure: Some(failure), at }
            }
            Closing::Resolve if lost => Change::AddJobAssets { job_id, asset_ids, at },
            Closing::Resolve => Change::ResolveJob { job_id, resolution: Resolution::Billed, asset_ids, at },
        });
        if let Err(error) = engine.parts.writer.commit(changes).await {
            // The job stays open until somebody asks for its key or this process is gone, and is closed then.
            error!(%job_id, "the end of the job could not be recorded: {error}");
        }
    }
}

/// What somebody said who panicked.
pub(crate) fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words").to_owned()
}
