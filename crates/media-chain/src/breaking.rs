//! Keeps calls away from a provider that is out of order.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::ProviderErrorKind;
use media_domain::breaker::{BreakerRefusal, Permit, RefusalReason};
use media_ports::{CallContext, Clock, ProviderError};

use crate::breaker_board::{BreakerBoard, SharedBreaker};
use crate::service::{Service, ServiceRequest};

/// Calls the operation inside only when the provider's breaker lets it, and tells the breaker what came of it. Every
/// operation of a provider shares the breaker: a wrong key or an outage is common to all.
#[derive(Debug)]
pub struct Breaking<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    board: Arc<BreakerBoard>,
    breaker: Arc<SharedBreaker>,
    clock: Arc<dyn Clock>,
}

impl<R: ServiceRequest> Breaking<R> {
    /// Wraps an operation.
    pub fn new(
        inner: Arc<dyn Service<R>>,
        board: Arc<BreakerBoard>,
        breaker: Arc<SharedBreaker>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { inner, board, breaker, clock }
    }

    async fn permit(&self) -> Result<Permit, ProviderError> {
        match self.board.pass(&self.breaker) {
            Some(permit) => Ok(permit),
            None => {
                let asked = self.board.acquire(&self.breaker).await;
                asked.map_err(|refusal| refusal_error(&refusal, &*self.clock))
            }
        }
    }
}

/// What a breaker's refusal is to the chain: nothing was sent, and it is worth asking again from then on.
pub(crate) fn refusal_error(refusal: &BreakerRefusal, clock: &dyn Clock) -> ProviderError {
    let now = clock.utc_now();
    let after = refusal.until.map(|until| (until - now).to_std().unwrap_or_default());
    let again = after.map(|after| format!("; next try in {} s", after.as_secs_f64().ceil())).unwrap_or_default();
    let kind = match refusal.reason {
        RefusalReason::Cooling => ProviderErrorKind::RateLimited,
        _ => ProviderErrorKind::Unavailable,
    };
    ProviderError::new(kind, format!("{refusal}{again}")).again(after).here()
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Breaking<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        let permit = self.permit().await?;
        // The layers inside find it in the context.
        let context = CallContext { permit: Some(permit.clone()), ..context.clone() };
        let result = self.inner.call(&context, request).await;
        self.board.settle(&self.breaker, permit, result.as_ref().err()).await;
        result
    }
}
