//! Files, named by the SHA-256 of their bytes.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{ContentHash, FileSize};

use crate::StoreError;

/// Keeps files by the SHA-256 of their bytes: equal bytes are kept once.
///
/// ```
/// use bytes::Bytes;
/// use media_domain::ContentHash;
/// use media_ports::{BlobStore, StoreError};
///
/// async fn keep(blobs: &dyn BlobStore, bytes: Bytes) -> Result<ContentHash, StoreError> {
///     let hash = ContentHash::of(&bytes);
///     blobs.put_blob(hash, bytes).await?;
///     Ok(hash)
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BlobStore: Debug + Send + Sync + 'static {
    /// Keeps the bytes under their hash; once it returns they survive what the store's durability promises. Tells
    /// whether they were new.
    ///
    /// The caller has computed the hash of just these bytes.
    ///
    /// # Errors
    /// [`StoreError`] of kind `unavailable`.
    async fn put_blob(&self, hash: ContentHash, bytes: Bytes) -> Result<bool, StoreError>;

    /// The bytes under a hash, as they were put; they are checked against the hash.
    ///
    /// # Errors
    /// [`StoreError`] of kind `not_found`, `corrupt` or `unavailable`.
    async fn get_blob(&self, hash: ContentHash) -> Result<Bytes, StoreError>;

    /// Whether there are bytes under a hash.
    ///
    /// # Errors
    /// [`StoreError`] of kind `unavailable`.
    async fn has_blob(&self, hash: ContentHash) -> Result<bool, StoreError>;

    /// Removes the bytes under a hash; what is not there is removed already.
    ///
    /// # Errors
    /// [`StoreError`] of kind `unavailable`.
    async fn delete_blob(&self, hash: ContentHash) -> Result<(), StoreError>;

    /// Up to `limit` blobs in the order of their hashes, after the one named.
    ///
    /// # Errors
    /// [`StoreError`] of kind `unavailable`.
    async fn list_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<BlobInfo>, StoreError>;
}

/// One blob of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// Number of bytes.
    pub size: FileSize,
}
