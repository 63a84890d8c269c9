//! Adapters of a polled vendor that do wrong are caught, each by the cases that are about it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use media_domain::{
    Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, Phase, ProviderErrorKind,
    RetryClass,
};
use media_http::{HttpRequest, HttpResponse, Transport, Verdict, retry_after};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Cancel, JobScript, Jobs, polling_cases, resolve_cases};
use crate::harness::Suite;
use crate::sample;
use crate::transport::Exchange;
use crate::vendor_call::GeneratorCall;
use crate::vendor_script::{Scenario, VendorAnswer, VendorScript};

/// What an adapter does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sin {
    None,
    NoPause,
    GivesUpAtTrouble,
    HeedsNoDelay,
    ReportsLate,
    MindsTheJournal,
    HasNoDeadline,
    LosesTheHandle,
    NeverCancels,
    BelievesInCancelling,
    FailsElsewhere,
    GoneIsNothing,
    ForgetsJobs,
    FollowsHandles,
    ResolvesAnything,
    TellsTheKey,
}

const KEY: &str = "do-not-tell";

#[derive(Debug, Clone, Copy)]
struct Script(Sin);

fn poll() -> Exchange {
    Exchange::get("/jobs/7")
}

fn state(state: &str) -> Value {
    json!({ "state": state })
}

impl VendorScript for Script {
    fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
        Arc::new(Adapter { sin: self.0, transport, capabilities: Capabilities::permissive(), jobs: Mutex::default() })
    }

    fn order(&self) -> Exchange {
        Exchange::post("/orders")
    }

    fn says(&self, _scenario: Scenario) -> VendorAnswer {
        VendorAnswer::Usual
    }

    fn jobs(&self) -> Jobs {
        Jobs::Polled(Box::new(JobScript {
            handle: JobHandle::new("7"),
            accepted: vec![self.order().answers_json(202, &json!({ "job": "7" }))],
            poll: poll(),
            running: vec![
                ("queued", poll().answers_json(200, &state("queued"))),
                ("working", poll().answers_json(200, &state("working"))),
            ],
            done: vec![poll().answers_json(200, &state("done"))],
            failed: vec![("error", vec![poll().answers_json(200, &state("error"))])],
            gone: vec![("not_found", vec![poll().answers_json(404, &json!({}))])],
            cancel: Cancel::Call {
                exchange: Exchange::post("/jobs/7/cancel").answers_json(200, &json!({})),
                leaves: RetryClass::Never,
            },
        }))
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }
}

#[derive(Debug)]
struct Adapter {
    sin: Sin,
    transport: Arc<dyn Transport>,
    capabilities: Capabilities,
    /// Nobody should need these.
    jobs: Mutex<Vec<JobHandle>>,
}

/// What a look at a job says.
enum Look {
    Running(Duration),
    Ended(ResolveAnswer),
    Trouble(ProviderError, Duration),
}

const PAUSE: Duration = Duration::from_secs(1);

impl Adapter {
    fn url(&self, path: &str) -> url::Url {
        url::Url::parse("https://vendor.example").unwrap().join(path).unwrap()
    }

    async fn send(&self, method: Method, path: &str, context: &CallContext) -> Result<HttpResponse, ProviderError> {
        let request = HttpRequest::new(method, self.url(path), context);
        self.transport.send(request).await.map_err(|error| error.into_provider_error("ask the vendor"))
    }

    async fn look(&self, handle: &JobHandle, context: &CallContext) -> Look {
        let path = match self.sin {
            Sin::FollowsHandles if handle.as_str().contains("//") => handle.as_str().to_owned(),
            _ => format!("/jobs/{}", handle.as_str().replace(['/', '@', '\r', '\n', ' '], "_")),
        };
        let response = match self.send(Method::GET, &path, context).await {
            Ok(response) => response,
            Err(error) => return Look::Trouble(error, PAUSE),
        };
        if response.status == 404 {
            return Look::Ended(ResolveAnswer::Gone);
        }
        let now = std::time::SystemTime::UNIX_EPOCH;
        if !response.status.is_success() {
            let verdict = Verdict::of_status(response.status, &response.headers, false, now);
            let delay = retry_after(&response.headers, now).unwrap_or(PAUSE);
            return Look::Trouble(verdict.into_error(response.status, "look at a job"), delay);
        }
        let json = response.headers["content-type"] == "application/json";
        let Some(document) = serde_json::from_slice::<Value>(&response.body).ok().filter(|_| json) else {
            let error = ProviderError::new(ProviderErrorKind::MalformedResponse, "read what became of a job");
            return Look::Trouble(error, PAUSE);
        };
        match document["state"].as_str() {
            Some("done") => Look::Ended(ResolveAnswer::Done(Box::new(answer()))),
            Some("error") => Look::Ended(ResolveAnswer::Failed { reason: "out of memory".to_owned(), billed: None }),
            _ => Look::Running(PAUSE),
        }
    }

