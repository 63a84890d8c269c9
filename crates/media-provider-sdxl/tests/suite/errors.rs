//! Refusals beyond those that the conformance suites put every form through.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use media_http::{HttpResponse, Purpose, ReadRefusal, Redactor};
use media_ports::ProviderError;
use media_provider_sdxl::error::{read_automatic1111, read_flat, read_v1, read_v2beta};
use serde_json::{Value, json};

use crate::vendor::{self, v1_error, v2beta_error, web_ui_error};

fn refuse(
    read: ReadRefusal,
    status: u16,
    content_type: &str,
    body: &str,
    header: Option<(&'static str, &str)>,
) -> ProviderError {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
    if let Some((name, value)) = header {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let status = StatusCode::from_u16(status).unwrap();
    let response = HttpResponse { status, headers, body: body.to_owned().into() };
    let redactor = Redactor::new([vendor::KEY.to_owned().into()]);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
    read(&response, now).into_error(&response, "order images", &Purpose::Order, &redactor, now)
}

fn refuse_json(read: ReadRefusal, status: u16, body: &Value) -> ProviderError {
    refuse(read, status, "application/json", &body.to_string(), None)
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
        (503, v1_error("unavailable", "no"), "unavailable", "again"),
        (504, v1_error("timeout", "no"), "timeout", "uncertain"),
    ];
    for (status, body, kind, class) in cases {
        for read in [read_v1, read_v2beta] {
            let error = refuse_json(read, status, &body);
            assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{status} {body}");
            assert_eq!(error.http_status, Some(status));
        }
    }
}

#[test]
fn a_server_of_ones_own_refuses_with_any_document() {
    let cases = [
        (500, "application/json", r#"{"detail": "CUDA out of memory"}"#, "elsewhere"),
        (500, "application/json", r#"{"error": {"message": "x"}}"#, "elsewhere"),
        (500, "application/json", r#"{"error": "OutOfMemoryError", "detail": "", "id": 7}"#, "elsewhere"),
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
        for read in [read_automatic1111, read_flat] {
            assert_eq!(refuse(read, status, content_type, body, None).retry.as_str(), class, "{status} {body}");
        }
    }
}

#[test]
fn at_the_vendor_only_its_own_documents_say_what_became_of_an_order() {
    let cases = [
        (json!({"message": "Internal server error"}), "uncertain"),
        (json!({"message": "failure to get a peer", "request_id": "7"}), "uncertain"),
        (json!({"error": "Internal Server Error", "status": 500}), "uncertain"),
        (json!({"detail": "Internal Server Error"}), "uncertain"),
        (json!({"errors": ["x"]}), "uncertain"),
        (json!({"name": "x"}), "uncertain"),
        (json!({"name": 7, "message": "x"}), "uncertain"),
        (json!({"name": "internal_error", "errors": ["x"]}), "elsewhere"),
        (json!({"id": "7", "message": "x"}), "elsewhere"),
        (json!({"id": "7", "name": "server_error"}), "elsewhere"),
        (v1_error("server_error", "x"), "elsewhere"),
        (v2beta_error("internal_error", "x"), "elsewhere"),
    ];
    for (body, class) in cases {
        for read in [read_v1, read_v2beta] {
            assert_eq!(refuse_json(read, 500, &body).retry.as_str(), class, "{body}");
        }
    }
    let said = refuse_json(read_v1, 500, &json!({"message": "Internal server error"})).to_string();
    assert!(said.contains("Internal server error"), "a gateway is quoted all the same: {said}");
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
        for read in [read_v1, read_v2beta, read_automatic1111, read_flat] {
            let text = refuse_json(read, 401, &document).to_string();
            assert!(text.contains("no luck with [redacted]") && !text.contains(vendor::KEY), "{text}");
        }
    }
}

#[test]
fn hints_say_what_to_do_with_this_form() {
    let no_path = json!({"detail": "Not Found"}).to_string();
    let no_engine = v1_error("not_found", "no such engine").to_string();
    let no_model = web_ui_error("HTTPException", "model not found").to_string();
    let nothing = "{}";
    let cases: [(ReadRefusal, u16, &str, &str); 14] = [
        (read_v1, 402, nothing, "buy credits"),
        (read_v1, 404, &no_engine, "api = \"v2beta\""),
        (read_v1, 404, nothing, "check `base_url`"),
        (read_v1, 413, nothing, "10 MiB"),
        (read_v2beta, 404, &no_engine, "`model` chooses another"),
        (read_v2beta, 404, nothing, "check `base_url`"),
        (read_v2beta, 413, nothing, "10 MiB"),
        (read_automatic1111, 401, nothing, "--api-auth"),
        (read_automatic1111, 404, &no_path, "--api"),
        (read_automatic1111, 404, &no_model, "check `model`"),
        (read_automatic1111, 413, nothing, "a proxy"),
        (read_flat, 401, nothing, "bearer token"),
        (read_flat, 404, &no_path, "`path`"),
        (read_flat, 413, nothing, "of this size"),
    ];
    for (read, status, body, hint) in cases {
        let text = refuse(read, status, "application/json", body, None).to_string();
        assert!(text.contains(hint), "{status}: {text}");
    }
    let named = refuse(read_v1, 500, "application/json", &no_engine, Some(("x-request-id", "req-42"))).to_string();
    assert!(named.contains("req-42"), "{named}");
}

#[test]
fn no_form_is_given_the_hints_of_another() {
    let foreign: [(ReadRefusal, &[&str]); 4] = [
        (read_v1, &["A1111", "--api"]),
        (read_v2beta, &["A1111", "--api", "api ="]),
        (read_automatic1111, &["SDXL_API_KEY", "v2beta", "MiB", "credits"]),
        (read_flat, &["A1111", "--api", "v2beta", "MiB", "credits"]),
    ];
    let bodies = ["{}".to_owned(), json!({"detail": "Not Found"}).to_string(), v1_error("not_found", "x").to_string()];
    for (read, words) in foreign {
        for (status, body) in
            [401, 402, 404, 413].into_iter().flat_map(|status| bodies.iter().map(move |b| (status, b)))
        {
            let basic = Some(("www-authenticate", "Basic realm=\"ui\""));
            let text = refuse(read, status, "application/json", body, basic).to_string();
            assert!(words.iter().all(|word| !text.contains(word)), "{status}: {text}");
        }
    }
}
