//! Changes to assets: versions, previews, errors.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use media_domain::asset::NewContent;
use media_domain::{
    AssetId, ContentHash, FileSize, ImageFormat, MediaAsset, MediaDimensions, MediaMetadata, MediaStatus,
    ProcessingError,
};
use media_ports::{Change, StoreErrorKind};

use super::subject::update;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases) -> CatalogCases {
    cases
        .case("update_writes_facts_and_labels", writes_facts_and_labels)
        .case("update_takes_labels_away", takes_labels_away)
        .case("update_counts_the_version", counts_the_version)
        .case("update_of_a_stale_version_is_a_conflict", stale_version_is_a_conflict)
        .case("update_of_a_future_version_is_a_conflict", future_version_is_a_conflict)
        .case("update_of_an_unknown_asset_is_not_found", unknown_asset_is_not_found)
        .case("updates_in_one_set_follow_each_other", follow_each_other)
        .case("update_walks_the_whole_lifecycle", whole_lifecycle)
        .case("update_replaces_the_content", replaces_the_content)
        .case("update_leaves_thumbnail_and_errors_that_came_meanwhile", leaves_what_came_meanwhile)
        .case("update_writes_neither_thumbnail_nor_errors", writes_neither_thumbnail_nor_errors)
        .case("update_to_other_bytes_writes_their_thumbnail", writes_thumbnail_of_other_bytes)
        .case("thumbnail_is_set_and_the_version_stays", thumbnail_is_set)
        .case("thumbnail_of_other_bytes_changes_nothing", thumbnail_of_other_bytes)
        .case("thumbnail_of_an_unknown_asset_is_not_found", thumbnail_of_unknown)
        .case("processing_errors_add_up_and_the_version_stays", processing_errors_add_up)
        .case("processing_error_of_an_unknown_asset_is_not_found", processing_error_of_unknown)
}

async fn writes_facts_and_labels(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1), sample::asset(2)]).await;
    let edited = MediaAsset {
        name: sample::name("New name"),
        description: "new description".to_owned(),
        tags: sample::tags(["new"]),
        categories: sample::categories(["newer"]),
        placeholder: true,
        ..sample::asset(1)
    };
    catalog.commit([update(edited.clone())]).await;
    assert_eq!(catalog.asset(1).await, MediaAsset { version: 2, ..edited });
    assert_eq!(catalog.asset(2).await, sample::asset(2));
}

async fn takes_labels_away(catalog: CatalogUnderTest) {
    let labelled = MediaAsset {
        tags: sample::tags(["a", "b"]),
        categories: sample::categories(["c", "d"]),
        provider_name: Some(sample::provider("sdxl")),
        ..sample::asset(1)
    };
    catalog.with_assets([labelled]).await;
    catalog.commit([update(sample::asset(1))]).await;
    assert_eq!(catalog.asset(1).await, MediaAsset { version: 2, ..sample::asset(1) });
}

async fn counts_the_version(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for version in 1..4 {
        assert_eq!(catalog.asset(1).await.version, version);
        catalog.edit(1, |_| ()).await;
    }
}

async fn stale_version_is_a_conflict(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let read_early = catalog.asset(1).await;
    catalog.edit(1, |asset| asset.description = "theirs".to_owned()).await;
    let ours = MediaAsset { description: "ours".to_owned(), ..read_early };
    assert_eq!(catalog.refused(update(ours)).await, StoreErrorKind::Conflict);
    assert_eq!(catalog.asset(1).await.description, "theirs");
}

async fn future_version_is_a_conflict(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for expected_version in [0, 2, u64::MAX] {
        let change = Change::UpdateAsset { asset: Box::new(sample::asset(1)), expected_version };
        assert_eq!(catalog.refused(change).await, StoreErrorKind::Conflict);
    }
}

async fn unknown_asset_is_not_found(catalog: CatalogUnderTest) {
    assert_eq!(catalog.refused(update(sample::asset(1))).await, StoreErrorKind::NotFound);
}

async fn follow_each_other(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let first = sample::asset(1);
    let second = MediaAsset { version: 2, description: "second".to_owned(), ..sample::asset(1) };
    catalog.commit([update(first), update(second.clone())]).await;
    assert_eq!(catalog.asset(1).await, MediaAsset { version: 3, ..second });
}

