//! The one error of a chain: who was asked, who was not, and why.

use std::error::Error;
use std::fmt;

use media_domain::generation::AttemptOutcome;
use media_domain::{AttemptRecord, FileBytes, SkippedProvider};
use media_ports::ProviderError;

/// A chain that delivered nothing.
#[derive(Debug)]
pub struct ChainError {
    /// What it comes to.
    pub kind: ChainErrorKind,
    /// Attempts in order.
    pub attempts: Vec<AttemptRecord>,
    /// Providers passed over, with the reason, in the order of the chain.
    pub skipped: Vec<SkippedProvider>,
    /// Bytes that were paid for on the way, but cannot be used: to be kept aside.
    pub salvaged: Vec<FileBytes>,
    /// The error of the last attempt, if there was one.
    pub last: Option<ProviderError>,
}

/// What a failed chain comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainErrorKind {
    /// Every provider was tried or passed over.
    AllFailed,
    /// No provider could be called at all.
    NoneAvailable,
    /// Every provider that could have served the call lacks nothing but credits or money.
    QuotaExceeded,
    /// The deadline passed before somebody delivered; nothing is open.
    DeadlinePassed,
    /// The request cannot be served: the answer would be the same everywhere, or it fits nobody who could be called.
    Refused,
    /// Nothing was sent, because it could not be written down first.
    NotRecorded,
    /// A provider refused the content, and the chain's policy names no other.
    ContentRejected,
    /// Nobody knows whether the last provider accepted the order.
    Unknown,
    /// The last provider was paid, but its result cannot be used.
    Billed,
    /// The caller gave up before anything was sent.
    Cancelled,
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ChainErrorKind::AllFailed => "all providers failed",
            ChainErrorKind::NoneAvailable => "all providers are currently unavailable",
            ChainErrorKind::QuotaExceeded if self.lacks_money() => "budget exceeded",
            ChainErrorKind::QuotaExceeded => "monthly quota exceeded",
            ChainErrorKind::DeadlinePassed => "nobody delivered in time",
            ChainErrorKind::Refused => "the request cannot be served",
            ChainErrorKind::NotRecorded => "nothing was sent, because it could not be written down",
            ChainErrorKind::ContentRejected => "the content was refused",
            ChainErrorKind::Unknown => "the outcome is unknown: the order may have been accepted and billed",
            ChainErrorKind::Billed => "the result was paid for but cannot be used",
            ChainErrorKind::Cancelled => "the call was cancelled",
        })?;
        let mut separator = ": ";
        for (provider, reason) in self.reasons() {
            write!(f, "{separator}{provider}: {reason}")?;
            separator = "; ";
        }
        Ok(())
    }
}

impl ChainError {
    /// Whether it is money, and not credits, that nobody had left.
    fn lacks_money(&self) -> bool {
        let lacks = |what: &str| self.skipped.iter().any(|skipped| skipped.reason.starts_with(what));
        lacks("budget exceeded") && !lacks("monthly quota exceeded")
    }

    /// Every provider with its reason: those passed over first, then the attempts in order.
    pub fn reasons(&self) -> impl Iterator<Item = (&str, String)> {
        let skipped =
            self.skipped.iter().map(|skipped| (skipped.provider.as_str(), format!("skipped, {}", skipped.reason)));
        let failed = |attempt: &&AttemptRecord| attempt.outcome != AttemptOutcome::Succeeded;
        let attempts = self.attempts.iter().filter(failed).map(|attempt| {
            let words = attempt.message.clone().unwrap_or_default();
            (attempt.provider.as_str(), words)
        });
        skipped.chain(attempts)
    }
}

impl Error for ChainError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The last attempt's own words are in the list already; what caused it is not.
        self.last.as_ref().and_then(Error::source)
    }
}

/// A generator's error as the chain's: what is no chain's error was raised by a layer above the fallback.
impl From<ProviderError> for ChainError {
    fn from(mut error: ProviderError) -> Self {
        match error.source.take().map(|source| source.downcast::<Self>()) {
            Some(Ok(chain_error)) => *chain_error,
            Some(Err(source)) => Self::of_layer(error.with_source(source)),
            None => Self::of_layer(error),
        }
    }
}

impl ChainError {
    /// An error without any account of how it came about.
    pub const fn of_kind(kind: ChainErrorKind) -> Self {
        Self { kind, attempts: Vec::new(), skipped: Vec::new(), salvaged: Vec::new(), last: None }
    }

    fn of_layer(error: ProviderError) -> Self {
        let kind = match error.kind {
            media_domain::ProviderErrorKind::Cancelled => ChainErrorKind::Cancelled,
            _ => ChainErrorKind::Refused,
        };
        Self { last: Some(error), ..Self::of_kind(kind) }
    }

    /// The same error in the words of a generator, so that a chain can stand wherever one can.
    pub(crate) fn into_provider_error(self) -> ProviderError {
        use media_domain::ProviderErrorKind as Kind;
        let (kind, retry) = match (&self.last, self.kind) {
            (_, ChainErrorKind::QuotaExceeded) => (Kind::QuotaExhausted, media_domain::RetryClass::Elsewhere),
            (_, ChainErrorKind::DeadlinePassed) => (Kind::Timeout, media_domain::RetryClass::Elsewhere),
            (Some(last), _) => (last.kind, last.retry.clone()),
            (None, ChainErrorKind::Cancelled) => (Kind::Cancelled, media_domain::RetryClass::Never),
            (None, _) => (Kind::Unavailable, media_domain::RetryClass::Elsewhere),
        };
        let mut error = ProviderError::new(kind, self.to_string());
        error.retry = retry;
        error.with_source(self)
    }
}
