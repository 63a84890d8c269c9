//! Idempotency keys: who holds one, and when it is free again.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use chrono::TimeDelta;
use media_domain::{
    GenerationRequest, IdempotencyClaim, IdempotencyKey, Job, JobAttempt, JobId, JobState, RequestFingerprint,
    Resolution,
};
use media_ports::{Change, StoreErrorKind};

use super::jobs::{dispatch, end, end_attempt, failed, job, plan_job, resolve};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("key_comes_back_with_its_job", comes_back)
        .case("key_nobody_holds_finds_nothing", nobody_holds)
        .case("key_held_refuses_another_job", held_refuses)
        .case("key_twice_in_one_set_is_refused", twice_in_one_set)
        .case("key_of_another_user_or_none_is_independent", independent)
        .case("key_is_free_24_hours_after_planning", free_after_a_day)
        .case("key_of_a_running_job_never_expires", running_never_expires)
        .case("key_of_an_unknown_job_never_expires", unknown_never_expires)
        .case("key_of_a_resolved_job_expires", resolved_expires)
        .case("key_of_a_cancelled_job_is_free", cancelled_frees)
        .case("key_of_a_job_failed_before_any_attempt_is_free", failed_before_any_attempt_frees)
        .case("key_of_a_job_failed_after_an_attempt_is_held", failed_after_an_attempt_keeps)
        .case("key_of_a_settled_job_is_held", settled_keeps)
        .case("key_taken_over_is_held_while_others_are_freed", taken_over_is_held)
        .case("key_is_freed_by_the_recovery_of_a_planned_job", recovery_frees)
        .case("key_is_held_by_the_recovery_of_a_dispatched_job", recovery_holds)
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

fn with_key(catalog: &CatalogUnderTest, number: u32, text: &str) -> Job {
    let request = GenerationRequest::new(sample::prompt(text));
    let fingerprint = RequestFingerprint::of("media_generation", &request, None);
    let idempotency = Some(IdempotencyClaim { key: key(text), fingerprint });
    Job { idempotency, ..sample::job(number, catalog.owners.living, sample::library_id("a")) }
}

/// A job with the same key, planned so long after the job of number one.
fn later(catalog: &CatalogUnderTest, number: u32, after: TimeDelta) -> Job {
    let at = sample::at_minute(1) + after;
    Job { created_at: at, updated_at: at, ..with_key(catalog, number, "k") }
}

fn plan(job: Job) -> Change {
    Change::PlanJob(Box::new(job))
}

async fn holder(catalog: &CatalogUnderTest, text: &str) -> Option<JobId> {
    let holder = catalog.jobs.job_by_key(sample::user("anna"), key(text)).await.unwrap();
    holder.map(|job| job.job_id)
}

fn day() -> TimeDelta {
    TimeDelta::hours(24)
}

async fn comes_back(catalog: CatalogUnderTest) {
    let planned = plan_job(&catalog, with_key(&catalog, 1, "order-4711/1")).await;
    assert_eq!(job(&catalog, 1).await, planned);
    let found = catalog.jobs.job_by_key(sample::user("anna"), key("order-4711/1")).await.unwrap();
    assert_eq!(found, Some(planned));
}

async fn nobody_holds(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    assert_eq!(holder(&catalog, "K").await, None);
    assert_eq!(holder(&catalog, "another").await, None);
}

async fn held_refuses(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    assert_eq!(catalog.refused(plan(with_key(&catalog, 2, "k"))).await, StoreErrorKind::AlreadyExists);
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(1)));
    assert_eq!(catalog.jobs.job(sample::job_id(2)).await.unwrap(), None);
}

async fn twice_in_one_set(catalog: CatalogUnderTest) {
    catalog.with_libraries(["a"]).await;
    let set = [with_key(&catalog, 1, "k"), with_key(&catalog, 2, "k")].map(plan);
    let error = catalog.writer.commit(media_ports::ChangeSet { changes: set.into() }).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::AlreadyExists);
    assert_eq!(holder(&catalog, "k").await, None);
}

async fn independent(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    plan_job(&catalog, Job { user_id: sample::user("bert"), ..with_key(&catalog, 2, "k") }).await;
    plan_job(&catalog, with_key(&catalog, 3, "other")).await;
    for number in [4, 5] {
        plan_job(&catalog, Job { idempotency: None, ..with_key(&catalog, number, "k") }).await;
    }
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(1)));
    let of_bert = catalog.jobs.job_by_key(sample::user("bert"), key("k")).await.unwrap().unwrap();
    assert_eq!(of_bert.job_id, sample::job_id(2));
}

