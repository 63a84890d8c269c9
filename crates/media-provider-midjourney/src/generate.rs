//! Generating images.

use async_trait::async_trait;
use media_domain::{Capabilities, Compatibility, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId};
use media_http::{ApiClient, PollStep};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::handle::{Handle, Stage};
use crate::task::{ORDER, Outcome, billed};
use crate::{MidjourneySettings, error, mapping, prompt};

/// Has Midjourney draw through a proxy of one's own.
///
/// It orders a grid of four once per call and repeats no order; then it takes one picture out of the grid. The journal is told of
/// both tasks: whoever asks after the first one later gets the same picture taken.
#[derive(Debug)]
pub struct MidjourneyAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: MidjourneySettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) client: ApiClient,
}

const RESOLVE: &str = "ask what became of a task";

#[async_trait]
impl ImageGenerator for MidjourneyAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let clock = self.client.clock();
        let started = clock.now();
        let context = context.with_deadline(started + self.settings.timeout());
        let prompt = prompt::with_flags(request, &self.capabilities, &self.settings)?;
        if context.preferences.compatibility == Some(Compatibility::Strict)
            && let Some(left_out) = mapping::left_out(&self.settings)
        {
            return Err(prompt::unfit(&left_out.reason));
        }
        let handle = self.ordered(&context, request, &prompt).await?;
        let mut answer = self.drawn(&context, handle).await?;
        answer.processing_time = clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    /// Asks after the task, and once a grid is drawn has the wanted picture taken out of it.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let context = context.with_deadline(self.client.clock().now() + self.settings.timeout());
        let handle = Handle::read(handle, RESOLVE)?;
        let (handle, outcome) = match self.step(context.clone(), &handle).await? {
            PollStep::Running { .. } => return Ok(ResolveAnswer::Running),
            PollStep::Done(Outcome::Taking { next, .. }) => match self.waited(&context, &next).await {
                Ok(outcome) => (*next, outcome),
                Err(error) if error.kind == ProviderErrorKind::Timeout => return Ok(ResolveAnswer::Running),
                Err(error) => return Err(error),
            },
            PollStep::Done(outcome) => (handle, outcome),
        };
        Ok(match outcome {
            Outcome::Drawn(picture) => {
                ResolveAnswer::Done(Box::new(mapping::answer(&picture, &handle, &self.settings, &self.id)))
            }
            Outcome::Taking { .. } => ResolveAnswer::Running,
            Outcome::Failed(reason) => {
                // Once there is a grid, it has been drawn and paid for.
                ResolveAnswer::Failed { reason, billed: (handle.stage == Stage::Upscale).then_some(true) }
            }
            Outcome::Gone => ResolveAnswer::Gone,
        })
    }
}

impl MidjourneyAdapter {
    async fn drawn(&self, context: &CallContext, handle: Handle) -> Result<GenerationAnswer, ProviderError> {
        let (handle, outcome, grid_url) = match self.waited_or_cancelled(context, &handle).await? {
            Outcome::Taking { next, grid_url } => {
                let outcome = self.waited_or_cancelled(context, &next).await?;
                (*next, outcome, Some(grid_url))
            }
            outcome => (handle, outcome, None),
        };
        match (outcome, grid_url) {
            (Outcome::Drawn(picture), _) => Ok(mapping::answer(&picture, &handle, &self.settings, &self.id)),
            (Outcome::Failed(reason), None) => Err(error::failed_task(&reason, ORDER)),
            (Outcome::Failed(reason), Some(grid_url)) => Err(billed(error::failed_task(&reason, ORDER), &grid_url)),
            (Outcome::Gone | Outcome::Taking { .. }, _) => Err(mapping::forgotten(handle.write(), ORDER)),
        }
    }
}
