//! The journal of one job, kept in the catalogue.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use media_domain::{JobAttempt, JobHandle, JobId, JobState, ProviderId, Usage};
use media_ports::{AttemptEnd, CallJournal, CatalogWriter, Change, Clock, StoreError};

/// Writes one job's attempts down as they happen.
#[derive(Debug)]
pub(crate) struct JobJournal {
    job_id: JobId,
    writer: Arc<dyn CatalogWriter>,
    clock: Arc<dyn Clock>,
    open: Mutex<Option<JobAttempt>>,
}

impl JobJournal {
    pub(crate) fn new(job_id: JobId, writer: Arc<dyn CatalogWriter>, clock: Arc<dyn Clock>) -> Self {
        Self { job_id, writer, clock, open: Mutex::new(None) }
    }

    /// The last attempt as settled with what it used, if there was one: the one that brought images.
    pub(crate) fn settled_attempt(&self, usage: Usage) -> Option<JobAttempt> {
        let mut attempt = self.last()?;
        attempt.state = JobState::Settled;
        attempt.usage = usage;
        attempt.ended_at = Some(self.clock.utc_now());
        Some(attempt)
    }

    fn last(&self) -> Option<JobAttempt> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_last(&self, attempt: JobAttempt) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(attempt);
    }
}

#[async_trait]
impl CallJournal for JobJournal {
    async fn dispatched(&self, provider: &ProviderId) -> Result<(), StoreError> {
        let attempt = JobAttempt {
            number: self.last().map_or(0, |attempt| attempt.number) + 1,
            provider: provider.clone(),
            state: JobState::Dispatched,
            handle: None,
            error_kind: None,
            message: None,
            usage: Usage::default(),
            dispatched_at: self.clock.utc_now(),
            ended_at: None,
        };
        let change = Change::DispatchAttempt { job_id: self.job_id, attempt: Box::new(attempt.clone()) };
        self.writer.commit(change.into()).await?;
        self.set_last(attempt);
        Ok(())
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        if let Some(mut attempt) = self.last() {
            attempt.state = JobState::Accepted;
            attempt.handle = Some(handle.clone());
            self.set_last(attempt);
        }
        let change = Change::AcceptAttempt { job_id: self.job_id, handle: handle.clone(), at: self.clock.utc_now() };
        self.writer.commit(change.into()).await.map(drop)
    }

    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError> {
        let Some(mut attempt) = self.last() else { return Ok(()) };
        attempt.state = end.state;
        attempt.error_kind = Some(end.error_kind);
        attempt.message = Some(end.message);
        attempt.usage = end.usage;
        attempt.ended_at = Some(self.clock.utc_now());
        self.set_last(attempt.clone());
        let change = Change::EndAttempt { job_id: self.job_id, attempt: Box::new(attempt) };
        self.writer.commit(change.into()).await.map(drop)
    }
}
