//! Refusals and failed tasks beyond those that the conformance suite puts every adapter through.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, StatusCode};
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_midjourney::error::read_refusal;
use serde_json::{Value, json};

use crate::{call, request, vendor};

fn refuse(status: u16, content_type: &str, body: &str) -> ProviderError {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())]);
    let response =
        HttpResponse { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_owned().into() };
    let redactor = Redactor::new([vendor::SECRET.to_owned().into()]);
    let now = SystemTime::UNIX_EPOCH;
    read_refusal(&response, now).into_error(&response, "order images", &Purpose::Submit, &redactor, now)
}

#[test]
fn the_code_overrules_the_status_of_a_refusal() {
    let cases = [
        (400, 3, "not_found", "elsewhere"),
        (400, 4, "invalid_request", "elsewhere"),
        (400, 9, "unavailable", "elsewhere"),
        (400, 23, "rate_limited", "again"),
        (400, 24, "content_rejected", "elsewhere"),
        (400, 99, "invalid_request", "elsewhere"),
        (404, 3, "not_found", "elsewhere"),
        (401, 9, "unauthenticated", "elsewhere"),
        (403, 24, "unauthenticated", "elsewhere"),
        (500, 24, "unavailable", "elsewhere"),
        (502, 9, "unavailable", "uncertain"),
        (503, 9, "unavailable", "again"),
    ];
    for (status, code, kind, class) in cases {
        let error = refuse(status, "application/json", &vendor::refused(code, "no").to_string());
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{status} {code}");
    }
}

#[test]
fn what_is_not_the_proxys_document_counts_by_its_status() {
    let spring = r#"{"timestamp": 1, "status": 500, "error": "Internal Server Error", "path": "/mj/submit/imagine"}"#;
    let cases = [
        (400, "text/html", "<h1>no</h1>", "elsewhere"),
        (500, "application/json", spring, "uncertain"),
        (500, "text/html", r#"{"code": 9}"#, "uncertain"),
        (307, "text/html", "", "elsewhere"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn people_are_told_what_to_do() {
    for (status, told) in [(401, ""), (403, ""), (404, "base_url")] {
        let text = refuse(status, "application/json", &vendor::refused(9, vendor::SECRET).to_string()).to_string();
        assert!(text.contains(told) && !text.contains(vendor::SECRET), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_banned_word_is_told() {
    let mut said = vendor::refused(24, "可能包含敏感词");
    said["properties"] = json!({ "promptEn": "a lighthouse", "bannedWord": "lighthouse" });
    let exchanges = vec![vendor::imagine().answers_json(200, &said)];
    let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
    assert_eq!((error.kind, error.http_status), (ProviderErrorKind::ContentRejected, Some(200)));
    assert!(error.message.contains("banned word") && error.message.contains("lighthouse"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_code_that_nobody_knows_leaves_the_order_open() {
    for code in [0, 2, 20, 500] {
        let mut said = vendor::refused(code, vendor::SECRET);
        said["result"] = json!("1763640000000123");
        let exchanges = vec![vendor::imagine().answers_json(200, &said)];
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::MalformedResponse, "uncertain"), "{code}");
        assert!(!error.message.contains(vendor::SECRET), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_is_read_by_its_title() {
    use ProviderErrorKind as Kind;
    let cases = [
        ("[Invalid parameter] Unrecognized parameter(s): `--q`", Kind::InvalidRequest, "elsewhere"),
        ("[Invalid link] …", Kind::InvalidRequest, "elsewhere"),
        ("[Queue full] Your job queue is full", Kind::RateLimited, "again"),
        ("Pending mod message", Kind::PermissionDenied, "elsewhere"),
        ("Blocked", Kind::PermissionDenied, "elsewhere"),
        ("Plan Cancelled", Kind::QuotaExhausted, "elsewhere"),
        ("Subscription paused", Kind::QuotaExhausted, "elsewhere"),
        ("this may be against our Community Standards", Kind::ContentRejected, "elsewhere"),
        ("提示词 mj-secret-do-not-tell", Kind::Unavailable, "elsewhere"),
    ];
    for (reason, kind, class) in cases {
        let exchanges = vec![
            vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID)),
            vendor::fetch(vendor::GRID).answers_json(200, &vendor::failed(vendor::GRID, reason)),
        ];
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry.as_str()), (kind, class), "{reason}");
        assert!(!error.message.contains(vendor::SECRET), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_only_the_proxy_has_given_up_may_be_drawn_all_the_same() {
    let uncertain = RetryClass::Uncertain { phase: Phase::Running, handle: Some(vendor::grid_handle(Some(1), 1024)) };
    for reason in ["任务超时", "执行超时 5 分钟", "强制取消", "[Task Timeout]"] {
        let exchanges = vec![
            vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID)),
            vendor::fetch(vendor::GRID).answers_json(200, &vendor::failed(vendor::GRID, reason)),
        ];
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Timeout, &uncertain), "{reason}");
    }
}
