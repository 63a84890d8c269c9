//! Bodies of answers share a budget.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use media_http::{
    ByteBudget, HttpRequest, HttpResponse, ReqwestTransport, SendPhase, Transport, TransportError, TransportErrorKind,
    TransportOptions,
};
use media_testkit::loopback::{Behaviour, LoopbackServer};

use crate::{AMPLE, SHORT, context};

const KIB: u64 = 1 << 10;

struct Line {
    transport: ReqwestTransport,
    budget: ByteBudget,
    server: LoopbackServer,
}

impl Line {
    fn of(kib: u64, answer: Behaviour) -> Arc<Self> {
        Self::patient(kib, answer, AMPLE)
    }

    fn patient(kib: u64, answer: Behaviour, read_timeout: Duration) -> Arc<Self> {
        let budget = ByteBudget::new(kib * KIB);
        let options = TransportOptions { budget: budget.clone(), read_timeout, ..TransportOptions::default() };
        let server = LoopbackServer::start().unwrap();
        server.route("GET /file", answer);
        Arc::new(Self { transport: ReqwestTransport::new(options), budget, server })
    }

    async fn get(&self, time: Duration) -> Result<HttpResponse, TransportError> {
        let url = format!("{}/file", self.server.base_url()).parse().unwrap();
        let request = HttpRequest::new(Method::GET, url, &context(time));
        self.transport.send(request.with_body_limit(100 * KIB)).await
    }
}

fn file(kib: usize) -> Vec<u8> {
    (0..kib << 10).map(|index| (index % 251) as u8).collect()
}

#[tokio::test]
async fn a_share_is_held_as_long_as_any_piece_of_the_body() {
    for chunked in [false, true] {
        let answer = Behaviour::respond(200, "image/png", file(40));
        let line = Line::of(100, if chunked { answer.in_chunks() } else { answer });
        let body = line.get(AMPLE).await.unwrap().body.into_bytes();
        assert_eq!(&body[..], file(40));
        assert_eq!(line.budget.free(), 60 * KIB);
        let piece = body.slice(7..8);
        drop(body);
        assert_eq!(line.budget.free(), 60 * KIB);
        drop(piece);
        assert_eq!(line.budget.free(), 100 * KIB);
    }
}

#[tokio::test]
async fn an_answer_waits_for_its_share() {
    let line = Line::of(60, Behaviour::respond(200, "image/png", file(40)));
    let first = line.get(AMPLE).await.unwrap();
    let waiting = tokio::spawn({
        let line = Arc::clone(&line);
        async move { line.get(AMPLE).await }
    });
    while line.server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(waiting.await.unwrap().unwrap().body.len(), 40 << 10);
}

#[tokio::test]
async fn an_answer_waits_until_the_deadline_and_no_longer() {
    let line = Line::of(60, Behaviour::respond(200, "image/png", file(40)));
    let _held = line.get(AMPLE).await.unwrap();
    let error = line.get(SHORT).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::Timeout));
}

#[tokio::test]
async fn an_answer_beyond_the_whole_budget_is_refused() {
    for chunked in [false, true] {
        let answer = Behaviour::respond(200, "image/png", file(40));
        let line = Line::of(30, if chunked { answer.in_chunks() } else { answer });
        let error = line.get(AMPLE).await.unwrap_err();
        assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::TooLarge));
        assert!(error.to_string().contains("30720 bytes that all answers together"), "{error}");
        assert_eq!(line.budget.free(), 30 * KIB);
    }
}

#[tokio::test]
async fn a_body_that_comes_to_a_halt_is_given_up() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::RespondAndHalt { body: file(40).into(), sent: 5 << 10 });
    let options = TransportOptions { read_timeout: SHORT, ..TransportOptions::default() };
    let request = HttpRequest::new(Method::GET, server.base_url().parse().unwrap(), &context(AMPLE));
    let error = ReqwestTransport::new(options).send(request).await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::Timeout));
}

#[tokio::test]
async fn who_finds_no_room_in_time_says_so() {
    for chunked in [false, true] {
        let answer = Behaviour::respond(200, "image/png", file(60));
        let line = Line::patient(100, if chunked { answer.in_chunks() } else { answer }, SHORT);
        let held = line.get(AMPLE).await.unwrap();
        let error = line.get(AMPLE).await.unwrap_err();
        assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::Timeout));
        assert!(error.to_string().contains("left no room among the 102400 bytes"), "{error}");
        drop(held);
        assert!(line.get(AMPLE).await.is_ok());
    }
}

#[tokio::test]
async fn of_a_refusal_only_the_beginning_is_read() {
    let line = Line::of(1_000, Behaviour::respond(500, "text/html", file(900)));
    let url = format!("{}/file", line.server.base_url()).parse().unwrap();
    let request = HttpRequest::new(Method::GET, url, &context(AMPLE)).with_body_limit(1 << 30);
    let response = line.transport.send(request).await.unwrap();
    assert_eq!((response.status, response.body.len()), (StatusCode::INTERNAL_SERVER_ERROR, 256 << 10));
}
