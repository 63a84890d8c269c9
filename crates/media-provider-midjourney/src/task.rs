//! A task at the proxy: given, looked at, and one picture taken out of its grid.

use bytes::Bytes;
use media_domain::{GenerationRequest, JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{ApiCall, CancelAnswer, JsonAnswer, PollPlan, PollStep, PolledJob, Purpose};
use media_ports::{CallContext, ProviderError};
use url::Url;

use crate::MidjourneyAdapter;
use crate::error;
use crate::handle::{Handle, Stage};
use crate::settings::Dialect;
use crate::wire::{Action, Change, Imagine, SubmitResult, Task};

/// What is done, in words that complete "failed to …".
pub(crate) const ORDER: &str = "order images";
const LOOK: &str = "ask after the images";
const TAKE: &str = "take one picture out of the grid";
const GIVE_UP: &str = "cancel the task";

/// A picture takes half a minute and more, so there is no hurry with the first question.
const PLAN: PollPlan = PollPlan {
    first: std::time::Duration::from_secs(2),
    factor: 1.5,
    max: std::time::Duration::from_secs(5),
    timeout: std::time::Duration::from_secs(30),
};

/// A finished task.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) task: Task,
    pub(crate) url: String,
}

/// What came of a task.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// This is the picture.
    Drawn(Box<Picture>),
    /// The grid is drawn, and the proxy has been told to take one picture out of it.
    Taking { next: Box<Handle>, grid_url: String },
    /// It ended without a picture, for this reason.
    Failed(String),
    /// The proxy does not know it.
    Gone,
}

impl MidjourneyAdapter {
    /// Gives the order for a grid.
    pub(crate) async fn ordered(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
        prompt: &str,
    ) -> Result<Handle, ProviderError> {
        let order = Imagine { prompt, state: context.request_id.to_string() };
        let url = self.client.base_url().at("submit/imagine");
        let call = self.client.post(url, context, Purpose::Submit, ORDER).json(&order);
        let id = self.taken(call, ORDER).await?;
        let (width, height) = (request.dimensions.width, request.dimensions.height);
        Ok(Handle {
            stage: Stage::Imagine,
            id,
            grid: None,
            upscale: self.settings.upscale,
            width,
            height,
            seed: request.options.seed,
        })
    }

    /// Tells the journal of the task, then asks until it has come as far as it goes.
    pub(crate) async fn waited(&self, context: &CallContext, handle: &Handle) -> Result<Outcome, ProviderError> {
        let job = PolledJob::new(self.client.clock(), context, handle.write(), PLAN, ORDER);
        job.until_done(|context| self.step(context, handle)).await
    }

    /// The same, where the proxy is told when nobody waits any more.
    pub(crate) async fn waited_or_cancelled(
        &self,
        context: &CallContext,
        handle: &Handle,
    ) -> Result<Outcome, ProviderError> {
        if self.settings.dialect != Dialect::Trueai {
            return self.waited(context, handle).await;
        }
        let job = PolledJob::new(self.client.clock(), context, handle.write(), PLAN, ORDER);
        job.until_done_or_cancel(|context| self.step(context, handle), |context| self.cancelled(context, handle)).await
    }

    /// Looks how the task stands, and takes the wanted picture out of a grid that is drawn.
    pub(crate) async fn step(&self, context: CallContext, handle: &Handle) -> Result<PollStep<Outcome>, ProviderError> {
        let outcome = match self.look(&context, handle).await? {
            PollStep::Done(outcome) => outcome,
            PollStep::Running { after } => return Ok(PollStep::Running { after }),
        };
        Ok(PollStep::Done(match (outcome, handle.picture_to_take()) {
            (Outcome::Drawn(grid), Some(picture)) => {
                let next = Box::new(self.taking(&context, handle, &grid, picture).await?);
                Outcome::Taking { next, grid_url: grid.url }
            }
            (outcome, _) => outcome,
        }))
    }

    async fn look(&self, context: &CallContext, handle: &Handle) -> Result<PollStep<Outcome>, ProviderError> {
        let purpose = Purpose::Poll(handle.write());
        let url = self.task_url(&handle.id, "fetch")?;
        let sent = self.client.get(url, context, purpose.clone(), LOOK).send().await;
        let response = sent.map_err(|error| purpose.judge(error))?;
        // novicezk's proxy answers an unknown task with 200 and nothing, its successor with 204 or `null`.
        if matches!(response.body.trim_ascii(), b"" | b"null") {
            return Ok(PollStep::Done(Outcome::Gone));
        }
        let JsonAnswer { document: task, files, .. } =
            JsonAnswer::<Task>::read(response, LOOK).map_err(|error| purpose.judge(error))?;
        match task.status.as_deref() {
            Some("SUCCESS") => Ok(PollStep::Done(Outcome::Drawn(Box::new(finished(task, files.into_rest())?)))),
            Some("FAILURE") => Ok(PollStep::Done(Outcome::Failed(self.reason(&task, "the task failed")))),
            Some("CANCEL") => Ok(PollStep::Done(Outcome::Failed(self.reason(&task, "the task was cancelled")))),
            // NOT_START, SUBMITTED, IN_PROGRESS, MODAL (a window waits to be confirmed), and whatever else there will be.
            _ => Ok(PollStep::RUNNING),
        }
    }

