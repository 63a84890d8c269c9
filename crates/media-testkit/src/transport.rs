//! A transport whose exchanges are scripted.

mod events;
mod exchange;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use media_http::{
    EventStream, HttpRequest, HttpResponse, OpenAnswer, SendPhase, StreamBounds, Transport, TransportError,
    TransportErrorKind, is_event_stream,
};
use tokio::time::Instant;

use self::events::{Course, Ending, ScriptedPieces};
pub use self::exchange::Exchange;
use self::exchange::{Outcome, pause};
use crate::contract;
use crate::recorded::RecordedRequest;

/// Plays a queue of exchanges, each once and in order; it records the requests.
///
/// It behaves as a real transport must: what was given up or too late before sending is not sent, an answer beyond
/// the body limit is an error, deadline and cancellation end a wait. A request that the script does not expect
/// panics; what the script expects and never came is found by [`assert_exhausted`](Self::assert_exhausted).
///
/// With [`MEDIA_CONTRACT_DIR`](contract::FOLDER_VARIABLE) in the environment, every exchange is left behind as a file there.
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

    /// The same, to be looked into: JSON, forms and their parts.
    pub fn recorded(&self) -> Vec<RecordedRequest> {
        locked(&self.requests).iter().map(RecordedRequest::of).collect()
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
        let limit = request.body_limit;
        let (response, course, _) = self.play(request).await?;
        match course.ending {
            _ if response.body.len() as u64 > limit => {
                failed(SendPhase::Answered(response.status), TransportErrorKind::TooLarge)
            }
            Ending::Fails(kind) => failed(SendPhase::Answered(response.status), kind),
            Ending::Silence => failed(SendPhase::Answered(response.status), TransportErrorKind::Timeout),
            Ending::Ends => Ok(response),
        }
    }

    async fn open(&self, request: HttpRequest) -> Result<OpenAnswer, TransportError> {
        let bounds = StreamBounds::of(&request);
        let limit = request.body_limit;
        let (response, course, delay) = self.play(request).await?;
        if is_event_stream(response.status, &response.headers) {
            let pieces = ScriptedPieces::new(&response, course, delay);
            let stream = EventStream::new(response.status, response.headers, bounds, pieces);
            return Ok(OpenAnswer::Events(Box::new(stream)));
        }
        if response.body.len() as u64 > limit {
            return failed(SendPhase::Answered(response.status), TransportErrorKind::TooLarge);
        }
        Ok(OpenAnswer::Whole(response))
    }
}

impl ScriptedTransport {
    /// Plays the next exchange up to the beginning of its answer.
    async fn play(&self, request: HttpRequest) -> Result<(HttpResponse, Course, Duration), TransportError> {
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
        contract::leave_behind(exchange.operation, &request, exchange.response());
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
            Outcome::Answer(response) => Ok((*response, exchange.course, exchange.delay)),
            Outcome::Fail { phase, kind } => failed(phase, kind),
            Outcome::Silence => failed(SendPhase::Sent, TransportErrorKind::Interrupted),
        }
    }
}

fn failed<T>(phase: SendPhase, kind: TransportErrorKind) -> Result<T, TransportError> {
    Err(TransportError::new(phase, kind, format!("scripted {kind:?}, {phase:?}")))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
