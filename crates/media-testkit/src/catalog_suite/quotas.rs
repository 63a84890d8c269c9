//! Credits: set aside to the last one and no further, per user, provider and month.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{Job, JobAttempt, Period, QuotaClaim, Reservation};
use media_ports::{Change, QuotaLine, StoreErrorKind};

use super::jobs::{dispatch, job, plan, plan_job};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("quota_comes_back_with_its_attempt", comes_back)
        .case("quota_passes_to_the_last_credit_and_no_further", to_the_last_credit)
        .case("quota_counts_within_one_set", within_one_set)
        .case("quota_is_kept_apart_by_user_provider_and_month", kept_apart)
        .case("quota_without_limit_is_only_counted", only_counted)
        .case("quota_claim_of_nothing_passes_when_nothing_is_left", claim_of_nothing)
        .case("quota_limit_of_its_own_overrides_the_claims", own_limit_overrides)
        .case("quota_limit_of_its_own_holds_for_one_user_and_provider", own_limit_of_one)
        .case("quota_limit_of_its_own_below_what_is_used_refuses_the_next", own_limit_below_use)
        .case("quota_limit_of_its_own_is_replaced_and_taken_away", own_limit_taken_away)
        .case("quota_of_an_ended_job_is_a_conflict_and_sets_nothing_aside", ended_job)
        .case("quota_lines_list_own_limits_without_use", own_limits_without_use)
        .case("quota_lines_are_in_order_of_one_user_or_of_all", lines_in_order)
}

fn claiming(number: u32, credits: u64, limit: u64) -> JobAttempt {
    sample::attempt_of_credits(number, "flux", 20, credits, limit)
}

fn in_period(mut attempt: JobAttempt, period: Period) -> JobAttempt {
    attempt.reservation.quota.as_mut().unwrap().period = period;
    attempt
}

fn own_limit(user: &str, provider: &str, credits: Option<u64>) -> Change {
    Change::SetQuotaLimit { user_id: sample::user(user), provider: sample::provider(provider), credits }
}

fn line(user: &str, provider: &str, own_limit: Option<u64>, used: u64, reserved: u64) -> QuotaLine {
    QuotaLine { user_id: sample::user(user), provider: sample::provider(provider), own_limit, used, reserved }
}

async fn lines(catalog: &CatalogUnderTest) -> Vec<QuotaLine> {
    catalog.ledger.quota_lines(None, sample::month()).await.unwrap()
}

async fn comes_back(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    let mut attempt = claiming(1, 3, 10);
    let budgets = [("posters", sample::day()), ("media_generation", sample::month())];
    attempt.reservation.budgets =
        budgets.map(|(chain, period)| sample::budget_claim(chain, period, 40_000, u64::MAX)).into();
    catalog.commit([dispatch(1, attempt.clone())]).await;
    assert_eq!(job(&catalog, 1).await.attempts, [attempt]);
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 3)]);
}

async fn to_the_last_credit(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    assert_eq!(catalog.refused(dispatch(1, claiming(1, 11, 10))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([dispatch(1, claiming(1, 6, 10))]).await;
    plan(&catalog, 2).await;
    assert_eq!(catalog.refused(dispatch(2, claiming(1, 5, 10))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([dispatch(2, claiming(1, 4, 10))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 10)]);
    plan(&catalog, 3).await;
    assert_eq!(catalog.refused(dispatch(3, claiming(1, 1, 10))).await, StoreErrorKind::QuotaExceeded);
    // The limit is the claim's: one that was raised meanwhile lets more pass.
    catalog.commit([dispatch(3, claiming(1, 1, 11))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 11)]);
}

async fn within_one_set(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    plan(&catalog, 2).await;
    let set = [dispatch(1, claiming(1, 6, 10)), dispatch(2, claiming(1, 5, 10))];
    let error = catalog.writer.commit(media_ports::ChangeSet { changes: set.into() }).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::QuotaExceeded);
    assert_eq!(job(&catalog, 1).await.attempts, []);
    catalog.commit([dispatch(1, claiming(1, 5, 10)), dispatch(2, claiming(1, 5, 10))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 10)]);
}

async fn kept_apart(catalog: CatalogUnderTest) {
    for number in 1..=3 {
        plan(&catalog, number).await;
    }
    let of_bert = sample::job(4, catalog.owners.living, sample::library_id("a"));
    plan_job(&catalog, Job { user_id: sample::user("bert"), ..of_bert }).await;
    catalog
        .commit([
            dispatch(1, claiming(1, 10, 10)),
            dispatch(2, sample::attempt_of_credits(1, "sdxl", 20, 10, 10)),
            dispatch(3, in_period(claiming(1, 10, 10), sample::next_month())),
            dispatch(4, claiming(1, 10, 10)),
        ])
        .await;
    let expected =
        [line("anna", "flux", None, 0, 10), line("anna", "sdxl", None, 0, 10), line("bert", "flux", None, 0, 10)];
    assert_eq!(lines(&catalog).await, expected);
    let next = catalog.ledger.quota_lines(None, sample::next_month()).await.unwrap();
    assert_eq!(next, [line("anna", "flux", None, 0, 10)]);
}

