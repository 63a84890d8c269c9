//! Generators and providers whose outcomes are scripted.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::capabilities::SizeRule;
use media_domain::{
    Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, Phase,
    ProviderErrorKind, ProviderId, RetryClass,
};
use media_ports::{
    CallContext, Descriptor, GenerationAnswer, HealthCheck, HealthReport, ImageGenerator, MediaGeneratorProvider,
    Operation, ProviderError, ResolveAnswer,
};
use tokio::time::Instant;

use crate::pictures;

/// A generator that answers from a script, then draws small PNG files; it keeps a log of its calls.
///
/// It behaves as an adapter must: a request that has not been fitted to its capabilities, a call that was given up
/// before and one whose deadline has passed are refused, and not logged.
///
/// ```
/// use media_domain::{ProviderErrorKind, ProviderId};
/// use media_ports::ProviderError;
/// use media_testkit::fakes::{FakeGenerator, FakeOutcome};
///
/// let id = ProviderId::parse("first")?;
/// let generator = FakeGenerator::new(id)
///     .then(FakeOutcome::fail(ProviderError::new(ProviderErrorKind::Unavailable, "reach the vendor")))
///     .then(FakeOutcome::Image);
/// assert_eq!(generator.calls().len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FakeGenerator {
    id: ProviderId,
    capabilities: Capabilities,
    local_and_free: bool,
    script: Mutex<VecDeque<FakeOutcome>>,
    otherwise: FakeOutcome,
    calls: Mutex<Vec<GenerationRequest>>,
}

/// What a [`FakeGenerator`] does when it is called.
#[derive(Debug, Clone)]
pub enum FakeOutcome {
    /// As many PNG files as asked for, of the size asked for, repeatable by prompt and seed.
    Image,
    /// This answer, as it is.
    Answer(Box<GenerationAnswer>),
    /// An error.
    Fail(FakeFailure),
    /// The other outcome, after a delay on the runtime's clock; the deadline and cancellation cut it short.
    After(Duration, Box<FakeOutcome>),
    /// No answer until the deadline or cancellation: `uncertain`, since it had been sent.
    Hang,
    /// A panic.
    Panic,
}

/// An error that can be told again and again.
#[derive(Clone)]
pub struct FakeFailure {
    kind: ProviderErrorKind,
    retry: RetryClass,
    message: String,
    http_status: Option<u16>,
    salvaged: Option<Bytes>,
}

impl FakeOutcome {
    /// An error; its cause is not kept.
    pub fn fail(error: ProviderError) -> Self {
        Self::Fail(FakeFailure {
            kind: error.kind,
            retry: error.retry,
            message: error.message,
            http_status: error.http_status,
            salvaged: error.salvaged,
        })
    }

    /// This outcome, after a delay.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }
}

impl FakeGenerator {
    /// Makes a generator that draws whatever it is asked for.
    pub fn new(id: ProviderId) -> Self {
        let capabilities = Capabilities {
            sizes: SizeRule::Any,
            formats: vec![ImageFormat::Png],
            assumed: false,
            ..Capabilities::permissive()
        };
        Self {
            id,
            capabilities,
            local_and_free: false,
            script: Mutex::default(),
            otherwise: FakeOutcome::Image,
            calls: Mutex::default(),
        }
    }

    /// Adds an outcome to the script; each is used once, in order.
    #[must_use]
    pub fn then(self, outcome: FakeOutcome) -> Self {
        self.push(outcome);
        self
    }

    /// Sets what happens once the script has run out; an image by default.
    #[must_use]
    pub fn otherwise(mut self, outcome: FakeOutcome) -> Self {
        self.otherwise = outcome;
        self
    }

    /// Sets what the generator says of itself.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Makes it answer even after the deadline, as what runs in this process and costs nothing may.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.local_and_free = true;
        self
    }

    /// Adds an outcome to the script of a generator that is in use.
    pub fn push(&self, outcome: FakeOutcome) {
        locked(&self.script).push_back(outcome);
    }

    /// The requests it was called with, in order.
    pub fn calls(&self) -> Vec<GenerationRequest> {
        locked(&self.calls).clone()
    }

    fn check_before(&self, context: &CallContext, request: &GenerationRequest) -> Result<(), ProviderError> {
        if let Err(unmet) = self.capabilities.admit(request).check(Compatibility::Strict) {
            let message = format!("generate an image: the request has not been fitted to the model: {unmet:?}");
            return Err(ProviderError::unsupported(message));
        }
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled("generate an image: the caller gave up before anything was sent"));
        }
        if !self.local_and_free && Instant::now().into_std() >= context.deadline {
            let message = "generate an image: the deadline had passed before anything was sent";
            return Err(ProviderError::new(ProviderErrorKind::Timeout, message).again(None));
        }
        Ok(())
    }

    async fn carry_out(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
        outcome: FakeOutcome,
    ) -> Result<GenerationAnswer, ProviderError> {
        let mut outcome = outcome;
        while let FakeOutcome::After(delay, inner) = outcome {
            self.wait(context, Some(delay)).await?;
            outcome = *inner;
        }
        match outcome {
            FakeOutcome::Image | FakeOutcome::After(..) => Ok(self.draw(request)),
            FakeOutcome::Answer(answer) => Ok(*answer),
            FakeOutcome::Fail(failure) => Err(failure.into()),
            FakeOutcome::Hang => {
                self.wait(context, None).await?;
                Err(ProviderError::new(ProviderErrorKind::Timeout, "generate an image: no answer came")
                    .uncertain(Phase::Submit, None))
            }
            #[expect(clippy::panic, reason = "the script asks for it")]
            FakeOutcome::Panic => panic!("the script of `{}` asks for a panic", self.id),
        }
    }

    /// Waits for the delay (for ever without one), or until the caller no longer does.
    async fn wait(&self, context: &CallContext, delay: Option<Duration>) -> Result<(), ProviderError> {
        let delay = async {
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => std::future::pending().await,
            }
        };
        let kind = tokio::select! {
            biased;
            () = context.cancellation.cancelled() => ProviderErrorKind::Cancelled,
            () = delay => return Ok(()),
            () = tokio::time::sleep_until(context.deadline.into()), if !self.local_and_free => ProviderErrorKind::Timeout,
        };
        Err(ProviderError::new(kind, "generate an image: nobody waits any longer").uncertain(Phase::Submit, None))
    }

    fn draw(&self, request: &GenerationRequest) -> GenerationAnswer {
        let images = (0..request.count).map(|index| self.picture(request, index)).collect();
        GenerationAnswer::new(self.id.clone(), images)
    }

    fn picture(&self, request: &GenerationRequest, index: u32) -> GeneratedImage {
        let letters = request.prompt.as_str().bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let seed = letters ^ request.options.seed.unwrap_or_default() ^ u64::from(request.image_index + index) << 32;
        let (width, height) = (request.dimensions.width, request.dimensions.height);
        GeneratedImage {
            content: ImageContent::Bytes(pictures::png(width, height, seed)),
            format: ImageFormat::Png,
            width,
            height,
            metadata: serde_json::Map::from_iter([("seed".to_owned(), seed.into())]),
            provider_name: self.id.clone(),
        }
    }
}

