//! Tokens of a consent that last: found, renewed in turn, ended when the vendor says so.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use media_domain::ProviderErrorKind;
use media_ports::{CallContext, ProviderError, TokenLock, TokenSet};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{consent_needed, is_spent_grant};
use crate::oauth::{CanvaOAuth, EXCHANGE_TIME, uncut, unkept};

const RENEW: &str = "renew the access token";

impl CanvaOAuth {
    /// The tokens that are kept, renewed if they do not last as long as that; nothing without a consent.
    ///
    /// # Errors
    /// `unauthenticated` when the consent has ended; trouble with the store or with the renewal, unless the token that is
    /// kept is still good.
    pub(crate) async fn lasting(
        &self,
        context: &CallContext,
        margin: Duration,
        doing: &'static str,
    ) -> Result<Option<TokenSet>, ProviderError> {
        let margin = TimeDelta::from_std(margin).unwrap_or(TimeDelta::MAX);
        let lasts = |tokens: &TokenSet| tokens.expires_at - self.utc_now() > margin;
        let Some(kept) = self.kept(doing).await? else { return Ok(None) };
        if lasts(&kept) {
            return Ok(Some(kept));
        }
        let held = self.locked(context, doing).await?;
        // Somebody else may have renewed them while this call waited for the lock.
        let kept = self.kept(doing).await?.unwrap_or(kept);
        if lasts(&kept) || (kept.refresh_token.is_none() && self.is_good(&kept)) {
            return Ok(Some(kept));
        }
        match self.renewed(context, held, kept.clone(), doing).await {
            // Trouble on the way; the token is still good for a while.
            Err(error) if error.kind != ProviderErrorKind::Unauthenticated && self.is_good(&kept) => Ok(Some(kept)),
            outcome => outcome.map(Some),
        }
    }

    /// Tokens in place of those whose access token the vendor has refused before its time.
    ///
    /// # Errors
    /// `unauthenticated` when the consent has ended; trouble with the store or with the renewal.
    pub(crate) async fn in_place_of(
        &self,
        context: &CallContext,
        refused: &SecretString,
        doing: &'static str,
    ) -> Result<TokenSet, ProviderError> {
        let held = self.locked(context, doing).await?;
        let kept = self.kept(doing).await?.ok_or_else(|| consent_needed(doing, "no consent is kept").here())?;
        // Somebody else may have renewed them meanwhile.
        match kept.access_token.expose_secret() != refused.expose_secret() && self.is_good(&kept) {
            true => Ok(kept),
            false => self.renewed(context, held, kept, doing).await,
        }
    }

    /// The store's lock, which is waited for no longer than the caller waits.
    pub(crate) async fn locked(&self, context: &CallContext, doing: &str) -> Result<TokenLock, ProviderError> {
        tokio::select! {
            biased;
            () = context.cancellation.cancelled() => {
                Err(ProviderError::cancelled(format!("{doing}: the caller gave up while another renewed the access token")))
            }
            held = self.tokens.lock(&self.provider) => held.map_err(|error| unkept(doing, error)),
            () = self.client.clock().sleep_until(context.deadline) => {
                Err(too_late(doing, "the deadline passed while another renewed the access token"))
            }
        }
    }

    async fn renewed(
        &self,
        context: &CallContext,
        held: TokenLock,
        kept: TokenSet,
        doing: &'static str,
    ) -> Result<TokenSet, ProviderError> {
        let Some(refresh_token) = kept.refresh_token.clone() else {
            self.end(&kept).await;
            return Err(consent_needed(doing, "the consent that was kept has ended").here());
        };
        if self.client.clock().now() + EXCHANGE_TIME > context.deadline {
            return Err(too_late(doing, "too little time is left to renew the access token safely"));
        }
        let (oauth, context) = (self.clone(), context.clone());
        let renewing = async move {
            let _held = held;
            match oauth.renew(&context, &kept, &refresh_token).await {
                Err(error) if is_spent_grant(&error) => {
                    oauth.end(&kept).await;
                    Err(error)
                }
                outcome => outcome,
            }
        };
        uncut(renewing, doing).await
    }

    /// Buys the next pair with the refresh token of this one, and keeps it before anybody may use it.
    async fn renew(
        &self,
        context: &CallContext,
        spent: &TokenSet,
        refresh_token: &SecretString,
    ) -> Result<TokenSet, ProviderError> {
        // A store that cannot be written is found out before the refresh token is spent, not after.
        self.tokens.save(&self.provider, spent).await.map_err(|error| unkept(RENEW, error))?;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        let client = self.client.clone().with_secret(refresh_token);
        let mut tokens = self.exchange(&client, context, &fields, RENEW).await?;
        // RFC 6749 §6: whoever answers no new refresh token leaves the one before in force.
        tokens.refresh_token = tokens.refresh_token.or_else(|| Some(refresh_token.clone()));
        self.tokens.save(&self.provider, &tokens).await.map_err(|error| unkept(RENEW, error))?;
        Ok(tokens)
    }

    /// Keeps what is known of a consent that nothing but a person can give again.
    async fn end(&self, kept: &TokenSet) {
        let expires_at = kept.expires_at.min(self.utc_now());
        let ended = TokenSet { refresh_token: None, expires_at, ..kept.clone() };
        // If it cannot be written down, the next call finds out anew.
        let _ = self.tokens.save(&self.provider, &ended).await;
    }

    fn is_good(&self, tokens: &TokenSet) -> bool {
        tokens.expires_at > self.utc_now()
    }

    fn utc_now(&self) -> DateTime<Utc> {
        self.client.clock().utc_now()
    }
}

pub(crate) fn too_late(doing: &str, reason: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Timeout, format!("{doing}: {reason}")).again(None).here()
}
