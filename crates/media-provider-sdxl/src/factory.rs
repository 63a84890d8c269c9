//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, InvalidHeaderValue};
use http::{HeaderName, HeaderValue};
use media_domain::{Capabilities, EditCapabilities, ProviderId};
use media_http::{ApiClient, BaseUrl, Transport};
use media_ports::{
    BuildError, Credential, CredentialSource, Descriptor, FactoryContext, MediaGeneratorProvider, Operation,
    ProviderFactory, ProviderSettings, SettingsError,
};
use secrecy::{ExposeSecret, SecretString};

use crate::automatic1111::Automatic1111;
use crate::edit::SdxlEditor;
use crate::flat::Flat;
use crate::form::WireForm;
use crate::settings::Api;
use crate::v1::V1;
use crate::v2beta::V2beta;
use crate::{SdxlAdapter, SdxlSettings, capability};

/// Makes providers of the kind `sdxl`, all on one transport.
#[derive(Debug, Clone)]
pub struct SdxlFactory {
    transport: Arc<dyn Transport>,
}

/// Needed at Stability AI only; a flat endpoint is sent it if there is one.
const API_KEY: Credential = optional("api_key", &["SDXL_API_KEY", STABILITY_API_KEY], true);
/// Where keys of the hosted service stand, and no others.
const STABILITY_API_KEY: &str = "STABILITY_API_KEY";
const USER: Credential = optional("user", &["A1111_USER"], false);
const PASSWORD: Credential = optional("password", &["A1111_PASSWORD"], true);

const fn optional(key: &'static str, variables: &'static [&'static str], secret: bool) -> Credential {
    Credential { key, variables, required: false, required_for_export: false, secret }
}

impl SdxlFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "sdxl";

    /// Makes a factory; every provider that it builds sends through the transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }
}

