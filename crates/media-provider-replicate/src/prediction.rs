//! Predictions: ordered, waited for, given up.

use http::{HeaderName, HeaderValue};
use media_domain::{JobHandle, ProviderErrorKind};
use media_http::{ApiCall, Base64Files, CancelAnswer, JsonAnswer, PollPlan, PollStep, PolledJob, Purpose, Redactor};
use media_ports::{CallContext, ProviderError};
use serde_json::{Map, Value};
use url::Url;

use crate::wire::{Order, Prediction, Status};
use crate::{ReplicateSdxlAdapter, error};

pub(crate) const DOING: &str = "order images";
const ASKING: &str = "ask after images";

/// Largest answer that is read, in bytes: pictures are behind addresses, but the vendor gives the input back, data URLs
/// included, and some models answer with data URLs. Four PNGs of 2,048 by 2,048 pixels have some 40 MB in Base64.
const ANSWER_LIMIT: u64 = 64 << 20;

/// Seconds of the deadline that are kept for asking after a prediction whose order was held open: should the answer come
/// with the deadline, nobody would know what was ordered.
const KEPT_BACK_S: u64 = 10;

/// Shortest time after which the vendor stops a prediction by itself, in seconds (API document 1.0.0-a1, read 2026-11-20).
const SHORTEST_LIFE_S: u64 = 5;

/// Longest identifier that is taken for one; the vendor's have 26 characters.
const LONGEST_ID: usize = 64;

/// What one look at a prediction has told.
#[derive(Debug)]
pub(crate) enum Look {
    Running,
    Succeeded(Box<Success>),
    Ended { error: ProviderError, billed: Option<bool> },
}

/// A prediction that has succeeded, with the document that says so.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) prediction: Prediction,
    /// The files that stand in it, and the rest of the document.
    pub(crate) files: Base64Files,
}

