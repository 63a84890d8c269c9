//! The refusals of all four forms, as errors of ours.

use std::time::SystemTime;

use media_domain::ProviderErrorKind;
use media_http::{HttpResponse, VendorRefusal, is_json};

use crate::wire::ErrorDocument;

/// Names of a refusal for content. `content_moderation` comes with 403, `public_figure` with 422 (v2beta document, saved
/// 2026-09-22), `invalid_prompts` with 400 (v1 reference, read 2026-11-20).
const CONTENT_NAMES: &[&str] = &["content_moderation", "public_figure", "invalid_prompts"];

/// Parts of names that say the money is gone. The vendor documents none; clients report `insufficient_balance` and
/// 402 (both unconfirmed, read 2026-11-20).
const MONEY_WORDS: &[&str] = &["balance", "credit", "payment"];

/// Reads an answer without success of v1: the status first, the vendor's name for the error over it.
pub fn read_v1(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    read(response, ErrorDocument::is_of_stability, |status, document| match status {
        404 if document.is_some_and(ErrorDocument::is_of_stability) => {
            Some("check `model`; the vendor may have withdrawn it, and `api = \"v2beta\"` has its successors")
        }
        _ => hosted_hint(status),
    })
}

/// Reads an answer without success of v2beta, as [`read_v1`] does.
pub fn read_v2beta(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    read(response, ErrorDocument::is_of_stability, |status, document| match status {
        404 if document.is_some_and(ErrorDocument::is_of_stability) => {
            Some("the vendor may have withdrawn the service; `model` chooses another")
        }
        _ => hosted_hint(status),
    })
}

/// Reads an answer without success of a web UI.
pub fn read_automatic1111(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    read(
        response,
        |_| true,
        |status, document| match status {
            401 => Some("user and password must be those of the server's --api-auth"),
            404 if document.is_none_or(ErrorDocument::is_no_such_path) => {
                Some("the server has no such path: check `base_url`; a web UI must be started with --api")
            }
            404 => Some("check `model` against the server's list"),
            413 => Some("a proxy before the server takes no request of this size"),
            _ => None,
        },
    )
}

/// Reads an answer without success of a flat endpoint.
pub fn read_flat(response: &HttpResponse, _now: SystemTime) -> VendorRefusal {
    read(
        response,
        |_| true,
        |status, document| match status {
            401 => Some("the key is sent as a bearer token; STABILITY_API_KEY is not sent here"),
            404 if document.is_none_or(ErrorDocument::is_no_such_path) => {
                Some("the server has no such path: check `base_url` and `path`")
            }
            413 => Some("the server, or a proxy before it, takes no request of this size"),
            _ => None,
        },
    )
}

fn hosted_hint(status: u16) -> Option<&'static str> {
    match status {
        402 => Some("buy credits, or take the provider out of the list"),
        404 => Some("the server has no such path: check `base_url`"),
        413 => Some("the vendor takes at most 10 MiB"),
        _ => None,
    }
}

/// `is_own` tells the service's own documents from those of a gateway, which knows nothing of what became of an order.
fn read(
    response: &HttpResponse,
    is_own: fn(&ErrorDocument) -> bool,
    hint: fn(u16, Option<&ErrorDocument>) -> Option<&'static str>,
) -> VendorRefusal {
    let document = is_json(&response.headers).then(|| ErrorDocument::read(&response.body)).flatten();
    let hint = hint(response.status.as_u16(), document.as_ref());
    let Some(document) = document else { return VendorRefusal::silent().with_hint(hint) };
    let said = VendorRefusal { is_document: is_own(&document), ..VendorRefusal::said(document.text()) };
    let refusal = said.with_hint(hint).with_request_id(response, "x-request-id");
    let client_error = response.status.is_client_error();
    if client_error && CONTENT_NAMES.contains(&document.name()) {
        refusal.because(ProviderErrorKind::ContentRejected)
    } else if client_error && MONEY_WORDS.iter().any(|word| document.name().contains(word)) {
        refusal.because(ProviderErrorKind::QuotaExhausted)
    } else {
        refusal
    }
}
