//! Bounds a whole call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_domain::{Capabilities, GenerationRequest, JobHandle};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

/// Sets the deadline of a call, unless the caller's own is earlier. Nothing is torn down when it passes: those inside
/// obey it themselves, so that the outcome of what was sent is always written down.
#[derive(Debug)]
pub struct Deadline {
    inner: Arc<dyn ImageGenerator>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

impl Deadline {
    /// Wraps a generator; `limit` is the longest time for a call.
    pub fn new(inner: Arc<dyn ImageGenerator>, clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self { inner, clock, limit }
    }
}

#[async_trait]
impl ImageGenerator for Deadline {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.inner.generate_image(&context, request).await
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.inner.resolve(&context, handle).await
    }
}
