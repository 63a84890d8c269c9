//! A request body that tells whether anybody has begun to send it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::RequestBody;

/// A body of known length that raises a flag when it is first asked for its bytes.
///
/// The client asks only once it has a connection and has written the head into its buffer; until then no server can
/// have the whole order.
pub(crate) struct TrackedBody {
    chunks: VecDeque<Bytes>,
    begun: Arc<AtomicBool>,
}

impl TrackedBody {
    /// Wraps a body; the flag is raised when sending begins.
    pub(crate) fn new(body: RequestBody) -> (Self, Arc<AtomicBool>) {
        let begun = Arc::new(AtomicBool::new(false));
        (Self { chunks: body.into_chunks().into(), begun: Arc::clone(&begun) }, begun)
    }
}

impl Body for TrackedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.store(true, Ordering::Release);
        Poll::Ready(self.get_mut().chunks.pop_front().map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.chunks.iter().map(|chunk| chunk.len() as u64).sum())
    }
}
