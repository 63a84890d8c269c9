//! Bounds one attempt at one provider.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use media_domain::{Capabilities, GenerationRequest, JobHandle, Phase, ProviderErrorKind};
use media_ports::{
    CallContext, Clock, DesignExporter, ExportAnswer, ExportRequest, GenerationAnswer, ImageGenerator, ProviderError,
    ResolveAnswer,
};

/// Time that an adapter has, after the deadline it was told, to end the call in its own words.
const GRACE: Duration = Duration::from_secs(1);

/// Cuts an attempt off when the adapter has not obeyed its deadline: a backstop, whose outcome is always unknown.
#[derive(Debug)]
pub struct Timeout<T: ?Sized> {
    inner: Arc<T>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

impl<T: ?Sized> Timeout<T> {
    /// Wraps a provider's operation; `limit` is the longest time for an attempt.
    pub fn new(inner: Arc<T>, clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self { inner, clock, limit }
    }

    async fn bounded<A>(
        &self,
        context: &CallContext,
        call: impl Future<Output = Result<A, ProviderError>> + Send,
    ) -> Result<A, ProviderError> {
        futures::pin_mut!(call);
        match select(call, self.clock.sleep_until(context.deadline + GRACE)).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => {
                let message = "the provider did not answer in time";
                Err(ProviderError::new(ProviderErrorKind::Timeout, message).uncertain(Phase::Submit, None))
            }
        }
    }
}

#[async_trait]
impl ImageGenerator for Timeout<dyn ImageGenerator> {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.bounded(&context, self.inner.generate_image(&context, request)).await
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.bounded(&context, self.inner.resolve(&context, handle)).await
    }
}

#[async_trait]
impl DesignExporter for Timeout<dyn DesignExporter> {
    async fn export_design(
        &self,
        context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        self.bounded(&context, self.inner.export_design(&context, request)).await
    }
}
