//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use media_domain::ProviderId;
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, PlaceholderRenderer,
    ProviderFactory, ProviderSettings, SettingsError,
};

use crate::capability::capabilities;
use crate::{NoOpMediaAdapter, NoOpSettings};

/// The kind of provider that this crate makes.
const KIND: &str = "noop_media";

/// Makes [`NoOpMediaAdapter`]s: kind `noop_media`, also known as `noop`, without credentials.
#[derive(Debug, Clone)]
pub struct NoOpFactory {
    renderer: Arc<dyn PlaceholderRenderer>,
}

impl NoOpFactory {
    /// Makes a factory whose providers draw with `renderer`.
    pub fn new(renderer: Arc<dyn PlaceholderRenderer>) -> Self {
        Self { renderer }
    }
}

impl ProviderFactory for NoOpFactory {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["noop"]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let NoOpSettings {} = settings.decode()?;
        Ok(Descriptor {
            id: id.clone(),
            kind: ProviderId::parse(KIND).map_err(|error| settings.error(None, error.to_string()))?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: None,
            capabilities: capabilities(),
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage]),
            local_and_free: true,
        })
    }

    fn build(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        _context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        let descriptor = self.describe(id, settings)?;
        let adapter = Arc::new(NoOpMediaAdapter::new(id.clone(), Arc::clone(&self.renderer)));
        Ok(MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            editor: None,
            exporter: None,
            health: adapter,
        })
    }
}
