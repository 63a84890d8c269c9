//! Files in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{ContentHash, FileSize};
use media_ports::{BlobInfo, BlobStore, StoreError, StoreErrorKind};

/// Keeps blobs in memory, as long as it lives itself.
#[derive(Debug, Default)]
pub struct MemoryBlobStore(Mutex<BTreeMap<ContentHash, Bytes>>);

impl MemoryBlobStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts other bytes in the place of a blob, as a broken disk does.
    pub fn corrupt(&self, hash: ContentHash, bytes: impl Into<Bytes>) {
        self.blobs().insert(hash, bytes.into());
    }

    fn blobs(&self) -> MutexGuard<'_, BTreeMap<ContentHash, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BlobStore for MemoryBlobStore {
    async fn put_blob(&self, hash: ContentHash, bytes: Bytes) -> Result<bool, StoreError> {
        Ok(self.blobs().insert(hash, bytes).is_none())
    }

    async fn get_blob(&self, hash: ContentHash) -> Result<Bytes, StoreError> {
        let found = self.blobs().get(&hash).cloned();
        let bytes = found.ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, format!("find blob {hash}")))?;
        if ContentHash::of(&bytes) != hash {
            return Err(StoreError::new(StoreErrorKind::Corrupt, format!("read blob {hash}: its bytes have changed")));
        }
        Ok(bytes)
    }

    async fn has_blob(&self, hash: ContentHash) -> Result<bool, StoreError> {
        Ok(self.blobs().contains_key(&hash))
    }

    async fn delete_blob(&self, hash: ContentHash) -> Result<(), StoreError> {
        self.blobs().remove(&hash);
        Ok(())
    }

    async fn list_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<BlobInfo>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let blobs = self.blobs();
        let info = |(hash, bytes): (&ContentHash, &Bytes)| BlobInfo {
            hash: *hash,
            size: FileSize::from_bytes(bytes.len() as u64),
        };
        Ok(blobs.range((start, Bound::Unbounded)).take(limit).map(info).collect())
    }
}