    fn uncertain(&self, kind: ProviderErrorKind, handle: &JobHandle) -> ProviderError {
        let handle = (self.sin != Sin::LosesTheHandle).then(|| handle.clone());
        let message = if self.sin == Sin::TellsTheKey { KEY } else { "wait for a job" };
        ProviderError::new(kind, message).uncertain(Phase::Running, handle)
    }

    async fn cancel(&self, context: &CallContext, handle: &JobHandle) -> ProviderError {
        let mut grace = CallContext { cancellation: crate::generator::context().cancellation, ..context.clone() };
        grace.deadline = (Instant::now() + Duration::from_secs(5)).into_std();
        if self.sin == Sin::NeverCancels {
            return self.uncertain(ProviderErrorKind::Cancelled, handle);
        }
        let told = self.send(Method::POST, &format!("/jobs/{}/cancel", handle.as_str()), &grace).await;
        match told {
            Err(_) if self.sin != Sin::BelievesInCancelling => self.uncertain(ProviderErrorKind::Cancelled, handle),
            _ => ProviderError::new(ProviderErrorKind::Cancelled, "wait for a job").never(),
        }
    }

    async fn ended(&self, ended: ResolveAnswer, handle: &JobHandle) -> Result<GenerationAnswer, ProviderError> {
        match ended {
            ResolveAnswer::Done(answer) => Ok(*answer),
            ResolveAnswer::Failed { reason, .. } if self.sin == Sin::FailsElsewhere => {
                Err(ProviderError::new(ProviderErrorKind::Unavailable, reason).uncertain(Phase::Submit, None))
            }
            ResolveAnswer::Failed { reason, .. } => Err(ProviderError::new(ProviderErrorKind::Unavailable, reason)),
            _ if self.sin == Sin::GoneIsNothing => Err(ProviderError::new(ProviderErrorKind::NotFound, "find a job")),
            _ => Err(self.uncertain(ProviderErrorKind::NotFound, handle)),
        }
    }

    async fn report(&self, context: &CallContext, handle: &JobHandle) -> Result<(), ProviderError> {
        match context.journal.accepted(handle).await {
            Err(error) if self.sin == Sin::MindsTheJournal => {
                Err(ProviderError::new(ProviderErrorKind::Unexpected, "write the journal").with_source(error))
            }
            _ => Ok(()),
        }
    }
}

fn answer() -> GenerationAnswer {
    let provider = sample::provider("polled");
    let image = GeneratedImage {
        content: ImageContent::Url("https://vendor.example/7.png".to_owned()),
        format: ImageFormat::Png,
        width: 64,
        height: 64,
        metadata: serde_json::Map::new(),
        provider_name: provider.clone(),
    };
    GenerationAnswer::new(provider, vec![image])
}

#[async_trait]
impl ImageGenerator for Adapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        _request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let response = self.send(Method::POST, "/orders", context).await?;
        let document: Value = serde_json::from_slice(&response.body).unwrap();
        let handle = JobHandle::new(document["job"].as_str().unwrap());
        self.jobs.lock().unwrap().push(handle.clone());
        if self.sin != Sin::ReportsLate {
            self.report(context, &handle).await?;
        }
        let mut patient = context.clone();
        if self.sin == Sin::HasNoDeadline {
            patient.deadline += Duration::from_secs(300);
        }
        loop {
            let looked = self.look(&handle, &patient).await;
            if self.sin == Sin::ReportsLate {
                self.report(context, &handle).await?;
            }
            let delay = match looked {
                Look::Ended(ended) => return self.ended(ended, &handle).await,
                Look::Trouble(error, _) if self.sin == Sin::GivesUpAtTrouble => return Err(error),
                Look::Trouble(..) if self.sin == Sin::HeedsNoDelay => PAUSE,
                Look::Running(delay) | Look::Trouble(_, delay) => delay,
            };
            let delay = if self.sin == Sin::NoPause { Duration::ZERO } else { delay };
            tokio::select! {
                biased;
                () = context.cancellation.cancelled() => return Err(self.cancel(context, &handle).await),
                () = tokio::time::sleep_until(patient.deadline.into()) => {
                    return Err(self.uncertain(ProviderErrorKind::Timeout, &handle));
                }
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let known = self.jobs.lock().unwrap().contains(handle);
        match self.sin {
            Sin::ForgetsJobs if !known => return Ok(ResolveAnswer::Gone),
            Sin::ResolvesAnything => return Ok(ResolveAnswer::Running),
            _ => {}
        }
        match self.look(handle, context).await {
            Look::Running(_) => Ok(ResolveAnswer::Running),
            Look::Ended(ended) => Ok(ended),
            Look::Trouble(error, _) => Err(error),
        }
    }
}

