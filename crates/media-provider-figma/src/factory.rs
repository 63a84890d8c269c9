//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::HeaderName;
use http::header::AUTHORIZATION;
use media_domain::ProviderId;
use media_http::{ApiClient, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};
use secrecy::{ExposeSecret, SecretString};

use crate::memory::Memory;
use crate::settings::TokenKind;
use crate::template::Templates;
use crate::{FigmaApiAdapter, FigmaSettings, ProcessMemory, RenderMemory, capability, error};

/// Makes providers of the kind `figma_api`, all on one transport and with one memory.
#[derive(Debug, Clone)]
pub struct FigmaFactory {
    transport: Arc<dyn Transport>,
    render_memory: Arc<dyn RenderMemory>,
}

const API_KEY: Credential = Credential {
    key: "api_key",
    variables: &["FIGMA_API_TOKEN", "FIGMA_TOKEN", "FIGMA_API_KEY", "FIGMA_ACCESS_TOKEN"],
    required: true,
    required_for_export: true,
    secret: true,
};

/// What personal access tokens begin with (seen in the vendor's examples, read 2026-11-20).
const PERSONAL_PREFIX: &str = "figd_";

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-figma-token");

impl FigmaFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "figma_api";

    /// Makes a factory; every provider that it builds sends through the transport. What is remembered of files is lost
    /// with the process.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self::with_memory(transport, Arc::new(ProcessMemory::default()))
    }

    /// The same with a memory that may outlive the process.
    pub fn with_memory(transport: Arc<dyn Transport>, render_memory: Arc<dyn RenderMemory>) -> Self {
        Self { transport, render_memory }
    }

    fn client(
        &self,
        read: &FigmaSettings,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<ApiClient, BuildError> {
        let token = context.required(&API_KEY)?;
        let base_url = read.api().map_err(|error| settings.error(Some("base_url"), error.to_string()))?;
        let (transport, clock) = (Arc::clone(&self.transport), Arc::clone(&context.clock));
        let client = ApiClient::new(transport, clock, base_url, error::read_refusal);
        match kind_of(token, read.token_kind) {
            TokenKind::Personal => client.with_credential(TOKEN_HEADER, "", &API_KEY, context),
            TokenKind::Oauth => client.with_credential(AUTHORIZATION, "Bearer ", &API_KEY, context),
        }
    }
}

impl ProviderFactory for FigmaFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY]
    }

    /// Names both operations, template or none: in dry run a placeholder is drawn, and live an order without a template
    /// is passed over before anything is sent.
    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = FigmaSettings::read(settings)?;
        let templates = templates(&read, settings)?;
        let capabilities = capability::capabilities(&read.capabilities)
            .map_err(|error| settings.error(Some("capabilities"), error.to_string()))?;
        Ok(Descriptor {
            id: id.clone(),
            kind: ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: templates.usual().map(|template| template.name()),
            capabilities,
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage, Operation::ExportFigma]),
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
        let read = FigmaSettings::read(settings)?;
        let adapter = Arc::new(FigmaApiAdapter {
            id: id.clone(),
            templates: templates(&read, settings)?,
            capabilities: descriptor.capabilities.clone(),
            client: self.client(&read, settings, context)?,
            memory: Memory::default(),
            render_memory: Arc::clone(&self.render_memory),
            settings: read,
        });
        Ok(MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            editor: None,
            exporter: Some(Arc::clone(&adapter) as _),
            health: adapter,
        })
    }
}

fn templates(read: &FigmaSettings, settings: &ProviderSettings) -> Result<Templates, SettingsError> {
    Templates::read(read).map_err(|(key, reason)| settings.error(Some(&key), reason))
}

fn kind_of(token: &SecretString, said: TokenKind) -> TokenKind {
    match token.expose_secret().trim().starts_with(PERSONAL_PREFIX) {
        true => TokenKind::Personal,
        false => said,
    }
}
