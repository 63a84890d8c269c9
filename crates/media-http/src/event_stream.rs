//! Server-sent events, one after another, while the answer is still coming.

use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::body_reader::{BodyReader, Cut};
use crate::event_lines::{EventLines, Token};
use crate::json::{content_type, decode};
use crate::{
    Base64Files, ByteBudget, HttpRequest, HttpResponse, ResponseBody, SendPhase, TransportError, TransportErrorKind,
    TransportOptions,
};

/// The type of an answer that is a stream of events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// Most characters of an event's name that are kept.
const NAME_LIMIT: usize = 100;

/// Where the pieces of an answer come from.
#[async_trait]
pub trait PieceSource: Send + 'static {
    /// The next piece; `None` at the end. It need not look at deadline and cancellation.
    ///
    /// # Errors
    /// [`TransportError`] when the line is lost or nothing more comes.
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// How long a stream may be read, and how much of it.
#[derive(Debug, Clone)]
pub struct StreamBounds {
    deadline: Instant,
    cancellation: CancellationToken,
    body_limit: u64,
}

impl StreamBounds {
    /// Those of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let (deadline, cancellation) = (request.deadline, request.cancellation.clone());
        Self { deadline, cancellation, body_limit: request.body_limit }
    }
}

/// What was answered to a request that asks for events.
#[derive(Debug)]
pub enum OpenAnswer {
    /// No events, but a whole answer: a refusal, or a server that does not stream.
    Whole(HttpResponse),
    /// Events, as they come.
    Events(Box<EventStream>),
}

impl OpenAnswer {
    /// Takes a whole answer: one that is a stream of events is read as such.
    pub fn of(response: HttpResponse, bounds: StreamBounds) -> Self {
        if !is_event_stream(response.status, &response.headers) {
            return Self::Whole(response);
        }
        let HttpResponse { status, headers, body } = response;
        Self::Events(Box::new(EventStream::new(status, headers, bounds, InOnePiece(Some(body.into_bytes())))))
    }
}

/// Whether an answer is a success and declared as events.
pub fn is_event_stream(status: StatusCode, headers: &HeaderMap) -> bool {
    status.is_success() && content_type(headers) == EVENT_STREAM
}

struct InOnePiece(Option<Bytes>);

#[async_trait]
impl PieceSource for InOnePiece {
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take())
    }
}

/// The events of an answer, read as they come, under the deadline, the cancellation and the body limit of the request. Of the
/// stream no more is in memory than one event and one piece; the event takes its room from the [`ByteBudget`].
///
/// An event that the stream breaks off in is none, as the standard has it (WHATWG HTML §9.2.6, read 2026-11).
pub struct EventStream {
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    source: Box<dyn PieceSource>,
    bounds: StreamBounds,
    event_limit: u64,
    read_timeout: Option<Duration>,
    budget: ByteBudget,
    /// Bytes that have come so far.
    come: u64,
    /// What has come and was not looked at.
    piece: Bytes,
    lines: EventLines,
    name: Vec<u8>,
    data: Option<BodyReader>,
}

/// One event.
#[derive(Debug, Clone)]
pub struct ServerEvent {
    /// Its name, cut to 100 bytes; empty when it has none.
    pub name: String,
    /// Its data: several lines are parted by line feeds.
    pub data: ResponseBody,
}

impl ServerEvent {
    /// Reads the data as JSON whose Base64 files are decoded in place.
    ///
    /// # Errors
    /// What is wrong with it, and the data, to be kept aside.
    pub fn json<T: DeserializeOwned>(self) -> Result<(T, Base64Files), (String, Bytes)> {
        decode(self.data).map_err(|(reason, files)| (reason, files.into_rest()))
    }
}

impl EventStream {
    /// Makes a stream of what a source yields. Its events are bounded by the body limit only, and have a budget of their own.
    pub fn new(status: StatusCode, headers: HeaderMap, bounds: StreamBounds, source: impl PieceSource) -> Self {
        Self {
            status,
            headers,
            source: Box::new(source),
            event_limit: bounds.body_limit,
            read_timeout: None,
            budget: ByteBudget::new(bounds.body_limit),
            bounds,
            come: 0,
            piece: Bytes::new(),
            lines: EventLines::default(),
            name: Vec::new(),
            data: None,
        }
    }

