//! Fits a request to what a provider can do, before anything is sent.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::Compatibility;
use media_ports::{CallContext, CallPreferences, Clock, GenerationAnswer, ProviderError};

use crate::image_request::ImageRequest;
use crate::parts::call_in_parts;
use crate::service::Service;

/// Maps a request to the nearest that the operation inside can serve, and says so in the answer; what it cannot serve
/// in any form never reaches it. More pictures than it makes in one call are ordered in several.
#[derive(Debug)]
pub struct CapabilityGate<R: ImageRequest> {
    inner: Arc<dyn Service<R>>,
    capabilities: R::Capabilities,
    compatibility: Compatibility,
    clock: Arc<dyn Clock>,
}

impl<R: ImageRequest> CapabilityGate<R> {
    /// Wraps an operation that can do what `capabilities` says; a caller's own preference overrides `compatibility`.
    pub fn new(
        inner: Arc<dyn Service<R>>,
        capabilities: R::Capabilities,
        compatibility: Compatibility,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { inner, capabilities, compatibility, clock }
    }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for CapabilityGate<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let compatibility = context.preferences.compatibility.unwrap_or(self.compatibility);
        let admission = request.admit(&self.capabilities, compatibility)?;
        // Adapters fit what only they know, by the same policy; they are lenient unless they are told otherwise.
        let strict;
        let context = match (context.preferences.compatibility, compatibility) {
            (None, Compatibility::Strict) => {
                let preferences = CallPreferences { compatibility: Some(compatibility), ..context.preferences.clone() };
                strict = CallContext { preferences, ..context.clone() };
                &strict
            }
            _ => context,
        };
        let mut answer = if let [_] = admission.parts[..] {
            self.inner.call(context, &admission.request).await?
        } else {
            let calls: Vec<_> = admission.calls().collect();
            call_in_parts(&*self.inner, &*self.clock, context, &calls).await?
        };
        answer.adaptations.splice(0..0, admission.adaptations);
        Ok(answer)
    }
}
