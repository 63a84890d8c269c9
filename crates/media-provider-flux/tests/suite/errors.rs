//! Refusals beyond those that the conformance suite puts every adapter through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_flux::error::read_refusal;
use serde_json::json;

use crate::vendor;

fn refuse(status: u16, content_type: &str, body: &str) -> ProviderError {
    let headers = HeaderMap::from_iter([
        (http::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap()),
        (http::header::RETRY_AFTER, HeaderValue::from_static("9")),
    ]);
    let response =
        HttpResponse { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    read_refusal(&response, now).into_error(&response, "order an image", &Purpose::Submit, &redactor, now)
}

#[test]
fn the_vendors_document_overrules_the_status() {
    let task = |status: &str| vendor::task(status);
    let cases = [
        (400, vendor::detail("bad image"), "invalid_request", "elsewhere"),
        (402, vendor::detail("Insufficient credits"), "quota_exhausted", "elsewhere"),
        (403, vendor::detail("Not authenticated"), "unauthenticated", "elsewhere"),
        (404, vendor::detail("Not Found"), "not_found", "elsewhere"),
        (405, vendor::detail("Method Not Allowed"), "invalid_request", "elsewhere"),
        (422, vendor::field("seed", "Input should be an integer"), "invalid_request", "elsewhere"),
        (429, vendor::detail("Too many active tasks"), "rate_limited", "again"),
        (500, vendor::detail("Internal Server Error"), "unavailable", "elsewhere"),
        (502, vendor::detail("Bad Gateway"), "unavailable", "uncertain"),
        (503, vendor::detail("Busy"), "unavailable", "again"),
        (422, task("Request Moderated"), "content_rejected", "elsewhere"),
        (400, task("Content Moderated"), "content_rejected", "elsewhere"),
        (422, task("Error"), "unavailable", "elsewhere"),
        (500, task("Error"), "unavailable", "elsewhere"),
        (503, task("Error"), "unavailable", "elsewhere"),
        // A task of which nothing else is known may cost money.
        (404, task("Task not found"), "not_found", "uncertain"),
        (422, task("Pending"), "unavailable", "uncertain"),
        (503, task("Pending"), "unavailable", "again"),
        (429, task("Pending"), "rate_limited", "again"),
    ];
    for (status, body, kind, class) in cases {
        let error = refuse(status, "application/json", &body.to_string());
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{status} {body}");
        assert_eq!(error.http_status, Some(status));
    }
}

#[test]
fn bodies_of_any_shape_are_read_or_passed_over() {
    let cases = [
        (500, "application/json", r#"{"detail": {"reason": ["x", 1]}}"#, "elsewhere"),
        (500, "application/json", r#"{"detail": [{"loc": 1}]}"#, "elsewhere"),
        (500, "application/json", r#"{"detail": []}"#, "elsewhere"),
        (500, "application/json", r#"{"status": "error", "detail": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"status": "error"}"#, "uncertain"),
        (500, "application/json", r#"{"error": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"detail": "#, "uncertain"),
        (500, "text/html", r#"{"detail": "x"}"#, "uncertain"),
        (403, "text/html", "", "elsewhere"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn messages_name_the_fields_and_tell_no_secret() {
    let body = json!({"detail": [
        {"loc": ["body", "width"], "msg": "must be a multiple of 16", "type": "value_error"},
        {"loc": ["body", "images", 2], "msg": vendor::KEY, "type": "value_error"},
        {"loc": [], "msg": "two of them", "type": "value_error"}
    ]});
    let text = refuse(422, "application/json", &body.to_string()).to_string();
    assert!(text.contains("width: must be a multiple of 16; images.2: [redacted]; two of them"), "{text}");

    let text = refuse(403, "application/json", &vendor::detail(vendor::KEY).to_string()).to_string();
    assert!(!text.contains(vendor::KEY), "{text}");
}
