//! Repeats what was never made, when waiting is short.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use media_domain::RetryClass;
use media_domain::retry_plan::{FailedAttempt, RetryDecision, RetryPlan};
use media_ports::{CallContext, Clock, IdSource, ProviderError};
use tracing::{debug, info};

use crate::service::{Service, ServiceRequest};

/// Repeats a call of the operation inside as the plan says: only what the provider said it had not made.
#[derive(Debug)]
pub struct Retry<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    plan: RetryPlan,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl<R: ServiceRequest> Retry<R> {
    /// Wraps an operation.
    pub fn new(inner: Arc<dyn Service<R>>, plan: RetryPlan, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self { inner, plan, clock, ids }
    }

    /// Waits, unless the caller gives up meanwhile.
    async fn wait(&self, context: &CallContext, delay: Duration) -> Result<(), ProviderError> {
        let cancelled = Box::pin(context.cancellation.cancelled());
        match select(self.clock.sleep_until(self.clock.now() + delay), cancelled).await {
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(ProviderError::cancelled("the call was cancelled while it waited to be repeated")),
        }
    }
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Retry<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        let started = self.clock.now();
        let mut number = 1;
        let mut failed_before = None;
        loop {
            let mut error = match self.inner.call(context, request).await {
                Err(error) if !error.raised_here => error,
                // A repetition that was kept back on our side tells nothing; what the provider said before it does.
                Err(kept_back) => return Err(failed_before.unwrap_or(kept_back)),
                answer => return answer,
            };
            let now = self.clock.now();
            let failed = FailedAttempt {
                number,
                kind: error.kind,
                class: &error.retry,
                spent: now.saturating_duration_since(started),
                time_left: context.deadline.saturating_duration_since(now),
            };
            match self.plan.next(&failed, self.ids.random_unit()) {
                RetryDecision::Repeat { after } => {
                    info!(number, kind = %error.kind, delay_ms = after.as_millis() as u64, "repeating");
                    debug!("repeating after: {error}");
                    self.wait(context, after).await?;
                    failed_before = Some(error);
                    number += 1;
                }
                RetryDecision::GiveUp { cool_for } => {
                    if let (RetryClass::Again { after }, Some(cool_for)) = (&mut error.retry, cool_for) {
                        *after = Some(cool_for);
                    }
                    return Err(error);
                }
            }
        }
    }
}
