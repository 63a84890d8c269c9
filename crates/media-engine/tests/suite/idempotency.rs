//! The same request twice is paid for once.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use media_chain::ChainErrorKind;
use media_domain::{
    IdempotencyClaim, IdempotencyKey, Job, JobId, JobState, Phase, ProviderErrorKind as Kind, RequestFingerprint,
    Resolution, UserId,
};
use media_engine::{EngineError, GenerateAsset};
use media_ports::{CatalogWriter, Change, GenerationAnswer, JobQuery, JobReader, ProviderError, StoreError};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::sample;

use crate::setup::{Parts, engine, generation};

pub(crate) fn keyed(key: &str) -> GenerateAsset {
    GenerateAsset { idempotency_key: Some(IdempotencyKey::parse(key).unwrap()), ..generation() }
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let first = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    assert_eq!(first.assets[0].asset_id, again.assets[0].asset_id);
    assert_eq!((first.replayed, again.replayed, setup.calls()), (false, true, vec![1]));
    setup.engine.generate_asset_from_prompt(keyed("order-2")).await.unwrap();
    assert_eq!(setup.calls(), [2]);
}

#[tokio::test]
async fn a_repetition_while_the_first_is_running_waits_for_it() {
    let slow = FakeProvider::new("only").otherwise(FakeOutcome::Image.after(Duration::from_millis(30)));
    let setup = Arc::new(engine(vec![slow]));
    let calls = (0..10).map(|_| setup.engine.generate_asset_from_prompt(keyed("order-1")));
    let answers = futures::future::join_all(calls).await;
    let ids: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().assets[0].asset_id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(setup.calls(), [1]);
}

#[tokio::test]
async fn the_key_belongs_to_its_request_and_to_its_user() {
    let setup = engine(vec![FakeProvider::new("only")]);
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    let mut other = keyed("order-1");
    other.request.prompt = sample::prompt("something else");
    let refused = setup.engine.generate_asset_from_prompt(other).await.unwrap_err();
    assert!(matches!(refused, EngineError::KeyReused { .. }), "{refused}");
    let mut ben = keyed("order-1");
    ben.user_id = Some(sample::user("ben"));
    assert!(!setup.engine.generate_asset_from_prompt(ben).await.unwrap().replayed);
    assert_eq!(setup.calls(), [2]);
}

#[tokio::test]
async fn a_failure_is_told_again_and_one_before_any_call_frees_the_key() {
    let down = ProviderError::new(Kind::Unavailable, "it is down");
    let setup = engine(vec![FakeProvider::new("only").then_fail(down)]);
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(again, EngineError::FailedBefore { .. }), "{again}");
    assert_eq!(setup.calls(), [1]);

    let cancelled = keyed("order-2");
    cancelled.cancellation.cancel();
    let refused = setup.engine.generate_asset_from_prompt(cancelled).await.unwrap_err();
    assert!(matches!(refused, EngineError::Generation { source, .. } if source.kind == ChainErrorKind::Cancelled));
    assert!(!setup.engine.generate_asset_from_prompt(keyed("order-2")).await.unwrap().replayed);
}

#[tokio::test]
async fn an_unknown_outcome_is_never_repeated_until_it_is_resolved() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let setup = engine(vec![FakeProvider::new("only").then_fail(lost)]);
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let EngineError::OutcomeUnknown { job_id } = again else { panic!("{again}") };
    setup.engine.resolve_job(job_id, Resolution::NotBilled).await.unwrap();
    let resolved = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(resolved, EngineError::FailedBefore { .. }), "{resolved}");
    assert_eq!(setup.calls(), [1]);
}

#[tokio::test]
async fn a_key_of_its_own_has_an_answer_of_its_own_even_if_sharing_was_asked_for() {
    let slow = FakeProvider::new("only").otherwise(FakeOutcome::Image.after(Duration::from_millis(30)));
    let setup = engine(vec![slow]);
    let call = |key| setup.engine.generate_asset_from_prompt(GenerateAsset { coalesce: true, ..keyed(key) });
    let (first, second) = futures::future::join(call("order-1"), call("order-2")).await;
    let ids = [first, second].map(|answer| answer.unwrap().assets[0].asset_id);
    for (key, asset_id) in ["order-1", "order-2"].into_iter().zip(ids) {
        assert_eq!(call(key).await.unwrap().assets[0].asset_id, asset_id);
    }
    assert_eq!(setup.calls(), [2]);
}

