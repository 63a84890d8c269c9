//! Refusals, beyond those that the conformance suites put the adapter through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{HttpResponse, Purpose, Redactor};
use media_ports::ProviderError;
use media_provider_replicate::error::read_refusal;
use serde_json::{Value, json};

use crate::vendor::error;
use crate::{call, request, vendor};

fn refuse(status: u16, content_type: &str, body: &str) -> ProviderError {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())]);
    let status = StatusCode::from_u16(status).unwrap();
    let response = HttpResponse { status, headers, body: body.to_owned().into() };
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    read_refusal(&response, now).into_error(&response, "order images", &Purpose::Submit, &redactor, now)
}

#[test]
fn the_status_speaks_first_and_the_vendor_over_it() {
    let cases = [
        (400, error(400, "Bad request", "no"), "invalid_request", "elsewhere"),
        (401, error(401, "Unauthenticated", "no"), "unauthenticated", "elsewhere"),
        (402, error(402, "Insufficient credit", "no"), "quota_exhausted", "elsewhere"),
        (403, error(403, "Forbidden", "no"), "permission_denied", "elsewhere"),
        (404, error(404, "Not found", "no"), "not_found", "elsewhere"),
        (413, json!({"detail": "Files must be less than 100MB in size"}), "invalid_request", "elsewhere"),
        (422, error(422, "Input validation failed", "- version is required"), "invalid_request", "elsewhere"),
        (422, error(422, "Invalid version or not permitted", "no"), "not_found", "elsewhere"),
        (422, json!({"detail": "The specified version does not exist"}), "not_found", "elsewhere"),
        (429, error(429, "Too many requests", "no"), "rate_limited", "again"),
        (500, error(500, "Internal server error", "no"), "unavailable", "elsewhere"),
        (502, error(502, "Bad gateway", "no"), "unavailable", "uncertain"),
        (503, error(503, "Unavailable", "no"), "unavailable", "again"),
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
        (500, "application/json", r#"{"detail": "x"}"#, "elsewhere"),
        (500, "application/problem+json", r#"{"title": "x"}"#, "elsewhere"),
        (500, "application/json", r#"{"detail": [{"msg": "x"}]}"#, "elsewhere"),
        (500, "application/json", r#"{"detail": null}"#, "uncertain"),
        (500, "application/json", r#"{"status": 500}"#, "uncertain"),
        (500, "application/json", r#"{"detail": "#, "uncertain"),
        (500, "application/json", r#"["detail"]"#, "uncertain"),
        (500, "text/html", r#"{"detail": "x"}"#, "uncertain"),
        (429, "application/json", r#"{"detail": "x", "retry_after": -3}"#, "again"),
    ];
    for (status, content_type, body, class) in cases {
        assert_eq!(refuse(status, content_type, body).retry.as_str(), class, "{status} {body}");
    }
}

#[test]
fn the_delay_is_taken_from_the_most_exact_place() {
    let delay = |body: &Value| refuse(429, "application/json", &body.to_string()).retry;
    let again = |seconds| RetryClass::Again { after: Some(Duration::from_secs(seconds)) };
    assert_eq!(delay(&json!({"detail": "Your rate limit resets in ~30s.", "retry_after": 27})), again(27));
    assert_eq!(delay(&json!({"detail": "Your rate limit resets in ~30s."})), again(30));
    assert_eq!(delay(&json!({"detail": "Request was throttled."})), RetryClass::Again { after: None });
}

#[test]
fn every_refusal_says_what_to_do_and_tells_no_secret() {
    let said = format!("no luck with {}", vendor::KEY);
    let hints = [(402, "billing"), (404, "version"), (413, "100 MB"), (422, "inputs")];
    for (status, hint) in hints {
        let text = refuse(status, "application/json", &error(status, "x", &said).to_string()).to_string();
        assert!(text.contains(hint) && text.contains("no luck with [redacted]"), "{text}");
        let silent = refuse(status, "text/html", "").to_string();
        assert!(silent.contains(hint), "{silent}");
    }
}

#[tokio::test]
async fn a_failed_prediction_is_told_in_the_vendors_own_words() {
    let cases = [
        ("CUDA out of memory", ProviderErrorKind::Unavailable),
        ("Error: NSFW content detected in image 0", ProviderErrorKind::ContentRejected),
        ("The output violates our Content Policy", ProviderErrorKind::ContentRejected),
    ];
    for (words, kind) in cases {
        let said = format!("{words} with {} at https://x.example/?token=1", vendor::KEY);
        let exchange = vendor::order().answers_json(201, &vendor::failed(&said));
        let error = call(Value::Null, &request(), vec![exchange]).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (kind, &RetryClass::Elsewhere));
        let text = error.to_string();
        assert!(text.contains(words) && text.contains("[redacted]") && !text.contains("token=1"), "{text}");
    }
}

#[tokio::test]
async fn somebody_elses_cancellation_is_no_refusal_of_the_content() {
    let words = json!({"error": "cancelled because of nsfw"});
    for status in ["canceled", "aborted"] {
        let exchange = vendor::order().answers_json(201, &vendor::prediction(status, words.clone()));
        let error = call(Value::Null, &request(), vec![exchange]).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::Unavailable, RetryClass::Elsewhere));
    }
}
