//! With which token a call is made.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use media_domain::{ProviderErrorKind, RetryClass};
use media_http::ApiClient;
use media_ports::{CallContext, ProviderError, TokenSet};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{consent_needed, is_refused_token};
use crate::expiry;
use crate::oauth::CanvaOAuth;
use crate::renewal::too_late;

/// Shortest life that a token must still have when a call begins, if it can be renewed; 5 minutes.
const MIN_MARGIN: Duration = Duration::from_secs(300);

/// The same for operations that take very long; 30 minutes, far below the life of a token.
const MAX_MARGIN: Duration = Duration::from_secs(1_800);

/// Finds the token for a call: tokens of a consent, which renew themselves, before a bare access token, which ends.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) client: ApiClient,
    pub(crate) api_key: Option<SecretString>,
    pub(crate) oauth: Option<Arc<CanvaOAuth>>,
    /// Longest time of an operation; it begins with a token that lasts as long.
    pub(crate) operation_time: Duration,
}

/// Leave to make the calls of one operation.
#[derive(Debug)]
pub(crate) struct Authorised<'a> {
    access: &'a Access,
    /// A client that carries the token.
    pub(crate) client: ApiClient,
    /// What the token is and when it ends, for people.
    pub(crate) standing: String,
    /// The token, if it came of a consent.
    token: Option<SecretString>,
}

impl Access {
    /// Leave for one operation. `doing` completes "failed to …".
    ///
    /// # Errors
    /// `unauthenticated`, naming the command that asks for consent, when there is no token that could be used; the
    /// vendor's refusal of a renewal.
    pub(crate) async fn authorised(
        &self,
        context: &CallContext,
        doing: &'static str,
    ) -> Result<Authorised<'_>, ProviderError> {
        self.check_context(context, doing)?;
        let Some(oauth) = &self.oauth else { return self.with_bare_token(doing) };
        let margin = self.operation_time.clamp(MIN_MARGIN, MAX_MARGIN);
        match oauth.lasting(context, margin, doing).await {
            Ok(Some(tokens)) => self.with_consent(&tokens, doing),
            Ok(None) => self.with_bare_token(doing),
            Err(error) => self.without_consent(error, doing),
        }
    }

    /// Nothing is read, and nothing renewed, for a call that is over already.
    fn check_context(&self, context: &CallContext, doing: &str) -> Result<(), ProviderError> {
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled(format!("{doing}: the caller gave up before anything was sent")));
        }
        if self.client.clock().now() >= context.deadline {
            return Err(too_late(doing, "the deadline had passed before anything was sent"));
        }
        Ok(())
    }

    fn with_consent(&self, tokens: &TokenSet, doing: &str) -> Result<Authorised<'_>, ProviderError> {
        let ends = shown(tokens.expires_at);
        let standing = match tokens.refresh_token {
            Some(_) => format!("consent is kept; its access token ends {ends} and is renewed before"),
            None => format!("the access token that is kept ends {ends}; then consent is needed"),
        };
        let authorised = self.with_token(&tokens.access_token, standing, doing)?;
        Ok(Authorised { token: Some(tokens.access_token.clone()), ..authorised })
    }

    fn with_bare_token(&self, doing: &str) -> Result<Authorised<'_>, ProviderError> {
        let Some(api_key) = &self.api_key else {
            return Err(consent_needed(doing, "no consent is kept").here());
        };
        let ends = expiry::of_token(api_key.expose_secret());
        if ends.is_some_and(|ends| ends <= self.client.clock().utc_now()) {
            return Err(consent_needed(doing, "the access token in CANVA_API_KEY has ended").here());
        }
        let told = ends.map_or_else(|| "does not tell when it ends".to_owned(), |ends| format!("ends {}", shown(ends)));
        self.with_token(api_key, format!("the access token in CANVA_API_KEY {told}; it cannot be renewed"), doing)
    }

    /// The bare token, where a consent is of no use; without one, why it is not.
    fn without_consent(&self, error: ProviderError, doing: &str) -> Result<Authorised<'_>, ProviderError> {
        if error.kind != ProviderErrorKind::Unauthenticated {
            return Err(error);
        }
        let mut authorised = self.with_bare_token(doing).map_err(|_| error)?;
        authorised.standing.push_str("; the consent that is kept cannot be used");
        Ok(authorised)
    }

    fn with_token(&self, token: &SecretString, standing: String, doing: &str) -> Result<Authorised<'_>, ProviderError> {
        let client = self
            .client
            .clone()
            .with_bearer(token)
            .map_err(|_| consent_needed(doing, "the access token holds characters that no token has").here())?;
        Ok(Authorised { access: self, client, standing, token: None })
    }
}

impl Authorised<'_> {
    /// Takes a step that may be taken again after a refusal of its token. Of a token that is refused before its time –
    /// which the vendor does before it does anything else – another is made, and the step taken once more.
    pub(crate) async fn step<T, F>(
        &mut self,
        context: &CallContext,
        doing: &'static str,
        step: impl Fn(ApiClient) -> F,
    ) -> Result<T, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let refused = match step(self.client.clone()).await {
            Err(error) if is_refused_token(&error) => error,
            outcome => return outcome,
        };
        let (Some(oauth), Some(token)) = (&self.access.oauth, &self.token) else { return Err(refused) };
        let renewed = match oauth.in_place_of(context, token, doing).await {
            Ok(tokens) => self.access.with_consent(&tokens, doing),
            Err(error) => self.access.without_consent(error, doing),
        };
        *self = renewed.map_err(|error| still_open(error, refused))?;
        step(self.client.clone()).await
    }
}

/// Trouble with a renewal; what was open when the token was refused stays so.
fn still_open(error: ProviderError, refused: ProviderError) -> ProviderError {
    match refused.retry {
        RetryClass::Uncertain { .. } => ProviderError { retry: refused.retry, ..error },
        _ => error,
    }
}

fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}
