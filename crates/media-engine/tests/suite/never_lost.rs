//! Bytes that were paid for are never lost, and an error in what follows is not thrown in the caller's face.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{
    ContentHash, FileBytes, GeneratedImage, ImageContent, ImageFormat, JobState, MediaDimensions,
    ProviderErrorKind as Kind,
};
use media_engine::EngineError;
use media_ports::{
    BlobStore, CatalogWriter, Change, ChangeSet, CommitReceipt, EncodedImage, GenerationAnswer, ImageError,
    ImageProcessor, InspectedImage, ProviderError, StoreError, StoreErrorKind,
};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::{pictures, sample};

use crate::setup::{Parts, engine, generation};

fn answer_of(bytes: &'static [u8]) -> FakeOutcome {
    answer_of_all([Bytes::from_static(bytes)])
}

fn answer_of_all(files: impl IntoIterator<Item = Bytes>) -> FakeOutcome {
    let image = |bytes: Bytes| GeneratedImage {
        content: ImageContent::Bytes(bytes.into()),
        format: ImageFormat::Png,
        width: 64,
        height: 48,
        metadata: serde_json::Map::new(),
        provider_name: sample::provider("only"),
    };
    let images = files.into_iter().map(image).collect();
    FakeOutcome::Answer(Box::new(GenerationAnswer::new(sample::provider("only"), images)))
}

#[tokio::test]
async fn one_unusable_image_of_several_takes_none_of_the_others_away() {
    let broken = Bytes::from_static(b"no picture");
    let files = [pictures::png(64, 48, 1), broken.clone(), pictures::png(64, 48, 2)];
    let setup = engine(vec![FakeProvider::new("only").then(answer_of_all(files.clone()))]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let hashes: Vec<_> = outcome.assets.iter().map(|asset| asset.content_hash).collect();
    assert_eq!(hashes, [ContentHash::of(&files[0]), ContentHash::of(&files[2])]);
    assert!(outcome.assets.iter().all(|asset| asset.processing_errors[0].step == "inspect"));
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.asset_ids.len()), (JobState::Settled, 2));
    assert_eq!(job.content_hashes, [ContentHash::of(&broken)]);
    assert!(setup.blobs.has_blob(ContentHash::of(&broken)).await.unwrap());
}

#[tokio::test]
async fn a_result_that_is_no_image_is_kept_aside_with_its_job() {
    let bytes: &[u8] = b"this was meant to be a picture";
    let setup = engine(vec![FakeProvider::new("only").then(answer_of(b"this was meant to be a picture"))]);
    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let EngineError::UnusableResult { job_id, .. } = error else { panic!("{error}") };
    let job = setup.engine.job(job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.content_hashes), (JobState::Failed, vec![ContentHash::of(bytes)]));
    assert_eq!(setup.blobs.get_blob(ContentHash::of(bytes)).await.unwrap(), bytes);
}

#[tokio::test]
async fn what_a_provider_salvaged_is_kept_aside_too() {
    let half = Bytes::from_static(b"half a picture");
    let spoilt = ProviderError::new(Kind::MalformedResponse, "it broke off").billed(Some(half.clone()));
    let setup = engine(vec![FakeProvider::new("only").then_fail(spoilt), FakeProvider::new("other")]);
    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let EngineError::Generation { job_id, .. } = error else { panic!("{error}") };
    let job = setup.engine.job(job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.content_hashes), (JobState::Failed, vec![ContentHash::of(&half)]));
    assert_eq!((setup.calls(), setup.blobs.has_blob(ContentHash::of(&half)).await.unwrap()), (vec![1, 0], true));
}

/// Looks into files, but cannot draw.
#[derive(Debug)]
struct NoThumbnails(Arc<dyn ImageProcessor>);

#[async_trait]
impl ImageProcessor for NoThumbnails {
    async fn inspect(&self, file: FileBytes) -> Result<InspectedImage, ImageError> {
        self.0.inspect(file).await
    }

