//! Keeps a provider from more calls than it is to have: at the same time, and in a time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use media_domain::ProviderErrorKind;
use media_domain::rate_limit::{RateLimit, RateLimiter};
use media_ports::{CallContext, Clock, ProviderError};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::service::{Service, ServiceRequest};

/// Longest wait for the rate limit; a longer one moves on to the next provider.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The limits of one provider, shared by every chain that names it.
#[derive(Debug)]
pub struct ProviderLimits {
    places: Option<Semaphore>,
    rate: Option<Mutex<RateLimiter>>,
}

impl ProviderLimits {
    /// Makes limits; `None` is no limit.
    pub fn new(concurrency: Option<NonZeroUsize>, rate: Option<RateLimit>) -> Self {
        Self {
            places: concurrency.map(|places| Semaphore::new(places.get())),
            rate: rate.map(|limit| Mutex::new(RateLimiter::new(limit))),
        }
    }

    /// Whether there is anything to keep to.
    pub fn is_unlimited(&self) -> bool {
        self.places.is_none() && self.rate.is_none()
    }
}

/// Waits for a place and a turn before it calls the operation inside.
#[derive(Debug)]
pub struct Limits<R: ServiceRequest> {
    inner: Arc<dyn Service<R>>,
    limits: Arc<ProviderLimits>,
    clock: Arc<dyn Clock>,
}

impl<R: ServiceRequest> Limits<R> {
    /// Wraps an operation.
    pub fn new(inner: Arc<dyn Service<R>>, limits: Arc<ProviderLimits>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, limits, clock }
    }

    /// A place among the calls that run at the same time; waits for it until the deadline.
    async fn place(&self, context: &CallContext) -> Result<Option<SemaphorePermit<'_>>, ProviderError> {
        let Some(places) = &self.limits.places else { return Ok(None) };
        let cancelled = Box::pin(context.cancellation.cancelled());
        let given_up = select(cancelled, self.clock.sleep_until(context.deadline));
        match select(Box::pin(places.acquire()), given_up).await {
            Either::Left((Ok(place), _)) => Ok(Some(place)),
            Either::Left((Err(_), _)) | Either::Right((Either::Left(_), _)) => {
                Err(ProviderError::cancelled("the call was cancelled while it waited for its turn"))
            }
            Either::Right((Either::Right(_), _)) => {
                let message = "no call of this provider ended in time to make room for another";
                Err(ProviderError::new(ProviderErrorKind::RateLimited, message).again(None).here())
            }
        }
    }

    /// A turn of the rate limit; waits for it when that is short.
    async fn turn(&self, context: &CallContext) -> Result<(), ProviderError> {
        let Some(rate) = &self.limits.rate else { return Ok(()) };
        loop {
            let asked = rate.lock().unwrap_or_else(PoisonError::into_inner).try_acquire(self.clock.utc_now());
            let Err(wait) = asked else { return Ok(()) };
            let turn_at = self.clock.now() + wait;
            if wait > LONGEST_WAIT || turn_at >= context.deadline {
                let message = format!(
                    "our own rate limit for this provider is used up; next turn in {:.1} s",
                    wait.as_secs_f64()
                );
                return Err(ProviderError::new(ProviderErrorKind::RateLimited, message).again(Some(wait)).here());
            }
            let cancelled = Box::pin(context.cancellation.cancelled());
            if let Either::Right(_) = select(self.clock.sleep_until(turn_at), cancelled).await {
                return Err(ProviderError::cancelled("the call was cancelled while it waited for its turn"));
            }
        }
    }
}

#[async_trait]
impl<R: ServiceRequest> Service<R> for Limits<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError> {
        let _place = self.place(context).await?;
        self.turn(context).await?;
        self.inner.call(context, request).await
    }
}
