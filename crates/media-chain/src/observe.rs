//! Tells the log what a call did and how long it took; never the prompt.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{Capabilities, GenerationRequest, JobHandle};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use tracing::{Instrument, info, info_span, warn};

/// Logs the outcome of every call of the generator inside.
#[derive(Debug)]
pub struct Observe {
    inner: Arc<dyn ImageGenerator>,
    clock: Arc<dyn Clock>,
    chain: String,
}

impl Observe {
    /// Wraps a generator; `chain` names it in the log.
    pub fn new(inner: Arc<dyn ImageGenerator>, clock: Arc<dyn Clock>, chain: impl Into<String>) -> Self {
        Self { inner, clock, chain: chain.into() }
    }
}

#[async_trait]
impl ImageGenerator for Observe {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.clock.now();
        let span = info_span!("generate_image", chain = %self.chain, request_id = %context.request_id, size = %request.dimensions, count = request.count);
        let result = self.inner.generate_image(context, request).instrument(span.clone()).await;
        let duration_ms = self.clock.now().saturating_duration_since(started).as_millis() as u64;
        let _entered = span.enter();
        match &result {
            Ok(answer) => {
                info!(provider = %answer.provider, images = answer.images.len(), attempts = answer.attempts.len(), duration_ms, "generated")
            }
            Err(error) => {
                warn!(kind = %error.kind, retry = error.retry.as_str(), duration_ms, "not generated: {error}")
            }
        }
        result
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.inner.resolve(context, handle).await
    }
}
