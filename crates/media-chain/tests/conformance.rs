//! Fallback, every layer and dry run pass the suites that every generator and every editor passes.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_chain::accounting::{Accounting, AccountingRules};
use media_chain::breaking::Breaking;
use media_chain::deadline::Deadline;
use media_chain::dry_run::DryRun;
use media_chain::fallback::Fallback;
use media_chain::gate::CapabilityGate;
use media_chain::journaled::Journaled;
use media_chain::limits::{Limits, ProviderLimits};
use media_chain::metered::Metered;
use media_chain::observe::Observe;
use media_chain::rechecked::Rechecked;
use media_chain::retry::Retry;
use media_chain::timeout::Timeout;
use media_chain::{
    BreakerBoard, ChainPolicy, HealthBoard, ImageRequest, Link, Models, ProviderPolicy, Service, Unpriced,
};
use media_domain::retry_plan::RetryPlan;
use media_domain::{
    BreakerSettings, Capabilities, Compatibility, EditCapabilities, EditRequest, GenerationRequest, JobHandle,
};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{
    BreakerKey, CallContext, Clock, Descriptor, GenerationAnswer, IdSource, ImageEditor, ImageGenerator, ProviderError,
    ResolveAnswer,
};
use media_testkit::clock::{SequentialIds, TestClock};
use media_testkit::editor_suite::{EditorUnderTest, LocalEditor, editor_suite};
use media_testkit::fakes::{FakeEditor, FakeGenerator, FakeProvider};
use media_testkit::generator::{GeneratorUnderTest, LocalGenerator, generator_suite};
use media_testkit::sample;

/// Puts a layer around an operation that can do what is said beside it.
type Wrap<R> = fn(Arc<dyn Service<R>>, <R as ImageRequest>::Capabilities) -> Arc<dyn Service<R>>;

const LONG: Duration = Duration::from_secs(60);

/// Every layer by its name.
fn layers<R: ImageRequest>() -> Vec<(&'static str, Wrap<R>)> {
    vec![
        ("observe", |inner, _| Arc::new(Observe::new(inner, clock(), "chain"))),
        ("deadline", |inner, _| Arc::new(Deadline::new(inner, clock(), LONG))),
        // Alone, it passes over whomever a request does not fit, until nobody is left.
        ("fallback", |inner, able| gate(fallback(inner), able)),
        ("gate", gate),
        ("accounting", |inner, _| accounting(inner)),
        ("breaking", |inner, _| breaking(inner)),
        ("retry", |inner, _| Arc::new(Retry::new(inner, RetryPlan::default(), clock(), ids()))),
        ("limits", |inner, _| {
            Arc::new(Limits::new(inner, Arc::new(ProviderLimits::new(NonZeroUsize::new(2), None)), clock()))
        }),
        ("journaled", |inner, _| Arc::new(Journaled::new(inner, sample::provider("fake"), clock()))),
        ("metered", |inner, _| Arc::new(Metered::new(inner, descriptor(), clock()))),
        ("timeout", |inner, _| Arc::new(Timeout::new(inner, clock(), LONG))),
    ]
}

fn clock() -> Arc<dyn Clock> {
    // The suite asks for capabilities outside of a runtime, where tokio's clock cannot be paused but can be read.
    Arc::new(TestClock::new())
}

fn ids() -> Arc<dyn IdSource> {
    Arc::new(SequentialIds::default())
}

fn descriptor() -> Arc<Descriptor> {
    let editor = Arc::new(FakeEditor::new(sample::provider("fake")).with_capabilities(editing()));
    let generating = Capabilities { steps: None, ..Capabilities::permissive() };
    FakeProvider::new("fake").with_capabilities(generating).with_editor(editor).build().0.descriptor
}

/// As many results in one call as anyone may ask for: more would be split instead of refused.
fn editing() -> EditCapabilities {
    let fake = FakeEditor::new(sample::provider("fake"));
    EditCapabilities { max_count: GenerationRequest::MAX_COUNT, ..fake.edit_capabilities().clone() }
}

fn gate<R: ImageRequest>(inner: Arc<dyn Service<R>>, able: R::Capabilities) -> Arc<dyn Service<R>> {
    Arc::new(CapabilityGate::new(inner, able, Compatibility::Adapt, clock()))
}

