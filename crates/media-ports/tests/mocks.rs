//! Every port has a mock that other teams can use.

#![expect(clippy::unwrap_used, reason = "tests; what they share stands outside test functions, where the lint looks")]

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use media_domain::text::Prompt;
use media_domain::{
    AssetId, Capabilities, ContentHash, EditCapabilities, EditKind, EditRequest, GeneratedImage, GenerationRequest,
    ImageContent, ImageFormat, JobHandle, MediaDimensions, ProviderErrorKind, ProviderId, RequestId, Reservation,
    SourceImage, UserId,
};
use media_ports::mocks::{
    MockAssetReader, MockBlobStore, MockCallJournal, MockCatalogWriter, MockContentFetcher, MockDesignExporter,
    MockHealthCheck, MockImageEditor, MockImageGenerator, MockImageProcessor, MockJobReader, MockLibraryReader,
    MockPerformanceReader, MockPlaceholderRenderer, MockStoreMaintenance, MockSuggestionReader, MockTokenStore,
};
use media_ports::{
    AssetReader, BlobStore, CallContext, CatalogWriter, ChangeSet, CommitReceipt, ContentFetcher, DesignExporter,
    EncodedImage, GenerationAnswer, HealthCheck, HealthReport, ImageEditor, ImageError, ImageGenerator, ImageProcessor,
    JobReader, LibraryReader, PerformanceReader, PlaceholderRenderer, PlaceholderRequest, ProviderError, StoreError,
    StoreErrorKind, StoreMaintenance, SuggestionReader, TokenLock, TokenSet, TokenStore,
};
use uuid::Uuid;

fn provider() -> ProviderId {
    ProviderId::parse("sdxl").unwrap()
}

fn context() -> CallContext {
    CallContext::new(Instant::now(), RequestId::from_uuid(Uuid::from_u128(1)), UserId::parse("anna").unwrap())
}

fn image(bytes: &'static [u8]) -> GeneratedImage {
    GeneratedImage {
        content: ImageContent::Bytes(Bytes::from_static(bytes).into()),
        format: ImageFormat::Png,
        width: 1024,
        height: 1024,
        metadata: serde_json::Map::new(),
        provider_name: provider(),
    }
}

#[tokio::test]
async fn a_generator_behind_its_port() {
    let mut mock = MockImageGenerator::new();
    mock.expect_capabilities().return_const(Capabilities::permissive());
    mock.expect_generate_image()
        .withf(|context, request| context.user_id.as_str() == "anna" && request.prompt.as_str() == "a lighthouse")
        .times(1)
        .returning(|_, _| Ok(GenerationAnswer::new(provider(), vec![image(b"png")])));
    mock.expect_resolve().returning(|_, _| Err(ProviderError::unsupported("has no job handles")));

    let generator: Arc<dyn ImageGenerator> = Arc::new(mock);
    assert!(generator.capabilities().assumed);
    let request = GenerationRequest::new(Prompt::parse("a lighthouse").unwrap());
    let answer = generator.generate_image(&context(), &request).await.unwrap();
    assert_eq!(answer.images, [image(b"png")]);
    let error = generator.resolve(&context(), &JobHandle::new("job-7")).await.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unsupported);
}

