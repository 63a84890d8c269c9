//! One call to a vendor's API.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, InvalidHeaderValue};
use http::{HeaderName, HeaderValue, Method};
use media_domain::{ImageFormat, ProviderErrorKind};
use media_ports::{CallContext, ProviderError};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::picture::check_picture;
use crate::{
    ApiClient, HttpRequest, HttpResponse, JsonAnswer, MultipartForm, Purpose, Redactor, RequestBody, TransportError,
    display_url, secret_header,
};

/// One call to a vendor's API, to be filled in and sent once; see [`ApiClient`].
///
/// What fails gets its kind and retry class here: never sent is `again`; lost after sending is what the [`Purpose`] makes
/// of it; an answer without success is read by the adapter's [`ReadRefusal`](crate::ReadRefusal).
///
/// ```
/// use media_http::{ApiClient, JsonAnswer, MultipartForm, Purpose};
/// use media_ports::{CallContext, ProviderError};
///
/// #[derive(serde::Deserialize)]
/// struct Accepted {
///     id: String,
/// }
///
/// async fn submit(client: &ApiClient, context: &CallContext, form: MultipartForm) -> Result<String, ProviderError> {
///     let url = client.base_url().at("v2beta/edit/erase");
///     let call = client.post(url, context, Purpose::Submit, "order an edit").multipart(form);
///     let JsonAnswer { document, .. } = call.send_json::<Accepted>().await?;
///     Ok(document.id)
/// }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct ApiCall<'a> {
    pub(crate) client: &'a ApiClient,
    pub(crate) request: HttpRequest,
    pub(crate) purpose: Purpose,
    pub(crate) doing: String,
    pub(crate) redactor: Redactor,
    problem: Option<String>,
}

impl<'a> ApiCall<'a> {
    pub(crate) fn new(
        client: &'a ApiClient,
        method: Method,
        url: Url,
        context: &CallContext,
        purpose: Purpose,
        doing: &str,
    ) -> Self {
        let doing = format!("{doing} at {}", display_url(&url));
        let problem = (!client.covers(&url)).then(|| "the address is not the vendor's; nothing was sent".to_owned());
        let mut request = HttpRequest::new(method, url, context);
        request.headers = client.headers.clone();
        Self { client, request, purpose, doing, redactor: client.redactor.clone(), problem }
    }

    /// Adds a header, replacing an earlier one of the name.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request = self.request.with_header(name, value);
        self
    }

    /// Asks for a type of answer.
    pub fn accept(self, content_type: &'static str) -> Self {
        self.header(ACCEPT, HeaderValue::from_static(content_type))
    }

    /// Sends this call under a credential of its own in `Authorization`, which is shown nowhere; `scheme` is `"Bearer "` or
    /// `"Basic "`.
    ///
    /// # Errors
    /// When the secret holds characters that no header may carry.
    pub fn authorization(mut self, scheme: &str, secret: &SecretString) -> Result<Self, InvalidHeaderValue> {
        let value = secret_header(scheme, secret)?;
        self.redactor = self.redactor.with(secret.clone());
        Ok(self.header(AUTHORIZATION, value))
    }

    /// Adds a pair to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.request.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Makes the value the body, as JSON.
    pub fn json<T: Serialize>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.bytes("application/json", body),
            Err(_) => {
                self.problem = Some("the request cannot be written as JSON".to_owned());
                self
            }
        }
    }

    /// Makes the form the body.
    pub fn multipart(mut self, form: MultipartForm) -> Self {
        self.request = self.request.with_multipart(form);
        self
    }

    /// Makes the fields the body, URL-encoded.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.request = self.request.with_form(fields);
        self
    }

    /// Makes bytes of a type the body.
    pub fn bytes(mut self, content_type: &'static str, body: impl Into<RequestBody>) -> Self {
        self.request = self.request.with_bytes(content_type, body);
        self
    }

    /// Sets the most bytes of the answer; [`HttpRequest::DEFAULT_BODY_LIMIT`] otherwise.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.request.body_limit = bytes;
        self
    }

    /// Bounds this call; the caller's deadline stays, if it is earlier.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.deadline = self.request.deadline.min(self.client.clock.now() + timeout);
        self
    }

    /// Sends the call and reads its answer.
    ///
    /// # Errors
    /// [`ProviderError`], for every answer that is no success (2xx) too.
    pub async fn send(self) -> Result<HttpResponse, ProviderError> {
        self.sent().await.map(|answered| answered.response)
    }

    /// Sends the call and reads its answer as JSON.
    ///
    /// # Errors
    /// [`ProviderError`]; `malformed_response`, with the body kept aside, for a success that is not what was expected.
    pub async fn send_json<T: DeserializeOwned>(self) -> Result<JsonAnswer<T>, ProviderError> {
        let Answered { response, purpose, doing } = self.sent().await?;
        JsonAnswer::read(response, &doing).map_err(|error| purpose.judge(error))
    }

    /// Sends the call and reads its answer as a picture, by its first bytes; headers are those of the answer.
    ///
    /// # Errors
    /// [`ProviderError`]; `malformed_response`, with the body kept aside, for a success that is no picture.
    pub async fn send_picture(self) -> Result<PictureAnswer, ProviderError> {
        let Answered { response, purpose, doing } = self.sent().await?;
        let HttpResponse { status, headers, body } = response;
        let bytes = body.into_bytes();
        match check_picture(&headers, &bytes) {
            Ok(format) => Ok(PictureAnswer { bytes, format, headers }),
            Err(reason) => {
                let message = format!("{doing}: {reason}");
                let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(Some(bytes));
                Err(purpose.judge(error.with_http_status(status.as_u16())))
            }
        }
    }

    async fn sent(self) -> Result<Answered, ProviderError> {
        self.check()?;
        let Self { client, request, purpose, doing, redactor, .. } = self;
        let lost = |error: TransportError| purpose.judge_lost(error, &doing);
        let response = client.transport.send(request).await.map_err(lost)?;
        if response.status.is_success() {
            return Ok(Answered { response, purpose, doing });
        }
        Err(client.refusal(&response, &doing, &purpose, &redactor))
    }

    /// Finds what must not be sent.
    pub(crate) fn check(&self) -> Result<(), ProviderError> {
        let Some(problem) = &self.problem else { return Ok(()) };
        let message = format!("{}: {problem}", self.doing);
        Err(self.purpose.judge(ProviderError::new(ProviderErrorKind::ConfigInvalid, message).here()))
    }
}

/// A picture that a vendor answered as it is.
pub struct PictureAnswer {
    /// The file.
    pub bytes: Bytes,
    /// What it is by its first bytes.
    pub format: ImageFormat,
    /// The answer's headers, in which some vendors tell the seed.
    pub headers: http::HeaderMap,
}

impl fmt::Debug for PictureAnswer {
    /// Shows what it is and how large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureAnswer({}, {} bytes)", self.format, self.bytes.len())
    }
}

struct Answered {
    response: HttpResponse,
    purpose: Purpose,
    doing: String,
}
