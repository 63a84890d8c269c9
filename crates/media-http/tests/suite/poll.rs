//! Asking after a job, under a clock that stands still.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{CancelAnswer, PollPlan, PollStep, PolledJob};
use media_ports::{CallContext, Clock, ProviderError};
use media_testkit::clock::TestClock;
use tokio::time::Instant;

use crate::context;

type Step = Result<PollStep<&'static str>, ProviderError>;

fn plan() -> PollPlan {
    PollPlan { first: Duration::from_secs(1), factor: 2.0, max: Duration::from_secs(5), ..PollPlan::default() }
}

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

fn again(after: Option<Duration>) -> Step {
    Err(ProviderError::new(ProviderErrorKind::Unavailable, "trouble").again(after))
}

/// Plays the steps and returns when each was asked for, in seconds, with what came of it; after the last, the job runs on.
async fn ask(context: &CallContext, steps: Vec<Step>) -> (Vec<u64>, Result<&'static str, ProviderError>) {
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let job = PolledJob::new(&clock, context, JobHandle::new("7"), plan(), "make an image");
    let (started, asked) = (Instant::now(), Mutex::new(Vec::new()));
    let mut steps = steps.into_iter();
    let outcome = job.until_done(|_| {
        asked.lock().unwrap().push(started.elapsed().as_secs());
        ready(steps.next().unwrap_or(Ok(PollStep::RUNNING)))
    });
    let outcome = sent(outcome).await;
    (asked.into_inner().unwrap(), outcome)
}

/// Adapters await it where futures must be `Send`.
fn sent<F: Future + Send>(future: F) -> F {
    future
}

fn running() -> RetryClass {
    RetryClass::Uncertain { phase: Phase::Running, handle: Some(JobHandle::new("7")) }
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_up_to_the_longest() {
    let steps = (0..4).map(|_| Ok(PollStep::RUNNING)).chain([Ok(PollStep::Done("done"))]);
    let (asked, outcome) = ask(&context(Duration::from_secs(60)), steps.collect()).await;
    assert_eq!(outcome.unwrap(), "done");
    assert_eq!(asked, [1, 3, 7, 12, 17]);
}

#[tokio::test(start_paused = true)]
async fn the_vendor_is_asked_no_sooner_than_it_wishes() {
    let steps = vec![Ok(PollStep::Running { after: seconds(10) }), again(seconds(20)), Ok(PollStep::Done("done"))];
    let (asked, outcome) = ask(&context(Duration::from_secs(60)), steps).await;
    assert_eq!(outcome.unwrap(), "done");
    assert_eq!(asked, [1, 11, 31]);
}

#[tokio::test(start_paused = true)]
async fn trouble_goes_by_and_a_verdict_ends_it() {
    let rejected = || Err(ProviderError::new(ProviderErrorKind::ContentRejected, "no"));
    let (asked, outcome) = ask(&context(Duration::from_secs(60)), vec![again(None), again(None), rejected()]).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::ContentRejected, RetryClass::Elsewhere));
    assert_eq!(asked.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_outcome_is_unknown_and_the_last_trouble_told() {
    let troubles = (0..20).map(|_| again(None)).collect();
    for steps in [Vec::new(), troubles, vec![again(Some(Duration::MAX))]] {
        let troubled = !steps.is_empty();
        let started = Instant::now();
        let (_, outcome) = ask(&context(Duration::from_secs(20)), steps).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Timeout, &running()), "{error:?}");
        assert_eq!(error.source.is_some(), troubled);
        assert_eq!(started.elapsed().as_secs(), 20);
    }
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waits_no_longer() {
    let context = context(Duration::from_secs(60));
    let cancellation = context.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancellation.cancel();
    });
    let started = Instant::now();
    let (asked, outcome) = ask(&context, Vec::new()).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Cancelled, running()));
    assert_eq!((asked, started.elapsed().as_secs()), (vec![1, 3], 5));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_hangs_is_given_up_with_the_job() {
    let context = context(Duration::from_secs(60));
    let cancellation = context.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancellation.cancel();
    });
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let job = PolledJob::new(&clock, &context, JobHandle::new("7"), plan(), "make an image");
    let error = job.until_done(|_| std::future::pending::<Step>()).await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Cancelled, running()));
}

/// Gives up after five seconds, or lets the deadline of 20 seconds pass, with a vendor that answers so to a cancel.
async fn cancelled(gives_up: bool, answer: Result<CancelAnswer, ProviderError>) -> (u64, ProviderError) {
    let context = context(Duration::from_secs(20));
    if gives_up {
        let cancellation = context.cancellation.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            cancellation.cancel();
        });
    }
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let job = PolledJob::new(&clock, &context, JobHandle::new("7"), plan(), "make an image");
    let (started, told) = (Instant::now(), Mutex::new(None));
    let cancel = |context: CallContext| {
        assert!(!context.cancellation.is_cancelled(), "the cancel itself can be sent");
        assert!(context.deadline > clock.now());
        *told.lock().unwrap() = Some(started.elapsed().as_secs());
        ready(answer)
    };
    let outcome = sent(job.until_done_or_cancel(|_| ready(Step::Ok(PollStep::RUNNING)), cancel)).await;
    (told.into_inner().unwrap().unwrap(), outcome.unwrap_err())
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_cancels_is_told() {
    let lost = || Err(ProviderError::new(ProviderErrorKind::Unavailable, "lost"));
    let cases = [
        (true, Ok(CancelAnswer::Cancelled), 5, ProviderErrorKind::Cancelled, RetryClass::Never),
        (true, Ok(CancelAnswer::Billed), 5, ProviderErrorKind::Cancelled, RetryClass::Billed),
        (true, Ok(CancelAnswer::Unknown), 5, ProviderErrorKind::Cancelled, running()),
        (true, lost(), 5, ProviderErrorKind::Cancelled, running()),
        (false, Ok(CancelAnswer::Cancelled), 18, ProviderErrorKind::Timeout, RetryClass::Elsewhere),
        (false, Ok(CancelAnswer::Billed), 18, ProviderErrorKind::Timeout, RetryClass::Billed),
        (false, Ok(CancelAnswer::Unknown), 18, ProviderErrorKind::Timeout, running()),
        (false, lost(), 18, ProviderErrorKind::Timeout, running()),
    ];
    for (gives_up, answer, at, kind, retry) in cases {
        let (told, error) = cancelled(gives_up, answer).await;
        assert_eq!((told, error.kind, error.retry), (at, kind, retry));
    }
}
