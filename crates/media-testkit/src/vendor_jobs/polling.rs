//! What an adapter must do while it asks after a job.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::{CallContext, ProviderError};
use tokio::time::Instant;

use super::line::Line;
use super::{Cancel, JobScript};
use crate::fakes::RecordingJournal;
use crate::generator::{context, unexpected};
use crate::harness::Suite;
use crate::transport::Exchange;
use crate::vendor_call::VendorCall;
use crate::vendor_script::{Scenario, assert_no_secret, cut_in_half, told};

pub(super) fn cases(mut suite: Suite, vendor: &Arc<dyn VendorCall>, job: &JobScript) -> Suite {
    let polled = || Polled { vendor: Arc::clone(vendor), job: job.clone() };
    for (way, running) in &job.running {
        let (polled, running) = (polled(), running.clone());
        suite =
            suite.case(&format!("polling::waits_while_running::{way}"), move || waits_while_running(polled, running));
    }
    for (name, trouble, delay) in troubles(job) {
        let polled = polled();
        suite = suite.case(&format!("polling::goes_on_after::{name}"), move || goes_on(polled, trouble, delay));
    }
    for (name, forever) in endless(job) {
        let polled = polled();
        suite =
            suite.case(&format!("polling::ends_at_the_deadline::{name}"), move || until_the_deadline(polled, forever));
    }
    for (way, exchanges) in &job.failed {
        let (polled, exchanges) = (polled(), exchanges.clone());
        suite = suite.case(&format!("polling::the_job_failed::{way}"), move || job_failed(polled, exchanges));
    }
    for (way, exchanges) in &job.gone {
        let (polled, exchanges) = (polled(), exchanges.clone());
        suite = suite.case(&format!("polling::the_job_is_gone::{way}"), move || job_gone(polled, exchanges));
    }
    let (first, second, third, fourth) = (polled(), polled(), polled(), polled());
    suite = suite
        .case("polling::the_handle_is_reported_before_the_first_look", move || handle_reported(first))
        .case("polling::a_journal_that_cannot_write_stops_nothing", move || journal_fails(second))
        .case("polling::a_key_that_ends_meanwhile_leaves_the_handle", move || key_ends(third))
        .case("polling::cancelled_while_running", move || cancelled(fourth));
    match &job.cancel {
        Cancel::None(reason) => suite.ignored("polling::a_cancellation_that_is_lost", reason),
        Cancel::Call { .. } => {
            let polled = polled();
            suite.case("polling::a_cancellation_that_is_lost_leaves_the_handle", move || cancellation_lost(polled))
        }
    }
}

/// Trouble at one look, after which the adapter looks again: its name, what happens, and the delay that the vendor asks
/// for.
fn troubles(job: &JobScript) -> Vec<(&'static str, Exchange, Duration)> {
    let poll = || job.poll.clone();
    let seconds = Scenario::DELAY.as_secs().to_string();
    let page = |status| poll().answers(status, "text/html", "<h1>trouble</h1>");
    let mut troubles = vec![
        ("lost_before_send", poll().fails(SendPhase::NotSent, TransportErrorKind::Connect)),
        ("lost_after_send", poll().fails(SendPhase::Sent, TransportErrorKind::Interrupted)),
        ("lost_in_the_answer", poll().fails(SendPhase::Answered(StatusCode::OK), TransportErrorKind::Interrupted)),
        ("server_error", page(500)),
        ("bad_gateway", page(502)),
        ("overloaded", page(503)),
        ("gateway_timeout", page(504)),
        ("rate_limited", page(429)),
        ("not_json", poll().answers(200, "application/json", "not json at all")),
        ("wrong_content_type", page(200)),
    ];
    troubles.extend(job.done.first().map(|done| ("truncated_body", cut_in_half(done.clone()))));
    let delayed = [
        ("rate_limited_with_delay", page(429).with_header("retry-after", &seconds), Scenario::DELAY),
        ("overloaded_with_delay", page(503).with_header("retry-after", &seconds), Scenario::DELAY),
    ];
    troubles.into_iter().map(|(name, trouble)| (name, trouble, Duration::ZERO)).chain(delayed).collect()
}

/// What a vendor may say at every look for as long as the deadline is away.
fn endless(job: &JobScript) -> Vec<(&'static str, Exchange)> {
    let poll = || job.poll.clone();
    let mut endless = vec![
        ("silence", poll().never_answers()),
        ("lost", poll().fails(SendPhase::Sent, TransportErrorKind::Interrupted)),
        ("server_error", poll().answers(500, "text/html", "<h1>500</h1>")),
        ("a_delay_beyond_it", poll().answers(503, "text/html", "").with_header("retry-after", "86400")),
    ];
    endless.extend(job.running.first().map(|(_, running)| ("running", running.clone())));
    endless
}

