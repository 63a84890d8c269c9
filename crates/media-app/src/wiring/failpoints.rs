//! Points at which a test can hold the program, to kill it there; only in builds for tests.
//!
//! `MEDIA_FAILPOINT` names one point: the state of a job that has just been committed (`planned`, `dispatched`,
//! `accepted`, `answered`, `settled`), `blob` once a file has been kept, or `before_settled` before the last commit.

use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{ContentHash, JobState};
use media_engine::EngineParts;
use media_ports::{BlobInfo, BlobStore, CatalogWriter, Change, ChangeSet, CommitReceipt, StoreError};

/// Wraps the stores if a point is named.
pub(super) fn armed(mut parts: EngineParts) -> EngineParts {
    let Ok(point) = std::env::var("MEDIA_FAILPOINT") else { return parts };
    let point: Arc<str> = point.into();
    parts.writer = Arc::new(HeldWriter { inner: parts.writer, point: point.clone() });
    parts.blobs = Arc::new(HeldBlobs { inner: parts.blobs, point });
    parts
}

/// Tells whoever listens that the point is reached, and does not go on.
async fn hold(point: &str) {
    // Whoever listens may be gone; then nobody kills us and the test fails by its own time-out.
    let _ = writeln!(std::io::stderr(), "failpoint {point} reached");
    std::future::pending::<()>().await;
}

#[derive(Debug)]
struct HeldWriter {
    inner: Arc<dyn CatalogWriter>,
    point: Arc<str>,
}

fn state_of(change: &Change) -> Option<JobState> {
    match change {
        Change::PlanJob(_) => Some(JobState::Planned),
        Change::DispatchAttempt { .. } => Some(JobState::Dispatched),
        Change::AcceptAttempt { .. } => Some(JobState::Accepted),
        Change::AnswerJob { .. } => Some(JobState::Answered),
        Change::EndJob { state, .. } => Some(*state),
        _ => None,
    }
}

#[async_trait]
impl CatalogWriter for HeldWriter {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let states: Vec<JobState> = changes.changes.iter().filter_map(state_of).collect();
        if &*self.point == "before_settled" && states.contains(&JobState::Settled) {
            hold(&self.point).await;
        }
        let receipt = self.inner.commit(changes).await?;
        if states.iter().any(|state| state.as_str() == &*self.point) {
            hold(&self.point).await;
        }
        Ok(receipt)
    }
}

#[derive(Debug)]
struct HeldBlobs {
    inner: Arc<dyn BlobStore>,
    point: Arc<str>,
}

#[async_trait]
impl BlobStore for HeldBlobs {
    async fn put_blob(&self, hash: ContentHash, bytes: Bytes) -> Result<bool, StoreError> {
        let new = self.inner.put_blob(hash, bytes).await?;
        if &*self.point == "blob" {
            hold(&self.point).await;
        }
        Ok(new)
    }

    async fn get_blob(&self, hash: ContentHash) -> Result<Bytes, StoreError> {
        self.inner.get_blob(hash).await
    }

    async fn has_blob(&self, hash: ContentHash) -> Result<bool, StoreError> {
        self.inner.has_blob(hash).await
    }

    async fn delete_blob(&self, hash: ContentHash) -> Result<(), StoreError> {
        self.inner.delete_blob(hash).await
    }

    async fn list_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<BlobInfo>, StoreError> {
        self.inner.list_blobs(after, limit).await
    }
}
