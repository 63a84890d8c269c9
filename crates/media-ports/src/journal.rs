//! The journal of one call: what was sent is written down before it is sent.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{JobHandle, JobState, ProviderErrorKind, ProviderId, Reservation, Usage};

use crate::StoreError;

/// Records how far one call has come. A journal has at most one open attempt at a time; a call that is split into parts
/// which run side by side gives each part a journal of its own ([`part`](CallJournal::part)).
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CallJournal: Debug + Send + Sync + 'static {
    /// Records, durably, that a provider is about to be called, and sets aside what the call may use; returns once
    /// both are certain.
    ///
    /// # Errors
    /// [`StoreError`], of kind `quota_exceeded` or `budget_exceeded` when there is not enough left; then nothing may be
    /// sent.
    async fn dispatched(&self, provider: &ProviderId, reservation: &Reservation) -> Result<(), StoreError>;

    /// Records the vendor's handle of the open attempt.
    ///
    /// # Errors
    /// [`StoreError`]; the call goes on all the same, since it has been paid for.
    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError>;

    /// Notes what the open attempt used to bring its images. It costs no write: the commit that stores the images
    /// settles the attempt with it. Without a note, the attempt is settled with what the whole answer used and no other
    /// attempt did, so that only a call of several parts needs it.
    fn answered(&self, usage: &Usage);

    /// The journal of one part of the call, whose attempts are attempts of the same job, numbered with the others.
    fn part(&self) -> Arc<dyn CallJournal>;

    /// Closes the open attempt without images. An attempt with images is closed by the commit that stores them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError>;
}

/// How an attempt ended without images.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptEnd {
    /// `failed` (nothing was made), `unknown`, or `settled` for what was billed all the same.
    pub state: JobState,
    /// What went wrong.
    pub error_kind: ProviderErrorKind,
    /// The same in words.
    pub message: String,
    /// What was used: of what was billed the credits as they were set aside, and the money only where it is known.
    pub usage: Usage,
}

/// Keeps no journal: for dry run, which spends nothing, and for single adapters under test.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoJournal;

#[async_trait]
impl CallJournal for NoJournal {
    async fn dispatched(&self, _provider: &ProviderId, _reservation: &Reservation) -> Result<(), StoreError> {
        Ok(())
    }

    async fn accepted(&self, _handle: &JobHandle) -> Result<(), StoreError> {
        Ok(())
    }

    fn answered(&self, _usage: &Usage) {}

    fn part(&self) -> Arc<dyn CallJournal> {
        Arc::new(Self)
    }

    async fn ended(&self, _end: AttemptEnd) -> Result<(), StoreError> {
        Ok(())
    }
}
