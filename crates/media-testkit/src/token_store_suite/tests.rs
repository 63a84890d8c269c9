//! Stores that lose tokens are caught.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::ProviderId;
use media_ports::{StoreError, TokenLock, TokenSet, TokenStore};

use super::{CaseTime, TokensUnderTest, token_store_suite};
use crate::harness::Suite;
use crate::memory_tokens::MemoryTokenStore;
use crate::sample;

/// What a store does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sin {
    None,
    KeepsTheFirst,
    OneForAll,
    LocksNobodyOut,
    LocksForEver,
    OneLockForAll,
    ShowsTokens,
}

#[derive(Debug)]
struct Sinner {
    sin: Sin,
    store: MemoryTokenStore,
    #[expect(dead_code, reason = "it is shown")]
    last: std::sync::Mutex<Option<String>>,
}

impl Sinner {
    fn on(sin: Sin, store: MemoryTokenStore) -> Arc<dyn TokenStore> {
        let last = (sin == Sin::ShowsTokens).then(|| "access-1".to_owned());
        Arc::new(Self { sin, store, last: std::sync::Mutex::new(last) })
    }

    fn named(&self, provider: &ProviderId, sin: Sin) -> ProviderId {
        if self.sin == sin { sample::provider("one") } else { provider.clone() }
    }
}

#[async_trait]
impl TokenStore for Sinner {
    async fn load(&self, provider: &ProviderId) -> Result<Option<TokenSet>, StoreError> {
        self.store.load(&self.named(provider, Sin::OneForAll)).await
    }

    async fn save(&self, provider: &ProviderId, tokens: &TokenSet) -> Result<(), StoreError> {
        let provider = self.named(provider, Sin::OneForAll);
        if self.sin == Sin::KeepsTheFirst && self.store.load(&provider).await?.is_some() {
            return Ok(());
        }
        self.store.save(&provider, tokens).await
    }

    async fn lock(&self, provider: &ProviderId) -> Result<TokenLock, StoreError> {
        if self.sin == Sin::LocksNobodyOut {
            return Ok(TokenLock::new(()));
        }
        let lock = self.store.lock(&self.named(provider, Sin::OneLockForAll)).await?;
        if self.sin == Sin::LocksForEver {
            std::mem::forget(lock);
            return Ok(TokenLock::new(()));
        }
        Ok(lock)
    }
}

fn suite(sin: Sin, shared: bool) -> Suite {
    token_store_suite("sinner", CaseTime::Paused, move || async move {
        let store = MemoryTokenStore::default();
        let place = if shared { store.clone() } else { MemoryTokenStore::default() };
        TokensUnderTest { store: Sinner::on(sin, store), other: Sinner::on(sin, place), keep: Box::new(()) }
    })
}

#[test]
fn each_mistake_is_found_by_what_is_about_it() {
    let cases: [(Sin, bool, &[&str]); 8] = [
        (Sin::None, true, &[]),
        (
            Sin::None,
            false,
            &[
                "two_stores_on_one_place_see_each_other",
                "a_lock_holds_for_the_other_store_too",
                "a_lock_is_given_back_when_it_is_dropped",
                "who_stops_waiting_for_a_lock_does_not_get_it",
                "refreshes_at_the_same_time_lose_no_token",
            ],
        ),
        (
            Sin::KeepsTheFirst,
            true,
            &[
                "tokens_without_a_refresh_token_are_kept",
                "what_is_saved_replaces_what_was_there",
                "two_stores_on_one_place_see_each_other",
                "refreshes_at_the_same_time_lose_no_token",
            ],
        ),
        (Sin::OneForAll, true, &["providers_do_not_see_each_other"]),
        (
            Sin::LocksNobodyOut,
            true,
            &[
                "a_lock_is_held_by_one_at_a_time",
                "a_lock_holds_for_the_other_store_too",
                "a_lock_is_given_back_when_it_is_dropped",
                "who_stops_waiting_for_a_lock_does_not_get_it",
                "refreshes_at_the_same_time_lose_no_token",
            ],
        ),
        (
            Sin::LocksForEver,
            true,
            &[
                "a_lock_is_held_by_one_at_a_time",
                "a_lock_holds_for_the_other_store_too",
                "a_lock_is_given_back_when_it_is_dropped",
                "who_stops_waiting_for_a_lock_does_not_get_it",
                "refreshes_at_the_same_time_lose_no_token",
            ],
        ),
        (Sin::OneLockForAll, true, &["locks_of_two_providers_do_not_wait_for_each_other"]),
        (Sin::ShowsTokens, true, &["no_token_is_shown"]),
    ];
    for (sin, shared, expected) in cases {
        assert_eq!(suite(sin, shared).failures(), expected, "{sin:?}, {shared}");
    }
}
