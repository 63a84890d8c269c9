//! A transport that sends nothing.

use async_trait::async_trait;

use crate::{HttpRequest, HttpResponse, SendPhase, Transport, TransportError, TransportErrorKind};

/// Refuses every request, unsent: what factories are given where nothing may leave the house, as in a dry run.
///
/// ```
/// use std::sync::Arc;
/// use media_http::{NoTransport, Transport};
///
/// let transport: Arc<dyn Transport> = Arc::new(NoTransport);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTransport;

#[async_trait]
impl Transport for NoTransport {
    async fn send(&self, _request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let message = "nothing may be sent here: no transport was supplied";
        Err(TransportError::new(SendPhase::NotSent, TransportErrorKind::Invalid, message))
    }
}
