//! What an answer carries, with its share of the budget.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::byte_budget::Share;

/// The whole body of an answer, decompressed. Whatever is made of it keeps its share of the
/// [`ByteBudget`](crate::ByteBudget) until it is dropped.
///
/// ```
/// use media_http::ResponseBody;
///
/// let body = ResponseBody::from("hello");
/// assert_eq!(&body[..2], b"he");
/// assert_eq!(body.into_bytes(), "hello");
/// ```
#[derive(Clone, Default)]
pub struct ResponseBody {
    bytes: Bytes,
    share: Option<Arc<Share>>,
}

impl ResponseBody {
    pub(crate) fn new(bytes: Bytes, share: Share) -> Self {
        Self { bytes, share: Some(Arc::new(share)) }
    }

    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Bytes {
        held(self.bytes, self.share)
    }

    /// The bytes for a second owner, without a copy.
    pub fn share(&self) -> Bytes {
        self.clone().into_bytes()
    }

    /// Cuts the body to so many bytes; a shorter one is left as it is.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// The bytes to be changed in place – a copy if somebody else holds them – and their share.
    pub(crate) fn into_parts(self) -> (BytesMut, Option<Arc<Share>>) {
        (BytesMut::from(self.bytes), self.share)
    }
}

/// Bytes that keep a share of the budget as long as any piece of them lives.
pub(crate) fn held(bytes: Bytes, share: Option<Arc<Share>>) -> Bytes {
    match share {
        Some(share) => Bytes::from_owner(Held { bytes, _share: share }),
        None => bytes,
    }
}

struct Held {
    bytes: Bytes,
    _share: Arc<Share>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Into<Bytes>> From<T> for ResponseBody {
    /// A body that belongs to no budget, as tests have it.
    fn from(bytes: T) -> Self {
        Self { bytes: bytes.into(), share: None }
    }
}

impl Deref for ResponseBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: ?Sized> PartialEq<T> for ResponseBody
where
    Bytes: PartialEq<T>,
{
    fn eq(&self, other: &T) -> bool {
        self.bytes == *other
    }
}

impl fmt::Debug for ResponseBody {
    /// Shows the length only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseBody({} bytes)", self.len())
    }
}
