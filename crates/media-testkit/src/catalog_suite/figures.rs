//! How providers have done.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use chrono::TimeDelta;
use media_domain::{JobAttempt, JobState, ProviderErrorKind, Usage};
use media_ports::ProviderFigures;

use super::jobs::{accept, answer, dispatch, end_attempt, plan};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("figures_of_nothing_are_none", of_nothing)
        .case("figures_count_attempts_by_how_they_ended", counts)
        .case("figures_of_latency_are_nearest_ranks_of_successes", latency)
        .case("figures_add_up_the_known_cost_of_what_is_settled", cost)
        .case("figures_begin_with_attempts_dispatched_then", since)
        .case("figures_are_in_order_of_providers", in_order)
}

async fn figures(catalog: &CatalogUnderTest) -> Vec<ProviderFigures> {
    catalog.ledger.provider_figures(sample::start()).await.unwrap()
}

fn nothing(provider: &str) -> ProviderFigures {
    ProviderFigures {
        provider: sample::provider(provider),
        succeeded: 0,
        failed: 0,
        unknown: 0,
        in_flight: 0,
        latency_p50_ms: None,
        latency_p95_ms: None,
        cost_micros: 0,
    }
}

fn ended(state: JobState, took_ms: i64) -> JobAttempt {
    let sent = sample::attempt(1, "flux", 20);
    let ended_at = Some(sent.dispatched_at + TimeDelta::milliseconds(took_ms));
    let error_kind = (state != JobState::Settled).then_some(ProviderErrorKind::Unavailable);
    JobAttempt { state, error_kind, ended_at, ..sent }
}

/// One job with one attempt that ended.
async fn one(catalog: &CatalogUnderTest, number: u32, attempt: JobAttempt) {
    plan(catalog, number).await;
    catalog.commit([dispatch(number, sample::attempt(1, "flux", 20)), end_attempt(number, attempt)]).await;
}

async fn of_nothing(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    assert_eq!(figures(&catalog).await, []);
}

async fn counts(catalog: CatalogUnderTest) {
    let billed_without_images =
        JobAttempt { error_kind: Some(ProviderErrorKind::MalformedResponse), ..ended(JobState::Settled, 9_000) };
    let ends = [
        ended(JobState::Settled, 100),
        ended(JobState::Settled, 100),
        ended(JobState::Settled, 100),
        ended(JobState::Failed, 9_000),
        billed_without_images,
        ended(JobState::Unknown, 9_000),
    ];
    for (number, attempt) in (1..).zip(ends) {
        one(&catalog, number, attempt).await;
    }
    for number in [7, 8, 9] {
        plan(&catalog, number).await;
        catalog.commit([dispatch(number, sample::attempt(1, "flux", 20))]).await;
    }
    catalog.commit([accept(8, 1)]).await;
    catalog.commit([answer(9)]).await;
    let expected = ProviderFigures {
        succeeded: 3,
        failed: 2,
        unknown: 1,
        in_flight: 3,
        latency_p50_ms: Some(100),
        latency_p95_ms: Some(100),
        ..nothing("flux")
    };
    assert_eq!(figures(&catalog).await, [expected]);
}

async fn latency(catalog: CatalogUnderTest) {
    let percentiles = async |catalog: &CatalogUnderTest| {
        let flux = figures(catalog).await.remove(0);
        (flux.latency_p50_ms.unwrap(), flux.latency_p95_ms.unwrap())
    };
    // The slowest first, so that order of coming is not order of time.
    let mut expected = Vec::new();
    for number in 1..=21_u32 {
        one(&catalog, number, ended(JobState::Settled, i64::from(22 - number) * 1_000)).await;
        expected.push(percentiles(&catalog).await);
    }
    // Of n values in order: the ones at places ⌈n·50/100⌉ and ⌈n·95/100⌉.
    assert_eq!(expected[0], (21_000, 21_000));
    assert_eq!(expected[1], (20_000, 21_000));
    assert_eq!(expected[2], (20_000, 21_000));
    assert_eq!(expected[9], (16_000, 21_000));
    assert_eq!(expected[19], (11_000, 20_000));
    assert_eq!(expected[20], (11_000, 20_000));
}

async fn cost(catalog: CatalogUnderTest) {
    let of_cost = |cost_micros, attempt| JobAttempt { usage: Usage { cost_micros, ..Usage::default() }, ..attempt };
    for (number, attempt) in [
        (1, of_cost(Some(40_000), ended(JobState::Settled, 1))),
        (2, of_cost(Some(5_000_000_000), ended(JobState::Settled, 1))),
        (3, of_cost(None, ended(JobState::Settled, 1))),
        (4, of_cost(Some(1), ended(JobState::Failed, 1))),
        (5, of_cost(Some(1), ended(JobState::Unknown, 1))),
    ] {
        one(&catalog, number, attempt).await;
    }
    assert_eq!(figures(&catalog).await[0].cost_micros, 5_000_040_000);
}

async fn since(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    catalog.commit([dispatch(1, sample::attempt(1, "flux", 20))]).await;
    let at = sample::at_minute(20);
    for (since, expected) in [(at, 1), (at + TimeDelta::milliseconds(1), 0), (at - TimeDelta::milliseconds(1), 1)] {
        assert_eq!(catalog.ledger.provider_figures(since).await.unwrap().len(), expected, "{since}");
    }
}

async fn in_order(catalog: CatalogUnderTest) {
    plan(&catalog, 1).await;
    for (number, provider) in (1..).zip(["sdxl", "flux", "noop_media", "flux"]) {
        let failed = JobAttempt { state: JobState::Failed, ..sample::attempt(number, provider, 20) };
        catalog.commit([dispatch(1, sample::attempt(number, provider, 20)), end_attempt(1, failed)]).await;
    }
    let expected = [("flux", 2), ("noop_media", 1), ("sdxl", 1)];
    let expected = expected.map(|(provider, failed)| ProviderFigures { failed, ..nothing(provider) });
    assert_eq!(figures(&catalog).await, expected);
}
