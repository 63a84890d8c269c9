//! Suggestions.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{AssetId, MediaOptimizationSuggestion, OptimizationKind, SuggestionPriority};
use media_ports::{Change, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("suggestion_comes_back", comes_back)
        .case("suggestions_are_oldest_first", oldest_first)
        .case("suggestion_of_every_kind_and_priority_comes_back", every_kind)
        .case("suggestion_of_an_unknown_asset_is_not_found", unknown_asset)
        .case("suggestion_is_open_once", open_once)
        .case("suggestion_is_open_once_within_a_set", open_once_within_a_set)
        .case("suggestion_is_open_once_per_asset_and_kind", open_once_per_asset_and_kind)
        .case("suggestion_is_applied", applied)
        .case("suggestion_applied_twice_is_a_conflict", applied_twice)
        .case("suggestion_applied_may_be_opened_again", opened_again)
        .case("suggestion_applied_must_be_there", applied_must_be_there)
}

const KIND: OptimizationKind = OptimizationKind::Compress;

fn open(number: u32, of_asset: u32, kind: OptimizationKind) -> Change {
    Change::OpenSuggestion(sample::suggestion(number, of_asset, kind))
}

fn apply(number: u32, new_asset_id: Option<AssetId>) -> Change {
    let suggestion_id = sample::suggestion_id(number);
    Change::ApplySuggestion { suggestion_id, applied_at: sample::at_minute(50), new_asset_id }
}

async fn suggestions_of(catalog: &CatalogUnderTest, asset: u32) -> Vec<MediaOptimizationSuggestion> {
    catalog.suggestions.suggestions(sample::asset_id(asset)).await.unwrap()
}

async fn comes_back(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let plain = MediaOptimizationSuggestion { finding: None, ..sample::suggestion(2, 1, OptimizationKind::Resize) };
    for suggestion in [sample::suggestion(1, 1, KIND), plain] {
        let receipt = catalog.commit([Change::OpenSuggestion(suggestion.clone())]).await;
        assert_eq!(receipt.suggestions_opened, [suggestion.suggestion_id]);
        let found = catalog.suggestions.suggestion(suggestion.suggestion_id).await.unwrap();
        assert_eq!(found, Some(suggestion));
    }
    assert_eq!(catalog.suggestions.suggestion(sample::suggestion_id(9)).await.unwrap(), None);
    assert_eq!(suggestions_of(&catalog, 9).await, []);
}

async fn oldest_first(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let [third, first] = [open(3, 1, OptimizationKind::Resize), open(1, 1, OptimizationKind::Compress)];
    catalog.commit([third, first, open(2, 1, OptimizationKind::Reformat), open(4, 2, KIND)]).await;
    let ids: Vec<_> = suggestions_of(&catalog, 1).await.into_iter().map(|found| found.suggestion_id).collect();
    assert_eq!(ids, [1, 2, 3].map(sample::suggestion_id));
}

async fn every_kind(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let priorities = SuggestionPriority::ALL.iter().cycle();
    let kinds = (1..).zip(OptimizationKind::ALL.iter().zip(priorities));
    let all: Vec<_> = kinds
        .map(|(number, (kind, priority))| MediaOptimizationSuggestion {
            priority: *priority,
            ..sample::suggestion(number, 1, *kind)
        })
        .collect();
    catalog.commit(all.iter().cloned().map(Change::OpenSuggestion)).await;
    assert_eq!(suggestions_of(&catalog, 1).await, all);
}

async fn unknown_asset(catalog: CatalogUnderTest) {
    assert_eq!(catalog.refused(open(1, 9, KIND)).await, StoreErrorKind::NotFound);
}

async fn open_once(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([open(1, 1, KIND)]).await;
    let receipt = catalog.commit([open(2, 1, KIND)]).await;
    assert_eq!(receipt.suggestions_opened, []);
    assert_eq!(suggestions_of(&catalog, 1).await, [sample::suggestion(1, 1, KIND)]);
    assert_eq!(catalog.suggestions.suggestion(sample::suggestion_id(2)).await.unwrap(), None);
}

async fn open_once_within_a_set(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let receipt = catalog.commit([open(1, 1, KIND), open(2, 1, KIND), open(3, 1, OptimizationKind::Resize)]).await;
    assert_eq!(receipt.suggestions_opened, [1, 3].map(sample::suggestion_id));
    assert_eq!(suggestions_of(&catalog, 1).await.len(), 2);
}

async fn open_once_per_asset_and_kind(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let receipt = catalog.commit([open(1, 1, KIND), open(2, 2, KIND), open(3, 2, OptimizationKind::Resize)]).await;
    assert_eq!(receipt.suggestions_opened, [1, 2, 3].map(sample::suggestion_id));
}

async fn applied(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    catalog.commit([open(1, 1, KIND), open(2, 1, OptimizationKind::Resize)]).await;
    let new_asset_id = Some(sample::asset_id(2));
    catalog.commit([apply(1, new_asset_id), apply(2, None)]).await;
    let expected = MediaOptimizationSuggestion {
        is_applied: true,
        applied_at: Some(sample::at_minute(50)),
        new_asset_id,
        ..sample::suggestion(1, 1, KIND)
    };
    let found = suggestions_of(&catalog, 1).await;
    assert_eq!(found[0], expected);
    assert_eq!((found[1].is_applied, found[1].new_asset_id), (true, None));
}

async fn applied_twice(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([open(1, 1, KIND), apply(1, None)]).await;
    assert_eq!(catalog.refused(apply(1, Some(sample::asset_id(1)))).await, StoreErrorKind::Conflict);
}

async fn opened_again(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([open(1, 1, KIND), apply(1, None)]).await;
    let receipt = catalog.commit([open(2, 1, KIND)]).await;
    assert_eq!(receipt.suggestions_opened, [sample::suggestion_id(2)]);
    assert_eq!(suggestions_of(&catalog, 1).await.len(), 2);
}

async fn applied_must_be_there(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    assert_eq!(catalog.refused(apply(1, None)).await, StoreErrorKind::NotFound);
    catalog.commit([open(1, 1, KIND)]).await;
    assert_eq!(catalog.refused(apply(1, Some(sample::asset_id(9)))).await, StoreErrorKind::NotFound);
}
