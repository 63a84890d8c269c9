//! Making the provider out of configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use media_domain::{Capabilities, EditCapabilities, ProviderId};
use media_http::{ApiClient, Transport};
use media_ports::{
    BuildError, Credential, Descriptor, FactoryContext, MediaGeneratorProvider, Operation, ProviderFactory,
    ProviderSettings, SettingsError,
};

use crate::edit::ReplicateSdxlEditor;
use crate::{ReplicateSdxlAdapter, ReplicateSdxlSettings, capability, error};

/// Makes providers of the kind `replicate_sdxl`, all on one transport.
#[derive(Debug, Clone)]
pub struct ReplicateSdxlFactory {
    transport: Arc<dyn Transport>,
}

const API_KEY: Credential = Credential {
    key: "api_key",
    variables: &["REPLICATE_API_KEY", "REPLICATE_API_TOKEN"],
    required: true,
    required_for_export: false,
    secret: true,
};

impl ReplicateSdxlFactory {
    /// The kind, which is also the id of a provider without a table of its own.
    pub const KIND: &'static str = "replicate_sdxl";

    /// Makes a factory; every provider that it builds sends through the transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }
}

impl ProviderFactory for ReplicateSdxlFactory {
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
        let read = ReplicateSdxlSettings::read(settings)?;
        let (capabilities, editing) = abilities(&read, settings)?;
        let kind = ProviderId::parse(Self::KIND).map_err(|error| settings.error(None, error.to_string()))?;
        let edits = editing.is_some().then_some(Operation::EditImage);
        Ok(Descriptor {
            id: id.clone(),
            kind,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: Some(read.model),
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
        let read = ReplicateSdxlSettings::read(settings)?;
        let base_url = read.base_url().map_err(|reason| settings.error(Some("base_url"), reason))?;
        let client =
            ApiClient::new(Arc::clone(&self.transport), Arc::clone(&context.clock), base_url, error::read_refusal)
                .with_credential(AUTHORIZATION, "Bearer ", &API_KEY, context)?;
        let adapter = Arc::new(ReplicateSdxlAdapter {
            id: id.clone(),
            capabilities: descriptor.capabilities.clone(),
            inputs: read.model_inputs().into_owned(),
            settings: read,
            client,
        });
        let editor = |capabilities| Arc::new(ReplicateSdxlEditor { adapter: Arc::clone(&adapter), capabilities }) as _;
        Ok(MediaGeneratorProvider {
            editor: descriptor.editing.clone().map(editor),
            descriptor: Arc::new(descriptor),
            generator: Some(Arc::clone(&adapter) as _),
            exporter: None,
            health: adapter,
        })
    }
}

fn abilities(
    read: &ReplicateSdxlSettings,
    settings: &ProviderSettings,
) -> Result<(Capabilities, Option<EditCapabilities>), SettingsError> {
    let capabilities =
        capability::capabilities(read).map_err(|error| settings.error(Some("capabilities"), error.to_string()))?;
    check_defaults(read, &capabilities).map_err(|(key, reason)| settings.error(Some(key), reason))?;
    let editing =
        capability::edit_capabilities(read).map_err(|reason| settings.error(Some("edit_capabilities"), reason))?;
    Ok((capabilities, editing))
}

/// Checks the defaults that settings give against what the model takes: no order could be made with them.
fn check_defaults(read: &ReplicateSdxlSettings, capabilities: &Capabilities) -> Result<(), (&'static str, String)> {
    let inputs = read.model_inputs();
    if read.steps.is_some() && inputs.steps.is_none() {
        return Err(("steps", "goes nowhere: the model has no input for it; name it as `inputs.steps`".to_owned()));
    }
    if read.guidance_scale.is_some() && inputs.guidance_scale.is_none() {
        let reason = "goes nowhere: the model has no input for it; name it as `inputs.guidance_scale`";
        return Err(("guidance_scale", reason.to_owned()));
    }
    if let (Some(steps), Some(range)) = (read.steps, &capabilities.steps)
        && !range.contains(&steps.get())
    {
        return Err(("steps", format!("{steps} is not from {} to {}", range.start(), range.end())));
    }
    if let (Some(scale), Some(range)) = (read.guidance_scale, &capabilities.guidance_scale)
        && !range.contains(&scale)
    {
        return Err(("guidance_scale", format!("{scale} is not from {} to {}", range.start(), range.end())));
    }
    Ok(())
}
