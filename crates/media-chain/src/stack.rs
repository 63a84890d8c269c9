//! The layers around one provider, in the order in which a request travels.

use std::sync::Arc;

use media_ports::{Clock, ImageGenerator, MediaGeneratorProvider};

use crate::gate::CapabilityGate;
use crate::journaled::Journaled;
use crate::policy::ChainPolicy;
use crate::timeout::Timeout;

/// Wraps a provider's generator; `None` when it has none.
pub(crate) fn member_stack(
    provider: &MediaGeneratorProvider,
    policy: &ChainPolicy,
    clock: &Arc<dyn Clock>,
) -> Option<Arc<dyn ImageGenerator>> {
    let adapter = provider.generator.clone()?;
    // Innermost, so that the layers above see a missing answer as an outcome like any other. What is local and free
    // runs even after the deadline, so that a chain which ends with it always ends.
    let timed: Arc<dyn ImageGenerator> = if provider.descriptor.local_and_free {
        adapter
    } else {
        Arc::new(Timeout::new(adapter, clock.clone(), policy.attempt_timeout))
    };
    // Inside the gate, so that what does not fit is never recorded as sent.
    let journaled = Arc::new(Journaled::new(timed, provider.id().clone()));
    // First of all: a request that does not fit costs nothing and says nothing about the provider's health.
    Some(Arc::new(CapabilityGate::new(journaled, policy.compatibility)))
}
