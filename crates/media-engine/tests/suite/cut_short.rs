//! A fault in an adapter, or a store that fails at the worst moment, leaves no job open for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use media_chain::{ChainErrorKind, ChainPolicy, Onward};
use media_domain::{FileBytes, Job, JobState, Phase, ProviderErrorKind as Kind, Retain};
use media_engine::{EngineError, GenerateAsset};
use media_ports::{
    CatalogWriter, Change, ChangeSet, CommitReceipt, EncodedImage, ImageError, ImageProcessor, InspectedImage,
    JobQuery, ProviderError, StoreError, StoreErrorKind,
};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;

use crate::idempotency::keyed;
use crate::setup::{Parts, Setup, engine, generation};

async fn only_job(setup: &Setup) -> Job {
    let mut jobs = setup.engine.jobs(&JobQuery { states: Vec::new(), limit: 10 }).await.unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

fn states(job: &Job) -> (JobState, Vec<JobState>) {
    (job.state, job.attempts.iter().map(|attempt| attempt.state).collect())
}

#[tokio::test]
async fn a_panic_in_an_adapter_leaves_an_unknown_job_and_its_key_answers_so() {
    let setup = engine(vec![FakeProvider::new("first").then(FakeOutcome::Panic), FakeProvider::new("second")]);
    let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let EngineError::Generation { job_id, source } = error else { panic!("{error}") };
    let told: Vec<_> = source.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
    assert_eq!((source.kind, told), (ChainErrorKind::Unknown, vec!["first"]));
    let job = only_job(&setup).await;
    assert_eq!((Some(job.job_id), states(&job)), (job_id, (JobState::Unknown, vec![JobState::Unknown])));
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(again, EngineError::OutcomeUnknown { .. }), "{again}");
    assert_eq!(setup.calls(), [1, 0]);
}

#[tokio::test]
async fn a_panic_after_an_attempt_was_lost_tells_that_one_too() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let providers =
        vec![FakeProvider::new("first").then_fail(lost), FakeProvider::new("second").then(FakeOutcome::Panic)];
    let policy = ChainPolicy { on_uncertain: Onward::Next, ..ChainPolicy::default() };
    let setup = Parts::under(policy, providers).build();
    let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(error.is_unknown_outcome(), "{error:?}");
    assert_eq!(states(&only_job(&setup).await), (JobState::Unknown, vec![JobState::Unknown; 2]));
}

#[tokio::test]
async fn a_panic_is_told_as_unknown_where_nothing_is_written_down_either() {
    let setup = engine(vec![FakeProvider::new("first").then(FakeOutcome::Panic)]);
    let call = GenerateAsset { retain: Retain::Nothing, ..generation() };
    let error = setup.engine.generate_asset_from_prompt(call).await.unwrap_err();
    assert!(error.is_unknown_outcome() && error.job_id().is_none(), "{error:?}");
}

/// Panics over every file.
#[derive(Debug)]
struct Overwhelmed;

#[async_trait]
impl ImageProcessor for Overwhelmed {
    async fn inspect(&self, _file: FileBytes) -> Result<InspectedImage, ImageError> {
        panic!("the test asks for a panic")
    }

    async fn servable(&self, bytes: bytes::Bytes) -> Result<bytes::Bytes, ImageError> {
        Ok(bytes)
    }

    async fn thumbnail(&self, _bytes: bytes::Bytes, _max_side: u32) -> Result<EncodedImage, ImageError> {
        Err(ImageError::Empty)
    }

    async fn cover(
        &self,
        _bytes: bytes::Bytes,
        _size: media_domain::MediaDimensions,
    ) -> Result<EncodedImage, ImageError> {
        Err(ImageError::Empty)
    }
}

#[tokio::test]
async fn a_panic_over_images_that_were_paid_for_leaves_them_to_be_asked_about() {
    let mut parts = Parts::new(vec![FakeProvider::new("only")], false);
    parts.parts.images = Arc::new(Overwhelmed);
    let setup = parts.build();
    let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(error.is_unknown_outcome(), "{error:?}");
    assert_eq!(states(&only_job(&setup).await), (JobState::Unknown, vec![JobState::Unknown]));
}

/// A catalogue that panics over the first attempt it is to write down, so that nothing is sent.
#[derive(Debug)]
struct PanicsOverFirst(Arc<MemoryCatalog>, AtomicUsize);

#[async_trait]
impl CatalogWriter for PanicsOverFirst {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let dispatches = changes.changes.iter().any(|change| matches!(change, Change::DispatchAttempt { .. }));
        if dispatches && self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            panic!("the test asks for a panic")
        }
        self.0.commit(changes).await
    }
}

#[tokio::test]
async fn a_panic_before_anything_was_sent_frees_the_key() {
    let mut parts = Parts::new(vec![FakeProvider::new("only")], false);
    parts.parts.writer = Arc::new(PanicsOverFirst(parts.catalog.clone(), AtomicUsize::new(0)));
    let setup = parts.build();
    let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(error, EngineError::Interrupted(_)), "{error:?}");
    assert_eq!(states(&only_job(&setup).await), (JobState::Cancelled, vec![]));
    assert!(!setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap().replayed);
}

/// A catalogue that cannot write down the first end of a job.
#[derive(Debug)]
struct LosesFirstEnd(Arc<MemoryCatalog>, AtomicUsize);

#[async_trait]
impl CatalogWriter for LosesFirstEnd {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let ends = changes.changes.iter().any(|change| matches!(change, Change::EndJob { .. }));
        if ends && self.1.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "write: the disk is full"));
        }
        self.0.commit(changes).await
    }
}

#[tokio::test]
async fn a_job_whose_end_could_not_be_written_down_is_closed_when_its_key_is_asked_for() {
    let down = ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500);
    for (outcome, closed) in [(FakeOutcome::fail(down), JobState::Cancelled), (FakeOutcome::Image, JobState::Unknown)] {
        let mut parts = Parts::new(vec![FakeProvider::new("only").then(outcome)], false);
        parts.parts.writer = Arc::new(LosesFirstEnd(parts.catalog.clone(), AtomicUsize::new(0)));
        let setup = parts.build();
        setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
        let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
        assert_eq!(again.is_unknown_outcome(), closed == JobState::Unknown, "{again:?}");
        assert_eq!((only_job(&setup).await.state, setup.calls()), (closed, vec![1]));
    }
}
