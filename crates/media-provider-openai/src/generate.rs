//! Generating images.

use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, Method};
use media_domain::{Capabilities, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId};
use media_http::{HttpRequest, Redactor, Transport, display_url};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use url::Url;

use crate::settings::OpenAiImagesSettings;
use crate::{error, mapping};

/// Orders images from the Images API.
///
/// It sends one request per call and repeats none. The vendor keeps no jobs for images, so an order whose answer is
/// lost stays unknown.
#[derive(Debug)]
pub struct OpenAiImagesAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: OpenAiImagesSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) endpoints: Endpoints,
    /// The credential and whom to bill, the same for every request.
    pub(crate) headers: HeaderMap,
    pub(crate) redactor: Redactor,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Where requests go.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub(crate) generations: Url,
    pub(crate) models: Url,
}

impl Endpoints {
    pub(crate) fn below(base_url: &Url) -> Self {
        let path = |last: &str| {
            let mut url = base_url.clone();
            url.set_path(&format!("{}/{last}", base_url.path().trim_end_matches('/')));
            url
        };
        Self { generations: path("images/generations"), models: path("models") }
    }
}

impl OpenAiImagesAdapter {
    /// A request with the headers that every one carries.
    pub(crate) fn request(&self, method: Method, url: &Url, context: &CallContext) -> HttpRequest {
        let mut request = HttpRequest::new(method, url.clone(), context);
        request.headers = self.headers.clone();
        request
    }
}

#[async_trait]
impl ImageGenerator for OpenAiImagesAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let doing = format!("order images from {}", display_url(&self.endpoints.generations));
        let order = mapping::order(request, &self.capabilities, &self.settings)?;
        let started = self.clock.now();
        let context = context.with_deadline(started + self.settings.timeout());
        let http_request = self
            .request(Method::POST, &self.endpoints.generations, &context)
            .with_body_limit(self.settings.max_response_bytes())
            .with_json(&order)
            .map_err(|error| {
                let message = format!("{doing}: the order cannot be written as JSON");
                ProviderError::new(ProviderErrorKind::Unexpected, message).never().with_source(error)
            })?;
        let response = self.transport.send(http_request).await.map_err(|error| error.into_provider_error(&doing))?;
        if !response.status.is_success() {
            return Err(error::refusal(&response, &doing, &self.redactor, self.clock.utc_now().into()));
        }
        let mut answer = mapping::answer(&response, request, self, &doing)?;
        answer.processing_time = self.clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: the Images API keeps no jobs"))
    }
}
