//! Generating images.

use std::time::Duration;

use async_trait::async_trait;
use media_domain::{Capabilities, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId};
use media_http::{ApiClient, PollStep};
use media_ports::fitting::refuse_if_strict;
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use crate::handle::{Handle, Stage};
use crate::mapping::grid_answer;
use crate::task::{ORDER, Outcome, TAKE};
use crate::{MidjourneySettings, error, mapping, prompt};

/// Has Midjourney draw through a proxy of one's own.
///
/// It orders a grid of four once per call and repeats no order; then it takes one picture out of the grid. The journal is told of
/// both tasks: whoever asks after the first one later gets the same picture taken. A grid is paid for, so that it is delivered
/// where no picture can be had out of it.
#[derive(Debug)]
pub struct MidjourneyAdapter {
    pub(crate) id: ProviderId,
    pub(crate) settings: MidjourneySettings,
    pub(crate) capabilities: Capabilities,
    pub(crate) client: ApiClient,
}

const RESOLVE: &str = "ask what became of a task";

/// How long a picture that was asked for while a task was asked after is waited for. It is taken within seconds, mostly; whoever
/// asks has other tasks to ask after.
const SOON: Duration = Duration::from_secs(10);

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
        refuse_if_strict(&context, mapping::left_out(&self.settings).as_slice(), ORDER)?;
        let handle = self.ordered(&context, request, &prompt).await?;
        let mut answer = self.drawn(&context, handle).await?;
        answer.processing_time = clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    /// Asks after the task, and once a grid is drawn has the wanted picture taken out of it. The journal is told of the task that
    /// takes it, which is asked after from then on.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let context = context.with_deadline(self.client.clock().now() + self.settings.timeout());
        let handle = Handle::read(handle, RESOLVE)?;
        match self.step(context.clone(), &handle).await? {
            PollStep::Running { .. } => Ok(ResolveAnswer::Running),
            PollStep::Done(Outcome::Taking { next, .. }) => {
                let soon = context.with_deadline(self.client.clock().now() + SOON);
                match self.waited(&soon, &next).await {
                    Ok(outcome) => self.resolved(&context, &next, outcome).await,
                    Err(error) if error.kind == ProviderErrorKind::Timeout => Ok(ResolveAnswer::Running),
                    Err(error) => Err(error),
                }
            }
            PollStep::Done(outcome) => self.resolved(&context, &handle, outcome).await,
        }
    }
}

const FORGOTTEN: &str = "the proxy does not know the task any more";

impl MidjourneyAdapter {
    async fn drawn(&self, context: &CallContext, handle: Handle) -> Result<GenerationAnswer, ProviderError> {
        match self.waited_or_cancelled(context, &handle).await? {
            Outcome::Drawn(picture) => Ok(mapping::answer(&picture, &handle, self)),
            Outcome::Taking { next, grid } => {
                let reason = match self.waited_or_cancelled(context, &next).await? {
                    Outcome::Drawn(picture) => return Ok(mapping::answer(&picture, &next, self)),
                    Outcome::Failed(reason) => reason,
                    // Nothing is taken out of a picture.
                    Outcome::Gone | Outcome::Taking { .. } | Outcome::GridOnly { .. } => FORGOTTEN.to_owned(),
                };
                Ok(grid_answer(&grid, &handle.whole_grid(&handle.id), &format!("{TAKE}: {reason}"), self))
            }
            Outcome::GridOnly { grid, reason } => Ok(grid_answer(&grid, &handle.whole_grid(&handle.id), &reason, self)),
            Outcome::Failed(reason) => Err(error::failed_task(&reason, handle.write(), ORDER)),
            Outcome::Gone => Err(mapping::forgotten(handle.write(), ORDER)),
        }
    }

    /// What became of a task, by how it has ended.
    async fn resolved(
        &self,
        context: &CallContext,
        handle: &Handle,
        outcome: Outcome,
    ) -> Result<ResolveAnswer, ProviderError> {
        let (ended, reason) = match outcome {
            Outcome::Drawn(picture) => return Ok(done(mapping::answer(&picture, handle, self))),
            Outcome::GridOnly { grid, reason } => {
                return Ok(done(grid_answer(&grid, &handle.whole_grid(&handle.id), &reason, self)));
            }
            Outcome::Taking { .. } => return Ok(ResolveAnswer::Running),
            Outcome::Failed(reason) => {
                // Once there is a grid, it has been drawn and paid for.
                let billed = (handle.stage == Stage::Upscale).then_some(true);
                (ResolveAnswer::Failed { reason: reason.clone(), billed }, reason)
            }
            Outcome::Gone => (ResolveAnswer::Gone, FORGOTTEN.to_owned()),
        };
        let Some(grid) = handle.grid.as_deref().map(|id| handle.whole_grid(id)) else { return Ok(ended) };
        match self.look(context, &grid).await? {
            PollStep::Done(Outcome::Drawn(picture)) => {
                Ok(done(grid_answer(&picture, &grid, &format!("{TAKE}: {reason}"), self)))
            }
            _ => Ok(ended),
        }
    }
}

fn done(answer: GenerationAnswer) -> ResolveAnswer {
    ResolveAnswer::Done(Box::new(answer))
}
