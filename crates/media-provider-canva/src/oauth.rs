//! Consent: from a person's agreement in the browser to tokens that are kept and renewed.
//!
//! OAuth 2.0 authorization code flow with PKCE (RFC 7636, S256). The access token lasts about four hours; the refresh
//! token buys the next pair once, and with it the consent is lost if its successor is. Canva Connect OpenAPI document
//! (2024-06-18), `exchangeAccessToken`, read 2026-11-20.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{AUTHORIZATION, InvalidHeaderValue};
use media_domain::{ProviderErrorKind, ProviderId};
use media_http::{ApiClient, Purpose};
use media_ports::{CallContext, ProviderError, StoreError, TokenSet, TokenStore, with_causes};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use crate::wire::TokenAnswer;

/// Longest time for one exchange.
pub(crate) const EXCHANGE_TIME: Duration = Duration::from_secs(20);

/// Longest life of an access token that is believed: a year.
const MAX_LIFE_S: f64 = 365.0 * 86_400.0;

/// Life of an access token that does not tell: the four hours that the vendor documents, as RFC 6749 §5.1 has it. A token
/// that ends before is renewed when the vendor refuses it.
const USUAL_LIFE_S: f64 = 14_400.0;

const EXCHANGE: &str = "exchange the consent for tokens";

/// Asks for consent, and exchanges what comes of it for tokens, which it keeps.
///
/// ```no_run
/// # use media_ports::{CallContext, ProviderError};
/// # use media_provider_canva::CanvaOAuth;
/// # async fn auth(oauth: &CanvaOAuth, context: &CallContext, entropy: [u8; 64]) -> Result<(), Box<dyn std::error::Error>> {
/// let consent = oauth.consent(&"http://127.0.0.1:8931/callback".parse()?, entropy);
/// println!("open {}", consent.authorize_url());
/// // … the browser comes back with the answer in the query of the redirect:
/// let query = "code=abc&state=xyz";
/// let ends = oauth.complete(context, consent, query).await?;
/// println!("access until {ends}, renewed by itself from then on");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct CanvaOAuth {
    pub(crate) provider: ProviderId,
    pub(crate) client: ApiClient,
    pub(crate) client_id: String,
    pub(crate) authorize_url: Url,
    pub(crate) scopes: Vec<String>,
    pub(crate) tokens: Arc<dyn TokenStore>,
}

/// A question to a person that has not been answered yet.
pub struct Consent {
    authorize_url: Url,
    redirect_uri: Url,
    state: String,
    verifier: SecretString,
}

impl Consent {
    /// The page on which the person agrees; it holds no secret.
    pub fn authorize_url(&self) -> &Url {
        &self.authorize_url
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Consent({})", media_http::display_url(&self.authorize_url))
    }
}

/// The header under which the client identifies itself where tokens are exchanged.
pub(crate) fn identified(client: ApiClient, id: &str, secret: &SecretString) -> Result<ApiClient, InvalidHeaderValue> {
    let pair = BASE64_STANDARD.encode(format!("{}:{}", id.trim(), secret.expose_secret().trim()));
    Ok(client.with_secret_header(AUTHORIZATION, "Basic ", &pair.into())?.with_secret(secret))
}

impl CanvaOAuth {
    /// Prepares the question. `redirect_uri` is where the browser brings the answer, one of those that the integration
    /// names at Canva; `entropy` are random bytes from the operating system, used once.
    pub fn consent(&self, redirect_uri: &Url, entropy: [u8; 64]) -> Consent {
        let (for_state, for_verifier) = entropy.split_at(16);
        let state = BASE64_URL_SAFE_NO_PAD.encode(for_state);
        // 48 bytes make 64 characters; RFC 7636 §4.1 asks for 43 to 128.
        let verifier = BASE64_URL_SAFE_NO_PAD.encode(for_verifier);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut authorize_url = self.authorize_url.clone();
        authorize_url
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("scope", &self.scopes.join(" "))
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Consent { authorize_url, redirect_uri: redirect_uri.clone(), state, verifier: verifier.into() }
    }

