//! Measurements, their sums and the ranking.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::text::{Campaign, Channel};
use media_domain::{ImageFormat, MediaAsset, MediaPerformance, PerformanceCounts};
use media_ports::{Change, PerformanceGroup, PerformanceQuery, StoreErrorKind, TotalsBy};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("performance_comes_back_newest_first", newest_first)
        .case("performance_is_found_by_each_condition", by_each_condition)
        .case("performance_of_unknown_is_not_found", unknown_is_not_found)
        .case("performance_tracked_twice_makes_two_records", tracked_twice)
        .case("performance_id_taken_is_refused", id_taken)
        .case("performance_imported_again_replaces", imported_again)
        .case("performance_of_another_key_is_kept_beside", another_key)
        .case("performance_of_largest_counts_is_kept_exactly_or_refused", largest_counts)
        .case("totals_by_everything_and_each_key", totals_by_each_key)
        .case("totals_of_a_query", totals_of_a_query)
        .case("totals_follow_an_import_that_replaces", totals_follow_replacement)
        .case("totals_outlive_a_removed_variant", totals_outlive_variant)
        .case("best_performing_names_each_asset_once", best_each_once)
        .case("best_performing_in_one_campaign", best_in_campaign)
        .case("best_performing_breaks_ties_by_impressions_then_id", best_breaks_ties)
        .case("best_performing_leaves_out_unseen_and_deleted", best_leaves_out)
        .case("best_performing_is_limited", best_is_limited)
}

async fn record(catalog: &CatalogUnderTest, records: impl IntoIterator<Item = MediaPerformance>) {
    catalog.commit(records.into_iter().map(Change::RecordPerformance)).await;
}

async fn found(catalog: &CatalogUnderTest, query: PerformanceQuery) -> Vec<MediaPerformance> {
    catalog.performance.performance(&query, 100).await.unwrap()
}

fn all() -> PerformanceQuery {
    PerformanceQuery::default()
}

/// Assets 1 (PNG, with variant 1) and 2 (WebP), measured five times over; numbers go up with time.
async fn measured(catalog: &CatalogUnderTest) -> Vec<MediaPerformance> {
    let webp = MediaAsset {
        metadata: media_domain::MediaMetadata { format: ImageFormat::Webp.into(), ..sample::asset(2).metadata },
        ..sample::asset(2)
    };
    catalog.with_assets([sample::asset(1), webp]).await;
    catalog.commit([Change::InsertVariant(sample::variant(1, 1, "wide"))]).await;
    let summer = sample::campaign("summer");
    let web = sample::channel("web");
    let records = vec![
        sample::performance(1, 1, 100, 5),
        MediaPerformance { campaign: summer.clone(), ..sample::performance(2, 1, 200, 20) },
        MediaPerformance { variant_id: Some(sample::variant_id(1)), ..sample::performance(3, 1, 400, 10) },
        MediaPerformance { channel: web.clone(), ..sample::performance(4, 2, 800, 8) },
        MediaPerformance { campaign: summer, channel: web, ..sample::performance(5, 2, 0, 0) },
    ];
    record(catalog, records.clone()).await;
    records
}

fn pick<const N: usize>(records: &[MediaPerformance], numbers: [usize; N]) -> Vec<MediaPerformance> {
    numbers.map(|number| records[number - 1].clone()).to_vec()
}

async fn newest_first(catalog: CatalogUnderTest) {
    let records = measured(&catalog).await;
    assert_eq!(found(&catalog, all()).await, pick(&records, [5, 4, 3, 2, 1]));
    let two = catalog.performance.performance(&all(), 2).await.unwrap();
    assert_eq!(two, pick(&records, [5, 4]));
}

