//! The exact size asked for, beside the original that came in another one.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, ContentHash, FileBytes, ImageFormat, JobState, MediaDimensions};
use media_ports::{BlobStore, EncodedImage, ImageError, ImageProcessor, InspectedImage};
use media_testkit::fakes::FakeProvider;

use crate::setup::{Parts, engine, generation};

/// A provider whose only size is 96x96.
fn squares_only() -> FakeProvider {
    FakeProvider::new("only").with_capabilities(Capabilities {
        sizes: SizeRule::OneOf(vec![MediaDimensions::new(96, 96)]),
        formats: vec![ImageFormat::Png],
        ..Capabilities::permissive()
    })
}

#[tokio::test]
async fn the_original_stays_and_the_size_asked_for_is_a_variant_of_it() {
    let setup = engine(vec![squares_only()]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let (asset, variant) = (&outcome.assets[0], &outcome.variants[0]);
    assert_eq!((asset.dimensions, variant.dimensions), (MediaDimensions::new(96, 96), MediaDimensions::new(64, 48)));
    assert_eq!((variant.asset_id, variant.name.as_str()), (asset.asset_id, "requested size 64x48"));
    assert_eq!(setup.engine.asset_variants(asset.asset_id).await.unwrap(), outcome.variants);
    let (_, original) = setup.engine.asset_content(asset.asset_id).await.unwrap();
    assert_eq!(ContentHash::of(&original), asset.content_hash);
    assert!(setup.blobs.has_blob(variant.content_hash).await.unwrap());
    assert!(outcome.record.adaptations.iter().any(|adaptation| adaptation.field == "size"));
    assert!(asset.processing_errors.is_empty());
    assert_eq!(setup.engine.exact_size_variant(asset.asset_id).await.unwrap().as_ref(), Some(variant));
}

#[tokio::test]
async fn what_comes_in_the_size_asked_for_needs_no_variant() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    assert_eq!(outcome.variants, []);
    assert_eq!(setup.engine.exact_size_variant(outcome.assets[0].asset_id).await.unwrap(), None);
    let added = setup.added(crate::setup::picture(7)).await;
    assert_eq!(setup.engine.exact_size_variant(added.asset_id).await.unwrap(), None);
}

/// Looks into files, but cannot make them into another size.
#[derive(Debug)]
struct NoScissors(Arc<dyn ImageProcessor>);

#[async_trait]
impl ImageProcessor for NoScissors {
    async fn inspect(&self, file: FileBytes) -> Result<InspectedImage, ImageError> {
        self.0.inspect(file).await
    }

    async fn servable(&self, bytes: Bytes) -> Result<Bytes, ImageError> {
        self.0.servable(bytes).await
    }

    async fn thumbnail(&self, bytes: Bytes, max_side: u32) -> Result<EncodedImage, ImageError> {
        self.0.thumbnail(bytes, max_side).await
    }

    async fn cover(&self, _bytes: Bytes, _dimensions: MediaDimensions) -> Result<EncodedImage, ImageError> {
        Err(ImageError::Internal("no scissors".to_owned()))
    }
}

#[tokio::test]
async fn a_failure_to_derive_is_recorded_on_the_asset_and_the_original_kept() {
    let mut parts = Parts::new(vec![squares_only()], false);
    parts.parts.images = Arc::new(NoScissors(parts.parts.images.clone()));
    let setup = parts.build();
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    setup.engine.settle().await;
    assert_eq!(outcome.variants, []);
    let asset = setup.engine.asset(outcome.assets[0].asset_id).await.unwrap();
    let steps: Vec<_> = asset.processing_errors.iter().map(|error| error.step.as_str()).collect();
    assert_eq!((steps, asset.dimensions), (vec!["derive"], MediaDimensions::new(96, 96)));
    assert_eq!(asset.processing_errors, outcome.assets[0].processing_errors);
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!(job.state, JobState::Settled);
}

#[tokio::test]
async fn what_a_crash_took_away_is_made_again_when_asked_for() {
    let setup = engine(vec![squares_only()]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let asset_id = outcome.assets[0].asset_id;
    setup.engine.remove_variant(outcome.variants[0].variant_id).await.unwrap();
    let again = setup.engine.exact_size_variant(asset_id).await.unwrap().unwrap();
    assert_eq!(again.content_hash, outcome.variants[0].content_hash);
    assert_eq!(setup.engine.asset_variants(asset_id).await.unwrap(), [again]);
}

#[tokio::test]
async fn every_image_of_a_batch_gets_its_variant() {
    let setup = engine(vec![squares_only()]);
    let mut three = generation();
    three.request.count = 3;
    let outcome = setup.engine.generate_asset_from_prompt(three).await.unwrap();
    let of: Vec<_> = outcome.variants.iter().map(|variant| variant.asset_id).collect();
    assert_eq!(of, outcome.assets.iter().map(|asset| asset.asset_id).collect::<Vec<_>>());
}
