//! Writes down what is sent before it is sent.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{JobState, Period, ProviderErrorKind, ProviderId, RetryClass, Usage};
use media_ports::{AttemptEnd, CallContext, Clock, GenerationAnswer, ProviderError, StoreError, StoreErrorKind};
use tracing::error;

use crate::attempt::attempt_record;
use crate::image_request::ImageRequest;
use crate::service::Service;

/// Records every attempt in the call's journal: `dispatched` durably before the operation inside is called, and how it
/// ended when no images came. Images are recorded by whoever stores them.
#[derive(Debug)]
pub struct Journaled<R: ImageRequest> {
    inner: Arc<dyn Service<R>>,
    provider: ProviderId,
    clock: Arc<dyn Clock>,
}

impl<R: ImageRequest> Journaled<R> {
    /// Wraps an operation of a provider.
    pub fn new(inner: Arc<dyn Service<R>>, provider: ProviderId, clock: Arc<dyn Clock>) -> Self {
        Self { inner, provider, clock }
    }
}

/// An answer without an image is a failure of the provider that gave it.
fn refuse_empty(answer: GenerationAnswer) -> Result<GenerationAnswer, ProviderError> {
    if answer.images.is_empty() {
        return Err(ProviderError::new(ProviderErrorKind::MalformedResponse, "the provider answered without an image"));
    }
    Ok(answer)
}

/// What a refused dispatch means: what is used up is used up for this provider only; anything else would be the same
/// everywhere.
fn not_dispatched(context: &CallContext, error: StoreError) -> ProviderError {
    let resets_at = |period: Option<Period>| {
        period
            .map(|period| format!("; it starts anew at {}", period.resets_at().format("%Y-%m-%d %H:%M UTC")))
            .unwrap_or_default()
    };
    let used_up = |message: String| ProviderError::new(ProviderErrorKind::QuotaExhausted, message).here();
    match error.kind {
        StoreErrorKind::QuotaExceeded => {
            let period = context.reservation.quota.as_ref().map(|quota| quota.period);
            used_up(format!("monthly quota exceeded: {error}{}", resets_at(period)))
        }
        StoreErrorKind::BudgetExceeded => {
            let period = context.reservation.budgets.iter().map(|budget| budget.period).max_by_key(Period::resets_at);
            used_up(format!("budget exceeded: {error}{}", resets_at(period)))
        }
        _ => {
            let message = "the dispatch could not be recorded, so nothing was sent";
            ProviderError::new(ProviderErrorKind::Unexpected, message).never().here().with_source(error)
        }
    }
}

/// How the journal sees a failure. What was paid for in vain is used up as it was set aside: the store does so with money
/// of which nobody tells how much it was, and is told the credits.
fn attempt_end(context: &CallContext, failure: &ProviderError) -> AttemptEnd {
    let nothing = Usage::default();
    let (state, usage) = match failure.retry {
        // Written down, and then kept back: nothing was sent.
        _ if failure.raised_here => (JobState::Cancelled, nothing),
        RetryClass::Never | RetryClass::Elsewhere | RetryClass::Again { .. } => (JobState::Failed, nothing),
        RetryClass::Uncertain { .. } => (JobState::Unknown, nothing),
        RetryClass::Billed => {
            let claimed = context.reservation.quota.as_ref().map_or(0, |quota| quota.credits);
            (JobState::Settled, Usage { credits: u32::try_from(claimed).unwrap_or(u32::MAX), ..nothing })
        }
    };
    AttemptEnd { state, error_kind: failure.kind, message: failure.to_string(), usage }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for Journaled<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let CallContext { journal, reservation, .. } = context;
        journal.dispatched(&self.provider, reservation).await.map_err(|error| not_dispatched(context, error))?;
        let started = self.clock.now();
        let result = self.inner.call(context, request).await.and_then(refuse_empty);
        let duration = self.clock.now().saturating_duration_since(started);
        // What a layer inside kept back at the last moment was no attempt.
        if result.as_ref().err().is_none_or(|failure| !failure.raised_here) {
            context.attempts.record(attempt_record(self.provider.clone(), duration, result.as_ref().err()));
        }
        if let Err(failure) = &result
            && let Err(lost) = journal.ended(attempt_end(context, failure)).await
        {
            // The entry stays open and becomes `unknown` once this process is gone: safe, if unkind.
            error!(provider = %self.provider, request_id = %context.request_id, "the end of an attempt could not be recorded: {lost}");
        }
        result
    }
}
