//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use http::StatusCode;
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, VendorRefusal, Verdict, is_json, retry_after};

use crate::wire::{ErrorBody, ErrorDocument, OtherError};

/// Codes of a refusal for content. OpenAI error documents, 2026-11; the second is the older word, which compatible
/// servers still use.
const CONTENT_CODES: &[&str] = &["moderation_blocked", "content_policy_violation"];

/// Codes and types that say the money is gone, though the status is the one of a rate limit.
/// OpenAI error documents, 2026-11.
const QUOTA_CODES: &[&str] = &[
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_hard_limit_reached",
];

/// Codes that say the order was refused for now. OpenAI error documents, 2026-11.
const OVERLOAD_CODES: &[&str] = &["slow_down", "server_is_overloaded"];

/// Types that say the order itself is wrong. OpenAI error documents, 2026-11.
const USER_ERRORS: &[&str] = &["invalid_request_error", "image_generation_user_error"];

/// Reads an answer without success: the status speaks first, the vendor's code over it. `now` turns a date in
/// `Retry-After` into a delay.
pub fn read_refusal(response: &HttpResponse, now: SystemTime) -> VendorRefusal {
    let refusal = match said(response) {
        Said::Nothing => VendorRefusal::silent(),
        // Whoever stands before the server may have said it, so it does not make a 500 definite.
        Said::Words(words) => VendorRefusal { message: Some(words), ..VendorRefusal::silent() },
        Said::Error(document) => {
            let refusal = VendorRefusal::said(document.message());
            match overruled(response, &document, now) {
                Some(verdict) => refusal.judged(verdict),
                None => refusal,
            }
        }
    };
    refusal.with_hint(hint(response.status)).with_request_id(response, "x-request-id")
}

/// Reads an error by which the vendor refuses an order whose answer is, or had begun as, a success. Without a code that says
/// more, it is taken as a 500 with the vendor's error document would be.
pub fn read_late_refusal(document: &ErrorBody) -> VendorRefusal {
    let says = |words: &[&str]| says(document, words);
    let verdict = if let Some(verdict) = by_code(document) {
        verdict
    } else if says(OVERLOAD_CODES) {
        Verdict { kind: ProviderErrorKind::Unavailable, retry: RetryClass::Again { after: None } }
    } else if says(&["rate_limit_exceeded"]) {
        Verdict { kind: ProviderErrorKind::RateLimited, retry: RetryClass::Again { after: None } }
    } else if says(USER_ERRORS) {
        elsewhere(ProviderErrorKind::InvalidRequest)
    } else {
        elsewhere(ProviderErrorKind::Unavailable)
    };
    VendorRefusal::said(document.message()).judged(verdict)
}

fn overruled(response: &HttpResponse, document: &ErrorBody, now: SystemTime) -> Option<Verdict> {
    if response.status == StatusCode::INTERNAL_SERVER_ERROR && says(document, OVERLOAD_CODES) {
        let retry = RetryClass::Again { after: retry_after(&response.headers, now) };
        return Some(Verdict { kind: ProviderErrorKind::Unavailable, retry });
    }
    if response.status.is_client_error() { by_code(document) } else { None }
}

fn by_code(document: &ErrorBody) -> Option<Verdict> {
    if says(document, CONTENT_CODES) {
        Some(elsewhere(ProviderErrorKind::ContentRejected))
    } else if says(document, QUOTA_CODES) {
        Some(elsewhere(ProviderErrorKind::QuotaExhausted))
    } else if document.code() == "model_not_found" {
        Some(elsewhere(ProviderErrorKind::NotFound))
    } else {
        None
    }
}

fn says(document: &ErrorBody, words: &[&str]) -> bool {
    words.contains(&document.code()) || words.contains(&document.kind())
}

const fn elsewhere(kind: ProviderErrorKind) -> Verdict {
    Verdict { kind, retry: RetryClass::Elsewhere }
}

/// What an answer without success says.
enum Said {
    /// What is wrong, by an error document.
    Error(ErrorBody),
    /// Something for people, in a document of another kind.
    Words(String),
    Nothing,
}

fn said(response: &HttpResponse) -> Said {
    if !is_json(&response.headers) {
        return Said::Nothing;
    }
    if let Ok(document) = serde_json::from_slice::<ErrorDocument>(&response.body) {
        return Said::Error(document.error);
    }
    let Ok(other) = serde_json::from_slice::<OtherError>(&response.body) else { return Said::Nothing };
    let words = other.words();
    other.into_body().map(Said::Error).or(words.map(Said::Words)).unwrap_or(Said::Nothing)
}

fn hint(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        403 => Some("the key, its organisation or its region may not use this model"),
        404 => Some("check `model` and `base_url`"),
        _ => None,
    }
}
