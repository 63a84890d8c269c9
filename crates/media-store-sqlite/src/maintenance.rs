//! Looking after the store as a whole.

use std::path::PathBuf;

use async_trait::async_trait;
use media_domain::{ContentHash, JobId};
use media_ports::{
    CatalogWriter, ChangeSet, CommitReceipt, StoreError, StoreErrorKind, StoreMaintenance, VerifyFinding,
};

use crate::backup::back_up;
use crate::columns::{Columns, limit as limit_of};
use crate::integrity;
use crate::store::SqliteStore;

/// Every arm of the union comes sorted out of an index. The images of a job are named by it alone until its assets are
/// stored, and for good when its outcome is unknown.
const REFERENCED: &str = "
    SELECT content_hash AS hash FROM assets WHERE content_hash > ?1
    UNION SELECT thumbnail_hash FROM assets WHERE thumbnail_hash IS NOT NULL AND thumbnail_hash > ?1
    UNION SELECT content_hash FROM variants WHERE content_hash > ?1
    UNION SELECT unhex(image.value) FROM jobs, json_each(jobs.content_hashes) image
        WHERE jobs.state IN ('answered', 'unknown') AND unhex(image.value) > ?1
    ORDER BY hash LIMIT ?2";

#[async_trait]
impl CatalogWriter for SqliteStore {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        self.writer.commit(changes).await
    }
}

#[async_trait]
impl StoreMaintenance for SqliteStore {
    async fn recover_abandoned_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        self.recover().await
    }

    async fn check_integrity(&self) -> Result<Vec<VerifyFinding>, StoreError> {
        self.readers.read("check the catalogue", integrity::check).await
    }

    async fn referenced_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<ContentHash>, StoreError> {
        let query = move |connection: &rusqlite::Connection| {
            let after = after.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
            let mut statement = connection.prepare_cached(REFERENCED)?;
            let hashes = statement.query_and_then((after, limit_of(limit)), |row| Columns::of(row).hash())?;
            hashes.collect()
        };
        self.readers.read("list the files that the catalogue names", query).await
    }

    async fn backup_to(&self, destination: PathBuf) -> Result<(), StoreError> {
        let catalogue = self.readers.file().clone();
        blocking("write a backup", move || back_up(&catalogue, &destination)).await
    }
}

/// Runs work that blocks on files on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::new(StoreErrorKind::Unavailable, format!("{action}: the work broke off")).with_source(error))
    })
}
