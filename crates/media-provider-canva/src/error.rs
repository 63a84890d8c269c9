//! The vendor's refusals, as errors of ours.

use std::time::SystemTime;

use http::StatusCode;
use media_domain::ProviderErrorKind;
use media_http::{HttpResponse, Redactor, VendorRefusal, Verdict, is_json};
use media_ports::ProviderError;

use crate::wire::{ErrorDocument, JobError};

/// What the user can do once nothing but consent helps.
pub(crate) const CONSENT: &str = "give consent with `media-app auth canva`, or set another CANVA_API_KEY";

/// Codes that overrule the status. Canva Connect OpenAPI document (2024-06-18), `ErrorCode`, read 2026-11-20.
const CODES: &[(&str, ProviderErrorKind)] = &[
    // The trial of a feature, and limits of the plan, come with the status of a rate limit (429).
    ("quota_exceeded", ProviderErrorKind::QuotaExhausted),
    ("ai_credit_quota_exceeded", ProviderErrorKind::QuotaExhausted),
    ("max_limit_reached", ProviderErrorKind::QuotaExhausted),
    ("input_unsafe", ProviderErrorKind::ContentRejected),
    ("invalid_access_token", ProviderErrorKind::Unauthenticated),
    ("revoked_access_token", ProviderErrorKind::Unauthenticated),
    // RFC 6749 §5.2 gives these the status 400.
    ("invalid_grant", ProviderErrorKind::Unauthenticated),
    ("invalid_client", ProviderErrorKind::Unauthenticated),
    ("unauthorized_client", ProviderErrorKind::PermissionDenied),
    ("missing_scope", ProviderErrorKind::PermissionDenied),
    ("license_required", ProviderErrorKind::PermissionDenied),
    ("feature_not_available", ProviderErrorKind::PermissionDenied),
    ("design_not_found", ProviderErrorKind::NotFound),
    ("asset_not_found", ProviderErrorKind::NotFound),
];

/// Codes of a job that failed, where the answer has the status 200. Same document, `AutofillErrorCode`,
/// `ExportErrorCode`, `AssetUploadErrorCode`. None of them costs money.
const JOB_CODES: &[(&str, ProviderErrorKind)] = &[
    ("autofill_error", ProviderErrorKind::Unavailable),
    ("thumbnail_generation_error", ProviderErrorKind::Unavailable),
    ("create_design_error", ProviderErrorKind::Unavailable),
    ("design_approval_error", ProviderErrorKind::Unavailable),
    ("trial_quota_exceeded", ProviderErrorKind::QuotaExhausted),
    ("license_required", ProviderErrorKind::PermissionDenied),
    ("approval_required", ProviderErrorKind::PermissionDenied),
    ("internal_failure", ProviderErrorKind::Unavailable),
    ("file_too_big", ProviderErrorKind::InvalidRequest),
    ("import_failed", ProviderErrorKind::InvalidRequest),
    ("fetch_failed", ProviderErrorKind::Unavailable),
    // Documented for refusals only; a job that says so means the same.
    ("input_unsafe", ProviderErrorKind::ContentRejected),
];

/// Reads an answer without success: the status first, the vendor's code over it.
pub fn refusal(response: &HttpResponse, now: SystemTime) -> VendorRefusal {
    let Some(document) = error_document(response) else {
        return VendorRefusal::silent().with_hint(hint(response.status)).with_advice(advice(response.status, ""));
    };
    let refusal = VendorRefusal::said(words(document.code(), document.message()))
        .with_hint(hint(response.status))
        .with_advice(advice(response.status, document.code()));
    let by_status = Verdict::of_status(response.status, &response.headers, true, now).kind;
    // A server that is in trouble says nothing of the request, whatever the code.
    let kind = kind_of(CODES, document.code()).filter(|_| response.status.is_client_error());
    match kind.filter(|kind| *kind != by_status) {
        Some(kind) => refusal.because(kind),
        None => refusal,
    }
}

/// Makes the error of a job that the vendor says has failed: definite, and without cost.
pub(crate) fn failed_job(error: &JobError, doing: &str, redactor: &Redactor) -> ProviderError {
    let kind = kind_of(JOB_CODES, &error.code).unwrap_or(ProviderErrorKind::Unavailable);
    ProviderError::new(kind, format!("{doing}: {}", job_reason(error, redactor)))
}

/// Why a job failed, in the vendor's words.
pub(crate) fn job_reason(error: &JobError, redactor: &Redactor) -> String {
    let said = redactor.clean(&words(&error.code, &error.message));
    let reason = if said.is_empty() {
        "the job failed without a reason".to_owned()
    } else {
        format!("the vendor says {said:?}")
    };
    match job_hint(&error.code) {
        Some(hint) => format!("{reason}; {hint}"),
        None => reason,
    }
}

fn words(code: &str, message: &str) -> String {
    match message {
        "" => code.to_owned(),
        message => format!("{code}: {message}"),
    }
}

/// Consent that is missing, spent or withdrawn: nothing but a person helps.
pub(crate) fn consent_needed(doing: &str, reason: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unauthenticated, format!("{doing}: {reason}; {CONSENT}"))
}

/// Whether the vendor refused the access token of a call, and so did nothing of what the call asks for.
pub(crate) fn is_refused_token(error: &ProviderError) -> bool {
    error.kind == ProviderErrorKind::Unauthenticated && error.http_status == Some(401)
}

/// Whether the vendor takes a refresh token no more, after an exchange. RFC 6749 §5.2: of what lacks authentication,
/// `invalid_grant` alone has the status 400, since 401 is for the client.
pub(crate) fn is_spent_grant(error: &ProviderError) -> bool {
    error.kind == ProviderErrorKind::Unauthenticated && error.http_status == Some(400)
}

fn kind_of(codes: &[(&str, ProviderErrorKind)], code: &str) -> Option<ProviderErrorKind> {
    codes.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
}

fn error_document(response: &HttpResponse) -> Option<ErrorDocument> {
    if !is_json(&response.headers) {
        return None;
    }
    serde_json::from_slice(&response.body).ok()
}

fn hint(status: StatusCode) -> Option<&'static str> {
    (status == StatusCode::NOT_FOUND).then_some("check `brand_template_id`, the asset ids and `base_url`")
}

fn advice(status: StatusCode, code: &str) -> Option<&'static str> {
    match (code, status.as_u16()) {
        ("invalid_client" | "unauthorized_client", _) => Some("check CANVA_CLIENT_ID and CANVA_CLIENT_SECRET"),
        ("missing_scope", _) => Some(
            "allow the scope in the integration's settings at Canva, then give consent anew with `media-app auth canva`",
        ),
        ("quota_exceeded", _) => Some("the plan's trial of this feature is used up"),
        ("license_required", _) => Some("the design has premium elements; buy them, or ask for standard quality"),
        ("invalid_grant", _) | (_, 401) => Some(CONSENT),
        _ => None,
    }
}

fn job_hint(code: &str) -> Option<&'static str> {
    match code {
        "trial_quota_exceeded" => Some("the plan's trial of autofill is used up"),
        "license_required" => Some("the design has premium elements; buy them, or ask for standard quality"),
        "approval_required" => Some("the design waits for a reviewer at Canva"),
        "import_failed" => Some("Canva could not read the file"),
        _ => None,
    }
}
