//! With which token a call is made.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::ProviderErrorKind;
use media_http::ApiClient;
use media_ports::{CallContext, ProviderError, TokenLock, TokenSet};
use secrecy::{ExposeSecret, SecretString};

use crate::error::consent_needed;
use crate::expiry;
use crate::oauth::{CanvaOAuth, EXCHANGE_TIME, unkept};

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

/// A client that carries a token.
#[derive(Debug)]
pub(crate) struct Authorised {
    pub(crate) client: ApiClient,
    /// What the token is and when it ends, for people.
    pub(crate) standing: String,
}

impl Access {
    /// A client for one operation. `doing` completes "failed to …".
    ///
    /// # Errors
    /// `unauthenticated`, naming the command that asks for consent, when there is no token that could be used; the
    /// vendor's refusal of a renewal.
    pub(crate) async fn authorised(&self, context: &CallContext, doing: &str) -> Result<Authorised, ProviderError> {
        self.check_context(context, doing)?;
        if let Some(oauth) = &self.oauth
            && let Some(kept) = oauth.kept(doing).await?
        {
            let tokens = self.lasting(oauth, context, kept, doing).await?;
            let standing = match tokens.refresh_token {
                Some(_) => {
                    format!("consent is kept; its access token ends {} and is renewed before", shown(tokens.expires_at))
                }
                None => {
                    format!("the access token that is kept ends {}; then consent is needed", shown(tokens.expires_at))
                }
            };
            return self.with_token(&tokens.access_token, standing, doing);
        }
        let Some(api_key) = &self.api_key else {
            return Err(consent_needed(doing, "no consent is kept").here());
        };
        let ends = expiry::of_token(api_key.expose_secret());
        if ends.is_some_and(|ends| ends <= self.now()) {
            let reason = "the access token in CANVA_API_KEY has ended";
            return Err(consent_needed(doing, reason).here());
        }
        let told = ends.map_or_else(|| "does not tell when it ends".to_owned(), |ends| format!("ends {}", shown(ends)));
        self.with_token(api_key, format!("the access token in CANVA_API_KEY {told}; it cannot be renewed"), doing)
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

    /// Tokens that last for an operation: those kept, or those bought with them.
    async fn lasting(
        &self,
        oauth: &CanvaOAuth,
        context: &CallContext,
        kept: TokenSet,
        doing: &str,
    ) -> Result<TokenSet, ProviderError> {
        if self.lasts(&kept) {
            return Ok(kept);
        }
        let _held = self.locked(oauth, context, doing).await?;
        // Somebody else may have renewed them while this call waited for the lock.
        let kept = oauth.kept(doing).await?.unwrap_or(kept);
        if self.lasts(&kept) {
            return Ok(kept);
        }
        match self.renewed(oauth, context, &kept, doing).await {
            // Trouble on the way; the token is still good for a while.
            Err(error) if error.kind != ProviderErrorKind::Unauthenticated && kept.expires_at > self.now() => Ok(kept),
            outcome => outcome,
        }
    }

    async fn renewed(
        &self,
        oauth: &CanvaOAuth,
        context: &CallContext,
        kept: &TokenSet,
        doing: &str,
    ) -> Result<TokenSet, ProviderError> {
        let Some(refresh_token) = &kept.refresh_token else {
            return match kept.expires_at > self.now() {
                true => Ok(kept.clone()),
                false => Err(consent_needed(doing, "the access token that is kept has ended").here()),
            };
        };
        if self.client.clock().now() + EXCHANGE_TIME > context.deadline {
            return Err(too_late(doing, "too little time is left to renew the access token safely"));
        }
        oauth.renew(context, kept, refresh_token).await
    }

    async fn locked(&self, oauth: &CanvaOAuth, context: &CallContext, doing: &str) -> Result<TokenLock, ProviderError> {
        tokio::select! {
            biased;
            () = context.cancellation.cancelled() => {
                Err(ProviderError::cancelled(format!("{doing}: the caller gave up while another renewed the access token")))
            }
            held = oauth.tokens.lock(&oauth.provider) => held.map_err(|error| unkept(doing, error)),
            () = self.client.clock().sleep_until(context.deadline) => {
                Err(too_late(doing, "the deadline passed while another renewed the access token"))
            }
        }
    }

    fn lasts(&self, tokens: &TokenSet) -> bool {
        let margin = self.operation_time.clamp(MIN_MARGIN, MAX_MARGIN).as_secs() as i64;
        tokens.expires_at - self.now() > TimeDelta::seconds(margin)
    }

    fn now(&self) -> DateTime<Utc> {
        self.client.clock().utc_now()
    }

    fn with_token(&self, token: &SecretString, standing: String, doing: &str) -> Result<Authorised, ProviderError> {
        let client = self
            .client
            .clone()
            .with_bearer(token)
            .map_err(|_| consent_needed(doing, "the access token holds characters that no token has").here())?;
        Ok(Authorised { client, standing })
    }
}

fn too_late(doing: &str, reason: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Timeout, format!("{doing}: {reason}")).again(None).here()
}

fn shown(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}
