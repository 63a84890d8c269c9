//! Fits a request to what a provider can do, before anything is sent.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::capabilities::Unmet;
use media_domain::{Adaptation, Capabilities, Compatibility, GenerationRequest, JobHandle};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

/// Maps a request to the nearest that the generator inside can serve, and says so in the answer; what it cannot serve
/// in any form never reaches it.
#[derive(Debug)]
pub struct CapabilityGate {
    inner: Arc<dyn ImageGenerator>,
    compatibility: Compatibility,
}

impl CapabilityGate {
    /// Wraps a generator; a caller's own preference overrides `compatibility`.
    pub fn new(inner: Arc<dyn ImageGenerator>, compatibility: Compatibility) -> Self {
        Self { inner, compatibility }
    }
}

#[async_trait]
impl ImageGenerator for CapabilityGate {
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let (request, adaptations) = admit(self.inner.capabilities(), self.compatibility, context, request)?;
        let mut answer = self.inner.generate_image(context, &request).await?;
        answer.adaptations.splice(0..0, adaptations);
        Ok(answer)
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.inner.resolve(context, handle).await
    }
}

/// The request as it can be sent, with every difference from what was asked for.
pub(crate) fn admit(
    capabilities: &Capabilities,
    policy: Compatibility,
    context: &CallContext,
    request: &GenerationRequest,
) -> Result<(GenerationRequest, Vec<Adaptation>), ProviderError> {
    let admission = capabilities.admit(request);
    let refused = |unmet: Vec<Unmet>| {
        let reasons: Vec<_> = unmet.iter().map(ToString::to_string).collect();
        ProviderError::unsupported(format!("it cannot serve the request ({})", reasons.join("; ")))
    };
    admission.check(context.preferences.compatibility.unwrap_or(policy)).map_err(refused)?;
    Ok((admission.request, admission.adaptations))
}