#[tokio::test]
async fn a_success_after_a_lost_attempt_is_delivered_and_the_lost_one_stays_listed() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let providers = vec![FakeProvider::new("lost").then_fail(lost), FakeProvider::new("well")];
    let policy = media_chain::ChainPolicy { on_uncertain: media_chain::Onward::Next, ..Default::default() };
    let setup = crate::setup::Parts::under(policy, providers).build();
    let outcome = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.asset_ids.len()), (JobState::Unknown, 1));
    assert!(setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap().replayed);
    let resolved = setup.engine.resolve_job(job.job_id, Resolution::Billed).await.unwrap();
    assert_eq!((resolved.state, resolved.asset_ids.len()), (JobState::Resolved, 1));
}

#[tokio::test]
async fn failures_after_a_lost_attempt_do_not_hide_that_something_may_be_billed() {
    let down = || ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500);
    let lost = || ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let nothing_usable = FakeOutcome::Answer(Box::new(GenerationAnswer::new(sample::provider("last"), Vec::new())));
    for last in [FakeOutcome::fail(down()), nothing_usable] {
        let providers = vec![FakeProvider::new("lost").then_fail(lost()), FakeProvider::new("last").then(last)];
        let policy = media_chain::ChainPolicy { on_uncertain: media_chain::Onward::Next, ..Default::default() };
        let setup = crate::setup::Parts::under(policy, providers).build();
        let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
        assert!(error.is_unknown_outcome(), "{error:?}");
        let EngineError::Generation { job_id, source } = error else { panic!("{error}") };
        let told: Vec<_> = source.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
        assert_eq!((source.kind, told), (ChainErrorKind::Unknown, vec!["lost", "last"]));
        assert_eq!(setup.engine.job(job_id.unwrap()).await.unwrap().state, JobState::Unknown);
        let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
        assert!(matches!(again, EngineError::OutcomeUnknown { .. }), "{again}");
    }
}

/// A journal in which the holder of a key is given up just before it is looked for.
#[derive(Debug)]
struct GivenUpMeanwhile(Arc<MemoryCatalog>);

#[async_trait]
impl JobReader for GivenUpMeanwhile {
    async fn job(&self, job_id: JobId) -> Result<Option<Job>, StoreError> {
        self.0.job(job_id).await
    }

    async fn job_by_key(&self, user_id: UserId, key: IdempotencyKey) -> Result<Option<Job>, StoreError> {
        if let Some(Job { job_id, .. }) = self.0.job_by_key(user_id.clone(), key.clone()).await? {
            let (state, asset_ids, at) = (JobState::Cancelled, Vec::new(), sample::at_minute(1));
            self.0.commit(Change::EndJob { job_id, state, asset_ids, failure: None, at }.into()).await?;
        }
        self.0.job_by_key(user_id, key).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError> {
        self.0.jobs(query).await
    }
}

#[tokio::test]
async fn a_key_that_is_freed_while_its_holder_is_looked_for_is_taken() {
    let mut parts = Parts::new(vec![FakeProvider::new("only")], false);
    parts.parts.jobs = Arc::new(GivenUpMeanwhile(parts.catalog.clone()));
    let setup = parts.build();
    let library = setup.engine.default_library().await.unwrap().library_id;
    let key = IdempotencyKey::parse("order-1").unwrap();
    let fingerprint = RequestFingerprint::of("media_generation", &generation().request, Some(library));
    let idempotency = Some(IdempotencyClaim { key, fingerprint });
    let held = Job { idempotency, ..sample::job(1, sample::owner_id(2), library) };
    setup.catalog.commit(Change::PlanJob(Box::new(held)).into()).await.unwrap();
    let outcome = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    assert_eq!((outcome.replayed, setup.calls()), (false, vec![1]));
}
