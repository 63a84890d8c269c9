//! Every kind of provider, one line each; the only file that names the provider crates.

use std::sync::Arc;

use media_http::Transport;
use media_ports::registry::DuplicateKind;
use media_ports::{FactoryRegistry, PlaceholderRenderer};
use media_provider_noop::NoOpFactory;
use media_provider_openai::OpenAiImagesFactory;

use super::known_kinds::KNOWN_KINDS;

/// What factories are given of the world outside.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Carries HTTP requests; in dry run one that refuses them all.
    pub transport: Arc<dyn Transport>,
    /// Draws placeholders.
    pub renderer: Arc<dyn PlaceholderRenderer>,
}

/// Registers every kind of provider.
///
/// # Errors
/// [`DuplicateKind`] when two kinds share a name.
pub fn factory_registry(outside: &Outside) -> Result<FactoryRegistry, DuplicateKind> {
    let mut registry = FactoryRegistry::default();
    registry.register(Arc::new(OpenAiImagesFactory::new(outside.transport.clone())))?;
    registry.register(Arc::new(NoOpFactory::new(outside.renderer.clone())))?;
    for known in KNOWN_KINDS {
        registry.register(Arc::new(known))?;
    }
    Ok(registry)
}
