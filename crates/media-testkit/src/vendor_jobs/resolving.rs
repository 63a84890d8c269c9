//! What an adapter must answer when it is asked, later, what became of a job.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};
use media_domain::{JobHandle, ProviderErrorKind};
use media_http::{HttpRequest, HttpResponse, SendPhase, Transport, TransportError, TransportErrorKind};
use media_ports::{CallContext, ProviderError, ResolveAnswer};

use super::JobScript;
use crate::generator::{assert_sound_pictures, context, context_until, unexpected};
use crate::harness::Suite;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_call::GeneratorCall;
use crate::vendor_script::{Scenario, VendorScript, assert_no_secret, told};

/// Adds the cases of `resolve`; every one asks a newly made adapter, as after a restart.
pub(crate) fn resolve_cases(mut suite: Suite, script: &Arc<dyn VendorScript>, job: &JobScript) -> Suite {
    job.assert_whole();
    let resolver = || Resolver { script: Arc::clone(script), handle: job.handle.clone() };
    for (way, running) in &job.running {
        let (resolver, exchanges) = (resolver(), vec![running.clone()]);
        suite = suite.case(&format!("resolve::running::{way}"), move || running_still(resolver, exchanges));
    }
    for (way, exchanges) in &job.failed {
        let (resolver, exchanges) = (resolver(), exchanges.clone());
        suite = suite.case(&format!("resolve::failed::{way}"), move || failed(resolver, exchanges));
    }
    for (way, exchanges) in &job.gone {
        let (resolver, exchanges) = (resolver(), exchanges.clone());
        suite = suite.case(&format!("resolve::gone::{way}"), move || gone(resolver, exchanges));
    }
    for (name, exchange, kind) in troubles(job) {
        let resolver = resolver();
        suite = suite.case(&format!("resolve::trouble::{name}"), move || trouble(resolver, exchange, kind));
    }
    let (first, second, third, done_script) = (resolver(), resolver(), resolver(), job.done.clone());
    let (fourth, asked) = (resolver(), job.done.clone());
    suite
        .case("resolve::done", move || done(first, done_script))
        .case("resolve::a_deadline_that_has_passed_sends_nothing", move || too_late(second))
        .case("resolve::cancelled_before_the_call_sends_nothing", move || given_up(third))
        .case("resolve::a_strange_handle_leads_nowhere_else", move || strange_handles(fourth, asked))
}

/// Asks newly made adapters what became of a job.
pub(super) struct Resolver {
    pub(super) script: Arc<dyn VendorScript>,
    pub(super) handle: JobHandle,
}

impl Resolver {
    async fn ask(
        &self,
        transport: Arc<dyn Transport>,
        context: &CallContext,
        handle: &JobHandle,
    ) -> Result<ResolveAnswer, ProviderError> {
        let generator = self.script.generator(transport);
        let outcome = generator.resolve(context, handle).await;
        let call = GeneratorCall(Arc::clone(&self.script));
        match &outcome {
            Ok(answer) => assert_no_secret(&call, &format!("{answer:?}")),
            Err(error) => assert_no_secret(&call, &told(error)),
        }
        outcome
    }

    async fn play(&self, exchanges: Vec<Exchange>, context: &CallContext) -> Result<ResolveAnswer, ProviderError> {
        let transport = Arc::new(ScriptedTransport::new(exchanges));
        let outcome = self.ask(Arc::clone(&transport) as _, context, &self.handle).await;
        transport.assert_exhausted();
        outcome
    }

    async fn answer(&self, exchanges: Vec<Exchange>) -> ResolveAnswer {
        self.play(exchanges, &context()).await.unwrap_or_else(|error| unexpected(&error))
    }

    async fn error(&self, exchanges: Vec<Exchange>, context: &CallContext) -> ProviderError {
        match self.play(exchanges, context).await {
            Ok(answer) => unexpected(&answer),
            Err(error) => error,
        }
    }
}

