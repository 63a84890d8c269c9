//! One place in a chain: a provider that can be called, or the reason why it cannot.

use std::sync::Arc;

use media_domain::ProviderId;
use media_ports::{Descriptor, MediaGeneratorProvider, PlaceholderRenderer};

use crate::provider_state::ProviderState;

/// One place in a chain.
#[derive(Debug, Clone)]
pub struct ChainMember {
    /// What the provider is.
    pub descriptor: Arc<Descriptor>,
    /// Whether it can be called.
    pub standing: Standing,
    /// What is known of it while the program runs; without it, its calls are neither counted nor guarded.
    pub state: Option<Arc<ProviderState>>,
    /// Draws what this provider answers in a chain that is live otherwise; with it, the provider is never called.
    pub dry_run: Option<Arc<dyn PlaceholderRenderer>>,
}

/// Whether a provider can be called.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It can.
    Ready(MediaGeneratorProvider),
    /// It is never called: in dry run its descriptor is enough.
    Described,
    /// It cannot, for this reason (a missing credential, an adapter that is not built in).
    Unready(String),
}

impl ChainMember {
    /// A provider that can be called.
    pub fn ready(provider: MediaGeneratorProvider) -> Self {
        Self {
            descriptor: provider.descriptor.clone(),
            standing: Standing::Ready(provider),
            state: None,
            dry_run: None,
        }
    }

    /// A provider that answers in dry run only.
    pub fn described(descriptor: Arc<Descriptor>) -> Self {
        Self { descriptor, standing: Standing::Described, state: None, dry_run: None }
    }

    /// A provider that cannot be called, with the reason.
    pub fn unready(descriptor: Arc<Descriptor>, reason: impl Into<String>) -> Self {
        Self { descriptor, standing: Standing::Unready(reason.into()), state: None, dry_run: None }
    }

    /// The same place, with what is known of the provider while the program runs.
    #[must_use]
    pub fn with_state(self, state: Arc<ProviderState>) -> Self {
        Self { state: Some(state), ..self }
    }

    /// The same place in dry run, whatever the rest of the chain does: it answers under its own id with what the renderer
    /// draws, costs nothing, and is neither written down nor counted by breaker, limits or quota.
    #[must_use]
    pub fn in_dry_run(self, renderer: Arc<dyn PlaceholderRenderer>) -> Self {
        Self { dry_run: Some(renderer), ..self }
    }

    /// The provider's id.
    pub fn id(&self) -> &ProviderId {
        &self.descriptor.id
    }
}
