//! The journal of one call: what was sent is written down before it is sent.

use std::fmt::Debug;

use async_trait::async_trait;
use media_domain::{JobHandle, JobState, ProviderErrorKind, ProviderId, Usage};

use crate::StoreError;

/// Records how far one call has come. A call has at most one open attempt at a time.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CallJournal: Debug + Send + Sync + 'static {
    /// Records, durably, that a provider is about to be called; returns once that is certain.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing may be sent.
    async fn dispatched(&self, provider: &ProviderId) -> Result<(), StoreError>;

    /// Records the vendor's handle of the open attempt.
    ///
    /// # Errors
    /// [`StoreError`]; the call goes on all the same, since it has been paid for.
    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError>;

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
    /// What was used.
    pub usage: Usage,
}

/// Keeps no journal: for dry run, which spends nothing, and for single adapters under test.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoJournal;

#[async_trait]
impl CallJournal for NoJournal {
    async fn dispatched(&self, _provider: &ProviderId) -> Result<(), StoreError> {
        Ok(())
    }

    async fn accepted(&self, _handle: &JobHandle) -> Result<(), StoreError> {
        Ok(())
    }

    async fn ended(&self, _end: AttemptEnd) -> Result<(), StoreError> {
        Ok(())
    }
}
