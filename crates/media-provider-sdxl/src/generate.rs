//! Generating images.

use async_trait::async_trait;
use media_domain::{Capabilities, Compatibility, EditKind, GenerationRequest, JobHandle, ProviderId};
use media_http::{ApiCall, ApiClient, Purpose};
use media_ports::fitting::{refuse_if_strict, refuse_unmet};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::SdxlSettings;
use crate::fitting::Takes;
use crate::form::{Order, OrderBody, WireForm};

/// Orders images from Stable Diffusion, hosted or on a server of one's own.
///
/// It sends one request per call and repeats none. None of the forms keeps jobs, so an order whose answer is lost stays
/// unknown.
#[derive(Debug)]
pub struct SdxlAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: SdxlSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) form: Box<dyn WireForm>,
    pub(crate) client: ApiClient,
}

/// What is done, in words that complete "failed to …".
pub(crate) const DOING: &str = "order images";

impl SdxlAdapter {
    /// What the form takes, with the steps that the model takes.
    pub(crate) fn takes(&self, kind: Option<EditKind>) -> Takes {
        Takes { steps: self.capabilities.steps.clone(), ..self.form.takes(kind) }
    }

    /// Sends an order and reads what came of it.
    pub(crate) async fn place(&self, context: &CallContext, order: Order) -> Result<GenerationAnswer, ProviderError> {
        let Order { url, body, expected } = order;
        refuse_if_strict(context, &expected.adaptations, DOING)?;
        let clock = self.client.clock();
        let started = clock.now();
        let call = self.client.post(url, context, Purpose::Order, DOING);
        let call =
            with_body(call, body).timeout(self.settings.timeout()).body_limit(self.settings.max_response_bytes());
        let answer = self.form.read(call.send().await?, DOING)?;
        let mut answer = answer.into_generation(expected, &self.id, DOING, self.client.redactor())?;
        answer.processing_time = clock.now().saturating_duration_since(started);
        Ok(answer)
    }
}

fn with_body(call: ApiCall<'_>, body: OrderBody) -> ApiCall<'_> {
    match body {
        OrderBody::Json(document) => call.bytes("application/json", document),
        OrderBody::Form(form) => call.multipart(form),
    }
}

#[async_trait]
impl ImageGenerator for SdxlAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Orders images. What the service cannot be sent is left out or brought to the nearest that it takes, and told in the
    /// answer, or refused when the caller wants all or nothing.
    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        refuse_unmet(self.capabilities.admit(request).check(Compatibility::Strict), DOING, "the model")?;
        let (fitted, adaptations) = self.takes(None).fit(request);
        let mut order = self.form.order(&fitted)?;
        order.expected.adaptations = adaptations;
        self.place(context, order).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: Stable Diffusion keeps no jobs"))
    }
}
