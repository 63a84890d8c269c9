//! Calls that are split into parts, of which some may be lost.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use media_chain::{ChainMember, ChainPolicy, ProviderPolicy};
use media_domain::capabilities::SizeRule;
use media_domain::{
    BudgetCycle, BudgetLimit, Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, Job,
    JobHandle, JobState, Phase, ProviderErrorKind as Kind, Resolution, Usage,
};
use media_engine::{GenerateAsset, Reconciled};
use media_ports::{CallContext, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::{pictures, sample};

use crate::setup::{Parts, Setup, generation, policed};

fn one_at_a_time() -> Capabilities {
    Capabilities { sizes: SizeRule::Any, max_count: 1, formats: vec![ImageFormat::Png], ..Capabilities::permissive() }
}

fn three() -> GenerateAsset {
    let mut three = generation();
    three.request.count = 3;
    three
}

fn image(bytes: Bytes) -> GeneratedImage {
    GeneratedImage {
        content: ImageContent::Bytes(bytes.into()),
        format: ImageFormat::Png,
        width: 64,
        height: 48,
        metadata: serde_json::Map::new(),
        provider_name: sample::provider("only"),
    }
}

/// One picture that cost so much.
fn at_cost(micros: u64) -> FakeOutcome {
    let mut answer = GenerationAnswer::new(sample::provider("only"), vec![image(pictures::png(64, 48, micros))]);
    answer.usage = Usage { cost_micros: Some(micros), ..Usage::default() };
    FakeOutcome::Answer(Box::new(answer))
}

/// A provider that makes one image a call, within a quota of credits and a budget of money.
fn counted(provider: FakeProvider) -> Setup {
    let policy = ProviderPolicy { monthly_credits: Some(10), ..ProviderPolicy::default() };
    let (member, _) = policed(provider.with_capabilities(one_at_a_time()), policy);
    let budgets = vec![BudgetLimit { micros: 1_000_000, period: BudgetCycle::Day }];
    Parts::of_members(ChainPolicy { budgets, ..ChainPolicy::default() }, vec![member]).build()
}

/// Credits and money, used and set aside.
async fn books(setup: &Setup) -> [(u64, u64); 2] {
    let (lines, _) = setup.engine.quota_lines(None).await.unwrap();
    let money = setup.engine.budget_line("media_generation", BudgetCycle::Day).await.unwrap();
    [(lines[0].used, lines[0].reserved), (money.used_micros, money.reserved_micros)]
}

fn attempts(job: &Job) -> Vec<(u32, JobState, u32, Option<u64>)> {
    let told = job.attempts.iter();
    told.map(|attempt| (attempt.number, attempt.state, attempt.usage.credits, attempt.usage.cost_micros)).collect()
}

#[tokio::test]
async fn every_part_is_an_attempt_of_its_own_and_settled_with_what_it_used() {
    let provider = FakeProvider::new("only").then(at_cost(10)).then(at_cost(200)).then(at_cost(3_000));
    let setup = counted(provider);
    let outcome = setup.engine.generate_asset_from_prompt(three()).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.outcome_unknown), (3, false));
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    let settled = |number, cost| (number, JobState::Settled, 1, Some(cost));
    assert_eq!(
        (job.state, attempts(&job)),
        (JobState::Settled, vec![settled(1, 10), settled(2, 200), settled(3, 3_000)])
    );
    assert_eq!(books(&setup).await, [(3, 0), (3_210, 0)]);
}

#[tokio::test]
async fn a_lost_part_leaves_the_images_of_the_others_and_an_unknown_job() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let provider = FakeProvider::new("only").then(at_cost(10)).then_fail(lost).then(at_cost(200));
    let setup = counted(provider);
    let outcome = setup.engine.generate_asset_from_prompt(three()).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.outcome_unknown), (2, true));
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    let states: Vec<_> = job.attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [JobState::Settled, JobState::Unknown, JobState::Settled]);
    assert_eq!((job.state, job.asset_ids.len()), (JobState::Unknown, 2));
    assert_eq!(books(&setup).await, [(2, 1), (210, 0)], "the lost part keeps its hold");
    let resolved = setup.engine.resolve_job(job.job_id, Resolution::NotBilled).await.unwrap();
    assert_eq!((resolved.asset_ids.len(), books(&setup).await), (2, [(2, 0), (210, 0)]));
}

#[tokio::test]
async fn a_refused_part_gives_its_reservation_back_and_the_job_is_settled() {
    let down = ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500);
    let provider = FakeProvider::new("only").then(at_cost(10)).then_fail(down).then(at_cost(200));
    let setup = counted(provider);
    let outcome = setup.engine.generate_asset_from_prompt(three()).await.unwrap();
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.outcome_unknown, job.state), (2, false, JobState::Settled));
    assert_eq!(books(&setup).await, [(2, 0), (210, 0)]);
    assert!(outcome.record.adaptations.iter().any(|adaptation| adaptation.field == "count"));
}