impl ProviderFactory for SdxlFactory {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["stable-diffusion"]
    }

    fn credentials(&self) -> &'static [Credential] {
        &[API_KEY, USER, PASSWORD]
    }

    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError> {
        let read = SdxlSettings::read(settings)?;
        form(&read, settings)?;
        let (capabilities, editing) = abilities(&read, settings)?;
        let kind = ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?;
        let edits = editing.is_some().then_some(Operation::EditImage);
        Ok(Descriptor {
            id: id.clone(),
            kind,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: read.model().map(str::to_owned),
            capabilities,
            editing,
            operations: BTreeSet::from_iter([Operation::GenerateImage].into_iter().chain(edits)),
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
        let read = SdxlSettings::read(settings)?;
        let base_url = read.base_url().map_err(|reason| settings.error(Some("base_url"), reason))?;
        let form = form(&read, settings)?;
        let (transport, clock) = (Arc::clone(&self.transport), Arc::clone(&context.clock));
        let client = ApiClient::new(transport, clock, base_url, form.read_refusal());
        let adapter = Arc::new(SdxlAdapter {
            id: id.clone(),
            capabilities: descriptor.capabilities.clone(),
            form,
            client: with_headers(with_credentials(client, &read, context)?, &read, settings)?,
            settings: read,
        });
        let editor = |capabilities| Arc::new(SdxlEditor { adapter: Arc::clone(&adapter), capabilities }) as _;
        Ok(MediaGeneratorProvider {
            editor: descriptor.editing.clone().map(editor),
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            exporter: None,
            health: adapter,
        })
    }
}

/// The form that settings choose; the only place that asks which.
fn form(read: &SdxlSettings, settings: &ProviderSettings) -> Result<Box<dyn WireForm>, SettingsError> {
    let base_url: BaseUrl = read.base_url().map_err(|reason| settings.error(Some("base_url"), reason))?;
    let model = read.model().unwrap_or_default();
    Ok(match read.api {
        Api::V1 => Box::new(V1::new(read, &base_url, model).map_err(|reason| settings.error(Some("model"), reason))?),
        Api::V2beta => Box::new(V2beta::new(read, &base_url, model)),
        Api::Automatic1111 => Box::new(Automatic1111::new(read, &base_url)),
        Api::Flat => Box::new(Flat::new(read, &base_url).map_err(|(key, reason)| settings.error(Some(key), reason))?),
    })
}

fn abilities(
    read: &SdxlSettings,
    settings: &ProviderSettings,
) -> Result<(Capabilities, Option<EditCapabilities>), SettingsError> {
    let capabilities = capability::capabilities(read.api, read.model(), &read.capabilities)
        .map_err(|error| settings.error(Some("capabilities"), error.to_string()))?;
    check_defaults(read, &capabilities).map_err(|(key, reason)| settings.error(Some(key), reason))?;
    let editing = capability::edit_capabilities(read.api, read.model(), &read.edit_capabilities)
        .map_err(|reason| settings.error(Some("edit_capabilities"), reason))?;
    Ok((capabilities, editing))
}

/// Checks the defaults that settings give against what the model takes: no order could be made with them.
fn check_defaults(read: &SdxlSettings, capabilities: &Capabilities) -> Result<(), (&'static str, String)> {
    if let (Some(steps), Some(range)) = (read.steps, &capabilities.steps)
        && !range.contains(&steps.get())
    {
        return Err(("steps", format!("{steps} is not from {} to {}", range.start(), range.end())));
    }
    match (read.guidance_scale, capability::guidance_range(read.api)) {
        (Some(_), _) if capabilities.guidance_scale.is_none() => {
            Err(("guidance_scale", "the model takes none; take it out".to_owned()))
        }
        (Some(scale), Some(range)) if !range.contains(&scale) => {
            Err(("guidance_scale", format!("{scale} is not from {} to {}", range.start(), range.end())))
        }
        _ => Ok(()),
    }
}

/// The key goes to Stability AI, or to the flat endpoint that settings name – unless it stands where only the vendor's key
/// stands; a web UI gets its user and password.
fn with_credentials(client: ApiClient, read: &SdxlSettings, context: &FactoryContext) -> Result<ApiClient, BuildError> {
    let given = |credential: &Credential| context.credentials.get(credential.key).is_some();
    match read.api {
        Api::Flat if !given(&API_KEY) || is_the_vendors(context) => Ok(client),
        Api::V1 | Api::V2beta | Api::Flat => client.with_credential(AUTHORIZATION, "Bearer ", &API_KEY, context),
        // One without the other is a slip; a web UI asks for both or for none.
        Api::Automatic1111 if !given(&USER) && !given(&PASSWORD) => Ok(client),
        Api::Automatic1111 => {
            let (user, password) = (context.required(&USER)?, context.required(&PASSWORD)?);
            let source = context.credentials.source(PASSWORD.key);
            let client = with_password(client, user, password).map_err(|_| BuildError::UnusableCredential {
                found_in: source.map_or_else(|| PASSWORD.key.to_owned(), ToString::to_string),
            })?;
            Ok(client.with_credential_source(source))
        }
    }
}

/// Whether the key was found where nobody but the vendor of the hosted service keeps one: it is not for other servers.
fn is_the_vendors(context: &FactoryContext) -> bool {
    let source = context.credentials.source(API_KEY.key);
    matches!(source, Some(CredentialSource::WellKnown(variable)) if variable == STABILITY_API_KEY)
}

/// Source: RFC 7617. The web UI asks for it when started with `--api-auth`.
fn with_password(
    client: ApiClient,
    user: &SecretString,
    password: &SecretString,
) -> Result<ApiClient, InvalidHeaderValue> {
    let pair = format!("{}:{}", user.expose_secret().trim(), password.expose_secret().trim());
    let encoded = SecretString::from(BASE64_STANDARD.encode(pair));
    Ok(client.with_secret_header(AUTHORIZATION, "Basic ", &encoded)?.with_secret(password))
}

fn with_headers(
    client: ApiClient,
    read: &SdxlSettings,
    settings: &ProviderSettings,
) -> Result<ApiClient, SettingsError> {
    if !read.api.is_hosted() {
        return Ok(client);
    }
    let client = client.with_header(ACCEPT, HeaderValue::from_static("application/json"));
    let Some(organization) = read.organization.as_deref() else { return Ok(client) };
    let value = HeaderValue::from_str(organization.trim())
        .map_err(|_| settings.error(Some("organization"), "holds characters that no header may carry"))?;
    Ok(client.with_header(HeaderName::from_static("organization"), value))
}
