//! Jobs whose call was split into parts: several attempts under way at once, each with an end and a bill of its own. And
//! jobs of which no word is kept.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{Job, JobState, OwnerId, Resolution, Retain};
use media_ports::{Change, StoreErrorKind};

use super::jobs::{accept, answer, dispatch, end, end_attempt, job, plan_job, resolve};
use super::settlements::{books, claiming, ended};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("parts_are_accepted_answered_and_settled_each_on_its_own", each_on_its_own)
        .case("parts_answered_leave_ended_ones_alone", ended_ones_stay)
        .case("parts_of_dead_processes_become_unknown_all", recovered)
        .case("parts_known_later_add_their_assets_to_the_unknown_job", assets_added)
        .case("job_of_which_nothing_is_retained_comes_back_so", nothing_retained)
}

/// A job with three parts under way.
async fn three_parts(catalog: &CatalogUnderTest, owner: OwnerId) {
    plan_job(catalog, sample::job(1, owner, sample::library_id("a"))).await;
    for number in 1..=3 {
        catalog.commit([dispatch(1, claiming_one(number))]).await;
    }
}

/// One of three that fit the limit together.
fn claiming_one(number: u32) -> media_domain::JobAttempt {
    let mut attempt = claiming(number);
    attempt.reservation.quota = attempt.reservation.quota.map(|quota| media_domain::QuotaClaim { credits: 2, ..quota });
    attempt
}

async fn states(catalog: &CatalogUnderTest) -> Vec<(u32, JobState)> {
    job(catalog, 1).await.attempts.iter().map(|attempt| (attempt.number, attempt.state)).collect()
}

async fn each_on_its_own(catalog: CatalogUnderTest) {
    three_parts(&catalog, catalog.owners.living).await;
    assert_eq!(books(&catalog).await, [(0, 6), (0, 300_000)]);
    catalog.commit([accept(1, 2)]).await;
    let found = states(&catalog).await;
    assert_eq!(found, [(1, JobState::Dispatched), (2, JobState::Accepted), (3, JobState::Dispatched)]);
    assert!(job(&catalog, 1).await.attempts[1].handle.is_some());

    catalog.commit([end_attempt(1, ended(1, JobState::Failed, 0, None)), answer(1)]).await;
    let settled = [(2, 1, 10_000), (3, 2, 20_000)]
        .map(|(number, credits, micros)| end_attempt(1, ended(number, JobState::Settled, credits, Some(micros))));
    catalog.commit(settled.into_iter().chain([end(1, JobState::Settled)])).await;
    let found = states(&catalog).await;
    assert_eq!(found, [(1, JobState::Failed), (2, JobState::Settled), (3, JobState::Settled)]);
    assert_eq!(books(&catalog).await, [(3, 0), (30_000, 0)]);
}

async fn ended_ones_stay(catalog: CatalogUnderTest) {
    three_parts(&catalog, catalog.owners.living).await;
    catalog.commit([end_attempt(1, ended(2, JobState::Unknown, 0, None)), answer(1)]).await;
    let found = states(&catalog).await;
    assert_eq!(found, [(1, JobState::Answered), (2, JobState::Unknown), (3, JobState::Answered)]);
}

async fn recovered(catalog: CatalogUnderTest) {
    three_parts(&catalog, catalog.owners.dead).await;
    catalog.commit([end_attempt(1, ended(1, JobState::Settled, 1, Some(10_000)))]).await;
    catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    let found = states(&catalog).await;
    assert_eq!(found, [(1, JobState::Settled), (2, JobState::Unknown), (3, JobState::Unknown)]);
    assert_eq!(books(&catalog).await, [(1, 4), (10_000, 200_000)]);
}

async fn assets_added(catalog: CatalogUnderTest) {
    three_parts(&catalog, catalog.owners.living).await;
    let (job_id, at) = (sample::job_id(1), sample::at_minute(40));
    let add = |asset_ids| Change::AddJobAssets { job_id, asset_ids, at };
    assert_eq!(catalog.refused(add(sample::asset_ids(1..=1))).await, StoreErrorKind::Conflict);
    catalog.commit([end(1, JobState::Unknown), add(sample::asset_ids(1..=2)), add(sample::asset_ids(2..=3))]).await;
    let found = job(&catalog, 1).await;
    assert_eq!((found.state, found.asset_ids, found.updated_at), (JobState::Unknown, sample::asset_ids(1..=3), at));
    catalog.commit([resolve(1, Resolution::Billed)]).await;
    assert_eq!(job(&catalog, 1).await.asset_ids, sample::asset_ids(1..=3));
    assert_eq!(catalog.refused(add(sample::asset_ids(4..=4))).await, StoreErrorKind::Conflict);
}

async fn nothing_retained(catalog: CatalogUnderTest) {
    let job_of_words = sample::job(1, catalog.owners.living, sample::library_id("a"));
    let request = job_of_words.request.without_words();
    let planned = plan_job(&catalog, Job { retain: Retain::Nothing, request, ..job_of_words }).await;
    assert_eq!(job(&catalog, 1).await, planned);
}
