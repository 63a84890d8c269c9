//! What every store of rotating tokens must do.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use media_domain::ProviderId;
use media_ports::{StoreError, TokenSet, TokenStore};
use secrecy::ExposeSecret;

pub use crate::cases::CaseTime;
use crate::cases::Cases;
use crate::generator::unexpected;
use crate::harness::Suite;
use crate::sample;

/// Two stores on one fresh place, as two processes have them, made anew for every case.
pub struct TokensUnderTest {
    /// The one.
    pub store: Arc<dyn TokenStore>,
    /// The other, which must not be the same object.
    pub other: Arc<dyn TokenStore>,
    /// Whatever must live as long as the stores (a folder that is removed when it is dropped).
    pub keep: Box<dyn Any + Send>,
}

impl fmt::Debug for TokensUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokensUnderTest").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Every case of a token store.
pub fn token_store_suite<F, Fut>(name: &'static str, time: CaseTime, make: F) -> Suite
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = TokensUnderTest> + Send + 'static,
{
    Cases::new(name, time, make)
        .case("nothing_is_kept_at_first", nothing_at_first)
        .case("what_is_saved_is_loaded", saved_is_loaded)
        .case("tokens_without_a_refresh_token_are_kept", without_refresh_token)
        .case("what_is_saved_replaces_what_was_there", replaced)
        .case("providers_do_not_see_each_other", providers_apart)
        .case("two_stores_on_one_place_see_each_other", two_stores)
        .case("a_lock_is_held_by_one_at_a_time", |tokens| async move {
            excludes([Arc::clone(&tokens.store), Arc::clone(&tokens.store)]).await;
        })
        .case("a_lock_holds_for_the_other_store_too", |tokens| async move {
            excludes([Arc::clone(&tokens.store), Arc::clone(&tokens.other)]).await;
        })
        .case("a_lock_is_given_back_when_it_is_dropped", given_back)
        .case("who_stops_waiting_for_a_lock_does_not_get_it", stops_waiting)
        .case("locks_of_two_providers_do_not_wait_for_each_other", locks_apart)
        .case("refreshes_at_the_same_time_lose_no_token", no_token_is_lost)
        .case("no_token_is_shown", nothing_shown)
        .suite
}

fn provider() -> ProviderId {
    sample::provider("canva_api")
}

/// The pair that came of so many refreshes.
fn tokens(generation: u32) -> TokenSet {
    TokenSet {
        access_token: format!("access-{generation}").into(),
        expires_at: DateTime::<Utc>::from_timestamp(1_795_176_000 + i64::from(generation), 0).unwrap_or_default(),
        refresh_token: Some(format!("refresh-{generation}").into()),
    }
}

/// What a set holds, to compare.
fn shown(tokens: &TokenSet) -> (String, DateTime<Utc>, Option<String>) {
    let refresh = tokens.refresh_token.as_ref().map(|token| token.expose_secret().to_owned());
    (tokens.access_token.expose_secret().to_owned(), tokens.expires_at, refresh)
}

fn done<T>(outcome: Result<T, StoreError>) -> T {
    outcome.unwrap_or_else(|error| unexpected(&error))
}

async fn kept(store: &Arc<dyn TokenStore>, provider: &ProviderId) -> Option<(String, DateTime<Utc>, Option<String>)> {
    done(store.load(provider).await).as_ref().map(shown)
}

async fn nothing_at_first(under_test: TokensUnderTest) {
    assert_eq!(kept(&under_test.store, &provider()).await, None);
}

async fn saved_is_loaded(under_test: TokensUnderTest) {
    done(under_test.store.save(&provider(), &tokens(1)).await);
    assert_eq!(kept(&under_test.store, &provider()).await, Some(shown(&tokens(1))));
}

async fn without_refresh_token(under_test: TokensUnderTest) {
    let bare = TokenSet { refresh_token: None, ..tokens(1) };
    done(under_test.store.save(&provider(), &tokens(0)).await);
    done(under_test.store.save(&provider(), &bare).await);
    assert_eq!(kept(&under_test.store, &provider()).await, Some(shown(&bare)));
}

async fn replaced(under_test: TokensUnderTest) {
    for generation in 1..=3 {
        done(under_test.store.save(&provider(), &tokens(generation)).await);
    }
    assert_eq!(kept(&under_test.store, &provider()).await, Some(shown(&tokens(3))));
}

async fn providers_apart(under_test: TokensUnderTest) {
    let other = sample::provider("canva_two");
    done(under_test.store.save(&provider(), &tokens(1)).await);
    assert_eq!(kept(&under_test.store, &other).await, None);
    done(under_test.store.save(&other, &tokens(2)).await);
    assert_eq!(kept(&under_test.store, &provider()).await, Some(shown(&tokens(1))));
}

async fn two_stores(under_test: TokensUnderTest) {
    done(under_test.store.save(&provider(), &tokens(1)).await);
    assert_eq!(kept(&under_test.other, &provider()).await, Some(shown(&tokens(1))));
    done(under_test.other.save(&provider(), &tokens(2)).await);
    assert_eq!(kept(&under_test.store, &provider()).await, Some(shown(&tokens(2))));
}

/// Lets the other task have its turn, often enough for whatever it is about to do.
async fn let_others_run() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

async fn excludes(stores: [Arc<dyn TokenStore>; 2]) {
    let held = Arc::new(AtomicBool::new(false));
    let tasks = stores.map(|store| {
        let held = Arc::clone(&held);
        tokio::spawn(async move {
            for _ in 0..5 {
                let lock = done(store.lock(&provider()).await);
                assert!(!held.swap(true, Ordering::SeqCst), "two hold the lock at the same time");
                let_others_run().await;
                held.store(false, Ordering::SeqCst);
                drop(lock);
            }
        })
    });
    for task in tasks {
        task.await.unwrap_or_else(|error| unexpected(&error));
    }
}

async fn given_back(under_test: TokensUnderTest) {
    let lock = done(under_test.store.lock(&provider()).await);
    let other = Arc::clone(&under_test.other);
    let waiting = tokio::spawn(async move { done(other.lock(&provider()).await) });
    let_others_run().await;
    assert!(!waiting.is_finished(), "the lock is held");
    drop(lock);
    let lock = waiting.await.unwrap_or_else(|error| unexpected(&error));
    drop(lock);
    drop(done(under_test.store.lock(&provider()).await));
}

async fn stops_waiting(under_test: TokensUnderTest) {
    let lock = done(under_test.store.lock(&provider()).await);
    let other = Arc::clone(&under_test.other);
    let waiting = tokio::spawn(async move { done(other.lock(&provider()).await) });
    let_others_run().await;
    waiting.abort();
    assert!(waiting.await.is_err(), "who waits gets nothing while the lock is held");
    drop(lock);
    drop(done(under_test.store.lock(&provider()).await));
    drop(done(under_test.other.lock(&provider()).await));
}

async fn locks_apart(under_test: TokensUnderTest) {
    let first = done(under_test.store.lock(&provider()).await);
    let second = done(under_test.store.lock(&sample::provider("canva_two")).await);
    drop((first, second));
}

/// The generation of the pair that is kept.
fn generation_of(tokens: Option<TokenSet>) -> u32 {
    let Some(tokens) = tokens else { return 0 };
    let number = tokens.access_token.expose_secret().trim_start_matches("access-").parse();
    number.unwrap_or_else(|error| unexpected(&error))
}

async fn no_token_is_lost(under_test: TokensUnderTest) {
    const REFRESHES: u32 = 5;
    let tasks = [Arc::clone(&under_test.store), Arc::clone(&under_test.other)].map(|store| {
        tokio::spawn(async move {
            for _ in 0..REFRESHES {
                let lock = done(store.lock(&provider()).await);
                let before = generation_of(done(store.load(&provider()).await));
                let_others_run().await;
                done(store.save(&provider(), &tokens(before + 1)).await);
                drop(lock);
            }
        })
    });
    for task in tasks {
        task.await.unwrap_or_else(|error| unexpected(&error));
    }
    assert_eq!(generation_of(done(under_test.store.load(&provider()).await)), 2 * REFRESHES);
}

async fn nothing_shown(under_test: TokensUnderTest) {
    done(under_test.store.save(&provider(), &tokens(1)).await);
    let lock = done(under_test.store.lock(&provider()).await);
    let loaded = done(under_test.store.load(&provider()).await);
    let text = format!("{:?} {lock:?} {loaded:?}", under_test.store);
    assert!(!text.contains("access-1") && !text.contains("refresh-1"), "a token is told");
}
