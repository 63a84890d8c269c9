//! Generating images.

use async_trait::async_trait;
use media_domain::{Capabilities, EditCapabilities, GenerationRequest, JobHandle, ProviderId};
use media_http::{ApiClient, Purpose};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::FluxSettings;
use crate::handle::Ticket;
use crate::mapping;
use crate::task::Look;

/// Orders images from Black Forest Labs.
///
/// It sends one order per call and repeats none; the order becomes a task, which is asked after where the vendor says. The
/// result is answered by address: the vendor keeps it for ten minutes, and whoever called fetches it at once.
#[derive(Debug)]
pub struct FluxAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: FluxSettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) edit_capabilities: EditCapabilities,
    pub(crate) client: ApiClient,
}

#[async_trait]
impl ImageGenerator for FluxAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.place(context, mapping::plan(request, &self.capabilities, &self.settings)?).await
    }

    /// Looks at a task once. A handle that does not lead to the vendor is refused before anything is sent.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let ticket = Ticket::read(&self.client, handle, &self.settings.model, "ask what became of a task")?;
        Ok(match self.look(context, &ticket, &Purpose::Read).await? {
            Look::Running => ResolveAnswer::Running,
            Look::Ready(answer) => ResolveAnswer::Done(answer),
            // Whether a task without a result is billed, the vendor does not say.
            Look::Rejected(reason) | Look::Failed(reason) => ResolveAnswer::Failed { reason, billed: None },
            Look::Gone => ResolveAnswer::Gone,
        })
    }
}
