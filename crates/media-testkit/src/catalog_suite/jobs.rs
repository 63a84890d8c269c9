//! The journal: a job on its way through every state.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{
    EditKind, EditRecord, Job, JobAttempt, JobHandle, JobId, JobState, Margins, ProviderErrorKind, Resolution, Usage,
};
use media_ports::{Change, JobQuery, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("job_comes_back", comes_back)
        .case("unknown_job_is_none", unknown_is_none)
        .case("job_id_taken_is_refused", id_taken)
        .case("job_for_an_unknown_library_is_not_found", unknown_library)
        .case("job_walks_from_planned_to_settled", to_settled)
        .case("job_walks_over_a_failed_attempt", over_a_failed_attempt)
        .case("job_ends_failed_cancelled_or_unknown", ends_otherwise)
        .case("job_ends_only_in_a_final_state", ends_only_final)
        .case("job_ended_cannot_be_ended_or_dispatched_again", ended_is_ended)
        .case("job_unknown_is_resolved", resolved)
        .case("job_resolved_takes_its_assets_and_ends_its_unknown_attempts", resolved_with_assets)
        .case("job_not_unknown_is_not_resolved", not_resolved)
        .case("job_unknown_to_the_journal_is_not_found", not_found)
        .case("attempt_ended_must_have_been_dispatched", attempt_must_be_known)
        .case("jobs_are_listed_newest_first_by_state", listed)
}

const AT: u32 = 30;

/// Plans a job of the living process.
pub(super) async fn plan(catalog: &CatalogUnderTest, number: u32) -> Job {
    let job = sample::job(number, catalog.owners.living, sample::library_id("a"));
    plan_job(catalog, job).await
}

/// Plans a job for library `a`, which is made if need be.
pub(super) async fn plan_job(catalog: &CatalogUnderTest, job: Job) -> Job {
    if catalog.libraries.libraries().await.unwrap().is_empty() {
        catalog.with_libraries(["a"]).await;
    }
    catalog.commit([Change::PlanJob(Box::new(job.clone()))]).await;
    job
}

pub(super) async fn job(catalog: &CatalogUnderTest, number: u32) -> Job {
    catalog.jobs.job(sample::job_id(number)).await.unwrap().unwrap()
}

pub(super) fn dispatch(number: u32, attempt: JobAttempt) -> Change {
    Change::DispatchAttempt { job_id: sample::job_id(number), attempt: Box::new(attempt) }
}

pub(super) fn accept(job: u32, number: u32) -> Change {
    let handle = JobHandle::new("https://vendor.example/jobs/1?key=x");
    Change::AcceptAttempt { job_id: sample::job_id(job), number, handle, at: sample::at_minute(AT) }
}

pub(super) fn answer(number: u32) -> Change {
    let content_hashes = vec![sample::hash("one"), sample::hash("two")];
    Change::AnswerJob { job_id: sample::job_id(number), content_hashes, at: sample::at_minute(AT + 1) }
}

pub(super) fn end_attempt(number: u32, attempt: JobAttempt) -> Change {
    Change::EndAttempt { job_id: sample::job_id(number), attempt: Box::new(attempt) }
}

pub(super) fn end(number: u32, state: JobState) -> Change {
    let (job_id, at) = (sample::job_id(number), sample::at_minute(AT + 2));
    Change::EndJob { job_id, state, asset_ids: Vec::new(), failure: None, at }
}

pub(super) fn resolve(number: u32, resolution: Resolution) -> Change {
    let (job_id, at) = (sample::job_id(number), sample::at_minute(AT + 3));
    Change::ResolveJob { job_id, resolution, asset_ids: Vec::new(), at }
}

pub(super) fn failed(number: u32, provider: &str) -> JobAttempt {
    JobAttempt {
        state: JobState::Failed,
        error_kind: Some(ProviderErrorKind::RateLimited),
        message: Some("the vendor's limit".to_owned()),
        usage: Usage { credits: 2, cost_micros: Some(u64::from(u32::MAX) * 2), ..Usage::default() },
        ended_at: Some(sample::at_minute(AT)),
        ..sample::attempt(number, provider, 20)
    }
}

async fn comes_back(catalog: CatalogUnderTest) {
    let planned = plan(&catalog, 1).await;
    assert_eq!(job(&catalog, 1).await, planned);
    let edit = EditRecord {
        kind: EditKind::Outpaint,
        parent_asset_id: Some(sample::asset_id(7)),
        source_hash: sample::hash("source"),
        mask_hash: Some(sample::hash("mask")),
        reference_hashes: vec![sample::hash("reference")],
        margins: Margins { left: 8, ..Margins::default() },
    };
    let of_edit = Job { edit: Some(edit), ..sample::job(2, catalog.owners.living, sample::library_id("a")) };
    assert_eq!(plan_job(&catalog, of_edit.clone()).await, of_edit);
    assert_eq!(job(&catalog, 2).await, of_edit);
}

