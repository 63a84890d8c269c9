//! Figures of libraries, after every sort of change.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{
    FileSize, ImageFormat, LabelCount, LibraryId, LibraryStatistics, MediaAsset, MediaMetadata, MediaPerformance,
    VideoFormat,
};
use media_ports::Change;

use super::subject::insert;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("statistics_of_an_empty_library_are_zero", empty_library)
        .case("statistics_count_everything", count_everything)
        .case("statistics_list_labels_by_frequency_then_name", labels_in_order)
        .case("statistics_leave_deleted_assets_out", leave_deleted_out)
        .case("statistics_are_the_same_after_restoring", same_after_restoring)
        .case("statistics_of_what_happened_while_deleted_count_after_restoring", happened_while_deleted)
        .case("statistics_follow_changed_labels", follow_labels)
        .case("statistics_follow_changed_content", follow_content)
        .case("statistics_follow_usage", follow_usage)
        .case("statistics_follow_performance_and_its_replacement", follow_performance)
        .case("statistics_follow_links", follow_links)
        .case("statistics_of_libraries_are_apart", libraries_are_apart)
        .case("statistics_beyond_4_gib", beyond_4_gib)
        .case("statistics_are_the_same_by_any_way", same_by_any_way)
}

fn sized(number: u32, bytes: u64, tags: &[&'static str], categories: &[&'static str]) -> MediaAsset {
    MediaAsset {
        metadata: MediaMetadata::new(FileSize::from_bytes(bytes), ImageFormat::Png),
        tags: sample::tags(tags.iter().copied()),
        categories: sample::categories(categories.iter().copied()),
        ..sample::asset(number)
    }
}

fn used(number: u32, campaign: &str) -> Change {
    Change::RecordUsage { asset_id: sample::asset_id(number), usage: sample::usage(campaign, 1) }
}

fn counts<const N: usize>(labels: [(&str, u64); N]) -> Vec<LabelCount> {
    labels.map(|(label, count)| LabelCount { label: label.to_owned(), count }).to_vec()
}

/// Three assets in library "a" with labels, uses and measurements, and one elsewhere.
async fn filled(catalog: &CatalogUnderTest) -> LibraryId {
    let [library] = catalog.with_libraries(["a"]).await;
    catalog
        .commit([
            insert(sized(1, 1_048_576, &["hero", "red"], &["web"]), &[library]),
            insert(sized(2, 524_288, &["hero"], &["web", "print"]), &[library]),
            insert(sized(3, 0, &["blue"], &[]), &[library]),
            insert(sized(4, 999, &["hero"], &["web"]), &[]),
        ])
        .await;
    catalog.commit([used(1, "spring"), used(1, "summer"), used(2, "spring"), used(4, "winter")]).await;
    let records =
        [sample::performance(1, 1, 100, 5), sample::performance(2, 2, 300, 3), sample::performance(3, 4, 900, 900)];
    catalog.commit(records.map(Change::RecordPerformance)).await;
    library
}

fn figures_of_filled() -> LibraryStatistics {
    LibraryStatistics {
        asset_count: 3,
        total_size: FileSize::from_bytes(1_572_864),
        total_size_mb: 1.5,
        total_usage: 3,
        average_usage: 1.0,
        campaign_count: 2,
        average_click_through_rate: 0.02,
        tags: counts([("hero", 2), ("blue", 1), ("red", 1)]),
        categories: counts([("web", 2), ("print", 1)]),
    }
}

async fn empty_library(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    assert_eq!(catalog.statistics(library).await, LibraryStatistics::default());
}

async fn count_everything(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    assert_eq!(catalog.statistics(library).await, figures_of_filled());
}

