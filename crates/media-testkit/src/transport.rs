//! A transport whose exchanges are scripted.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use media_http::{HttpRequest, HttpResponse, SendPhase, Transport, TransportError, TransportErrorKind};
use serde_json::Value;
use tokio::time::Instant;

/// Plays a queue of exchanges, each once and in order; it records the requests.
///
/// It behaves as a real transport must: what was given up or too late before sending is not sent, an answer beyond
/// the body limit is an error, deadline and cancellation end a wait. A request that the script does not expect
/// panics; what the script expects and never came is found by [`assert_exhausted`](Self::assert_exhausted).
///
/// ```
/// use media_testkit::transport::{Exchange, ScriptedTransport};
///
/// let transport = ScriptedTransport::new([Exchange::get("/v1/models").answers_json(200, &serde_json::json!({"data": []}))]);
/// assert!(transport.requests().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct ScriptedTransport {
    expected: Mutex<VecDeque<Exchange>>,
    requests: Mutex<Vec<HttpRequest>>,
    unexpected: Mutex<Vec<String>>,
}

/// One expected request and what comes of it.
#[derive(Clone)]
pub struct Exchange {
    method: Method,
    path: String,
    check: Option<Arc<RequestCheck>>,
    delay: Duration,
    outcome: Outcome,
}

type RequestCheck = dyn Fn(&HttpRequest) + Send + Sync;

#[derive(Debug, Clone)]
enum Outcome {
    Answer(HttpResponse),
    Fail { phase: SendPhase, kind: TransportErrorKind },
    Silence,
}

impl Exchange {
    /// Expects a request of a method to a path (without query); nothing answers it until an outcome is set.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), check: None, delay: Duration::ZERO, outcome: Outcome::Silence }
    }

    /// Expects a GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Expects a POST.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// Checks the request further; the check panics if it does not like it.
    #[must_use]
    pub fn expecting(mut self, check: impl Fn(&HttpRequest) + Send + Sync + 'static) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// Lets time pass, on the runtime's clock, between the request and its outcome.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Answers with a body of a type.
    #[must_use]
    pub fn answers(mut self, status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, header_value(content_type));
        self.outcome = Outcome::Answer(HttpResponse { status: status_code(status), headers, body: body.into() });
        self
    }

    /// Answers with JSON.
    #[must_use]
    pub fn answers_json(self, status: u16, body: &Value) -> Self {
        self.answers(status, "application/json", body.to_string())
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Outcome::Answer(response) = &mut self.outcome {
            response.headers.insert(HeaderName::from_static(name), header_value(value));
        }
        self
    }

    /// Fails on the line.
    #[must_use]
    pub fn fails(mut self, phase: SendPhase, kind: TransportErrorKind) -> Self {
        self.outcome = Outcome::Fail { phase, kind };
        self
    }

    /// Never answers: the deadline or the cancellation ends it.
    #[must_use]
    pub fn never_answers(mut self) -> Self {
        self.outcome = Outcome::Silence;
        self
    }

    /// The answer, if there is one.
    pub fn response(&self) -> Option<&HttpResponse> {
        match &self.outcome {
            Outcome::Answer(response) => Some(response),
            Outcome::Fail { .. } | Outcome::Silence => None,
        }
    }

    /// The same answer with its body cut to so many bytes.
    #[must_use]
    pub fn cut_to(mut self, bytes: usize) -> Self {
        if let Outcome::Answer(response) = &mut self.outcome {
            response.body.truncate(bytes);
        }
        self
    }

    fn matches(&self, request: &HttpRequest) -> bool {
        self.method == request.method && self.path == request.url.path()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {:?}", self.method, self.path, self.outcome)
    }
}

impl ScriptedTransport {
    /// Makes a transport that expects these exchanges.
    pub fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        Self { expected: Mutex::new(exchanges.into_iter().collect()), ..Self::default() }
    }

    /// Expects one more exchange.
    pub fn push(&self, exchange: Exchange) {
        locked(&self.expected).push_back(exchange);
    }

    /// The requests that were sent, in order.
    pub fn requests(&self) -> Vec<HttpRequest> {
        locked(&self.requests).clone()
    }

    /// Panics unless exactly the expected exchanges have taken place.
    pub fn assert_exhausted(&self) {
        let unexpected = locked(&self.unexpected);
        assert!(unexpected.is_empty(), "unexpected requests: {unexpected:?}");
        let left = locked(&self.expected);
        assert!(left.is_empty(), "expected requests that never came: {left:?}");
    }

    fn take(&self, request: &HttpRequest) -> Exchange {
        let next = locked(&self.expected).pop_front();
        match next {
            Some(exchange) if exchange.matches(request) => exchange,
            other => self.refuse(request, other.as_ref()),
        }
    }

    #[expect(clippy::panic, reason = "a request that nobody expects fails the test")]
    fn refuse(&self, request: &HttpRequest, expected: Option<&Exchange>) -> ! {
        let got = format!("{} {}", request.method, request.url.path());
        locked(&self.unexpected).push(got.clone());
        panic!("unexpected request {got}; expected {expected:?}")
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let failed = |phase, kind| Err(TransportError::new(phase, kind, format!("scripted {kind:?}, {phase:?}")));
        if request.cancellation.is_cancelled() {
            return failed(SendPhase::NotSent, TransportErrorKind::Cancelled);
        }
        if Instant::now().into_std() >= request.deadline {
            return failed(SendPhase::NotSent, TransportErrorKind::Timeout);
        }
        let exchange = self.take(&request);
        if let Some(check) = &exchange.check {
            check(&request);
        }
        locked(&self.requests).push(request.clone());
        tokio::select! {
            biased;
            () = request.cancellation.cancelled() => return failed(SendPhase::Sent, TransportErrorKind::Cancelled),
            () = pause(&exchange) => {}
            () = tokio::time::sleep_until(request.deadline.into()) => {
                return failed(SendPhase::Sent, TransportErrorKind::Timeout);
            }
        }
        match exchange.outcome {
            Outcome::Answer(response) if response.body.len() as u64 > request.body_limit => {
                failed(SendPhase::Answered(response.status), TransportErrorKind::TooLarge)
            }
            Outcome::Answer(response) => Ok(response),
            Outcome::Fail { phase, kind } => failed(phase, kind),
            Outcome::Silence => failed(SendPhase::Sent, TransportErrorKind::Interrupted),
        }
    }
}

async fn pause(exchange: &Exchange) {
    match exchange.outcome {
        Outcome::Silence => std::future::pending().await,
        Outcome::Answer(_) | Outcome::Fail { .. } if exchange.delay.is_zero() => {}
        Outcome::Answer(_) | Outcome::Fail { .. } => tokio::time::sleep(exchange.delay).await,
    }
}

#[expect(clippy::panic, reason = "a mistake in a script is found at once")]
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[expect(clippy::panic, reason = "a mistake in a script is found at once")]
fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or_else(|error| panic!("{status}: {error}"))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use futures::FutureExt;
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
        let script =
            [Exchange::get("/a").answers(200, "text/plain", "one"), Exchange::post("/b").answers(500, "a/b", "")];
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
}
