//! Bounds one attempt at one provider.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use media_domain::{Phase, ProviderErrorKind};
use media_ports::{CallContext, Clock, ProviderError};

use crate::service::{Service, ServiceRequest};

/// Time that an adapter has, after the deadline it was told, to end the call in its own words.
const GRACE: Duration = Duration::from_secs(1);

/// Cuts an attempt off when the adapter has not obeyed its deadline: a backstop, whose outcome is always unknown.
#[derive(Debug)]
pub struct Timeout<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    clock: Arc<dyn Clock>,
    limit: Duration,
}

impl<R: ServiceRequest> Timeout<R> {
    /// Wraps a provider's operation; `limit` is the longest time for an attempt.
    pub fn new(inner: Arc<dyn Service<R>>, clock: Arc<dyn Clock>, limit: Duration) -> Self {
        Self { inner, clock, limit }
    }
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Timeout<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        let context = context.with_deadline(self.clock.now() + self.limit);
        let call = self.inner.call(&context, request);
        match select(call, self.clock.sleep_until(context.deadline + GRACE)).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => {
                let message = "the provider did not answer in time";
                Err(ProviderError::new(ProviderErrorKind::Timeout, message).uncertain(Phase::Submit, None))
            }
        }
    }
}
