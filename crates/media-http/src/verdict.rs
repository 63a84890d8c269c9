//! What an HTTP status means by itself.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_ports::ProviderError;

use crate::{rate_limit_reset, retry_after};

/// What an answer without success means: the error kind and what may be done about it.
///
/// Adapters start from the status and let the vendor's own error code overrule it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What went wrong.
    pub kind: ProviderErrorKind,
    /// What may be done about it.
    pub retry: RetryClass,
}

impl Verdict {
    /// Judges the status of an answer to a request that costs money.
    ///
    /// `vendor_error` says whether the body is the vendor's own error document: then even a 500 is a definite refusal,
    /// while without one it may come from anything on the way. `now` turns a date in `Retry-After` into a delay.
    ///
    /// A 408 counts as uncertain: RFC 9110 §15.5.9 means it for a request that did not arrive whole, but gateways
    /// answer it when their own upstream is slow. A 501 is the server's trouble and not ours: what a provider lacks is known
    /// before anything is sent.
    pub fn of_status(status: StatusCode, headers: &HeaderMap, vendor_error: bool, now: SystemTime) -> Self {
        use ProviderErrorKind as Kind;
        let elsewhere = |kind| Self { kind, retry: RetryClass::Elsewhere };
        let delay = || retry_after(headers, now).or_else(|| rate_limit_reset(headers, now));
        let again = |kind| Self { kind, retry: RetryClass::Again { after: delay() } };
        match status.as_u16() {
            401 => elsewhere(Kind::Unauthenticated),
            402 => elsewhere(Kind::QuotaExhausted),
            403 | 451 => elsewhere(Kind::PermissionDenied),
            404 | 410 => elsewhere(Kind::NotFound),
            408 => Self::uncertain(Kind::Timeout),
            429 => again(Kind::RateLimited),
            400..=499 => elsewhere(Kind::InvalidRequest),
            501 => elsewhere(Kind::Unavailable),
            503 => again(Kind::Unavailable),
            504 | 524 => Self::uncertain(Kind::Timeout),
            500 if vendor_error => elsewhere(Kind::Unavailable),
            500..=599 => Self::uncertain(Kind::Unavailable),
            // A redirect is not followed and nothing stands behind it: the address is wrong.
            300..=399 => elsewhere(Kind::ConfigInvalid),
            _ => Self::uncertain(Kind::MalformedResponse),
        }
    }

    /// Judges an answer whose status came but whose body was lost.
    pub fn of_lost_body(status: StatusCode) -> Self {
        Self::of_status(status, &HeaderMap::new(), false, SystemTime::UNIX_EPOCH)
    }

    /// Makes the error; the message is a lowercase fragment that completes "failed to …".
    pub fn into_error(self, status: StatusCode, message: impl Into<String>) -> ProviderError {
        let mut error = ProviderError::new(self.kind, message).with_http_status(status.as_u16());
        error.retry = self.retry;
        error
    }

    fn uncertain(kind: ProviderErrorKind) -> Self {
        Self { kind, retry: RetryClass::Uncertain { phase: Phase::Submit, handle: None } }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn every_status_lands_on_its_class() {
        let cases = [
            (301, false, "config_invalid", "elsewhere"),
            (400, true, "invalid_request", "elsewhere"),
            (401, false, "unauthenticated", "elsewhere"),
            (402, false, "quota_exhausted", "elsewhere"),
            (403, true, "permission_denied", "elsewhere"),
            (404, true, "not_found", "elsewhere"),
            (408, false, "timeout", "uncertain"),
            (410, false, "not_found", "elsewhere"),
            (422, true, "invalid_request", "elsewhere"),
            (429, true, "rate_limited", "again"),
            (500, true, "unavailable", "elsewhere"),
            (500, false, "unavailable", "uncertain"),
            (501, true, "unavailable", "elsewhere"),
            (502, true, "unavailable", "uncertain"),
            (503, false, "unavailable", "again"),
            (504, false, "timeout", "uncertain"),
            (524, false, "timeout", "uncertain"),
        ];
        for (status, vendor_error, kind, class) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            let verdict = Verdict::of_status(status, &HeaderMap::new(), vendor_error, SystemTime::UNIX_EPOCH);
            assert_eq!((verdict.kind.as_str(), verdict.retry.as_str()), (kind, class), "{status}");
        }
    }

    #[test]
    fn a_refusal_carries_the_delay_that_the_server_named() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("17"));
        let verdict = Verdict::of_status(StatusCode::SERVICE_UNAVAILABLE, &headers, false, SystemTime::UNIX_EPOCH);
        assert_eq!(verdict.retry, RetryClass::Again { after: Some(std::time::Duration::from_secs(17)) });
    }
}
