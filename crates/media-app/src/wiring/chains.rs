//! From configuration to chains: nothing here knows one provider from another.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_chain::{ChainMember, ChainParts, HealthBoard, MediaGeneratorChain, Standing, media_generator_chain};
use media_domain::ProviderId;
use media_ports::{BuildError, Clock, FactoryContext, FactoryRegistry, PlaceholderRenderer};
use serde::Serialize;

use super::WiringError;
use crate::config::{ProviderSetup, Settings};

/// Builds every chain that configuration names.
///
/// # Errors
/// [`WiringError::Provider`] for settings that a provider refuses. What is merely unready is passed over by the chain.
pub fn build_chains(
    settings: &Settings,
    registry: &FactoryRegistry,
    renderer: &Arc<dyn PlaceholderRenderer>,
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<String, Arc<MediaGeneratorChain>>, WiringError> {
    let members = members(settings, registry, clock)?;
    let health = Arc::new(HealthBoard::new(clock.clone()));
    let build = |(name, chain): (&String, &crate::config::ChainSettings)| {
        let parts = ChainParts {
            name: name.clone(),
            description: chain.description.clone(),
            members: chain.providers.iter().filter_map(|id| members.get(id).cloned()).collect(),
            policy: chain.policy.clone(),
            clock: clock.clone(),
            health: health.clone(),
            dry_run: settings.dry_run.then(|| renderer.clone()),
        };
        (name.clone(), Arc::new(media_generator_chain(parts)))
    };
    Ok(settings.multi_provider_config.iter().map(build).collect())
}

/// Every provider, made once however many chains name it.
fn members(
    settings: &Settings,
    registry: &FactoryRegistry,
    clock: &Arc<dyn Clock>,
) -> Result<BTreeMap<ProviderId, ChainMember>, WiringError> {
    let made = settings.providers.iter().map(|(id, setup)| {
        let member = if settings.dry_run { Ok(described(setup, registry)) } else { live(setup, registry, clock) };
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
            let variable = credential.variables.first().copied().unwrap_or(credential.key);
            ChainMember::unready(descriptor, format!("{variable} is not set"))
        }
        None => ChainMember::described(descriptor),
    }
}

/// A provider in live mode: ready, or unready for a reason that is no mistake.
fn live(setup: &ProviderSetup, registry: &FactoryRegistry, clock: &Arc<dyn Clock>) -> Result<ChainMember, BuildError> {
    let descriptor = Arc::new(setup.descriptor.clone());
    let factory = registry.get(&setup.kind).map_err(|error| setup.settings.error(Some("kind"), error.to_string()))?;
    let context = FactoryContext { clock: clock.clone(), credentials: setup.credentials.clone() };
    match factory.build(&setup.id, &setup.settings, &context) {
        Ok(provider) => Ok(ChainMember::ready(provider)),
        Err(BuildError::Settings(error)) => Err(error.into()),
        Err(unready) => Ok(ChainMember::unready(descriptor, unready.to_string())),
    }
}

/// One line of the list of providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderLine {
    /// The chain.
    pub chain: String,
    /// Its place in the chain, from one.
    pub position: usize,
    /// The provider's id.
    pub provider: String,
    /// The kind of adapter.
    pub kind: String,
    /// The model it would use.
    pub model: Option<String>,
    /// The operations it has.
    pub operations: Vec<String>,
    /// `ready`, `dry_run` or `unready`.
    pub standing: &'static str,
    /// Why it is unready.
    pub reason: Option<String>,
}

/// Every provider of every chain, in the order in which they are asked.
pub fn provider_lines<'a>(chains: impl IntoIterator<Item = &'a Arc<MediaGeneratorChain>>) -> Vec<ProviderLine> {
    let line = |chain: &MediaGeneratorChain, position: usize, member: &ChainMember| {
        let (standing, reason) = match &member.standing {
            Standing::Ready(_) => ("ready", None),
            Standing::Described => ("dry_run", None),
            // In dry run it still draws; only an export asks for more.
            Standing::Unready(reason) if chain.is_dry_run() => ("dry_run", Some(format!("no export: {reason}"))),
            Standing::Unready(reason) => ("unready", Some(reason.clone())),
        };
        ProviderLine {
            chain: chain.name().to_owned(),
            position: position + 1,
            provider: member.id().to_string(),
            kind: member.descriptor.kind.to_string(),
            model: member.descriptor.model.clone(),
            operations: member.descriptor.operations.iter().map(ToString::to_string).collect(),
            standing,
            reason,
        }
    };
    let lines = chains.into_iter().flat_map(|chain| {
        let members = chain.members().iter().enumerate();
        members.map(|(position, member)| line(chain, position, member)).collect::<Vec<_>>()
    });
    lines.collect()
}
