//! Paging through assets.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{AssetId, MediaAsset, MediaStatus};
use media_ports::{AssetOrder, AssetQuery, Change, StoreErrorKind};

use super::subject::{everything, insert};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("pages_have_neither_gap_nor_repetition", no_gap)
        .case("pages_of_every_filter_have_neither_gap_nor_repetition", no_gap_with_filters)
        .case("last_full_page_has_no_next", last_full_page)
        .case("page_is_stable_while_assets_come_and_go", stable_while_changing)
        .case("malformed_cursor_is_invalid", malformed_cursor)
        .case("page_is_capped", capped)
}

/// Thirty assets in library "a", in groups of three of one upload time, of one usage count, of one tag.
async fn thirty(catalog: &CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let asset = |number: u32| MediaAsset {
        uploaded_at: sample::at_minute(number / 3),
        tags: if number.is_multiple_of(3) { sample::tags(["third", "hero"]) } else { sample::tags(["hero"]) },
        categories: sample::categories(["web"]),
        status: if number.is_multiple_of(5) { MediaStatus::Published } else { MediaStatus::Draft },
        ..sample::asset(number)
    };
    catalog.commit((1..=30).map(|number| insert(asset(number), &[library]))).await;
    let uses = (1..=30).flat_map(|number| std::iter::repeat_n(number, number as usize % 4));
    let used = |number| Change::RecordUsage { asset_id: sample::asset_id(number), usage: sample::usage("spring", 1) };
    catalog.commit(uses.map(used)).await;
}

async fn pages(catalog: &CatalogUnderTest, query: &AssetQuery) -> Vec<Vec<AssetId>> {
    let mut pages = Vec::new();
    let mut query = query.clone();
    loop {
        let page = catalog.assets.assets(&query).await.unwrap();
        assert!(page.items.len() <= query.limit);
        pages.push(page.items.into_iter().map(|asset| asset.asset_id).collect());
        let Some(next) = page.next else { return pages };
        assert!(pages.len() < 100, "the pages do not end");
        query.after = Some(next);
    }
}

async fn assert_pages_add_up(catalog: &CatalogUnderTest, query: AssetQuery) {
    let all = catalog.find(query.clone()).await;
    assert!(all.len() > 4, "the query finds too little to be paged");
    for limit in [1, 4, 7, all.len(), all.len() + 1] {
        let found = pages(catalog, &AssetQuery { limit, ..query.clone() }).await.concat();
        assert_eq!(found, all, "pages of {limit}");
    }
}

async fn no_gap(catalog: CatalogUnderTest) {
    thirty(&catalog).await;
    for order in [AssetOrder::NewestFirst, AssetOrder::MostUsedFirst] {
        assert_pages_add_up(&catalog, AssetQuery { order, ..everything() }).await;
    }
}

async fn no_gap_with_filters(catalog: CatalogUnderTest) {
    thirty(&catalog).await;
    for order in [AssetOrder::NewestFirst, AssetOrder::MostUsedFirst] {
        let base = AssetQuery { order, ..everything() };
        let library_id = Some(sample::library_id("a"));
        assert_pages_add_up(&catalog, AssetQuery { library_id, ..base.clone() }).await;
        assert_pages_add_up(&catalog, AssetQuery { tags: sample::tags(["third", "hero"]), ..base.clone() }).await;
        assert_pages_add_up(&catalog, AssetQuery { categories: sample::categories(["web"]), ..base.clone() }).await;
        assert_pages_add_up(&catalog, AssetQuery { status: Some(MediaStatus::Published), ..base.clone() }).await;
        assert_pages_add_up(&catalog, AssetQuery { text: Some("asset".to_owned()), ..base }).await;
    }
}

async fn last_full_page(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=4).map(sample::asset)).await;
    let sizes = |pages: Vec<Vec<AssetId>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(pages(&catalog, &AssetQuery { limit: 2, ..everything() }).await), [2, 2]);
    assert_eq!(sizes(pages(&catalog, &AssetQuery { limit: 4, ..everything() }).await), [4]);
    assert_eq!(sizes(pages(&catalog, &AssetQuery { limit: 3, ..everything() }).await), [3, 1]);
}

async fn stable_while_changing(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=6).map(sample::asset)).await;
    let first = catalog.assets.assets(&AssetQuery { limit: 2, ..everything() }).await.unwrap();
    // One newer than all, and the two of the first page gone.
    catalog.with_assets([sample::asset(7)]).await;
    for number in [6, 5] {
        catalog.edit(number, |asset| asset.delete().unwrap()).await;
    }
    let rest = catalog.find(AssetQuery { after: first.next, ..everything() }).await;
    assert_eq!(rest, [4, 3, 2, 1].map(sample::asset_id));
}

async fn malformed_cursor(catalog: CatalogUnderTest) {
    thirty(&catalog).await;
    for order in [AssetOrder::NewestFirst, AssetOrder::MostUsedFirst] {
        let page = catalog.assets.assets(&AssetQuery { order, limit: 3, ..everything() }).await.unwrap();
        let genuine = page.next.unwrap();
        let cut = genuine[..genuine.len() - 1].to_owned();
        let long = format!("{genuine}{genuine}");
        for cursor in ["", " ", "x", "0", "-1", "💥", "'; --", "\0", "////", "::", "null", "AAAA", &cut, &long] {
            let query = AssetQuery { order, after: Some(cursor.to_owned()), ..everything() };
            let error = catalog.assets.assets(&query).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Invalid, "{cursor:?}");
        }
    }
}

async fn capped(catalog: CatalogUnderTest) {
    catalog.with_assets((1..=1_001).map(sample::asset)).await;
    let page = catalog.assets.assets(&AssetQuery { limit: usize::MAX, ..everything() }).await.unwrap();
    assert_eq!(page.items.len(), AssetQuery::MAX_LIMIT);
    let rest = catalog.find(AssetQuery { after: page.next, limit: usize::MAX, ..everything() }).await;
    assert_eq!(rest, [sample::asset_id(1)]);
}
