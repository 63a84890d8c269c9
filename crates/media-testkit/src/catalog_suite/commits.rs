//! Change sets as wholes.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::sync::Arc;

use futures::future::join_all;
use media_domain::{EventKind, LibraryStatistics, MediaAsset, OptimizationKind};
use media_ports::change::InsertAsset;
use media_ports::{AssetQuery, Change, ChangeSet, CommitReceipt, StoreErrorKind};

use super::subject::{everything, insert, update};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("commit_of_nothing_does_nothing", of_nothing)
        .case("commit_carries_changes_out_in_order", in_order)
        .case("commit_in_the_wrong_order_is_refused", wrong_order)
        .case("commit_that_fails_at_the_end_leaves_nothing", fails_at_the_end)
        .case("commit_that_failed_may_be_repeated", repeated)
        .case("commits_at_once_are_all_there", at_once)
        .case("commits_at_once_fail_for_themselves", fail_for_themselves)
        .case("commits_at_once_of_one_version_have_one_winner", one_winner)
}

/// A change of every sort that fits an empty catalogue, in an order that works.
fn every_sort(catalog: &CatalogUnderTest) -> Vec<Change> {
    let (library_id, asset_id, job_id) = (sample::library_id("a"), sample::asset_id(1), sample::job_id(1));
    let at = sample::at_minute(9);
    let generated = InsertAsset {
        asset: sample::asset(1),
        generation: Some(sample::generation("sea")),
        library_ids: vec![library_id],
    };
    vec![
        Change::CreateLibrary(sample::library("a")),
        generated.into(),
        insert(sample::asset(2), &[]),
        update(MediaAsset { tags: sample::tags(["hero"]), ..sample::asset(1) }),
        Change::SetThumbnail {
            asset_id,
            content_hash: sample::asset(1).content_hash,
            thumbnail_hash: sample::hash("t"),
        },
        Change::LinkAsset { library_id, asset_id: sample::asset_id(2) },
        Change::UnlinkAsset { library_id, asset_id: sample::asset_id(2) },
        Change::RecordUsage { asset_id, usage: sample::usage("spring", 1) },
        Change::InsertVariant(sample::variant(1, 1, "wide")),
        Change::ReplaceVariant(sample::variant(1, 1, "wider")),
        Change::InsertVariant(sample::variant(2, 1, "narrow")),
        Change::RemoveVariant(sample::variant_id(2)),
        Change::RecordPerformance(sample::performance(1, 1, 100, 5)),
        Change::OpenSuggestion(sample::suggestion(1, 1, OptimizationKind::Compress)),
        Change::ApplySuggestion {
            suggestion_id: sample::suggestion_id(1),
            applied_at: at,
            new_asset_id: Some(sample::asset_id(2)),
        },
        Change::RecordExport(sample::export(1, 1)),
        Change::PlanJob(Box::new(sample::job(1, catalog.owners.living, library_id))),
        Change::DispatchAttempt { job_id, attempt: Box::new(sample::attempt(1, "flux", 2)) },
        Change::AnswerJob { job_id, content_hashes: vec![sample::asset(1).content_hash], at },
        Change::AppendEvent(sample::event(1, 1, EventKind::AssetGenerated)),
    ]
}

async fn of_nothing(catalog: CatalogUnderTest) {
    let before = catalog.everything().await;
    assert_eq!(catalog.commit([]).await, CommitReceipt::default());
    assert_eq!(catalog.everything().await, before);
}

async fn in_order(catalog: CatalogUnderTest) {
    let receipt = catalog.commit(every_sort(&catalog)).await;
    assert_eq!(receipt.suggestions_opened, [sample::suggestion_id(1)]);
    let asset = catalog.asset(1).await;
    assert_eq!((asset.version, asset.usage_count, asset.thumbnail_hash), (2, 1, Some(sample::hash("t"))));
    assert_eq!(catalog.assets.variants(sample::asset_id(1)).await.unwrap(), [sample::variant(1, 1, "wider")]);
    let statistics = catalog.statistics(sample::library_id("a")).await;
    assert_eq!((statistics.asset_count, statistics.average_click_through_rate), (1, 0.05));
    assert_eq!(statistics.tags.len(), 1);
}