async fn unknown_is_none(catalog: CatalogUnderTest) {
    assert_eq!(catalog.jobs.job(sample::job_id(1)).await.unwrap(), None);
    assert_eq!(catalog.jobs.jobs(&JobQuery { states: Vec::new(), limit: 10 }).await.unwrap(), []);
}

async fn id_taken(catalog: CatalogUnderTest) {
    let planned = plan(&catalog, 1).await;
    assert_eq!(catalog.refused(Change::PlanJob(Box::new(planned))).await, StoreErrorKind::AlreadyExists);
}

async fn unknown_library(catalog: CatalogUnderTest) {
    let job = sample::job(1, catalog.owners.living, sample::library_id("nowhere"));
    assert_eq!(catalog.refused(Change::PlanJob(Box::new(job))).await, StoreErrorKind::NotFound);
}

async fn to_settled(catalog: CatalogUnderTest) {
    let mut expected = plan(&catalog, 1).await;
    let mut attempt = sample::attempt(1, "flux", 20);

    catalog.commit([dispatch(1, attempt.clone())]).await;
    expected.attempts = vec![attempt.clone()];
    (expected.state, expected.updated_at) = (JobState::Dispatched, attempt.dispatched_at);
    assert_eq!(job(&catalog, 1).await, expected);

    catalog.commit([accept(1, 1)]).await;
    attempt.handle = Some(JobHandle::new("https://vendor.example/jobs/1?key=x"));
    attempt.state = JobState::Accepted;
    expected.attempts = vec![attempt.clone()];
    (expected.state, expected.updated_at) = (JobState::Accepted, sample::at_minute(AT));
    assert_eq!(job(&catalog, 1).await, expected);

    catalog.commit([answer(1)]).await;
    attempt.state = JobState::Answered;
    expected.attempts = vec![attempt.clone()];
    expected.content_hashes = vec![sample::hash("one"), sample::hash("two")];
    (expected.state, expected.updated_at) = (JobState::Answered, sample::at_minute(AT + 1));
    assert_eq!(job(&catalog, 1).await, expected);

    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    attempt.state = JobState::Settled;
    attempt.ended_at = Some(sample::at_minute(AT + 2));
    expected.attempts = vec![attempt.clone()];
    expected.asset_ids = sample::asset_ids(1..=2);
    (expected.state, expected.updated_at) = (JobState::Settled, sample::at_minute(AT + 2));
    let settle = Change::EndJob {
        job_id: sample::job_id(1),
        state: JobState::Settled,
        asset_ids: sample::asset_ids(1..=2),
        failure: None,
        at: sample::at_minute(AT + 2),
    };
    catalog.commit([end_attempt(1, attempt), settle]).await;
    assert_eq!(job(&catalog, 1).await, expected);
}

async fn over_a_failed_attempt(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, sample::attempt(1, "sdxl", 20))]).await;
    catalog.commit([end_attempt(1, failed(1, "sdxl"))]).await;
    assert_eq!(job(&catalog, 1).await.state, JobState::Dispatched);
    let second = sample::attempt(2, "flux", 31);
    catalog.commit([dispatch(1, second.clone())]).await;
    let found = job(&catalog, 1).await;
    assert_eq!((found.state, found.attempts), (JobState::Dispatched, vec![failed(1, "sdxl"), second]));
}

async fn ends_otherwise(catalog: CatalogUnderTest) {
    for (number, state) in (1..).zip([JobState::Failed, JobState::Cancelled, JobState::Unknown]) {
        plan(&catalog, number).await;
        let (job_id, at) = (sample::job_id(number), sample::at_minute(AT));
        let failure = Some("all providers failed".to_owned());
        catalog.commit([Change::EndJob { job_id, state, asset_ids: Vec::new(), failure: failure.clone(), at }]).await;
        let found = job(&catalog, number).await;
        assert_eq!((found.state, found.failure, found.updated_at), (state, failure, at));
    }
}

async fn ends_only_final(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    for state in [JobState::Planned, JobState::Dispatched, JobState::Accepted, JobState::Answered, JobState::Resolved] {
        assert_eq!(catalog.refused(end(1, state)).await, StoreErrorKind::Invalid, "{state}");
    }
}

