//! Variants of assets.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{MediaDimensions, MediaVariant, PerformanceScore, VideoFormat};
use media_ports::{Change, StoreErrorKind};

use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("variant_comes_back", comes_back)
        .case("variants_are_listed_by_name", listed_by_name)
        .case("variant_of_an_unknown_asset_is_not_found", unknown_asset)
        .case("variant_name_taken_is_refused", name_taken)
        .case("variant_id_taken_is_refused", id_taken)
        .case("variants_of_two_assets_may_share_a_name", shared_name)
        .case("variant_is_replaced", replaced)
        .case("variant_replaced_by_a_taken_name_is_refused", replaced_by_taken_name)
        .case("variant_replaced_under_another_asset_is_not_found", replaced_elsewhere)
        .case("variant_is_removed", removed)
        .case("variant_name_is_free_after_removal", name_free_after_removal)
        .case("variant_replaced_or_removed_must_be_there", must_be_there)
}

async fn with_variants(catalog: &CatalogUnderTest, variants: impl IntoIterator<Item = MediaVariant>) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    catalog.commit(variants.into_iter().map(Change::InsertVariant)).await;
}

async fn comes_back(catalog: CatalogUnderTest) {
    let variant = MediaVariant {
        dimensions: MediaDimensions::new(u32::MAX, 0),
        format: VideoFormat::Webm.into(),
        performance_score: Some(PerformanceScore::new(12.5).unwrap()),
        ..sample::variant(1, 1, "wide")
    };
    with_variants(&catalog, [variant.clone()]).await;
    assert_eq!(catalog.assets.variant(variant.variant_id).await.unwrap(), Some(variant.clone()));
    assert_eq!(catalog.assets.variants(sample::asset_id(1)).await.unwrap(), [variant]);
}

async fn listed_by_name(catalog: CatalogUnderTest) {
    let [c, a, b] = [sample::variant(1, 1, "c"), sample::variant(2, 1, "a"), sample::variant(3, 1, "b")];
    let of_another = sample::variant(4, 2, "d");
    with_variants(&catalog, [c.clone(), a.clone(), b.clone(), of_another]).await;
    assert_eq!(catalog.assets.variants(sample::asset_id(1)).await.unwrap(), [a, b, c]);
}

async fn unknown_asset(catalog: CatalogUnderTest) {
    let change = Change::InsertVariant(sample::variant(1, 9, "wide"));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
}

async fn name_taken(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide")]).await;
    let change = Change::InsertVariant(sample::variant(2, 1, "wide"));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::AlreadyExists);
}

async fn id_taken(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide")]).await;
    let change = Change::InsertVariant(sample::variant(1, 1, "narrow"));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::AlreadyExists);
}

async fn shared_name(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide"), sample::variant(2, 2, "wide")]).await;
    assert_eq!(catalog.assets.variants(sample::asset_id(2)).await.unwrap(), [sample::variant(2, 2, "wide")]);
}

async fn replaced(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide"), sample::variant(2, 1, "narrow")]).await;
    for name in ["wide", "wider"] {
        let variant = MediaVariant {
            content_hash: sample::hash("other bytes"),
            performance_score: Some(PerformanceScore::new(99.0).unwrap()),
            ..sample::variant(1, 1, name)
        };
        catalog.commit([Change::ReplaceVariant(variant.clone())]).await;
        let listed = catalog.assets.variants(sample::asset_id(1)).await.unwrap();
        assert_eq!(listed, [sample::variant(2, 1, "narrow"), variant]);
    }
}

async fn replaced_by_taken_name(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide"), sample::variant(2, 1, "narrow")]).await;
    let change = Change::ReplaceVariant(sample::variant(1, 1, "narrow"));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::AlreadyExists);
}

async fn replaced_elsewhere(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide")]).await;
    let moved = Change::ReplaceVariant(sample::variant(1, 2, "wide"));
    assert_eq!(catalog.refused(moved).await, StoreErrorKind::NotFound);
}

async fn removed(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide"), sample::variant(2, 1, "narrow")]).await;
    catalog.commit([Change::RemoveVariant(sample::variant_id(1))]).await;
    assert_eq!(catalog.assets.variant(sample::variant_id(1)).await.unwrap(), None);
    assert_eq!(catalog.assets.variants(sample::asset_id(1)).await.unwrap(), [sample::variant(2, 1, "narrow")]);
}

async fn name_free_after_removal(catalog: CatalogUnderTest) {
    with_variants(&catalog, [sample::variant(1, 1, "wide")]).await;
    let again = sample::variant(2, 1, "wide");
    catalog.commit([Change::RemoveVariant(sample::variant_id(1)), Change::InsertVariant(again.clone())]).await;
    assert_eq!(catalog.assets.variants(sample::asset_id(1)).await.unwrap(), [again]);
}

async fn must_be_there(catalog: CatalogUnderTest) {
    with_variants(&catalog, []).await;
    let replace = Change::ReplaceVariant(sample::variant(1, 1, "wide"));
    assert_eq!(catalog.refused(replace).await, StoreErrorKind::NotFound);
    assert_eq!(catalog.refused(Change::RemoveVariant(sample::variant_id(1))).await, StoreErrorKind::NotFound);
}
