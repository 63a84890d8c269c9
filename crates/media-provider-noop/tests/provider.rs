//! The provider as its factory makes it, with the real renderer.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use media_domain::text::Prompt;
use media_domain::{
    GeneratedImage, GenerationRequest, ImageContent, ImageFormat, JobHandle, MediaDimensions, ProviderErrorKind,
    ProviderId, RequestId, RetryClass, UserId,
};
use media_imaging::{ImageLimits, ImagingService, inspect};
use media_ports::{
    BuildError, CallContext, Credentials, FactoryContext, ImageGenerator, MediaGeneratorProvider, Operation,
    ProviderFactory, ProviderSettings,
};
use media_provider_noop::{NoOpFactory, NoOpMediaAdapter};
use media_testkit::clock::TestClock;
use serde_json::{Map, json};

fn id() -> ProviderId {
    ProviderId::parse("my_noop").unwrap()
}

fn factory() -> NoOpFactory {
    NoOpFactory::new(Arc::new(ImagingService::default()))
}

fn adapter() -> NoOpMediaAdapter {
    NoOpMediaAdapter::new(id(), Arc::new(ImagingService::default()))
}

fn build(settings: &ProviderSettings) -> Result<MediaGeneratorProvider, BuildError> {
    let context = FactoryContext { clock: Arc::new(TestClock::new()), credentials: Credentials::default() };
    factory().build(&id(), settings, &context)
}

fn context() -> CallContext {
    let deadline = Instant::now() + Duration::from_secs(60);
    CallContext::new(deadline, RequestId::from_uuid(uuid::Uuid::nil()), UserId::parse("tester").unwrap())
}

fn request(width: u32, height: u32, count: u32) -> GenerationRequest {
    let mut request = GenerationRequest::new(Prompt::parse("Закат над морем").unwrap());
    request.dimensions = MediaDimensions::new(width, height);
    request.count = count;
    request
}

fn bytes(image: &GeneratedImage) -> &[u8] {
    match &image.content {
        ImageContent::Bytes(bytes) => bytes,
        ImageContent::Url(url) => panic!("a placeholder is never behind an address: {url}"),
    }
}

#[tokio::test]
async fn every_image_of_a_call_is_of_the_size_and_format_asked_for() {
    for format in [None, Some(ImageFormat::Jpeg), Some(ImageFormat::Webp), Some(ImageFormat::Png)] {
        let mut request = request(120, 80, 3);
        request.options.output_format = format;
        let answer = adapter().generate_image(&context(), &request).await.unwrap();
        assert_eq!((answer.provider, answer.usage.credits, answer.usage.cost_micros), (id(), 0, None));
        assert_eq!(answer.images.len(), 3);
        for image in &answer.images {
            let seen = inspect(bytes(image), &ImageLimits::default()).unwrap();
            assert_eq!(seen.format, format.unwrap_or(ImageFormat::Png));
            assert_eq!((seen.format, seen.dimensions), (image.format, MediaDimensions::new(120, 80)));
            assert_eq!((image.width, image.height, &image.provider_name), (120, 80, &id()));
        }
        assert_ne!(bytes(&answer.images[0]), bytes(&answer.images[1]));
        assert_ne!(bytes(&answer.images[1]), bytes(&answer.images[2]));
    }
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes_and_the_seed_changes_them() {
    let first = adapter().generate_image(&context(), &request(90, 60, 2)).await.unwrap();
    let again = adapter().generate_image(&context(), &request(90, 60, 2)).await.unwrap();
    assert_eq!(first.images, again.images);
    let mut seeded = request(90, 60, 1);
    seeded.options.seed = Some(5);
    let seeded = adapter().generate_image(&context(), &seeded).await.unwrap();
    assert_ne!(bytes(&seeded.images[0]), bytes(&first.images[0]));
}

#[tokio::test]
async fn an_image_of_a_batch_is_the_same_drawn_alone() {
    let batch = adapter().generate_image(&context(), &request(90, 60, 2)).await.unwrap();
    let mut single = request(90, 60, 1);
    single.image_index = 1;
    let single = adapter().generate_image(&context(), &single).await.unwrap();
    assert_eq!(batch.images[1], single.images[0]);
}

#[tokio::test]
async fn metadata_marks_a_placeholder_and_keeps_the_options() {
    let mut request = request(64, 64, 1);
    request.options.seed = Some(u64::MAX);
    request.options.style = Some("vivid".to_owned());
    let answer = adapter().generate_image(&context(), &request).await.unwrap();
    let metadata = &answer.images[0].metadata;
    assert_eq!(metadata["placeholder"], json!(true));
    assert_eq!(metadata["seed"], json!(u64::MAX));
    assert_eq!(metadata["options"]["style"], json!("vivid"));
}

#[tokio::test]
async fn it_answers_after_the_deadline_but_not_after_a_cancellation() {
    let late = CallContext { deadline: Instant::now(), ..context() };
    assert!(adapter().generate_image(&late, &request(8, 8, 1)).await.is_ok());
    let cancelled = context();
    cancelled.cancellation.cancel();
    let error = adapter().generate_image(&cancelled, &request(8, 8, 1)).await.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::Cancelled, RetryClass::Never));
}

#[tokio::test]
async fn what_nobody_could_draw_is_an_invalid_request() {
    for (width, height, count) in [(0, 10, 1), (10, 0, 1), (16_385, 1, 1), (10, 10, 0), (10, 10, 101)] {
        let error = adapter().generate_image(&context(), &request(width, height, count)).await.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::InvalidRequest, RetryClass::Never));
    }
}

#[tokio::test]
async fn jobs_are_unsupported() {
    let error = adapter().resolve(&context(), &JobHandle::new("any")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported);
}

#[tokio::test]
async fn the_factory_makes_a_free_local_generator() {
    let provider = build(&ProviderSettings::default()).unwrap();
    let descriptor = &provider.descriptor;
    assert_eq!((factory().kind(), factory().aliases()), ("noop_media", &["noop"][..]));
    assert!(factory().credentials().is_empty());
    assert_eq!((&descriptor.id, descriptor.kind.as_str()), (&id(), "noop_media"));
    assert!(descriptor.local_and_free);
    assert_eq!(descriptor.operations.iter().copied().collect::<Vec<_>>(), [Operation::GenerateImage]);
    assert!(provider.exporter.is_none());
    let generator = provider.generator.unwrap();
    assert_eq!(generator.capabilities(), &descriptor.capabilities);
    let admission = generator.capabilities().admit(&request(1_920, 400, 8));
    assert!(admission.unmet.is_empty() && admission.adaptations.is_empty());
    let largest = generator.capabilities().admit(&request(16_384, 16_384, 1));
    assert!(largest.unmet.is_empty());
    assert_eq!(largest.request.dimensions, MediaDimensions::new(10_000, 10_000));
}

#[test]
fn settings_are_refused_with_their_place() {
    let settings = ProviderSettings::new("providers.my_noop", Map::from_iter([("colour".to_owned(), json!("red"))]));
    let error = factory().describe(&id(), &settings).unwrap_err();
    assert!(error.path.starts_with("providers.my_noop"));
    assert!(error.to_string().contains("colour"));
}
