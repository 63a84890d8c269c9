//! The one error of every provider operation.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};

/// A failed provider operation: a kind to branch on, a retry class to act on, words for people.
///
/// ```
/// use media_domain::{ProviderErrorKind, RetryClass};
/// use media_ports::ProviderError;
///
/// let error = ProviderError::new(ProviderErrorKind::RateLimited, "the vendor allows 5 images a minute")
///     .again(Some(std::time::Duration::from_secs(12)))
///     .with_http_status(429);
/// assert_eq!(error.kind, ProviderErrorKind::RateLimited);
/// assert!(matches!(error.retry, RetryClass::Again { after: Some(_) }));
/// ```
pub struct ProviderError {
    /// What went wrong.
    pub kind: ProviderErrorKind,
    /// What may be done about it.
    pub retry: RetryClass,
    /// What failed and why: a lowercase fragment that completes "failed to …", without the source's text.
    pub message: String,
    /// The vendor's HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// Whether it was raised on our side of the line, before anything was sent: a limit, a quota, a check of ours. It
    /// says nothing about the provider.
    pub raised_here: bool,
    /// Bytes that were paid for but cannot be used as they are.
    pub salvaged: Option<Bytes>,
    /// The cause.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl ProviderError {
    /// Makes an error after which another provider may be tried: the vendor's definite refusal.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            retry: RetryClass::Elsewhere,
            message: message.into(),
            http_status: None,
            raised_here: false,
            salvaged: None,
            source: None,
        }
    }

    /// The same answer would come everywhere.
    #[must_use]
    pub fn never(mut self) -> Self {
        self.retry = RetryClass::Never;
        self
    }

    /// Nothing was made; repeating is safe after the delay that the server named.
    #[must_use]
    pub fn again(mut self, after: Option<Duration>) -> Self {
        self.retry = RetryClass::Again { after };
        self
    }

    /// The request may have been accepted and billed.
    #[must_use]
    pub fn uncertain(mut self, phase: Phase, handle: Option<JobHandle>) -> Self {
        self.retry = RetryClass::Uncertain { phase, handle };
        self
    }

    /// Paid, but the result cannot be used; what came of it is kept aside.
    #[must_use]
    pub fn billed(mut self, salvaged: Option<Bytes>) -> Self {
        self.retry = RetryClass::Billed;
        self.salvaged = salvaged;
        self
    }

    /// It was raised on our side of the line, before anything was sent.
    #[must_use]
    pub fn here(mut self) -> Self {
        self.raised_here = true;
        self
    }

    /// Adds the vendor's HTTP status.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An operation or option that the provider lacks.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Unsupported, message).here()
    }

    /// The caller gave up before anything was sent.
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::Cancelled, message).never().here()
    }
}

/// An error and what caused it, in one line.
///
/// ```
/// use media_domain::ProviderErrorKind;
/// use media_ports::{ProviderError, with_causes};
///
/// let error = ProviderError::new(ProviderErrorKind::Unavailable, "list models").with_source("no route to host");
/// assert_eq!(with_causes(&error), "list models: no route to host");
/// ```
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.http_status {
            Some(status) => write!(f, " (HTTP {status})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderError")
            .field("kind", &self.kind)
            .field("retry", &self.retry)
            .field("message", &self.message)
            .field("http_status", &self.http_status)
            .field("raised_here", &self.raised_here)
            .field("salvaged_bytes", &self.salvaged.as_ref().map(Bytes::len))
            .field("source", &self.source)
            .finish()
    }
}

impl Error for ProviderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
