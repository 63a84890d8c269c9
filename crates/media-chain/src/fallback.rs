//! Tries providers in order and returns the first success.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures::future::BoxFuture;
use media_domain::generation::AttemptOutcome;
use media_domain::{
    AttemptRecord, Capabilities, GenerationRequest, JobHandle, ProviderErrorKind, ProviderId, RetryClass,
    SkippedProvider,
};
use media_ports::{CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use tracing::{info, warn};

use crate::error::{ChainError, ChainErrorKind};
use crate::health_board::HealthBoard;
use crate::policy::{ChainPolicy, Onward};

/// Tries generators in order and returns the first success, as the table of retry classes rules.
#[derive(Debug)]
pub struct Fallback {
    walk: Walk,
    links: Vec<Link<dyn ImageGenerator>>,
    capabilities: Capabilities,
}

/// One provider's operation in a fallback; the operation is absent with a reason.
#[derive(Debug)]
pub struct Link<T: ?Sized> {
    /// The provider.
    pub provider: ProviderId,
    /// Whether it runs even after the deadline.
    pub local_and_free: bool,
    /// The operation, or why it cannot be called.
    pub operation: Result<Arc<T>, String>,
}

impl Fallback {
    /// Makes a fallback over generators in order.
    pub fn new(
        policy: ChainPolicy,
        clock: Arc<dyn Clock>,
        health: Arc<HealthBoard>,
        links: Vec<Link<dyn ImageGenerator>>,
    ) -> Self {
        Self { walk: Walk { policy, clock, health }, links, capabilities: Capabilities::permissive() }
    }
}

#[async_trait]
impl ImageGenerator for Fallback {
    /// Lets everything through: each provider has a gate of its own.
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let started = self.walk.clock.now();
        let call = |generator: Arc<dyn ImageGenerator>| -> BoxFuture<'_, Result<GenerationAnswer, ProviderError>> {
            Box::pin(async move { refuse_empty(generator.generate_image(context, request).await?) })
        };
        let walked = self.walk.run(context, &self.links, call).await.map_err(ChainError::into_provider_error)?;
        let mut answer = walked.answer;
        answer.attempts = walked.attempts;
        answer.skipped = walked.skipped;
        answer.processing_time = self.walk.clock.now().saturating_duration_since(started);
        Ok(answer)
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("a chain has no job handles; the provider that made the job does"))
    }
}

/// An answer without an image is a failure of the provider that gave it.
fn refuse_empty(answer: GenerationAnswer) -> Result<GenerationAnswer, ProviderError> {
    if answer.images.is_empty() {
        return Err(ProviderError::new(ProviderErrorKind::MalformedResponse, "the provider answered without an image"));
    }
    Ok(answer)
}

/// What every walk along a chain needs.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) policy: ChainPolicy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Arc<HealthBoard>,
}

/// A success, and what came before it.
pub(crate) struct Walked<A> {
    pub(crate) answer: A,
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) skipped: Vec<SkippedProvider>,
}

/// Attempts and skipped providers so far.
#[derive(Default)]
struct Trail {
    attempts: Vec<AttemptRecord>,
    skipped: Vec<SkippedProvider>,
}

