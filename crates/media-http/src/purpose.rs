//! What a call is for, which decides what its failure means.

use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_ports::ProviderError;

use crate::{SendPhase, TransportError, TransportErrorKind};

/// What a call is for. It decides what may be done when the call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Orders something that costs money; the answer is the result. An answer that cannot be used is `billed`.
    Order,
    /// Orders something that costs money; the answer only names the job. An answer that cannot be used leaves it
    /// `uncertain`: there is a job, and nobody knows its name. The body is kept aside, since somebody may find the name in it.
    Submit,
    /// Asks how a job is getting on, which may be asked again: trouble on the line is `again`, a definite refusal and an
    /// answer beyond the limit leave the job `uncertain` with its handle.
    Poll(JobHandle),
    /// Reads something that is free, and may be read again: nothing is `uncertain`, nothing is `billed`.
    Read,
    /// Fetches a result that has been paid for: whatever goes wrong is `billed`.
    Fetch,
}

impl Purpose {
    /// Whether something is ordered.
    pub const fn is_order(&self) -> bool {
        matches!(self, Self::Order | Self::Submit)
    }

    /// Turns the error that an order would have had into that of this purpose.
    ///
    /// ```
    /// use media_domain::{JobHandle, ProviderErrorKind, RetryClass};
    /// use media_http::Purpose;
    /// use media_ports::ProviderError;
    ///
    /// let lost = || ProviderError::new(ProviderErrorKind::Unavailable, "the line was lost").billed(None);
    /// assert_eq!(Purpose::Order.judge(lost()).retry, RetryClass::Billed);
    /// assert_eq!(Purpose::Poll(JobHandle::new("7")).judge(lost()).retry, RetryClass::Again { after: None });
    /// assert_eq!(Purpose::Read.judge(lost()).retry, RetryClass::Elsewhere);
    /// ```
    pub fn judge(&self, mut error: ProviderError) -> ProviderError {
        error.retry = match self {
            Self::Order => return error,
            Self::Submit => match error.retry {
                RetryClass::Billed => RetryClass::Uncertain { phase: Phase::Submit, handle: None },
                other => other,
            },
            Self::Poll(handle) => match error.retry {
                RetryClass::Again { after } => RetryClass::Again { after },
                _ if passes(error.kind) => RetryClass::Again { after: None },
                _ => RetryClass::Uncertain { phase: Phase::Running, handle: Some(handle.clone()) },
            },
            Self::Read => {
                // Nothing was paid for, and what was read may be a secret.
                error.salvaged = None;
                match error.retry {
                    _ if error.kind == ProviderErrorKind::Cancelled => RetryClass::Never,
                    RetryClass::Uncertain { .. } => RetryClass::Again { after: None },
                    RetryClass::Billed => RetryClass::Elsewhere,
                    other => other,
                }
            }
            Self::Fetch => RetryClass::Billed,
        };
        error
    }

    /// Turns what happened on the line into the error of this purpose. `doing` completes "failed to …".
    ///
    /// What a vendor tells of a job and is too large now will be so the next time: asking again would only bring it once more,
    /// and so the job is left `uncertain` with its handle.
    pub(crate) fn judge_lost(&self, error: TransportError, doing: &str) -> ProviderError {
        let is_told = matches!(error.phase, SendPhase::Answered(status) if status.is_success());
        let stays_too_large = is_told && error.kind == TransportErrorKind::TooLarge;
        let error = self.judge(error.into_provider_error(doing));
        match self {
            Self::Poll(handle) if stays_too_large => error.uncertain(Phase::Running, Some(handle.clone())),
            _ => error,
        }
    }
}

/// Whether trouble of this kind may be over the next time.
fn passes(kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind as Kind;
    matches!(kind, Kind::Timeout | Kind::Unavailable | Kind::RateLimited | Kind::MalformedResponse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_its_classes() {
        use ProviderErrorKind as Kind;
        let handle = || JobHandle::new("job-7");
        let (again, elsewhere) = (RetryClass::Again { after: None }, RetryClass::Elsewhere);
        let submit = RetryClass::Uncertain { phase: Phase::Submit, handle: None };
        let running = RetryClass::Uncertain { phase: Phase::Running, handle: Some(handle()) };
        let poll = || Purpose::Poll(handle());
        let cases = [
            (Purpose::Order, Kind::MalformedResponse, RetryClass::Billed, RetryClass::Billed),
            (Purpose::Submit, Kind::MalformedResponse, RetryClass::Billed, submit.clone()),
            (Purpose::Submit, Kind::InvalidRequest, elsewhere.clone(), elsewhere.clone()),
            (poll(), Kind::Unavailable, elsewhere.clone(), again.clone()),
            (poll(), Kind::Unavailable, submit.clone(), again.clone()),
            (poll(), Kind::MalformedResponse, RetryClass::Billed, again.clone()),
            (poll(), Kind::Unauthenticated, elsewhere.clone(), running.clone()),
            (poll(), Kind::Cancelled, submit.clone(), running.clone()),
            (poll(), Kind::Cancelled, RetryClass::Never, running),
            (Purpose::Read, Kind::Unavailable, submit.clone(), again),
            (Purpose::Read, Kind::Cancelled, submit, RetryClass::Never),
            (Purpose::Read, Kind::Unauthenticated, elsewhere.clone(), elsewhere.clone()),
            (Purpose::Fetch, Kind::NotFound, elsewhere, RetryClass::Billed),
        ];
        for (purpose, kind, retry, expected) in cases {
            let mut error = ProviderError::new(kind, "x");
            error.retry = retry.clone();
            assert_eq!(purpose.judge(error).retry, expected, "{purpose:?} {kind} {retry:?}");
        }
    }
}