#[tokio::test]
async fn a_call_reports_to_a_journal() {
    let mut mock = MockCallJournal::new();
    mock.expect_dispatched()
        .withf(|id, reserved| *id == provider() && reserved.is_empty())
        .times(1)
        .returning(|_, _| Ok(()));
    mock.expect_accepted().times(1).returning(|_| Err(StoreError::new(StoreErrorKind::Unavailable, "disk full")));
    let context = CallContext { journal: Arc::new(mock), ..context() };
    context.journal.dispatched(&provider(), &Reservation::default()).await.unwrap();
    let error = context.journal.accepted(&JobHandle::new("job-7")).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn stores_behind_their_ports() {
    let hash = ContentHash::of(b"png");
    let mut blobs = MockBlobStore::new();
    blobs.expect_put_blob().withf(move |given, bytes| *given == hash && bytes.len() == 3).returning(|_, _| Ok(true));
    let blobs: Box<dyn BlobStore> = Box::new(blobs);
    assert!(blobs.put_blob(hash, Bytes::from_static(b"png")).await.unwrap());

    let mut assets = MockAssetReader::new();
    assets.expect_asset().returning(|_| Ok(None));
    let assets: Box<dyn AssetReader> = Box::new(assets);
    assert_eq!(assets.asset(AssetId::from_uuid(Uuid::nil())).await.unwrap(), None);

    let mut writer = MockCatalogWriter::new();
    writer.expect_commit().withf(|set| set.changes.is_empty()).returning(|_| Ok(CommitReceipt::default()));
    let writer: Box<dyn CatalogWriter> = Box::new(writer);
    assert_eq!(writer.commit(ChangeSet::default()).await.unwrap(), CommitReceipt::default());
}

#[tokio::test]
async fn health_and_imaging_behind_their_ports() {
    let mut health = MockHealthCheck::new();
    health.expect_check_health().returning(|_| HealthReport::unhealthy("no credit"));
    assert!(!health.check_health(&context()).await.is_healthy());

    let mut processor = MockImageProcessor::new();
    processor.expect_inspect().withf(|bytes| bytes.is_empty()).returning(|_| Err(ImageError::Empty));
    assert_eq!(processor.inspect(Bytes::new().into()).await, Err(ImageError::Empty));

    let mut renderer = MockPlaceholderRenderer::new();
    renderer.expect_render_placeholder().returning(|request| {
        Ok(EncodedImage { bytes: Bytes::new(), format: request.format, dimensions: request.dimensions })
    });
    let request = PlaceholderRequest {
        prompt: "a lighthouse".to_owned(),
        caption: "sdxl".to_owned(),
        dimensions: MediaDimensions::new(8, 9),
        seed: 7,
        image_index: 0,
        format: ImageFormat::Webp,
    };
    let drawn = renderer.render_placeholder(request).await.unwrap();
    assert_eq!((drawn.format, drawn.dimensions), (ImageFormat::Webp, MediaDimensions::new(8, 9)));
}

#[tokio::test]
async fn an_editor_behind_its_port() {
    let capabilities = EditCapabilities {
        models: Default::default(),
        kinds: [EditKind::RemoveBackground].into(),
        source_formats: [ImageFormat::Png].into(),
        max_source_bytes: 1_000,
        max_source_pixels: None,
        max_references: 0,
        optional_mask: false,
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: 0,
        seed: false,
        negative_prompt: false,
    };
    let mut mock = MockImageEditor::new();
    mock.expect_edit_capabilities().return_const(capabilities.clone());
    mock.expect_edit_image()
        .withf(|_, request| request.kind == EditKind::RemoveBackground)
        .times(1)
        .returning(|_, _| Ok(GenerationAnswer::new(provider(), vec![image(b"png")])));

    let editor: Arc<dyn ImageEditor> = Arc::new(mock);
    assert_eq!(editor.edit_capabilities(), &capabilities);
    let dimensions = MediaDimensions::new(1024, 1024);
    let source = SourceImage { bytes: Bytes::from_static(b"png"), format: ImageFormat::Png, dimensions };
    let request = EditRequest::new(EditKind::RemoveBackground, source);
    assert_eq!(editor.edit_image(&context(), &request).await.unwrap().images, [image(b"png")]);
}

#[tokio::test]
async fn tokens_behind_their_port() {
    let mut mock = MockTokenStore::new();
    mock.expect_lock().withf(|id| *id == provider()).times(1).returning(|_| Ok(TokenLock::new(())));
    mock.expect_load().times(1).returning(|_| Ok(None));
    mock.expect_save().times(1).returning(|_, _| Err(StoreError::new(StoreErrorKind::Unavailable, "disk full")));
    let tokens = TokenSet {
        access_token: "secret-access".to_owned().into(),
        expires_at: chrono::DateTime::UNIX_EPOCH,
        refresh_token: Some("secret-refresh".to_owned().into()),
    };
    let store: Box<dyn TokenStore> = Box::new(mock);
    let lock = store.lock(&provider()).await.unwrap();
    assert!(store.load(&provider()).await.unwrap().is_none());
    let error = store.save(&provider(), &tokens).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    drop(lock);
}

/// Compiles only while each mock can stand in for its port.
#[test]
fn each_mock_is_an_object_of_its_port() {
    let _: Box<dyn DesignExporter> = Box::new(MockDesignExporter::new());
    let _: Box<dyn ContentFetcher> = Box::new(MockContentFetcher::new());
    let _: Box<dyn LibraryReader> = Box::new(MockLibraryReader::new());
    let _: Box<dyn PerformanceReader> = Box::new(MockPerformanceReader::new());
    let _: Box<dyn SuggestionReader> = Box::new(MockSuggestionReader::new());
    let _: Box<dyn JobReader> = Box::new(MockJobReader::new());
    let _: Box<dyn StoreMaintenance> = Box::new(MockStoreMaintenance::new());
}
