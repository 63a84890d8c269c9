//! The journal of a question about a job that was sent long ago.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use media_domain::{JobAttempt, JobHandle, JobId, ProviderId, Reservation, Usage};
use media_ports::{AttemptEnd, CallJournal, CatalogWriter, Change, StoreError, StoreErrorKind};

/// Keeps the handle by which an attempt goes from now on. Nothing is ordered by a question, so that nothing else is written.
#[derive(Debug)]
pub(crate) struct HandleJournal {
    job_id: JobId,
    attempt: Mutex<JobAttempt>,
    writer: Arc<dyn CatalogWriter>,
}

impl HandleJournal {
    pub(crate) fn new(job_id: JobId, attempt: &JobAttempt, writer: Arc<dyn CatalogWriter>) -> Self {
        Self { job_id, attempt: Mutex::new(attempt.clone()), writer }
    }
}

#[async_trait]
impl CallJournal for HandleJournal {
    async fn dispatched(&self, provider: &ProviderId, _reservation: &Reservation) -> Result<(), StoreError> {
        let message = format!("a question about job {} orders nothing, and {provider} wants to", self.job_id);
        Err(StoreError::new(StoreErrorKind::Invalid, message))
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        let attempt = {
            let mut attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
            attempt.handle = Some(handle.clone());
            attempt.clone()
        };
        let change = Change::EndAttempt { job_id: self.job_id, attempt: Box::new(attempt) };
        self.writer.commit(change.into()).await.map(drop)
    }

    fn answered(&self, _usage: &Usage) {}

    fn part(&self) -> Arc<dyn CallJournal> {
        let attempt = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::new(Self::new(self.job_id, &attempt, self.writer.clone()))
    }

    async fn ended(&self, _end: AttemptEnd) -> Result<(), StoreError> {
        Ok(())
    }
}
