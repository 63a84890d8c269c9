//! Uses of assets.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{MediaAsset, UsageEvent};
use media_ports::{AssetOrder, AssetQuery, Change, StoreErrorKind};

use super::subject::{everything, update};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("usage_is_counted", counted)
        .case("usage_leaves_the_version", leaves_the_version)
        .case("usage_history_is_newest_first", newest_first)
        .case("usage_recorded_late_keeps_its_place_in_time", late_keeps_its_place)
        .case("asset_loads_only_recent_uses", only_recent_uses)
        .case("usage_survives_an_update_that_knows_nothing_of_it", survives_an_update)
        .case("usage_of_an_unknown_asset_is_not_found", unknown_asset_is_not_found)
        .case("most_used_come_first_and_equal_ones_by_id", most_used_first)
}

fn used(number: u32, usage: UsageEvent) -> Change {
    Change::RecordUsage { asset_id: sample::asset_id(number), usage }
}

async fn counted(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let shown = UsageEvent { contact_id: Some("contact '7'".to_owned()), ..sample::usage("spring", 2) };
    catalog.commit([used(1, sample::usage("spring", 1)), used(1, shown.clone())]).await;
    catalog.commit([used(1, sample::usage("summer", 3))]).await;
    let asset = catalog.asset(1).await;
    assert_eq!(asset.usage_count, 3);
    assert_eq!(asset.usage_history, [sample::usage("summer", 3), shown, sample::usage("spring", 1)]);
    assert_eq!(asset.campaigns_used_in, [sample::campaign("spring"), sample::campaign("summer")].into());
    assert_eq!(asset.last_used_at, Some(sample::at_minute(3)));
    assert_eq!(catalog.asset(2).await, sample::asset(2));
}

async fn leaves_the_version(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([used(1, sample::usage("spring", 1))]).await;
    assert_eq!(catalog.asset(1).await.version, 1);
}

async fn newest_first(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit((1..=9).map(|minute| used(1, sample::usage("spring", minute)))).await;
    let history = catalog.assets.usage_history(sample::asset_id(1), 4).await.unwrap();
    assert_eq!(history, [9, 8, 7, 6].map(|minute| sample::usage("spring", minute)));
    assert_eq!(catalog.assets.usage_history(sample::asset_id(1), 100).await.unwrap().len(), 9);
}

async fn late_keeps_its_place(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for minute in [3, 1, 2] {
        catalog.commit([used(1, sample::usage("spring", minute))]).await;
    }
    let asset = catalog.asset(1).await;
    assert_eq!(asset.usage_history, [3, 2, 1].map(|minute| sample::usage("spring", minute)));
    assert_eq!(asset.last_used_at, Some(sample::at_minute(3)));
}

async fn only_recent_uses(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let uses = MediaAsset::RECENT_USES as u32 + 5;
    catalog.commit((1..=uses).map(|minute| used(1, sample::usage("spring", minute)))).await;
    let asset = catalog.asset(1).await;
    assert_eq!(asset.usage_count, u64::from(uses));
    let recent: Vec<_> = (6..=uses).rev().map(|minute| sample::usage("spring", minute)).collect();
    assert_eq!(asset.usage_history, recent);
}

async fn survives_an_update(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let read_before_use = catalog.asset(1).await;
    catalog.commit([used(1, sample::usage("spring", 1))]).await;
    catalog.commit([update(MediaAsset { description: "new".to_owned(), ..read_before_use })]).await;
    let asset = catalog.asset(1).await;
    assert_eq!((asset.description.as_str(), asset.usage_count), ("new", 1));
    assert_eq!(asset.usage_history, [sample::usage("spring", 1)]);
    assert_eq!(asset.campaigns_used_in, [sample::campaign("spring")].into());
    assert_eq!(asset.last_used_at, Some(sample::at_minute(1)));
}

async fn unknown_asset_is_not_found(catalog: CatalogUnderTest) {
    assert_eq!(catalog.refused(used(1, sample::usage("spring", 1))).await, StoreErrorKind::NotFound);
}

async fn most_used_first(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=6).map(sample::asset)).await;
    let uses = [4, 4, 4, 2, 5, 5, 6, 6].into_iter().zip(1..);
    catalog.commit(uses.map(|(number, minute)| used(number, sample::usage("spring", minute)))).await;
    for _ in 0..3 {
        let ranking = catalog.find(AssetQuery { order: AssetOrder::MostUsedFirst, ..everything() }).await;
        assert_eq!(ranking, [4, 5, 6, 2, 1, 3].map(sample::asset_id));
    }
}
