//! What every image generator must do.

mod behaviour;
mod checks;
mod requests;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use media_domain::{Capabilities, GenerationRequest, MediaDimensions};
use media_ports::{GenerationAnswer, ImageGenerator, ProviderError};

use self::behaviour::{
    answers_after_the_deadline, answers_with_an_image, cancelled_before, deadline_passed, exact_size, refused_or,
    resolve_unsupported, seed_is_repeatable, seed_is_sent, several_images,
};
pub(crate) use self::checks::{assert_sound, assert_sound_pictures, expect_error, unexpected};
use self::requests::options_beyond;
pub(crate) use self::requests::{context, context_until, plain_prompt, plain_request};
use crate::harness::Suite;
use crate::transport::{Exchange, ScriptedTransport};
use crate::vendor_call::{GeneratorCall, VendorCall};
use crate::vendor_jobs::{Jobs, polling_cases, resolve_cases};
use crate::vendor_script::{self, Scenario, VendorScript};

/// The generator that a suite puts to the test: made anew for every case.
#[derive(Clone)]
pub struct GeneratorUnderTest {
    source: Source,
    local_and_free: bool,
    real_time: bool,
    job_handles: bool,
}

#[derive(Clone)]
enum Source {
    Local(Arc<MakeLocal>),
    Vendor(Arc<dyn VendorScript>),
}

type MakeLocal = dyn Fn() -> LocalGenerator + Send + Sync;

/// A generator without a vendor, with a count of its calls where it keeps one.
pub struct LocalGenerator {
    /// The generator.
    pub generator: Arc<dyn ImageGenerator>,
    /// How many calls have gone through, where that can be told.
    pub calls: Option<Box<dyn Fn() -> usize + Send + Sync>>,
}

impl GeneratorUnderTest {
    /// A generator that answers by itself: noop, dry run, a chain of fakes.
    pub fn local<G: ImageGenerator>(make: impl Fn() -> G + Send + Sync + 'static) -> Self {
        Self::counted(move || LocalGenerator { generator: Arc::new(make()), calls: None })
    }

    /// A generator that answers by itself and whose calls can be counted.
    pub fn counted(make: impl Fn() -> LocalGenerator + Send + Sync + 'static) -> Self {
        Self::of(Source::Local(Arc::new(make)))
    }

    /// An adapter in front of a scripted vendor.
    pub fn vendor(script: impl VendorScript) -> Self {
        Self::of(Source::Vendor(Arc::new(script)))
    }

    fn of(source: Source) -> Self {
        Self { source, local_and_free: false, real_time: false, job_handles: false }
    }

    /// Declares that it runs in this process and costs nothing: it may answer after the deadline.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.local_and_free = true;
        self
    }

    /// Declares that it uses threads of its own, with which a paused clock does not mix.
    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    /// Declares that a local generator has job handles: `resolve` is then tested by itself. A scripted vendor says so
    /// itself, in [`VendorScript::jobs`].
    #[must_use]
    pub fn job_handles(mut self) -> Self {
        self.job_handles = true;
        self
    }

    fn subject(&self, scenario: Option<Scenario>) -> Subject {
        match &self.source {
            Source::Local(make) => {
                let LocalGenerator { generator, calls } = make();
                Subject { generator, calls, transport: None }
            }
            Source::Vendor(script) => {
                let call = GeneratorCall(Arc::clone(script));
                let exchanges = scenario.map(|scenario| vendor_script::success(&call, scenario));
                Subject::of_vendor(script.as_ref(), exchanges.unwrap_or_default())
            }
        }
    }

    fn capabilities(&self) -> Capabilities {
        // The list of cases is made outside any of them, and making a generator may want a runtime.
        let outside = tokio::runtime::Handle::try_current().is_err();
        let runtime =
            outside.then(|| tokio::runtime::Builder::new_current_thread().enable_all().build().ok()).flatten();
        let _entered = runtime.as_ref().map(tokio::runtime::Runtime::enter);
        self.subject(None).generator.capabilities().clone()
    }
}

impl fmt::Debug for GeneratorUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratorUnderTest").field("local_and_free", &self.local_and_free).finish_non_exhaustive()
    }
}

/// One generator in one case.
struct Subject {
    generator: Arc<dyn ImageGenerator>,
    calls: Option<Box<dyn Fn() -> usize + Send + Sync>>,
    transport: Option<Arc<ScriptedTransport>>,
}

/// The request as the model takes it, so that nothing has to be mapped.
pub(crate) fn fitting(generator: &dyn ImageGenerator, request: GenerationRequest) -> GenerationRequest {
    let admission = generator.capabilities().admit(&request);
    assert!(admission.unmet.is_empty(), "a plain request should fit: {:?}", admission.unmet);
    admission.request
}

impl Subject {
    fn of_vendor(script: &dyn VendorScript, exchanges: Vec<Exchange>) -> Self {
        let transport = Arc::new(ScriptedTransport::new(exchanges));
        let generator = script.generator(Arc::clone(&transport) as Arc<dyn media_http::Transport>);
        Self { generator, calls: None, transport: Some(transport) }
    }

    fn fitting(&self, request: GenerationRequest) -> GenerationRequest {
        fitting(self.generator.as_ref(), request)
    }

    async fn generate(&self, request: &GenerationRequest) -> Result<GenerationAnswer, ProviderError> {
        self.generator.generate_image(&context(), request).await
    }

    #[track_caller]
    fn assert_no_call(&self) {
        if let Some(calls) = &self.calls {
            assert_eq!(calls(), 0, "nothing should have been called");
        }
        if let Some(transport) = &self.transport {
            assert!(transport.requests().is_empty(), "nothing should have been sent");
        }
    }

