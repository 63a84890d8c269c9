//! Breakers that processes share: each change builds upon the one before, and is found by those who look later.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use chrono::TimeDelta;
use media_domain::breaker::{BreakerPhase, BreakerState, Forced, ProbeLease, Trip, TripCause};
use media_domain::{JobState, ProviderErrorKind};
use media_ports::{BreakerKey, Change, ChangeSet, KeptBreaker, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("breakers_are_none_at_first", none_at_first)
        .case("breaker_comes_back_in_every_phase", comes_back)
        .case("breaker_of_the_expected_version_is_replaced", replaced)
        .case("breaker_of_another_version_is_a_conflict", another_version)
        .case("breaker_that_is_not_kept_has_version_zero", not_kept_is_zero)
        .case("breakers_are_kept_apart_by_every_part_of_the_key", kept_apart)
        .case("breakers_come_in_order_of_rising_revisions", rising_revisions)
        .case("breakers_after_a_revision_are_only_the_later_ones", after_a_revision)
        .case("breakers_in_one_set_have_revisions_of_their_own", in_one_set)
        .case("breaker_refused_with_its_set_is_not_kept", refused_with_its_set)
}

fn state(version: u64) -> BreakerState {
    BreakerState { version, changed_at: Some(sample::at_minute(1)), ..BreakerState::default() }
}

fn save(provider: &str, state: BreakerState, expected_version: u64) -> Change {
    Change::SaveBreaker { key: sample::breaker_key(provider), state, expected_version }
}

async fn kept(catalog: &CatalogUnderTest, after_revision: u64) -> Vec<KeptBreaker> {
    let kept = catalog.breakers.breaker_states(after_revision).await.unwrap();
    assert!(kept.is_sorted_by(|a, b| a.revision < b.revision), "{kept:?}");
    kept
}

fn told(kept: &[KeptBreaker]) -> Vec<(&str, u64)> {
    kept.iter().map(|breaker| (breaker.key.provider.as_str(), breaker.state.version)).collect()
}

async fn none_at_first(catalog: CatalogUnderTest) {
    assert_eq!(kept(&catalog, 0).await, []);
}

async fn comes_back(catalog: CatalogUnderTest) {
    let trip = Trip {
        cause: TripCause::FailureRate,
        reason: ProviderErrorKind::Unavailable,
        since: sample::at_minute(3) + TimeDelta::milliseconds(7),
        failed_probes: 2,
    };
    let lease = ProbeLease { number: 9, expires_at: sample::at_minute(5) };
    let phases = [
        BreakerPhase::Closed,
        BreakerPhase::Open { until: sample::at_minute(4), trip },
        BreakerPhase::HalfOpen { lease: Some(lease), trip },
        BreakerPhase::HalfOpen { lease: None, trip },
    ];
    for (version, phase) in (1..).zip(phases) {
        let cooling_until = Some(sample::at_minute(6) + TimeDelta::milliseconds(1));
        let whole = BreakerState { generation: 4, phase, forced: Some(Forced::Open), cooling_until, ..state(version) };
        catalog.commit([save("flux", whole, version - 1)]).await;
        let found = kept(&catalog, 0).await;
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].key, found[0].state), (&sample::breaker_key("flux"), whole));
    }
}

async fn replaced(catalog: CatalogUnderTest) {
    catalog.commit([save("flux", state(1), 0)]).await;
    // A process may have changed its state several times before it keeps it.
    catalog.commit([save("flux", state(5), 1)]).await;
    catalog.commit([save("flux", state(6), 5)]).await;
    assert_eq!(told(&kept(&catalog, 0).await), [("flux", 6)]);
}

async fn another_version(catalog: CatalogUnderTest) {
    catalog.commit([save("flux", state(1), 0)]).await;
    catalog.commit([save("flux", state(3), 1)]).await;
    for expected in [0, 1, 2, 4] {
        assert_eq!(catalog.refused(save("flux", state(9), expected)).await, StoreErrorKind::Conflict, "{expected}");
    }
    assert_eq!(told(&kept(&catalog, 0).await), [("flux", 3)]);
}

async fn not_kept_is_zero(catalog: CatalogUnderTest) {
    assert_eq!(catalog.refused(save("flux", state(2), 1)).await, StoreErrorKind::Conflict);
    catalog.commit([save("flux", state(2), 0)]).await;
    assert_eq!(told(&kept(&catalog, 0).await), [("flux", 2)]);
}

async fn kept_apart(catalog: CatalogUnderTest) {
    let key = sample::breaker_key("flux");
    let keys = [
        key.clone(),
        BreakerKey { model: "pro".to_owned(), ..key.clone() },
        BreakerKey { fingerprint: "another".to_owned(), ..key.clone() },
        BreakerKey { provider: sample::provider("flux_eu"), ..key },
    ];
    for (version, key) in (1..).zip(keys.clone()) {
        catalog.commit([Change::SaveBreaker { key, state: state(version), expected_version: 0 }]).await;
    }
    let found = kept(&catalog, 0).await;
    let found: Vec<_> = found.into_iter().map(|breaker| (breaker.key, breaker.state.version)).collect();
    assert_eq!(found, keys.into_iter().zip(1..).collect::<Vec<_>>());
}

async fn rising_revisions(catalog: CatalogUnderTest) {
    for (provider, version) in [("sdxl", 1), ("flux", 1), ("noop_media", 1), ("sdxl", 2)] {
        let before = kept(&catalog, 0).await.last().map_or(0, |breaker| breaker.revision);
        catalog.commit([save(provider, state(version), version - 1)]).await;
        let last = kept(&catalog, 0).await.pop().unwrap();
        assert_eq!((last.key, last.state), (sample::breaker_key(provider), state(version)));
        assert!(last.revision > before, "{} after {before}", last.revision);
    }
    assert_eq!(told(&kept(&catalog, 0).await), [("flux", 1), ("noop_media", 1), ("sdxl", 2)]);
}

async fn after_a_revision(catalog: CatalogUnderTest) {
    for provider in ["a", "b", "c"] {
        catalog.commit([save(provider, state(1), 0)]).await;
    }
    let all = kept(&catalog, 0).await;
    assert_eq!(kept(&catalog, all[0].revision).await, all[1..]);
    assert_eq!(kept(&catalog, all[2].revision).await, []);
    catalog.commit([save("a", state(2), 1)]).await;
    assert_eq!(told(&kept(&catalog, all[2].revision).await), [("a", 2)]);
    assert_eq!(told(&kept(&catalog, all[0].revision).await), [("b", 1), ("c", 1), ("a", 2)]);
}

async fn in_one_set(catalog: CatalogUnderTest) {
    catalog.commit([save("b", state(1), 0), save("a", state(1), 0), save("b", state(2), 1)]).await;
    assert_eq!(told(&kept(&catalog, 0).await), [("a", 1), ("b", 2)]);
}

async fn refused_with_its_set(catalog: CatalogUnderTest) {
    catalog.commit([save("flux", state(1), 0)]).await;
    let before = kept(&catalog, 0).await;
    let refused = ChangeSet::default().with(save("flux", state(2), 1)).with(super::jobs::end(1, JobState::Failed));
    assert_eq!(catalog.writer.commit(refused).await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(kept(&catalog, 0).await, before);
    catalog.commit([save("flux", state(2), 1)]).await;
    assert!(kept(&catalog, 0).await[0].revision > before[0].revision);
}
