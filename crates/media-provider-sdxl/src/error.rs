//! The refusals of all four forms, as errors of ours.

use std::time::SystemTime;

use http::header::WWW_AUTHENTICATE;
use media_domain::ProviderErrorKind;
use media_http::{HttpResponse, VendorRefusal, is_json};

use crate::wire::ErrorDocument;

/// Names of a refusal for content. `content_moderation` comes with 403, `public_figure` with 422 (v2beta document, saved
/// 2026-09-22), `invalid_prompts` with 400 (v1 reference, read 2026-11-20).
const CONTENT_NAMES: &[&str] = &["content_moderation", "public_figure", "invalid_prompts"];

/// Parts of names that say the money is gone. The vendor documents none; clients report `insufficient_balance` and
/// 402 (both unconfirmed, read 2026-11-20).
const MONEY_WORDS: &[&str] = &["balance", "credit", "payment"];

/// Reads an answer without success: the status first, the vendor's name for the error over it.
pub fn read_refusal(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    let Some(document) = error_document(response) else {
        return VendorRefusal::silent().with_hint(hint(response, None));
    };
    let refusal = VendorRefusal::said(document.text())
        .with_hint(hint(response, Some(&document)))
        .with_request_id(response, "x-request-id");
    let name = document.name();
    let client_error = response.status.is_client_error();
    if client_error && CONTENT_NAMES.contains(&name) {
        refusal.because(ProviderErrorKind::ContentRejected)
    } else if client_error && MONEY_WORDS.iter().any(|word| name.contains(word)) {
        refusal.because(ProviderErrorKind::QuotaExhausted)
    } else {
        refusal
    }
}

fn error_document(response: &HttpResponse) -> Option<ErrorDocument> {
    is_json(&response.headers).then(|| ErrorDocument::read(&response.body)).flatten()
}

fn hint(response: &HttpResponse, document: Option<&ErrorDocument>) -> Option<&'static str> {
    let asks_for_basic =
        response.headers.get(WWW_AUTHENTICATE).is_some_and(|value| value.as_bytes().starts_with(b"Basic"));
    match response.status.as_u16() {
        401 if asks_for_basic => Some("check A1111_USER and A1111_PASSWORD against the server's --api-auth"),
        401 => Some("check SDXL_API_KEY or STABILITY_API_KEY"),
        402 => Some("buy credits, or take the provider out of the list"),
        404 if document.is_none_or(ErrorDocument::is_no_such_path) => {
            Some("the server has no such path: check `base_url`; a web UI must be started with --api")
        }
        404 => Some("check `model`; the vendor may have withdrawn it, and `api = \"v2beta\"` has its successors"),
        413 => Some("the vendor takes at most 10 MiB"),
        _ => None,
    }
}