    async fn servable(&self, bytes: Bytes) -> Result<Bytes, ImageError> {
        self.0.servable(bytes).await
    }

    async fn thumbnail(&self, _bytes: Bytes, _max_side: u32) -> Result<EncodedImage, ImageError> {
        Err(ImageError::Internal("no pencil".to_owned()))
    }

    async fn cover(&self, bytes: Bytes, dimensions: MediaDimensions) -> Result<EncodedImage, ImageError> {
        self.0.cover(bytes, dimensions).await
    }
}

#[tokio::test]
async fn a_failed_preview_is_recorded_on_the_asset() {
    let mut parts = Parts::new(vec![FakeProvider::new("only")], false);
    parts.parts.images = Arc::new(NoThumbnails(parts.parts.images.clone()));
    let setup = parts.build();
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    setup.engine.settle().await;
    let asset = setup.engine.asset(outcome.assets[0].asset_id).await.unwrap();
    assert_eq!(asset.thumbnail_hash, None);
    assert_eq!(asset.processing_errors[0].step, "thumbnail");
}

/// Refuses every commit that adds an asset of a certain file.
#[derive(Debug)]
struct NoSuchAsset(Arc<MemoryCatalog>, ContentHash);

#[async_trait]
impl CatalogWriter for NoSuchAsset {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let is_refused = |change: &Change| match change {
            Change::InsertAsset(insert) => insert.asset.content_hash == self.1,
            _ => false,
        };
        if changes.changes.iter().any(is_refused) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "the catalogue will not have it"));
        }
        self.0.commit(changes).await
    }
}

#[tokio::test]
async fn one_asset_that_is_refused_takes_none_of_the_others_away() {
    let files = [1, 2, 3].map(|seed| pictures::png(64, 48, seed));
    let mut parts = Parts::new(vec![FakeProvider::new("only").then(answer_of_all(files.clone()))], false);
    let catalog = Arc::new(MemoryCatalog::new());
    parts.parts.assets = catalog.clone();
    parts.parts.libraries = catalog.clone();
    parts.parts.jobs = catalog.clone();
    parts.parts.writer = Arc::new(NoSuchAsset(catalog, ContentHash::of(&files[1])));
    let setup = parts.build();
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let hashes: Vec<_> = outcome.assets.iter().map(|asset| asset.content_hash).collect();
    assert_eq!(hashes, [ContentHash::of(&files[0]), ContentHash::of(&files[2])]);
    assert!(outcome.assets.iter().all(|asset| asset.processing_errors[0].step == "accounting"));
}

/// Refuses to settle or to note answers.
#[derive(Debug)]
struct NoAccounting(Arc<MemoryCatalog>);

#[async_trait]
impl CatalogWriter for NoAccounting {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        if changes.changes.iter().any(|change| matches!(change, Change::EndJob { .. } | Change::AnswerJob { .. })) {
            return Err(StoreError::new(StoreErrorKind::Conflict, "the books are closed"));
        }
        self.0.commit(changes).await
    }
}

#[tokio::test]
async fn a_failed_settlement_is_recorded_on_the_asset() {
    let mut parts = Parts::new(vec![FakeProvider::new("only")], false);
    let catalog = Arc::new(MemoryCatalog::new());
    parts.parts.assets = catalog.clone();
    parts.parts.libraries = catalog.clone();
    parts.parts.jobs = catalog.clone();
    parts.parts.writer = Arc::new(NoAccounting(catalog));
    let setup = parts.build();
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let asset = setup.engine.asset(outcome.assets[0].asset_id).await.unwrap();
    assert!(
        asset.processing_errors.iter().all(|error| error.step == "accounting") && !asset.processing_errors.is_empty()
    );
    // Still open: it becomes unknown once the process is gone, and a person is told.
    assert_eq!(setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap().state, JobState::Dispatched);
}
