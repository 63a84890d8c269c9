//! From configuration to chains: nothing here knows one provider from another.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_chain::{
    BreakerBoard, ChainMember, ChainParts, HealthBoard, MediaGeneratorChain, ProviderState, media_generator_chain,
};
use media_domain::ProviderId;
use media_ports::{BuildError, Clock, FactoryContext, FactoryRegistry, MediaGeneratorProvider, PlaceholderRenderer};

use super::WiringError;
use super::breaker_key::breaker_key;
use super::system::RandomIds;
use crate::config::{ProviderSetup, Settings, shown_variable};

/// What chains are built with, besides settings.
#[derive(Debug, Clone)]
pub struct ChainTools<'a> {
    /// Makes providers.
    pub registry: &'a FactoryRegistry,
    /// Draws what is answered in dry run.
    pub renderer: Arc<dyn PlaceholderRenderer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where the breakers of live providers stand.
    pub breakers: Arc<BreakerBoard>,
}

/// Builds every chain that configuration names.
///
/// # Errors
/// [`WiringError::Provider`] for settings that a provider refuses. What is merely unready is passed over by the chain.
pub fn build_chains(
    settings: &Settings,
    tools: &ChainTools<'_>,
) -> Result<BTreeMap<String, Arc<MediaGeneratorChain>>, WiringError> {
    let members = members(settings, tools)?;
    let health = Arc::new(HealthBoard::new(tools.clock.clone()));
    let build = |(name, chain): (&String, &crate::config::ChainSettings)| {
        let parts = ChainParts {
            name: name.clone(),
            description: chain.description.clone(),
            members: chain.providers.iter().filter_map(|id| members.get(id).cloned()).collect(),
            policy: chain.policy.clone(),
            clock: tools.clock.clone(),
            ids: Arc::new(RandomIds),
            health: health.clone(),
            dry_run: settings.dry_run.then(|| tools.renderer.clone()),
        };
        (name.clone(), Arc::new(media_generator_chain(parts)))
    };
    Ok(settings.multi_provider_config.iter().map(build).collect())
}

/// Every provider, made once however many chains name it: so they share its breaker, its limits and its latency.
fn members(settings: &Settings, tools: &ChainTools<'_>) -> Result<BTreeMap<ProviderId, ChainMember>, WiringError> {
    let made = settings.providers.iter().map(|(id, setup)| {
        let member = match (settings.dry_run, setup.dry_run) {
            (true, _) => Ok(described(setup, tools.registry)),
            (false, true) => Ok(described(setup, tools.registry).in_dry_run(tools.renderer.clone())),
            (false, false) => live(setup, tools),
        };
        Ok((id.clone(), member.map_err(|source| WiringError::Provider { provider: id.to_string(), source })?))
    });
    made.collect()
}

/// A provider in dry run: known by its descriptor. An export asks for its credential all the same.
fn described(setup: &ProviderSetup, registry: &FactoryRegistry) -> ChainMember {
    let descriptor = Arc::new(setup.descriptor.clone());
    let credentials = registry.get(&setup.kind).map(|factory| factory.credentials()).unwrap_or_default();
    let missing = credentials
        .iter()
        .find(|credential| credential.required_for_export && setup.credentials.get(credential.key).is_none());
    match missing {
        Some(credential) => {
            let variable = shown_variable(credential).to_owned();
            let missing = setup.explained(BuildError::MissingCredential { variable });
            ChainMember::unready(descriptor, missing.to_string())
        }
        None => ChainMember::described(descriptor),
    }
}

/// A provider in live mode: ready, or unready for a reason that is no mistake.
fn live(setup: &ProviderSetup, tools: &ChainTools<'_>) -> Result<ChainMember, BuildError> {
    let descriptor = Arc::new(setup.descriptor.clone());
    match build_provider(setup, tools.registry, &tools.clock) {
        // Nothing guards what runs in this process and costs nothing.
        Ok(provider) if provider.descriptor.local_and_free => Ok(ChainMember::ready(provider)),
        Ok(provider) => {
            let credentials = tools.registry.get(&setup.kind).map(|factory| factory.credentials()).unwrap_or_default();
            let key = breaker_key(setup, credentials);
            let state = ProviderState::new(key, setup.policy.clone(), tools.breakers.clone());
            Ok(ChainMember::ready(provider).with_state(Arc::new(state)))
        }
        Err(BuildError::Settings(error)) => Err(error.into()),
        Err(unready) => Ok(ChainMember::unready(descriptor, unready.to_string())),
    }
}

/// Builds a provider that is ready to be called: with everything that its table refers to, even what it could do
/// without.
///
/// # Errors
/// [`BuildError`]; a missing credential is told with what the provider's table says of it.
pub fn build_provider(
    setup: &ProviderSetup,
    registry: &FactoryRegistry,
    clock: &Arc<dyn Clock>,
) -> Result<MediaGeneratorProvider, BuildError> {
    let factory = registry.get(&setup.kind);
    let factory = factory.map_err(|error| setup.settings.error(Some("kind"), error.to_string()))?;
    let context = FactoryContext { clock: clock.clone(), credentials: setup.credentials.clone() };
    let built = factory.build(&setup.id, &setup.settings, &context).map_err(|error| setup.explained(error))?;
    match setup.unset_reference() {
        None => Ok(built),
        Some(variable) => Err(BuildError::MissingCredential { variable: variable.to_owned() }),
    }
}
