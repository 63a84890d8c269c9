//! The transport: one request out, one answer in.

use std::fmt;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use media_ports::CallContext;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{TransportError, display_url};

/// Sends one request and reads the whole answer.
///
/// An implementation repeats nothing and follows no redirect; it obeys deadline, cancellation and body limit of the
/// request, and tells in its error whether anything had been sent.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Sends a request; an answer of any status is an answer.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}

/// One request.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers; secret values are marked sensitive, see [`secret_header`].
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// When the caller stops waiting, for everything from connecting to the last byte of the answer.
    pub deadline: Instant,
    /// Fires when the caller gives up.
    pub cancellation: CancellationToken,
    /// Most bytes of the answer's body, counted as decompressed.
    pub body_limit: u64,
}

impl HttpRequest {
    /// Most bytes of an answer unless the request says otherwise: 1 MiB, enough for JSON without pictures.
    pub const DEFAULT_BODY_LIMIT: u64 = 1 << 20;

    /// Makes a request without headers and body, under the deadline and the cancellation of a call.
    pub fn new(method: Method, url: Url, context: &CallContext) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: context.deadline,
            cancellation: context.cancellation.clone(),
            body_limit: Self::DEFAULT_BODY_LIMIT,
        }
    }

    /// Adds a header, replacing an earlier one of the name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds the credential.
    #[must_use]
    pub fn with_authorization(self, value: HeaderValue) -> Self {
        self.with_header(AUTHORIZATION, value)
    }

    /// Sets the most bytes of the answer's body.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Makes the value the body, as JSON.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn with_json<T: Serialize>(mut self, value: &T) -> Result<Self, serde_json::Error> {
        self.body = serde_json::to_vec(value)?.into();
        Ok(self.with_header(CONTENT_TYPE, HeaderValue::from_static("application/json")))
    }
}

impl fmt::Debug for HttpRequest {
    /// Shows neither query nor secret headers nor the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &display_url(&self.url))
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}

/// The answer to a request.
#[derive(Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Bytes,
}

impl fmt::Debug for HttpResponse {
    /// Shows the length of the body only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Makes a header value of a secret (`prefix` is `"Bearer "`, say) that is shown in no `Debug` output.
///
/// # Errors
/// When the secret holds characters that no header may carry, such as line breaks.
pub fn secret_header(prefix: &str, secret: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(format!("{prefix}{}", secret.expose_secret().trim()))?;
    value.set_sensitive(true);
    Ok(value)
}