async fn labels_in_order(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let labels: [&[&'static str]; 3] = [&["b", "z", "a"], &["z", "a"], &["z", "c"]];
    let assets = (1..).zip(labels).map(|(number, labels)| insert(sized(number, 1, labels, labels), &[library]));
    catalog.commit(assets).await;
    let expected = counts([("z", 3), ("a", 2), ("b", 1), ("c", 1)]);
    let statistics = catalog.statistics(library).await;
    assert_eq!((statistics.tags, statistics.categories), (expected.clone(), expected));
}

async fn leave_deleted_out(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    let expected = LibraryStatistics {
        asset_count: 2,
        total_size: FileSize::from_bytes(524_288),
        total_size_mb: 0.5,
        total_usage: 1,
        average_usage: 0.5,
        campaign_count: 1,
        average_click_through_rate: 0.01,
        tags: counts([("blue", 1), ("hero", 1)]),
        categories: counts([("print", 1), ("web", 1)]),
    };
    assert_eq!(catalog.statistics(library).await, expected);
    for number in [2, 3] {
        catalog.edit(number, |asset| asset.delete().unwrap()).await;
    }
    assert_eq!(catalog.statistics(library).await, LibraryStatistics::default());
}

async fn same_after_restoring(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    for number in [1, 2, 3] {
        catalog.edit(number, |asset| asset.delete().unwrap()).await;
    }
    for number in [3, 1, 2] {
        catalog.edit(number, |asset| asset.restore().unwrap()).await;
    }
    assert_eq!(catalog.statistics(library).await, figures_of_filled());
}

async fn happened_while_deleted(catalog: CatalogUnderTest) {
    let [library, other] = catalog.with_libraries(["a", "b"]).await;
    catalog.commit([insert(sized(1, 10, &["hero"], &["web"]), &[library, other])]).await;
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    catalog.commit([used(1, "spring"), Change::RecordPerformance(sample::performance(1, 1, 100, 50))]).await;
    let relabel = |asset: &mut MediaAsset| {
        asset.tags = sample::tags(["new"]);
        asset.metadata.file_size = FileSize::from_bytes(20);
    };
    catalog.edit(1, relabel).await;
    catalog.commit([Change::UnlinkAsset { library_id: other, asset_id: sample::asset_id(1) }]).await;
    assert_eq!(catalog.statistics(library).await, LibraryStatistics::default());
    catalog.edit(1, |asset| asset.restore().unwrap()).await;
    let found = catalog.statistics(library).await;
    assert_eq!((found.asset_count, found.total_size, found.total_usage), (1, FileSize::from_bytes(20), 1));
    assert_eq!((found.campaign_count, found.average_click_through_rate), (1, 0.5));
    assert_eq!((found.tags, found.categories), (counts([("new", 1)]), counts([("web", 1)])));
    assert_eq!(catalog.statistics(other).await, LibraryStatistics::default());
}

async fn follow_labels(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    let relabel = |asset: &mut MediaAsset| {
        asset.tags = sample::tags(["blue", "green"]);
        asset.categories = sample::categories(["mail"]);
    };
    catalog.edit(1, relabel).await;
    let expected = LibraryStatistics {
        tags: counts([("blue", 2), ("green", 1), ("hero", 1)]),
        categories: counts([("mail", 1), ("print", 1), ("web", 1)]),
        ..figures_of_filled()
    };
    assert_eq!(catalog.statistics(library).await, expected);
}

async fn follow_content(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    catalog.edit(1, |asset| asset.metadata.file_size = FileSize::from_bytes(0)).await;
    let expected =
        LibraryStatistics { total_size: FileSize::from_bytes(524_288), total_size_mb: 0.5, ..figures_of_filled() };
    assert_eq!(catalog.statistics(library).await, expected);
}

async fn follow_usage(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    catalog.commit([used(3, "summer"), used(3, "autumn"), used(3, "autumn")]).await;
    let expected = LibraryStatistics { total_usage: 6, average_usage: 2.0, campaign_count: 3, ..figures_of_filled() };
    assert_eq!(catalog.statistics(library).await, expected);
}

async fn follow_performance(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    catalog.commit([Change::InsertVariant(sample::variant(1, 3, "wide"))]).await;
    let imported = |number, impressions, clicks| MediaPerformance {
        source: Some("report.csv".to_owned()),
        variant_id: Some(sample::variant_id(1)),
        ..sample::performance(number, 3, impressions, clicks)
    };
    catalog.commit([Change::RecordPerformance(imported(8, 400, 192))]).await;
    assert_eq!(catalog.statistics(library).await.average_click_through_rate, 0.25);
    catalog.commit([Change::RecordPerformance(imported(9, 100, 92))]).await;
    let expected = LibraryStatistics { average_click_through_rate: 0.2, ..figures_of_filled() };
    assert_eq!(catalog.statistics(library).await, expected);
}

async fn follow_links(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    let asset_id = sample::asset_id(4);
    catalog.commit([Change::LinkAsset { library_id: library, asset_id }]).await;
    let with_fourth = catalog.statistics(library).await;
    assert_eq!((with_fourth.asset_count, with_fourth.total_usage, with_fourth.campaign_count), (4, 4, 3));
    assert_eq!(with_fourth.average_click_through_rate, 908.0 / 1_300.0);
    assert_eq!(with_fourth.tags, counts([("hero", 3), ("blue", 1), ("red", 1)]));
    catalog.commit([Change::UnlinkAsset { library_id: library, asset_id }]).await;
    assert_eq!(catalog.statistics(library).await, figures_of_filled());
}

async fn libraries_are_apart(catalog: CatalogUnderTest) {
    let library = filled(&catalog).await;
    let [other] = catalog.with_libraries(["b"]).await;
    catalog.commit([Change::LinkAsset { library_id: other, asset_id: sample::asset_id(1) }]).await;
    catalog.edit(2, |asset| asset.delete().unwrap()).await;
    let found = catalog.statistics(other).await;
    assert_eq!((found.asset_count, found.total_usage, found.campaign_count), (1, 2, 2));
    assert_eq!(found.average_click_through_rate, 0.05);
    assert_eq!(catalog.statistics(library).await.asset_count, 2);
}

async fn beyond_4_gib(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let size = 5 * 1_073_741_824;
    let film = |number| MediaAsset {
        metadata: MediaMetadata::new(FileSize::from_bytes(size), VideoFormat::Mkv),
        ..sample::asset(number)
    };
    catalog.commit([1, 2, 3].map(|number| insert(film(number), &[library]))).await;
    let found = catalog.statistics(library).await;
    assert_eq!((found.total_size, found.total_size_mb), (FileSize::from_bytes(3 * size), 15_360.0));
}

async fn same_by_any_way(catalog: CatalogUnderTest) {
    // Library "b" gets at once what "a" has become step by step.
    let library = filled(&catalog).await;
    catalog.edit(2, |asset| asset.delete().unwrap()).await;
    catalog
        .commit([used(2, "autumn"), used(3, "spring"), Change::RecordPerformance(sample::performance(9, 3, 7, 3))])
        .await;
    catalog.edit(3, |asset| asset.tags = sample::tags(["red"])).await;
    catalog.edit(2, |asset| asset.restore().unwrap()).await;
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    let [other] = catalog.with_libraries(["b"]).await;
    catalog
        .commit([1, 2, 3].map(|number| Change::LinkAsset { library_id: other, asset_id: sample::asset_id(number) }))
        .await;
    assert_eq!(catalog.statistics(other).await, catalog.statistics(library).await);
}