async fn wrong_order(catalog: CatalogUnderTest) {
    let library = sample::library_id("a");
    let changes = vec![insert(sample::asset(1), &[library]), Change::CreateLibrary(sample::library("a"))];
    let error = catalog.writer.commit(ChangeSet { changes }).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);
    assert_eq!(catalog.libraries.libraries().await.unwrap(), []);
}

async fn fails_at_the_end(catalog: CatalogUnderTest) {
    let before = catalog.everything().await;
    let mut changes = every_sort(&catalog);
    changes.push(Change::CreateLibrary(sample::library("a")));
    let error = catalog.writer.commit(ChangeSet { changes }).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::AlreadyExists);
    assert_eq!(catalog.everything().await, before);
    assert_eq!(catalog.assets.variant(sample::variant_id(1)).await.unwrap(), None);
    assert_eq!(catalog.suggestions.suggestion(sample::suggestion_id(1)).await.unwrap(), None);
    assert_eq!(catalog.find(AssetQuery { text: Some("sea".to_owned()), ..everything() }).await, []);
    assert_eq!(catalog.performance.best_performing(None, 5).await.unwrap(), []);
}

async fn repeated(catalog: CatalogUnderTest) {
    let mut changes = every_sort(&catalog);
    changes.push(insert(sample::asset(1), &[]));
    catalog.writer.commit(ChangeSet { changes }).await.unwrap_err();
    catalog.commit(every_sort(&catalog)).await;
    assert_eq!(catalog.statistics(sample::library_id("a")).await.asset_count, 1);
}

async fn at_once(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let commit = |number| {
        let writer = Arc::clone(&catalog.writer);
        let usage = sample::usage("spring", number);
        let changes = vec![
            insert(sample::asset(number), &[library]),
            Change::RecordUsage { asset_id: sample::asset_id(number), usage },
        ];
        tokio::spawn(async move { writer.commit(ChangeSet { changes }).await.unwrap() })
    };
    join_all((1..=200).map(commit)).await.into_iter().for_each(|committed| drop(committed.unwrap()));
    assert_eq!(catalog.find(everything()).await.len(), 200);
    let statistics = catalog.statistics(library).await;
    assert_eq!((statistics.asset_count, statistics.total_usage), (200, 200));
}

async fn fail_for_themselves(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let commit = |number: u32| {
        let writer = Arc::clone(&catalog.writer);
        let mut changes = vec![insert(sample::asset(number), &[library])];
        if number.is_multiple_of(2) {
            changes.push(Change::CreateLibrary(sample::library("a")));
        }
        tokio::spawn(async move { writer.commit(ChangeSet { changes }).await.is_ok() })
    };
    let committed = join_all((1..=100).map(commit)).await;
    let expected: Vec<_> = (1..=100_u32).map(|number| !number.is_multiple_of(2)).collect();
    assert_eq!(committed.into_iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
    assert_eq!(catalog.find(everything()).await.len(), 50);
    let statistics = catalog.statistics(library).await;
    assert_eq!(statistics, LibraryStatistics { asset_count: 50, ..statistics.clone() });
}

async fn one_winner(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let commit = |number: u32| {
        let writer = Arc::clone(&catalog.writer);
        let asset = MediaAsset { description: format!("writer {number}"), ..sample::asset(1) };
        tokio::spawn(async move { writer.commit(update(asset).into()).await.map_err(|error| error.kind) })
    };
    let committed: Vec<_> = join_all((1..=20).map(commit)).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(committed.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = committed.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.copied().all(|kind| kind == StoreErrorKind::Conflict));
    assert_eq!(catalog.asset(1).await.version, 2);
}
