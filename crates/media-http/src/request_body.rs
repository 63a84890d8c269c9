//! What a request carries: pieces that are sent one after another, never copied together.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use bytes::Bytes;

/// The body of a request, in pieces. Read as a slice, which is for tests, it is one: several pieces are then copied together
/// once.
///
/// ```
/// use bytes::Bytes;
/// use media_http::RequestBody;
///
/// let picture = Bytes::from_static(b"a large picture");
/// let body = RequestBody::from_chunks([Bytes::from_static(b"head "), picture.clone()]);
/// assert_eq!(body.len(), 20);
/// assert_eq!(body.chunks()[1].as_ptr(), picture.as_ptr());
/// ```
#[derive(Clone, Default)]
pub struct RequestBody {
    chunks: Vec<Bytes>,
    whole: OnceLock<Bytes>,
}

impl RequestBody {
    /// Makes a body of pieces; empty ones are left out.
    pub fn from_chunks(chunks: impl IntoIterator<Item = Bytes>) -> Self {
        let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
        Self { chunks, whole: OnceLock::new() }
    }

    /// The pieces, in order; none of them is empty.
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// Number of bytes in all pieces.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    /// Whether nothing is carried.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The whole body in one piece, see [`RequestBody`].
    pub fn to_bytes(&self) -> Bytes {
        let joined = || match &self.chunks[..] {
            [] => Bytes::new(),
            [only] => only.clone(),
            several => several.concat().into(),
        };
        self.whole.get_or_init(joined).clone()
    }

    pub(crate) fn into_chunks(self) -> Vec<Bytes> {
        self.chunks
    }
}

impl Deref for RequestBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.to_bytes();
        self.whole.get().map(Bytes::as_ref).unwrap_or_default()
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self::from_chunks([bytes])
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl fmt::Debug for RequestBody {
    /// Shows the length only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.len())
    }
}
