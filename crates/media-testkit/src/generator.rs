//! What every image generator must do.

use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use media_domain::text::Prompt;
use media_domain::{
    Background, Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, MediaDimensions,
    ProviderErrorKind, Quality, RequestId, RetryClass, UserId,
};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError};
use tokio::time::Instant;
use uuid::Uuid;

use crate::harness::Suite;
use crate::pictures;
use crate::transport::{Exchange, ScriptedTransport};
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

    /// Declares that the vendor has job handles: `resolve` is then tested by the adapter itself.
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
                let exchanges = scenario.map(|scenario| vendor_script::success(script.as_ref(), scenario));
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
pub(crate) struct Subject {
    pub(crate) generator: Arc<dyn ImageGenerator>,
    calls: Option<Box<dyn Fn() -> usize + Send + Sync>>,
    pub(crate) transport: Option<Arc<ScriptedTransport>>,
}

impl Subject {
    pub(crate) fn of_vendor(script: &dyn VendorScript, exchanges: Vec<Exchange>) -> Self {
        let transport = Arc::new(ScriptedTransport::new(exchanges));
        let generator = script.generator(Arc::clone(&transport) as Arc<dyn media_http::Transport>);
        Self { generator, calls: None, transport: Some(transport) }
    }

    /// The request as the model takes it, so that nothing has to be mapped.
    pub(crate) fn fitting(&self, request: GenerationRequest) -> GenerationRequest {
        let admission = self.generator.capabilities().admit(&request);
        assert!(admission.unmet.is_empty(), "a plain request should fit: {:?}", admission.unmet);
        admission.request
    }

    pub(crate) async fn generate(&self, request: &GenerationRequest) -> Result<GenerationAnswer, ProviderError> {
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
    pub(crate) fn assert_exhausted(&self) {
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
        Source::Vendor(script) => vendor_script::scenario_cases(suite, &script),
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
        if self.generator.job_handles {
            self.ignore("resolve_is_unsupported_without_a_call", "the vendor has job handles");
        } else {
            self.add("resolve_is_unsupported_without_a_call", resolve_unsupported);
        }
    }
}

/// A context with a minute to go.
pub(crate) fn context() -> CallContext {
    context_until(Instant::now() + Duration::from_secs(60))
}

fn context_until(deadline: Instant) -> CallContext {
    #[expect(clippy::panic, reason = "the text is ours")]
    let user = UserId::parse("conformance").unwrap_or_else(|error| panic!("{error}"));
    CallContext::new(deadline.into_std(), RequestId::from_uuid(Uuid::from_u128(7)), user)
}

/// One image of 256×256, without options.
pub(crate) fn plain_request() -> GenerationRequest {
    #[expect(clippy::panic, reason = "the text is ours")]
    let prompt = Prompt::parse("a lighthouse at dusk").unwrap_or_else(|error| panic!("{error}"));
    GenerationRequest { dimensions: MediaDimensions::new(256, 256), ..GenerationRequest::new(prompt) }
}

fn options_beyond(capabilities: &Capabilities) -> Vec<(&'static str, GenerationRequest)> {
    let mut missing = Vec::new();
    let mut add = |known: bool, option, set: &dyn Fn(&mut media_domain::GenerationOptions)| {
        if !known {
            let mut request = plain_request();
            set(&mut request.options);
            missing.push((option, request));
        }
    };
    add(capabilities.seed, "seed", &|options| options.seed = Some(7));
    add(capabilities.negative_prompt, "negative_prompt", &|options| options.negative_prompt = Some("boats".to_owned()));
    add(capabilities.steps.is_some(), "steps", &|options| options.steps = NonZeroU32::new(20));
    add(capabilities.guidance_scale, "guidance_scale", &|options| options.guidance_scale = Some(7.5));
    add(capabilities.style, "style", &|options| options.style = Some("vivid".to_owned()));
    add(!capabilities.qualities.is_empty(), "quality", &|options| options.quality = Some(Quality::High));
    add(!capabilities.backgrounds.is_empty(), "background", &|options| {
        options.background = Some(Background::Transparent);
    });
    missing
}

async fn answers_with_an_image(generator: GeneratorUnderTest) {
    let subject = generator.subject(Some(Scenario::Ok));
    let request = subject.fitting(plain_request());
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound(&answer, 1);
    subject.assert_exhausted();
}

async fn several_images(generator: GeneratorUnderTest, count: u32) {
    let subject = generator.subject(Some(Scenario::SeveralImages));
    let request = subject.fitting(GenerationRequest { count, ..plain_request() });
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    assert_sound(&answer, count as usize);
    subject.assert_exhausted();
}

async fn seed_is_repeatable(generator: GeneratorUnderTest) {
    let mut request = plain_request();
    request.options.seed = Some(4_711);
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let subject = generator.subject(Some(Scenario::Ok));
        let answer = subject.generate(&subject.fitting(request.clone())).await;
        pictures.push(answer.unwrap_or_else(|error| unexpected(&error)).images.remove(0).content);
    }
    assert_eq!(pictures[0], pictures[1], "the same seed should give the same bytes");
}