impl ReplicateSdxlAdapter {
    /// Orders a prediction and waits for its success, which has been paid for.
    pub(crate) async fn predict(
        &self,
        context: &CallContext,
        input: &Map<String, Value>,
    ) -> Result<Success, ProviderError> {
        let answer = self.order(context, input)?.send_json::<Prediction>().await?;
        let Some(url) = self.prediction_url(&answer.document.id) else {
            let message = format!("{DOING}: the vendor gives the prediction a name that leads nowhere");
            let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message).with_http_status(200);
            return Err(Purpose::Submit.judge(error.billed(Some(answer.files.into_rest()))));
        };
        let handle = JobHandle::new(&*answer.document.id);
        let told = look(answer, self.client.redactor());
        if !matches!(told, Look::Running) {
            // Waiting reports it by itself. Whoever is interrupted before the pictures are fetched can ask for them again, for
            // an hour; and what a failure has cost is found at the vendor's by this name only.
            let _ = context.journal.accepted(&handle).await;
        }
        match told {
            Look::Running => self.wait(context, &handle, &url).await,
            Look::Succeeded(success) => Ok(*success),
            Look::Ended { error, .. } => Err(error),
        }
    }

    fn order(&self, context: &CallContext, input: &Map<String, Value>) -> Result<ApiCall<'_>, ProviderError> {
        let base = self.client.base_url();
        let version = self.settings.model_version();
        let url = match (version, self.settings.owner_and_name()) {
            (None, Some((owner, name))) => base.join(["models", owner, name, "predictions"]).map_err(|error| {
                ProviderError::new(ProviderErrorKind::ConfigInvalid, format!("{DOING}: `model` leads nowhere"))
                    .here()
                    .with_source(error)
            })?,
            _ => base.at("predictions"),
        };
        let call = self.client.post(url, context, Purpose::Submit, DOING).body_limit(ANSWER_LIMIT);
        let left = context.deadline.saturating_duration_since(self.client.clock().now()).as_secs();
        let wait = self.settings.wait_s.min(left.saturating_sub(KEPT_BACK_S));
        let call = if wait > 0 { with_header(call, "prefer", format!("wait={wait}")) } else { call };
        // Even a prediction whose answer is lost ends with the deadline.
        let life = (left + 1).max(SHORTEST_LIFE_S);
        Ok(with_header(call, "cancel-after", format!("{life}s")).json(&Order { version, input }))
    }

    async fn wait(&self, context: &CallContext, handle: &JobHandle, url: &Url) -> Result<Success, ProviderError> {
        let client = &self.client;
        let job = PolledJob::new(client.clock(), context, handle.clone(), PollPlan::default(), "make images");
        let look = |context: CallContext| {
            let call = self.look(url, &context, Purpose::Poll(handle.clone()));
            async move {
                match look(call.send_json().await?, client.redactor()) {
                    Look::Running => Ok(PollStep::RUNNING),
                    Look::Succeeded(success) => Ok(PollStep::Done(*success)),
                    Look::Ended { error, .. } => Err(error),
                }
            }
        };
        job.until_done_or_cancel(look, |context| async move { self.cancel(&context, handle).await }).await
    }

    /// One look at a prediction.
    pub(crate) async fn look_at(
        &self,
        context: &CallContext,
        url: &Url,
        purpose: Purpose,
    ) -> Result<Look, ProviderError> {
        Ok(look(self.look(url, context, purpose).send_json().await?, self.client.redactor()))
    }

    fn look(&self, url: &Url, context: &CallContext, purpose: Purpose) -> ApiCall<'_> {
        self.client.get(url.clone(), context, purpose, ASKING).body_limit(ANSWER_LIMIT)
    }

    /// Asks the vendor to stop; see [`billed`] for what that costs. A prediction that has ended by itself meanwhile may hold
    /// the pictures.
    async fn cancel(&self, context: &CallContext, handle: &JobHandle) -> Result<CancelAnswer, ProviderError> {
        let Ok(url) = self.client.base_url().join(["predictions", handle.as_str(), "cancel"]) else {
            return Ok(CancelAnswer::Unknown);
        };
        let call = self.client.post(url, context, Purpose::Read, "cancel images").body_limit(ANSWER_LIMIT);
        let prediction = call.send_json::<Prediction>().await?.document;
        Ok(match (prediction.status, billed(&prediction)) {
            (Status::Canceled | Status::Aborted, Some(false)) => CancelAnswer::Cancelled,
            (Status::Canceled | Status::Aborted, _) => CancelAnswer::Billed,
            (Status::Succeeded | Status::Failed | Status::Running, _) => CancelAnswer::Unknown,
        })
    }

    /// Where a prediction is asked after; none for what is no identifier of the vendor's.
    pub(crate) fn prediction_url(&self, id: &str) -> Option<Url> {
        let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let url = self.client.base_url().join(["predictions", id]).ok()?;
        (is_word && id.len() <= LONGEST_ID).then_some(url)
    }
}

fn with_header<'a>(call: ApiCall<'a>, name: &'static str, value: String) -> ApiCall<'a> {
    match HeaderValue::try_from(value) {
        Ok(value) => call.header(HeaderName::from_static(name), value),
        Err(_) => call,
    }
}

fn look(answer: JsonAnswer<Prediction>, redactor: &Redactor) -> Look {
    let JsonAnswer { document: prediction, files, .. } = answer;
    match prediction.status {
        Status::Running => Look::Running,
        Status::Succeeded => Look::Succeeded(Box::new(Success { prediction, files })),
        Status::Failed | Status::Canceled | Status::Aborted => {
            let billed = billed(&prediction);
            Look::Ended { error: error::of_prediction(&prediction, "make images", redactor), billed }
        }
    }
}

/// Whether a prediction that has ended without success is billed. Of a public model, the time is that it was at work on a
/// request, and setting it up is free (replicate.com/docs/topics/billing, read 2026-11-30); no exception is made of failures.
fn billed(prediction: &Prediction) -> Option<bool> {
    match prediction.status {
        _ if prediction.has_run() => Some(true),
        Status::Canceled | Status::Aborted => Some(false),
        // A failure tells neither that it ran nor that it did not.
        Status::Failed | Status::Succeeded | Status::Running => None,
    }
}