    #[track_caller]
    fn assert_exhausted(&self) {
        if let Some(transport) = &self.transport {
            transport.assert_exhausted();
        }
    }
}

/// Every case that the generator's capabilities call for; what does not apply is listed with the reason.
///
/// Options that the model does not know may be refused (`unsupported`, before anything is sent), or left out and told in
/// the answer's adaptations; what is neither fails.
///
/// ```no_run
/// use media_domain::ProviderId;
/// use media_testkit::fakes::FakeGenerator;
/// use media_testkit::generator::{GeneratorUnderTest, generator_suite};
///
/// fn main() -> std::process::ExitCode {
///     let make = || FakeGenerator::new(ProviderId::parse("fake").expect("a valid id"));
///     generator_suite("fake", GeneratorUnderTest::local(make)).run()
/// }
/// ```
pub fn generator_suite(name: &'static str, generator: GeneratorUnderTest) -> Suite {
    let capabilities = generator.capabilities();
    let mut cases = Cases { suite: Suite::new(name), generator };
    cases.add("answers_with_an_image", answers_with_an_image);
    cases.count(&capabilities);
    cases.seed(&capabilities);
    cases.sizes(&capabilities);
    cases.add("cancelled_before_the_call_sends_nothing", cancelled_before);
    cases.deadline();
    cases.missing_options(&capabilities);
    cases.resolve();
    let Cases { suite, generator } = cases;
    match generator.source {
        Source::Local(_) => suite,
        Source::Vendor(script) => vendor_cases(suite, &script),
    }
}

fn vendor_cases(suite: Suite, script: &Arc<dyn VendorScript>) -> Suite {
    let call: Arc<dyn VendorCall> = Arc::new(GeneratorCall(Arc::clone(script)));
    let suite = vendor_script::scenario_cases(suite, &call, Scenario::ALL);
    let suite = polling_cases(suite, &call);
    match script.jobs() {
        Jobs::None(reason) => suite.ignored("resolve", reason),
        Jobs::Polled(job) => resolve_cases(suite, script, &job),
    }
}

struct Cases {
    suite: Suite,
    generator: GeneratorUnderTest,
}

impl Cases {
    fn add<Fut>(&mut self, name: &str, case: impl FnOnce(GeneratorUnderTest) -> Fut + Send + 'static)
    where
        Fut: Future<Output = ()>,
    {
        let generator = self.generator.clone();
        let suite = std::mem::replace(&mut self.suite, Suite::new(""));
        self.suite = match generator.real_time {
            true => suite.real_time_case(name, move || case(generator)),
            false => suite.case(name, move || case(generator)),
        };
    }

    fn ignore(&mut self, name: &str, reason: &str) {
        let suite = std::mem::replace(&mut self.suite, Suite::new(""));
        self.suite = suite.ignored(name, reason);
    }

    fn is_vendor(&self) -> bool {
        matches!(self.generator.source, Source::Vendor(_))
    }

    fn count(&mut self, capabilities: &Capabilities) {
        let most = capabilities.max_count;
        if most > 1 {
            self.add("answers_with_as_many_images_as_asked_for", |generator| several_images(generator, 2));
        } else {
            self.ignore("answers_with_as_many_images_as_asked_for", "the model makes one image in a call");
        }
        if most < GenerationRequest::MAX_COUNT {
            self.add("more_images_than_a_call_makes_are_refused_without_a_call", move |generator| async move {
                let request = GenerationRequest { count: most + 1, ..plain_request() };
                refused_or(generator, request, move |answer| answer.images.len() == most as usize + 1).await;
            });
        }
    }

    fn seed(&mut self, capabilities: &Capabilities) {
        let name = "the_same_seed_gives_the_same_image";
        if !capabilities.seed {
            self.ignore(name, "the model takes no seed");
        } else if self.is_vendor() {
            self.add("the_seed_is_sent", seed_is_sent);
        } else {
            self.add(name, seed_is_repeatable);
        }
    }

    fn sizes(&mut self, capabilities: &Capabilities) {
        if self.is_vendor() {
            return self.ignore("draws_exactly_the_size_asked_for", "the size of a scripted answer is the script's");
        }
        for asked in [MediaDimensions::new(256, 256), MediaDimensions::new(320, 180), MediaDimensions::new(97, 211)] {
            let Some(size) = capabilities.sizes.nearest(asked) else { continue };
            let case = format!("draws_exactly_the_size_asked_for::{asked}");
            self.add(&case, move |generator| exact_size(generator, size));
        }
    }

    fn deadline(&mut self) {
        if self.generator.local_and_free {
            self.ignore("a_deadline_that_has_passed_sends_nothing", "it is local and free");
            self.add("answers_even_after_the_deadline", answers_after_the_deadline);
        } else {
            self.add("a_deadline_that_has_passed_sends_nothing", deadline_passed);
        }
    }

    fn missing_options(&mut self, capabilities: &Capabilities) {
        for (option, request) in options_beyond(capabilities) {
            self.ignore(&format!("takes::{option}"), "the model does not know it");
            let case = format!("does_not_swallow_an_unknown_option::{option}");
            self.add(&case, move |generator| async move {
                let told = |answer: &GenerationAnswer| answer.adaptations.iter().any(|a| a.field == option);
                refused_or(generator, request, told).await;
            });
        }
    }

    fn resolve(&mut self) {
        let job_handles = match &self.generator.source {
            Source::Local(_) => self.generator.job_handles,
            Source::Vendor(script) => matches!(script.jobs(), Jobs::Polled(_)),
        };
        if job_handles {
            self.ignore("resolve_is_unsupported_without_a_call", "there are job handles");
        } else {
            self.add("resolve_is_unsupported_without_a_call", resolve_unsupported);
        }
    }
}
