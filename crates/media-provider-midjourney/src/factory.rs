//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::HeaderName;
use media_domain::ProviderId;
use media_http::{ApiClient, BaseUrl, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};
use secrecy::ExposeSecret;

use crate::error::read_refusal;
use crate::{MidjourneyAdapter, MidjourneySettings, capability};

/// Makes providers of the kind `midjourney`, all on one transport.
#[derive(Debug, Clone)]
pub struct MidjourneyFactory {
    transport: Arc<dyn Transport>,
}

/// There is no address that it could have by itself: a proxy is somebody's own.
const BASE_URL: Credential = Credential {
    key: "base_url",
    variables: &["MJ_PROXY_URL"],
    required: true,
    required_for_export: false,
    secret: false,
};

/// A proxy can be run without a secret.
const API_SECRET: Credential = Credential {
    key: "api_key",
    variables: &["MJ_API_SECRET", "MIDJOURNEY_API_SECRET"],
    required: false,
    required_for_export: false,
    secret: true,
};

const SECRET_HEADER: HeaderName = HeaderName::from_static("mj-api-secret");

impl MidjourneyFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "midjourney";

    /// Makes a factory; every provider that it builds sends through the transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    fn client(
        &self,
        read: &MidjourneySettings,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<ApiClient, BuildError> {
        let base_url = base_url(read, settings, context)?;
        let client = ApiClient::new(Arc::clone(&self.transport), Arc::clone(&context.clock), base_url, read_refusal);
        match context.credentials.get(API_SECRET.key) {
            Some(_) => client.with_credential(SECRET_HEADER, "", &API_SECRET, context),
            None => Ok(client),
        }
    }
}

impl ProviderFactory for MidjourneyFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[BASE_URL, API_SECRET]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = MidjourneySettings::read(settings)?;
        let capabilities = capability::capabilities(read.upscale.is_none(), &read.capabilities)
            .map_err(|error| settings.error(Some("capabilities"), error.to_string()))?;
        Ok(Descriptor {
            id: id.clone(),
            kind: ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: read.model,
            capabilities,
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage]),
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
        let read = MidjourneySettings::read(settings)?;
        let adapter = Arc::new(MidjourneyAdapter {
            id: id.clone(),
            capabilities: descriptor.capabilities.clone(),
            client: self.client(&read, settings, context)?,
            settings: read,
        });
        Ok(MediaGeneratorProvider {
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            editor: None,
            exporter: None,
            health: adapter,
        })
    }
}

/// What settings say, else what the environment says; without either the provider is unready.
fn base_url(
    read: &MidjourneySettings,
    settings: &ProviderSettings,
    context: &FactoryContext,
) -> Result<BaseUrl, BuildError> {
    let wrong = |reason: String| settings.error(Some(BASE_URL.key), reason);
    if let Some(base_url) = read.base_url().map_err(|error| wrong(error.to_string()))? {
        return Ok(base_url);
    }
    let text = context.required(&BASE_URL)?.expose_secret();
    Ok(BaseUrl::parse(text.trim()).map_err(|error| wrong(format!("{error} (it may come from MJ_PROXY_URL)")))?)
}
