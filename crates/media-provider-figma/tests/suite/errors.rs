//! Refusals beyond those that the conformance suite puts every adapter through.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::{ExportDestination, ProviderError};
use media_provider_figma::error::read_refusal;
use media_testkit::exporter_suite::export_request;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::Value;

use crate::{call, context, request, vendor};

fn refuse(status: u16, content_type: &str, body: &str) -> ProviderError {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())]);
    let response =
        HttpResponse { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    read_refusal(&response, now).into_error(&response, "leave a comment", &Purpose::Submit, &redactor, now)
}

#[test]
fn both_forms_of_refusal_are_read_and_a_403_is_about_token_scopes_or_file() {
    let cases = [
        (400, "Invalid node ids", "invalid_request", "elsewhere"),
        (401, "Token is missing", "unauthenticated", "elsewhere"),
        (403, "Invalid token", "unauthenticated", "elsewhere"),
        (403, "Token expired", "unauthenticated", "elsewhere"),
        (403, "Invalid scope(s): file_content:read", "permission_denied", "elsewhere"),
        (403, "File not exportable", "not_found", "elsewhere"),
        (403, "Forbidden", "not_found", "elsewhere"),
        (403, "This file holds no Invalid token", "not_found", "elsewhere"),
        (404, "Not found", "not_found", "elsewhere"),
        (429, "Rate limit exceeded", "rate_limited", "again"),
        (500, "Invalid token", "unavailable", "elsewhere"),
        (503, "Unavailable", "unavailable", "again"),
        (504, "Timed out", "timeout", "uncertain"),
    ];
    for (status, said, kind, class) in cases {
        for body in [vendor::err(status, said), vendor::error(status, said)] {
            let error = refuse(status, "application/json; charset=utf-8", &body.to_string());
            assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{body}");
            assert!(error.http_status == Some(status) && error.message.contains(said), "{error}");
        }
    }
}

#[test]
fn bodies_of_any_shape_are_read_or_passed_over() {
    let cases = [
        (500, "application/json", r#"{"status": 500, "err": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"status": 500}"#, "uncertain"),
        (500, "application/json", r#"{"err": 7}"#, "uncertain"),
        (500, "application/json", "[", "uncertain"),
        (500, "text/html", r#"{"status": 500, "err": "x"}"#, "uncertain"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body).retry.as_str(), class, "{status} {body}");
    }
    assert_eq!(refuse(403, "text/html", "Invalid token").kind, ProviderErrorKind::PermissionDenied);
}

#[test]
fn people_are_told_what_to_do() {
    let cases = [
        (401, "missing", "token_kind"),
        (403, "Invalid token", "expire"),
        (403, "Invalid scope(s)", "scopes"),
        (403, "File not exportable", "may do with the file"),
        (404, "Not found", "file's key"),
        (429, "Rate limit exceeded", "plan where the file lives"),
    ];
    for (status, said, told) in cases {
        let body = vendor::err(status, &format!("{said} {}", vendor::KEY)).to_string();
        let text = refuse(status, "application/json", &body).to_string();
        assert!(text.contains(told) && !text.contains(vendor::KEY), "{text}");
    }
}

/// A limit that ends 4 days and 5 minutes after noon on 20 November 2026.
fn limited(exchange: Exchange) -> Exchange {
    exchange
        .answers_json(429, &vendor::err(429, "Rate limit exceeded"))
        .with_header("retry-after", "345900")
        .with_header("x-figma-plan-tier", "starter")
        .with_header("x-figma-rate-limit-type", "low")
}

/// The same limit from something on the way that writes no document.
fn limited_without_document(exchange: Exchange) -> Exchange {
    exchange
        .answers(429, "text/html", "<h1>slow down</h1>")
        .with_header("retry-after", "345900")
        .with_header("x-figma-plan-tier", "starter")
        .with_header("x-figma-rate-limit-type", "low")
}

fn assert_blocked(text: &str) {
    for told in ["blocked until 2026-11-24 12:05:00 UTC", "plan starter, limit low"] {
        assert!(text.contains(told), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_days_is_told_with_its_end_and_not_waited_for() {
    let started = tokio::time::Instant::now();
    let after = RetryClass::Again { after: Some(Duration::from_secs(345_900)) };
    let before = || vec![vendor::at_version("5"), vendor::measured(&vendor::bounds())];
    let scripts = [
        vec![limited(vendor::meta())],
        vec![limited_without_document(vendor::meta())],
        vec![vendor::at_version("5"), limited(vendor::nodes())],
        before().into_iter().chain([limited(vendor::images())]).collect(),
    ];
    for script in scripts {
        let error = call(Value::Null, &request(), script).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::RateLimited, &after));
        assert_blocked(&error.message);
    }
    let transport = Arc::new(ScriptedTransport::new([vendor::at_version("5"), limited(vendor::dev_resources())]));
    let exporter = vendor::provider(Arc::clone(&transport) as _, Value::Null).exporter.unwrap();
    let destination = ExportDestination::Figma { file_key: vendor::FILE.to_owned(), page_id: Some("1:2".to_owned()) };
    let error = exporter.export_design(&context(), &export_request(destination)).await.unwrap_err();
    assert_eq!(error.retry, after);
    assert_blocked(&error.message);
    assert_eq!(started.elapsed(), Duration::ZERO);
}
