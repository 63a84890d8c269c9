//! What becomes of what was set aside: settled with what was used, released, or held while nobody knows.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{Job, JobAttempt, JobState, OwnerId, ProviderErrorKind, Reservation, Resolution, Usage};
use media_ports::StoreErrorKind;

use super::jobs::{accept, answer, dispatch, end, end_attempt, job, plan_job, resolve};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("settled_with_less_than_claimed_gives_the_rest_back", settled_with_less)
        .case("settled_with_more_than_claimed_counts_it_all", settled_with_more)
        .case("settled_at_unknown_cost_counts_the_claim", settled_at_unknown_cost)
        .case("settled_leaves_the_reservation_as_it_was_claimed", reservation_stays)
        .case("failed_releases_what_was_set_aside", failed_releases)
        .case("failed_attempt_leaves_room_for_the_next", room_for_the_next)
        .case("unknown_holds_what_was_set_aside", unknown_holds)
        .case("accepted_and_answered_hold_what_was_set_aside", running_holds)
        .case("recovery_holds_what_was_set_aside", recovery_holds)
        .case("settled_or_released_stays_so", stays_so)
        .case("settlement_refused_with_its_set_is_made_later", refused_with_its_set)
        .case("resolved_as_billed_settles_the_claim", resolved_as_billed)
        .case("resolved_as_not_billed_releases", resolved_as_not_billed)
        .case("resolved_touches_only_what_is_still_held", resolved_touches_only_what_is_held)
        .case("reconciled_by_the_vendors_word_then_resolved_settles_once", reconciled_then_resolved)
        .case("recovered_then_resolved_settles_the_claim", recovered_then_resolved)
}

const CHAIN: &str = "media_generation";
const CREDITS_CLAIMED: u64 = 4;
const MICROS_CLAIMED: u64 = 100_000;

/// An attempt that claims credits of the month, and money of the day and the month.
pub(super) fn claiming(number: u32) -> JobAttempt {
    let mut attempt = sample::attempt_of_credits(number, "flux", 20, CREDITS_CLAIMED, 10);
    attempt.reservation.budgets = [sample::day(), sample::month()]
        .map(|period| sample::budget_claim(CHAIN, period, MICROS_CLAIMED, 1_000_000))
        .into();
    attempt
}

pub(super) fn ended(number: u32, state: JobState, credits: u32, cost_micros: Option<u64>) -> JobAttempt {
    let usage = Usage { credits, cost_micros, ..Usage::default() };
    let error_kind = (state != JobState::Settled).then_some(ProviderErrorKind::Unavailable);
    JobAttempt { state, error_kind, usage, ended_at: Some(sample::at_minute(30)), ..claiming(number) }
}

fn of(number: u32, owner: OwnerId) -> Job {
    sample::job(number, owner, sample::library_id("a"))
}

/// A job with one attempt under way.
async fn under_way(catalog: &CatalogUnderTest, number: u32) {
    plan_job(catalog, of(number, catalog.owners.living)).await;
    catalog.commit([dispatch(number, claiming(1))]).await;
}

/// What is used and set aside: credits, then money.
pub(super) async fn books(catalog: &CatalogUnderTest) -> [(u64, u64); 2] {
    let lines = catalog.ledger.quota_lines(None, sample::month()).await.unwrap();
    let credits = lines.iter().fold((0, 0), |sum, line| (sum.0 + line.used, sum.1 + line.reserved));
    let day = catalog.ledger.budget_line(CHAIN.to_owned(), sample::day()).await.unwrap();
    let month = catalog.ledger.budget_line(CHAIN.to_owned(), sample::month()).await.unwrap();
    assert_eq!(day, month, "both budgets fare alike");
    [credits, (day.used_micros, day.reserved_micros)]
}

const HELD: [(u64, u64); 2] = [(0, CREDITS_CLAIMED), (0, MICROS_CLAIMED)];
const AS_CLAIMED: [(u64, u64); 2] = [(CREDITS_CLAIMED, 0), (MICROS_CLAIMED, 0)];
const NOTHING: [(u64, u64); 2] = [(0, 0), (0, 0)];

