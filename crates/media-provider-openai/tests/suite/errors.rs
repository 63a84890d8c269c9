//! Refusals beyond those that the conformance suite puts every adapter through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_openai::error::read_refusal;

use crate::vendor;

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

#[test]
fn the_code_overrules_the_status_where_the_vendor_means_something_else() {
    let cases = [
        (400, "invalid_request_error", Some("model_not_found"), "not_found", "elsewhere"),
        (400, "invalid_request_error", Some("billing_hard_limit_reached"), "quota_exhausted", "elsewhere"),
        (400, "invalid_request_error", Some("invalid_size"), "invalid_request", "elsewhere"),
        (400, "image_generation_user_error", None, "invalid_request", "elsewhere"),
        (403, "invalid_request_error", Some("unsupported_country_region_territory"), "permission_denied", "elsewhere"),
        (429, "insufficient_quota", None, "quota_exhausted", "elsewhere"),
        (429, "tokens", Some("rate_limit_exceeded"), "rate_limited", "again"),
        (500, "server_error", Some("server_is_overloaded"), "unavailable", "again"),
        (500, "server_error", Some("moderation_blocked"), "unavailable", "elsewhere"),
        (503, "server_error", Some("server_is_overloaded"), "unavailable", "again"),
        (504, "server_error", None, "timeout", "uncertain"),
    ];
    for (status, kind, code, expected_kind, class) in cases {
        let body = vendor::error(kind, code, "no").to_string();
        let error = refuse(status, "application/json", &body, None);
        let got = (error.kind.as_str(), error.retry.as_str());
        assert_eq!(got, (expected_kind, class), "{status} {kind} {code:?}");
        assert_eq!(error.http_status, Some(status));
    }
}

#[test]
fn bodies_of_any_shape_are_read_or_passed_over() {
    let cases = [
        (500, "application/json", r#"{"error": "out of memory"}"#, "elsewhere"),
        (500, "application/json", r#"{"error": {"message": "x", "code": 13}}"#, "elsewhere"),
        (500, "application/json", r#"{"error": {}}"#, "elsewhere"),
        (500, "application/json", r#"{"detail": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"message": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"object": "error", "message": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"error": 7, "message": "x"}"#, "uncertain"),
        (500, "application/json", r#"{"error": "#, "uncertain"),
        (500, "text/html", r#"{"error": "x"}"#, "uncertain"),
        (500, "application/json", "", "uncertain"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body, None).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn other_servers_words_are_told() {
    let cases = [
        (r#"{"detail": "the prompt is too long"}"#, "the prompt is too long", "invalid_request"),
        (
            r#"{"detail": [{"loc": ["body", "n"], "msg": "too many"}, {"msg": "no size"}]}"#,
            "too many; no size",
            "invalid_request",
        ),
        (r#"{"detail": {"reason": "too long"}}"#, "too long", "invalid_request"),
        (r#"{"message": "the prompt is too long", "detail": 7}"#, "the prompt is too long", "invalid_request"),
        (
            r#"{"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}"#,
            "too long",
            "invalid_request",
        ),
        (r#"{"object": "error", "message": "no", "code": "moderation_blocked"}"#, "no", "content_rejected"),
        (r#"{"error": {"message": ["no"], "code": "moderation_blocked"}}"#, "gives no reason", "content_rejected"),
        (r#"{"object": "list"}"#, "gives no reason", "invalid_request"),
        (r#"{"detail": null}"#, "gives no reason", "invalid_request"),
    ];
    for (body, words, kind) in cases {
        let error = refuse(400, "application/json", body, None);
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, "elsewhere"), "{body}");
        assert!(error.message.contains(words), "{error}");
    }
}

#[test]
fn delays_come_in_seconds_milliseconds_and_dates() {
    let headers = [
        ("retry-after", "20", 20_000),
        ("retry-after-ms", "350", 350),
        ("retry-after", "Fri, 20 Nov 2026 12:00:05 GMT", 5_000),
    ];
    let body = vendor::error("requests", Some("rate_limit_exceeded"), "slow").to_string();
    for (name, value, milliseconds) in headers {
        let error = refuse(429, "application/json", &body, Some((name, value)));
        let after = Some(Duration::from_millis(milliseconds));
        assert_eq!(error.retry, media_domain::RetryClass::Again { after }, "{name}: {value}");
    }
}

#[test]
fn the_key_is_struck_out_and_the_request_id_kept() {
    let message = format!("Incorrect API key provided: {}", vendor::KEY);
    let body = vendor::error("invalid_request_error", Some("invalid_api_key"), &message).to_string();
    let text = refuse(401, "application/json", &body, Some(("x-request-id", "req_42"))).to_string();
    assert!(!text.contains(vendor::KEY), "{text}");
    assert!(text.contains("req_42"), "{text}");
}
