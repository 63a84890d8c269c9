//! Neither secrets nor queries are told, whatever goes wrong and whoever asks.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use http::Method;
use http::header::AUTHORIZATION;
use media_domain::JobHandle;
use media_http::{
    ApiClient, BaseUrl, HttpRequest, MultipartForm, NoTransport, Purpose, Redactor, ReqwestTransport, SendPhase,
    Transport, TransportErrorKind, VendorRefusal, basic_credentials,
};
use media_ports::ProviderError;
use media_testkit::clock::TestClock;
use media_testkit::loopback::{Behaviour, LoopbackServer};
use media_testkit::transport::{Exchange, ScriptedTransport};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;
use url::Url;

use crate::{AMPLE, SHORT, context};

/// What may be told nowhere: a key, a signature in a query, a password.
const SECRETS: [&str; 3] = ["key-do-not-tell", "signature-do-not-tell", "password-do-not-tell"];

#[track_caller]
fn assert_silent(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{text}");
    }
}

fn everything_said(error: &ProviderError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(" {source} {source:?}"));
        cause = source.source();
    }
    text
}

fn key() -> SecretString {
    SECRETS[0].to_owned().into()
}

fn client(transport: Arc<dyn Transport>, base_url: &str) -> ApiClient {
    let said = |response: &media_http::HttpResponse, _| VendorRefusal::said(String::from_utf8_lossy(&response.body));
    ApiClient::new(transport, Arc::new(TestClock::new()), BaseUrl::parse(base_url).unwrap(), said)
        .with_bearer(&key())
        .unwrap()
}

fn signed(base: &str) -> Url {
    format!("{base}/orders?signature={}", SECRETS[1]).parse().unwrap()
}

/// Every way to fail, over a script.
#[tokio::test(start_paused = true)]
async fn errors_of_calls_are_silent() {
    let post = || Exchange::post("/orders");
    let told =
        json!({"error": format!("{} at https://u:{}@a.test/x?signature={}", SECRETS[0], SECRETS[2], SECRETS[1])});
    let exchanges = [
        post().answers_json(401, &told),
        post().answers_json(500, &told),
        post().answers_json(200, &json!([1])),
        post().answers(200, "text/html", "<h1>"),
        post().fails(SendPhase::NotSent, TransportErrorKind::Connect),
        post().fails(SendPhase::Sent, TransportErrorKind::Interrupted),
        post().never_answers(),
    ];
    for exchange in exchanges {
        let transport = Arc::new(ScriptedTransport::new([exchange]));
        let client = client(Arc::clone(&transport) as _, "https://a.test");
        let handle = JobHandle::new(signed("https://a.test").as_str());
        for purpose in [Purpose::Order, Purpose::Poll(handle)] {
            let call = client.post(signed("https://a.test"), &context(AMPLE), purpose, "order images");
            let call = call.json(&json!({"key": SECRETS[0]}));
            assert_silent(&format!("{call:?} {client:?}"));
            if transport.requests().is_empty() {
                let error = call.send_json::<String>().await.unwrap_err();
                assert_silent(&everything_said(&error));
            }
        }
        assert_silent(&format!("{:?}", transport.requests()));
        assert_silent(&format!("{:?}", transport.recorded()));
    }
}

/// The client library's own texts hold addresses.
#[tokio::test]
async fn errors_of_real_lines_are_silent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let server = LoopbackServer::start().unwrap();
    for behaviour in
        [Behaviour::TakeAndDrop, Behaviour::RespondCut { body: "{}".into(), sent: 1 }, Behaviour::NeverAnswer]
    {
        server.push(behaviour);
    }
    let bases =
        [nobody, server.base_url(), server.base_url(), server.base_url(), "http://no-such-host.invalid".to_owned()];
    for base in bases {
        let client = client(Arc::new(ReqwestTransport::default()), &base);
        let call = client.post(signed(&base), &context(SHORT), Purpose::Order, "order images");
        let error = call.json(&json!({"key": SECRETS[0]})).send().await.unwrap_err();
        assert_silent(&everything_said(&error));
    }
}

/// What is logged on this thread, at every level.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The client library logs too, down to what goes over the line.
#[tokio::test]
async fn logs_are_silent_at_every_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone());
    let _logging = subscriber.set_default();
    let server = LoopbackServer::start().unwrap();
    server.push(Behaviour::json(200, &json!({"told": SECRETS[0]})));
    server.push(Behaviour::json(401, &json!({"told": SECRETS[0]})));
    server.push(Behaviour::RespondCut { body: "{}".into(), sent: 1 });
    let client = client(Arc::new(ReqwestTransport::default()), &server.base_url());
    for _ in 0..3 {
        let call = client.post(signed(&server.base_url()), &context(AMPLE), Purpose::Order, "order images");
        let _ = call.json(&json!({"key": SECRETS[0]})).send().await;
    }
    assert_eq!(server.requests().len(), 3);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("starting new connection"), "the client library logs: {logged}");
    assert_silent(&logged);
}

#[test]
fn nothing_shows_what_it_holds() {
    let context = context(AMPLE);
    let url: Url = format!("https://u:{}@a.test/x?signature={}", SECRETS[2], SECRETS[1]).parse().unwrap();
    let basic = basic_credentials("user", &SECRETS[2].to_owned().into());
    let client =
        client(Arc::new(NoTransport), "https://a.test").with_secret_header(AUTHORIZATION, "Basic ", &basic).unwrap();
    let form = MultipartForm::new().text("key", SECRETS[0]);
    let request = HttpRequest::new(Method::POST, url.clone(), &context).with_form(&[("key", SECRETS[0])]);
    let refused = BaseUrl::parse(url.as_str()).unwrap_err();
    let shown = format!(
        "{form:?} {request:?} {:?} {client:?} {:?} {refused} {refused:?} {:?} {:?}",
        request.body,
        client.base_url(),
        Redactor::new([key()]),
        Purpose::Poll(JobHandle::new(signed("https://a.test").as_str())),
    );
    assert_silent(&shown);
    assert!(!shown.contains(basic.expose_secret()), "{shown}");
}