async fn seed_is_sent(generator: GeneratorUnderTest) {
    let subject = generator.subject(Some(Scenario::Ok));
    let mut request = subject.fitting(plain_request());
    request.options.seed = Some(471_120);
    subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    let sent = subject.transport.as_ref().map(|transport| transport.requests()).unwrap_or_default();
    let named = sent.iter().any(|request| String::from_utf8_lossy(&request.body).contains("471120"));
    assert!(named, "the seed should be in the request");
}

async fn exact_size(generator: GeneratorUnderTest, size: MediaDimensions) {
    let subject = generator.subject(Some(Scenario::Ok));
    let request = subject.fitting(GenerationRequest { dimensions: size, ..plain_request() });
    let answer = subject.generate(&request).await.unwrap_or_else(|error| unexpected(&error));
    let image = &answer.images[0];
    assert_eq!((image.width, image.height), (size.width, size.height));
    if let (ImageContent::Bytes(bytes), ImageFormat::Png) = (&image.content, image.format) {
        assert_eq!(pictures::png_size(bytes), Some((size.width, size.height)), "the file's own header tells");
    }
}

async fn cancelled_before(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context();
    context.cancellation.cancel();
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    let error = expect_error(outcome);
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Cancelled, &RetryClass::Never));
    subject.assert_no_call();
}

async fn deadline_passed(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    let error = expect_error(outcome);
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    let open = matches!(error.retry, RetryClass::Uncertain { .. } | RetryClass::Billed);
    assert!(!open, "nothing was sent, so nothing is open: {:?}", error.retry);
    subject.assert_no_call();
}

async fn answers_after_the_deadline(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    let context = context_until(Instant::now());
    tokio::time::sleep(Duration::from_millis(2)).await;
    let outcome = subject.generator.generate_image(&context, &subject.fitting(plain_request())).await;
    assert_sound(&outcome.unwrap_or_else(|error| unexpected(&error)), 1);
}

/// What the model does not know is refused before anything is sent, or left out and told.
async fn refused_or(
    generator: GeneratorUnderTest,
    request: GenerationRequest,
    sound: impl Fn(&GenerationAnswer) -> bool,
) {
    let subject = generator.subject(None);
    let size = subject.generator.capabilities().sizes.nearest(request.dimensions).unwrap_or(request.dimensions);
    match subject.generate(&GenerationRequest { dimensions: size, ..request }).await {
        Ok(answer) => assert!(sound(&answer), "it was neither refused nor told: {:?}", answer.adaptations),
        Err(error) => {
            let refused = matches!(error.kind, ProviderErrorKind::Unsupported | ProviderErrorKind::InvalidRequest);
            assert!(refused, "refused as {}", error.kind);
            subject.assert_no_call();
        }
    }
}

async fn resolve_unsupported(generator: GeneratorUnderTest) {
    let subject = generator.subject(None);
    match subject.generator.resolve(&context(), &JobHandle::new("a-job")).await {
        Ok(answer) => unexpected(&format!("{answer:?}")),
        Err(error) => assert_eq!(error.kind, ProviderErrorKind::Unsupported),
    }
    subject.assert_no_call();
}

/// Checks what every answer must be.
#[track_caller]
pub(crate) fn assert_sound(answer: &GenerationAnswer, count: usize) {
    assert_eq!(answer.images.len(), count, "number of images");
    for image in &answer.images {
        assert_eq!(image.provider_name, answer.provider, "every image names its provider");
        match &image.content {
            ImageContent::Bytes(bytes) => assert_eq!(sniff(bytes), Some(image.format), "the bytes tell the format"),
            ImageContent::Url(url) => assert!(url.starts_with("http"), "{image:?}"),
        }
        assert_declared_size(image);
    }
}

#[track_caller]
fn assert_declared_size(image: &GeneratedImage) {
    let known = image.width > 0 && image.height > 0;
    assert!(known || !image.format.is_raster(), "an image of pixels tells its size: {image:?}");
}

fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(ImageFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::Webp),
        [b'G', b'I', b'F', b'8', ..] => Some(ImageFormat::Gif),
        [b'<', ..] => Some(ImageFormat::Svg),
        _ => None,
    }
}

