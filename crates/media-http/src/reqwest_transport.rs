//! The transport over real sockets.

use std::error::Error;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::{Body, Client, ClientBuilder, Response};
use tokio::time::Instant;
use url::{Host, Url};

use crate::address::is_public;
use crate::body_reader::{self, Cut};
use crate::tracked_body::TrackedBody;
use crate::{
    ByteBudget, EventStream, HttpRequest, HttpResponse, OpenAnswer, PieceSource, SendPhase, StreamBounds, Transport,
    TransportError, TransportErrorKind, is_event_stream, tls,
};

/// Sends requests over real sockets, on pooled connections.
///
/// The client, and with it TLS, is made on first use. Idle connections are closed after 15 seconds: a stale one would
/// turn an order into an unknown. Nothing is repeated, no redirect is followed; `localhost` and addresses that are
/// not public are reached without the system's proxy.
///
/// ```
/// use media_http::{ReqwestTransport, TransportOptions};
///
/// let transport = ReqwestTransport::new(TransportOptions::default());
/// assert!(format!("{transport:?}").contains("connect_timeout"));
/// ```
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    options: TransportOptions,
    outside: OnceLock<Client>,
    inside: OnceLock<Client>,
}

/// How connections are made and kept.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// Longest time for name, connection and TLS together; 10 seconds by default.
    pub connect_timeout: Duration,
    /// After which an unused connection is closed; 15 seconds by default.
    pub idle_timeout: Duration,
    /// Longest time between two pieces of an answer's body; 60 seconds by default. How long the vendor may think before it
    /// answers, or between two events, is bounded by the deadline only.
    pub read_timeout: Duration,
    /// What bodies of answers take their room from; the one of the process by default.
    pub budget: ByteBudget,
    /// Whether the system's proxy settings (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`) are used for addresses outside this machine
    /// and its private networks; they are by default.
    pub system_proxy: bool,
}

impl TransportOptions {
    /// [`read_timeout`](Self::read_timeout) unless it is told otherwise.
    pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(60);
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
            read_timeout: Self::READ_TIMEOUT,
            budget: ByteBudget::of_process(),
            system_proxy: true,
        }
    }
}

impl ReqwestTransport {
    /// Makes a transport; nothing is opened yet.
    pub fn new(options: TransportOptions) -> Self {
        Self { options, outside: OnceLock::new(), inside: OnceLock::new() }
    }

    fn client(&self, url: &Url) -> Result<&Client, TransportError> {
        let local = is_inside(url);
        let cell = if local { &self.inside } else { &self.outside };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = client_builder(&self.options).map_err(unusable_client)?;
        if local || !self.options.system_proxy {
            builder = builder.no_proxy();
        }
        // Two first callers may both make one; the first to arrive is kept.
        let client = builder.build().map_err(unusable_client)?;
        Ok(cell.get_or_init(|| client))
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        send_with(self.client(&request.url)?, &self.options, request).await
    }

    async fn open(&self, request: HttpRequest) -> Result<OpenAnswer, TransportError> {
        let (options, bounds) = (&self.options, StreamBounds::of(&request));
        let limit = request.body_limit;
        begin(self.client(&request.url)?, request, |response| async move {
            if !is_event_stream(response.status(), response.headers()) {
                return read_whole(response, limit, options).await.map(OpenAnswer::Whole);
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let stream = EventStream::new(status, headers, bounds, Pieces(response));
            let stream = stream.with_read_timeout(options.read_timeout).with_budget(options.budget.clone());
            Ok(OpenAnswer::Events(Box::new(stream)))
        })
        .await
    }
}

/// Most bytes that are read of an answer without success: 256 KiB.
const REFUSAL_LIMIT: u64 = 256 << 10;

/// The pieces of an answer, as they come off the line.
struct Pieces(Response);

#[async_trait]
impl PieceSource for Pieces {
    async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        let phase = SendPhase::Answered(self.0.status());
        self.0.chunk().await.map_err(|error| Stop::Line(error).into_error(phase))
    }
}

/// Sends one request on a client, under the request's deadline, cancellation and body limit.
pub(crate) async fn send_with(
    client: &Client,
    options: &TransportOptions,
    request: HttpRequest,
) -> Result<HttpResponse, TransportError> {
    let limit = request.body_limit;
    begin(client, request, |response| read_whole(response, limit, options)).await
}

