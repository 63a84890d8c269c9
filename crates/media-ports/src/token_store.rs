//! Keeping tokens that a vendor replaces with every use.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::ProviderId;
use secrecy::SecretString;

use crate::StoreError;

/// Keeps the rotating tokens of providers, safe from other users of the machine, over restarts.
///
/// A refresh token that may be used once is lost when two processes use it at the same time, or when its successor is
/// used before it is kept. So a refresh happens between [`lock`](TokenStore::lock) and the drop of what it answers, and
/// the successor is [saved](TokenStore::save) before it is used.
///
/// ```
/// use media_domain::ProviderId;
/// use media_ports::{StoreError, TokenSet, TokenStore};
///
/// /// Whoever waited for the lock may find that another has refreshed meanwhile.
/// async fn refreshed(store: &dyn TokenStore, provider: &ProviderId, stale: &TokenSet) -> Result<TokenSet, StoreError> {
///     let _lock = store.lock(provider).await?;
///     match store.load(provider).await? {
///         Some(kept) if kept.expires_at > stale.expires_at => Ok(kept),
///         _ => {
///             let successor = buy_successor(stale).await;
///             store.save(provider, &successor).await?;
///             Ok(successor)
///         }
///     }
/// }
/// # async fn buy_successor(stale: &TokenSet) -> TokenSet { stale.clone() }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// The tokens kept for a provider, if there are any.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(&self, provider: &ProviderId) -> Result<Option<TokenSet>, StoreError>;

    /// Keeps a provider's tokens in place of those before; they are safe once this returns.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn save(&self, provider: &ProviderId, tokens: &TokenSet) -> Result<(), StoreError>;

    /// Waits until nobody else, in this process or another, refreshes the provider's tokens. The lock is given back
    /// when what it answers is dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn lock(&self, provider: &ProviderId) -> Result<TokenLock, StoreError>;
}

/// Access and refresh token of a provider; neither is shown in its `Debug`.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The token that calls carry.
    pub access_token: SecretString,
    /// When that token ends, as the vendor told when it gave it.
    pub expires_at: DateTime<Utc>,
    /// The token that buys the next pair; absent when a person has to consent again.
    pub refresh_token: Option<SecretString>,
}

/// Held while tokens are refreshed; dropping it gives the lock back.
#[derive(Debug)]
pub struct TokenLock(#[expect(dead_code, reason = "it is held, not read")] Box<dyn Debug + Send + Sync>);

impl TokenLock {
    /// Wraps what gives the lock back when it is dropped.
    pub fn new(held: impl Debug + Send + Sync + 'static) -> Self {
        Self(Box::new(held))
    }
}