async fn by_each_condition(catalog: CatalogUnderTest) {
    let records = measured(&catalog).await;
    let asset = PerformanceQuery { asset_id: Some(sample::asset_id(1)), ..all() };
    assert_eq!(found(&catalog, asset.clone()).await, pick(&records, [3, 2, 1]));
    let variant = PerformanceQuery { variant_id: Some(sample::variant_id(1)), ..all() };
    assert_eq!(found(&catalog, variant).await, pick(&records, [3]));
    let campaign = PerformanceQuery { campaign: Some(sample::campaign("summer")), ..all() };
    assert_eq!(found(&catalog, campaign.clone()).await, pick(&records, [5, 2]));
    let channel = PerformanceQuery { channel: Some(sample::channel("web")), ..all() };
    assert_eq!(found(&catalog, channel).await, pick(&records, [5, 4]));
    let since = PerformanceQuery { since: Some(sample::at_minute(4)), ..all() };
    assert_eq!(found(&catalog, since).await, pick(&records, [5, 4]));
    let until = PerformanceQuery { until: Some(sample::at_minute(2)), ..all() };
    assert_eq!(found(&catalog, until).await, pick(&records, [1]));
    let both = PerformanceQuery { campaign: campaign.campaign, ..asset };
    assert_eq!(found(&catalog, both).await, pick(&records, [2]));
    let nobody = PerformanceQuery { asset_id: Some(sample::asset_id(9)), ..all() };
    assert_eq!(found(&catalog, nobody).await, []);
}

async fn unknown_is_not_found(catalog: CatalogUnderTest) {
    measured(&catalog).await;
    let asset = sample::performance(9, 9, 1, 0);
    let variant = MediaPerformance { variant_id: Some(sample::variant_id(9)), ..sample::performance(9, 1, 1, 0) };
    let of_another = MediaPerformance { variant_id: Some(sample::variant_id(1)), ..sample::performance(9, 2, 1, 0) };
    for record in [asset, variant, of_another] {
        assert_eq!(catalog.refused(Change::RecordPerformance(record)).await, StoreErrorKind::NotFound);
    }
}

async fn tracked_twice(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let second = MediaPerformance { recorded_at: sample::at_minute(1), ..sample::performance(2, 1, 100, 5) };
    record(&catalog, [sample::performance(1, 1, 100, 5), second]).await;
    assert_eq!(found(&catalog, all()).await.len(), 2);
}

async fn id_taken(catalog: CatalogUnderTest) {
    measured(&catalog).await;
    let change = Change::RecordPerformance(sample::performance(1, 2, 7, 7));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::AlreadyExists);
}

/// A measurement of an import, to be replaced by one of the same day.
fn imported(number: u32, impressions: u64, clicks: u64) -> MediaPerformance {
    MediaPerformance { source: Some("report.csv".to_owned()), ..sample::performance(number, 1, impressions, clicks) }
}

async fn imported_again(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([Change::InsertVariant(sample::variant(1, 1, "wide"))]).await;
    let of_variant = |record| MediaPerformance { variant_id: Some(sample::variant_id(1)), ..record };
    record(&catalog, [imported(1, 100, 5), of_variant(imported(2, 10, 1))]).await;
    record(&catalog, [imported(3, 300, 6), of_variant(imported(4, 30, 3))]).await;
    let counts: Vec<_> = found(&catalog, all()).await.iter().map(|record| record.counts).collect();
    assert_eq!(counts, [imported(4, 30, 3).counts, imported(3, 300, 6).counts]);
}

async fn another_key(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    catalog.commit([Change::InsertVariant(sample::variant(1, 1, "wide"))]).await;
    let others = [
        MediaPerformance { asset_id: sample::asset_id(2), ..imported(2, 10, 1) },
        MediaPerformance { variant_id: Some(sample::variant_id(1)), ..imported(3, 10, 1) },
        MediaPerformance { campaign: sample::campaign("summer"), ..imported(4, 10, 1) },
        MediaPerformance { channel: sample::channel("web"), ..imported(5, 10, 1) },
        MediaPerformance { source: Some("other.csv".to_owned()), ..imported(6, 10, 1) },
        MediaPerformance { source: None, ..imported(7, 10, 1) },
        // Noon and half a day: the next day in UTC has just begun.
        MediaPerformance { recorded_at: sample::at_minute(12 * 60), ..imported(8, 10, 1) },
    ];
    record(&catalog, [imported(1, 100, 5)]).await;
    record(&catalog, others).await;
    assert_eq!(found(&catalog, all()).await.len(), 8);
    // The last minute of the first day still replaces.
    record(&catalog, [MediaPerformance { recorded_at: sample::at_minute(12 * 60 - 1), ..imported(9, 7, 7) }]).await;
    assert_eq!(found(&catalog, all()).await.len(), 8);
}

