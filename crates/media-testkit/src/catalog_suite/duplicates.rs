//! Assets with the same bytes.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{AssetId, ContentHash, MediaAsset};

use super::subject::insert;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("assets_by_hash_are_oldest_first_across_libraries", by_hash_oldest_first)
        .case("assets_by_hash_are_without_deleted_ones", by_hash_without_deleted)
        .case("duplicates_are_groups_of_two_or_more_in_order_of_hashes", groups_in_order)
        .case("duplicates_are_paged_without_gap", paged)
        .case("duplicates_are_without_deleted_ones", without_deleted)
        .case("duplicates_disappear_with_other_bytes", disappear_with_other_bytes)
}

/// An asset that shares its bytes with the others of the same text.
fn twin(number: u32, bytes: &str) -> MediaAsset {
    MediaAsset { content_hash: sample::hash(bytes), ..sample::asset(number) }
}

fn ids(assets: &[MediaAsset]) -> Vec<AssetId> {
    assets.iter().map(|asset| asset.asset_id).collect()
}

async fn groups(
    catalog: &CatalogUnderTest,
    after: Option<ContentHash>,
    limit: usize,
) -> Vec<(ContentHash, Vec<AssetId>)> {
    let groups = catalog.assets.duplicate_groups(after, limit).await.unwrap();
    groups.into_iter().map(|group| (group.content_hash, ids(&group.assets))).collect()
}

/// What [`groups`] should find, in the order of hashes.
fn expected<const N: usize>(groups: [(&str, &[u32]); N]) -> Vec<(ContentHash, Vec<AssetId>)> {
    let group = |(bytes, numbers): (&str, &[u32])| {
        (sample::hash(bytes), numbers.iter().copied().map(sample::asset_id).collect())
    };
    let mut groups: Vec<_> = groups.into_iter().map(group).collect();
    groups.sort_unstable();
    groups
}

async fn by_hash_oldest_first(catalog: CatalogUnderTest) {
    let [a, b] = catalog.with_libraries(["a", "b"]).await;
    let oldest = MediaAsset { uploaded_at: sample::start(), ..twin(3, "same") };
    catalog.commit([insert(twin(1, "same"), &[a]), insert(twin(2, "other"), &[a]), insert(oldest, &[b])]).await;
    let found = catalog.assets.assets_by_hash(sample::hash("same")).await.unwrap();
    assert_eq!(ids(&found), [sample::asset_id(3), sample::asset_id(1)]);
    assert_eq!(found[1], catalog.asset(1).await);
}

async fn by_hash_without_deleted(catalog: CatalogUnderTest) {
    catalog.with_assets([twin(1, "same"), twin(2, "same")]).await;
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    assert_eq!(ids(&catalog.assets.assets_by_hash(sample::hash("same")).await.unwrap()), [sample::asset_id(2)]);
    catalog.edit(1, |asset| asset.restore().unwrap()).await;
    assert_eq!(catalog.assets.assets_by_hash(sample::hash("same")).await.unwrap().len(), 2);
}

async fn groups_in_order(catalog: CatalogUnderTest) {
    let [a, b] = catalog.with_libraries(["a", "b"]).await;
    catalog.commit([insert(twin(1, "x"), &[a]), insert(twin(2, "x"), &[b]), insert(twin(3, "single"), &[a, b])]).await;
    catalog.with_assets([twin(4, "y"), twin(5, "y"), twin(6, "y")]).await;
    assert_eq!(groups(&catalog, None, 10).await, expected([("x", &[1, 2]), ("y", &[4, 5, 6])]));
}

async fn paged(catalog: CatalogUnderTest) {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let assets = (1..).zip(names.iter().cycle()).take(names.len() * 2);
    catalog.with_assets(assets.map(|(number, bytes)| twin(number, bytes))).await;
    let all = groups(&catalog, None, 100).await;
    assert_eq!(all.len(), names.len());
    for limit in [1, 3, 7] {
        let mut found: Vec<(ContentHash, Vec<AssetId>)> = Vec::new();
        loop {
            let page = groups(&catalog, found.last().map(|(hash, _)| *hash), limit).await;
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, all, "pages of {limit}");
    }
}

async fn without_deleted(catalog: CatalogUnderTest) {
    catalog.with_assets([twin(1, "x"), twin(2, "x"), twin(3, "x")]).await;
    catalog.edit(2, |asset| asset.delete().unwrap()).await;
    assert_eq!(groups(&catalog, None, 10).await, expected([("x", &[1, 3])]));
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    assert_eq!(groups(&catalog, None, 10).await, []);
    catalog.edit(2, |asset| asset.restore().unwrap()).await;
    assert_eq!(groups(&catalog, None, 10).await, expected([("x", &[2, 3])]));
}

async fn disappear_with_other_bytes(catalog: CatalogUnderTest) {
    catalog.with_assets([twin(1, "x"), twin(2, "x"), twin(3, "y")]).await;
    catalog.edit(2, |asset| asset.content_hash = sample::hash("y")).await;
    assert_eq!(groups(&catalog, None, 10).await, expected([("y", &[2, 3])]));
}