    /// Exchanges the answer, which stands in the query of the redirect, for tokens, and keeps them. Returns when the
    /// access token ends.
    ///
    /// # Errors
    /// `permission_denied` when the person did not agree, `invalid_request` for an answer to another question,
    /// `unauthenticated` when the vendor refuses the exchange, and whatever happens on the line.
    pub async fn complete(
        &self,
        context: &CallContext,
        consent: Consent,
        query: &str,
    ) -> Result<DateTime<Utc>, ProviderError> {
        let code = self.code(&consent, query, EXCHANGE)?;
        let held = self.locked(context, EXCHANGE).await?;
        let (oauth, context) = (self.clone(), context.clone());
        let exchanging = async move {
            let _held = held;
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", code.expose_secret()),
                ("code_verifier", consent.verifier.expose_secret()),
                ("redirect_uri", consent.redirect_uri.as_str()),
            ];
            let client = oauth.client.clone().with_secret(&code).with_secret(&consent.verifier);
            let tokens = oauth.exchange(&client, &context, &fields, EXCHANGE).await?;
            oauth.tokens.save(&oauth.provider, &tokens).await.map_err(|error| unkept(EXCHANGE, error))?;
            Ok(tokens.expires_at)
        };
        uncut(exchanging, EXCHANGE).await
    }

    fn code(&self, consent: &Consent, query: &str, doing: &str) -> Result<SecretString, ProviderError> {
        let pairs: Vec<(String, String)> =
            url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        // RFC 6749 §10.12: an answer to another question may be somebody else's consent.
        if value("state") != Some(consent.state.as_str()) {
            let message = format!("{doing}: this answers another question; begin again");
            return Err(ProviderError::new(ProviderErrorKind::InvalidRequest, message).here());
        }
        if let Some(refused) = value("error") {
            let said = self.client.redactor().clean(value("error_description").unwrap_or(refused));
            let message = format!("{doing}: consent was not given: {said:?}");
            return Err(ProviderError::new(ProviderErrorKind::PermissionDenied, message).here());
        }
        value("code").filter(|code| !code.is_empty()).map(|code| code.to_owned().into()).ok_or_else(|| {
            let message = format!("{doing}: the answer holds no code; begin again");
            ProviderError::new(ProviderErrorKind::InvalidRequest, message).here()
        })
    }

    /// Exchanges something for a pair of tokens.
    ///
    /// A pair whose purchase is cut off is lost, so neither the caller's deadline nor its giving up ends the exchange;
    /// see [`EXCHANGE_TIME`] and [`uncut`].
    pub(crate) async fn exchange(
        &self,
        client: &ApiClient,
        context: &CallContext,
        fields: &[(&str, &str)],
        doing: &str,
    ) -> Result<TokenSet, ProviderError> {
        let until = client.clock().now() + EXCHANGE_TIME;
        let own = CallContext::new(until, context.request_id, context.user_id.clone());
        let url = client.base_url().as_url().clone();
        // The moment before sending: the token's life is counted from no later than the vendor does.
        let now = client.clock().utc_now();
        let sent = client.post(url, &own, Purpose::Read, doing).form(fields).send_json::<TokenAnswer>().await;
        let answer = sent.map_err(|mut error| {
            // Nothing was paid for, and tokens may stand in the body, which would be kept aside where anybody reads.
            error.salvaged = None;
            error
        })?;
        let TokenAnswer { access_token, refresh_token, expires_in } = answer.document;
        let life_s = expires_in.unwrap_or(USUAL_LIFE_S).clamp(0.0, MAX_LIFE_S);
        Ok(TokenSet {
            access_token: access_token.into(),
            expires_at: now + TimeDelta::seconds(life_s as i64),
            refresh_token: refresh_token.filter(|token| !token.is_empty()).map(SecretString::from),
        })
    }

    /// The tokens that are kept.
    pub(crate) async fn kept(&self, doing: &str) -> Result<Option<TokenSet>, ProviderError> {
        self.tokens.load(&self.provider).await.map_err(|error| unkept(doing, error))
    }
}

/// Does what may not be cut off: in a task of its own, which goes on if whoever waits for it is dropped.
pub(crate) async fn uncut<T: Send + 'static>(
    work: impl Future<Output = Result<T, ProviderError>> + Send + 'static,
    doing: &str,
) -> Result<T, ProviderError> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        let message = format!("{doing}: it was broken off");
        Err(ProviderError::new(ProviderErrorKind::Unexpected, message).with_source(error))
    })
}

/// The store's trouble, not the vendor's; another provider may serve. The cause stands in the text, since of a provider
/// that is passed over nothing else is told.
pub(crate) fn unkept(doing: &str, error: StoreError) -> ProviderError {
    let message = format!("{doing}: the token store failed: {}", with_causes(&error));
    ProviderError::new(ProviderErrorKind::Unavailable, message).here()
}