async fn largest_counts(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let mut kept = Vec::new();
    for (number, most) in (1..).zip([u64::MAX, u64::MAX, i64::MAX as u64, i64::MAX as u64, 1]) {
        let counts = PerformanceCounts { shares: most, ..sample::performance(1, 1, most, most).counts };
        let record = MediaPerformance { counts, ..sample::performance(number, 1, 0, 0) };
        match catalog.writer.commit(Change::RecordPerformance(record.clone()).into()).await {
            Ok(_) => kept.insert(0, record),
            Err(error) => assert_eq!(error.kind, StoreErrorKind::Invalid),
        }
        assert_eq!(found(&catalog, all()).await, kept);
        let totals = catalog.performance.performance_totals(&all(), TotalsBy::Everything).await.unwrap();
        assert_eq!(totals.iter().map(|group| group.records).sum::<u64>(), kept.len() as u64);
        assert_eq!(catalog.performance.best_performing(None, 5).await.unwrap().len(), kept.len().min(1));
    }
}

fn group(key: impl ToString, records: &[&MediaPerformance]) -> PerformanceGroup {
    let counts = records.iter().map(|record| record.counts).sum();
    PerformanceGroup { key: key.to_string(), records: records.len() as u64, counts }
}

async fn totals_by_each_key(catalog: CatalogUnderTest) {
    let records = measured(&catalog).await;
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|index| &records[index]);
    let [one, two] = [1, 2].map(sample::asset_id);
    for (by, expected) in [
        (TotalsBy::Everything, vec![group("", &[a, b, c, d, e])]),
        (TotalsBy::Asset, vec![group(one, &[a, b, c]), group(two, &[d, e])]),
        (TotalsBy::Variant, vec![group("", &[a, b, d, e]), group(sample::variant_id(1), &[c])]),
        (TotalsBy::Campaign, vec![group("spring", &[a, c, d]), group("summer", &[b, e])]),
        (TotalsBy::Channel, vec![group("email", &[a, b, c]), group("web", &[d, e])]),
        (TotalsBy::Format, vec![group("png", &[a, b, c]), group("webp", &[d, e])]),
    ] {
        assert_eq!(catalog.performance.performance_totals(&all(), by).await.unwrap(), expected, "{by:?}");
    }
}

async fn totals_of_a_query(catalog: CatalogUnderTest) {
    let records = measured(&catalog).await;
    let query = PerformanceQuery {
        asset_id: Some(sample::asset_id(1)),
        campaign: Some(sample::campaign("spring")),
        since: Some(sample::at_minute(1)),
        until: Some(sample::at_minute(4)),
        ..all()
    };
    let totals = catalog.performance.performance_totals(&query, TotalsBy::Channel).await.unwrap();
    assert_eq!(totals, [group("email", &[&records[0], &records[2]])]);
    let nobody = PerformanceQuery { channel: Some(sample::channel("search")), ..all() };
    assert_eq!(catalog.performance.performance_totals(&nobody, TotalsBy::Campaign).await.unwrap(), []);
}

async fn totals_follow_replacement(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    record(&catalog, [imported(1, 100, 5), sample::performance(2, 1, 50, 1)]).await;
    record(&catalog, [imported(3, 10, 1)]).await;
    let totals = catalog.performance.performance_totals(&all(), TotalsBy::Asset).await.unwrap();
    assert_eq!(totals, [group(sample::asset_id(1), &[&imported(3, 10, 1), &sample::performance(2, 1, 50, 1)])]);
    let best = catalog.performance.best_performing(Some(sample::campaign("spring")), 5).await.unwrap();
    assert_eq!((best[0].counts.impressions, best[0].counts.clicks), (60, 2));
}

