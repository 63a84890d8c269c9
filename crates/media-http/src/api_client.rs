//! Calls to a vendor's API, from the request to a checked answer.

use std::fmt;
use std::sync::Arc;

use http::header::{AUTHORIZATION, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use media_domain::ProviderErrorKind;
use media_ports::{BuildError, CallContext, Clock, Credential, CredentialSource, FactoryContext, ProviderError};
use secrecy::SecretString;
use url::Url;

use crate::base_url::BaseUrlError;
use crate::{ApiCall, BaseUrl, HttpResponse, Purpose, ReadRefusal, Redactor, Transport, secret_header};

/// What every call of an adapter has in common: where the vendor is, on which transport, with which credential, and how
/// its refusals are read. The credential is sent to the vendor's own hosts only.
///
/// ```
/// use std::sync::Arc;
/// use media_http::{ApiClient, BaseUrl, NoTransport, Purpose, VendorRefusal};
/// use media_ports::{CallContext, Clock, ProviderError};
///
/// #[derive(serde::Deserialize)]
/// struct Balance {
///     credits: f64,
/// }
///
/// fn client(clock: Arc<dyn Clock>, key: secrecy::SecretString) -> Result<ApiClient, Box<dyn std::error::Error>> {
///     let base_url = BaseUrl::parse("https://api.example.org")?;
///     Ok(ApiClient::new(Arc::new(NoTransport), clock, base_url, |_, _| VendorRefusal::silent()).with_bearer(&key)?)
/// }
///
/// async fn credits(client: &ApiClient, context: &CallContext) -> Result<f64, ProviderError> {
///     let url = client.base_url().at("v1/user/balance");
///     let answer = client.get(url, context, Purpose::Read, "ask for the balance").send_json::<Balance>().await?;
///     Ok(answer.document.credits)
/// }
/// ```
#[derive(Clone)]
pub struct ApiClient {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read_refusal: ReadRefusal,
    pub(crate) redactor: Redactor,
    pub(crate) headers: HeaderMap,
    base_url: BaseUrl,
    /// Where the credential comes from, for people whose credential is refused.
    credential_source: Option<Arc<str>>,
    domains: &'static [&'static str],
}

impl ApiClient {
    /// Makes a client without credential.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        base_url: BaseUrl,
        read_refusal: ReadRefusal,
    ) -> Self {
        let (redactor, headers) = (Redactor::default(), HeaderMap::new());
        Self { transport, clock, read_refusal, redactor, headers, base_url, credential_source: None, domains: &[] }
    }

    /// Adds domains of the vendor's whose hosts may be sent the credential as well, see [`BaseUrl::vendor_url`].
    #[must_use]
    pub fn with_domains(mut self, domains: &'static [&'static str]) -> Self {
        self.domains = domains;
        self
    }

    /// Adds a header to every call.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a header with a secret to every call; the secret is shown nowhere.
    ///
    /// # Errors
    /// When the secret holds characters that no header may carry.
    pub fn with_secret_header(
        mut self,
        name: HeaderName,
        prefix: &str,
        secret: &SecretString,
    ) -> Result<Self, InvalidHeaderValue> {
        self.headers.insert(name, secret_header(prefix, secret)?);
        Ok(self.with_secret(secret))
    }

    /// Adds `Authorization: Bearer …` to every call.
    ///
    /// # Errors
    /// As [`with_secret_header`](Self::with_secret_header).
    pub fn with_bearer(self, token: &SecretString) -> Result<Self, InvalidHeaderValue> {
        self.with_secret_header(AUTHORIZATION, "Bearer ", token)
    }

    /// Adds a credential of the provider's to every call, and says where it comes from; see
    /// [`with_secret_header`](Self::with_secret_header) and [`with_credential_source`](Self::with_credential_source).
    ///
    /// # Errors
    /// [`BuildError::MissingCredential`]; [`BuildError::UnusableCredential`] when it holds characters that no header may carry.
    pub fn with_credential(
        self,
        name: HeaderName,
        prefix: &str,
        credential: &Credential,
        context: &FactoryContext,
    ) -> Result<Self, BuildError> {
        let secret = context.required(credential)?;
        let source = context.credentials.source(credential.key);
        let client = self.with_secret_header(name, prefix, secret).map_err(|_| {
            let found_in = source.map_or_else(|| credential.key.to_owned(), ToString::to_string);
            BuildError::UnusableCredential { found_in }
        })?;
        Ok(client.with_credential_source(source))
    }

    /// Adds a secret that is to be struck out of the vendor's texts.
    #[must_use]
    pub fn with_secret(mut self, secret: &SecretString) -> Self {
        self.redactor = self.redactor.with(secret.clone());
        self
    }

    /// Says where the credential comes from: a refusal of it asks to check that.
    #[must_use]
    pub fn with_credential_source(mut self, source: Option<&CredentialSource>) -> Self {
        self.credential_source = source.map(|source| source.to_string().into());
        self
    }

    /// Where the vendor is.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// What strikes the secrets out of foreign texts.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What tells the time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Reads an address that the vendor answered, where the credential may be sent.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn vendor_url(&self, text: &str) -> Result<Url, BaseUrlError> {
        self.base_url.vendor_url(text, self.domains)
    }

    /// Prepares a call. `doing` completes "failed to …" ("order images").
    pub fn call<'a>(
        &'a self,
        method: Method,
        url: Url,
        context: &CallContext,
        purpose: Purpose,
        doing: &str,
    ) -> ApiCall<'a> {
        ApiCall::new(self, method, url, context, purpose, doing)
    }

    /// Prepares a GET, see [`call`](Self::call).
    pub fn get<'a>(&'a self, url: Url, context: &CallContext, purpose: Purpose, doing: &str) -> ApiCall<'a> {
        self.call(Method::GET, url, context, purpose, doing)
    }

    /// Prepares a POST, see [`call`](Self::call).
    pub fn post<'a>(&'a self, url: Url, context: &CallContext, purpose: Purpose, doing: &str) -> ApiCall<'a> {
        self.call(Method::POST, url, context, purpose, doing)
    }

    /// Reads an answer without success.
    pub(crate) fn refusal(
        &self,
        response: &HttpResponse,
        doing: &str,
        purpose: &Purpose,
        redactor: &Redactor,
    ) -> ProviderError {
        let now = self.clock.utc_now().into();
        let mut error = (self.read_refusal)(response, now).into_error(response, doing, purpose, redactor, now);
        if let (ProviderErrorKind::Unauthenticated, Some(source)) = (error.kind, &self.credential_source) {
            error.message.push_str(&format!("; check {source}"));
        }
        error
    }

    pub(crate) fn covers(&self, url: &Url) -> bool {
        self.base_url.covers(url, self.domains)
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient")
            .field("base_url", &self.base_url)
            .field("headers", &self.headers)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