async fn whole_lifecycle(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let at = sample::at_minute(9);
    catalog.edit(1, |asset| asset.approve(sample::user("anna"), "fine", at).unwrap()).await;
    let approval = catalog.asset(1).await.approval.unwrap();
    assert_eq!((approval.approved_by, approval.approved_at), (sample::user("anna"), at));
    catalog.edit(1, |asset| asset.publish().unwrap()).await;
    assert_eq!(catalog.asset(1).await.status, MediaStatus::Published);
    catalog.edit(1, |asset| asset.archive().unwrap()).await;
    catalog.edit(1, |asset| asset.delete().unwrap()).await;
    let deleted = catalog.asset(1).await;
    assert_eq!((deleted.status, deleted.deleted_from), (MediaStatus::Deleted, Some(MediaStatus::Archived)));
    catalog.edit(1, |asset| asset.restore().unwrap()).await;
    let restored = catalog.asset(1).await;
    assert_eq!((restored.status, restored.deleted_from), (MediaStatus::Archived, None));
    assert_eq!(restored.approval.unwrap().notes, "fine");
}

async fn replaces_the_content(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let content = NewContent {
        dimensions: MediaDimensions::new(10, 20),
        metadata: MediaMetadata::new(FileSize::from_bytes(7), ImageFormat::Webp),
        content_hash: sample::hash("new bytes"),
        thumbnail_hash: None,
    };
    catalog.edit(1, |asset| asset.replace_content(content.clone()).unwrap()).await;
    let asset = catalog.asset(1).await;
    assert_eq!((asset.dimensions, asset.metadata), (content.dimensions, content.metadata));
    assert_eq!(catalog.assets.assets_by_hash(sample::hash("asset 1")).await.unwrap(), []);
    let found = catalog.assets.assets_by_hash(sample::hash("new bytes")).await.unwrap();
    assert_eq!(found, [catalog.asset(1).await]);
}

async fn leaves_what_came_meanwhile(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let read_before = catalog.asset(1).await;
    catalog.commit([thumbnail(sample::asset_id(1), read_before.content_hash)]).await;
    catalog.commit([Change::RecordProcessingError { asset_id: sample::asset_id(1), error: error("derive") }]).await;
    catalog.commit([update(MediaAsset { description: "edited".to_owned(), ..read_before })]).await;
    let asset = catalog.asset(1).await;
    assert_eq!((asset.version, asset.description.as_str()), (2, "edited"));
    assert_eq!(asset.thumbnail_hash, Some(sample::hash("thumbnail")));
    assert_eq!(asset.processing_errors, [error("derive")]);
}

async fn writes_neither_thumbnail_nor_errors(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    let thumbnail_hash = Some(sample::hash("thumbnail"));
    let processing_errors = vec![error("derive")];
    catalog.commit([update(MediaAsset { thumbnail_hash, processing_errors, ..sample::asset(1) })]).await;
    assert_eq!(catalog.asset(1).await, MediaAsset { version: 2, ..sample::asset(1) });
}

async fn writes_thumbnail_of_other_bytes(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for (bytes, preview) in [("second", Some("preview")), ("third", None), ("fourth", Some("another"))] {
        let (content_hash, thumbnail_hash) = (sample::hash(bytes), preview.map(sample::hash));
        catalog.edit(1, |asset| (asset.content_hash, asset.thumbnail_hash) = (content_hash, thumbnail_hash)).await;
        assert_eq!(catalog.asset(1).await.thumbnail_hash, thumbnail_hash, "{bytes}");
    }
}

fn thumbnail(asset_id: AssetId, content_hash: ContentHash) -> Change {
    Change::SetThumbnail { asset_id, content_hash, thumbnail_hash: sample::hash("thumbnail") }
}

async fn thumbnail_is_set(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([thumbnail(sample::asset_id(1), sample::asset(1).content_hash)]).await;
    let expected = MediaAsset { thumbnail_hash: Some(sample::hash("thumbnail")), ..sample::asset(1) };
    assert_eq!(catalog.asset(1).await, expected);
}

async fn thumbnail_of_other_bytes(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    catalog.commit([thumbnail(sample::asset_id(1), sample::hash("replaced meanwhile"))]).await;
    assert_eq!(catalog.asset(1).await, sample::asset(1));
}

async fn thumbnail_of_unknown(catalog: CatalogUnderTest) {
    let change = thumbnail(sample::asset_id(1), sample::hash("x"));
    assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
}

fn error(step: &str) -> ProcessingError {
    ProcessingError { step: step.to_owned(), message: "no \"room\"".to_owned(), at: sample::at_minute(3) }
}

async fn processing_errors_add_up(catalog: CatalogUnderTest) {
    catalog.with_assets([sample::asset(1)]).await;
    for step in ["thumbnail", "derive"] {
        catalog.commit([Change::RecordProcessingError { asset_id: sample::asset_id(1), error: error(step) }]).await;
    }
    let processing_errors = vec![error("thumbnail"), error("derive")];
    assert_eq!(catalog.asset(1).await, MediaAsset { processing_errors, ..sample::asset(1) });
}

async fn processing_error_of_unknown(catalog: CatalogUnderTest) {
    let change = Change::RecordProcessingError { asset_id: sample::asset_id(1), error: error("derive") };
    assert_eq!(catalog.refused(change).await, StoreErrorKind::NotFound);
}
