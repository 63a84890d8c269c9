//! A task at the proxy: given, looked at, and one picture taken out of its grid.

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
pub(crate) const TAKE: &str = "take one picture out of the grid";
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
    Taking { next: Box<Handle>, grid: Box<Picture> },
    /// The grid is drawn, and no picture can be had out of it, for this reason.
    GridOnly { grid: Box<Picture>, reason: String },
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

    /// The same, where the proxy is told when the caller gives up. At the deadline it is not: the task is billed all the same,
    /// and what it draws can still be asked for.
    pub(crate) async fn waited_or_cancelled(
        &self,
        context: &CallContext,
        handle: &Handle,
    ) -> Result<Outcome, ProviderError> {
        if self.settings.dialect != Dialect::Trueai {
            return self.waited(context, handle).await;
        }
        let job = PolledJob::new(self.client.clock(), context, handle.write(), PLAN, ORDER);
        let given_up = &context.cancellation;
        let cancel = |context| async move {
            if given_up.is_cancelled() { self.cancelled(context, handle).await } else { Ok(CancelAnswer::Unknown) }
        };
        job.until_done_or_cancel(|context| self.step(context, handle), cancel).await
    }

    /// Looks how the task stands, and takes the wanted picture out of a grid that is drawn.
    pub(crate) async fn step(&self, context: CallContext, handle: &Handle) -> Result<PollStep<Outcome>, ProviderError> {
        let outcome = match self.look(&context, handle).await? {
            PollStep::Done(outcome) => outcome,
            PollStep::Running { after } => return Ok(PollStep::Running { after }),
        };
        Ok(PollStep::Done(match (outcome, handle.picture_to_take()) {
            (Outcome::Drawn(grid), Some(picture)) => self.taking(&context, handle, grid, picture).await?,
            (outcome, _) => outcome,
        }))
    }

    /// Looks how the task stands.
    pub(crate) async fn look(
        &self,
        context: &CallContext,
        handle: &Handle,
    ) -> Result<PollStep<Outcome>, ProviderError> {
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
            Some("SUCCESS") => match (picture_of(task), handle.stage) {
                (Some(picture), _) => Ok(PollStep::Done(Outcome::Drawn(Box::new(picture)))),
                (None, Stage::Upscale) => Ok(PollStep::Done(Outcome::Failed(NO_PICTURE.to_owned()))),
                (None, Stage::Imagine) => {
                    let message = format!("{LOOK}: {NO_PICTURE}");
                    let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message).with_http_status(200);
                    Err(error.billed(Some(files.into_rest())))
                }
            },
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
        grid: Box<Picture>,
        picture: u8,
    ) -> Result<Outcome, ProviderError> {
        let post = |path| self.client.post(self.client.base_url().at(path), context, Purpose::Submit, TAKE);
        let call = match self.settings.dialect {
            Dialect::Novicezk => {
                post("submit/change").json(&Change { task_id: &handle.id, action: "UPSCALE", index: picture })
            }
            Dialect::Trueai => match grid.task.upscale_button(picture) {
                Some(custom_id) => post("submit/action").json(&Action { task_id: &handle.id, custom_id }),
                None => {
                    let reason = format!("{TAKE}: the proxy offers no button for picture {picture}");
                    return Ok(Outcome::GridOnly { grid, reason });
                }
            },
        };
        match self.taken(call, TAKE).await {
            Ok(id) => Ok(Outcome::Taking { next: Box::new(handle.upscaled(id)), grid }),
            Err(error) if is_for_ever(&error) => Ok(Outcome::GridOnly { grid, reason: error.to_string() }),
            Err(error) => Err(self.judge_taking(error, handle.write())),
        }
    }

    /// What is left when no picture could be taken out of the grid yet.
    ///
    /// novicezk's proxy knows an order that it has had, and answers with the same task (code 21): there, one whose answer was
    /// lost may be given again. trueai's presses the button twice, so that is left to whoever asks after the handle, as is
    /// whatever may pass.
    fn judge_taking(&self, error: ProviderError, handle: JobHandle) -> ProviderError {
        match &error.retry {
            RetryClass::Again { .. } => error,
            RetryClass::Uncertain { .. } if self.settings.dialect == Dialect::Novicezk => error.again(None),
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

const NO_PICTURE: &str = "the finished task names no picture that can be fetched";

/// The picture of a task that has ended well.
fn picture_of(task: Task) -> Option<Picture> {
    let told = task.image_url.as_deref().and_then(|url| Url::parse(url).ok());
    let url = told.filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(Picture { url: url.into(), task })
}

/// Whether the proxy would refuse the same order whenever it comes.
fn is_for_ever(error: &ProviderError) -> bool {
    use ProviderErrorKind as Kind;
    error.retry == RetryClass::Elsewhere
        && matches!(error.kind, Kind::NotFound | Kind::InvalidRequest | Kind::ContentRejected)
}
