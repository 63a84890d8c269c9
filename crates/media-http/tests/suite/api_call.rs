//! From a request to a checked answer, or to an error of the right kind and class.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use media_domain::{ImageFormat, JobHandle, ProviderErrorKind, RetryClass};
use media_http::{
    ApiCall, ApiClient, BaseUrl, HttpResponse, MultipartForm, Purpose, SendPhase, TransportErrorKind, VendorRefusal,
    Verdict,
};
use media_ports::{CallContext, CredentialSource, ProviderError};
use media_testkit::clock::TestClock;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{AMPLE, context};

/// Reads `{"detail": …}`; the vendor says "nudity" when it refuses the content.
fn read_refusal(response: &HttpResponse, _now: std::time::SystemTime) -> VendorRefusal {
    let Ok(document) = serde_json::from_slice::<Value>(&response.body) else { return VendorRefusal::silent() };
    let refusal = VendorRefusal::said(document["detail"].as_str().unwrap_or_default());
    match document["detail"].as_str() {
        Some("nudity") => refusal.because(ProviderErrorKind::ContentRejected),
        Some("used up") => refusal.because(ProviderErrorKind::QuotaExhausted),
        Some("come back") => {
            refusal.judged(Verdict { kind: ProviderErrorKind::Unavailable, retry: RetryClass::Again { after: None } })
        }
        _ => refusal.with_hint(Some("check ACME_KEY")).with_request_id(response, "x-request-id"),
    }
}

fn client(transport: &Arc<ScriptedTransport>) -> ApiClient {
    let base_url = BaseUrl::parse("https://api.acme.test/v1").unwrap();
    ApiClient::new(Arc::clone(transport) as _, Arc::new(TestClock::new()), base_url, read_refusal)
        .with_bearer(&"verysecret".to_owned().into())
        .unwrap()
        .with_domains(&["acme.test"])
}

fn order<'a>(client: &'a ApiClient, context: &CallContext, purpose: Purpose) -> ApiCall<'a> {
    client.post(client.base_url().at("orders"), context, purpose, "order images")
}

/// One call that fails.
async fn failure(exchange: Exchange, purpose: Purpose) -> ProviderError {
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let outcome = order(&client(&transport), &context(AMPLE), purpose).json(&json!({})).send_json::<Value>().await;
    transport.assert_exhausted();
    let error = outcome.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("verysecret"), "{error:?}");
    error
}

fn post() -> Exchange {
    Exchange::post("/v1/orders")
}

#[tokio::test]
async fn what_is_set_is_sent() {
    let exchanges = [post().answers_json(200, &json!({"id": 7})), post().answers(200, "image/webp", picture())];
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let (client, context) = (client(&transport), context(AMPLE));
    let form = MultipartForm::new().text("prompt", "a lighthouse").file("image", "a.png", "image/png", picture());
    let answer = order(&client, &context, Purpose::Order).multipart(form).send_json::<Value>().await.unwrap();
    assert_eq!(answer.document, json!({"id": 7}));

    let call = order(&client, &context, Purpose::Order).form(&[("a", "b c"), ("d", "&")]).query("q", "1 2");
    let call = call.accept("image/*").header(HeaderName::from_static("x-extra"), HeaderValue::from_static("7"));
    let answer = call.authorization("Basic ", &"other".to_owned().into()).unwrap().send_picture().await.unwrap();
    assert_eq!((answer.format, answer.bytes), (ImageFormat::Webp, picture()));

    let sent = transport.recorded();
    assert_eq!(sent[0].header("authorization"), "Bearer verysecret");
    assert_eq!(sent[0].part("prompt").unwrap().text(), "a lighthouse");
    let file = sent[0].part("image").unwrap();
    assert_eq!((file.file_name.as_deref(), file.content_type.as_deref()), (Some("a.png"), Some("image/png")));
    assert_eq!(file.content, picture());
    assert_eq!(sent[1].form(), [("a".to_owned(), "b c".to_owned()), ("d".to_owned(), "&".to_owned())]);
    assert_eq!((sent[1].header("authorization"), sent[1].header("accept")), ("Basic other", "image/*"));
    assert_eq!((sent[1].header("x-extra"), sent[1].url.query()), ("7", Some("q=1+2")));
}

fn picture() -> Bytes {
    Bytes::from_static(b"RIFF\x08\0\0\0WEBP")
}

