//! Changes and what is read back after them.

use media_domain::*;
use media_ports::change::InsertAsset;
use media_ports::*;

use crate::samples::*;

#[tokio::test]
async fn an_asset_comes_back_as_it_was_put_in() {
    let place = Place::new();
    let mut full = tagged(7, &["hero", "banner"]);
    full.description = "with \"quotes\" and \u{0} zero".to_owned();
    full.add_category(Category::parse("web").unwrap());
    full.metadata.frame_rate = Some(29.970_029_970_029_97);
    full.metadata.bitrate = Some(u64::MAX);
    full.thumbnail_hash = Some(ContentHash::of(b"thumbnail"));
    full.provider_name = Some(ProviderId::parse("flux").unwrap());
    full.approve(UserId::parse("anna").unwrap(), "fine", at(3)).unwrap();
    full.processing_errors = vec![ProcessingError { step: "derive".to_owned(), message: "no".to_owned(), at: at(4) }];
    place.commit([Change::CreateLibrary(library(1, "Default")), insert(full.clone(), [1])]).await.unwrap();
    assert_eq!(place.store.asset(full.asset_id).await.unwrap(), Some(full.clone()));
    assert_eq!(place.store.assets_by_hash(full.content_hash).await.unwrap(), [full.clone()]);
    assert_eq!(place.store.libraries_of(full.asset_id).await.unwrap(), [library(1, "Default")]);

    let reopened = open(place.folder.path());
    assert_eq!(reopened.asset(full.asset_id).await.unwrap(), Some(full));
}

#[tokio::test]
async fn uses_are_read_newest_first_and_no_more_than_the_recent_ones() {
    let place = Place::new();
    place.commit([insert(asset(1), []), insert(asset(2), [])]).await.unwrap();
    let uses = (0..25).map(|second| usage(1, if second % 2 == 0 { "spring" } else { "summer" }, second));
    place.commit(uses).await.unwrap();
    place.commit([usage(1, "late entry", -5)]).await.unwrap();

    let read = place.store.asset(asset_id(1)).await.unwrap().unwrap();
    let newest: Vec<_> = (5..25).rev().map(at).collect();
    assert_eq!(read.usage_history.iter().map(|usage| usage.used_at).collect::<Vec<_>>(), newest);
    assert_eq!((read.usage_count, read.last_used_at, read.version), (26, Some(at(24)), 1));
    assert_eq!(read.campaigns_used_in.len(), 3);
    assert_eq!(place.store.usage_history(asset_id(1), 100).await.unwrap().len(), 26);
    assert_eq!(place.store.asset(asset_id(2)).await.unwrap().unwrap().usage_history, []);
}

#[tokio::test]
async fn an_update_counts_the_version_up_and_leaves_usage_alone() {
    let place = Place::new();
    place.commit([insert(asset(1), [])]).await.unwrap();
    let mut read = place.store.asset(asset_id(1)).await.unwrap().unwrap();
    place.commit([usage(1, "spring", 0)]).await.unwrap();
    read.name = Name::parse("renamed").unwrap();
    read.usage_count = 99;
    place.commit([update(read.clone(), 1)]).await.unwrap();

    let stored = place.store.asset(asset_id(1)).await.unwrap().unwrap();
    assert_eq!((stored.name.as_str(), stored.usage_count, stored.version), ("renamed", 1, 2));
    let stale = place.commit([update(read, 1)]).await.unwrap_err();
    assert_eq!(stale.kind, StoreErrorKind::Conflict);
    let missing = place.commit([update(asset(2), 1)]).await.unwrap_err();
    assert_eq!(missing.kind, StoreErrorKind::NotFound);
}

#[tokio::test]
async fn a_moved_upload_time_moves_the_asset_in_every_listing() {
    let place = Place::new();
    let make = |number| tagged(number, &["hero"]);
    place
        .commit([Change::CreateLibrary(library(1, "Default")), insert(make(1), [1]), insert(make(2), [1])])
        .await
        .unwrap();
    let mut moved = make(1);
    moved.uploaded_at = at(100);
    place.commit([update(moved, 1)]).await.unwrap();
    for query in [
        AssetQuery { library_id: Some(library_id(1)), ..AssetQuery::all() },
        AssetQuery { tags: vec![Tag::parse("hero").unwrap()], ..AssetQuery::all() },
        AssetQuery::all(),
    ] {
        let page = place.store.assets(&query).await.unwrap();
        assert_eq!(page.items.iter().map(|asset| asset.asset_id).collect::<Vec<_>>(), [asset_id(1), asset_id(2)]);
    }
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}

