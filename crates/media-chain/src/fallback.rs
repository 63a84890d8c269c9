//! Tries providers in order and returns the first success.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_domain::choice::{Candidate, order_by_strategy, put_first};
use media_domain::price::Price;
use media_domain::{SkippedProvider, Strategy};
use media_ports::{AttemptLog, CallContext, Clock, GenerationAnswer, IdSource, ProviderError};

use crate::health_board::HealthBoard;
use crate::image_request::ImageRequest;
use crate::policy::ChainPolicy;
use crate::service::Service;
use crate::walk::{Link, Walk};

/// Tries one operation of providers in order and returns the first success, as the table of retry classes rules.
#[derive(Debug)]
pub struct Fallback<R: ImageRequest> {
    walk: Walk,
    links: Vec<Link<R>>,
    ids: Arc<dyn IdSource>,
}

impl<R: ImageRequest> Fallback<R> {
    /// Makes a fallback over providers in order.
    pub fn new(
        policy: ChainPolicy,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        health: Arc<HealthBoard>,
        links: Vec<Link<R>>,
    ) -> Self {
        Self { walk: Walk { policy, clock, health }, links, ids }
    }

    /// The places of the chain in the order in which they are tried for this request.
    fn order(&self, context: &CallContext, request: &R) -> Vec<usize> {
        let mut order: Vec<usize> = match self.walk.policy.strategy {
            Strategy::Ordered => (0..self.links.len()).collect(),
            strategy => {
                let mut candidates: Vec<_> =
                    (0..self.links.len()).map(|place| self.candidate(place, request)).collect();
                order_by_strategy(strategy, &mut candidates, self.ids.random_unit());
                candidates.into_iter().map(|candidate| candidate.item).collect()
            }
        };
        let wanted = context.preferences.provider.as_ref();
        let place = wanted.and_then(|wanted| order.iter().position(|place| self.links[*place].provider == *wanted));
        if let Some(place) = place {
            put_first(&mut order, place);
        }
        order
    }

    fn observe_latency(&self, place: usize, took: Duration) {
        if let Some(state) = self.links.get(place).and_then(|link| link.state.as_ref()) {
            state.observe_latency(R::OPERATION, took, self.walk.clock.utc_now());
        }
    }

    /// A preference that the chain cannot meet, so that it can be told.
    fn unmet_preference(&self, context: &CallContext) -> Option<SkippedProvider> {
        let wanted = context.preferences.provider.as_ref()?;
        let absent = self.links.iter().all(|link| link.provider != *wanted);
        absent.then(|| SkippedProvider {
            provider: wanted.clone(),
            reason: "preferred, but not in this chain".to_owned(),
        })
    }

    fn candidate(&self, place: usize, request: &R) -> Candidate<usize> {
        let link = &self.links[place];
        let state = link.state.as_ref();
        Candidate {
            item: place,
            maximum_price: state.map_or(Price::Unpriced, |state| {
                state.policy.prices.maximum(request.model_of(&link.models), request.work())
            }),
            latency: state.and_then(|state| state.latency(R::OPERATION, self.walk.clock.utc_now())),
            last_resort: link.local_and_free,
        }
    }
}

#[async_trait]
impl<R: ImageRequest> Service<R> for Fallback<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        let started = self.walk.clock.now();
        let context = &CallContext { attempts: AttemptLog::default(), ..context.clone() };
        let order = self.order(context, request);
        let walked = self.walk.run(context, &self.links, order, request).await;
        let mut walked = walked.map_err(|mut failure| {
            failure.skipped.splice(0..0, self.unmet_preference(context));
            failure.into_provider_error()
        })?;
        walked.skipped.splice(0..0, self.unmet_preference(context));
        self.observe_latency(walked.place, walked.took);
        let mut answer = walked.answer;
        answer.attempts = walked.attempts;
        answer.skipped = walked.skipped;
        answer.salvaged.extend(walked.salvaged);
        answer.processing_time = self.walk.clock.now().saturating_duration_since(started);
        Ok(answer)
    }
}
