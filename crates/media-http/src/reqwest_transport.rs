//! The transport over real sockets.

use std::error::Error;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::{Body, Client, ClientBuilder, Response};
use tokio::time::Instant;
use url::{Host, Url};

use crate::tracked_body::TrackedBody;
use crate::{HttpRequest, HttpResponse, SendPhase, Transport, TransportError, TransportErrorKind, tls};

/// Sends requests over real sockets, on pooled connections.
///
/// The client, and with it TLS, is made on first use. Idle connections are closed after 15 seconds: a stale one would
/// turn an order into an unknown. Nothing is repeated, no redirect is followed; addresses of this machine are
/// reached without the system's proxy.
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
    this_machine: OnceLock<Client>,
}

/// How connections are made and kept.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// Longest time for name, connection and TLS together; 10 seconds by default.
    pub connect_timeout: Duration,
    /// After which an unused connection is closed; 15 seconds by default.
    pub idle_timeout: Duration,
    /// Whether the system's proxy settings are used for addresses outside this machine; they are by default.
    pub system_proxy: bool,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(10), idle_timeout: Duration::from_secs(15), system_proxy: true }
    }
}

impl ReqwestTransport {
    /// Makes a transport; nothing is opened yet.
    pub fn new(options: TransportOptions) -> Self {
        Self { options, outside: OnceLock::new(), this_machine: OnceLock::new() }
    }

    fn client(&self, url: &Url) -> Result<&Client, TransportError> {
        let local = is_this_machine(url);
        let cell = if local { &self.this_machine } else { &self.outside };
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
        send_with(self.client(&request.url)?, request).await
    }
}

/// Sends one request on a client, under the request's deadline, cancellation and body limit.
pub(crate) async fn send_with(client: &Client, request: HttpRequest) -> Result<HttpResponse, TransportError> {
    let HttpRequest { method, url, headers, body, deadline, cancellation, body_limit } = request;
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
        outcome = exchange(builder, body_limit, &mut progress.status) => outcome,
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
    TooLarge { limit: u64 },
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
            Self::TooLarge { limit } => TransportError::new(
                phase,
                Kind::TooLarge,
                format!("the answer has more than the {limit} bytes allowed"),
            ),
            Self::Line(error) => line_error(error, phase, during),
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

async fn exchange(
    builder: reqwest::RequestBuilder,
    body_limit: u64,
    status: &mut Option<http::StatusCode>,
) -> Result<HttpResponse, Stop> {
    let mut response = builder.send().await.map_err(Stop::Line)?;
    *status = Some(response.status());
    let body = read_body(&mut response, body_limit).await?;
    Ok(HttpResponse { status: response.status(), headers: std::mem::take(response.headers_mut()), body })
}

/// Reads the body, and stops as soon as it is larger than allowed.
async fn read_body(response: &mut Response, limit: u64) -> Result<Bytes, Stop> {
    let declared = response.content_length();
    if declared.is_some_and(|length| length > limit) {
        return Err(Stop::TooLarge { limit });
    }
    let Some(first) = response.chunk().await.map_err(Stop::Line)? else { return Ok(Bytes::new()) };
    if declared == Some(first.len() as u64) && first.len() as u64 <= limit {
        return Ok(first);
    }
    // What is declared lies within the limit, and costs address space only until it is there.
    let mut body = BytesMut::with_capacity(declared.unwrap_or_default() as usize);
    let mut next = Some(first);
    while let Some(chunk) = next {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(Stop::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(Stop::Line)?;
    }
    Ok(body.freeze())
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

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}
