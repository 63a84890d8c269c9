//! Answers that come as events.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use media_domain::{Phase, ProviderErrorKind, RetryClass};
use media_http::{
    ApiCall, ApiClient, Base64Text, BaseUrl, ByteBudget, EventStream, EventsAnswer, HttpRequest, JsonAnswer,
    PieceSource, Purpose, ReqwestTransport, SendPhase, StreamBounds, Transport, TransportError, TransportErrorKind,
    TransportOptions, VendorRefusal,
};
use media_ports::{CallContext, ProviderError};
use media_testkit::clock::TestClock;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde::Deserialize;
use serde_json::json;

use crate::{AMPLE, SHORT, context};

const UNCERTAIN: RetryClass = RetryClass::Uncertain { phase: Phase::Submit, handle: None };

fn client(transport: Arc<dyn Transport>, base_url: &str) -> ApiClient {
    let said = |response: &media_http::HttpResponse, _| VendorRefusal::said(String::from_utf8_lossy(&response.body));
    ApiClient::new(transport, Arc::new(TestClock::new()), BaseUrl::parse(base_url).unwrap(), said)
}

fn order<'a>(client: &'a ApiClient, context: &CallContext) -> ApiCall<'a> {
    client.post(client.base_url().at("orders"), context, Purpose::Order, "order images").json(&json!({"stream": true}))
}

#[derive(Debug, Deserialize)]
struct Picture {
    b64_json: Base64Text,
}

/// What is heard of a call until its events end or fail; at most so many bytes of one event.
async fn hear(call: ApiCall<'_>, event_limit: u64) -> (Vec<(String, String)>, Result<(), ProviderError>) {
    let mut heard = Vec::new();
    let mut events = match call.send_events::<Picture>(event_limit).await {
        Ok(EventsAnswer::Events(events)) => events,
        Ok(EventsAnswer::Whole(answer)) => unreachable!("no events: {answer:?}"),
        Err(error) => return (heard, Err(error)),
    };
    loop {
        match events.next().await {
            Ok(Some(event)) => heard.push((event.name, String::from_utf8_lossy(&event.data).into_owned())),
            Ok(None) => return (heard, Ok(())),
            Err(error) => return (heard, Err(error)),
        }
    }
}

async fn scripted(exchange: Exchange, event_limit: u64) -> (Vec<(String, String)>, Result<(), ProviderError>) {
    let transport = Arc::new(ScriptedTransport::new([exchange]));
    let client = client(Arc::clone(&transport) as _, "https://a.test");
    hear(order(&client, &context(AMPLE)).body_limit(1_000), event_limit).await
}

fn stream(events: &'static str) -> Exchange {
    Exchange::post("/orders").answers_events(events, 7)
}

fn names(heard: &[(String, String)]) -> Vec<&str> {
    heard.iter().map(|(_, data)| data.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn events_come_with_name_and_data() {
    let events = ": hello\r\n\r\nevent: part\r\ndata: {\"n\":\r\ndata: 1}\r\n\r\ndata: [DONE]\r\n\r\n";
    let (heard, end) = scripted(stream(events), 100).await;
    let expected = [("part", "{\"n\":\n1}"), ("", "[DONE]")];
    assert_eq!(heard, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
    end.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_before_the_end_is_uncertain_though_the_status_was_ok() {
    use ProviderErrorKind as Kind;
    let cases = [
        (stream("data: 1\n\ndata: 2").breaking_off(TransportErrorKind::Interrupted), Kind::Unavailable),
        (stream("data: 1\n\ndata: 2").breaking_off(TransportErrorKind::Timeout), Kind::Timeout),
        (stream("data: 1\n\n").halting(), Kind::Timeout),
    ];
    for (exchange, kind) in cases {
        let (heard, end) = scripted(exchange.clone(), 100).await;
        let error = end.unwrap_err();
        assert_eq!(names(&heard), ["1"]);
        assert_eq!((error.kind, error.retry), (kind, UNCERTAIN), "{exchange:?}");
        assert_eq!(error.http_status, Some(200));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_allowed_is_billed() {
    let endless: &str = Box::leak(": \u{2026}\n".repeat(400).into_boxed_str());
    let cases = [("data: 12345678901\n\n", 10), ("data: 12345\ndata: 67890\n\n", 10), (endless, 10)];
    for (events, limit) in cases {
        let (heard, end) = scripted(stream(events), limit).await;
        let error = end.unwrap_err();
        assert!(heard.is_empty());
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, RetryClass::Billed), "{events}");
    }
    let (heard, end) = scripted(stream("data: 1234567890\n\n"), 10).await;
    end.unwrap();
    assert_eq!(names(&heard), ["1234567890"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_stream_is_heard_all_the_same() {
    let document = json!({"b64_json": "aGVsbG8="});
    let transport = Arc::new(ScriptedTransport::new([Exchange::post("/orders").answers_json(200, &document)]));
    let client = client(Arc::clone(&transport) as _, "https://a.test");
    let answer = order(&client, &context(AMPLE)).send_events::<Picture>(10).await.unwrap();
    let EventsAnswer::Whole(JsonAnswer { document, mut files, .. }) = answer else { unreachable!() };
    assert_eq!(files.take(&document.b64_json).unwrap(), "hello");

    let post = || Exchange::post("/orders");
    let refusals = [
        (post().answers_json(429, &json!({})), "rate_limited", "again"),
        (post().answers(401, "text/event-stream", "data: no\n\n"), "unauthenticated", "elsewhere"),
        (post().answers(200, "text/html", "<h1>"), "malformed_response", "billed"),
    ];
    for (exchange, kind, class) in refusals {
        let error = scripted(exchange, 100).await.1.unwrap_err();
        assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class));
    }
}

/// Over a real line: the first event is here while the vendor is still at work.
#[tokio::test]
async fn an_event_is_heard_before_the_answer_ends() {
    let server = LoopbackServer::start().unwrap();
    let pieces = ["event: part\nda", "ta: 1\n", "\ndata: 2"].map(Bytes::from).to_vec();
    server.push(Behaviour::RespondWithEvents { pieces, ends: false });
    let client = client(Arc::new(ReqwestTransport::default()), &server.base_url());
    let context = context(AMPLE);
    let answer = order(&client, &context).send_events::<Picture>(100).await.unwrap();
    let EventsAnswer::Events(mut events) = answer else { unreachable!() };
    let first = events.next().await.unwrap().unwrap();
    assert_eq!((first.name.as_str(), &first.data[..]), ("part", &b"1"[..]));
    context.cancellation.cancel();
    let error = events.next().await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Cancelled, UNCERTAIN));
}

#[tokio::test]
async fn a_stream_ends_by_itself_or_when_an_event_comes_to_a_halt() {
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::RespondWithEvents { pieces: vec!["data: 1\n\n".into()], ends: true });
    server.push(Behaviour::RespondWithEvents { pieces: vec!["data: 1\n\ndata: 2".into()], ends: false });
    let options = TransportOptions { read_timeout: SHORT, ..TransportOptions::default() };
    let client = client(Arc::new(ReqwestTransport::new(options)), &server.base_url());
    let (heard, end) = hear(order(&client, &context(AMPLE)), 100).await;
    assert_eq!(names(&heard), ["1"]);
    end.unwrap();
    let (heard, end) = hear(order(&client, &context(AMPLE)), 100).await;
    assert_eq!(names(&heard), ["1"]);
    let error = end.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Timeout, UNCERTAIN));
}

