//! Asking how a job is getting on, until it is done or the deadline comes.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_ports::{CallContext, Clock, ProviderError};
use tokio_util::sync::CancellationToken;

/// How often a job is asked after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PollPlan {
    /// The pause before the first question; 500 ms by default.
    pub first: Duration,
    /// By how much each pause is longer than the one before; 1.5 by default.
    pub factor: f64,
    /// The longest pause, unless the vendor asks for a longer one; 5 s by default.
    pub max: Duration,
    /// Longest time for one question; 30 s by default.
    pub timeout: Duration,
}

impl Default for PollPlan {
    fn default() -> Self {
        let (first, max, timeout) = (Duration::from_millis(500), Duration::from_secs(5), Duration::from_secs(30));
        Self { first, factor: 1.5, max, timeout }
    }
}

impl PollPlan {
    fn next(&self, pause: Duration) -> Duration {
        Duration::try_from_secs_f64(pause.as_secs_f64() * self.factor.max(1.0)).unwrap_or(self.max).min(self.max)
    }
}

/// What one question has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollStep<T> {
    /// The job is still at work.
    Running {
        /// How long the vendor asks to wait before the next question.
        after: Option<Duration>,
    },
    /// The job has ended well.
    Done(T),
}

impl<T> PollStep<T> {
    /// The job is still at work, and the vendor asks for no particular pause.
    pub const RUNNING: Self = Self::Running { after: None };
}

/// What a vendor says to a wish to cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelAnswer {
    /// The job has ended, and nothing is billed.
    Cancelled,
    /// The job has ended, and what was done is billed.
    Billed,
    /// It may have ended, it may be billed.
    Unknown,
}

/// A job that a vendor is at work on.
///
/// Deadline and pauses go by the [`Clock`] port. Dropping the future asks nothing more and cancels nothing.
///
/// ```
/// use std::sync::Arc;
/// use media_domain::JobHandle;
/// use media_http::{ApiClient, PollPlan, PollStep, PolledJob, Purpose};
/// use media_ports::{CallContext, ProviderError};
///
/// #[derive(serde::Deserialize)]
/// struct Task {
///     status: String,
///     sample: Option<String>,
/// }
///
/// async fn wait(client: &ApiClient, context: &CallContext, url: url::Url) -> Result<Option<String>, ProviderError> {
///     let handle = JobHandle::new(url.as_str());
///     let job = PolledJob::new(client.clock(), context, handle.clone(), PollPlan::default(), "make an image");
///     job.until_done(|context| {
///         let call = client.get(url.clone(), &context, Purpose::Poll(handle.clone()), "ask after the image");
///         async move {
///             let task = call.send_json::<Task>().await?.document;
///             Ok(if task.status == "Ready" { PollStep::Done(task.sample) } else { PollStep::RUNNING })
///         }
///     })
///     .await
/// }
/// ```
#[derive(Debug)]
pub struct PolledJob<'a> {
    clock: &'a Arc<dyn Clock>,
    context: &'a CallContext,
    handle: JobHandle,
    plan: PollPlan,
    doing: &'a str,
}

impl<'a> PolledJob<'a> {
    /// Time that a vendor has to answer a wish to cancel: it is set aside before the deadline.
    pub const CANCEL_TIME: Duration = Duration::from_secs(2);

    /// A job with the vendor's handle, which is reported to the context's journal before the first question. `doing`
    /// completes "failed to …".
    pub fn new(
        clock: &'a Arc<dyn Clock>,
        context: &'a CallContext,
        handle: JobHandle,
        plan: PollPlan,
        doing: &'a str,
    ) -> Self {
        Self { clock, context, handle, plan, doing }
    }

    /// Asks until the job is done. The step gets a context for one question; what it fails with of class `again` (trouble on
    /// the line, too many requests: see [`Purpose::Poll`](crate::Purpose::Poll)) is asked again, anything else ends it.
    ///
    /// # Errors
    /// That of the step; `timeout` at the deadline, `cancelled` when the caller gives up, both `uncertain` with the
    /// handle.
    pub async fn until_done<T, F, S>(&self, step: F) -> Result<T, ProviderError>
    where
        F: FnMut(CallContext) -> S,
        S: Future<Output = Result<PollStep<T>, ProviderError>>,
    {
        self.asked_until(self.context.deadline, step).await.map_err(|stop| self.error(stop, CancelAnswer::Unknown))
    }

