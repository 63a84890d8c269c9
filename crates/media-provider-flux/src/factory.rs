//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::HeaderName;
use media_domain::{Capabilities, ProviderId};
use media_http::{ApiClient, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};

use crate::error::read_refusal;
use crate::{FluxAdapter, FluxSettings, capability};

/// Makes providers of the kind `flux`, all on one transport.
#[derive(Debug, Clone)]
pub struct FluxFactory {
    transport: Arc<dyn Transport>,
}

const API_KEY: Credential = Credential {
    key: "api_key",
    variables: &["BFL_API_KEY", "FLUX_API_KEY"],
    required: true,
    required_for_export: false,
    secret: true,
};

/// Domains of the vendor's: tasks are asked after in the region where they are, and the key is sent there.
pub(crate) const DOMAINS: &[&str] = &["bfl.ai"];

impl FluxFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "flux";

    /// Makes a factory; every provider that it builds sends through the transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    fn client(
        &self,
        read: &FluxSettings,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<ApiClient, BuildError> {
        let base_url = read.base_url().map_err(|error| settings.error(Some("base_url"), error.to_string()))?;
        let (transport, clock) = (Arc::clone(&self.transport), Arc::clone(&context.clock));
        let client = ApiClient::new(transport, clock, base_url, read_refusal).with_domains(DOMAINS);
        client.with_credential(HeaderName::from_static("x-key"), "", &API_KEY, context)
    }
}

impl ProviderFactory for FluxFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = FluxSettings::read(settings)?;
        let capabilities = capabilities(&read, settings)?;
        let kind = ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?;
        Ok(Descriptor {
            id: id.clone(),
            kind,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            editing: Some(capability::edit_capabilities(&read.model)),
            model: Some(read.model),
            capabilities,
            operations: BTreeSet::from([Operation::GenerateImage, Operation::EditImage]),
            local_and_free: false,
        })
    }

    fn build(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        let descriptor = self.describe(id, settings)?;
        let read = FluxSettings::read(settings)?;
        let adapter = Arc::new(FluxAdapter {
            id: id.clone(),
            capabilities: descriptor.capabilities.clone(),
            edit_capabilities: capability::edit_capabilities(&read.model),
            client: self.client(&read, settings, context)?,
            settings: read,
        });
        Ok(MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            editor: Some(Arc::clone(&adapter) as _),
            exporter: None,
            health: adapter,
        })
    }
}

fn capabilities(read: &FluxSettings, settings: &ProviderSettings) -> Result<Capabilities, SettingsError> {
    capability::capabilities(&read.model, &read.capabilities)
        .map_err(|error| settings.error(Some("capabilities"), error.to_string()))
}
