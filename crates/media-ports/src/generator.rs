//! Generating images.

use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{
    Adaptation, AttemptRecord, Capabilities, GeneratedImage, GenerationRequest, JobHandle, ProviderId, SkippedProvider,
    Usage,
};

use crate::{CallContext, ProviderError};

/// Turns a prompt into images.
///
/// Implementations never retry, never fall back and never read the environment; they obey the deadline and the
/// cancellation of their context, and report the vendor's job handle to its journal before the first poll.
///
/// ```
/// use media_domain::{GenerationRequest, text::Prompt};
/// use media_ports::{CallContext, ImageGenerator, ProviderError};
///
/// async fn one_image(generator: &dyn ImageGenerator, context: &CallContext) -> Result<usize, ProviderError> {
///     let prompt = Prompt::parse("a lighthouse at dusk").map_err(|error| ProviderError::unsupported(error.to_string()))?;
///     let answer = generator.generate_image(context, &GenerationRequest::new(prompt)).await?;
///     Ok(answer.images.len())
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageGenerator: Debug + Send + Sync + 'static {
    /// What the generator can do; constant for its life, cheap to ask.
    fn capabilities(&self) -> &Capabilities;

    /// Generates images.
    ///
    /// # Errors
    /// [`ProviderError`]; an answer without any image is one (`malformed_response`), never an empty success.
    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError>;

    /// Asks the vendor what became of a job.
    ///
    /// # Errors
    /// `unsupported`, without a call, when the vendor has no job handles; otherwise as the vendor answers.
    async fn resolve(&self, context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError>;
}

/// What came of a generation or an edit.
#[derive(Clone)]
pub struct GenerationAnswer {
    /// The images, at least one.
    pub images: Vec<GeneratedImage>,
    /// The provider that made them.
    pub provider: ProviderId,
    /// The provider's model, where it has several.
    pub model: Option<String>,
    /// What was used.
    pub usage: Usage,
    /// Attempts in order, the last one made the images; empty from a bare provider.
    pub attempts: Vec<AttemptRecord>,
    /// Providers passed over, with the reason; empty from a bare provider.
    pub skipped: Vec<SkippedProvider>,
    /// Differences between the request and what the provider was sent.
    pub adaptations: Vec<Adaptation>,
    /// Bytes that were paid for beside the images, but cannot be used as they are: to be kept aside. A provider leaves here what it
    /// cannot read of an answer that has other images; where there are none, its error tells of them.
    pub salvaged: Vec<Bytes>,
    /// How long it took.
    pub processing_time: Duration,
}

impl GenerationAnswer {
    /// Makes the answer of a bare provider, which used nothing that is counted.
    pub fn new(provider: ProviderId, images: Vec<GeneratedImage>) -> Self {
        Self {
            images,
            provider,
            model: None,
            usage: Usage::default(),
            attempts: Vec::new(),
            skipped: Vec::new(),
            adaptations: Vec::new(),
            salvaged: Vec::new(),
            processing_time: Duration::ZERO,
        }
    }
}

impl fmt::Debug for GenerationAnswer {
    /// Tells the length of what was salvaged, never the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salvaged_bytes: Vec<usize> = self.salvaged.iter().map(Bytes::len).collect();
        f.debug_struct("GenerationAnswer")
            .field("images", &self.images)
            .field("provider", &self.provider)
            .field("model", &self.model)
            .field("usage", &self.usage)
            .field("attempts", &self.attempts)
            .field("skipped", &self.skipped)
            .field("adaptations", &self.adaptations)
            .field("salvaged_bytes", &salvaged_bytes)
            .field("processing_time", &self.processing_time)
            .finish()
    }
}

/// What became of a vendor's job.
#[derive(Debug, Clone)]
pub enum ResolveAnswer {
    /// Still at work.
    Running,
    /// Done; here are the images.
    Done(Box<GenerationAnswer>),
    /// Ended without images.
    Failed {
        /// Why, in the vendor's words.
        reason: String,
        /// Whether the vendor billed it all the same, as far as it tells.
        billed: Option<bool>,
    },
    /// The vendor does not know it (any more).
    Gone,
}

/// Fetches an image that a provider answered by address, guarded against addresses inside the house.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ContentFetcher: Debug + Send + Sync + 'static {
    /// Fetches the bytes behind an address that a provider answered. An address inside the house is fetched only where that
    /// very provider is configured to be there.
    ///
    /// # Errors
    /// [`ProviderError`] of retry class `billed`: the picture has been paid for.
    async fn fetch_content(
        &self,
        context: &CallContext,
        provider: &ProviderId,
        url: &str,
    ) -> Result<Bytes, ProviderError>;
}