#[tokio::test]
async fn every_failure_lands_on_its_kind_and_class() {
    let (order, submit, poll) = (|| Purpose::Order, || Purpose::Submit, || Purpose::Poll(JobHandle::new("7")));
    let lost = |phase| post().fails(phase, TransportErrorKind::Interrupted);
    let ok = SendPhase::Answered(http::StatusCode::OK);
    let too_large = |phase| post().fails(phase, TransportErrorKind::TooLarge);
    let down = SendPhase::Answered(http::StatusCode::SERVICE_UNAVAILABLE);
    let refused = |status, detail: &str| post().answers_json(status, &json!({ "detail": detail }));
    let cases = [
        (post().fails(SendPhase::NotSent, TransportErrorKind::Connect), order(), "unavailable", "again"),
        (lost(SendPhase::Sent), order(), "unavailable", "uncertain"),
        (lost(ok), order(), "malformed_response", "billed"),
        (lost(ok), submit(), "malformed_response", "uncertain"),
        (lost(ok), poll(), "malformed_response", "again"),
        (too_large(ok), order(), "malformed_response", "billed"),
        (too_large(ok), poll(), "malformed_response", "uncertain"),
        (too_large(down), poll(), "unavailable", "again"),
        (lost(SendPhase::Sent), Purpose::Read, "unavailable", "again"),
        (post().answers(200, "text/html", "{}"), order(), "malformed_response", "billed"),
        (post().answers(200, "application/json", "{"), submit(), "malformed_response", "uncertain"),
        (refused(400, "bad size"), order(), "invalid_request", "elsewhere"),
        (refused(401, "bad key verysecret"), order(), "unauthenticated", "elsewhere"),
        (refused(401, "bad key"), poll(), "unauthenticated", "uncertain"),
        (refused(403, "nudity"), order(), "content_rejected", "elsewhere"),
        (refused(422, "nudity"), poll(), "content_rejected", "elsewhere"),
        (refused(500, "out of memory"), order(), "unavailable", "elsewhere"),
        (refused(500, "out of memory"), poll(), "unavailable", "again"),
        (refused(500, "come back"), order(), "unavailable", "again"),
        (refused(429, "used up"), order(), "quota_exhausted", "elsewhere"),
        (refused(429, "used up"), poll(), "quota_exhausted", "uncertain"),
        (refused(500, "come back"), Purpose::Fetch, "unavailable", "billed"),
        (post().answers(500, "text/html", ""), order(), "unavailable", "uncertain"),
        (post().answers(501, "text/html", ""), order(), "unavailable", "elsewhere"),
        (post().answers(404, "text/html", ""), Purpose::Fetch, "not_found", "billed"),
    ];
    for (exchange, purpose, kind, class) in cases {
        let error = failure(exchange.clone(), purpose.clone()).await;
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{exchange:?} {purpose:?}");
    }
}

#[tokio::test]
async fn a_refusal_tells_reason_hint_and_request() {
    let exchange = post().answers_json(400, &json!({"detail": "see https://acme.test/a?token=x"}));
    let error = failure(exchange.with_header("x-request-id", "req_7"), Purpose::Order).await;
    let expected = "order images at https://api.acme.test/v1/orders: the vendor says \"see https://acme.test/a?…\"; \
                    check ACME_KEY (request req_7) (HTTP 400)";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_hint_about_orders_is_told_of_orders_only() {
    let refused = || post().answers_json(404, &json!({"detail": "no such model"}));
    for (purpose, told) in
        [(Purpose::Submit, true), (Purpose::Read, false), (Purpose::Poll(JobHandle::new("7")), false)]
    {
        let error = failure(refused(), purpose.clone()).await;
        assert_eq!(error.message.contains("check ACME_KEY"), told, "{purpose:?}: {error}");
    }
}

#[tokio::test]
async fn a_refused_credential_is_told_by_where_it_comes_from() {
    let source = CredentialSource::File("acme.key".to_owned());
    for (status, told) in [(401, true), (403, false)] {
        let transport = Arc::new(ScriptedTransport::new([post().answers_json(status, &json!({"detail": "no"}))]));
        let client = client(&transport).with_credential_source(Some(&source));
        let outcome = order(&client, &context(AMPLE), Purpose::Read).send_json::<Value>().await;
        assert_eq!(outcome.unwrap_err().message.ends_with("; check the file acme.key"), told, "{status}");
    }
}

#[tokio::test]
async fn what_was_read_for_nothing_is_not_kept() {
    for (purpose, kept) in [(Purpose::Order, true), (Purpose::Submit, true), (Purpose::Read, false)] {
        let error = failure(post().answers(200, "application/json", "{\"secret\""), purpose.clone()).await;
        assert_eq!(error.salvaged.is_some(), kept, "{purpose:?}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_kept_aside() {
    let pages = [("text/html", "<h1>"), ("application/json", "{}"), ("image/png", "no picture"), ("image/png", "")];
    for (content_type, body) in pages {
        let transport = Arc::new(ScriptedTransport::new([post().answers(200, content_type, body)]));
        let (client, context) = (client(&transport), context(AMPLE));
        let error = order(&client, &context, Purpose::Order).send_picture().await.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::MalformedResponse, &RetryClass::Billed));
        assert_eq!(error.salvaged.as_deref(), Some(body.as_bytes()));
    }
}

#[tokio::test]
async fn the_credential_is_sent_to_the_vendor_only() {
    let transport = Arc::new(ScriptedTransport::default());
    let (client, context) = (client(&transport), context(AMPLE));
    let foreign = ["https://acme.test.evil.example/x", "http://api.acme.test/v1/x", "https://api.acme.test:1/x"];
    for address in foreign {
        let call = client.get(address.parse().unwrap(), &context, Purpose::Read, "ask");
        let error = call.send().await.unwrap_err();
        assert_eq!((error.kind, error.raised_here), (ProviderErrorKind::ConfigInvalid, true), "{address}");
        assert!(client.vendor_url(address).is_err());
    }
    assert!(client.vendor_url("https://eu.acme.test/jobs/7").is_ok());
    assert!(transport.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_has_a_time_of_its_own() {
    let transport = Arc::new(ScriptedTransport::new([post().never_answers()]));
    let (client, context) = (client(&transport), context(AMPLE));
    let started = tokio::time::Instant::now();
    let call = order(&client, &context, Purpose::Read).timeout(std::time::Duration::from_secs(3));
    let error = call.send().await.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Timeout, "again"));
    assert_eq!(started.elapsed().as_secs(), 3);
}