/// The vendor and its job in one case.
struct Polled {
    vendor: Arc<dyn VendorCall>,
    job: JobScript,
}

/// What came of one call.
struct Called {
    line: Arc<Line>,
    journal: Arc<RecordingJournal>,
    outcome: Result<String, ProviderError>,
}

impl Polled {
    fn until_accepted(&self, after: impl IntoIterator<Item = Exchange>) -> Vec<Exchange> {
        self.job.accepted.iter().cloned().chain(after).collect()
    }

    fn looks(&self, line: &Line) -> Vec<Instant> {
        line.sent().iter().skip(self.job.accepted.len()).map(|sent| sent.at).collect()
    }

    async fn call(&self, line: Line, journal: Arc<RecordingJournal>, context: CallContext) -> Called {
        let line = Arc::new(line);
        let context = CallContext { journal: Arc::clone(&journal) as _, ..context };
        let outcome = self.vendor.call(Arc::clone(&line) as _, &context).await;
        if let Err(error) = &outcome {
            assert_no_secret(self.vendor.as_ref(), &told(error));
        }
        Called { line, journal, outcome }
    }

    /// Calls with these exchanges after the job was accepted, all of which must be played.
    async fn play(&self, journal: RecordingJournal, after: Vec<Exchange>) -> Called {
        let journal = Arc::new(journal);
        let line = Line::new(self.until_accepted(after), Arc::clone(&journal));
        let called = self.call(line, journal, context()).await;
        called.line.assert_exhausted();
        called
    }

    /// Calls with answers that come for as long as the adapter asks.
    async fn play_on(&self, after: Vec<Exchange>, forever: Vec<Exchange>, context: CallContext) -> Called {
        let journal = Arc::new(RecordingJournal::default());
        let line = Line::new(self.until_accepted(after), Arc::clone(&journal)).then(forever);
        self.call(line, journal, context).await
    }

    fn running(&self) -> Exchange {
        match self.job.running.first() {
            Some((_, running)) => running.clone(),
            None => unexpected(&"a script of a job that is never at work"),
        }
    }

    fn uncertain(&self) -> RetryClass {
        RetryClass::Uncertain { phase: Phase::Running, handle: Some(self.job.handle.clone()) }
    }
}

impl Called {
    #[track_caller]
    fn assert_answered(&self) {
        if let Err(error) = &self.outcome {
            unexpected(error);
        }
    }

    /// The journal knows the job; a call that takes several jobs reports the others after it.
    #[track_caller]
    fn assert_reported(&self, polled: &Polled) {
        let handles = self.journal.handles();
        let once = handles.iter().filter(|handle| **handle == polled.job.handle).count() == 1;
        assert!(once && handles.first() == Some(&polled.job.handle), "the handle, first and once: {handles:?}");
    }

    #[track_caller]
    fn error(&self) -> &ProviderError {
        match &self.outcome {
            Ok(answer) => unexpected(answer),
            Err(error) => error,
        }
    }
}

async fn waits_while_running(polled: Polled, running: Exchange) {
    let looks = [running.clone(), running].into_iter().chain(polled.job.done.clone()).collect();
    let called = polled.play(RecordingJournal::default(), looks).await;
    called.assert_answered();
    let looks = polled.looks(&called.line);
    let paused = looks.windows(2).take(2).all(|pair| pair[1] > pair[0]);
    assert!(paused, "time should pass between two looks: {looks:?}");
}

async fn goes_on(polled: Polled, trouble: Exchange, delay: Duration) {
    let looks = [trouble].into_iter().chain(polled.job.done.clone()).collect();
    let called = polled.play(RecordingJournal::default(), looks).await;
    called.assert_answered();
    let looks = polled.looks(&called.line);
    let waited = looks[1] - looks[0];
    assert!(waited > Duration::ZERO && waited >= delay, "looked again after {waited:?}");
}

async fn handle_reported(polled: Polled) {
    let looks = [polled.running()].into_iter().chain(polled.job.done.clone()).collect();
    let called = polled.play(RecordingJournal::default(), looks).await;
    called.assert_answered();
    called.assert_reported(&polled);
    let first_look = called.line.sent()[polled.job.accepted.len()];
    assert!(first_look.handles > 0, "the journal has the handle before the first look");
}

