//! Keeps a call that has waited from a provider that went out of order meanwhile.

use std::sync::Arc;

use async_trait::async_trait;
use media_ports::{CallContext, Clock, ProviderError};

use crate::breaker_board::{BreakerBoard, SharedBreaker};
use crate::breaking::refusal_error;
use crate::service::{Service, ServiceRequest};

/// Calls the operation inside only while the breaker's leave for the call still holds: between the breaker and here the
/// call may have waited for a place, for its turn or to be repeated.
#[derive(Debug)]
pub struct Rechecked<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    board: Arc<BreakerBoard>,
    breaker: Arc<SharedBreaker>,
    clock: Arc<dyn Clock>,
}

impl<R: ServiceRequest> Rechecked<R> {
    /// Wraps an operation.
    pub fn new(
        inner: Arc<dyn Service<R>>,
        board: Arc<BreakerBoard>,
        breaker: Arc<SharedBreaker>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { inner, board, breaker, clock }
    }
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Rechecked<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        if let Some(permit) = &context.permit {
            let holds = self.board.recheck(&self.breaker, permit).await;
            holds.map_err(|refusal| refusal_error(&refusal, &*self.clock))?;
        }
        self.inner.call(context, request).await
    }
}
