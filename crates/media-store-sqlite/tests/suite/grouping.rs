//! Commits that happen at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use media_domain::*;
use media_ports::*;

use crate::samples::*;

#[tokio::test]
async fn a_change_that_fails_undoes_its_own_set_and_no_other() {
    let place = Place::new();
    // Joined futures are sent before the first is answered, so that they share transactions.
    let sets = (1..=50).map(|number| {
        let mut changes = vec![insert(asset(number), [])];
        if number % 5 == 0 {
            changes.push(usage(9_999, "spring", 0));
        }
        place.commit(changes)
    });
    let answers = join_all(sets).await;
    for (number, answer) in (1..=50).zip(answers) {
        let kind = answer.err().map(|error| error.kind);
        assert_eq!(kind, (number % 5 == 0).then_some(StoreErrorKind::NotFound), "{number}");
        let stored = place.store.asset(asset_id(number)).await.unwrap();
        assert_eq!(stored.is_some(), number % 5 != 0, "{number}");
    }
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_commits_at_once_are_all_there() {
    let place = Place::new();
    place.commit([Change::CreateLibrary(library(1, "Default"))]).await.unwrap();
    let place = Arc::new(place);
    let tasks: Vec<_> = (1..=200)
        .map(|number| {
            let place = Arc::clone(&place);
            tokio::spawn(async move { place.commit([insert(tagged(number, &["new"]), [1])]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let statistics = place.store.library_statistics(library_id(1)).await.unwrap();
    assert_eq!((statistics.asset_count, statistics.total_size.bytes(), statistics.tags[0].count), (200, 200_000, 200));
}

#[tokio::test]
async fn one_of_several_writers_of_the_same_version_wins() {
    let place = Place::new();
    place.commit([insert(asset(1), [])]).await.unwrap();
    let answers = join_all((0..10).map(|_| place.commit([update(asset(1), 1)]))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(place.store.asset(asset_id(1)).await.unwrap().unwrap().version, 2);
}

#[tokio::test]
async fn a_taken_name_or_id_is_told() {
    let place = Place::new();
    let variant = |number, name: &str| MediaVariant {
        variant_id: VariantId::from_uuid(uuid(number)),
        asset_id: asset_id(1),
        name: Name::parse(name).unwrap(),
        dimensions: MediaDimensions::new(1, 1),
        format: ImageFormat::Webp.into(),
        content_hash: ContentHash::of(b"variant"),
        performance_score: None,
    };
    let first = [
        Change::CreateLibrary(library(1, "Default")),
        insert(asset(1), [1]),
        Change::InsertVariant(variant(1, "small")),
        Change::RecordPerformance(measurement(1, 1, "spring", 1, 0)),
        Change::PlanJob(Box::new(job(1, owner(1), JobState::Planned))),
    ];
    let again = [
        Change::CreateLibrary(library(2, "Default")),
        insert(asset(1), []),
        Change::InsertVariant(variant(2, "small")),
        Change::RecordPerformance(measurement(1, 1, "summer", 1, 0)),
        Change::PlanJob(Box::new(job(1, owner(1), JobState::Planned))),
    ];
    place.commit(first).await.unwrap();
    for change in again {
        let error = place.commit([change.clone()]).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::AlreadyExists, "{change:?}");
    }
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_always_writes_lets_another_have_its_turn() {
    let place = Arc::new(Place::new());
    place.commit([insert(asset(1), [])]).await.unwrap();
    let other = open(place.folder.path());
    let enough = Arc::new(AtomicBool::new(false));
    // More than one transaction takes, so that there is always more to write.
    let crowd: Vec<_> = (0..1_200)
        .map(|_| {
            let (place, enough) = (Arc::clone(&place), Arc::clone(&enough));
            tokio::spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    place.commit([usage(1, "crowd", 0)]).await.unwrap();
                }
            })
        })
        .collect();
    for number in 2..=6 {
        other.commit(insert(asset(number), []).into()).await.unwrap();
    }
    enough.store(true, Ordering::Relaxed);
    for task in crowd {
        task.await.unwrap();
    }
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}