async fn ended_is_ended(catalog: CatalogUnderTest) {
    for (number, state) in (1..).zip([JobState::Settled, JobState::Failed, JobState::Cancelled, JobState::Unknown]) {
        plan(&catalog, number).await;
        catalog.commit([end(number, state)]).await;
        assert_eq!(catalog.refused(end(number, JobState::Failed)).await, StoreErrorKind::Conflict, "{state}");
        let attempt = dispatch(number, sample::attempt(1, "flux", 40));
        assert_eq!(catalog.refused(attempt).await, StoreErrorKind::Conflict, "{state}");
    }
}

async fn resolved(catalog: CatalogUnderTest) {
    for (number, resolution) in (1..).zip([Resolution::Billed, Resolution::NotBilled]) {
        plan(&catalog, number).await;
        catalog.commit([end(number, JobState::Unknown)]).await;
        catalog.commit([resolve(number, resolution)]).await;
        let found = job(&catalog, number).await;
        assert_eq!((found.state, found.resolution), (JobState::Resolved, Some(resolution)));
        assert_eq!(found.updated_at, sample::at_minute(AT + 3));
        let again = resolve(number, Resolution::Billed);
        assert_eq!(catalog.refused(again).await, StoreErrorKind::Conflict);
    }
}

async fn resolved_with_assets(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for (number, resolution, ended) in
        [(1, Resolution::Billed, JobState::Settled), (2, Resolution::NotBilled, JobState::Failed)]
    {
        plan(&catalog, number).await;
        let unknown = JobAttempt { state: JobState::Unknown, ..sample::attempt(2, "flux", 20) };
        let attempts = [dispatch(number, sample::attempt(1, "sdxl", 20)), end_attempt(number, failed(1, "sdxl"))];
        catalog.commit(attempts).await;
        let attempts = [dispatch(number, sample::attempt(2, "flux", 20)), end_attempt(number, unknown)];
        catalog.commit(attempts).await;
        catalog.commit([end(number, JobState::Unknown)]).await;
        let (job_id, at, asset_ids) = (sample::job_id(number), sample::at_minute(AT + 3), sample::asset_ids(1..=1));
        catalog.commit([Change::ResolveJob { job_id, resolution, asset_ids: asset_ids.clone(), at }]).await;
        let found = job(&catalog, number).await;
        assert_eq!((found.state, found.resolution, found.asset_ids), (JobState::Resolved, Some(resolution), asset_ids));
        assert_eq!(found.attempts[0], failed(1, "sdxl"));
        assert_eq!((found.attempts[1].number, found.attempts[1].state), (2, ended));
    }
}

async fn not_resolved(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    assert_eq!(catalog.refused(resolve(1, Resolution::Billed)).await, StoreErrorKind::Conflict);
    catalog.commit([end(1, JobState::Settled)]).await;
    assert_eq!(catalog.refused(resolve(1, Resolution::Billed)).await, StoreErrorKind::Conflict);
}

async fn not_found(catalog: CatalogUnderTest) {
    let attempt = || sample::attempt(1, "flux", 20);
    for change in [
        dispatch(1, attempt()),
        accept(1, 1),
        answer(1),
        end_attempt(1, attempt()),
        end(1, JobState::Failed),
        resolve(1, Resolution::Billed),
    ] {
        assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
    }
}

async fn attempt_must_be_known(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    assert_eq!(catalog.refused(end_attempt(1, failed(1, "flux"))).await, StoreErrorKind::NotFound);
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end_attempt(1, failed(1, "flux"))]).await;
    catalog.commit([dispatch(1, sample::attempt(2, "sdxl", 20))]).await;
    assert_eq!(catalog.refused(end_attempt(1, failed(3, "sdxl"))).await, StoreErrorKind::NotFound);
    assert_eq!(catalog.refused(accept(1, 3)).await, StoreErrorKind::NotFound);
}

async fn listed(catalog: CatalogUnderTest) {
    for number in [2, 1, 4, 3] {
        plan(&catalog, number).await;
    }
    catalog.commit([end(1, JobState::Failed), end(3, JobState::Unknown)]).await;
    let listed = async |states: &[JobState], limit| {
        let jobs = catalog.jobs.jobs(&JobQuery { states: states.to_vec(), limit }).await.unwrap();
        jobs.iter().map(|job| job.job_id).collect::<Vec<_>>()
    };
    let ids = |numbers: &[u32]| numbers.iter().copied().map(sample::job_id).collect::<Vec<JobId>>();
    assert_eq!(listed(&[], 10).await, ids(&[4, 3, 2, 1]));
    assert_eq!(listed(&[], 3).await, ids(&[4, 3, 2]));
    assert_eq!(listed(&[JobState::Planned], 10).await, ids(&[4, 2]));
    assert_eq!(listed(&[JobState::Failed, JobState::Unknown], 10).await, ids(&[3, 1]));
    assert_eq!(listed(&[JobState::Settled], 10).await, ids(&[]));
}