    /// The same, for vendors that cancel jobs: at the deadline ([`CANCEL_TIME`](Self::CANCEL_TIME) before it) and when the
    /// caller gives up, the vendor is asked to. What it says decides the class: a job that has ended and is not billed is `never` for
    /// a caller who gave up and `elsewhere` at the deadline; one that is billed is `billed`; otherwise it is `uncertain`.
    ///
    /// # Errors
    /// As [`until_done`](Self::until_done).
    pub async fn until_done_or_cancel<T, F, S, C, A>(&self, step: F, cancel: C) -> Result<T, ProviderError>
    where
        F: FnMut(CallContext) -> S,
        S: Future<Output = Result<PollStep<T>, ProviderError>>,
        C: FnOnce(CallContext) -> A,
        A: Future<Output = Result<CancelAnswer, ProviderError>>,
    {
        let until = self.context.deadline.checked_sub(Self::CANCEL_TIME).unwrap_or(self.context.deadline);
        let stop = match self.asked_until(until, step).await {
            Ok(done) => return Ok(done),
            Err(Stop::Told(error)) => return Err(error),
            Err(stop) => stop,
        };
        // The caller's own token has fired, or may fire at any moment.
        let context = CallContext {
            deadline: self.clock.now() + Self::CANCEL_TIME,
            cancellation: CancellationToken::new(),
            ..self.context.clone()
        };
        let answer = cancel(context).await.unwrap_or(CancelAnswer::Unknown);
        Err(self.error(stop, answer))
    }

    async fn asked_until<T, F, S>(&self, until: Instant, mut step: F) -> Result<T, Stop>
    where
        F: FnMut(CallContext) -> S,
        S: Future<Output = Result<PollStep<T>, ProviderError>>,
    {
        // The job has been paid for, whether or not that can be written down.
        let _ = self.context.journal.accepted(&self.handle).await;
        let mut pause = self.plan.first;
        let (mut wanted, mut trouble) = (Duration::ZERO, None);
        loop {
            // A vendor may ask for centuries.
            let next = self.clock.now().checked_add(wanted.max(pause)).map_or(until, |next| next.min(until));
            tokio::select! {
                biased;
                () = self.context.cancellation.cancelled() => return Err(Stop::Cancelled),
                () = self.clock.sleep_until(next) => {}
            }
            if self.clock.now() >= until {
                return Err(Stop::Deadline { trouble });
            }
            let context = self.context.with_deadline(until.min(self.clock.now() + self.plan.timeout));
            let told = tokio::select! {
                biased;
                told = step(context) => told,
                () = self.context.cancellation.cancelled() => return Err(Stop::Cancelled),
            };
            wanted = match told {
                Ok(PollStep::Done(done)) => return Ok(done),
                Ok(PollStep::Running { after }) => {
                    trouble = None;
                    after.unwrap_or_default()
                }
                Err(error) => match error.retry {
                    RetryClass::Again { after } => {
                        trouble = Some(error);
                        after.unwrap_or_default()
                    }
                    _ if error.kind == ProviderErrorKind::Cancelled => return Err(Stop::Cancelled),
                    _ => return Err(Stop::Told(error)),
                },
            };
            pause = self.plan.next(pause);
        }
    }

    fn error(&self, stop: Stop, answer: CancelAnswer) -> ProviderError {
        let (kind, why, trouble) = match stop {
            Stop::Told(error) => return error,
            Stop::Cancelled => (ProviderErrorKind::Cancelled, "the caller gave up", None),
            Stop::Deadline { trouble } => (ProviderErrorKind::Timeout, "the deadline passed", trouble),
        };
        let left = match answer {
            CancelAnswer::Cancelled | CancelAnswer::Billed => "the vendor has been told, and has cancelled the job",
            CancelAnswer::Unknown => "the vendor may still be at work",
        };
        let error = ProviderError::new(kind, format!("{}: {why}; {left}", self.doing));
        let error = match answer {
            CancelAnswer::Cancelled if kind == ProviderErrorKind::Cancelled => error.never(),
            CancelAnswer::Cancelled => error,
            CancelAnswer::Billed => error.billed(None),
            CancelAnswer::Unknown => error.uncertain(Phase::Running, Some(self.handle.clone())),
        };
        match trouble {
            Some(trouble) => error.with_source(trouble),
            None => error,
        }
    }
}

/// Why nobody asks any more.
enum Stop {
    Told(ProviderError),
    Cancelled,
    Deadline { trouble: Option<ProviderError> },
}