    /// Sets the most bytes of one event.
    #[must_use]
    pub fn with_event_limit(mut self, bytes: u64) -> Self {
        self.event_limit = bytes.min(self.bounds.body_limit);
        self
    }

    /// Sets the longest time between two pieces of one event. How long the server may think between events is bounded by the
    /// deadline only, as it is before an answer.
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// Sets the budget that events take their room from.
    #[must_use]
    pub fn with_budget(mut self, budget: ByteBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Waits for the next event; `None` once the stream has ended.
    ///
    /// # Errors
    /// [`TransportError`] of phase `Answered`: the line was lost, the deadline passed, the caller gave up, or there was more
    /// than allowed. The stream is of no use afterwards.
    pub async fn next(&mut self) -> Result<Option<ServerEvent>, TransportError> {
        let StreamBounds { deadline, cancellation, .. } = self.bounds.clone();
        let phase = SendPhase::Answered(self.status);
        let stopped = |kind, message: &str| Err(TransportError::new(phase, kind, message));
        tokio::select! {
            biased;
            () = cancellation.cancelled() => stopped(TransportErrorKind::Cancelled, "the caller gave up while events came"),
            event = self.advance() => event,
            () = tokio::time::sleep_until(deadline.into()) => {
                stopped(TransportErrorKind::Timeout, "the deadline passed while events came")
            }
        }
    }

    async fn advance(&mut self) -> Result<Option<ServerEvent>, TransportError> {
        loop {
            let piece = std::mem::take(&mut self.piece);
            let mut rest = &piece[..];
            while let Some(token) = self.lines.next(&mut rest) {
                if let Some(event) = self.take(token).await.map_err(|cut| self.too_large(&cut))? {
                    self.piece = piece.slice_ref(rest);
                    return Ok(Some(event));
                }
            }
            let Some(piece) = self.receive().await? else { return Ok(None) };
            self.come = self.come.saturating_add(piece.len() as u64);
            if self.come > self.bounds.body_limit {
                return Err(self.too_large(&Cut::TooLarge { limit: self.bounds.body_limit }));
            }
            self.piece = piece;
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, TransportError> {
        let within_an_event = self.data.is_some();
        let Some(timeout) = self.read_timeout.filter(|_| within_an_event) else { return self.source.piece().await };
        let halted = |_| {
            let phase = SendPhase::Answered(self.status);
            TransportError::new(phase, TransportErrorKind::Timeout, "an event came to a halt half-way")
        };
        tokio::time::timeout(timeout, self.source.piece()).await.map_err(halted)?
    }

    async fn take(&mut self, token: Token<'_>) -> Result<Option<ServerEvent>, Cut> {
        match token {
            Token::NameLine => self.name.clear(),
            Token::Name(text) => {
                let room = NAME_LIMIT.saturating_sub(self.name.len());
                self.name.extend_from_slice(&text[..text.len().min(room)]);
            }
            Token::DataLine => match &mut self.data {
                Some(data) => data.add(b"\n").await?,
                None => {
                    let patience = self.read_timeout.unwrap_or(TransportOptions::READ_TIMEOUT);
                    self.data = Some(BodyReader::begin(&self.budget, None, self.event_limit, patience).await?);
                }
            },
            Token::Data(text) => {
                if let Some(data) = &mut self.data {
                    data.add(text).await?;
                }
            }
            Token::End => {
                let name = String::from_utf8_lossy(&std::mem::take(&mut self.name)).into_owned();
                return Ok(self.data.take().map(|data| ServerEvent { name, data: data.finish() }));
            }
        }
        Ok(None)
    }

    fn too_large(&self, cut: &Cut) -> TransportError {
        TransportError::new(SendPhase::Answered(self.status), TransportErrorKind::TooLarge, cut.to_string())
    }
}

impl fmt::Debug for EventStream {
    /// Shows how much has come, not what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("bytes_come", &self.come)
            .finish_non_exhaustive()
    }
}