async fn settled_with_less(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    assert_eq!(books(&catalog).await, HELD);
    catalog.commit([end_attempt(1, ended(1, JobState::Settled, 1, Some(40_000)))]).await;
    assert_eq!(books(&catalog).await, [(1, 0), (40_000, 0)]);
    // Nine credits are left of ten.
    plan_job(&catalog, of(2, catalog.owners.living)).await;
    let nine = |credits| dispatch(2, sample::attempt_of_credits(1, "flux", 20, credits, 10));
    assert_eq!(catalog.refused(nine(10)).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([nine(9)]).await;
}

async fn settled_with_more(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    // Beyond what was claimed, and beyond the limit: it has been spent all the same.
    catalog.commit([end_attempt(1, ended(1, JobState::Settled, 25, Some(5_000_000_000)))]).await;
    assert_eq!(books(&catalog).await, [(25, 0), (5_000_000_000, 0)]);
    plan_job(&catalog, of(2, catalog.owners.living)).await;
    let one_more = dispatch(2, sample::attempt_of_credits(1, "flux", 20, 1, 10));
    assert_eq!(catalog.refused(one_more).await, StoreErrorKind::QuotaExceeded);
}

async fn settled_at_unknown_cost(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    catalog.commit([end_attempt(1, ended(1, JobState::Settled, 3, None))]).await;
    assert_eq!(books(&catalog).await, [(3, 0), (MICROS_CLAIMED, 0)]);
}

async fn reservation_stays(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    let without = JobAttempt { reservation: Reservation::default(), ..ended(1, JobState::Settled, 2, Some(7)) };
    catalog.commit([end_attempt(1, without)]).await;
    assert_eq!(books(&catalog).await, [(2, 0), (7, 0)]);
    assert_eq!(job(&catalog, 1).await.attempts, [ended(1, JobState::Settled, 2, Some(7))]);
}

async fn failed_releases(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    catalog.commit([end_attempt(1, ended(1, JobState::Failed, 2, Some(7)))]).await;
    assert_eq!(books(&catalog).await, NOTHING);
    catalog.commit([end(1, JobState::Failed)]).await;
    assert_eq!(books(&catalog).await, NOTHING);
}

async fn room_for_the_next(catalog: CatalogUnderTest) {
    plan_job(&catalog, of(1, catalog.owners.living)).await;
    let all = |number| sample::attempt_of_credits(number, "flux", 20, 10, 10);
    catalog.commit([dispatch(1, all(1))]).await;
    assert_eq!(catalog.refused(dispatch(1, all(2))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([end_attempt(1, JobAttempt { state: JobState::Failed, ..all(1) }), dispatch(1, all(2))]).await;
    assert_eq!(books(&catalog).await, [(0, 10), (0, 0)]);
}

async fn unknown_holds(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    catalog.commit([end_attempt(1, ended(1, JobState::Unknown, 0, None)), end(1, JobState::Unknown)]).await;
    assert_eq!(books(&catalog).await, HELD);
}

async fn running_holds(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    catalog.commit([accept(1, 1)]).await;
    assert_eq!(books(&catalog).await, HELD);
    catalog.commit([answer(1)]).await;
    assert_eq!(books(&catalog).await, HELD);
    catalog.commit([end_attempt(1, ended(1, JobState::Settled, 4, Some(1)))]).await;
    assert_eq!(books(&catalog).await, [(4, 0), (1, 0)]);
}

async fn recovery_holds(catalog: CatalogUnderTest) {
    plan_job(&catalog, of(1, catalog.owners.dead)).await;
    catalog.commit([dispatch(1, claiming(1))]).await;
    assert_eq!(catalog.maintenance.recover_abandoned_jobs().await.unwrap(), [sample::job_id(1)]);
    assert_eq!(books(&catalog).await, HELD);
    assert_eq!(job(&catalog, 1).await.attempts[0].reservation, claiming(1).reservation);
}

async fn stays_so(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    for attempt in [
        ended(1, JobState::Settled, 3, Some(30_000)),
        ended(1, JobState::Settled, 2, Some(20_000)),
        ended(1, JobState::Failed, 0, None),
        ended(1, JobState::Unknown, 0, None),
        ended(1, JobState::Settled, 1, None),
    ] {
        catalog.commit([end_attempt(1, attempt)]).await;
        assert_eq!(books(&catalog).await, [(3, 0), (30_000, 0)]);
    }
    under_way(&catalog, 2).await;
    for state in [JobState::Failed, JobState::Settled, JobState::Unknown, JobState::Failed] {
        catalog.commit([end_attempt(2, ended(1, state, 2, Some(20_000)))]).await;
        assert_eq!(books(&catalog).await, [(3, 0), (30_000, 0)]);
    }
}

async fn refused_with_its_set(catalog: CatalogUnderTest) {
    under_way(&catalog, 1).await;
    let settle = || end_attempt(1, ended(1, JobState::Settled, 2, Some(20_000)));
    let refused = media_ports::ChangeSet::default().with(settle()).with(resolve(1, Resolution::Billed));
    assert_eq!(catalog.writer.commit(refused).await.unwrap_err().kind, StoreErrorKind::Conflict);
    assert_eq!(books(&catalog).await, HELD);
    catalog.commit([settle()]).await;
    assert_eq!(books(&catalog).await, [(2, 0), (20_000, 0)]);
}

/// A job of which nobody knows whether it was billed.
async fn unknown(catalog: &CatalogUnderTest, number: u32) {
    under_way(catalog, number).await;
    let attempt = ended(1, JobState::Unknown, 0, None);
    catalog.commit([end_attempt(number, attempt), end(number, JobState::Unknown)]).await;
}

async fn resolved_as_billed(catalog: CatalogUnderTest) {
    unknown(&catalog, 1).await;
    catalog.commit([resolve(1, Resolution::Billed)]).await;
    assert_eq!(books(&catalog).await, AS_CLAIMED);
    assert_eq!(job(&catalog, 1).await.attempts[0].state, JobState::Settled);
    assert_eq!(catalog.refused(resolve(1, Resolution::NotBilled)).await, StoreErrorKind::Conflict);
    assert_eq!(books(&catalog).await, AS_CLAIMED);
}

async fn resolved_as_not_billed(catalog: CatalogUnderTest) {
    unknown(&catalog, 1).await;
    catalog.commit([resolve(1, Resolution::NotBilled)]).await;
    assert_eq!(books(&catalog).await, NOTHING);
    assert_eq!(job(&catalog, 1).await.attempts[0].state, JobState::Failed);
}

async fn resolved_touches_only_what_is_held(catalog: CatalogUnderTest) {
    plan_job(&catalog, of(1, catalog.owners.living)).await;
    // A first attempt billed without images, a second one released, a third one unknown; another job under way.
    for (number, state) in [(1, JobState::Settled), (2, JobState::Failed), (3, JobState::Unknown)] {
        let attempt = ended(number, state, 1, Some(10_000));
        catalog.commit([dispatch(1, claiming(number)), end_attempt(1, attempt)]).await;
    }
    catalog.commit([end(1, JobState::Unknown)]).await;
    under_way(&catalog, 2).await;
    let one_used = (1, 2 * CREDITS_CLAIMED);
    assert_eq!(books(&catalog).await, [one_used, (10_000, 2 * MICROS_CLAIMED)]);
    catalog.commit([resolve(1, Resolution::Billed)]).await;
    let expected = [(1 + CREDITS_CLAIMED, CREDITS_CLAIMED), (10_000 + MICROS_CLAIMED, MICROS_CLAIMED)];
    assert_eq!(books(&catalog).await, expected);
    let states: Vec<_> = job(&catalog, 1).await.attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [JobState::Settled, JobState::Failed, JobState::Settled]);
}

async fn reconciled_then_resolved(catalog: CatalogUnderTest) {
    unknown(&catalog, 1).await;
    let settled = end_attempt(1, ended(1, JobState::Settled, 2, Some(20_000)));
    catalog.commit([settled]).await;
    assert_eq!(books(&catalog).await, [(2, 0), (20_000, 0)]);
    assert_eq!(job(&catalog, 1).await.state, JobState::Unknown);
    catalog.commit([resolve(1, Resolution::Billed)]).await;
    assert_eq!(books(&catalog).await, [(2, 0), (20_000, 0)]);

    unknown(&catalog, 2).await;
    let released = end_attempt(2, ended(1, JobState::Failed, 0, None));
    catalog.commit([released, resolve(2, Resolution::NotBilled)]).await;
    assert_eq!(books(&catalog).await, [(2, 0), (20_000, 0)]);
}

async fn recovered_then_resolved(catalog: CatalogUnderTest) {
    plan_job(&catalog, of(1, catalog.owners.dead)).await;
    catalog.commit([dispatch(1, claiming(1)), accept(1, 1)]).await;
    catalog.maintenance.recover_abandoned_jobs().await.unwrap();
    catalog.commit([resolve(1, Resolution::Billed)]).await;
    assert_eq!(books(&catalog).await, AS_CLAIMED);
    assert_eq!(job(&catalog, 1).await.attempts[0].state, JobState::Settled);
}
