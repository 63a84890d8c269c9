//! The layers around one provider, in the order in which a request travels.

use std::sync::Arc;

use media_ports::{Clock, DesignExporter, ExportRequest, IdSource, MediaGeneratorProvider};

use crate::accounting::{Accounting, AccountingRules};
use crate::breaker_board::SharedBreaker;
use crate::breaking::Breaking;
use crate::gate::CapabilityGate;
use crate::image_request::ImageRequest;
use crate::journaled::Journaled;
use crate::limits::Limits;
use crate::metered::Metered;
use crate::models::Models;
use crate::policy::ChainPolicy;
use crate::provider_state::ProviderState;
use crate::rechecked::Rechecked;
use crate::retry::Retry;
use crate::service::{Service, ServiceRequest};
use crate::timeout::Timeout;

/// What the layers of a chain have in common.
pub(crate) struct StackParts<'a> {
    pub(crate) chain: &'a str,
    pub(crate) policy: &'a ChainPolicy,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) ids: &'a Arc<dyn IdSource>,
}

/// Wraps a provider's operation that brings pictures; `None` when it lacks it.
pub(crate) fn image_stack<R: ImageRequest>(
    provider: &MediaGeneratorProvider,
    state: Option<&Arc<ProviderState>>,
    parts: &StackParts<'_>,
) -> Option<Arc<dyn Service<R>>> {
    let (adapter, capabilities) = R::operation_of(provider)?;
    let clock = parts.clock;
    let guarded = match state {
        // What is local and free fails nobody and costs nothing. It runs even after the deadline, so that a chain which
        // ends with it always ends.
        _ if provider.descriptor.local_and_free => {
            let metered = Arc::new(Metered::new(adapter, provider.descriptor.clone(), clock.clone()));
            Arc::new(Journaled::new(metered, provider.id().clone(), clock.clone()))
        }
        None => journaled(provider, adapter, None, parts),
        Some(state) => paid(provider, state, journaled(provider, adapter, Some(state), parts), parts),
    };
    // First of all: a request that does not fit costs nothing and says nothing about the provider's health.
    Some(Arc::new(CapabilityGate::new(guarded, capabilities, parts.policy.compatibility, clock.clone())))
}

/// Wraps a provider's export: bounded in time, within the provider's limits and behind a breaker of its own.
pub(crate) fn export_stack(
    exporter: Arc<dyn DesignExporter>,
    state: Option<&Arc<ProviderState>>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<ExportRequest>> {
    let timed = Arc::new(Timeout::new(Arc::new(exporter), parts.clock.clone(), parts.policy.attempt_timeout));
    let Some(state) = state else { return timed };
    // The limits are the provider's, whatever is asked of it.
    let limited = limited(timed, state, parts);
    breaking(limited, state, &state.export_breaker, parts)
}

/// An attempt: written down, then bounded in time.
fn journaled<R: ImageRequest>(
    provider: &MediaGeneratorProvider,
    adapter: Arc<dyn Service<R>>,
    state: Option<&Arc<ProviderState>>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<R>> {
    // Innermost, so that the layers above see a missing answer as an outcome like any other.
    let timed = Arc::new(Timeout::new(adapter, parts.clock.clone(), parts.policy.attempt_timeout));
    // Around the time-out, whose outcome counts as well.
    let metered = Arc::new(Metered::new(timed, provider.descriptor.clone(), parts.clock.clone()));
    // Behind the journal too, whose commit takes its time: no call is sent to a provider that went out of order meanwhile.
    let rechecked = rechecked(metered, state, parts);
    // Next to the call, so that nothing that may wait lies between "dispatched" and the first byte.
    Arc::new(Journaled::new(rechecked, provider.id().clone(), parts.clock.clone()))
}

/// An operation that asks again whether the breaker's leave still holds.
fn rechecked<R: ServiceRequest>(
    inner: Arc<dyn Service<R>>,
    state: Option<&Arc<ProviderState>>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<R>> {
    match state {
        Some(state) => Arc::new(Rechecked::new(inner, state.board.clone(), state.breaker.clone(), parts.clock.clone())),
        None => inner,
    }
}

/// An operation that asks the provider's breaker first.
fn breaking<R: ServiceRequest>(
    inner: Arc<dyn Service<R>>,
    state: &Arc<ProviderState>,
    breaker: &Arc<SharedBreaker>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<R>> {
    Arc::new(Breaking::new(inner, state.board.clone(), breaker.clone(), parts.clock.clone()))
}

/// An operation that waits for a place and a turn, where the provider has limits.
fn limited<R: ServiceRequest>(
    inner: Arc<dyn Service<R>>,
    state: &Arc<ProviderState>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<R>> {
    match state.limits.is_unlimited() {
        true => inner,
        false => Arc::new(Limits::new(inner, state.limits.clone(), parts.clock.clone())),
    }
}

/// What guards calls that cost something.
fn paid<R: ImageRequest>(
    provider: &MediaGeneratorProvider,
    state: &Arc<ProviderState>,
    attempt: Arc<dyn Service<R>>,
    parts: &StackParts<'_>,
) -> Arc<dyn Service<R>> {
    let clock = parts.clock;
    // Behind the waits for a place, a turn and a repeat, so that what has to go back is not written down first.
    let attempt = rechecked(attempt, Some(state), parts);
    // Inside the repetition, so that a repeat is limited too and no place is held through a pause.
    let limited = limited(attempt, state, parts);
    // Inside the breaker, which counts calls and not attempts.
    let repeated = Arc::new(Retry::new(limited, state.policy.retry, clock.clone(), parts.ids.clone()));
    // Inside the accounting, so that a provider which is out of order is not worth a claim.
    let guarded = breaking(repeated, state, &state.breaker, parts);
    // Outermost of these: what is claimed here is set aside with every attempt's dispatch.
    let rules = AccountingRules {
        provider: provider.id().clone(),
        models: Models::of(&provider.descriptor),
        policy: state.policy.clone(),
        chain: parts.chain.to_owned(),
        budgets: parts.policy.budgets.clone(),
        unpriced: parts.policy.unpriced,
    };
    Arc::new(Accounting::new(guarded, rules, clock.clone()))
}
