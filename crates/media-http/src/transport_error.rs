//! Why no whole answer came, and whether anything had been sent.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use media_domain::{Phase, ProviderErrorKind};
use media_ports::ProviderError;

use crate::Verdict;

/// Why no whole answer came.
#[derive(Debug)]
pub struct TransportError {
    /// How far the request had come: it decides whether it may be repeated.
    pub phase: SendPhase,
    /// What went wrong.
    pub kind: TransportErrorKind,
    /// The same in words: a lowercase fragment without secrets, without the source's text.
    pub message: String,
    /// The cause.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// How far a request had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendPhase {
    /// Not a byte of it had left.
    NotSent,
    /// It may have arrived; no answer had come.
    Sent,
    /// The answer had begun with this status; its body was lost.
    Answered(StatusCode),
}

/// What went wrong on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// No connection: name, address, port, proxy or TLS.
    Connect,
    /// The deadline passed.
    Timeout,
    /// The connection was lost.
    Interrupted,
    /// The answer has more bytes than allowed.
    TooLarge,
    /// The caller gave up.
    Cancelled,
    /// The request, or the client, could not be made.
    Invalid,
}

impl TransportError {
    /// Makes an error without a cause.
    pub fn new(phase: SendPhase, kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { phase, kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Turns the error of a request that costs money into the error of an operation. `doing` completes "failed to …".
    ///
    /// Not sent: `again`, or `never` when the caller gave up. Sent: `uncertain`. Once a success had begun to arrive:
    /// `billed`. Once another status had: as the status says.
    pub fn into_provider_error(self, doing: &str) -> ProviderError {
        let kind = self.provider_error_kind();
        let error = ProviderError::new(kind, format!("{doing}: {}", self.message));
        let error = match self.phase {
            SendPhase::NotSent => match self.kind {
                TransportErrorKind::Cancelled => error.never(),
                TransportErrorKind::Invalid => error,
                _ => error.again(None),
            },
            SendPhase::Sent => error.uncertain(Phase::Submit, None),
            SendPhase::Answered(status) if status.is_success() => error.billed(None).with_http_status(status.as_u16()),
            SendPhase::Answered(status) => {
                let verdict = Verdict::of_lost_body(status);
                let mut error = error.with_http_status(status.as_u16());
                error.retry = verdict.retry;
                if !matches!(self.kind, TransportErrorKind::Cancelled | TransportErrorKind::Timeout) {
                    error.kind = verdict.kind;
                }
                error
            }
        };
        match self.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    fn provider_error_kind(&self) -> ProviderErrorKind {
        match (self.kind, self.phase) {
            (TransportErrorKind::Interrupted, SendPhase::Answered(_)) | (TransportErrorKind::TooLarge, _) => {
                ProviderErrorKind::MalformedResponse
            }
            (TransportErrorKind::Connect | TransportErrorKind::Interrupted, _) => ProviderErrorKind::Unavailable,
            (TransportErrorKind::Timeout, _) => ProviderErrorKind::Timeout,
            (TransportErrorKind::Cancelled, _) => ProviderErrorKind::Cancelled,
            (TransportErrorKind::Invalid, _) => ProviderErrorKind::ConfigInvalid,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
