//! The vendor's tasks: ordered, asked after, and made into answers.

use std::time::{Duration, Instant};

use media_domain::{Adaptation, ImageFormat, JobHandle, MediaDimensions, Phase, ProviderErrorKind};
use media_http::{JsonAnswer, PollPlan, PollStep, PolledJob, Purpose};
use media_ports::fitting::refuse_if_strict;
use media_ports::{CallContext, GenerationAnswer, ProviderError};

use crate::FluxAdapter;
use crate::error::state_told;
use crate::handle::Ticket;
use crate::mapping::result_answer;
use crate::order::Order;
use crate::wire::{Accepted, State, Task};

/// An order, and what is expected of it.
pub(crate) struct Plan<'a> {
    pub(crate) model: &'a str,
    pub(crate) order: Order<'a>,
    pub(crate) dimensions: MediaDimensions,
    pub(crate) format: ImageFormat,
    /// Differences from what was asked for.
    pub(crate) adaptations: Vec<Adaptation>,
}

/// What one look at a task has told.
pub(crate) enum Look {
    Running,
    Ready(Box<GenerationAnswer>),
    /// The content was refused.
    Rejected(String),
    /// It ended without a result, for another reason.
    Failed(String),
    /// The vendor does not know it (any more).
    Gone,
}

/// What is done, in words that complete "failed to …".
pub(crate) const ORDER: &str = "order an image";
const WAIT: &str = "make an image";
const LOOK: &str = "ask after an image";

/// Largest answer that is read, in bytes: pictures are not in it.
const ANSWER_LIMIT: u64 = 4 << 20;

/// For so long, a task that the vendor does not know may have been ordered a moment ago: just after an order, it may not be
/// known everywhere yet (unconfirmed, read 2026-11-20).
const SETTLING_TIME: Duration = Duration::from_secs(15);

impl FluxAdapter {
    /// Orders, and asks after the task until it has ended or the deadline comes.
    pub(crate) async fn place(&self, context: &CallContext, plan: Plan<'_>) -> Result<GenerationAnswer, ProviderError> {
        refuse_if_strict(context, &plan.adaptations, ORDER)?;
        let clock = self.client.clock();
        let started = clock.now();
        let context = context.with_deadline(started + self.settings.timeout());
        let ticket = self.submit(&context, &plan).await?;
        let mut answer = self.wait(&context, &ticket).await?;
        answer.adaptations = plan.adaptations;
        answer.processing_time = clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    async fn submit(&self, context: &CallContext, plan: &Plan<'_>) -> Result<Ticket, ProviderError> {
        let url = self.client.base_url().join(["v1", plan.model]).map_err(|error| {
            let message = format!("{ORDER}: the model's name leads nowhere");
            ProviderError::new(ProviderErrorKind::ConfigInvalid, message).here().with_source(error)
        })?;
        let call = self.client.post(url, context, Purpose::Submit, ORDER).json(&plan.order).body_limit(ANSWER_LIMIT);
        let JsonAnswer { document, files, .. } = call.send_json::<Accepted>().await?;
        match Ticket::address(&self.client, &document.polling_url) {
            Ok(polling_url) => Ok(Ticket {
                polling_url,
                model: plan.model.to_owned(),
                credits: document.cost,
                dimensions: plan.dimensions,
                format: plan.format,
            }),
            Err(reason) => {
                let message = format!("{ORDER}: the address of the task {reason}; the key was not sent there");
                let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message).with_http_status(200);
                Err(Purpose::Submit.judge(error.billed(Some(files.into_rest()))))
            }
        }
    }

    async fn wait(&self, context: &CallContext, ticket: &Ticket) -> Result<GenerationAnswer, ProviderError> {
        let (clock, handle) = (self.client.clock(), ticket.write());
        let settled = clock.now() + SETTLING_TIME;
        let job = PolledJob::new(clock, context, handle.clone(), PollPlan::default(), WAIT);
        let handle = &handle;
        job.until_done(|context| async move {
            let look = self.look(&context, ticket, handle).await?;
            self.step(look, handle, settled)
        })
        .await
    }

    fn step(
        &self,
        look: Look,
        handle: &JobHandle,
        settled: Instant,
    ) -> Result<PollStep<GenerationAnswer>, ProviderError> {
        let ended = |kind, reason: String| ProviderError::new(kind, format!("{WAIT}: {reason}"));
        match look {
            Look::Running => Ok(PollStep::RUNNING),
            Look::Ready(answer) => Ok(PollStep::Done(*answer)),
            Look::Rejected(reason) => Err(ended(ProviderErrorKind::ContentRejected, reason)),
            Look::Failed(reason) => Err(ended(ProviderErrorKind::Unavailable, reason)),
            Look::Gone if self.client.clock().now() < settled => Ok(PollStep::RUNNING),
            Look::Gone => {
                let reason = "the vendor does not know the task, though it took the order".to_owned();
                Err(ended(ProviderErrorKind::NotFound, reason).uncertain(Phase::Running, Some(handle.clone())))
            }
        }
    }

    /// Looks at a task once.
    ///
    /// # Errors
    /// As [`Purpose::Poll`] has them; `billed` for a task that is done and names no picture.
    pub(crate) async fn look(
        &self,
        context: &CallContext,
        ticket: &Ticket,
        handle: &JobHandle,
    ) -> Result<Look, ProviderError> {
        let purpose = Purpose::Poll(handle.clone());
        let call = self.client.get(ticket.polling_url.clone(), context, purpose.clone(), LOOK);
        let (task, files) = match call.body_limit(ANSWER_LIMIT).send_json::<Task>().await {
            Ok(answer) => (answer.document, answer.files),
            Err(error) => {
                return match state_told(&error) {
                    Some(state) => Ok(without_result(state, error.to_string())),
                    // What the vendor's document overruled has not been judged by the purpose yet.
                    None => Err(purpose.judge(error)),
                };
            }
        };
        match task.state() {
            State::Ready => {
                let answer = result_answer(&task, ticket, &self.id);
                let answer = answer.map_err(|problem| no_picture(problem, files.into_rest()))?;
                Ok(Look::Ready(Box::new(answer)))
            }
            state => {
                let said = self.client.redactor().clean(&task.reason());
                Ok(without_result(state, format!("the vendor says {said:?}")))
            }
        }
    }
}

fn without_result(state: State, reason: String) -> Look {
    match state {
        State::Running | State::Ready => Look::Running,
        State::RequestModerated | State::ContentModerated => Look::Rejected(reason),
        State::Failed => Look::Failed(reason),
        State::NotFound => Look::Gone,
    }
}

fn no_picture(problem: &str, body: bytes::Bytes) -> ProviderError {
    ProviderError::new(ProviderErrorKind::MalformedResponse, format!("{WAIT}: the vendor is done, and {problem}"))
        .billed(Some(body))
        .with_http_status(200)
}
