//! Generating images.

use async_trait::async_trait;
use media_domain::{Capabilities, Compatibility, EditCapabilities, GenerationRequest, JobHandle, ProviderId};
use media_http::{ApiClient, Purpose};
use media_ports::fitting::refuse_unmet;
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::mapping;
use crate::order::Expected;
use crate::settings::OpenAiImagesSettings;

/// Orders images and edits from the Images API.
///
/// It sends one request per call and repeats none. The vendor keeps no jobs for images, so an order whose answer is
/// lost stays unknown.
#[derive(Debug)]
pub struct OpenAiImagesAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: OpenAiImagesSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) editing: EditCapabilities,
    pub(crate) client: ApiClient,
}

/// What is done, in words that complete "failed to …".
const ORDER: &str = "order images";

#[async_trait]
impl ImageGenerator for OpenAiImagesAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Orders images. A request that has not been fitted to the capabilities is refused: nothing is dropped in silence.
    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let unchanged = self.capabilities.admit(request).check(Compatibility::Strict);
        refuse_unmet(unchanged, ORDER, &self.named_model())?;
        let fitted = self.fit(context, request, ORDER)?;
        let partial_images = self.partial_images_for(context, request.count);
        let order = mapping::order(&fitted.request, &self.capabilities, &self.settings, partial_images);
        let url = self.client.base_url().at("images/generations");
        let call = self.client.post(url, context, Purpose::Order, ORDER).json(&order);
        let expected = Expected {
            dimensions: request.dimensions,
            count: request.count,
            format: fitted.request.options.output_format,
            adaptations: fitted.adaptations,
            as_events: partial_images.is_some(),
        };
        self.place(call, context, expected).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: the Images API keeps no jobs"))
    }
}