async fn free_after_a_day(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    // Well after planning, so that it shows which of the two times counts.
    let at = sample::at_minute(60);
    let settled = Change::EndJob {
        job_id: sample::job_id(1),
        state: JobState::Settled,
        asset_ids: Vec::new(),
        failure: None,
        at,
    };
    catalog.commit([settled]).await;
    let too_early = later(&catalog, 2, day() - TimeDelta::seconds(1));
    assert_eq!(catalog.refused(plan(too_early)).await, StoreErrorKind::AlreadyExists);
    plan_job(&catalog, later(&catalog, 2, day())).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(2)));
}

async fn running_never_expires(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    assert_eq!(catalog.refused(plan(later(&catalog, 2, day() * 30))).await, StoreErrorKind::AlreadyExists);
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20))]).await;
    assert_eq!(catalog.refused(plan(later(&catalog, 2, day() * 30))).await, StoreErrorKind::AlreadyExists);
}

async fn unknown_never_expires(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end(1, JobState::Unknown)]).await;
    assert_eq!(catalog.refused(plan(later(&catalog, 2, day() * 30))).await, StoreErrorKind::AlreadyExists);
}

async fn resolved_expires(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end(1, JobState::Unknown)]).await;
    catalog.commit([resolve(1, Resolution::NotBilled)]).await;
    assert_eq!(catalog.refused(plan(later(&catalog, 2, day() / 2))).await, StoreErrorKind::AlreadyExists);
    plan_job(&catalog, later(&catalog, 2, day())).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(2)));
}

async fn cancelled_frees(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([end(1, JobState::Cancelled)]).await;
    assert_eq!(holder(&catalog, "k").await, None);
    plan_job(&catalog, with_key(&catalog, 2, "k")).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(2)));
}

async fn failed_before_any_attempt_frees(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([end(1, JobState::Failed)]).await;
    assert_eq!(holder(&catalog, "k").await, None);
    plan_job(&catalog, with_key(&catalog, 2, "k")).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(2)));
}

async fn failed_after_an_attempt_keeps(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end_attempt(1, failed(1, "flux"))]).await;
    catalog.commit([end(1, JobState::Failed)]).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(1)));
    assert_eq!(catalog.refused(plan(with_key(&catalog, 2, "k"))).await, StoreErrorKind::AlreadyExists);
}

async fn settled_keeps(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    let settled = JobAttempt { state: JobState::Settled, ..sample::attempt(1, "flux", 20) };
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end_attempt(1, settled)]).await;
    catalog.commit([end(1, JobState::Settled)]).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(1)));
    assert_eq!(catalog.refused(plan(with_key(&catalog, 2, "k"))).await, StoreErrorKind::AlreadyExists);
}

async fn taken_over_is_held(catalog: CatalogUnderTest) {
    plan_job(&catalog, with_key(&catalog, 1, "k")).await;
    catalog.commit([end(1, JobState::Cancelled)]).await;
    plan_job(&catalog, with_key(&catalog, 2, "k")).await;
    plan_job(&catalog, with_key(&catalog, 3, "other")).await;
    catalog.commit([end(3, JobState::Cancelled)]).await;
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(2)));
    assert_eq!(catalog.refused(plan(with_key(&catalog, 4, "k"))).await, StoreErrorKind::AlreadyExists);
}

async fn recovery_frees(catalog: CatalogUnderTest) {
    plan_job(&catalog, Job { owner: catalog.owners.dead, ..with_key(&catalog, 1, "k") }).await;
    catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    assert_eq!(holder(&catalog, "k").await, None);
    plan_job(&catalog, with_key(&catalog, 2, "k")).await;
}

async fn recovery_holds(catalog: CatalogUnderTest) {
    plan_job(&catalog, Job { owner: catalog.owners.dead, ..with_key(&catalog, 1, "k") }).await;
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20))]).await;
    catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    assert_eq!(holder(&catalog, "k").await, Some(sample::job_id(1)));
    assert_eq!(catalog.refused(plan(later(&catalog, 2, day() * 30))).await, StoreErrorKind::AlreadyExists);
}
