//! The journal: a job on its way through every state, and what is left of it when its process is gone.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{Job, JobAttempt, JobHandle, JobId, JobState, ProviderErrorKind, Resolution, Usage};
use media_ports::{Change, JobQuery, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("job_comes_back", comes_back)
        .case("unknown_job_is_none", unknown_is_none)
        .case("job_id_taken_is_refused", id_taken)
        .case("job_walks_from_planned_to_settled", to_settled)
        .case("job_walks_over_a_failed_attempt", over_a_failed_attempt)
        .case("job_ends_failed_cancelled_or_unknown", ends_otherwise)
        .case("job_ends_only_in_a_final_state", ends_only_final)
        .case("job_ended_cannot_be_ended_or_dispatched_again", ended_is_ended)
        .case("job_unknown_is_resolved", resolved)
        .case("job_not_unknown_is_not_resolved", not_resolved)
        .case("job_unknown_to_the_journal_is_not_found", not_found)
        .case("attempt_ended_must_be_the_last", attempt_must_be_the_last)
        .case("jobs_are_listed_newest_first_by_state", listed)
        .case("recovery_closes_what_dead_processes_left", recovery_closes)
        .case("recovery_leaves_living_processes_alone", recovery_leaves_living_alone)
        .case("recovery_leaves_ended_jobs_alone", recovery_leaves_ended_alone)
        .case("recovery_repeated_finds_nothing", recovery_repeated)
        .case("recovered_job_is_resolved", recovered_job_is_resolved)
}

const AT: u32 = 30;

/// Plans a job of the living process.
async fn plan(catalog: &CatalogUnderTest, number: u32) -> Job {
    if catalog.libraries.libraries().await.unwrap().is_empty() {
        catalog.with_libraries(["a"]).await;
    }
    let job = sample::job(number, catalog.owners.living, sample::library_id("a"));
    catalog.commit([Change::PlanJob(Box::new(job.clone()))]).await;
    job
}

async fn job(catalog: &CatalogUnderTest, number: u32) -> Job {
    catalog.jobs.job(sample::job_id(number)).await.unwrap().unwrap()
}

fn dispatch(number: u32, attempt: JobAttempt) -> Change {
    Change::DispatchAttempt { job_id: sample::job_id(number), attempt: Box::new(attempt) }
}

fn accept(number: u32) -> Change {
    let handle = JobHandle::new("https://vendor.example/jobs/1?key=x");
    Change::AcceptAttempt { job_id: sample::job_id(number), handle, at: sample::at_minute(AT) }
}

fn answer(number: u32) -> Change {
    let content_hashes = vec![sample::hash("one"), sample::hash("two")];
    Change::AnswerJob { job_id: sample::job_id(number), content_hashes, at: sample::at_minute(AT + 1) }
}

fn end_attempt(number: u32, attempt: JobAttempt) -> Change {
    Change::EndAttempt { job_id: sample::job_id(number), attempt: Box::new(attempt) }
}

fn end(number: u32, state: JobState) -> Change {
    let (job_id, at) = (sample::job_id(number), sample::at_minute(AT + 2));
    Change::EndJob { job_id, state, asset_ids: Vec::new(), failure: None, at }
}

fn resolve(number: u32, resolution: Resolution) -> Change {
    Change::ResolveJob { job_id: sample::job_id(number), resolution, at: sample::at_minute(AT + 3) }
}

fn failed(number: u32, provider: &str) -> JobAttempt {
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
}

async fn unknown_is_none(catalog: CatalogUnderTest) {
    assert_eq!(catalog.jobs.job(sample::job_id(1)).await.unwrap(), None);
    assert_eq!(catalog.jobs.jobs(&JobQuery { states: Vec::new(), limit: 10 }).await.unwrap(), []);
}

async fn id_taken(catalog: CatalogUnderTest) {
    let planned = plan(&catalog, 1).await;
    assert_eq!(catalog.refused(Change::PlanJob(Box::new(planned))).await, StoreErrorKind::AlreadyExists);
}

