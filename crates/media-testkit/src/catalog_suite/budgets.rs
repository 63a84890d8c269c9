//! Money: set aside to the last millionth and no further, from every budget of a call or from none.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{BudgetClaim, JobAttempt, Period, Reservation};
use media_ports::{BudgetLine, StoreErrorKind};

use super::jobs::{dispatch, plan};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("budget_nobody_has_spent_is_zeros", zeros)
        .case("budget_passes_to_the_last_millionth_and_no_further", to_the_last_millionth)
        .case("budget_is_kept_apart_by_chain_and_period", kept_apart)
        .case("budgets_of_one_call_are_all_or_nothing", all_or_nothing)
        .case("budget_exceeded_sets_no_credits_aside_either", no_credits_either)
        .case("quota_exceeded_sets_no_money_aside_either", no_money_either)
        .case("budget_claim_of_nothing_passes_when_nothing_is_left", claim_of_nothing)
        .case("budget_of_the_greatest_limit_is_no_obstacle", greatest_limit)
}

const CHAIN: &str = "media_generation";

fn claiming(budgets: impl Into<Vec<BudgetClaim>>) -> JobAttempt {
    let reservation = Reservation { quota: None, budgets: budgets.into() };
    JobAttempt { reservation, ..sample::attempt(1, "flux", 20) }
}

fn of_month(micros: u64, limit_micros: u64) -> BudgetClaim {
    sample::budget_claim(CHAIN, sample::month(), micros, limit_micros)
}

fn of_day(micros: u64, limit_micros: u64) -> BudgetClaim {
    sample::budget_claim(CHAIN, sample::day(), micros, limit_micros)
}

async fn reserved(catalog: &CatalogUnderTest, chain: &str, period: Period) -> u64 {
    let BudgetLine { used_micros, reserved_micros } =
        catalog.ledger.budget_line(chain.to_owned(), period).await.unwrap();
    assert_eq!(used_micros, 0, "nothing has been settled");
    reserved_micros
}

async fn zeros(catalog: CatalogUnderTest) {
    for period in [sample::day(), sample::month()] {
        assert_eq!(reserved(&catalog, CHAIN, period).await, 0);
    }
}

async fn to_the_last_millionth(catalog: CatalogUnderTest) {
    let limit = 5_000_000_000;
    plan(&catalog, 1).await;
    let beyond = dispatch(1, claiming([of_month(limit + 1, limit)]));
    assert_eq!(catalog.refused(beyond).await, StoreErrorKind::BudgetExceeded);
    catalog.commit([dispatch(1, claiming([of_month(limit - 1, limit)]))]).await;
    plan(&catalog, 2).await;
    let beyond = dispatch(2, claiming([of_month(2, limit)]));
    assert_eq!(catalog.refused(beyond).await, StoreErrorKind::BudgetExceeded);
    catalog.commit([dispatch(2, claiming([of_month(1, limit)]))]).await;
    plan(&catalog, 3).await;
    let beyond = dispatch(3, claiming([of_month(1, limit)]));
    assert_eq!(catalog.refused(beyond).await, StoreErrorKind::BudgetExceeded);
    assert_eq!(reserved(&catalog, CHAIN, sample::month()).await, limit);
}

async fn kept_apart(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, claiming([of_day(1, 100), of_month(2, 100)]))]).await;
    plan(&catalog, 2).await;
    let posters = sample::budget_claim("posters", sample::month(), 100, 100);
    let next = sample::budget_claim(CHAIN, sample::next_month(), 100, 100);
    catalog.commit([dispatch(2, claiming([posters, next]))]).await;
    assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 1);
    assert_eq!(reserved(&catalog, CHAIN, sample::month()).await, 2);
    assert_eq!(reserved(&catalog, CHAIN, sample::next_month()).await, 100);
    assert_eq!(reserved(&catalog, "posters", sample::month()).await, 100);
    assert_eq!(reserved(&catalog, "posters", sample::day()).await, 0);
}

async fn all_or_nothing(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    for budgets in [[of_day(50, 49), of_month(50, 100)], [of_month(50, 100), of_day(50, 49)]] {
        let change = dispatch(1, claiming(budgets));
        assert_eq!(catalog.refused(change).await, StoreErrorKind::BudgetExceeded);
        assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 0);
        assert_eq!(reserved(&catalog, CHAIN, sample::month()).await, 0);
    }
    // Twice the same budget is one budget.
    let twice = dispatch(1, claiming([of_day(50, 99), of_day(50, 99)]));
    assert_eq!(catalog.refused(twice).await, StoreErrorKind::BudgetExceeded);
    catalog.commit([dispatch(1, claiming([of_day(50, 50), of_month(50, 50)]))]).await;
    assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 50);
    assert_eq!(reserved(&catalog, CHAIN, sample::month()).await, 50);
}

fn with_credits(credits: u64, limit: u64, budget: BudgetClaim) -> JobAttempt {
    let mut attempt = sample::attempt_of_credits(1, "flux", 20, credits, limit);
    attempt.reservation.budgets = vec![budget];
    attempt
}

async fn no_credits_either(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    let change = dispatch(1, with_credits(4, 10, of_day(50, 49)));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::BudgetExceeded);
    let lines = catalog.ledger.quota_lines(None, sample::month()).await.unwrap();
    assert!(lines.iter().all(|line| line.reserved == 0), "{lines:?}");
    catalog.commit([dispatch(1, with_credits(10, 10, of_day(49, 49)))]).await;
}

async fn no_money_either(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    let change = dispatch(1, with_credits(11, 10, of_day(49, 49)));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::QuotaExceeded);
    assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 0);
    catalog.commit([dispatch(1, with_credits(10, 10, of_day(49, 49)))]).await;
}

async fn claim_of_nothing(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, claiming([of_day(50, 50)]))]).await;
    for (number, limit) in [(2, 50), (3, 20), (4, 0)] {
        plan(&catalog, number).await;
        catalog.commit([dispatch(number, claiming([of_day(0, limit)]))]).await;
    }
    assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 50);
}

async fn greatest_limit(catalog: CatalogUnderTest) {
    for number in 1..=2 {
        plan(&catalog, number).await;
        catalog.commit([dispatch(number, claiming([of_day(1_000_000_000_000, u64::MAX)]))]).await;
    }
    assert_eq!(reserved(&catalog, CHAIN, sample::day()).await, 2_000_000_000_000);
}
