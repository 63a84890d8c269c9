//! A journal that remembers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use media_domain::{JobHandle, ProviderId, Reservation, Usage};
use media_ports::{AttemptEnd, CallJournal, StoreError, StoreErrorKind};

/// Remembers the job handles that it was given; its parts share them.
///
/// ```
/// use media_testkit::fakes::RecordingJournal;
///
/// assert!(RecordingJournal::default().handles().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct RecordingJournal {
    handles: Arc<Mutex<Vec<JobHandle>>>,
    fails: bool,
}

impl RecordingJournal {
    /// Makes a journal that remembers the handles, but says of each that it could not be written.
    pub fn failing() -> Self {
        Self { fails: true, ..Self::default() }
    }

    /// The handles reported, in order.
    pub fn handles(&self) -> Vec<JobHandle> {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<JobHandle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CallJournal for RecordingJournal {
    async fn dispatched(&self, _provider: &ProviderId, _reservation: &Reservation) -> Result<(), StoreError> {
        Ok(())
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        self.locked().push(handle.clone());
        match self.fails {
            true => Err(StoreError::new(StoreErrorKind::Unavailable, "the disk is full")),
            false => Ok(()),
        }
    }

    fn answered(&self, _usage: &Usage) {}

    fn part(&self) -> Arc<dyn CallJournal> {
        Arc::new(self.clone())
    }

    async fn ended(&self, _end: AttemptEnd) -> Result<(), StoreError> {
        Ok(())
    }
}