/// A vendor that makes one image a call and loses the line after it has given a handle, always or but for the first call;
/// asked about a handle, it tells its fate, and without one delivers a picture.
#[derive(Debug)]
struct Forgetful {
    capabilities: Capabilities,
    calls: AtomicU32,
    first_arrives: bool,
    picture: Bytes,
    fates: Mutex<BTreeMap<&'static str, ResolveAnswer>>,
}

pub(crate) fn forgetful(first_arrives: bool, picture: &Bytes, fates: Vec<(&'static str, ResolveAnswer)>) -> Setup {
    let (mut provider, _) = FakeProvider::new("only").with_capabilities(one_at_a_time()).build();
    provider.generator = Some(std::sync::Arc::new(Forgetful {
        capabilities: one_at_a_time(),
        calls: AtomicU32::new(0),
        first_arrives,
        picture: picture.clone(),
        fates: Mutex::new(fates.into_iter().collect()),
    }));
    Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build()
}

impl Forgetful {
    fn answer(&self) -> GenerationAnswer {
        GenerationAnswer::new(sample::provider("only"), vec![image(self.picture.clone())])
    }
}

#[async_trait]
impl ImageGenerator for Forgetful {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        _request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if self.first_arrives && call == 1 {
            return Ok(self.answer());
        }
        let handle = JobHandle::new(format!("vendor-job-{call}"));
        // All parts are under way before any of them is accepted.
        tokio::task::yield_now().await;
        context.journal.accepted(&handle).await.unwrap();
        Err(ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Running, Some(handle)))
    }

    async fn resolve(&self, _context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        let fate = self.fates.lock().unwrap().remove(handle.as_str());
        Ok(fate.unwrap_or_else(|| ResolveAnswer::Done(Box::new(self.answer()))))
    }
}

async fn two_lost(fates: Vec<(&'static str, ResolveAnswer)>) -> (Setup, Job) {
    let setup = forgetful(true, &pictures::png(64, 48, 1), fates);
    let outcome = setup.engine.generate_asset_from_prompt(three()).await.unwrap();
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    (setup, job)
}

#[tokio::test]
async fn parts_under_way_together_keep_each_its_own_handle() {
    let (_, job) = two_lost(Vec::new()).await;
    let handles: Vec<_> =
        job.attempts.iter().map(|attempt| attempt.handle.as_ref().map(|handle| handle.as_str().to_owned())).collect();
    assert_eq!(handles, [None, Some("vendor-job-2".to_owned()), Some("vendor-job-3".to_owned())]);
    let states: Vec<_> = job.attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [JobState::Settled, JobState::Unknown, JobState::Unknown]);
}

#[tokio::test]
async fn lost_parts_that_the_vendor_delivers_are_filed_and_the_job_closed() {
    let (setup, job) = two_lost(Vec::new()).await;
    let told = setup.engine.reconcile_job(job.job_id).await.unwrap();
    let Reconciled::Delivered(job) = told else { panic!("{told:?}") };
    assert_eq!((job.state, job.resolution, job.asset_ids.len()), (JobState::Resolved, Some(Resolution::Billed), 3));
    assert!(job.attempts.iter().all(|attempt| attempt.state == JobState::Settled));
}

#[tokio::test]
async fn the_job_stays_unknown_while_one_of_its_parts_is() {
    let (setup, job) = two_lost(vec![("vendor-job-3", ResolveAnswer::Gone)]).await;
    let told = setup.engine.reconcile_job(job.job_id).await.unwrap();
    let Reconciled::Delivered(job) = told else { panic!("{told:?}") };
    assert_eq!((job.state, job.asset_ids.len()), (JobState::Unknown, 2));
    let failed = ResolveAnswer::Failed { reason: "out of memory".to_owned(), billed: Some(false) };
    let (setup, job) = two_lost(vec![("vendor-job-2", failed), ("vendor-job-3", ResolveAnswer::Running)]).await;
    assert!(matches!(setup.engine.reconcile_job(job.job_id).await.unwrap(), Reconciled::StillRunning));
    let job = setup.engine.job(job.job_id).await.unwrap();
    let states: Vec<_> = job.attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [JobState::Settled, JobState::Failed, JobState::Unknown]);
    // Asked again, only about what is left.
    let Reconciled::Delivered(job) = setup.engine.reconcile_job(job.job_id).await.unwrap() else { panic!("delivered") };
    assert_eq!((job.state, job.asset_ids.len()), (JobState::Resolved, 2));
}
