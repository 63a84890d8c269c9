//! Refusals and failed jobs beyond those that the conformance suite puts every adapter through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use media_domain::ProviderErrorKind;
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_canva::error::refusal;
use serde_json::{Value, json};

use crate::{call, request, vendor, whole};

fn refuse(status: u16, content_type: &str, body: &str) -> ProviderError {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())]);
    let response =
        HttpResponse { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    refusal(&response, now).into_error(&response, "fill in a template", &Purpose::Submit, &redactor, now)
}

#[test]
fn the_code_overrules_the_status_where_the_vendor_means_something_else() {
    let cases = [
        (400, "invalid_request", "invalid_request", "elsewhere"),
        (400, "bad_request_body", "invalid_request", "elsewhere"),
        (400, "input_unsafe", "content_rejected", "elsewhere"),
        (400, "max_limit_reached", "quota_exhausted", "elsewhere"),
        (401, "invalid_access_token", "unauthenticated", "elsewhere"),
        (401, "revoked_access_token", "unauthenticated", "elsewhere"),
        (400, "revoked_access_token", "unauthenticated", "elsewhere"),
        (402, "quota_exceeded", "quota_exhausted", "elsewhere"),
        (403, "missing_scope", "permission_denied", "elsewhere"),
        (400, "license_required", "permission_denied", "elsewhere"),
        (400, "invalid_grant", "unauthenticated", "elsewhere"),
        (400, "unauthorized_client", "permission_denied", "elsewhere"),
        (403, "user_role_required", "permission_denied", "elsewhere"),
        (400, "design_not_found", "not_found", "elsewhere"),
        (404, "asset_not_found", "not_found", "elsewhere"),
        (410, "endpoint_gone", "not_found", "elsewhere"),
        (429, "quota_exceeded", "quota_exhausted", "elsewhere"),
        (429, "ai_credit_quota_exceeded", "quota_exhausted", "elsewhere"),
        (429, "too_many_requests", "rate_limited", "again"),
        (500, "internal_error", "unavailable", "elsewhere"),
        (500, "quota_exceeded", "unavailable", "elsewhere"),
        (503, "internal_error", "unavailable", "again"),
        (504, "internal_error", "timeout", "uncertain"),
    ];
    for (status, code, kind, class) in cases {
        let error = refuse(status, "application/json", &vendor::error(code, "no").to_string());
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{status} {code}");
        assert_eq!(error.http_status, Some(status));
        assert!(error.message.contains(code), "the code is told: {error}");
    }
}

#[test]
fn bodies_of_any_shape_are_read_or_passed_over() {
    let cases = [
        (500, "application/json", r#"{"error": "server_error", "error_description": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"code": "internal_error"}"#, "elsewhere"),
        (500, "application/json", r#"{"code": 13}"#, "uncertain"),
        (500, "application/json", r#"{"message": "x"}"#, "uncertain"),
        (500, "application/json", "[", "uncertain"),
        (500, "text/html", r#"{"code": "internal_error", "message": "x"}"#, "uncertain"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn people_are_told_what_to_do() {
    let cases = [
        (401, "invalid_access_token", "media-app auth canva"),
        (403, "missing_scope", "media-app auth canva"),
        (400, "invalid_grant", "media-app auth canva"),
        (401, "invalid_client", "CANVA_CLIENT_SECRET"),
        (404, "not_found", "brand_template_id"),
    ];
    for (status, code, told) in cases {
        let message = format!("{} is wrong", vendor::KEY);
        let text = refuse(status, "application/json", &vendor::error(code, &message).to_string()).to_string();
        assert!(text.contains(told) && !text.contains(vendor::KEY), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_cannot_be_filled_in_says_why() {
    use ProviderErrorKind as Kind;
    let cases = [
        ("trial_quota_exceeded", Kind::QuotaExhausted),
        ("autofill_error", Kind::Unavailable),
        ("input_unsafe", Kind::ContentRejected),
        ("", Kind::Unavailable),
    ];
    for (code, kind) in cases {
        let failed = vendor::failed(vendor::AUTOFILL, code, &format!("not with {}", vendor::KEY));
        let mut exchanges: Vec<_> = whole(1).into_iter().take(2).collect();
        exchanges.push(vendor::autofill().answers_json(200, &failed));
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (kind, "elsewhere"), "{code}");
        assert!(error.message.contains(code) && !error.message.contains(vendor::KEY), "{error}");
    }
    let silent = json!({ "job": { "id": vendor::AUTOFILL, "status": "failed" } });
    let mut exchanges: Vec<_> = whole(1).into_iter().take(2).collect();
    exchanges.push(vendor::autofill().answers_json(200, &silent));
    assert_eq!(call(Value::Null, &request(), exchanges).await.0.unwrap_err().kind, Kind::Unavailable);
}