async fn to_settled(catalog: CatalogUnderTest) {
    let mut expected = plan(&catalog, 1).await;
    let mut attempt = sample::attempt(1, "flux", 20);

    catalog.commit([dispatch(1, attempt.clone())]).await;
    expected.attempts = vec![attempt.clone()];
    (expected.state, expected.updated_at) = (JobState::Dispatched, attempt.dispatched_at);
    assert_eq!(job(&catalog, 1).await, expected);

    catalog.commit([accept(1)]).await;
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
        accept(1),
        answer(1),
        end_attempt(1, attempt()),
        end(1, JobState::Failed),
        resolve(1, Resolution::Billed),
    ] {
        assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
    }
}

async fn attempt_must_be_the_last(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    assert_eq!(catalog.refused(end_attempt(1, failed(1, "flux"))).await, StoreErrorKind::NotFound);
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20)), end_attempt(1, failed(1, "flux"))]).await;
    catalog.commit([dispatch(1, sample::attempt(2, "sdxl", 20))]).await;
    assert_eq!(catalog.refused(end_attempt(1, failed(3, "sdxl"))).await, StoreErrorKind::NotFound);
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

/// Four jobs of one process: 1 planned, 2 dispatched, 3 accepted, 4 answered; each after a failed attempt but the first.
async fn four_jobs(catalog: &CatalogUnderTest, owner: media_domain::OwnerId) {
    catalog.with_libraries(["a"]).await;
    for number in 1..=4 {
        let job = sample::job(number, owner, sample::library_id("a"));
        catalog.commit([Change::PlanJob(Box::new(job))]).await;
    }
    for number in 2..=4 {
        let first = dispatch(number, sample::attempt(1, "sdxl", 20));
        let second = dispatch(number, sample::attempt(2, "flux", 20));
        catalog.commit([first, end_attempt(number, failed(1, "sdxl")), second]).await;
    }
    catalog.commit([accept(3), accept(4), answer(4)]).await;
}

async fn recovery_closes(catalog: CatalogUnderTest) {
    four_jobs(&catalog, catalog.owners.dead).await;
    let mut recovered = catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    recovered.sort_unstable();
    assert_eq!(recovered, [2, 3, 4].map(sample::job_id));
    assert_eq!(job(&catalog, 1).await.state, JobState::Cancelled);
    for number in 2..=4 {
        let found = job(&catalog, number).await;
        assert_eq!(found.state, JobState::Unknown);
        assert_eq!(found.attempts[0], failed(1, "sdxl"));
        assert_eq!(found.attempts[1].state, JobState::Unknown);
    }
    assert_eq!(job(&catalog, 3).await.attempts[1].handle, Some(JobHandle::new("https://vendor.example/jobs/1?key=x")));
    assert_eq!(job(&catalog, 4).await.content_hashes, [sample::hash("one"), sample::hash("two")]);
}

async fn recovery_leaves_living_alone(catalog: CatalogUnderTest) {
    four_jobs(&catalog, catalog.owners.living).await;
    let before = catalog.everything().await;
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap(), []);
    assert_eq!(catalog.everything().await, before);
    catalog.commit([end(4, JobState::Settled)]).await;
}

async fn recovery_leaves_ended_alone(catalog: CatalogUnderTest) {
    four_jobs(&catalog, catalog.owners.dead).await;
    for (number, state) in (1..).zip([JobState::Cancelled, JobState::Failed, JobState::Unknown, JobState::Settled]) {
        catalog.commit([end(number, state)]).await;
    }
    let states = [JobState::Cancelled, JobState::Failed, JobState::Unknown, JobState::Settled];
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap(), []);
    for (number, state) in (1..).zip(states) {
        assert_eq!(job(&catalog, number).await.state, state);
    }
}

async fn recovery_repeated(catalog: CatalogUnderTest) {
    four_jobs(&catalog, catalog.owners.dead).await;
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap().len(), 3);
    let before = catalog.everything().await;
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap(), []);
    assert_eq!(catalog.everything().await, before);
}

async fn recovered_job_is_resolved(catalog: CatalogUnderTest) {
    four_jobs(&catalog, catalog.owners.dead).await;
    catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    catalog.commit([resolve(2, Resolution::NotBilled)]).await;
    assert_eq!(job(&catalog, 2).await.resolution, Some(Resolution::NotBilled));
    assert_eq!(catalog.refused(resolve(1, Resolution::NotBilled)).await, StoreErrorKind::Conflict);
}
