//! What a fake does when it is called.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use media_domain::{ProviderErrorKind, RetryClass};
use media_ports::{GenerationAnswer, ProviderError};

/// What a fake does when it is called.
#[derive(Debug, Clone)]
pub enum FakeOutcome {
    /// As many PNG files as asked for, of the size asked for, repeatable by prompt and seed.
    Image,
    /// This answer, as it is.
    Answer(Box<GenerationAnswer>),
    /// An error.
    Fail(FakeFailure),
    /// The other outcome, after a delay on the runtime's clock; the deadline and cancellation cut it short.
    After(Duration, Box<FakeOutcome>),
    /// No answer until the deadline or cancellation: `uncertain`, since it had been sent.
    Hang,
    /// A panic.
    Panic,
}

/// An error that can be told again and again.
#[derive(Clone)]
pub struct FakeFailure {
    kind: ProviderErrorKind,
    retry: RetryClass,
    message: String,
    http_status: Option<u16>,
    raised_here: bool,
    salvaged: Option<Bytes>,
}

impl FakeOutcome {
    /// An error; its cause is not kept.
    pub fn fail(error: ProviderError) -> Self {
        Self::Fail(FakeFailure {
            kind: error.kind,
            retry: error.retry,
            message: error.message,
            http_status: error.http_status,
            raised_here: error.raised_here,
            salvaged: error.salvaged,
        })
    }

    /// This outcome, after a delay.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self::After(delay, Box::new(self))
    }
}

impl From<FakeFailure> for ProviderError {
    fn from(failure: FakeFailure) -> Self {
        let mut error = Self::new(failure.kind, failure.message);
        error.retry = failure.retry;
        error.http_status = failure.http_status;
        error.raised_here = failure.raised_here;
        error.salvaged = failure.salvaged;
        error
    }
}

impl fmt::Debug for FakeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FakeFailure({}, {}, {:?})", self.kind, self.retry.as_str(), self.message)
    }
}
