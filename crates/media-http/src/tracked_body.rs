//! A request body that tells whether anybody has begun to send it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A body of known length that raises a flag when it is first asked for its bytes.
///
/// The client asks only once it has a connection and has written the head into its buffer; until then no server can
/// have the whole order.
pub(crate) struct TrackedBody {
    bytes: Option<Bytes>,
    begun: Arc<AtomicBool>,
}

impl TrackedBody {
    /// Wraps the bytes; the flag is raised when sending begins.
    pub(crate) fn new(bytes: Bytes) -> (Self, Arc<AtomicBool>) {
        let begun = Arc::new(AtomicBool::new(false));
        (Self { bytes: Some(bytes), begun: Arc::clone(&begun) }, begun)
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.store(true, Ordering::Release);
        Poll::Ready(self.get_mut().bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
