//! Looking after a catalogue as a whole.

#![expect(clippy::unwrap_used, reason = "a case fails by panicking")]

use std::path::PathBuf;

use media_domain::{ContentHash, JobState, MediaAsset, Resolution};
use media_ports::{Change, StoreErrorKind};

use super::subject::insert;
use super::{CatalogCases, CatalogUnderTest};
use crate::sample;

pub(super) fn cases(cases: CatalogCases, backup: bool) -> CatalogCases {
    let cases = cases
        .case("integrity_of_a_catalogue_in_use_is_fine", integrity)
        .case("referenced_blobs_are_files_thumbnails_and_variants", referenced)
        .case("referenced_blobs_hold_images_that_no_asset_names_yet", referenced_by_jobs)
        .case("referenced_blobs_follow_changes", referenced_follow_changes)
        .case("referenced_blobs_are_paged_without_gap", referenced_paged);
    if backup {
        cases
            .case("backup_holds_everything", backup_holds_everything)
            .case("backup_does_not_overwrite", backup_does_not_overwrite)
    } else {
        cases
            .ignored("backup_holds_everything", "the catalogue cannot write a copy of itself")
            .case("backup_is_refused_without_effect", backup_is_refused)
    }
}

async fn in_use(catalog: &CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let with_preview = MediaAsset { thumbnail_hash: Some(sample::hash("preview")), ..sample::asset(1) };
    catalog.commit([insert(with_preview, &[library]), insert(sample::asset(2), &[library])]).await;
    catalog
        .commit([
            Change::InsertVariant(sample::variant(1, 1, "wide")),
            Change::RecordUsage { asset_id: sample::asset_id(1), usage: sample::usage("spring", 1) },
            Change::RecordPerformance(sample::performance(1, 1, 100, 5)),
            Change::PlanJob(Box::new(sample::job(1, catalog.owners.living, library))),
        ])
        .await;
    catalog.edit(2, |asset| asset.delete().unwrap()).await;
}

async fn referenced_blobs(catalog: &CatalogUnderTest) -> Vec<ContentHash> {
    catalog.maintenance.referenced_blobs(None, 1_000).await.unwrap()
}

fn sorted<const N: usize>(texts: [&str; N]) -> [ContentHash; N] {
    let mut hashes = texts.map(sample::hash);
    hashes.sort_unstable();
    hashes
}

async fn integrity(catalog: CatalogUnderTest) {
    in_use(&catalog).await;
    assert_eq!(catalog.maintenance.check_integrity().await.unwrap(), []);
}

async fn referenced(catalog: CatalogUnderTest) {
    assert_eq!(referenced_blobs(&catalog).await, []);
    in_use(&catalog).await;
    // Asset 2 is deleted, but may be restored.
    assert_eq!(referenced_blobs(&catalog).await, sorted(["asset 1", "asset 2", "preview", "variant 1"]));
    let twin = MediaAsset { content_hash: sample::hash("asset 1"), ..sample::asset(3) };
    catalog.with_assets([twin]).await;
    assert_eq!(referenced_blobs(&catalog).await.len(), 4);
}

async fn referenced_by_jobs(catalog: CatalogUnderTest) {
    let [library] = catalog.with_libraries(["a"]).await;
    let (job_id, at) = (sample::job_id(1), sample::at_minute(3));
    let content_hashes = vec![sample::hash("first"), sample::hash("second")];
    catalog
        .commit([
            Change::PlanJob(Box::new(sample::job(1, catalog.owners.living, library))),
            Change::DispatchAttempt { job_id, attempt: Box::new(sample::attempt(1, "flux", 2)) },
            Change::AnswerJob { job_id, content_hashes, at },
        ])
        .await;
    assert_eq!(referenced_blobs(&catalog).await, sorted(["first", "second"]));
    let end = |state| Change::EndJob { job_id, state, asset_ids: Vec::new(), failure: None, at };
    catalog.commit([end(JobState::Unknown)]).await;
    assert_eq!(referenced_blobs(&catalog).await, sorted(["first", "second"]));
    catalog.commit([Change::ResolveJob { job_id, resolution: Resolution::Billed, asset_ids: Vec::new(), at }]).await;
    assert_eq!(referenced_blobs(&catalog).await, []);
}

async fn referenced_follow_changes(catalog: CatalogUnderTest) {
    in_use(&catalog).await;
    catalog.commit([Change::RemoveVariant(sample::variant_id(1))]).await;
    let replace = |asset: &mut MediaAsset| {
        asset.content_hash = sample::hash("new");
        asset.thumbnail_hash = None;
    };
    catalog.edit(1, replace).await;
    assert_eq!(referenced_blobs(&catalog).await, sorted(["asset 2", "new"]));
}

async fn referenced_paged(catalog: CatalogUnderTest) {
    let with_preview =
        |number| MediaAsset { thumbnail_hash: Some(sample::hash(&format!("p{number}"))), ..sample::asset(number) };
    catalog.with_assets((1..=15).map(with_preview)).await;
    let all = referenced_blobs(&catalog).await;
    assert_eq!(all.len(), 30);
    for limit in [1, 7, 30] {
        let mut found: Vec<ContentHash> = Vec::new();
        loop {
            let page = catalog.maintenance.referenced_blobs(found.last().copied(), limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, all, "pages of {limit}");
    }
}

/// A place for a copy, whose folder is removed with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("media-testkit-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("copy")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

async fn backup_holds_everything(catalog: CatalogUnderTest) {
    let place = Place::new();
    in_use(&catalog).await;
    catalog.maintenance.backup_to(place.file()).await.unwrap();
    let before = catalog.everything().await;
    catalog.with_assets([sample::asset(9)]).await;
    let copy = catalog.open_backup.as_ref().unwrap()(place.file()).await;
    assert_eq!(copy.everything().await, before);
    assert_eq!(copy.maintenance.check_integrity().await.unwrap(), []);
}

async fn backup_does_not_overwrite(catalog: CatalogUnderTest) {
    let place = Place::new();
    in_use(&catalog).await;
    std::fs::write(place.file(), "precious").unwrap();
    let error = catalog.maintenance.backup_to(place.file()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(place.file()).unwrap(), b"precious");
}

async fn backup_is_refused(catalog: CatalogUnderTest) {
    let place = Place::new();
    in_use(&catalog).await;
    let before = catalog.everything().await;
    let error = catalog.maintenance.backup_to(place.file()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    assert!(!place.file().exists());
    assert_eq!(catalog.everything().await, before);
}
