//! Writes down what is sent before it is sent.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{
    Capabilities, GenerationRequest, JobHandle, JobState, ProviderErrorKind, ProviderId, RetryClass, Usage,
};
use media_ports::{AttemptEnd, CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use tracing::error;

/// Records every attempt in the call's journal: `dispatched` durably before the generator inside is called, and how it
/// ended when no images came. Images are recorded by whoever stores them.
#[derive(Debug)]
pub struct Journaled {
    inner: Arc<dyn ImageGenerator>,
    provider: ProviderId,
}

impl Journaled {
    /// Wraps the generator of a provider.
    pub fn new(inner: Arc<dyn ImageGenerator>, provider: ProviderId) -> Self {
        Self { inner, provider }
    }

    async fn recorded<A>(
        &self,
        context: &CallContext,
        call: impl Future<Output = Result<A, ProviderError>> + Send,
    ) -> Result<A, ProviderError> {
        context.journal.dispatched(&self.provider).await.map_err(|error| {
            let message = "the dispatch could not be recorded, so nothing was sent";
            ProviderError::new(ProviderErrorKind::Unexpected, message).never().with_source(error)
        })?;
        let result = call.await;
        if let Err(failure) = &result
            && let Err(lost) = context.journal.ended(attempt_end(failure)).await
        {
            // The entry stays open and becomes `unknown` once this process is gone: safe, if unkind.
            error!(provider = %self.provider, request_id = %context.request_id, "the end of an attempt could not be recorded: {lost}");
        }
        result
    }
}

/// How the journal sees a failure.
fn attempt_end(failure: &ProviderError) -> AttemptEnd {
    let state = match failure.retry {
        RetryClass::Never | RetryClass::Elsewhere | RetryClass::Again { .. } => JobState::Failed,
        RetryClass::Uncertain { .. } => JobState::Unknown,
        RetryClass::Billed => JobState::Settled,
    };
    AttemptEnd { state, error_kind: failure.kind, message: failure.to_string(), usage: Usage::default() }
}

#[async_trait]
impl ImageGenerator for Journaled {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.recorded(context, self.inner.generate_image(context, request)).await
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.inner.resolve(context, handle).await
    }
}
