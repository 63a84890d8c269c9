//! What `ReqwestTransport` says of each way an exchange can go.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::{
    HttpRequest, HttpResponse, ReqwestTransport, SendPhase, Transport, TransportError, TransportErrorKind,
    secret_header,
};
use media_ports::CallContext;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use serde_json::json;
use url::Url;

use crate::{AMPLE, SHORT, context};

async fn post(base: &str, context: &CallContext, limit: u64) -> Result<HttpResponse, TransportError> {
    post_with(&ReqwestTransport::default(), base, context, limit).await
}

async fn post_with(
    transport: &ReqwestTransport,
    base: &str,
    context: &CallContext,
    limit: u64,
) -> Result<HttpResponse, TransportError> {
    let url = Url::parse(&format!("{base}/orders?token=verysecret")).unwrap();
    let request = HttpRequest::new(Method::POST, url, context).with_json(&json!({"n": 1})).unwrap();
    transport.send(request.with_body_limit(limit)).await
}

/// Orders once from a server with this behaviour, and returns how it failed.
async fn failure(behaviour: Behaviour, context: &CallContext) -> (SendPhase, TransportErrorKind) {
    let server = LoopbackServer::start().unwrap();
    server.push(behaviour);
    let error = post(&server.base_url(), context, 100).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("verysecret"), "{error:?}");
    assert_eq!(server.requests().len(), 1, "an order is never repeated");
    (error.phase, error.kind)
}

#[tokio::test]
async fn an_order_arrives_whole_and_connections_are_kept() {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /orders", Behaviour::json(201, &json!({"ok": true})).with_header("x-extra", "7"));
    let transport = ReqwestTransport::default();
    for _ in 0..2 {
        let response = post_with(&transport, &server.base_url(), &context(AMPLE), 100).await.unwrap();
        assert_eq!(response.status, StatusCode::CREATED);
        assert_eq!(response.headers["x-extra"], "7");
        assert_eq!(response.body, r#"{"ok":true}"#);
    }
    let requests = server.requests();
    assert_eq!((requests.len(), server.connections()), (2, 1));
    assert_eq!(requests[0].target, "/orders?token=verysecret");
    assert_eq!(requests[0].body, r#"{"n":1}"#);
    assert_eq!(requests[0].headers["content-type"], "application/json");
    assert!(requests[0].headers["user-agent"].starts_with("media-http/"));
}

#[tokio::test]
async fn a_line_lost_after_sending_is_sent() {
    let outcome = failure(Behaviour::TakeAndDrop, &context(AMPLE)).await;
    assert_eq!(outcome, (SendPhase::Sent, TransportErrorKind::Interrupted));
}

#[tokio::test]
async fn a_deadline_that_passes_after_sending_is_sent() {
    let outcome = failure(Behaviour::NeverAnswer, &context(SHORT)).await;
    assert_eq!(outcome, (SendPhase::Sent, TransportErrorKind::Timeout));
}

#[tokio::test]
async fn giving_up_after_sending_is_sent() {
    let context = context(AMPLE);
    let cancellation = context.cancellation.clone();
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::NeverAnswer);
    let base = server.base_url();
    let order = tokio::spawn(async move { post(&base, &context, 100).await });
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    cancellation.cancel();
    let error = order.await.unwrap().unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Sent, TransportErrorKind::Cancelled));
}

#[tokio::test]
async fn an_answer_cut_short_is_answered() {
    let body = bytes::Bytes::from_static(b"{\"data\": [1, 2, 3]}");
    let outcome = failure(Behaviour::RespondCut { body, sent: 5 }, &context(AMPLE)).await;
    assert_eq!(outcome, (SendPhase::Answered(StatusCode::OK), TransportErrorKind::Interrupted));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_answered() {
    let outcome = failure(Behaviour::respond(200, "image/png", vec![0; 101]), &context(AMPLE)).await;
    assert_eq!(outcome, (SendPhase::Answered(StatusCode::OK), TransportErrorKind::TooLarge));
}

#[tokio::test]
async fn an_answer_of_just_the_limit_is_read() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::respond(200, "image/png", vec![7; 100]));
    let response = post(&server.base_url(), &context(AMPLE), 100).await.unwrap();
    assert_eq!(&response.body[..], vec![7; 100]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::respond(307, "text/plain", "").with_header("location", "/elsewhere"));
    let response = post(&server.base_url(), &context(AMPLE), 100).await.unwrap();
    assert_eq!((response.status, server.requests().len()), (StatusCode::TEMPORARY_REDIRECT, 1));
}

#[tokio::test]
async fn a_closed_port_is_not_sent() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = post(&base, &context(AMPLE), 100).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::NotSent, TransportErrorKind::Connect));
    let error = error.into_provider_error("order images");
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Unavailable, RetryClass::Again { after: None }));
}

