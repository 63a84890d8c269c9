//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use media_domain::{Capabilities, ProviderId};
use media_http::base_url::BaseUrlError;
use media_http::{ApiClient, BaseUrl, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError, TokenStore,
};
use secrecy::{ExposeSecret, SecretString};

use crate::access::Access;
use crate::entitlement::Entitlements;
use crate::oauth::{self, CanvaOAuth};
use crate::{CanvaApiAdapter, CanvaSettings, capability, error};

/// Makes providers of the kind `canva_api`, all on one transport and one store of tokens.
#[derive(Clone)]
pub struct CanvaFactory {
    transport: Arc<dyn Transport>,
    tokens: Arc<dyn TokenStore>,
}

const API_KEY: Credential = credential("api_key", &["CANVA_API_KEY"], true);
const CLIENT_ID: Credential = credential("client_id", &["CANVA_CLIENT_ID"], false);
const CLIENT_SECRET: Credential = credential("client_secret", &["CANVA_CLIENT_SECRET"], true);

/// None is asked for by itself: an access token will do, and so will a client with the consent that it was given.
const fn credential(key: &'static str, variables: &'static [&'static str], secret: bool) -> Credential {
    Credential { key, variables, required: false, required_for_export: false, secret }
}

impl CanvaFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "canva_api";

    /// Makes a factory; its providers send through the transport, and keep the tokens of a consent in the store, each
    /// under its own id.
    pub fn new(transport: Arc<dyn Transport>, tokens: Arc<dyn TokenStore>) -> Self {
        Self { transport, tokens }
    }

    /// What asks a person for consent, on behalf of one provider.
    ///
    /// # Errors
    /// [`BuildError`]: unusable settings, or a client whose id or secret is missing.
    pub fn oauth(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<CanvaOAuth, BuildError> {
        let read = CanvaSettings::read(settings)?;
        let client_id = context.required(&CLIENT_ID)?.expose_secret().trim().to_owned();
        let secret = context.required(&CLIENT_SECRET)?;
        let endpoint = read.token_endpoint().map_err(wrong(settings, "token_url"))?;
        let endpoint = BaseUrl::new(endpoint).map_err(wrong(settings, "token_url"))?;
        let client = ApiClient::new(Arc::clone(&self.transport), Arc::clone(&context.clock), endpoint, error::refusal);
        let client = oauth::identified(client, &client_id, secret).map_err(|_| {
            settings.error(Some(CLIENT_SECRET.key), "CANVA_CLIENT_SECRET holds characters that no secret has")
        })?;
        Ok(CanvaOAuth {
            provider: id.clone(),
            client,
            client_id,
            authorize_url: read.consent_page().map_err(wrong(settings, "authorize_url"))?,
            scopes: read.scopes,
            tokens: Arc::clone(&self.tokens),
        })
    }

    fn access(
        &self,
        id: &ProviderId,
        read: &CanvaSettings,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<Access, BuildError> {
        let api_key = context.credentials.get(API_KEY.key).cloned();
        let has_client = [&CLIENT_ID, &CLIENT_SECRET].map(|part| context.credentials.get(part.key).is_some());
        let oauth = match (has_client, &api_key) {
            ([true, true], _) => Some(Arc::new(self.oauth(id, settings, context)?)),
            ([false, false], None) => return Err(missing(&API_KEY)),
            ([false, true], None) => return Err(missing(&CLIENT_ID)),
            ([true, false], None) => return Err(missing(&CLIENT_SECRET)),
            // A client by halves is of no use, and an access token does without.
            (_, Some(_)) => None,
        };
        let base_url = read.api().map_err(wrong(settings, "base_url"))?;
        let client = ApiClient::new(Arc::clone(&self.transport), Arc::clone(&context.clock), base_url, error::refusal);
        if let Some(key) = &api_key {
            check_token(&client, key, settings)?;
        }
        Ok(Access { client, api_key, oauth, operation_time: read.timeout() })
    }
}

impl ProviderFactory for CanvaFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY, CLIENT_ID, CLIENT_SECRET]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = CanvaSettings::read(settings)?;
        let capabilities = capabilities(&read, settings)?;
        Ok(Descriptor {
            id: id.clone(),
            kind: ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: read.brand_template_id,
            capabilities,
            editing: None,
            operations: BTreeSet::from([Operation::GenerateImage, Operation::ExportCanva]),
            local_and_free: false,
        })
    }

    /// Reads no token: whether consent was given, the first call tells.
    fn build(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError> {
        let descriptor = self.describe(id, settings)?;
        let read = CanvaSettings::read(settings)?;
        let adapter = Arc::new(CanvaApiAdapter {
            id: id.clone(),
            capabilities: descriptor.capabilities.clone(),
            access: self.access(id, &read, settings, context)?,
            entitlements: Entitlements::default(),
            settings: read,
            clock: Arc::clone(&context.clock),
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

impl fmt::Debug for CanvaFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanvaFactory").field("transport", &self.transport).finish_non_exhaustive()
    }
}

fn capabilities(read: &CanvaSettings, settings: &ProviderSettings) -> Result<Capabilities, SettingsError> {
    capability::capabilities(&read.capabilities)
        .map_err(|error| settings.error(Some("capabilities"), error.to_string()))
}

fn check_token(client: &ApiClient, key: &SecretString, settings: &ProviderSettings) -> Result<(), SettingsError> {
    let checked = client.clone().with_bearer(key).map(drop);
    checked.map_err(|_| settings.error(Some(API_KEY.key), "CANVA_API_KEY holds characters that no token has"))
}

fn wrong<'a>(settings: &'a ProviderSettings, key: &'static str) -> impl Fn(BaseUrlError) -> SettingsError + 'a {
    move |error| settings.error(Some(key), error.to_string())
}

fn missing(credential: &Credential) -> BuildError {
    BuildError::MissingCredential { variable: credential.variables.first().copied().unwrap_or_default().to_owned() }
}