/// The cases that an adapter with a sin fails.
fn failures(sin: Sin) -> Vec<String> {
    let script: Arc<dyn VendorScript> = Arc::new(Script(sin));
    let Jobs::Polled(job) = script.jobs() else { unreachable!() };
    let suite = polling_cases(Suite::new("polled"), &(Arc::new(GeneratorCall(Arc::clone(&script))) as _));
    resolve_cases(suite, &script, &job).failures()
}

#[test]
fn who_does_right_passes() {
    assert_eq!(failures(Sin::None), Vec::<String>::new());
}

#[test]
fn who_does_wrong_is_caught_by_what_is_about_it() {
    let cases = [
        (Sin::NoPause, "polling::waits_while_running::queued"),
        (Sin::NoPause, "polling::ends_at_the_deadline::running"),
        (Sin::GivesUpAtTrouble, "polling::goes_on_after::lost_after_send"),
        (Sin::GivesUpAtTrouble, "polling::goes_on_after::truncated_body"),
        (Sin::GivesUpAtTrouble, "polling::goes_on_after::rate_limited"),
        (Sin::HeedsNoDelay, "polling::goes_on_after::overloaded_with_delay"),
        (Sin::HeedsNoDelay, "polling::goes_on_after::rate_limited_with_delay"),
        (Sin::ReportsLate, "polling::the_handle_is_reported_before_the_first_look"),
        (Sin::MindsTheJournal, "polling::a_journal_that_cannot_write_stops_nothing"),
        (Sin::HasNoDeadline, "polling::ends_at_the_deadline::running"),
        (Sin::HasNoDeadline, "polling::ends_at_the_deadline::silence"),
        (Sin::LosesTheHandle, "polling::ends_at_the_deadline::a_delay_beyond_it"),
        (Sin::LosesTheHandle, "polling::a_cancellation_that_is_lost_leaves_the_handle"),
        (Sin::NeverCancels, "polling::cancelled_while_running"),
        (Sin::BelievesInCancelling, "polling::a_cancellation_that_is_lost_leaves_the_handle"),
        (Sin::FailsElsewhere, "polling::the_job_failed::error"),
        (Sin::GoneIsNothing, "polling::the_job_is_gone::not_found"),
        (Sin::ForgetsJobs, "resolve::done"),
        (Sin::ForgetsJobs, "resolve::running::queued"),
        (Sin::FollowsHandles, "resolve::a_strange_handle_leads_nowhere_else"),
        (Sin::ResolvesAnything, "resolve::gone::not_found"),
        (Sin::ResolvesAnything, "resolve::failed::error"),
        (Sin::ResolvesAnything, "resolve::trouble::bad_key"),
        (Sin::ResolvesAnything, "resolve::a_deadline_that_has_passed_sends_nothing"),
        (Sin::ResolvesAnything, "resolve::cancelled_before_the_call_sends_nothing"),
        (Sin::TellsTheKey, "polling::ends_at_the_deadline::running"),
    ];
    for (sin, case) in cases {
        let failed = failures(sin);
        assert!(failed.iter().any(|name| name == case), "{sin:?} passes {case}; it fails {failed:?}");
    }
}

#[test]
fn a_script_that_leaves_something_out_is_refused() {
    let built = |change: fn(&mut JobScript)| {
        let script: Arc<dyn VendorScript> = Arc::new(Script(Sin::None));
        let Jobs::Polled(mut job) = script.jobs() else { unreachable!() };
        change(&mut job);
        let build = || resolve_cases(Suite::new("polled"), &script, &job);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(build)).is_ok()
    };
    assert!(built(|_| {}));
    let left_out: [fn(&mut JobScript); 6] = [
        |job| job.accepted.clear(),
        |job| job.running.clear(),
        |job| job.done.clear(),
        |job| job.failed.clear(),
        |job| job.gone.clear(),
        |job| job.gone.push(("silence", Vec::new())),
    ];
    for (which, change) in left_out.into_iter().enumerate() {
        assert!(!built(change), "{which}");
    }
}

#[test]
fn a_vendor_without_jobs_is_listed_with_the_reason() {
    #[derive(Debug)]
    struct Synchronous;

    impl VendorScript for Synchronous {
        fn generator(&self, transport: Arc<dyn Transport>) -> Arc<dyn ImageGenerator> {
            Script(Sin::None).generator(transport)
        }

        fn order(&self) -> Exchange {
            Exchange::post("/orders")
        }

        fn says(&self, _scenario: Scenario) -> VendorAnswer {
            VendorAnswer::Usual
        }

        fn jobs(&self) -> Jobs {
            Jobs::None("the answer holds the picture")
        }

        fn secrets(&self) -> Vec<String> {
            Vec::new()
        }
    }

    let suite = polling_cases(Suite::new("synchronous"), &(Arc::new(GeneratorCall(Arc::new(Synchronous))) as _));
    assert_eq!(suite.ignored_names(), ["synchronous::polling (the answer holds the picture)"]);
}
