//! One walk along a chain: who is asked, who is passed over, and when it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::{Either, select};
use media_domain::{AttemptRecord, FileBytes, ProviderErrorKind, ProviderId, RetryClass, SkippedProvider};
use media_ports::{AttemptLog, CallContext, Clock, ProviderError};
use tracing::{Instrument, debug, info_span, warn};

use crate::attempt::attempt_record;
use crate::error::{ChainError, ChainErrorKind};
use crate::health_board::HealthBoard;
use crate::models::Models;
use crate::policy::{ChainPolicy, Onward};
use crate::provider_state::ProviderState;
use crate::service::{Service, ServiceRequest};
use crate::telemetry::{FALLBACKS, PAUSE, PROVIDER, REASON};

/// Most times that a walk waits for providers that asked for a pause.
const LONGEST_PATIENCE: u32 = 3;

/// Longest pause that is waited for where the deadline allows it: nobody sits before a screen for longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// One provider's operation in a chain; the operation is absent with a reason.
#[derive(Debug)]
pub struct Link<R: ServiceRequest> {
    /// The provider.
    pub provider: ProviderId,
    /// Its models.
    pub models: Models,
    /// Whether it runs even after the deadline.
    pub local_and_free: bool,
    /// The operation, or why it cannot be called.
    pub operation: Result<Arc<dyn Service<R>>, String>,
    /// What is known of the provider while the program runs.
    pub state: Option<Arc<ProviderState>>,
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
    /// Place in the chain of whoever gave it.
    pub(crate) place: usize,
    /// How long that one took.
    pub(crate) took: Duration,
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) skipped: Vec<SkippedProvider>,
    /// Bytes that were paid for on the way, but cannot be used.
    pub(crate) salvaged: Vec<Bytes>,
}

/// What became of the walk so far.
struct Trail {
    attempts: AttemptLog,
    skipped: Vec<Skipped>,
    salvaged: Vec<Bytes>,
    /// Providers that asked for a pause, by their place in the chain.
    pausing: Vec<(usize, Instant)>,
    last: Option<ProviderError>,
    late: bool,
    /// Whether a provider refused the content.
    refused: bool,
    /// Whether somebody was kept from it for that.
    withheld: bool,
    /// Whether the outcome of an attempt is unknown.
    lost: bool,
}

struct Skipped {
    provider: ProviderId,
    reason: String,
    cause: SkipCause,
}

/// Why a provider was passed over, as far as the chain's answer depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SkipCause {
    /// It was no candidate for this call at all.
    NoCandidate,
    /// It could be called, but the request does not fit it.
    Unfit,
    /// Credits or money are used up.
    UsedUp,
    /// It could not be called just now.
    NotNow,
}

impl SkipCause {
    /// What an error says that was raised before anything was sent.
    const fn of(kind: ProviderErrorKind) -> Self {
        match kind {
            ProviderErrorKind::QuotaExhausted => Self::UsedUp,
            ProviderErrorKind::Unsupported | ProviderErrorKind::InvalidRequest => Self::Unfit,
            ProviderErrorKind::ConfigInvalid => Self::NoCandidate,
            _ => Self::NotNow,
        }
    }
}

/// Why a provider is kept from a request that somebody refused.
const WITHHELD: &str = "the content was refused, and the chain does not name it for what was refused";

/// What follows an error.
enum Next {
    Onward,
    Stop(ChainErrorKind),
}

impl Walk {
    /// Calls the links in the order given until one succeeds or the rules say stop. When all that is left asked for a
    /// pause which ends in time, waits for the first of them.
    pub(crate) async fn run<R: ServiceRequest>(
        &self,
        context: &CallContext,
        links: &[Link<R>],
        mut order: Vec<usize>,
        request: &R,
    ) -> Result<Walked<R::Answer>, ChainError> {
        let mut trail = Trail::new(context);
        for _ in 0..=LONGEST_PATIENCE {
            for (place, link) in order.iter().filter_map(|place| Some((*place, links.get(*place)?))) {
                if let Some(kind) = self.ends_before(context, link, &trail) {
                    return Err(trail.into_error(kind));
                }
                let Some(operation) = self.open(context, link, &mut trail) else { continue };
                let (started, counted) = (self.clock.now(), trail.attempts.count());
                let span = info_span!("provider", provider = %link.provider);
                let result = operation.call(context, request).instrument(span).await;
                let duration = self.clock.now().saturating_duration_since(started);
                // A bare generator takes nothing down; the layers do, attempt by attempt.
                let sent = result.as_ref().err().is_none_or(|error| !error.raised_here);
                if sent && trail.attempts.count() == counted {
                    trail.attempts.record(attempt_record(link.provider.clone(), duration, result.as_ref().err()));
                }
                match result {
                    Ok(answer) => {
                        self.health.record_success(&link.provider);
                        return Ok(trail.into_walked(answer, place, duration));
                    }
                    Err(error) => {
                        if let Next::Stop(kind) = self.failed(place, link, error, &mut trail) {
                            return Err(trail.into_error(kind));
                        }
                    }
                }
            }
            match self.pause(context, &mut trail).await {
                Some(rested) => order = rested,
                None => break,
            }
        }
        let kind = trail.verdict();
        Err(trail.into_error(kind))
    }

