//! Bounds a whole call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_ports::{CallContext, Clock, ProviderError};

use crate::service::{Service, ServiceRequest};

/// Sets the deadline of a call, unless the caller's own is earlier. Nothing is torn down when it passes: those inside
/// obey it themselves, so that the outcome of what was sent is always written down.
#[derive(Debug)]
pub struct Deadline<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

impl<R: ServiceRequest> Deadline<R> {
    /// Wraps an operation; `limit` is the longest time for a call.
    pub fn new(inner: Arc<dyn Service<R>>, clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self { inner, clock, limit }
    }
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Deadline<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.inner.call(&context, request).await
    }
}
