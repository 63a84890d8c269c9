//! One place in a chain: a provider that can be called, or the reason why it cannot.

use std::sync::Arc;

use media_domain::ProviderId;
use media_ports::{Descriptor, MediaGeneratorProvider};

/// One place in a chain.
#[derive(Debug, Clone)]
pub struct ChainMember {
    /// What the provider is.
    pub descriptor: Arc<Descriptor>,
    /// Whether it can be called.
    pub standing: Standing,
}

/// Whether a provider can be called.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It can.
    Ready(MediaGeneratorProvider),
    /// Nobody is called at all: in dry run its descriptor is enough.
    Described,
    /// It cannot, for this reason (a missing credential, an adapter that is not built in).
    Unready(String),
}

impl ChainMember {
    /// A provider that can be called.
    pub fn ready(provider: MediaGeneratorProvider) -> Self {
        Self { descriptor: provider.descriptor.clone(), standing: Standing::Ready(provider) }
    }

    /// A provider that answers in dry run only.
    pub fn described(descriptor: Arc<Descriptor>) -> Self {
        Self { descriptor, standing: Standing::Described }
    }

    /// A provider that cannot be called, with the reason.
    pub fn unready(descriptor: Arc<Descriptor>, reason: impl Into<String>) -> Self {
        Self { descriptor, standing: Standing::Unready(reason.into()) }
    }

    /// The provider's id.
    pub fn id(&self) -> &ProviderId {
        &self.descriptor.id
    }
}
