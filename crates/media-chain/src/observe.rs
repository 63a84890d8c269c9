//! Tells the log what a call did and how long it took; never what somebody wrote.

use std::sync::Arc;

use async_trait::async_trait;
use media_ports::{CallContext, Clock, GenerationAnswer, ProviderError};
use tracing::{Instrument, debug, info, info_span, warn};

use crate::image_request::ImageRequest;
use crate::service::Service;
use crate::telemetry;

/// Logs the outcome of every call of the operation inside.
#[derive(Debug)]
pub struct Observe<R: ImageRequest> {
    inner: Arc<dyn Service<R>>,
    clock: Arc<dyn Clock>,
    chain: String,
}

impl<R: ImageRequest> Observe<R> {
    /// Wraps an operation; `chain` names it in the log.
    pub fn new(inner: Arc<dyn Service<R>>, clock: Arc<dyn Clock>, chain: impl Into<String>) -> Self {
        Self { inner, clock, chain: chain.into() }
    }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for Observe<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let started = self.clock.now();
        let span = info_span!(
            "chain",
            chain = self.chain,
            operation = %R::OPERATION,
            request_id = %context.request_id,
            gen_ai.operation.name = telemetry::OPERATION,
            size = %request.size(),
            count = request.count(),
        );
        let result = self.inner.call(context, request).instrument(span.clone()).await;
        let duration_ms = self.clock.now().saturating_duration_since(started).as_millis() as u64;
        let _entered = span.enter();
        match &result {
            Ok(answer) => {
                let (images, attempts) = (answer.images.len(), answer.attempts.len());
                info!(provider = %answer.provider, images, attempts, duration_ms, "{}", R::DONE);
            }
            Err(error) => {
                warn!(kind = %error.kind, retry = error.retry.as_str(), duration_ms, "{}", R::NOT_DONE);
                debug!("{}: {error}", R::NOT_DONE);
            }
        }
        result
    }
}
