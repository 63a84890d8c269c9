//! Registries: of factories by kind, of providers by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_domain::ProviderId;

use crate::{CallContext, HealthStatus, MediaGeneratorProvider, ProviderFactory};

/// The kinds of provider that a program knows.
#[derive(Debug, Clone, Default)]
pub struct FactoryRegistry {
    factories: BTreeMap<&'static str, Arc<dyn ProviderFactory>>,
    aliases: BTreeMap<&'static str, &'static str>,
}

/// Two factories for one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two provider factories are registered as `{0}`")]
pub struct DuplicateKind(pub String);

/// A kind that no factory makes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown provider kind `{kind}`; known: {}", .known.join(", "))]
pub struct UnknownKind {
    /// What was asked for.
    pub kind: String,
    /// What there is.
    pub known: Vec<String>,
}

impl FactoryRegistry {
    /// Registers a factory under its kind and its aliases.
    ///
    /// # Errors
    /// [`DuplicateKind`] when a name is taken.
    pub fn register(&mut self, factory: Arc<dyn ProviderFactory>) -> Result<(), DuplicateKind> {
        let kind = factory.kind();
        for name in factory.aliases().iter().copied().chain([kind]) {
            if self.factories.contains_key(name) || self.aliases.contains_key(name) {
                return Err(DuplicateKind(name.to_owned()));
            }
        }
        self.aliases.extend(factory.aliases().iter().map(|alias| (*alias, kind)));
        self.factories.insert(kind, factory);
        Ok(())
    }

    /// The factory of a kind or alias.
    ///
    /// # Errors
    /// [`UnknownKind`] listing the known ones.
    pub fn get(&self, kind: &str) -> Result<&Arc<dyn ProviderFactory>, UnknownKind> {
        let name = self.aliases.get(kind).copied().unwrap_or(kind);
        self.factories.get(name).ok_or_else(|| UnknownKind {
            kind: kind.to_owned(),
            known: self.factories.keys().map(|kind| (*kind).to_owned()).collect(),
        })
    }

    /// Every factory, by kind.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn ProviderFactory>> {
        self.factories.values()
    }
}

/// Providers in the order of their registration.
#[derive(Debug, Clone, Default)]
pub struct ProviderRegistry {
    providers: Vec<MediaGeneratorProvider>,
}

/// No provider is healthy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("all providers are currently unavailable{}", reasons(.unhealthy))]
pub struct NoHealthyProvider {
    /// Every provider with the reason it gave.
    pub unhealthy: Vec<(ProviderId, String)>,
}

fn reasons(unhealthy: &[(ProviderId, String)]) -> String {
    unhealthy.iter().map(|(id, reason)| format!("; {id}: {reason}")).collect()
}

impl ProviderRegistry {
    /// Registers a provider; one of the same id is replaced and keeps its place.
    pub fn register(&mut self, provider: MediaGeneratorProvider) {
        match self.providers.iter_mut().find(|known| known.id() == provider.id()) {
            Some(known) => *known = provider,
            None => self.providers.push(provider),
        }
    }

    /// The provider of an id.
    pub fn get(&self, id: &ProviderId) -> Option<&MediaGeneratorProvider> {
        self.providers.iter().find(|provider| provider.id() == id)
    }

    /// The providers in order, the preferred one first; an unknown preference changes nothing.
    pub fn ordered(&self, preferred: Option<&ProviderId>) -> Vec<&MediaGeneratorProvider> {
        let mut ordered: Vec<_> = self.providers.iter().collect();
        ordered.sort_by_key(|provider| Some(provider.id()) != preferred);
        ordered
    }

    /// Asks the providers in order, the preferred one first, and returns the first healthy one.
    ///
    /// # Errors
    /// [`NoHealthyProvider`] with every reason.
    pub async fn healthy_provider(
        &self,
        context: &CallContext,
        preferred: Option<&ProviderId>,
    ) -> Result<MediaGeneratorProvider, NoHealthyProvider> {
        let mut unhealthy = Vec::new();
        for provider in self.ordered(preferred) {
            match provider.health.check_health(context).await.status {
                HealthStatus::Healthy => return Ok(provider.clone()),
                HealthStatus::Unhealthy(reason) => unhealthy.push((provider.id().clone(), reason)),
            }
        }
        Err(NoHealthyProvider { unhealthy })
    }
}
