//! One exchange of a script.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use media_http::event_stream::EVENT_STREAM;
use media_http::{HttpRequest, HttpResponse, SendPhase, TransportErrorKind};
use serde_json::Value;

use super::events::{Course, Ending};

/// One expected request and what comes of it.
#[derive(Clone)]
pub struct Exchange {
    method: Method,
    path: String,
    pub(super) operation: Option<&'static str>,
    pub(super) check: Option<Arc<RequestCheck>>,
    pub(super) delay: Duration,
    pub(super) outcome: Outcome,
    pub(super) course: Course,
}

pub(super) type RequestCheck = dyn Fn(&HttpRequest) + Send + Sync;

#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Answer(Box<HttpResponse>),
    Fail { phase: SendPhase, kind: TransportErrorKind },
    Silence,
}

impl Exchange {
    /// Expects a request of a method to a path (without query); nothing answers it until an outcome is set.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            operation: None,
            check: None,
            delay: Duration::ZERO,
            outcome: Outcome::Silence,
            course: Course::default(),
        }
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

    /// Names the vendor's operation, for the files that are left behind.
    #[must_use]
    pub fn of_operation(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
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
        let response = HttpResponse { status: status_code(status), headers, body: body.into().into() };
        self.outcome = Outcome::Answer(Box::new(response));
        self
    }

    /// Answers with JSON.
    #[must_use]
    pub fn answers_json(self, status: u16, body: &Value) -> Self {
        self.answers(status, "application/json", body.to_string())
    }

    /// Answers 200 with server-sent events. Whoever asks for events gets them in pieces of so many bytes, each
    /// [`after`](Self::after) the delay.
    #[must_use]
    pub fn answers_events(mut self, events: impl Into<Bytes>, piece: usize) -> Self {
        self.course.piece = piece.max(1);
        self.answers(200, EVENT_STREAM, events)
    }

    /// After its last piece, the line of an answer of events fails.
    #[must_use]
    pub fn breaking_off(mut self, kind: TransportErrorKind) -> Self {
        self.course.ending = Ending::Fails(kind);
        self
    }

    /// After its last piece, an answer of events never ends.
    #[must_use]
    pub fn halting(mut self) -> Self {
        self.course.ending = Ending::Silence;
        self
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

    pub(crate) fn matches(&self, request: &HttpRequest) -> bool {
        self.method == request.method && self.path == request.url.path()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {:?}", self.method, self.path, self.outcome)
    }
}

pub(super) async fn pause(exchange: &Exchange) {
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
