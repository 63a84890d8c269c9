//! The bytes of a file.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use crate::ContentHash;

/// The bytes of a file, and their SHA-256 where whoever made them has computed it on the way. Clones share the bytes; two
/// files are equal when their bytes are.
///
/// ```
/// use media_domain::{ContentHash, FileBytes};
///
/// let file = FileBytes::from(b"abc".to_vec());
/// assert_eq!(file.content_hash(), ContentHash::of(b"abc"));
/// assert_eq!(file, FileBytes::hashed(file.bytes().clone(), file.content_hash()));
/// ```
#[derive(Clone)]
pub struct FileBytes {
    bytes: Bytes,
    content_hash: Option<ContentHash>,
}

impl FileBytes {
    /// A file whose hash is known: the caller has computed it of just these bytes.
    pub const fn hashed(bytes: Bytes, content_hash: ContentHash) -> Self {
        Self { bytes, content_hash: Some(content_hash) }
    }

    /// The SHA-256 of the bytes, which is computed now where it is not known.
    pub fn content_hash(&self) -> ContentHash {
        self.content_hash.unwrap_or_else(|| ContentHash::of(&self.bytes))
    }

    /// The bytes.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes alone.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for FileBytes {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for FileBytes {}

impl From<Bytes> for FileBytes {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, content_hash: None }
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl fmt::Debug for FileBytes {
    /// Tells the length, never the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileBytes({} bytes)", self.bytes.len())
    }
}
