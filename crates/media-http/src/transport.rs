//! The transport: one request out, one answer in.

use std::fmt;
use std::time::Instant;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use media_ports::CallContext;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{MultipartForm, OpenAnswer, RequestBody, ResponseBody, StreamBounds, TransportError, display_url};

/// Sends one request and reads its answer.
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

    /// Sends a request whose answer may be a stream of events, and answers as soon as that has begun. What is no stream of
    /// events is read whole.
    ///
    /// By default a stream is read whole as well, and its events come all at once: a transport that can do better says so
    /// itself.
    ///
    /// # Errors
    /// [`TransportError`] when no answer came.
    async fn open(&self, request: HttpRequest) -> Result<OpenAnswer, TransportError> {
        let bounds = StreamBounds::of(&request);
        Ok(OpenAnswer::of(self.send(request).await?, bounds))
    }
}

/// One request.
///
/// ```
/// use http::Method;
/// use media_http::{HttpRequest, MultipartForm};
/// use media_ports::CallContext;
///
/// fn requests(url: url::Url, context: &CallContext) -> Result<[HttpRequest; 3], serde_json::Error> {
///     let post = || HttpRequest::new(Method::POST, url.clone(), context);
///     Ok([
///         post().with_json(&serde_json::json!({"prompt": "a lighthouse"}))?,
///         post().with_form(&[("grant_type", "refresh_token")]),
///         post().with_multipart(MultipartForm::new().text("prompt", "a lighthouse")),
///     ])
/// }
/// ```
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers; secret values are marked sensitive, see [`secret_header`].
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: RequestBody,
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
            body: RequestBody::default(),
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
    pub fn with_json<T: Serialize>(self, value: &T) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(value)?;
        Ok(self.with_bytes("application/json", body))
    }

    /// Makes the fields the body, URL-encoded.
    #[must_use]
    pub fn with_form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.with_bytes("application/x-www-form-urlencoded", body.into_bytes())
    }

    /// Makes the form the body.
    #[must_use]
    pub fn with_multipart(mut self, form: MultipartForm) -> Self {
        let (content_type, body) = form.into_body();
        self.body = body;
        self.with_header(CONTENT_TYPE, content_type)
    }

    /// Makes bytes of a type the body.
    #[must_use]
    pub fn with_bytes(mut self, content_type: &'static str, body: impl Into<RequestBody>) -> Self {
        self.body = body.into();
        self.with_header(CONTENT_TYPE, HeaderValue::from_static(content_type))
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
    pub body: ResponseBody,
}

impl fmt::Debug for HttpResponse {
    /// Shows the names of the headers, whose values may hold addresses with keys, and the length of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// User and password as `Authorization: Basic` has them, without the scheme. Source: RFC 7617 §2.
///
/// ```
/// use secrecy::ExposeSecret;
///
/// let credentials = media_http::basic_credentials("Aladdin", &"open sesame".to_owned().into());
/// assert_eq!(credentials.expose_secret(), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
/// ```
pub fn basic_credentials(user: &str, password: &SecretString) -> SecretString {
    BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret())).into()
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
