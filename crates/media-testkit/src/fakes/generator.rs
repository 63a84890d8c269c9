//! A generator whose outcomes are scripted.

use async_trait::async_trait;
use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, Compatibility, GenerationRequest, ImageFormat, JobHandle, ProviderId};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};

use super::FakeOutcome;
use super::call::{Script, number_of, picture};

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
    pub(super) id: ProviderId,
    pub(super) capabilities: Capabilities,
    pub(super) script: Script<GenerationRequest>,
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
        Self { id, capabilities, script: Script::new("generate an image") }
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
        self.script.otherwise = outcome;
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
        self.script.local_and_free = true;
        self
    }

    /// Adds an outcome to the script of a generator that is in use.
    pub fn push(&self, outcome: FakeOutcome) {
        self.script.push(outcome);
    }

    /// The requests it was called with, in order.
    pub fn calls(&self) -> Vec<GenerationRequest> {
        self.script.calls()
    }

    fn draw(&self, request: &GenerationRequest) -> GenerationAnswer {
        let words = number_of(request.prompt.as_str().as_bytes()) ^ request.options.seed.unwrap_or_default();
        let seed = |index| words ^ u64::from(request.image_index + index) << 32;
        let images = (0..request.count).map(|index| picture(&self.id, request.dimensions, seed(index))).collect();
        GenerationAnswer::new(self.id.clone(), images)
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
        let admission = self.capabilities.admit(request);
        admission.check(Compatibility::Strict).map_err(|unmet| self.script.not_fitted(&unmet))?;
        self.script.check_before(context)?;
        let outcome = self.script.take(request);
        self.script.carry_out(context, outcome, || self.draw(request)).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("ask what became of a job: the fake has no jobs"))
    }
}
