//! The journal once the process at work on its jobs is gone.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{
    GenerationRequest, IdempotencyClaim, IdempotencyKey, Job, JobAttempt, JobHandle, JobState, OwnerId,
    RequestFingerprint, Resolution,
};
use media_ports::{Change, StoreErrorKind};

use super::jobs::{accept, answer, dispatch, end, end_attempt, failed, job, resolve};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("recovery_closes_what_dead_processes_left", recovery_closes)
        .case("recovery_holds_a_job_only_while_an_attempt_is_open_or_lost", recovery_between_attempts)
        .case("recovery_leaves_living_processes_alone", recovery_leaves_living_alone)
        .case("recovery_leaves_ended_jobs_alone", recovery_leaves_ended_alone)
        .case("recovery_repeated_finds_nothing", recovery_repeated)
        .case("recovered_job_is_resolved", recovered_job_is_resolved)
}

/// Four jobs of one process: 1 planned, 2 dispatched, 3 accepted, 4 answered; each after a failed attempt but the first.
async fn four_jobs(catalog: &CatalogUnderTest, owner: OwnerId) {
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
    catalog.commit([accept(3, 2), accept(4, 2), answer(4)]).await;
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

/// Jobs of a process that died between two attempts: 1 was refused, 2 paid in vain, 3 lost one before the last was refused.
async fn recovery_between_attempts(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let ended = |number, state| JobAttempt { state, ..failed(number, "flux") };
    let key = |number| IdempotencyKey::parse(format!("k{number}")).unwrap();
    let fingerprint = RequestFingerprint::of("media_generation", &GenerationRequest::new(sample::prompt("one")), None);
    let jobs = [
        (1, vec![ended(1, JobState::Failed)], JobState::Cancelled),
        (2, vec![ended(1, JobState::Settled), ended(2, JobState::Failed)], JobState::Failed),
        (3, vec![ended(1, JobState::Unknown), ended(2, JobState::Failed)], JobState::Unknown),
    ];
    for (number, attempts, _) in &jobs {
        let idempotency = Some(IdempotencyClaim { key: key(*number), fingerprint });
        let job = Job { idempotency, ..sample::job(*number, catalog.owners.dead, library) };
        catalog.commit([Change::PlanJob(Box::new(job))]).await;
        for attempt in attempts {
            let sent = sample::attempt_of_credits(attempt.number, "flux", 20, 2, 100);
            catalog.commit([dispatch(*number, sent), end_attempt(*number, attempt.clone())]).await;
        }
    }
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap(), [sample::job_id(3)]);
    for (number, attempts, state) in jobs {
        let found = job(&catalog, number).await;
        let states = |attempts: &[JobAttempt]| attempts.iter().map(|attempt| attempt.state).collect::<Vec<_>>();
        assert_eq!((found.state, states(&found.attempts)), (state, states(&attempts)));
        let holder = catalog.jobs.job_by_key(sample::user("anna"), key(number)).await.unwrap();
        assert_eq!(holder.is_none(), state == JobState::Cancelled, "{state}");
    }
    let lines = catalog.ledger.quota_lines(None, sample::month()).await.unwrap();
    assert_eq!((lines[0].used, lines[0].reserved), (2, 2), "only what was lost is held");
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