fn unlimited(number: u32, credits: u64) -> JobAttempt {
    let quota = QuotaClaim { provider: sample::provider("flux"), period: sample::month(), credits, limit: None };
    let reservation = Reservation { quota: Some(quota), budgets: Vec::new() };
    JobAttempt { reservation, ..sample::attempt(number, "flux", 20) }
}

async fn only_counted(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, unlimited(1, 5_000_000_000))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 5_000_000_000)]);
    plan(&catalog, 2).await;
    catalog.commit([dispatch(2, claiming(1, 1, u64::MAX))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 5_000_000_001)]);
    catalog.commit([own_limit("anna", "flux", Some(5_000_000_001))]).await;
    plan(&catalog, 3).await;
    assert_eq!(catalog.refused(dispatch(3, unlimited(1, 1))).await, StoreErrorKind::QuotaExceeded);
}

async fn claim_of_nothing(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, claiming(1, 10, 10))]).await;
    for (number, limit) in [(2, 10), (3, 5), (4, 0)] {
        plan(&catalog, number).await;
        catalog.commit([dispatch(number, claiming(1, 0, limit))]).await;
    }
    assert_eq!(lines(&catalog).await, [line("anna", "flux", None, 0, 10)]);
}

async fn own_limit_overrides(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([own_limit("anna", "flux", Some(3))]).await;
    assert_eq!(catalog.refused(dispatch(1, claiming(1, 4, 10))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([own_limit("anna", "flux", Some(20))]).await;
    assert_eq!(catalog.refused(dispatch(1, claiming(1, 21, 10))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([dispatch(1, claiming(1, 20, 10))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", Some(20), 0, 20)]);
}

async fn own_limit_of_one(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([own_limit("bert", "flux", Some(0)), own_limit("anna", "sdxl", Some(0))]).await;
    catalog.commit([dispatch(1, claiming(1, 10, 10))]).await;
    plan(&catalog, 2).await;
    let elsewhere = sample::attempt_of_credits(1, "sdxl", 20, 1, 10);
    assert_eq!(catalog.refused(dispatch(2, elsewhere)).await, StoreErrorKind::QuotaExceeded);
}

async fn own_limit_below_use(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, claiming(1, 8, 10)), own_limit("anna", "flux", Some(5))]).await;
    plan(&catalog, 2).await;
    assert_eq!(catalog.refused(dispatch(2, claiming(1, 1, 10))).await, StoreErrorKind::QuotaExceeded);
    assert_eq!(lines(&catalog).await, [line("anna", "flux", Some(5), 0, 8)]);
}

async fn own_limit_taken_away(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([own_limit("anna", "flux", Some(3)), own_limit("anna", "flux", Some(4))]).await;
    assert_eq!(lines(&catalog).await, [line("anna", "flux", Some(4), 0, 0)]);
    catalog.commit([own_limit("anna", "flux", None), own_limit("bert", "flux", None)]).await;
    assert_eq!(lines(&catalog).await, []);
    assert_eq!(catalog.refused(dispatch(1, claiming(1, 11, 10))).await, StoreErrorKind::QuotaExceeded);
    catalog.commit([dispatch(1, claiming(1, 10, 10))]).await;
}

async fn ended_job(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([super::jobs::end(1, media_domain::JobState::Failed)]).await;
    assert_eq!(catalog.refused(dispatch(1, claiming(1, 11, 10))).await, StoreErrorKind::Conflict);
    assert_eq!(lines(&catalog).await, []);
}

async fn own_limits_without_use(catalog: CatalogUnderTest) {
    catalog.commit([own_limit("anna", "flux", Some(0)), own_limit("bert", "sdxl", Some(7))]).await;
    let expected = [line("anna", "flux", Some(0), 0, 0), line("bert", "sdxl", Some(7), 0, 0)];
    for period in [sample::month(), sample::next_month()] {
        assert_eq!(catalog.ledger.quota_lines(None, period).await.unwrap(), expected);
    }
    let of_bert = catalog.ledger.quota_lines(Some(sample::user("bert")), sample::month()).await.unwrap();
    assert_eq!(of_bert, expected[1..]);
    assert_eq!(catalog.ledger.quota_lines(Some(sample::user("nobody")), sample::month()).await.unwrap(), []);
}

async fn lines_in_order(catalog: CatalogUnderTest) {
    for (number, user, provider) in [(1, "carl", "flux"), (2, "anna", "sdxl"), (3, "bert", "flux"), (4, "anna", "flux")]
    {
        let planned = sample::job(number, catalog.owners.living, sample::library_id("a"));
        plan_job(&catalog, Job { user_id: sample::user(user), ..planned }).await;
        let attempt = sample::attempt_of_credits(1, provider, 20, number.into(), 10);
        catalog.commit([dispatch(number, attempt)]).await;
    }
    catalog.commit([own_limit("anna", "noop_media", Some(9)), own_limit("bert", "flux", Some(9))]).await;
    let expected = [
        line("anna", "flux", None, 0, 4),
        line("anna", "noop_media", Some(9), 0, 0),
        line("anna", "sdxl", None, 0, 2),
        line("bert", "flux", Some(9), 0, 3),
        line("carl", "flux", None, 0, 1),
    ];
    assert_eq!(lines(&catalog).await, expected);
    let of_anna = catalog.ledger.quota_lines(Some(sample::user("anna")), sample::month()).await.unwrap();
    assert_eq!(of_anna, expected[..3]);
}