#[track_caller]
pub(crate) fn expect_error(outcome: Result<GenerationAnswer, ProviderError>) -> ProviderError {
    match outcome {
        Ok(answer) => unexpected(&format!("an answer with {} images", answer.images.len())),
        Err(error) => error,
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is how a case fails")]
pub(crate) fn unexpected(what: &dyn fmt::Debug) -> ! {
    panic!("unexpected: {what:?}")
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;
    use std::sync::atomic::{AtomicU64, Ordering};

    use async_trait::async_trait;
    use futures::FutureExt;
    use media_domain::ProviderId;
    use media_ports::ResolveAnswer;

    use super::*;
    use crate::fakes::{FakeGenerator, FakeOutcome};

    /// Calls the generator inside whatever its own context and capabilities say.
    #[derive(Debug)]
    struct Careless(FakeGenerator, Capabilities);

    #[async_trait]
    impl ImageGenerator for Careless {
        fn capabilities(&self) -> &Capabilities {
            &self.1
        }

        async fn generate_image(
            &self,
            _context: &CallContext,
            request: &GenerationRequest,
        ) -> Result<GenerationAnswer, ProviderError> {
            self.0.generate_image(&context(), request).await
        }

        async fn resolve(&self, _: &CallContext, _: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
            Ok(ResolveAnswer::Gone)
        }
    }

    fn fake() -> FakeGenerator {
        FakeGenerator::new(ProviderId::parse("fake").unwrap())
    }

    fn careless() -> GeneratorUnderTest {
        GeneratorUnderTest::local(|| {
            let fake = fake();
            let capabilities = Capabilities { seed: false, ..fake.capabilities().clone() };
            Careless(fake, capabilities)
        })
    }

    /// Answers with one picture of 8×8, after a change for the worse.
    fn answering(spoil: impl Fn(&mut GenerationAnswer) + Send + Sync + 'static) -> GeneratorUnderTest {
        GeneratorUnderTest::local(move || {
            let id = ProviderId::parse("fake").unwrap();
            let image = GeneratedImage {
                content: ImageContent::Bytes(pictures::png(8, 8, 1)),
                format: ImageFormat::Png,
                width: 8,
                height: 8,
                metadata: serde_json::Map::new(),
                provider_name: id.clone(),
            };
            let mut answer = GenerationAnswer::new(id, vec![image]);
            spoil(&mut answer);
            fake().otherwise(FakeOutcome::Answer(Box::new(answer)))
        })
    }

    async fn caught(case: impl Future<Output = ()>) -> bool {
        AssertUnwindSafe(case).catch_unwind().await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn a_generator_that_ignores_its_context_is_caught() {
        assert!(caught(cancelled_before(careless())).await);
        assert!(caught(deadline_passed(careless())).await);
        assert!(caught(resolve_unsupported(careless())).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_generator_that_swallows_an_option_is_caught() {
        let (option, request) = options_beyond(&careless().capabilities()).remove(0);
        assert_eq!(option, "seed");
        assert!(caught(refused_or(careless(), request, |answer| !answer.adaptations.is_empty())).await);
    }

    #[tokio::test(start_paused = true)]
    async fn unsound_answers_are_caught() {
        assert!(!caught(answers_with_an_image(answering(|_| {}))).await);
        assert!(caught(answers_with_an_image(answering(|answer| answer.images.clear()))).await);
        assert!(caught(answers_with_an_image(answering(|answer| answer.images[0].format = ImageFormat::Jpeg))).await);
        assert!(caught(answers_with_an_image(answering(|answer| answer.images[0].width = 0))).await);
        let another = ProviderId::parse("another").unwrap();
        let misnamed = answering(move |answer| answer.images[0].provider_name = another.clone());
        assert!(caught(answers_with_an_image(misnamed)).await);
        assert!(caught(several_images(answering(|_| {}), 2)).await);
        assert!(caught(exact_size(answering(|_| {}), MediaDimensions::new(9, 9))).await);
        let mislabelled = answering(|answer| (answer.images[0].width, answer.images[0].height) = (9, 9));
        assert!(caught(exact_size(mislabelled, MediaDimensions::new(9, 9))).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_seed_without_effect_is_caught() {
        let counter = AtomicU64::new(0);
        let moody = answering(move |answer| {
            let seed = counter.fetch_add(1, Ordering::Relaxed);
            answer.images[0].content = ImageContent::Bytes(pictures::png(8, 8, seed));
        });
        assert!(caught(seed_is_repeatable(moody)).await);
    }
}
