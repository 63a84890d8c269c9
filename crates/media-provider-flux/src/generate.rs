//! Generating images.

use async_trait::async_trait;
use media_domain::{
    Capabilities, EditCapabilities, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId, RetryClass,
};
use media_http::ApiClient;
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
        Ok(match self.look(context, &ticket, handle).await {
            Ok(Look::Running) => ResolveAnswer::Running,
            Ok(Look::Ready(answer)) => ResolveAnswer::Done(answer),
            Ok(Look::Rejected(reason) | Look::Failed(reason)) => without_result(&ticket, &reason),
            Ok(Look::Gone) => ResolveAnswer::Gone,
            Err(error) if error.retry == RetryClass::Billed => {
                ResolveAnswer::Failed { reason: error.to_string(), billed: Some(true) }
            }
            Err(error) => return Err(of_a_question(error)),
        })
    }
}

/// Whether a task is billed that was refused or failed, the vendor does not say (its pages on errors and on credits, read
/// 2026-11-30); only what was ordered for nothing surely is not. Whoever has to close the job is told the price.
fn without_result(ticket: &Ticket, reason: &str) -> ResolveAnswer {
    let billed = ticket.credits.filter(|credits| *credits == 0.0).map(|_| false);
    let price = match ticket.credits {
        _ if billed.is_some() => String::new(),
        Some(credits) => format!("; whether the {credits} credits of the order are billed, the vendor does not say"),
        None => "; whether it is billed, the vendor does not say".to_owned(),
    };
    ResolveAnswer::Failed { reason: format!("{reason}{price}"), billed }
}

/// The error of a look of which nothing depends: a definite refusal is one, and leaves nothing open that was not before.
fn of_a_question(mut error: ProviderError) -> ProviderError {
    if matches!(error.retry, RetryClass::Uncertain { .. }) {
        let given_up = error.kind == ProviderErrorKind::Cancelled;
        error.retry = if given_up { RetryClass::Never } else { RetryClass::Elsewhere };
    }
    error
}