    /// What the chain comes to before the link is even looked at; `None` when the walk goes on.
    fn ends_before<R: ServiceRequest>(
        &self,
        context: &CallContext,
        link: &Link<R>,
        trail: &Trail,
    ) -> Option<ChainErrorKind> {
        if context.cancellation.is_cancelled() {
            return Some(ChainErrorKind::Cancelled);
        }
        // A placeholder in place of a picture that only credits were missing for would hide that they are used up.
        (link.local_and_free && trail.only_used_up()).then_some(ChainErrorKind::QuotaExceeded)
    }

    /// The operation of a link, unless it is passed over.
    fn open<R: ServiceRequest>(
        &self,
        context: &CallContext,
        link: &Link<R>,
        trail: &mut Trail,
    ) -> Option<Arc<dyn Service<R>>> {
        if !link.local_and_free && self.clock.now() >= context.deadline {
            trail.late = true;
            trail.skip(&link.provider, "the deadline has passed".to_owned(), SkipCause::NotNow);
            return None;
        }
        match (&link.operation, self.health.unhealthy_reason(&link.provider)) {
            (Err(reason), _) => trail.skip(&link.provider, reason.clone(), SkipCause::NoCandidate),
            (Ok(_), _) if trail.refused && !self.takes_refused(&link.provider) => {
                trail.withheld = true;
                trail.skip(&link.provider, WITHHELD.to_owned(), SkipCause::NoCandidate);
            }
            (Ok(_), Some(reason)) => trail.skip(&link.provider, format!("unhealthy: {reason}"), SkipCause::NotNow),
            (Ok(operation), None) => return Some(operation.clone()),
        }
        None
    }

    /// Whether a request that somebody refused for its content may reach the provider.
    fn takes_refused(&self, provider: &ProviderId) -> bool {
        let named = &self.policy.content_rejected_to;
        named.is_empty() || named.contains(provider)
    }

    /// Takes an error down, and tells what follows.
    fn failed<R: ServiceRequest>(
        &self,
        place: usize,
        link: &Link<R>,
        mut error: ProviderError,
        trail: &mut Trail,
    ) -> Next {
        if let (ProviderErrorKind::RateLimited, RetryClass::Again { after: Some(after) }) = (error.kind, &error.retry) {
            // A pause that ends after all time is one that is not waited for.
            trail.pausing.extend(self.clock.now().checked_add(*after).map(|until| (place, until)));
        }
        if error.raised_here && error.kind != ProviderErrorKind::Cancelled {
            // It was no attempt, so that it stands in no other list.
            trail.skip(&link.provider, error.to_string(), SkipCause::of(error.kind));
        }
        if error.raised_here && error.retry != RetryClass::Never {
            count_fallback(&link.provider, &error);
            return Next::Onward;
        }
        trail.refused |= error.kind == ProviderErrorKind::ContentRejected;
        if let Some(kind) = self.stops(&error) {
            trail.last = Some(error);
            return Next::Stop(kind);
        }
        warn!(provider = %link.provider, kind = %error.kind, retry = error.retry.as_str(), "moving on");
        debug!(provider = %link.provider, "moving on: {error}");
        count_fallback(&link.provider, &error);
        trail.lost |= matches!(error.retry, RetryClass::Uncertain { .. });
        // It was paid for, whoever delivers in the end.
        trail.salvaged.extend(error.salvaged.take());
        trail.last = Some(error);
        Next::Onward
    }

    /// What the chain comes to if it ends with this failure; `None` when it moves on.
    fn stops(&self, error: &ProviderError) -> Option<ChainErrorKind> {
        let refused = error.kind == ProviderErrorKind::ContentRejected;
        let (onward, kind) = match error.retry {
            RetryClass::Uncertain { .. } => (self.policy.on_uncertain, ChainErrorKind::Unknown),
            RetryClass::Billed => (self.policy.on_billed_failure, ChainErrorKind::Billed),
            RetryClass::Never if error.kind == ProviderErrorKind::Cancelled => {
                (Onward::Stop, ChainErrorKind::Cancelled)
            }
            RetryClass::Never if error.raised_here && error.kind == ProviderErrorKind::Unexpected => {
                (Onward::Stop, ChainErrorKind::NotRecorded)
            }
            RetryClass::Never if !refused => (Onward::Stop, ChainErrorKind::Refused),
            RetryClass::Never | RetryClass::Elsewhere | RetryClass::Again { .. } => {
                (Onward::Next, ChainErrorKind::AllFailed)
            }
        };
        // A refusal that was billed has to pass both.
        match (onward, self.policy.on_content_rejected) {
            (Onward::Stop, _) => Some(kind),
            (Onward::Next, Onward::Stop) if refused => Some(ChainErrorKind::ContentRejected),
            (Onward::Next, _) => None,
        }
    }