    /// Has one picture taken out of the grid, which is paid for.
    async fn taking(
        &self,
        context: &CallContext,
        handle: &Handle,
        grid: &Picture,
        picture: u8,
    ) -> Result<Handle, ProviderError> {
        let post = |path| self.client.post(self.client.base_url().at(path), context, Purpose::Submit, TAKE);
        let call = match self.settings.dialect {
            Dialect::Novicezk => {
                post("submit/change").json(&Change { task_id: &handle.id, action: "UPSCALE", index: picture })
            }
            Dialect::Trueai => {
                let Some(custom_id) = grid.task.upscale_button(picture) else {
                    let message = format!("{TAKE}: the proxy offers no button for picture {picture}");
                    let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message);
                    return Err(billed(error, &grid.url));
                };
                post("submit/action").json(&Action { task_id: &handle.id, custom_id })
            }
        };
        let taken = self.taken(call, TAKE).await;
        taken.map(|id| handle.upscaled(id)).map_err(|error| self.judge_taking(error, handle.write(), &grid.url))
    }

    /// What is left when no picture could be taken out of the grid.
    ///
    /// novicezk's proxy knows an order that it has had, and answers with the same task (code 21): there, one whose answer was
    /// lost may be given again. trueai's presses the button twice, so that is left to whoever asks after the handle, as is
    /// whatever may pass. What would be refused for ever is `billed`.
    fn judge_taking(&self, error: ProviderError, handle: JobHandle, grid_url: &str) -> ProviderError {
        use ProviderErrorKind as Kind;
        match (&error.retry, error.kind) {
            (RetryClass::Again { .. }, _) => error,
            (RetryClass::Uncertain { .. }, _) if self.settings.dialect == Dialect::Novicezk => error.again(None),
            (RetryClass::Elsewhere, Kind::NotFound | Kind::InvalidRequest | Kind::ContentRejected) => {
                billed(error, grid_url)
            }
            _ => error.uncertain(Phase::Running, Some(handle)),
        }
    }

    /// Sends an order and reads the task that the proxy makes of it.
    async fn taken(&self, call: ApiCall<'_>, doing: &str) -> Result<String, ProviderError> {
        let said = call.send_json::<SubmitResult>().await?.document;
        error::accepted(&said, doing, self.client.redactor()).map_err(|error| Purpose::Submit.judge(error))
    }

    /// Tells the proxy that nobody waits. It does not say whether Midjourney was at work by then.
    async fn cancelled(&self, context: CallContext, handle: &Handle) -> Result<CancelAnswer, ProviderError> {
        let url = self.task_url(&handle.id, "cancel")?;
        self.client.post(url, &context, Purpose::Read, GIVE_UP).send().await?;
        Ok(CancelAnswer::Unknown)
    }

    fn task_url(&self, id: &str, what: &str) -> Result<Url, ProviderError> {
        self.client.base_url().join(["task", id, what]).map_err(|error| {
            let message = format!("{LOOK}: the task's address {error}");
            ProviderError::new(ProviderErrorKind::InvalidRequest, message).here()
        })
    }

    fn reason(&self, task: &Task, otherwise: &str) -> String {
        let told = self.client.redactor().clean(task.fail_reason.as_deref().unwrap_or_default());
        if told.is_empty() { otherwise.to_owned() } else { format!("{otherwise}: {told}") }
    }
}

/// Reads a task that has ended well.
fn finished(task: Task, body: Bytes) -> Result<Picture, ProviderError> {
    let told = task.image_url.as_deref().and_then(|url| Url::parse(url).ok());
    match told.filter(|url| matches!(url.scheme(), "http" | "https")) {
        Some(url) => Ok(Picture { url: url.into(), task }),
        None => {
            let message = format!("{LOOK}: the finished task names no picture that can be fetched");
            let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message).with_http_status(200);
            Err(error.billed(Some(body)))
        }
    }
}

/// The grid is drawn and paid for; its address is kept aside.
pub(crate) fn billed(error: ProviderError, grid_url: &str) -> ProviderError {
    error.billed(Some(Bytes::from(grid_url.to_owned())))
}
