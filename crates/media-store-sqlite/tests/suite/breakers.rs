//! Breakers that several stores share.

use media_domain::breaker::Forced;
use media_domain::*;
use media_ports::*;

use crate::samples::*;

fn key(provider: &str) -> BreakerKey {
    let provider = ProviderId::parse(provider).unwrap();
    BreakerKey { provider, model: String::new(), fingerprint: "settings".to_owned() }
}

fn state(version: u64) -> BreakerState {
    BreakerState { version, forced: Some(Forced::Open), changed_at: Some(at(1)), ..BreakerState::default() }
}

fn save(provider: &str, version: u64, expected_version: u64) -> Change {
    Change::SaveBreaker { key: key(provider), state: state(version), expected_version }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_build_on_one_version_one_wins() {
    let place = Place::new();
    let other = open(place.folder.path());
    for version in 1..=20_u64 {
        let (first, second) = tokio::join!(
            place.commit([save("flux", version, version - 1)]),
            other.commit(save("flux", version, version - 1).into()),
        );
        let kinds: Vec<_> = [first.map(drop), second.map(drop)].into_iter().filter_map(Result::err).collect();
        assert_eq!(kinds.iter().map(|error| error.kind).collect::<Vec<_>>(), [StoreErrorKind::Conflict]);
    }
    let kept = other.breaker_states(0).await.unwrap();
    assert_eq!(
        kept.iter().map(|breaker| (&breaker.key, breaker.state)).collect::<Vec<_>>(),
        [(&key("flux"), state(20))]
    );
}

#[tokio::test]
async fn a_store_tells_what_was_kept_since_a_revision() {
    let place = Place::new();
    let other = open(place.folder.path());
    place.commit([save("flux", 1, 0), save("sdxl", 7, 0)]).await.unwrap();
    let all = other.breaker_states(0).await.unwrap();
    assert_eq!(all.iter().map(|breaker| breaker.key.clone()).collect::<Vec<_>>(), [key("flux"), key("sdxl")]);
    let last = all[1].revision;
    assert!(all[0].revision < last);
    assert_eq!(other.breaker_states(last).await.unwrap(), []);

    place.commit([save("flux", 2, 1)]).await.unwrap();
    let news = other.breaker_states(last).await.unwrap();
    assert_eq!(
        news.iter().map(|breaker| (breaker.key.clone(), breaker.state)).collect::<Vec<_>>(),
        [(key("flux"), state(2))]
    );
    assert!(news[0].revision > last);
    assert_eq!(place.commit([save("flux", 1, 0)]).await.unwrap_err().kind, StoreErrorKind::Conflict);
    assert_eq!(other.breaker_states(last).await.unwrap(), news);
    assert_eq!(other.breaker_states(u64::MAX).await.unwrap(), []);
}
