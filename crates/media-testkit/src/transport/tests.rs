//! What the scripted transport does, as a real one must.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use http::{Method, StatusCode};
use media_domain::{RequestId, UserId};
use media_ports::CallContext;

use super::*;

fn request(method: Method, path: &str) -> HttpRequest {
    let deadline = (Instant::now() + Duration::from_secs(10)).into_std();
    let request_id = RequestId::from_uuid(uuid::Uuid::from_u128(1));
    let context = CallContext::new(deadline, request_id, UserId::parse("tester").unwrap());
    HttpRequest::new(method, format!("https://example.org{path}?query=1").parse().unwrap(), &context)
}

async fn panics(work: impl Future) -> bool {
    AssertUnwindSafe(work).catch_unwind().await.is_err()
}

#[tokio::test(start_paused = true)]
async fn exchanges_are_played_in_order_and_recorded() {
    let script = [Exchange::get("/a").answers(200, "text/plain", "one"), Exchange::post("/b").answers(500, "a/b", "")];
    let transport = ScriptedTransport::new(script);
    assert_eq!(transport.send(request(Method::GET, "/a")).await.unwrap().body, "one");
    assert_eq!(transport.send(request(Method::POST, "/b")).await.unwrap().status, 500);
    transport.assert_exhausted();
    assert_eq!(transport.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_expects_fails_the_test_even_when_the_panic_is_caught() {
    for script in [vec![], vec![Exchange::get("/other")], vec![Exchange::post("/a")]] {
        let transport = ScriptedTransport::new(script);
        assert!(panics(transport.send(request(Method::GET, "/a"))).await);
        assert!(panics(async { transport.assert_exhausted() }).await);
    }
    let unused = ScriptedTransport::new([Exchange::get("/a")]);
    assert!(panics(async { unused.assert_exhausted() }).await);
}

#[tokio::test(start_paused = true)]
async fn waits_end_with_the_deadline_and_answers_with_the_limit() {
    let answer = Exchange::get("/a").answers(200, "text/plain", "12345");
    let slow = ScriptedTransport::new([answer.clone().after(Duration::from_secs(11))]);
    let error = slow.send(request(Method::GET, "/a")).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Sent, TransportErrorKind::Timeout));

    let large = ScriptedTransport::new([answer]);
    let error = large.send(request(Method::GET, "/a").with_body_limit(4)).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::TooLarge));
}

/// The events of an exchange until the stream ends, and how it ended.
async fn events(exchange: Exchange) -> (Vec<String>, Option<(SendPhase, TransportErrorKind)>) {
    let transport = ScriptedTransport::new([exchange]);
    let OpenAnswer::Events(mut stream) = transport.open(request(Method::GET, "/a")).await.unwrap() else {
        unreachable!("the answer is declared as events")
    };
    let mut heard = Vec::new();
    loop {
        match stream.next().await {
            Ok(Some(event)) => heard.push(String::from_utf8_lossy(&event.data).into_owned()),
            Ok(None) => return (heard, None),
            Err(error) => return (heard, Some((error.phase, error.kind))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn events_come_in_pieces_and_end_as_the_script_says() {
    let exchange = || Exchange::get("/a").answers_events("data: 1\n\ndata: 2\n\ndata: 3", 3);
    let both = vec!["1".to_owned(), "2".to_owned()];
    let answered = SendPhase::Answered(StatusCode::OK);
    assert_eq!(events(exchange()).await, (both.clone(), None));
    let lost = events(exchange().breaking_off(TransportErrorKind::Interrupted)).await;
    assert_eq!(lost, (both.clone(), Some((answered, TransportErrorKind::Interrupted))));
    let silent = events(exchange().halting()).await;
    assert_eq!(silent, (both, Some((answered, TransportErrorKind::Timeout))));
    let slow = events(exchange().after(Duration::from_secs(3))).await;
    assert_eq!(slow.1, Some((answered, TransportErrorKind::Timeout)));
}