    /// Waits for the first of those that asked for a pause, if that ends in time; answers who is to be asked again.
    async fn pause(&self, context: &CallContext, trail: &mut Trail) -> Option<Vec<usize>> {
        let pausing = std::mem::take(&mut trail.pausing);
        let (_, until) = pausing.iter().min_by_key(|(_, until)| *until).copied()?;
        if until >= context.deadline || until > self.clock.now() + LONGEST_PAUSE {
            return None;
        }
        let seconds = until.saturating_duration_since(self.clock.now()).as_secs();
        warn!(target: PAUSE, seconds, "every provider that is left asked for a pause: waiting for the first to be over");
        let cancelled = Box::pin(context.cancellation.cancelled());
        match select(self.clock.sleep_until(until), cancelled).await {
            Either::Left(_) => {
                Some(pausing.into_iter().filter(|(_, rested)| *rested <= until).map(|(place, _)| place).collect())
            }
            // The next link finds the cancellation.
            Either::Right(_) => Some(pausing.into_iter().map(|(place, _)| place).collect()),
        }
    }
}

fn count_fallback(provider: &ProviderId, error: &ProviderError) {
    metrics::counter!(FALLBACKS, PROVIDER => provider.to_string(), REASON => error.kind.as_str()).increment(1);
}

impl Trail {
    fn new(context: &CallContext) -> Self {
        Self {
            attempts: context.attempts.clone(),
            skipped: Vec::new(),
            salvaged: Vec::new(),
            pausing: Vec::new(),
            last: None,
            late: false,
            refused: false,
            withheld: false,
            lost: false,
        }
    }

    fn skip(&mut self, provider: &ProviderId, reason: String, cause: SkipCause) {
        debug!(%provider, "passed over: {reason}");
        self.skipped.push(Skipped { provider: provider.clone(), reason, cause });
    }

    /// Whether every provider that could have served the call lacks nothing but credits.
    fn only_used_up(&self) -> bool {
        let causes = || self.skipped.iter().map(|skipped| skipped.cause);
        self.attempts.count() == 0
            && causes().any(|cause| cause == SkipCause::UsedUp)
            && causes().all(|cause| cause != SkipCause::NotNow)
    }

    /// Whether every provider that could be called is one that the request does not fit.
    fn fits_nobody(&self) -> bool {
        let causes = || self.skipped.iter().map(|skipped| skipped.cause);
        causes().any(|cause| cause == SkipCause::Unfit)
            && causes().all(|cause| matches!(cause, SkipCause::Unfit | SkipCause::NoCandidate))
    }

    fn verdict(&self) -> ChainErrorKind {
        match (self.late, self.attempts.count()) {
            // Whatever became of the others, something may have been billed.
            _ if self.lost => ChainErrorKind::Unknown,
            _ if self.withheld => ChainErrorKind::ContentRejected,
            (true, _) => ChainErrorKind::DeadlinePassed,
            (false, 0) if self.only_used_up() => ChainErrorKind::QuotaExceeded,
            (false, 0) if self.fits_nobody() => ChainErrorKind::Refused,
            (false, 0) => ChainErrorKind::NoneAvailable,
            (false, _) => ChainErrorKind::AllFailed,
        }
    }

    fn told(skipped: Vec<Skipped>) -> Vec<SkippedProvider> {
        skipped.into_iter().map(|Skipped { provider, reason, .. }| SkippedProvider { provider, reason }).collect()
    }

    fn into_walked<A>(self, answer: A, place: usize, took: Duration) -> Walked<A> {
        let (attempts, skipped) = (self.attempts.take(), Self::told(self.skipped));
        Walked { answer, place, took, attempts, skipped, salvaged: self.salvaged }
    }

    fn into_error(mut self, kind: ChainErrorKind) -> ChainError {
        self.salvaged.extend(self.last.as_mut().and_then(|last| last.salvaged.take()));
        ChainError {
            kind,
            attempts: self.attempts.take(),
            skipped: Self::told(self.skipped),
            salvaged: self.salvaged.into_iter().map(FileBytes::from).collect(),
            last: self.last,
        }
    }
}