async fn journal_fails(polled: Polled) {
    let called = polled.play(RecordingJournal::failing(), polled.job.done.clone()).await;
    called.assert_answered();
    called.assert_reported(&polled);
}

async fn until_the_deadline(polled: Polled, forever: Exchange) {
    let context = context();
    let deadline = Instant::from_std(context.deadline);
    let forever = [forever].into_iter().chain(polled.cancel()).collect();
    let called = polled.play_on(Vec::new(), forever, context).await;
    let error = called.error();
    assert_eq!(error.kind, ProviderErrorKind::Timeout, "{error:?}");
    // Who cancels at the deadline knows what that leaves; who does not, knows nothing.
    let known = polled.leaves_at_the_deadline();
    assert!(error.retry == polled.uncertain() || known.as_ref() == Some(&error.retry), "{error:?}");
    assert!(Instant::now() <= deadline + GRACE, "nobody waits past the deadline");
}

/// Longest time for telling the vendor, once the deadline has passed or the caller has given up.
const GRACE: Duration = Duration::from_secs(15);

impl Polled {
    /// The vendor's cancel, where it has one: at the deadline the adapter may use it.
    fn cancel(&self) -> Option<Exchange> {
        match &self.job.cancel {
            Cancel::None(_) => None,
            Cancel::Call { exchange, .. } => Some(exchange.clone()),
        }
    }

    /// The class that a cancel leaves when it is not the caller who has given up.
    fn leaves_at_the_deadline(&self) -> Option<RetryClass> {
        match &self.job.cancel {
            Cancel::None(_) => None,
            Cancel::Call { leaves: RetryClass::Never, .. } => Some(RetryClass::Elsewhere),
            Cancel::Call { leaves, .. } => Some(leaves.clone()),
        }
    }
}

async fn job_failed(polled: Polled, exchanges: Vec<Exchange>) {
    let called = polled.play(RecordingJournal::default(), exchanges).await;
    let error = called.error();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Unavailable, &RetryClass::Elsewhere), "{error:?}");
}

/// A job that was accepted and is not known may have been billed. A vendor that is slow to know its own jobs may be
/// asked again.
async fn job_gone(polled: Polled, exchanges: Vec<Exchange>) {
    let called = polled.play_on(Vec::new(), exchanges, context()).await;
    let error = called.error();
    assert!(matches!(error.kind, ProviderErrorKind::NotFound | ProviderErrorKind::Timeout), "{error:?}");
    assert_eq!(error.retry, polled.uncertain(), "{error:?}");
}

async fn key_ends(polled: Polled) {
    let refused = polled.job.poll.clone().answers_json(401, &serde_json::json!({ "detail": "the key has ended" }));
    let called = polled.play_on(Vec::new(), vec![refused], context()).await;
    let error = called.error();
    assert!(matches!(error.kind, ProviderErrorKind::Unauthenticated | ProviderErrorKind::Timeout), "{error:?}");
    assert_eq!(error.retry, polled.uncertain(), "{error:?}");
}

async fn cancelled(polled: Polled) {
    let leaves = match &polled.job.cancel {
        Cancel::None(_) => polled.uncertain(),
        Cancel::Call { leaves, .. } => leaves.clone(),
    };
    let called = polled.give_up(polled.cancel()).await;
    let error = called.error();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &leaves), "{error:?}");
}

async fn cancellation_lost(polled: Polled) {
    let lost = polled.cancel().map(|cancel| cancel.fails(SendPhase::Sent, TransportErrorKind::Interrupted));
    let called = polled.give_up(lost).await;
    let error = called.error();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &polled.uncertain()), "{error:?}");
}

impl Polled {
    /// Gives up in the middle of the job; the vendor's cancel must be called where there is one.
    async fn give_up(&self, cancel: Option<Exchange>) -> Called {
        let context = context();
        let cancellation = context.cancellation.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GIVEN_UP_AFTER).await;
            cancellation.cancel();
        });
        let given_up = Instant::now() + GIVEN_UP_AFTER;
        let forever = [self.running()].into_iter().chain(cancel.clone()).collect();
        let called = self.play_on(Vec::new(), forever, context).await;
        assert!(Instant::now() <= given_up + GRACE, "who has given up does not wait");
        let told =
            called.line.requests().iter().filter(|request| cancel.as_ref().is_some_and(|c| c.matches(request))).count();
        assert_eq!(told, usize::from(cancel.is_some()), "the vendor is told once, where it can be");
        called.assert_reported(self);
        called
    }
}

/// Long enough for every adapter to have looked at the job.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(20);