async fn totals_outlive_variant(catalog: CatalogUnderTest) {
    measured(&catalog).await;
    let asset = PerformanceQuery { asset_id: Some(sample::asset_id(1)), ..all() };
    let before = catalog.performance.performance_totals(&asset, TotalsBy::Everything).await.unwrap();
    catalog.commit([Change::RemoveVariant(sample::variant_id(1))]).await;
    assert_eq!(catalog.performance.performance_totals(&asset, TotalsBy::Everything).await.unwrap(), before);
}

/// The ranking: asset, impressions, clicks.
async fn best(catalog: &CatalogUnderTest, campaign: Option<&str>, limit: usize) -> Vec<(MediaAsset, u64, u64)> {
    let best = catalog.performance.best_performing(campaign.map(sample::campaign), limit).await.unwrap();
    best.into_iter().map(|best| (best.asset, best.counts.impressions, best.counts.clicks)).collect()
}

fn in_campaign(campaign: &str, channel: &str, record: MediaPerformance) -> MediaPerformance {
    let (campaign, channel): (Campaign, Channel) = (sample::campaign(campaign), sample::channel(channel));
    MediaPerformance { campaign, channel, ..record }
}

async fn best_each_once(catalog: CatalogUnderTest) {
    measured(&catalog).await;
    let [one, two] = [catalog.asset(1).await, catalog.asset(2).await];
    assert_eq!(best(&catalog, None, 5).await, [(one, 700, 35), (two, 800, 8)]);
}

async fn best_in_campaign(catalog: CatalogUnderTest) {
    measured(&catalog).await;
    record(&catalog, [in_campaign("summer", "search", sample::performance(6, 2, 100, 50))]).await;
    let [one, two] = [catalog.asset(1).await, catalog.asset(2).await];
    assert_eq!(best(&catalog, Some("summer"), 5).await, [(two.clone(), 100, 50), (one.clone(), 200, 20)]);
    assert_eq!(best(&catalog, Some("spring"), 5).await, [(one, 500, 15), (two, 800, 8)]);
    assert_eq!(best(&catalog, Some("winter"), 5).await, []);
}

async fn best_breaks_ties(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=5).map(sample::asset)).await;
    let measured = [(3, 10, 1), (1, 10, 1), (2, 1_000, 100), (4, 10, 2), (5, 30, 3)];
    record(&catalog, (1..).zip(measured).map(|(n, (asset, seen, clicks))| sample::performance(n, asset, seen, clicks)))
        .await;
    for _ in 0..2 {
        let ranking: Vec<_> = best(&catalog, None, 9).await.into_iter().map(|(asset, ..)| asset.asset_id).collect();
        assert_eq!(ranking, [4, 2, 5, 1, 3].map(sample::asset_id));
    }
}

async fn best_leaves_out(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=4).map(sample::asset)).await;
    record(
        &catalog,
        [sample::performance(1, 1, 0, 0), sample::performance(2, 2, 10, 0), sample::performance(3, 3, 10, 9)],
    )
    .await;
    catalog.edit(3, |asset| asset.delete().unwrap()).await;
    assert_eq!(best(&catalog, None, 9).await, [(catalog.asset(2).await, 10, 0)]);
    assert_eq!(best(&catalog, Some("spring"), 9).await.len(), 1);
    catalog.edit(3, |asset| asset.restore().unwrap()).await;
    assert_eq!(best(&catalog, None, 9).await[0].0.asset_id, sample::asset_id(3));
}

async fn best_is_limited(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=6).map(sample::asset)).await;
    record(&catalog, (1..=6).map(|number| sample::performance(number, number, 100, number.into()))).await;
    let ranking: Vec<_> = best(&catalog, None, 2).await.into_iter().map(|(asset, ..)| asset.asset_id).collect();
    assert_eq!(ranking, [6, 5].map(sample::asset_id));
}