fn fallback<R: ImageRequest>(first: Arc<dyn Service<R>>) -> Arc<dyn Service<R>> {
    let link = |id: &str, operation| Link {
        provider: sample::provider(id),
        models: Models::default(),
        local_and_free: false,
        operation,
        state: None,
    };
    let links = vec![link("absent", Err("it is not there".to_owned())), link("fake", Ok(first))];
    Arc::new(Fallback::new(ChainPolicy::default(), clock(), ids(), Arc::new(HealthBoard::new(clock())), links))
}

/// The breaker, and what asks once more whether its leave still holds.
fn breaking<R: ImageRequest>(inner: Arc<dyn Service<R>>) -> Arc<dyn Service<R>> {
    let board = Arc::new(BreakerBoard::in_memory(clock()));
    let key = BreakerKey { provider: sample::provider("fake"), model: String::new(), fingerprint: String::new() };
    let breaker = board.breaker(key, BreakerSettings::default());
    let rechecked = Arc::new(Rechecked::new(inner, board.clone(), breaker.clone(), clock()));
    Arc::new(Breaking::new(rechecked, board, breaker, clock()))
}

fn accounting<R: ImageRequest>(inner: Arc<dyn Service<R>>) -> Arc<dyn Service<R>> {
    let rules = AccountingRules {
        provider: sample::provider("fake"),
        models: Models::default(),
        policy: Arc::new(ProviderPolicy::default()),
        chain: "chain".to_owned(),
        budgets: Vec::new(),
        unpriced: Unpriced::Allow,
    };
    Arc::new(Accounting::new(inner, rules, clock()))
}

/// Layers as the port that the suites ask.
#[derive(Debug)]
struct Ported<R: ImageRequest> {
    service: Arc<dyn Service<R>>,
    capabilities: R::Capabilities,
}

#[async_trait]
impl ImageGenerator for Ported<GenerationRequest> {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.service.call(context, request).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("layers have no jobs"))
    }
}

#[async_trait]
impl ImageEditor for Ported<EditRequest> {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.capabilities
    }

    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.service.call(context, request).await
    }
}

/// A layer around a fake whose calls are counted.
fn generating_through(wrap: Wrap<GenerationRequest>) -> GeneratorUnderTest {
    GeneratorUnderTest::counted(move || {
        let fake = Arc::new(FakeGenerator::new(sample::provider("fake")));
        let capabilities = fake.capabilities().clone();
        let bare: Arc<dyn ImageGenerator> = fake.clone();
        let generator = Arc::new(Ported { service: wrap(Arc::new(bare), capabilities.clone()), capabilities });
        LocalGenerator { generator, calls: Some(Box::new(move || fake.calls().len())) }
    })
}

fn editing_through(wrap: Wrap<EditRequest>) -> EditorUnderTest {
    EditorUnderTest::counted(move || {
        let fake = Arc::new(FakeEditor::new(sample::provider("fake")).with_capabilities(editing()));
        let bare: Arc<dyn ImageEditor> = fake.clone();
        let editor = Arc::new(Ported { service: wrap(Arc::new(bare), editing()), capabilities: editing() });
        LocalEditor { editor, calls: Some(Box::new(move || fake.calls().len())) }
    })
}

fn dry_run<R: ImageRequest>() -> Ported<R> {
    let descriptor = descriptor();
    let capabilities = R::described_in(&descriptor).cloned();
    let renderer = Arc::new(ImagingService::new(ImageLimits::default()));
    let dry_run = DryRun::new(descriptor, renderer, Compatibility::Adapt);
    let (Some(capabilities), Some(dry_run)) = (capabilities, dry_run) else { unreachable!("the fake has both") };
    Ported { service: Arc::new(dry_run), capabilities }
}

fn main() -> ExitCode {
    let generating = GeneratorUnderTest::local(dry_run::<GenerationRequest>).local_and_free().real_time();
    let editing = EditorUnderTest::local(dry_run::<EditRequest>).local_and_free().real_time();
    let mut suite = generator_suite("generate_dry_run", generating).and(editor_suite("edit_dry_run", editing));
    for (name, wrap) in layers::<GenerationRequest>() {
        suite = suite.and(generator_suite(name, generating_through(wrap)));
    }
    for (name, wrap) in layers::<EditRequest>() {
        suite = suite.and(editor_suite(format!("edit_{name}").leak(), editing_through(wrap)));
    }
    suite.run()
}