#[tokio::test]
async fn what_comes_to_an_asset_later_leaves_its_version() {
    let place = Place::new();
    place.commit([insert(asset(1), [])]).await.unwrap();
    let (content_hash, thumbnail_hash) = (asset(1).content_hash, ContentHash::of(b"small"));
    let error = |step: &str| ProcessingError { step: step.to_owned(), message: "no".to_owned(), at: at(9) };
    let set = |content_hash| Change::SetThumbnail { asset_id: asset_id(1), content_hash, thumbnail_hash };
    place.commit([set(ContentHash::of(b"other bytes"))]).await.unwrap();
    assert_eq!(place.store.asset(asset_id(1)).await.unwrap().unwrap().thumbnail_hash, None);
    let errors = ["a", "b"].map(|step| Change::RecordProcessingError { asset_id: asset_id(1), error: error(step) });
    place.commit([set(content_hash)].into_iter().chain(errors)).await.unwrap();
    let read = place.store.asset(asset_id(1)).await.unwrap().unwrap();
    assert_eq!((read.thumbnail_hash, read.version), (Some(thumbnail_hash), 1));
    assert_eq!(read.processing_errors, [error("a"), error("b")]);
}

#[tokio::test]
async fn numbers_beyond_the_columns_are_refused() {
    let place = Place::new();
    let mut huge = asset(1);
    huge.metadata.file_size = FileSize::from_bytes(u64::MAX);
    assert_eq!(place.commit([insert(huge, [])]).await.unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(place.store.asset(asset_id(1)).await.unwrap(), None);

    // Each fits, their sum does not.
    let large = |number| {
        let mut large = asset(number);
        large.metadata.file_size = FileSize::from_bytes(u64::MAX / 2);
        large
    };
    place.commit([Change::CreateLibrary(library(1, "Default")), insert(large(1), [1])]).await.unwrap();
    assert_eq!(place.commit([insert(large(2), [1])]).await.unwrap_err().kind, StoreErrorKind::Invalid);
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}

#[tokio::test]
async fn a_repeated_import_replaces_and_a_repeated_tracking_adds() {
    let place = Place::new();
    place.commit([insert(asset(1), [])]).await.unwrap();
    let imported = |number, impressions| MediaPerformance {
        source: Some("export".to_owned()),
        ..measurement(number, 1, "spring", impressions, 1)
    };
    let next_day = MediaPerformance { recorded_at: at(86_400), ..imported(4, 1_000) };
    let records = [imported(1, 10), imported(2, 30), measurement(3, 1, "spring", 100, 1), next_day];
    place.commit(records.map(Change::RecordPerformance)).await.unwrap();

    let read = place.store.performance(&PerformanceQuery::default(), 10).await.unwrap();
    let impressions: Vec<_> = read.iter().map(|record| record.counts.impressions).collect();
    assert_eq!(impressions, [1_000, 100, 30]);
    let best = place.store.best_performing(None, 5).await.unwrap();
    assert_eq!((best.len(), best[0].counts.impressions, best[0].counts.clicks), (1, 1_130, 3));
    assert_eq!(place.store.check_integrity().await.unwrap(), []);
}

#[tokio::test]
async fn sums_beyond_a_column_stop_at_the_largest() {
    let place = Place::new();
    let large = u64::try_from(i64::MAX).unwrap();
    let changes = (1..=3).flat_map(|number| {
        let record = measurement(number, number, "spring", large, 0);
        [insert(asset(number), []), Change::RecordPerformance(record)]
    });
    place.commit(changes).await.unwrap();
    let totals = place.store.performance_totals(&PerformanceQuery::default(), TotalsBy::Everything).await.unwrap();
    assert_eq!((totals[0].records, totals[0].counts.impressions), (3, u64::MAX));
}

#[tokio::test]
async fn the_best_performers_are_ranked_by_rate_then_impressions_then_id() {
    let place = Place::new();
    let mut deleted = asset(5);
    deleted.delete().unwrap();
    place.commit((1..=4).map(|number| insert(asset(number), [])).chain([insert(deleted, [])])).await.unwrap();
    let records = [
        measurement(1, 1, "spring", 100, 10),
        measurement(2, 2, "spring", 200, 20),
        measurement(3, 3, "spring", 100, 10),
        measurement(4, 4, "summer", 10, 9),
        measurement(5, 5, "spring", 10, 10),
    ];
    place.commit(records.map(Change::RecordPerformance)).await.unwrap();
    let ids = |best: Vec<BestPerformer>| best.iter().map(|best| best.asset.asset_id).collect::<Vec<_>>();
    assert_eq!(ids(place.store.best_performing(None, 5).await.unwrap()), [4, 2, 1, 3].map(asset_id));
    let spring = Some(text::Campaign::parse("spring").unwrap());
    assert_eq!(ids(place.store.best_performing(spring, 2).await.unwrap()), [2, 1].map(asset_id));
    let unknown = Some(text::Campaign::parse("winter").unwrap());
    assert_eq!(ids(place.store.best_performing(unknown, 5).await.unwrap()), []);
}

#[tokio::test]
async fn duplicates_are_grouped_by_their_bytes_without_deleted_ones() {
    let place = Place::new();
    let same = |number, bytes: &[u8]| MediaAsset { content_hash: ContentHash::of(bytes), ..asset(number) };
    let mut deleted = same(6, b"two");
    deleted.delete().unwrap();
    let assets = [same(1, b"one"), same(2, b"two"), same(3, b"one"), same(4, b"three"), same(5, b"two"), deleted];
    place.commit(assets.map(|asset| insert(asset, []))).await.unwrap();

    let mut expected = [(ContentHash::of(b"one"), [1, 3]), (ContentHash::of(b"two"), [2, 5])];
    expected.sort();
    let mut found = Vec::new();
    let mut after = None;
    while let Some(group) = place.store.duplicate_groups(after, 1).await.unwrap().pop() {
        after = Some(group.content_hash);
        found.push((group.content_hash, group.assets.iter().map(|asset| asset.asset_id).collect::<Vec<_>>()));
    }
    assert_eq!(found, expected.map(|(hash, numbers)| (hash, numbers.map(asset_id).to_vec())));
}

#[tokio::test]
async fn a_suggestion_is_kept_once_until_it_is_carried_out() {
    let place = Place::new();
    place.commit([insert(asset(1), [])]).await.unwrap();
    let suggestion = |number| MediaOptimizationSuggestion {
        suggestion_id: SuggestionId::from_uuid(uuid(number)),
        asset_id: asset_id(1),
        kind: OptimizationKind::Compress,
        description: "compress".to_owned(),
        priority: SuggestionPriority::Medium,
        estimated_improvement_percent: 5.1,
        finding: None,
        created_at: at(0),
        is_applied: false,
        applied_at: None,
        new_asset_id: None,
    };
    let apply = || Change::ApplySuggestion {
        suggestion_id: SuggestionId::from_uuid(uuid(1)),
        applied_at: at(1),
        new_asset_id: None,
    };
    let receipt = place.commit([1, 2].map(suggestion).map(Change::OpenSuggestion)).await.unwrap();
    assert_eq!(receipt.suggestions_opened, [SuggestionId::from_uuid(uuid(1))]);
    place.commit([apply()]).await.unwrap();
    assert_eq!(place.commit([apply()]).await.unwrap_err().kind, StoreErrorKind::Conflict);
    let receipt = place.commit([Change::OpenSuggestion(suggestion(3))]).await.unwrap();
    assert_eq!(receipt.suggestions_opened.len(), 1);
    assert_eq!(place.store.suggestions(asset_id(1)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_generation_record_comes_back_and_its_prompt_is_found() {
    let place = Place::new();
    let record = GenerationRecord {
        request: GenerationRequest::new(text::Prompt::parse("a lighthouse in fog").unwrap()),
        edit: None,
        request_id: RequestId::from_uuid(uuid(1)),
        job_id: None,
        provider_name: ProviderId::parse("flux").unwrap(),
        model: None,
        metadata: serde_json::from_str(r#"{"seed": 18446744073709551615, "scale": 7.499999999999999}"#).unwrap(),
        usage: Usage::default(),
        adaptations: Vec::new(),
        attempts: Vec::new(),
        skipped: Vec::new(),
        dry_run: true,
        processing_time_ms: 5,
    };
    let change = InsertAsset { asset: asset(1), generation: Some(record.clone()), library_ids: Vec::new() };
    place.commit([change.into()]).await.unwrap();
    assert_eq!(place.store.generation_record(asset_id(1)).await.unwrap(), Some(record));

    let mut renamed = asset(1);
    renamed.name = Name::parse("renamed").unwrap();
    place.commit([update(renamed, 1)]).await.unwrap();
    let query = AssetQuery { text: Some("lighthouse renamed".to_owned()), ..AssetQuery::all() };
    assert_eq!(place.store.assets(&query).await.unwrap().items.len(), 1);
}