/// Trouble on the way says nothing about the job: its name, what happens, and the kind of error that must come of it.
fn troubles(job: &JobScript) -> Vec<(&'static str, Exchange, ProviderErrorKind)> {
    use ProviderErrorKind as Kind;
    let poll = || job.poll.clone();
    let page = |status| poll().answers(status, "text/html", "<h1>trouble</h1>");
    let delay = Scenario::DELAY.as_secs().to_string();
    vec![
        ("lost_before_send", poll().fails(SendPhase::NotSent, TransportErrorKind::Connect), Kind::Unavailable),
        ("lost_after_send", poll().fails(SendPhase::Sent, TransportErrorKind::Interrupted), Kind::Unavailable),
        ("server_error", page(500), Kind::Unavailable),
        ("bad_gateway", page(502), Kind::Unavailable),
        ("overloaded", page(503), Kind::Unavailable),
        ("rate_limited", page(429).with_header("retry-after", &delay), Kind::RateLimited),
        ("bad_key", page(401), Kind::Unauthenticated),
        ("not_json", poll().answers(200, "application/json", "not json at all"), Kind::MalformedResponse),
        ("wrong_content_type", page(200), Kind::MalformedResponse),
        ("slow", poll().never_answers(), Kind::Timeout),
    ]
}

pub(super) async fn running_still(resolver: Resolver, exchanges: Vec<Exchange>) {
    let answer = resolver.answer(exchanges).await;
    assert!(matches!(answer, ResolveAnswer::Running), "{answer:?}");
}

pub(super) async fn done(resolver: Resolver, exchanges: Vec<Exchange>) {
    match resolver.answer(exchanges).await {
        ResolveAnswer::Done(answer) => assert_sound_pictures(&answer, 1),
        other => unexpected(&other),
    }
}

pub(super) async fn failed(resolver: Resolver, exchanges: Vec<Exchange>) {
    match resolver.answer(exchanges).await {
        ResolveAnswer::Failed { reason, .. } => assert!(!reason.trim().is_empty(), "the reason is told"),
        other => unexpected(&other),
    }
}

pub(super) async fn gone(resolver: Resolver, exchanges: Vec<Exchange>) {
    let answer = resolver.answer(exchanges).await;
    assert!(matches!(answer, ResolveAnswer::Gone), "{answer:?}");
}

pub(super) async fn trouble(resolver: Resolver, exchange: Exchange, kind: ProviderErrorKind) {
    let error = resolver.error(vec![exchange], &context()).await;
    assert_eq!(error.kind, kind, "{error:?}");
}

pub(super) async fn too_late(resolver: Resolver) {
    let context = context_until(tokio::time::Instant::now());
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let error = resolver.error(Vec::new(), &context).await;
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
}

pub(super) async fn given_up(resolver: Resolver) {
    let context = context();
    context.cancellation.cancel();
    let error = resolver.error(Vec::new(), &context).await;
    assert_eq!(error.kind, ProviderErrorKind::Cancelled);
}

/// Handles that no vendor gave: a journal may have been tampered with, or be of another installation.
const STRANGE_HANDLES: &[&str] = &[
    "",
    "https://elsewhere.example/steal?id=1",
    "//elsewhere.example/steal",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "../../../elsewhere",
    "a job\r\nx-injected: 1",
    "@elsewhere.example",
];

/// A handle that the vendor never gave makes the adapter call nobody but the vendor.
pub(super) async fn strange_handles(resolver: Resolver, done: Vec<Exchange>) {
    let usual = Arc::new(ScriptedTransport::new(done));
    let answer = resolver.ask(Arc::clone(&usual) as _, &context(), &resolver.handle).await;
    assert!(answer.is_ok(), "{answer:?}");
    let known: BTreeSet<String> = usual.requests().iter().map(host).collect();
    for strange in STRANGE_HANDLES {
        let nobody = Arc::new(KnowsNothing::default());
        let outcome = resolver.ask(Arc::clone(&nobody) as _, &context(), &JobHandle::new(*strange)).await;
        assert!(matches!(outcome, Err(_) | Ok(ResolveAnswer::Gone)), "{strange:?}: {outcome:?}");
        let asked = nobody.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let elsewhere: Vec<&String> = asked.difference(&known).collect();
        assert!(elsewhere.is_empty(), "{strange:?} led to {elsewhere:?}");
    }
}

fn host(request: &HttpRequest) -> String {
    request.url.origin().ascii_serialization()
}

/// Answers 404 to everything, and keeps whom it was asked for.
#[derive(Debug, Default)]
struct KnowsNothing {
    hosts: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Transport for KnowsNothing {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner).insert(host(&request));
        Ok(HttpResponse { status: StatusCode::NOT_FOUND, headers: HeaderMap::new(), body: Default::default() })
    }
}
