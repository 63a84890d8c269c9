//! Identical requests under way share one answer when asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use media_engine::{EngineError, GenerateAsset};
use media_ports::{CatalogWriter, Change, ChangeSet, CommitReceipt, StoreError, StoreErrorKind};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::sample;

use crate::setup::{Parts, Setup, engine, generation};

fn slow() -> Vec<FakeProvider> {
    vec![FakeProvider::new("only").otherwise(FakeOutcome::Image.after(Duration::from_millis(30)))]
}

fn shared() -> GenerateAsset {
    GenerateAsset { coalesce: true, ..generation() }
}

/// Makes the calls at once and answers which succeeded.
async fn at_once(setup: &Setup, calls: Vec<GenerateAsset>) -> Vec<Result<bool, EngineError>> {
    let calls = calls.into_iter().map(|call| setup.engine.generate_asset_from_prompt(call));
    let answers = futures::future::join_all(calls).await;
    answers.into_iter().map(|answer| answer.map(|outcome| outcome.replayed)).collect()
}

#[tokio::test]
async fn identical_requests_under_way_share_one_answer_when_asked_to() {
    for coalesce in [true, false] {
        let slow = FakeProvider::new("only").otherwise(FakeOutcome::Image.after(Duration::from_millis(30)));
        let setup = engine(vec![slow]);
        let calls = (0..5).map(|_| setup.engine.generate_asset_from_prompt(GenerateAsset { coalesce, ..generation() }));
        let answers = futures::future::join_all(calls).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(setup.calls(), [if coalesce { 1 } else { 5 }]);
        // What is over is not shared.
        setup.engine.generate_asset_from_prompt(GenerateAsset { coalesce, ..generation() }).await.unwrap();
        assert_eq!(setup.calls(), [if coalesce { 2 } else { 6 }]);
    }
}

#[tokio::test]
async fn what_differs_in_who_asks_or_how_is_not_shared() {
    let named = |user: &str| GenerateAsset { user_id: Some(sample::user(user)), ..shared() };
    let strict = GenerateAsset { fail_on_placeholder: true, ..shared() };
    let mut preferring = shared();
    preferring.preferences.provider = Some(sample::provider("only"));
    let titled = GenerateAsset { name: Some(sample::name("another name")), ..shared() };
    for (calls, made) in [
        (vec![named("anna"), named("ben"), named("anna")], 2),
        // The default user is anna.
        (vec![shared(), named("anna")], 1),
        (vec![shared(), strict, preferring, titled], 4),
    ] {
        let setup = engine(slow());
        let replayed = at_once(&setup, calls).await.into_iter().filter(|answer| *answer.as_ref().unwrap()).count();
        assert_eq!(setup.calls(), [made]);
        assert_eq!(replayed > 0, made < 4);
    }
}

/// A catalogue that takes a while to refuse the first jobs it is to write down.
#[derive(Debug)]
struct RefusesFirst(Arc<MemoryCatalog>, AtomicUsize);

#[async_trait]
impl CatalogWriter for RefusesFirst {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let plans = changes.changes.iter().any(|change| matches!(change, Change::PlanJob(_)));
        if plans && self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            return Err(StoreError::new(StoreErrorKind::Unavailable, "write: the disk is full"));
        }
        self.0.commit(changes).await
    }
}

#[tokio::test(start_paused = true)]
async fn followers_of_a_request_that_was_never_written_down_share_the_next_one() {
    let mut parts = Parts::new(slow(), false);
    parts.parts.writer = Arc::new(RefusesFirst(parts.catalog.clone(), AtomicUsize::new(2)));
    let setup = parts.build();
    setup.engine.default_library().await.unwrap();
    let answers = at_once(&setup, vec![shared(), shared(), shared(), shared(), shared()]).await;
    let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(refused.iter().all(|error| matches!(error, EngineError::Store(_))), "{refused:?}");
    assert_eq!((refused.len(), setup.calls()), (2, vec![1]));
}
