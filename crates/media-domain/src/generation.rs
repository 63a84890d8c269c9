//! What is asked of a generator, what it answers, and what is kept of both.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::format::word_enum;
use crate::text::Prompt;
use crate::{
    EditRecord, FileBytes, GenerationOptions, ImageFormat, JobId, MediaDimensions, Phase, ProviderErrorKind,
    ProviderId, RequestId,
};

/// A request for images, in neutral words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerationRequest {
    /// What the image should show.
    pub prompt: Prompt,
    /// Width and height asked for; neither is zero.
    pub dimensions: MediaDimensions,
    /// Number of images asked for in this call, from one up.
    pub count: u32,
    /// Which image of a batch of single requests this is, from zero; it sets placeholders apart.
    #[serde(default)]
    pub image_index: u32,
    /// Everything else.
    #[serde(default)]
    pub options: GenerationOptions,
}

/// A request that nobody could serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A side of zero or beyond the limit.
    #[error("{dimensions} cannot be drawn: each side lies between 1 and {limit} pixels")]
    Dimensions {
        /// What was asked for.
        dimensions: MediaDimensions,
        /// Largest side.
        limit: u32,
    },
    /// No image, or too many at once.
    #[error("{count} images cannot be asked for at once: 1 to {limit} can")]
    Count {
        /// What was asked for.
        count: u32,
        /// Most images in one request.
        limit: u32,
    },
    /// An option with an unusable value.
    #[error(transparent)]
    Option(#[from] crate::options::OptionError),
}

impl GenerationRequest {
    /// Largest side that may be asked for, in pixels.
    pub const MAX_SIDE: u32 = 16_384;
    /// Most images in one request.
    pub const MAX_COUNT: u32 = 100;
    /// Width and height when none are given.
    pub const DEFAULT_DIMENSIONS: MediaDimensions = MediaDimensions::new(1024, 1024);

    /// Makes a request for one image of 1024×1024 without options.
    pub fn new(prompt: Prompt) -> Self {
        Self {
            prompt,
            dimensions: Self::DEFAULT_DIMENSIONS,
            count: 1,
            image_index: 0,
            options: GenerationOptions::default(),
        }
    }

    /// The same request without what the caller wrote or could be drawn again from: prompt, negative prompt, style, seed.
    pub fn without_words(&self) -> Self {
        let options = GenerationOptions { negative_prompt: None, style: None, seed: None, ..self.options.clone() };
        Self { prompt: Prompt::not_retained(), options, ..self.clone() }
    }

    /// Checks what no provider could serve.
    ///
    /// # Errors
    /// [`RequestError`] for a side of zero or over 16,384 pixels, for no or over 100 images, for unusable options.
    pub fn check(&self) -> Result<(), RequestError> {
        let MediaDimensions { width, height } = self.dimensions;
        if self.dimensions.is_empty() || width.max(height) > Self::MAX_SIDE {
            return Err(RequestError::Dimensions { dimensions: self.dimensions, limit: Self::MAX_SIDE });
        }
        if !(1..=Self::MAX_COUNT).contains(&self.count) {
            return Err(RequestError::Count { count: self.count, limit: Self::MAX_COUNT });
        }
        Ok(self.options.check()?)
    }
}

/// One image that a provider made.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedImage {
    /// The picture itself, or where to fetch it.
    pub content: ImageContent,
    /// File format as the provider tells it; the bytes have the last word.
    pub format: ImageFormat,
    /// Width in pixels as the provider tells it.
    pub width: u32,
    /// Height in pixels as the provider tells it.
    pub height: u32,
    /// What the provider tells of it (model, seed, revised prompt …); reaches the asset unchanged.
    pub metadata: Map<String, Value>,
    /// The provider that made it.
    pub provider_name: ProviderId,
}

/// The picture itself, or where to fetch it.
#[derive(Clone, PartialEq, Eq)]
pub enum ImageContent {
    /// The file itself.
    Bytes(FileBytes),
    /// Where the file can be fetched, for a while.
    Url(String),
}

impl fmt::Debug for ImageContent {
    /// Tells the length, never the bytes; cuts the query off an address, which may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Url(url) => write!(f, "Url({})", url.split(['?', '#']).next().unwrap_or_default()),
        }
    }
}

/// What a call used, as far as the provider tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Credits, in this product's counting.
    pub credits: u32,
    /// Money in millionths of a US dollar; absent when no price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<u64>,
    /// Tokens read, where the vendor counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Those of the tokens read that are of pictures, where the vendor tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_input_tokens: Option<u64>,
    /// Tokens written, where the vendor counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
}

impl Usage {
    /// What two calls used together. What only one of them tells is not known of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        Self {
            credits: self.credits.saturating_add(other.credits),
            cost_micros: sum(self.cost_micros, other.cost_micros),
            input_tokens: sum(self.input_tokens, other.input_tokens),
            image_input_tokens: sum(self.image_input_tokens, other.image_input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
        }
    }
}

/// One difference between what was asked for and what was sent to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adaptation {
    /// The field (`size`, `seed`, `quality` …).
    pub field: String,
    /// What was asked for.
    pub requested: String,
    /// What was sent instead; absent when the field was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// Why.
    pub reason: String,
}

word_enum! {
    /// How one attempt at a provider ended.
    AttemptOutcome, "attempt outcome" {
        /// Images came.
        Succeeded = "succeeded",
        /// It failed, and nothing was made.
        Failed = "failed",
        /// Nobody knows whether it was accepted.
        Unknown = "unknown",
        /// Paid, but the result cannot be used.
        Billed = "billed",
    }
}

/// One attempt at a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// The provider tried.
    pub provider: ProviderId,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_kind: Option<ProviderErrorKind>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How far the call had come, when its outcome is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// A provider that was passed over without a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedProvider {
    /// The provider.
    pub provider: ProviderId,
    /// Why it was passed over.
    pub reason: String,
}

/// What is kept with an asset of how it was generated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// The request, as the caller made it.
    pub request: GenerationRequest,
    /// The picture it was made of and how that was changed, where it was not made of words alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditRecord>,
    /// Identifies the request.
    pub request_id: RequestId,
    /// The job that made it; absent in dry run, which keeps no journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The provider that made it.
    pub provider_name: ProviderId,
    /// The provider's model, where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the provider told of the image, unchanged.
    pub metadata: Map<String, Value>,
    /// What was used.
    pub usage: Usage,
    /// Differences between the request and what the provider was sent.
    #[serde(default)]
    pub adaptations: Vec<Adaptation>,
    /// Attempts in order; the last one made the image.
    pub attempts: Vec<AttemptRecord>,
    /// Providers passed over, with the reason.
    #[serde(default)]
    pub skipped: Vec<SkippedProvider>,
    /// Whether no provider was called at all.
    pub dry_run: bool,
    /// How long the whole call took, in milliseconds.
    pub processing_time_ms: u64,
}
