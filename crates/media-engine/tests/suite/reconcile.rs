//! Asking the vendor what became of a job.

use std::sync::Arc;

use media_chain::{ChainMember, ChainPolicy};
use media_domain::{Capabilities, JobHandle, JobState, Phase, ProviderErrorKind as Kind, Resolution};
use media_engine::{EngineError, Reconciled};
use media_ports::mocks::MockImageGenerator;
use media_ports::{CallContext, GenerationAnswer, ProviderError, ResolveAnswer};
use media_testkit::fakes::FakeProvider;

use crate::setup::{Parts, Setup, generation};

/// A vendor whose job was accepted under a handle and then lost, and that answers the question about it once.
fn vendor(answer: impl FnOnce(GenerationAnswer) -> ResolveAnswer + Send + 'static, image: GenerationAnswer) -> Setup {
    let (mut provider, _) = FakeProvider::new("vendor").build();
    let mut generator = MockImageGenerator::new();
    generator.expect_capabilities().return_const(Capabilities::permissive());
    generator.expect_generate_image().times(1).returning(|context, _| {
        let journal = context.journal.clone();
        // The handle reaches the journal before the line is lost.
        let _accepted = futures::executor::block_on(journal.accepted(&JobHandle::new("vendor-job-1")));
        let lost = ProviderError::new(Kind::Timeout, "the line was lost");
        Err(lost.uncertain(Phase::Running, Some(JobHandle::new("vendor-job-1"))))
    });
    generator
        .expect_resolve()
        .withf(|_, handle| handle.as_str() == "vendor-job-1")
        .times(1)
        .return_once(move |_, _| Ok(answer(image)));
    provider.generator = Some(Arc::new(generator));
    Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build()
}

async fn picture() -> GenerationAnswer {
    let (provider, _) = FakeProvider::new("vendor").build();
    let context = CallContext::new(
        std::time::Instant::now() + std::time::Duration::from_secs(60),
        media_domain::RequestId::from_uuid(uuid::Uuid::nil()),
        media_testkit::sample::user("anna"),
    );
    provider.generator.unwrap().generate_image(&context, &generation().request).await.unwrap()
}

async fn lost_job(setup: &Setup) -> media_domain::JobId {
    setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let jobs = setup.engine.reconcilable_jobs(10).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].state), (1, JobState::Unknown));
    jobs[0].job_id
}

#[tokio::test]
async fn what_the_vendor_delivered_is_filed_and_the_job_closed() {
    let setup = vendor(|image| ResolveAnswer::Done(Box::new(image)), picture().await);
    let job_id = lost_job(&setup).await;
    let Reconciled::Delivered(job) = setup.engine.reconcile_job(job_id).await.unwrap() else { panic!("delivered") };
    assert_eq!((job.state, job.resolution, job.asset_ids.len()), (JobState::Resolved, Some(Resolution::Billed), 1));
    let (asset, _) = setup.engine.asset_content(job.asset_ids[0]).await.unwrap();
    assert_eq!(asset.provider_name.unwrap().as_str(), "vendor");
    let record = setup.engine.generation_record(job.asset_ids[0]).await.unwrap().unwrap();
    let told: Vec<_> = record.attempts.iter().map(|attempt| (attempt.provider.as_str(), attempt.outcome)).collect();
    assert_eq!(told, [("vendor", media_domain::generation::AttemptOutcome::Succeeded)]);
    let again = setup.engine.reconcile_job(job_id).await.unwrap_err();
    assert!(matches!(again, EngineError::NotUnknown { .. }), "{again}");
}

#[tokio::test]
async fn a_failure_closes_the_job_only_if_the_vendor_tells_whether_it_billed() {
    let cases = [
        (Some(false), JobState::Resolved, Some(Resolution::NotBilled)),
        (Some(true), JobState::Resolved, Some(Resolution::Billed)),
        (None, JobState::Unknown, None),
    ];
    for (billed, state, resolution) in cases {
        let failed = move |_| ResolveAnswer::Failed { reason: "out of memory".to_owned(), billed };
        let setup = vendor(failed, picture().await);
        let job_id = lost_job(&setup).await;
        setup.engine.reconcile_job(job_id).await.unwrap();
        let job = setup.engine.job(job_id).await.unwrap();
        assert_eq!((job.state, job.resolution), (state, resolution));
    }
}

#[tokio::test]
async fn what_is_running_or_forgotten_stays_unknown() {
    for answer in [ResolveAnswer::Running, ResolveAnswer::Gone] {
        let setup = vendor(move |_| answer, picture().await);
        let job_id = lost_job(&setup).await;
        setup.engine.reconcile_job(job_id).await.unwrap();
        assert_eq!(setup.engine.job(job_id).await.unwrap().state, JobState::Unknown);
    }
}

#[tokio::test]
async fn without_a_handle_there_is_nobody_to_ask() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let setup = crate::setup::engine(vec![FakeProvider::new("only").then_fail(lost)]);
    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let EngineError::Generation { job_id, .. } = error else { panic!("{error}") };
    let refused = setup.engine.reconcile_job(job_id.unwrap()).await.unwrap_err();
    assert!(matches!(refused, EngineError::NobodyToAsk { .. }), "{refused}");
    assert!(setup.engine.reconcilable_jobs(10).await.unwrap().is_empty());
}
