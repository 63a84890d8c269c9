//! Refusals beyond those that the conformance suites put every form through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_sdxl::error::read_refusal;
use serde_json::{Value, json};

use crate::vendor::{self, v1_error, v2beta_error, web_ui_error};

fn refuse(status: u16, content_type: &str, body: &str, header: Option<(&'static str, &str)>) -> ProviderError {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
    if let Some((name, value)) = header {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    let response = HttpResponse { status, headers, body: body.to_owned().into() };
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    read_refusal(&response, now).into_error(&response, "order images", &Purpose::Order, &redactor, now)
}

fn refuse_json(status: u16, body: &Value) -> ProviderError {
    refuse(status, "application/json", &body.to_string(), None)
}

#[test]
fn the_name_overrules_the_status_where_the_vendor_means_something_else() {
    let cases = [
        (400, v1_error("invalid_prompts", "no"), "content_rejected", "elsewhere"),
        (400, v1_error("bad_request", "no"), "invalid_request", "elsewhere"),
        (403, v2beta_error("content_moderation", "no"), "content_rejected", "elsewhere"),
        (403, v2beta_error("permission_denied", "no"), "permission_denied", "elsewhere"),
        (422, v2beta_error("public_figure", "no"), "content_rejected", "elsewhere"),
        (422, v2beta_error("invalid_language", "no"), "invalid_request", "elsewhere"),
        (402, v2beta_error("anything", "no"), "quota_exhausted", "elsewhere"),
        (429, v1_error("insufficient_balance", "no"), "quota_exhausted", "elsewhere"),
        (429, v1_error("rate_limit_exceeded", "no"), "rate_limited", "again"),
        (500, v1_error("content_moderation", "no"), "unavailable", "elsewhere"),
        (500, web_ui_error("OutOfMemoryError", ""), "unavailable", "elsewhere"),
        (503, v1_error("unavailable", "no"), "unavailable", "again"),
        (504, v1_error("timeout", "no"), "timeout", "uncertain"),
    ];
    for (status, body, kind, class) in cases {
        let error = refuse_json(status, &body);
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{status} {body}");
        assert_eq!(error.http_status, Some(status));
    }
}

#[test]
fn bodies_of_any_shape_are_read_or_passed_over() {
    let cases = [
        (500, "application/json", r#"{"detail": "CUDA out of memory"}"#, "elsewhere"),
        (500, "application/json", r#"{"error": {"message": "x"}}"#, "elsewhere"),
        (500, "application/json", r#"{"errors": ["x"]}"#, "elsewhere"),
        (500, "application/json", r#"{"message": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"name": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"status": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"error": "#, "uncertain"),
        (500, "application/json", r#"["error"]"#, "uncertain"),
        (500, "text/html", r#"{"error": "x"}"#, "uncertain"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body, None).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn every_document_is_quoted_and_the_key_struck_out() {
    let said = format!("no luck with {}", vendor::KEY);
    let documents = [
        v1_error("unauthorized", &said),
        v2beta_error("unauthorized", &said),
        web_ui_error("HTTPException", &said),
        json!({"error": {"message": said, "code": 13}}),
        json!({"detail": [{"msg": said}]}),
    ];
    for document in documents {
        let text = refuse_json(401, &document).to_string();
        assert!(text.contains("no luck with [redacted]") && !text.contains(vendor::KEY), "{text}");
    }
}

#[test]
fn hints_say_what_to_do() {
    let no_path = json!({"detail": "Not Found"}).to_string();
    let no_engine = v1_error("not_found", "no such engine").to_string();
    let cases = [
        (401, "{}", None, "SDXL_API_KEY"),
        (401, "{}", Some(("www-authenticate", "Basic realm=\"ui\"")), "A1111_USER"),
        (404, no_path.as_str(), None, "--api"),
        (404, "", None, "--api"),
        (404, no_engine.as_str(), None, "v2beta"),
        (413, "{}", None, "10 MiB"),
    ];
    for (status, body, header, hint) in cases {
        let text = refuse(status, "application/json", body, header).to_string();
        assert!(text.contains(hint), "{status}: {text}");
    }
    let named = refuse(500, "application/json", &no_engine, Some(("x-request-id", "req-42"))).to_string();
    assert!(named.contains("req-42"), "{named}");
}
