//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use media_domain::{Capabilities, EditCapabilities, ProviderId};
use media_http::{ApiClient, BaseUrl, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};
use secrecy::ExposeSecret;

use crate::error::read_refusal;
use crate::{OpenAiImagesAdapter, OpenAiImagesSettings, capability};

/// Makes providers of the kind `openai_images`, all on one transport.
#[derive(Debug, Clone)]
pub struct OpenAiImagesFactory {
    transport: Arc<dyn Transport>,
}

const API_KEY: Credential = Credential {
    key: "api_key",
    variables: &["OPENAI_API_KEY"],
    required: true,
    required_for_export: false,
    secret: true,
};
const BASE_URL: Credential = optional("base_url", &["OPENAI_BASE_URL"]);
const ORGANIZATION: Credential = optional("organization", &["OPENAI_ORG_ID"]);
const PROJECT: Credential = optional("project", &["OPENAI_PROJECT_ID"]);

const fn optional(key: &'static str, variables: &'static [&'static str]) -> Credential {
    Credential { key, variables, required: false, required_for_export: false, secret: false }
}

impl OpenAiImagesFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "openai_images";

    /// Makes a factory; every provider that it builds sends through the transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    fn client(
        &self,
        read: &OpenAiImagesSettings,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<ApiClient, BuildError> {
        let base_url = base_url(read, settings, context)?;
        let (transport, clock) = (Arc::clone(&self.transport), Arc::clone(&context.clock));
        let mut client = ApiClient::new(transport, clock, base_url, read_refusal).with_credential(
            AUTHORIZATION,
            "Bearer ",
            &API_KEY,
            context,
        )?;
        let billed_to = [
            (&ORGANIZATION, &read.organization, HeaderName::from_static("openai-organization")),
            (&PROJECT, &read.project, HeaderName::from_static("openai-project")),
        ];
        for (credential, setting, name) in billed_to {
            let Some(text) = setting.as_deref().or_else(|| from_environment(context, credential)) else { continue };
            let value = HeaderValue::from_str(text.trim())
                .map_err(|_| settings.error(Some(credential.key), "holds characters that no header may carry"))?;
            client = client.with_header(name, value);
        }
        Ok(client)
    }
}

impl ProviderFactory for OpenAiImagesFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["dalle3", "openai"]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY, BASE_URL, ORGANIZATION, PROJECT]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = OpenAiImagesSettings::read(settings)?;
        let (capabilities, editing) = (capabilities(&read, settings)?, editing(&read, settings)?);
        describe(id, &read, capabilities, editing, settings)
    }

    fn build(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        let read = OpenAiImagesSettings::read(settings)?;
        let capabilities = capabilities(&read, settings)?;
        let editing = editing(&read, settings)?;
        let descriptor = describe(id, &read, capabilities.clone(), editing.clone(), settings)?;
        let adapter = Arc::new(OpenAiImagesAdapter {
            id: id.clone(),
            capabilities,
            editing,
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

fn describe(
    id: &ProviderId,
    read: &OpenAiImagesSettings,
    capabilities: Capabilities,
    editing: EditCapabilities,
    settings: &ProviderSettings,
) -> Result<Descriptor, SettingsError> {
    let kind = ProviderId::parse(OpenAiImagesFactory::KIND).map_err(|error| settings.error(None, error.to_string()))?;
    Ok(Descriptor {
        id: id.clone(),
        kind,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        model: Some(read.model.clone()),
        capabilities,
        editing: Some(editing),
        operations: BTreeSet::from([Operation::GenerateImage, Operation::EditImage]),
        local_and_free: false,
    })
}

fn capabilities(read: &OpenAiImagesSettings, settings: &ProviderSettings) -> Result<Capabilities, SettingsError> {
    capability::capabilities(&read.model, &read.capabilities)
        .map_err(|error| settings.error(Some("capabilities"), error.to_string()))
}

fn editing(read: &OpenAiImagesSettings, settings: &ProviderSettings) -> Result<EditCapabilities, SettingsError> {
    capability::edit_capabilities(&read.edit_capabilities)
        .map_err(|error| settings.error(Some("edit_capabilities"), error.to_string()))
}

/// What settings say, else what the environment says, else the vendor's own address.
fn base_url(
    read: &OpenAiImagesSettings,
    settings: &ProviderSettings,
    context: &FactoryContext,
) -> Result<BaseUrl, SettingsError> {
    if let Some(base_url) = read.base_url(settings)? {
        return Ok(base_url);
    }
    let text = from_environment(context, &BASE_URL).unwrap_or(OpenAiImagesSettings::DEFAULT_BASE_URL);
    BaseUrl::parse(text)
        .map_err(|error| settings.error(Some(BASE_URL.key), format!("{error} (it may come from OPENAI_BASE_URL)")))
}

/// The value of an optional variable that is not a secret.
fn from_environment<'a>(context: &'a FactoryContext, credential: &Credential) -> Option<&'a str> {
    context.credentials.get(credential.key).map(|value| value.expose_secret().trim()).filter(|text| !text.is_empty())
}
