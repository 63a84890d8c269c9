//! The journal of one job, as the chain sees it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use media_domain::{JobHandle, ProviderId, Reservation, Usage};
use media_ports::{AttemptEnd, CallJournal, StoreError};

use crate::job_book::JobBook;

/// Writes the attempts of one call, or of one part of it, into the job's book as they happen.
#[derive(Debug)]
pub(crate) struct JobJournal {
    book: Arc<JobBook>,
    /// Number of the attempt that is open; absent also when it is one that is not written down.
    open: Mutex<Option<u32>>,
}

impl JobJournal {
    pub(crate) fn new(book: Arc<JobBook>) -> Self {
        Self { book, open: Mutex::new(None) }
    }

    fn open(&self) -> Option<u32> {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CallJournal for JobJournal {
    async fn dispatched(&self, provider: &ProviderId, reservation: &Reservation) -> Result<(), StoreError> {
        let number = self.book.dispatch(provider, reservation).await?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = number;
        Ok(())
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        match self.open() {
            Some(number) => self.book.accept(number, handle).await,
            None => Ok(()),
        }
    }

    fn answered(&self, usage: &Usage) {
        if let Some(number) = self.open() {
            self.book.meter(number, usage);
        }
    }

    fn part(&self) -> Arc<dyn CallJournal> {
        Arc::new(Self::new(self.book.clone()))
    }

    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError> {
        match self.open() {
            Some(number) => self.book.end(number, end).await,
            None => {
                self.book.end_unwritten(end.state);
                Ok(())
            }
        }
    }
}