/// Pieces of which each is a long time in coming.
struct Slow(Vec<&'static str>);

#[async_trait::async_trait]
impl PieceSource for Slow {
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        tokio::time::sleep(Duration::from_secs(300)).await;
        Ok((!self.0.is_empty()).then(|| self.0.remove(0).into()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_may_think_between_events_and_not_within_one() {
    let request = HttpRequest::new(Method::GET, "https://a.test".parse().unwrap(), &context(60 * AMPLE));
    let slow = Slow(vec!["data: 1\n\n", "event: named\n", "data: 2\n\nda", "ta: 3", "\n\n"]);
    let stream = EventStream::new(StatusCode::OK, HeaderMap::new(), StreamBounds::of(&request), slow);
    let mut stream = stream.with_read_timeout(AMPLE);
    assert_eq!(stream.next().await.unwrap().unwrap().data, "1");
    assert_eq!(stream.next().await.unwrap().unwrap().name, "named");
    let error = stream.next().await.unwrap_err();
    assert_eq!((error.phase, error.kind), (SendPhase::Answered(StatusCode::OK), TransportErrorKind::Timeout));
}

/// A file of an event is decoded where it is, and keeps its room in the budget.
#[tokio::test]
async fn a_file_in_an_event_is_decoded_in_place_under_the_budget() {
    const KIB: u64 = 1 << 10;
    let file: Vec<u8> = (0..30_000_u32).map(|index| (index % 251) as u8).collect();
    let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &file);
    let event = format!("data: {{\"b64_json\":\"{text}\"}}\n\ndata: end\n\n");
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::RespondWithEvents { pieces: vec![event.into()], ends: true });
    let budget = ByteBudget::new(100 * KIB);
    let options = TransportOptions { budget: budget.clone(), ..TransportOptions::default() };
    let client = client(Arc::new(ReqwestTransport::new(options)), &server.base_url());
    let answer = order(&client, &context(AMPLE)).send_events::<Picture>(60 * KIB).await.unwrap();
    let EventsAnswer::Events(mut events) = answer else { unreachable!() };
    let (document, mut files) = events.next().await.unwrap().unwrap().json::<Picture>().unwrap();
    let decoded = files.take(&document.b64_json).unwrap();
    drop(files);
    assert!(decoded == file, "the bytes differ");
    assert_eq!(budget.free(), 60 * KIB, "40 KB of text came");
    drop(decoded);
    assert_eq!(budget.free(), 100 * KIB);
    let end = events.next().await.unwrap().unwrap();
    assert_eq!(end.json::<Picture>().unwrap_err().1, "end");
    assert!(events.next().await.unwrap().is_none());
    assert_eq!(events.ended_early().retry, UNCERTAIN);
}
