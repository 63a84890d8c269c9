//! From a prompt to an asset.

use std::sync::Arc;

use media_domain::{GenerationRecord, GenerationRequest, MediaAsset, MediaLibrary, MediaType, Name, UserId};
use media_ports::CallPreferences;
use tokio_util::sync::CancellationToken;

use crate::engine::MediaEngine;
use crate::error::EngineError;
use crate::libraries::LibraryRef;
use crate::order::Order;

/// An asset to be generated.
#[derive(Debug, Clone)]
pub struct GenerateAsset {
    /// What the image should show, and how.
    pub request: GenerationRequest,
    /// The library to put it into; the default one when absent.
    pub library: Option<LibraryRef>,
    /// The chain to ask; `media_generation` when absent.
    pub chain: Option<String>,
    /// What the caller would like best.
    pub preferences: CallPreferences,
    /// Name of the asset; the beginning of the prompt when absent.
    pub name: Option<Name>,
    /// What the asset is used as.
    pub media_type: MediaType,
    /// Whether a placeholder, in live mode, is an error.
    pub fail_on_placeholder: bool,
    /// On whose behalf; the configured default user when absent.
    pub user_id: Option<UserId>,
    /// Fires when the caller gives up.
    pub cancellation: CancellationToken,
}

impl GenerateAsset {
    /// One image into the default library, by the default chain.
    pub fn new(request: GenerationRequest) -> Self {
        Self {
            request,
            library: None,
            chain: None,
            preferences: CallPreferences::default(),
            name: None,
            media_type: MediaType::Image,
            fail_on_placeholder: false,
            user_id: None,
            cancellation: CancellationToken::new(),
        }
    }
}

/// What came of a generation.
#[derive(Debug, Clone)]
pub struct GenerateOutcome {
    /// The assets, one for each image, as they were stored.
    pub assets: Vec<MediaAsset>,
    /// How they were generated: the same for all, but for what the provider told of each image; here of the first.
    pub record: GenerationRecord,
    /// The library they were put into.
    pub library: MediaLibrary,
}

impl MediaEngine {
    /// Generates an asset from a prompt: asks the chain, keeps the bytes, catalogues them with how they were made and tags
    /// `generated` and `generated-<provider>`.
    ///
    /// The work goes on in a task of its own: dropping the future cancels nothing.
    ///
    /// # Errors
    /// Before any call that costs: `Invalid` for a request nobody could serve, `NotFound` for the library or the chain.
    /// Then `Generation` with every provider's reason, `UnusableResult`, `OnlyPlaceholder`, `Store`.
    pub async fn generate_asset_from_prompt(
        self: &Arc<Self>,
        generate: GenerateAsset,
    ) -> Result<GenerateOutcome, EngineError> {
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.generate(generate).await });
        task.await.map_err(|error| EngineError::Interrupted(error.to_string()))?
    }

    async fn generate(&self, generate: GenerateAsset) -> Result<GenerateOutcome, EngineError> {
        generate.request.check().map_err(|error| EngineError::Invalid(error.to_string()))?;
        let chain = self.chain(generate.chain.as_deref().unwrap_or(Self::GENERATION_CHAIN))?.clone();
        let library = self.target_library(generate.library.as_ref()).await?;
        Order::new(self, generate, chain, library).carry_out(self).await
    }
}