#[async_trait]
impl ImageGenerator for FakeGenerator {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.check_before(context, request)?;
        locked(&self.calls).push(request.clone());
        let outcome = locked(&self.script).pop_front().unwrap_or_else(|| self.otherwise.clone());
        self.carry_out(context, request, outcome).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: the fake has no jobs"))
    }
}

impl From<FakeFailure> for ProviderError {
    fn from(failure: FakeFailure) -> Self {
        let mut error = Self::new(failure.kind, failure.message);
        error.retry = failure.retry;
        error.http_status = failure.http_status;
        error.salvaged = failure.salvaged;
        error
    }
}

impl fmt::Debug for FakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeFailure({}, {}, {:?})", self.kind, self.retry.as_str(), self.message)
    }
}

/// Makes a [`MediaGeneratorProvider`] around a [`FakeGenerator`].
///
/// ```
/// use media_testkit::fakes::{FakeOutcome, FakeProvider};
///
/// let (provider, generator) = FakeProvider::new("flux").then(FakeOutcome::Hang).build();
/// assert_eq!(provider.id().as_str(), "flux");
/// assert!(generator.calls().is_empty());
/// ```
#[derive(Debug)]
pub struct FakeProvider {
    generator: FakeGenerator,
    health: HealthReport,
    lacks_generation: bool,
}

impl FakeProvider {
    /// Starts a healthy provider that draws whatever it is asked for; panics for what is no provider id.
    #[expect(clippy::panic, reason = "a test wants to know at once")]
    pub fn new(id: &str) -> Self {
        let id = ProviderId::parse(id).unwrap_or_else(|error| panic!("{error}"));
        Self { generator: FakeGenerator::new(id), health: HealthReport::healthy(), lacks_generation: false }
    }

    /// Adds an outcome to the generator's script.
    #[must_use]
    pub fn then(mut self, outcome: FakeOutcome) -> Self {
        self.generator = self.generator.then(outcome);
        self
    }

    /// Adds an error to the generator's script.
    #[must_use]
    pub fn then_fail(self, error: ProviderError) -> Self {
        self.then(FakeOutcome::fail(error))
    }

    /// Sets what happens once the script has run out.
    #[must_use]
    pub fn otherwise(mut self, outcome: FakeOutcome) -> Self {
        self.generator = self.generator.otherwise(outcome);
        self
    }

    /// Sets what the generator says of itself.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.generator = self.generator.with_capabilities(capabilities);
        self
    }

    /// Declares it local and free: it may run after the deadline.
    #[must_use]
    pub fn local_and_free(mut self) -> Self {
        self.generator = self.generator.local_and_free();
        self
    }

    /// Makes its health check answer with a reason against it.
    #[must_use]
    pub fn unhealthy(mut self, reason: &str) -> Self {
        self.health = HealthReport::unhealthy(reason);
        self
    }

    /// Takes image generation away from it.
    #[must_use]
    pub fn without_generation(mut self) -> Self {
        self.lacks_generation = true;
        self
    }

    /// Makes the provider, and a handle on its generator for its call log and script.
    pub fn build(self) -> (MediaGeneratorProvider, Arc<FakeGenerator>) {
        let generator = Arc::new(self.generator);
        let operations =
            if self.lacks_generation { BTreeSet::new() } else { BTreeSet::from([Operation::GenerateImage]) };
        let descriptor = Descriptor {
            id: generator.id.clone(),
            kind: generator.id.clone(),
            version: "0.0.0".to_owned(),
            model: None,
            capabilities: generator.capabilities.clone(),
            operations,
            local_and_free: generator.local_and_free,
        };
        let provider = MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: (!self.lacks_generation).then(|| Arc::clone(&generator) as Arc<dyn ImageGenerator>),
            exporter: None,
            health: Arc::new(FakeHealth(self.health)),
        };
        (provider, generator)
    }
}

/// Answers every health check with the same report.
#[derive(Debug, Clone)]
pub struct FakeHealth(pub HealthReport);

#[async_trait]
impl HealthCheck for FakeHealth {
    async fn check_health(&self, _context: &CallContext) -> HealthReport {
        self.0.clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
