//! The proxy's refusals, as errors of ours.

use std::time::SystemTime;

use http::StatusCode;
use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Redactor, VendorRefusal, Verdict, is_json};
use media_ports::ProviderError;

use crate::wire::SubmitResult;

/// What each code of an order that was not taken means; 1, 21 and 22 are successes. `ReturnCode` of novicezk/midjourney-proxy
/// and trueai-org/midjourney-proxy, read 2026-11-20.
const CODES: &[(i64, ProviderErrorKind, &str)] = &[
    (3, ProviderErrorKind::NotFound, "there is no such task"),
    (4, ProviderErrorKind::InvalidRequest, "the order is not valid"),
    // No account that could take the order, among others.
    (9, ProviderErrorKind::Unavailable, "the proxy could not place the order"),
    (23, ProviderErrorKind::RateLimited, "the queue of the account is full"),
    (24, ProviderErrorKind::ContentRejected, "the prompt holds a banned word"),
];

/// Why a task failed: the titles that Midjourney's bot gives its messages, in lower case, which the proxies pass on. Handlers
/// of messages in trueai-org/midjourney-proxy, read 2026-11-20.
const REASONS: &[(&str, ProviderErrorKind)] = &[
    ("banned prompt", ProviderErrorKind::ContentRejected),
    ("image denied", ProviderErrorKind::ContentRejected),
    ("output filters", ProviderErrorKind::ContentRejected),
    ("community standards", ProviderErrorKind::ContentRejected),
    ("credits exhausted", ProviderErrorKind::QuotaExhausted),
    ("usage exhausted", ProviderErrorKind::QuotaExhausted),
    // The same, as the proxy itself words it.
    ("用量已经用完", ProviderErrorKind::QuotaExhausted),
    ("subscription required", ProviderErrorKind::QuotaExhausted),
    ("subscription paused", ProviderErrorKind::QuotaExhausted),
    ("plan cancelled", ProviderErrorKind::QuotaExhausted),
    ("pending mod message", ProviderErrorKind::PermissionDenied),
    ("blocked", ProviderErrorKind::PermissionDenied),
    ("invalid parameter", ProviderErrorKind::InvalidRequest),
    ("invalid prompt", ProviderErrorKind::InvalidRequest),
    ("invalid link", ProviderErrorKind::InvalidRequest),
    // The bot took nothing, so the order may be given again.
    ("queue full", ProviderErrorKind::RateLimited),
];

/// What a proxy says when it has given a task up, not Midjourney: its own time-out (`任务超时` at novicezk's, `TaskTimeoutSchedule`;
/// `执行超时 5 分钟` at trueai's, `DiscordInstance`), and an account that was taken out of service meanwhile (`强制取消`, ibid.); read
/// 2026-11-20. Pictures of such tasks are drawn all the same (novicezk/midjourney-proxy#93, #175, #262), and nobody tells.
const GIVEN_UP: &[&str] = &["超时", "timeout", "timed out", "强制取消"];

/// Reads an answer without success: the status first, the proxy's code over it.
///
/// Some builds of trueai's proxy answer a refused order with 400 or 404 and the same document that comes with 200 elsewhere.
pub fn read_refusal(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    let advice = advice(response.status);
    let refusal = match document(response) {
        Some(said) => {
            let refusal = VendorRefusal::said(words(&said)).with_advice(advice);
            // A server that is in trouble says nothing of the order, whatever the code.
            match verdict(said.code).filter(|_| response.status.is_client_error()) {
                Some(verdict) => refusal.judged(verdict),
                None => refusal,
            }
        }
        None => VendorRefusal::silent().with_advice(advice),
    };
    match response.status {
        // novicezk's proxy answers a wrong secret with 401, trueai's with 403 and a text. Their filters, read 2026-11-20.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => refusal.because(ProviderErrorKind::Unauthenticated),
        _ => refusal,
    }
}

/// Reads what the proxy says to an order with a success: the task, or the error of a definite refusal.
///
/// # Errors
/// As the code says; `malformed_response` of class `billed` for a code that nobody knows and for a success without a task.
pub(crate) fn accepted(said: &SubmitResult, doing: &str, redactor: &Redactor) -> Result<String, ProviderError> {
    let unreadable = |reason: &str| {
        let message = format!("{doing}: {reason}: {:?}", redactor.clean(&words(said)));
        Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(None).with_http_status(200))
    };
    match (said.code, said.task_id()) {
        (1 | 21 | 22, Some(id)) if crate::handle::is_identifier(&id) => Ok(id),
        (1 | 21 | 22, _) => unreadable("the proxy took the order and names no task"),
        (code, _) => match verdict(code) {
            Some(verdict) => {
                let message = format!("{doing}: the proxy says {:?}", redactor.clean(&words(said)));
                Err(verdict.into_error(StatusCode::OK, message))
            }
            None => unreadable("the proxy answers with a code that is not known"),
        },
    }
}

/// Makes the error of a task that has failed: definite, and without a picture, unless only the proxy has given it up.
pub(crate) fn failed_task(reason: &str, handle: JobHandle, doing: &str) -> ProviderError {
    let lower = reason.to_lowercase();
    let message = format!("{doing}: {reason}");
    if GIVEN_UP.iter().any(|words| lower.contains(words)) {
        return ProviderError::new(ProviderErrorKind::Timeout, message).uncertain(Phase::Running, Some(handle));
    }
    let kind = REASONS.iter().find(|(title, _)| lower.contains(title)).map(|(_, kind)| *kind);
    let error = ProviderError::new(kind.unwrap_or(ProviderErrorKind::Unavailable), message);
    match error.kind {
        ProviderErrorKind::RateLimited => error.again(None),
        _ => error,
    }
}

fn verdict(code: i64) -> Option<Verdict> {
    let (_, kind, _) = CODES.iter().find(|(known, ..)| *known == code)?;
    let retry = match kind {
        ProviderErrorKind::RateLimited => RetryClass::Again { after: None },
        _ => RetryClass::Elsewhere,
    };
    Some(Verdict { kind: *kind, retry })
}

/// The proxies speak Chinese, so the code's meaning comes first.
fn words(said: &SubmitResult) -> String {
    let meaning = CODES.iter().find(|(known, ..)| *known == said.code).map(|(.., meaning)| *meaning);
    let told = [meaning, said.description.as_deref(), said.banned_word()];
    let told: Vec<&str> = told.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    format!("code {}: {}", said.code, told.join("; "))
}

fn document(response: &HttpResponse) -> Option<SubmitResult> {
    if !is_json(&response.headers) {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

fn advice(status: StatusCode) -> Option<&'static str> {
    match status.as_u16() {
        404 => Some("check `base_url`, which usually ends in `/mj`, and `dialect`"),
        _ => None,
    }
}
