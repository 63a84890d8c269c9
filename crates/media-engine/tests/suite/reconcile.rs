//! Asking the vendor what became of a job.

use std::sync::Arc;

use async_trait::async_trait;
use media_chain::{ChainMember, ChainPolicy};
use media_domain::{
    Capabilities, GenerationRequest, ImageContent, JobHandle, JobState, Phase, ProviderErrorKind as Kind, Resolution,
};
use media_engine::{EngineError, Reconciled};
use media_ports::mocks::{MockContentFetcher, MockImageGenerator};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use media_testkit::fakes::FakeProvider;

use crate::setup::{Parts, Setup, generation};

/// A vendor's job that was accepted under a handle and then lost.
fn losing() -> MockImageGenerator {
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
}

trait ReturningResolve {
    /// The same, that answers every question about the job so.
    fn returning_resolve(
        self,
        answer: impl FnMut(&CallContext) -> Result<ResolveAnswer, ProviderError> + Send + 'static,
    ) -> Self;
}

impl ReturningResolve for MockImageGenerator {
    fn returning_resolve(
        mut self,
        mut answer: impl FnMut(&CallContext) -> Result<ResolveAnswer, ProviderError> + Send + 'static,
    ) -> Self {
        self.expect_resolve().returning(move |context, _| answer(context));
        self
    }
}

/// A vendor that answers the question about its lost job once.
fn vendor(answer: impl FnOnce(GenerationAnswer) -> ResolveAnswer + Send + 'static, image: GenerationAnswer) -> Setup {
    let (mut provider, _) = FakeProvider::new("vendor").build();
    let mut generator = losing();
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

#[tokio::test]
async fn a_vendor_that_does_not_tell_is_an_error_with_its_words() {
    let (mut provider, _) = FakeProvider::new("vendor").build();
    provider.generator = Some(Arc::new(losing().returning_resolve(|_| {
        Err(ProviderError::new(Kind::PermissionDenied, "ask: the vendor says \"no\"").with_http_status(403))
    })));
    let setup = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build();
    let job_id = lost_job(&setup).await;
    let error = setup.engine.reconcile_job(job_id).await.unwrap_err();
    let EngineError::Unanswered { source, provider, .. } = &error else { panic!("{error}") };
    assert_eq!((source.kind, source.http_status, provider.as_str()), (Kind::PermissionDenied, Some(403), "vendor"));
    assert_eq!(setup.engine.job(job_id).await.unwrap().state, JobState::Unknown);
}

#[tokio::test]
async fn a_question_that_takes_the_job_further_leaves_its_new_handle() {
    let (mut provider, _) = FakeProvider::new("vendor").build();
    provider.generator = Some(Arc::new(losing().returning_resolve(|context| {
        futures::executor::block_on(context.journal.accepted(&JobHandle::new("vendor-job-2"))).unwrap();
        Ok(ResolveAnswer::Running)
    })));
    let setup = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build();
    let job_id = lost_job(&setup).await;
    assert!(matches!(setup.engine.reconcile_job(job_id).await.unwrap(), Reconciled::StillRunning));
    let job = setup.engine.job(job_id).await.unwrap();
    assert_eq!((job.state, job.attempts[0].state), (JobState::Unknown, JobState::Unknown));
    assert_eq!(job.attempts[0].handle, Some(JobHandle::new("vendor-job-2")));
}

/// Answers the question about a lost job once two have asked it.
#[derive(Debug)]
struct AskedByTwo {
    losing: MockImageGenerator,
    both: tokio::sync::Barrier,
    image: GenerationAnswer,
}

#[async_trait]
impl ImageGenerator for AskedByTwo {
    fn capabilities(&self) -> &Capabilities {
        self.losing.capabilities()
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.losing.generate_image(context, request).await
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        self.both.wait().await;
        Ok(ResolveAnswer::Done(Box::new(self.image.clone())))
    }
}

#[tokio::test]
async fn two_who_ask_at_once_file_one_picture() {
    let (mut provider, _) = FakeProvider::new("vendor").build();
    let both = tokio::sync::Barrier::new(2);
    provider.generator = Some(Arc::new(AskedByTwo { losing: losing(), both, image: picture().await }));
    let setup = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build();
    let job_id = lost_job(&setup).await;
    let asked = futures::future::join(setup.engine.reconcile_job(job_id), setup.engine.reconcile_job(job_id)).await;
    for reconciled in [asked.0.unwrap(), asked.1.unwrap()] {
        let Reconciled::Delivered(job) = reconciled else { panic!("delivered") };
        assert_eq!(job.asset_ids.len(), 1);
    }
    let library = &setup.engine.libraries().await.unwrap()[0];
    assert_eq!(setup.engine.library_statistics(library.library_id).await.unwrap().asset_count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_could_not_be_fetched_is_asked_for_again() {
    let mut answer = picture().await;
    answer.images[0].content = ImageContent::Url("https://images.example/1.png".to_owned());
    let (mut provider, _) = FakeProvider::new("vendor").build();
    let mut generator = MockImageGenerator::new();
    generator.expect_capabilities().return_const(Capabilities::permissive());
    let made = answer.clone();
    generator.expect_generate_image().times(1).returning(move |context, _| {
        futures::executor::block_on(context.journal.accepted(&JobHandle::new("vendor-job-1"))).unwrap();
        Ok(made.clone())
    });
    let generator = generator.returning_resolve(move |_| Ok(ResolveAnswer::Done(Box::new(answer.clone()))));
    provider.generator = Some(Arc::new(generator));
    let mut parts = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]);
    let (mut fetcher, mut failures) = (MockContentFetcher::new(), 3);
    fetcher.expect_fetch_content().times(4).returning(move |_, _, _| {
        failures -= 1;
        match failures {
            0.. => Err(ProviderError::new(Kind::Unavailable, "the line was lost").billed(None)),
            _ => Ok(media_testkit::pictures::png(64, 48, 9)),
        }
    });
    parts.parts.fetcher = Arc::new(fetcher);
    let setup = parts.build();

    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    assert!(matches!(&error, EngineError::Unfetched { .. }) && error.is_unknown_outcome(), "{error}");
    let job_id = error.job_id().unwrap();
    let job = setup.engine.job(job_id).await.unwrap();
    assert_eq!((job.state, job.attempts[0].state), (JobState::Unknown, JobState::Unknown));
    let Reconciled::Delivered(job) = setup.engine.reconcile_job(job_id).await.unwrap() else { panic!("delivered") };
    assert_eq!((job.state, job.attempts[0].state, job.asset_ids.len()), (JobState::Resolved, JobState::Settled, 1));
}
