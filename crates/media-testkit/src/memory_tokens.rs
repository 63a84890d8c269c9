//! Tokens kept in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use media_domain::ProviderId;
use media_ports::{StoreError, TokenLock, TokenSet, TokenStore};

/// Keeps tokens in memory; clones are stores on one place.
///
/// ```
/// use media_testkit::memory_tokens::MemoryTokenStore;
///
/// let store = MemoryTokenStore::default();
/// let another_process = store.clone();
/// # let _ = another_process;
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryTokenStore(Arc<Place>);

#[derive(Debug, Default)]
struct Place {
    tokens: Mutex<BTreeMap<ProviderId, TokenSet>>,
    locks: Mutex<BTreeMap<ProviderId, Arc<tokio::sync::Mutex<()>>>>,
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self, provider: &ProviderId) -> Result<Option<TokenSet>, StoreError> {
        Ok(locked(&self.0.tokens).get(provider).cloned())
    }

    async fn save(&self, provider: &ProviderId, tokens: &TokenSet) -> Result<(), StoreError> {
        locked(&self.0.tokens).insert(provider.clone(), tokens.clone());
        Ok(())
    }

    async fn lock(&self, provider: &ProviderId) -> Result<TokenLock, StoreError> {
        let lock = Arc::clone(locked(&self.0.locks).entry(provider.clone()).or_default());
        Ok(TokenLock::new(lock.lock_owned().await))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