async fn read_whole(mut response: Response, limit: u64, options: &TransportOptions) -> Result<HttpResponse, Cut> {
    let body = match response.status().is_success() {
        true => body_reader::read(&mut response, limit, options).await?,
        // The status has said what matters; nobody reads more than that of an explanation.
        false => body_reader::read_beginning(&mut response, limit.min(REFUSAL_LIMIT), options).await?,
    };
    Ok(HttpResponse { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
}

/// Sends one request and does with the answer what is wanted, under the request's deadline and cancellation.
async fn begin<T, F: Future<Output = Result<T, Cut>>>(
    client: &Client,
    request: HttpRequest,
    read: impl FnOnce(Response) -> F,
) -> Result<T, TransportError> {
    let HttpRequest { method, url, headers, body, deadline, cancellation, .. } = request;
    let unsent = |kind, message: &str| Err(TransportError::new(SendPhase::NotSent, kind, message));
    if cancellation.is_cancelled() {
        return unsent(TransportErrorKind::Cancelled, "the caller gave up before anything was sent");
    }
    if Instant::now().into_std() >= deadline {
        return unsent(TransportErrorKind::Timeout, "the deadline had passed before anything was sent");
    }
    let mut builder = client.request(method, url).headers(headers);
    let mut progress = Progress::default();
    if !body.is_empty() {
        let (body, begun) = TrackedBody::new(body);
        progress.body_begun = Some(begun);
        builder = builder.body(Body::wrap(body));
    }
    let outcome = tokio::select! {
        biased;
        outcome = exchange(builder, read, &mut progress.status) => outcome,
        () = cancellation.cancelled() => Err(Stop::Cancelled),
        () = tokio::time::sleep_until(deadline.into()) => Err(Stop::Deadline),
    };
    outcome.map_err(|stop| stop.into_error(progress.phase()))
}

/// How far a request has come, seen from outside the future that carries it.
#[derive(Debug, Default)]
struct Progress {
    status: Option<http::StatusCode>,
    /// Absent without a body, when nothing tells.
    body_begun: Option<Arc<AtomicBool>>,
}

impl Progress {
    fn phase(&self) -> SendPhase {
        match (self.status, &self.body_begun) {
            (Some(status), _) => SendPhase::Answered(status),
            (None, Some(begun)) if !begun.load(Ordering::Acquire) => SendPhase::NotSent,
            (None, _) => SendPhase::Sent,
        }
    }
}

/// Why an exchange ended early.
enum Stop {
    Cancelled,
    Deadline,
    Body(Cut),
    Line(reqwest::Error),
}

impl Stop {
    fn into_error(self, phase: SendPhase) -> TransportError {
        use TransportErrorKind as Kind;
        let during = match phase {
            SendPhase::NotSent => "before anything was sent",
            SendPhase::Sent => "after the request was sent and before an answer came",
            SendPhase::Answered(_) => "while the answer was being read",
        };
        match self {
            Self::Cancelled => TransportError::new(phase, Kind::Cancelled, format!("the caller gave up {during}")),
            Self::Deadline => TransportError::new(phase, Kind::Timeout, format!("the deadline passed {during}")),
            Self::Body(Cut::Line(error)) | Self::Line(error) => line_error(error, phase, during),
            Self::Body(cut @ (Cut::TooSlow | Cut::NoRoom { .. })) => {
                TransportError::new(phase, Kind::Timeout, cut.to_string())
            }
            Self::Body(cut) => TransportError::new(phase, Kind::TooLarge, cut.to_string()),
        }
    }
}

fn line_error(error: reqwest::Error, phase: SendPhase, during: &str) -> TransportError {
    use TransportErrorKind as Kind;
    // The address, with its query, stands in the client's own text.
    let error = error.without_url();
    let (phase, kind, message) = if error.is_builder() {
        (SendPhase::NotSent, Kind::Invalid, "the request cannot be made".to_owned())
    } else if error.is_connect() && error.is_timeout() {
        (SendPhase::NotSent, Kind::Connect, "no connection was made in time".to_owned())
    } else if error.is_connect() {
        (SendPhase::NotSent, Kind::Connect, "no connection could be made".to_owned())
    } else {
        (phase, Kind::Interrupted, format!("the connection was lost {during}"))
    };
    TransportError::new(phase, kind, message).with_source(error)
}

async fn exchange<T, F: Future<Output = Result<T, Cut>>>(
    builder: reqwest::RequestBuilder,
    read: impl FnOnce(Response) -> F,
    status: &mut Option<http::StatusCode>,
) -> Result<T, Stop> {
    let response = builder.send().await.map_err(Stop::Line)?;
    *status = Some(response.status());
    read(response).await.map_err(Stop::Body)
}

/// The client that every use starts from: rustls with ring, no redirect, no repetition.
pub(crate) fn client_builder(options: &TransportOptions) -> Result<ClientBuilder, rustls::Error> {
    let builder = Client::builder()
        .tls_backend_preconfigured(tls::client_config()?)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.idle_timeout);
    Ok(builder)
}

pub(crate) fn unusable_client(error: impl Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(SendPhase::NotSent, TransportErrorKind::Invalid, "the HTTP client cannot be made")
        .with_source(error)
}

/// Whether an address is one of this machine or of the network around it, which no proxy leads to.
fn is_inside(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => !is_public(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => !is_public(IpAddr::from(address)),
        None => false,
    }
}
