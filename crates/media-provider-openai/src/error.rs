//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use http::StatusCode;
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Redactor, Verdict, is_json, retry_after};
use media_ports::ProviderError;

use crate::wire::{ErrorBody, ErrorDocument};

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

/// Turns an answer without success into an error: the status first, the vendor's code over it. `doing` completes
/// "failed to …"; `now` turns a date in `Retry-After` into a delay.
pub fn refusal(response: &HttpResponse, doing: &str, redactor: &Redactor, now: SystemTime) -> ProviderError {
    let document = error_document(response);
    let mut verdict = Verdict::of_status(response.status, &response.headers, document.is_some(), now);
    if let Some(document) = &document {
        overrule(&mut verdict, response, document, now);
    }
    verdict.into_error(response.status, message(response, document.as_ref(), doing, redactor))
}

fn overrule(verdict: &mut Verdict, response: &HttpResponse, document: &ErrorBody, now: SystemTime) {
    let said = |words: &[&str]| words.contains(&document.code()) || words.contains(&document.kind());
    let client_error = response.status.is_client_error();
    if client_error && said(CONTENT_CODES) {
        *verdict = elsewhere(ProviderErrorKind::ContentRejected);
    } else if client_error && said(QUOTA_CODES) {
        *verdict = elsewhere(ProviderErrorKind::QuotaExhausted);
    } else if client_error && document.code() == "model_not_found" {
        *verdict = elsewhere(ProviderErrorKind::NotFound);
    } else if response.status == StatusCode::INTERNAL_SERVER_ERROR && said(OVERLOAD_CODES) {
        let retry = RetryClass::Again { after: retry_after(&response.headers, now) };
        *verdict = Verdict { kind: ProviderErrorKind::Unavailable, retry };
    }
}

fn elsewhere(kind: ProviderErrorKind) -> Verdict {
    Verdict { kind, retry: RetryClass::Elsewhere }
}

fn error_document(response: &HttpResponse) -> Option<ErrorBody> {
    if !is_json(&response.headers) {
        return None;
    }
    serde_json::from_slice::<ErrorDocument>(&response.body).ok().map(|document| document.error)
}

fn message(response: &HttpResponse, document: Option<&ErrorBody>, doing: &str, redactor: &Redactor) -> String {
    let said = document.map(|document| redactor.clean(document.message())).filter(|said| !said.is_empty());
    let mut message = match said {
        Some(said) => format!("{doing}: the vendor says {said:?}"),
        None => format!("{doing}: the vendor gives no reason"),
    };
    if let Some(hint) = hint(response.status) {
        message.push_str("; ");
        message.push_str(hint);
    }
    if let Some(id) = response.headers.get("x-request-id").and_then(|id| id.to_str().ok()) {
        message.push_str(&format!(" (request {})", redactor.clean(id)));
    }
    message
}

fn hint(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        401 => Some("check OPENAI_API_KEY"),
        403 => Some("the key, its organisation or its region may not use this model"),
        404 => Some("check `model` and `base_url`"),
        300..=399 => Some("check `base_url`: the server redirects"),
        _ => None,
    }
}