impl Walk {
    /// Calls the links in order, the preferred one first, until one succeeds or the rules say stop.
    pub(crate) async fn run<'a, T: ?Sized, A>(
        &self,
        context: &CallContext,
        links: &'a [Link<T>],
        call: impl Fn(Arc<T>) -> BoxFuture<'a, Result<A, ProviderError>>,
    ) -> Result<Walked<A>, ChainError>
    where
        'a: 'a,
    {
        let mut trail = Trail::default();
        let (mut last, mut late) = (None, false);
        for link in self.ordered(context, links, &mut trail) {
            if context.cancellation.is_cancelled() {
                return Err(trail.error(ChainErrorKind::Cancelled, last));
            }
            if !link.local_and_free && self.clock.now() >= context.deadline {
                late = true;
                trail.skip(&link.provider, "the deadline has passed".to_owned());
                continue;
            }
            let operation = match self.open(link) {
                Ok(operation) => operation,
                Err(reason) => {
                    trail.skip(&link.provider, reason);
                    continue;
                }
            };
            let started = self.clock.now();
            match call(operation).await {
                Ok(answer) => {
                    self.health.record_success(&link.provider);
                    trail.attempts.push(self.attempt(link.provider.clone(), started, AttemptOutcome::Succeeded, None));
                    return Ok(Walked { answer, attempts: trail.attempts, skipped: trail.skipped });
                }
                // By contract nothing was sent: the provider was passed over, not tried.
                Err(error) if error.kind == ProviderErrorKind::Unsupported => {
                    trail.skip(&link.provider, error.to_string())
                }
                Err(error) => {
                    let outcome = outcome_of(&error);
                    trail.attempts.push(self.attempt(link.provider.clone(), started, outcome, Some(&error)));
                    if let Some(kind) = self.stops(&error) {
                        return Err(trail.error(kind, Some(error)));
                    }
                    warn!(provider = %link.provider, kind = %error.kind, retry = error.retry.as_str(), "moving on: {error}");
                    last = Some(error);
                }
            }
        }
        let kind = match (late, trail.attempts.is_empty()) {
            (true, _) => ChainErrorKind::DeadlinePassed,
            (false, true) => ChainErrorKind::NoneAvailable,
            (false, false) => ChainErrorKind::AllFailed,
        };
        Err(trail.error(kind, last))
    }

    /// The links in order, the preferred one first; a preference that the chain cannot meet is told.
    fn ordered<'a, T: ?Sized>(
        &self,
        context: &CallContext,
        links: &'a [Link<T>],
        trail: &mut Trail,
    ) -> impl Iterator<Item = &'a Link<T>> + use<'a, T> {
        let preferred = context.preferences.provider.as_ref().and_then(|wanted| {
            let position = links.iter().position(|link| link.provider == *wanted);
            if position.is_none() {
                trail.skip(wanted, "preferred, but not in this chain".to_owned());
            }
            position
        });
        let first = preferred.and_then(|position| links.get(position));
        let rest = links.iter().enumerate().filter(move |(position, _)| Some(*position) != preferred);
        first.into_iter().chain(rest.map(|(_, link)| link))
    }

    /// The operation of a link, or why it is passed over.
    fn open<T: ?Sized>(&self, link: &Link<T>) -> Result<Arc<T>, String> {
        let operation = link.operation.clone()?;
        match self.health.unhealthy_reason(&link.provider) {
            Some(reason) => Err(format!("unhealthy: {reason}")),
            None => Ok(operation),
        }
    }

    /// What the chain comes to if it ends with this failure; `None` when it moves on.
    fn stops(&self, error: &ProviderError) -> Option<ChainErrorKind> {
        let (onward, kind) = match (&error.retry, error.kind) {
            (RetryClass::Uncertain { .. }, _) => (self.policy.on_uncertain, ChainErrorKind::Unknown),
            (RetryClass::Billed, _) => (self.policy.on_billed_failure, ChainErrorKind::Billed),
            (_, ProviderErrorKind::ContentRejected) => {
                (self.policy.on_content_rejected, ChainErrorKind::ContentRejected)
            }
            (RetryClass::Never, ProviderErrorKind::Cancelled) => (Onward::Stop, ChainErrorKind::Cancelled),
            (RetryClass::Never, _) => (Onward::Stop, ChainErrorKind::Refused),
            (RetryClass::Elsewhere | RetryClass::Again { .. }, _) => (Onward::Next, ChainErrorKind::AllFailed),
        };
        (onward == Onward::Stop).then_some(kind)
    }

    fn attempt(
        &self,
        provider: ProviderId,
        started: Instant,
        outcome: AttemptOutcome,
        error: Option<&ProviderError>,
    ) -> AttemptRecord {
        let duration_ms = self.clock.now().saturating_duration_since(started).as_millis() as u64;
        info!(provider = %provider, %outcome, duration_ms, "attempt");
        let phase = error.and_then(|error| match &error.retry {
            RetryClass::Uncertain { phase, .. } => Some(*phase),
            _ => None,
        });
        AttemptRecord {
            provider,
            outcome,
            error_kind: error.map(|error| error.kind),
            message: error.map(ToString::to_string),
            phase,
            duration_ms,
        }
    }
}

fn outcome_of(error: &ProviderError) -> AttemptOutcome {
    match error.retry {
        RetryClass::Uncertain { .. } => AttemptOutcome::Unknown,
        RetryClass::Billed => AttemptOutcome::Billed,
        RetryClass::Never | RetryClass::Elsewhere | RetryClass::Again { .. } => AttemptOutcome::Failed,
    }
}

impl Trail {
    fn skip(&mut self, provider: &ProviderId, reason: String) {
        info!(%provider, "passed over: {reason}");
        self.skipped.push(SkippedProvider { provider: provider.clone(), reason });
    }

    fn error(self, kind: ChainErrorKind, last: Option<ProviderError>) -> ChainError {
        ChainError { kind, attempts: self.attempts, skipped: self.skipped, last }
    }
}