#[tokio::test]
async fn a_deadline_that_passes_during_the_handshake_is_not_sent() {
    // It takes the connection and never says a word of TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", silent.local_addr().unwrap());
    let error = post(&base, &context(SHORT), 100).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::NotSent, TransportErrorKind::Timeout));
}

#[tokio::test]
async fn a_failed_handshake_is_not_sent() {
    let server = LoopbackServer::start().unwrap();
    let base = server.base_url().replace("http://", "https://");
    let error = post(&base, &context(Duration::from_secs(5)), 100).await.unwrap_err();
    assert_eq!(error.phase, SendPhase::NotSent);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_is_given_up_or_too_late_before_opens_no_connection() {
    let server = LoopbackServer::start().unwrap();
    let given_up = context(AMPLE);
    given_up.cancellation.cancel();
    let error = post(&server.base_url(), &given_up, 100).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::NotSent, TransportErrorKind::Cancelled));
    assert_eq!(error.into_provider_error("order").retry, RetryClass::Never);

    let error = post(&server.base_url(), &context(Duration::ZERO), 100).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::NotSent, TransportErrorKind::Timeout));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn two_hundred_orders_at_once_all_arrive() {
    let server = LoopbackServer::start().unwrap();
    server.route("POST /orders", Behaviour::respond(200, "text/plain", "ok"));
    let transport = Arc::new(ReqwestTransport::default());
    let orders: Vec<_> = (0..200)
        .map(|_| {
            let (transport, base) = (Arc::clone(&transport), server.base_url());
            tokio::spawn(async move { post_with(&transport, &base, &context(AMPLE), 100).await })
        })
        .collect();
    for order in orders {
        assert_eq!(order.await.unwrap().unwrap().body, "ok");
    }
    assert_eq!(server.requests().len(), 200);
}

#[test]
fn neither_query_nor_key_is_shown() {
    let url = Url::parse("https://user:pass@example.org/orders?token=verysecret").unwrap();
    let key = secret_header("Bearer ", &"verysecret".to_owned().into()).unwrap();
    let shown = format!("{:?}", HttpRequest::new(Method::POST, url, &context(AMPLE)).with_authorization(key));
    assert!(!shown.contains("verysecret") && !shown.contains("pass"), "{shown}");
    assert!(shown.contains("https://example.org/orders"), "{shown}");
}

#[test]
fn every_way_to_fail_has_its_class() {
    use SendPhase::{Answered, NotSent, Sent};
    use TransportErrorKind as Kind;
    let (ok, limit) = (Answered(StatusCode::OK), Answered(StatusCode::TOO_MANY_REQUESTS));
    let cases = [
        (NotSent, Kind::Connect, "unavailable", "again"),
        (NotSent, Kind::Timeout, "timeout", "again"),
        (NotSent, Kind::Cancelled, "cancelled", "never"),
        (NotSent, Kind::Invalid, "config_invalid", "elsewhere"),
        (Sent, Kind::Timeout, "timeout", "uncertain"),
        (Sent, Kind::Interrupted, "unavailable", "uncertain"),
        (Sent, Kind::Cancelled, "cancelled", "uncertain"),
        (ok, Kind::Interrupted, "malformed_response", "billed"),
        (ok, Kind::TooLarge, "malformed_response", "billed"),
        (ok, Kind::Timeout, "timeout", "billed"),
        (limit, Kind::Interrupted, "rate_limited", "again"),
        (limit, Kind::TooLarge, "rate_limited", "again"),
        (Answered(StatusCode::BAD_GATEWAY), Kind::Interrupted, "unavailable", "uncertain"),
    ];
    for (phase, kind, expected_kind, class) in cases {
        let error = TransportError::new(phase, kind, "gone").into_provider_error("order images");
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (expected_kind, class), "{phase:?} {kind:?}");
    }
}

#[tokio::test]
async fn a_body_is_measured_as_it_unfolds() {
    use std::io::Write;

    let mut folded = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    folded.write_all(&vec![0; 4 << 20]).unwrap();
    let folded = folded.finish().unwrap();
    assert!(folded.len() < 8 << 10, "{} bytes", folded.len());
    for (limit, fits) in [(8 << 20, true), (1 << 20, false)] {
        let server = LoopbackServer::start().unwrap();
        let bomb = Behaviour::respond(200, "application/json", folded.clone()).with_header("content-encoding", "gzip");
        server.push(bomb);
        let outcome = post(&server.base_url(), &context(AMPLE), limit).await;
        match outcome {
            Ok(response) => assert_eq!((fits, response.body.len()), (true, 4 << 20)),
            Err(error) => assert_eq!((fits, error.kind), (false, TransportErrorKind::TooLarge)),
        }
    }
}
