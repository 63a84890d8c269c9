//! Libraries, and what stands in them.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::{AssetId, LibraryId, MediaLibrary};
use media_ports::{AssetQuery, Change, StoreErrorKind};

use super::subject::{everything, insert};
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("library_comes_back_by_id_and_by_name", comes_back)
        .case("library_name_must_match_exactly", name_must_match_exactly)
        .case("unknown_library_is_none", unknown_is_none)
        .case("library_name_taken_is_refused", name_taken_is_refused)
        .case("library_id_taken_is_refused", id_taken_is_refused)
        .case("libraries_are_listed_by_name", listed_by_name)
        .case("asset_may_be_in_several_libraries", asset_in_several)
        .case("link_puts_an_asset_into_a_library_once", link_once)
        .case("link_of_unknown_is_not_found", link_of_unknown)
        .case("unlink_leaves_asset_and_other_libraries", unlink_leaves_the_rest)
        .case("unlink_of_what_is_not_linked_is_not_found", unlink_of_what_is_not_linked)
        .case("asset_may_be_linked_again", linked_again)
}

fn link(library_id: LibraryId, asset_id: AssetId) -> Change {
    Change::LinkAsset { library_id, asset_id }
}

fn unlink(library_id: LibraryId, asset_id: AssetId) -> Change {
    Change::UnlinkAsset { library_id, asset_id }
}

async fn assets_in(catalog: &CatalogUnderTest, library_id: LibraryId) -> Vec<AssetId> {
    catalog.find(AssetQuery { library_id: Some(library_id), ..everything() }).await
}

async fn names_of_libraries_of(catalog: &CatalogUnderTest, number: u32) -> Vec<String> {
    let libraries = catalog.libraries.libraries_of(sample::asset_id(number)).await.unwrap();
    libraries.into_iter().map(|library| library.name.to_string()).collect()
}

async fn comes_back(catalog: CatalogUnderTest) {
    let library = MediaLibrary {
        description: "Pictures of\nthe \"summer\"; 'x' -- ☀".to_owned(),
        owner: "marketing".to_owned(),
        project: Some("2026".to_owned()),
        ..sample::library("Лето, l'été & co")
    };
    catalog.commit([Change::CreateLibrary(library.clone())]).await;
    assert_eq!(catalog.libraries.library(library.library_id).await.unwrap(), Some(library.clone()));
    assert_eq!(catalog.libraries.library_by_name(&library.name).await.unwrap(), Some(library.clone()));
    assert_eq!(catalog.libraries.libraries().await.unwrap(), [library]);
}

async fn name_must_match_exactly(catalog: CatalogUnderTest) {
    catalog.with_libraries(["Summer"]).await;
    for other in ["summer", "Summe", "Summer_", "Summe%", "%"] {
        assert_eq!(catalog.libraries.library_by_name(&sample::name(other)).await.unwrap(), None, "{other}");
    }
    catalog.with_libraries(["summer"]).await;
}

async fn unknown_is_none(catalog: CatalogUnderTest) {
    let id = sample::library_id("nowhere");
    assert_eq!(catalog.libraries.libraries().await.unwrap(), []);
    assert_eq!(catalog.libraries.library(id).await.unwrap(), None);
    assert_eq!(catalog.libraries.library_by_name(&sample::name("nowhere")).await.unwrap(), None);
    assert_eq!(catalog.libraries.library_statistics(id).await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(catalog.libraries.libraries_of(sample::asset_id(1)).await.unwrap(), []);
    assert_eq!(assets_in(&catalog, id).await, []);
}

async fn name_taken_is_refused(catalog: CatalogUnderTest) {
    catalog.with_libraries(["Summer"]).await;
    let other = MediaLibrary { library_id: sample::library_id("another"), ..sample::library("Summer") };
    assert_eq!(catalog.refused(Change::CreateLibrary(other)).await, StoreErrorKind::AlreadyExists);
}

async fn id_taken_is_refused(catalog: CatalogUnderTest) {
    catalog.with_libraries(["Summer"]).await;
    let other = MediaLibrary { name: sample::name("Winter"), ..sample::library("Summer") };
    assert_eq!(catalog.refused(Change::CreateLibrary(other)).await, StoreErrorKind::AlreadyExists);
}

async fn listed_by_name(catalog: CatalogUnderTest) {
    catalog.with_libraries(["d", "a", "c", "b"]).await;
    let listed = catalog.libraries.libraries().await.unwrap();
    assert_eq!(listed.iter().map(|library| library.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
}

async fn asset_in_several(catalog: CatalogUnderTest) {
    let [b, a] = catalog.with_libraries(["b", "a"]).await;
    catalog.commit([insert(sample::asset(1), &[b, a]), insert(sample::asset(2), &[b])]).await;
    assert_eq!(names_of_libraries_of(&catalog, 1).await, ["a", "b"]);
    assert_eq!(names_of_libraries_of(&catalog, 2).await, ["b"]);
    assert_eq!(assets_in(&catalog, a).await, [sample::asset_id(1)]);
    assert_eq!(assets_in(&catalog, b).await, [sample::asset_id(2), sample::asset_id(1)]);
}

async fn link_once(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    catalog.with_assets([sample::asset(1)]).await;
    assert_eq!(assets_in(&catalog, library).await, []);
    for _ in 0..2 {
        catalog.commit([link(library, sample::asset_id(1))]).await;
        assert_eq!(assets_in(&catalog, library).await, [sample::asset_id(1)]);
        assert_eq!(catalog.statistics(library).await.asset_count, 1);
    }
}

async fn link_of_unknown(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    catalog.with_assets([sample::asset(1)]).await;
    assert_eq!(catalog.refused(link(library, sample::asset_id(9))).await, StoreErrorKind::NotFound);
    let nowhere = sample::library_id("nowhere");
    assert_eq!(catalog.refused(link(nowhere, sample::asset_id(1))).await, StoreErrorKind::NotFound);
}

async fn unlink_leaves_the_rest(catalog: CatalogUnderTest) {
    let [a, b] = catalog.with_libraries(["a", "b"]).await;
    catalog.commit([insert(sample::asset(1), &[a, b]), insert(sample::asset(2), &[a])]).await;
    catalog.commit([unlink(a, sample::asset_id(1))]).await;
    assert_eq!(assets_in(&catalog, a).await, [sample::asset_id(2)]);
    assert_eq!(assets_in(&catalog, b).await, [sample::asset_id(1)]);
    assert_eq!(names_of_libraries_of(&catalog, 1).await, ["b"]);
    assert_eq!(catalog.asset(1).await, sample::asset(1));
}

async fn unlink_of_what_is_not_linked(catalog: CatalogUnderTest) {
    let [a, b] = catalog.with_libraries(["a", "b"]).await;
    catalog.commit([insert(sample::asset(1), &[a])]).await;
    for (library, asset) in [(b, 1), (a, 9), (sample::library_id("nowhere"), 1)] {
        assert_eq!(catalog.refused(unlink(library, sample::asset_id(asset))).await, StoreErrorKind::NotFound);
    }
    catalog.commit([unlink(a, sample::asset_id(1))]).await;
    assert_eq!(catalog.refused(unlink(a, sample::asset_id(1))).await, StoreErrorKind::NotFound);
}

async fn linked_again(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    catalog.commit([insert(sample::asset(1), &[library])]).await;
    let before = catalog.everything().await;
    catalog.commit([unlink(library, sample::asset_id(1))]).await;
    assert_eq!(catalog.statistics(library).await.asset_count, 0);
    catalog.commit([link(library, sample::asset_id(1))]).await;
    assert_eq!(catalog.everything().await, before);
}
