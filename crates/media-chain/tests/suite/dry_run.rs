//! Dry run: descriptors answer, nobody is called.

use std::sync::Arc;

use media_chain::{
    ChainErrorKind, ChainMember, ChainParts, ChainPolicy, HealthBoard, MediaGeneratorChain, media_generator_chain,
};
use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, GeneratedImage, ImageContent, ImageFormat, MediaDimensions, RequestId};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{CallContext, Clock, Descriptor, Operation};
use media_testkit::clock::TestClock;
use media_testkit::fakes::FakeProvider;
use media_testkit::sample;

use crate::setup::request;

fn dry(members: Vec<ChainMember>) -> (MediaGeneratorChain, CallContext) {
    let clock = Arc::new(TestClock::new());
    let context = CallContext::new(clock.now(), RequestId::from_uuid(uuid::Uuid::from_u128(1)), sample::user("anna"));
    let parts = ChainParts {
        name: "media_generation".to_owned(),
        description: String::new(),
        members,
        policy: ChainPolicy::default(),
        clock: clock.clone(),
        health: Arc::new(HealthBoard::new(clock)),
        dry_run: Some(Arc::new(ImagingService::new(ImageLimits::default()))),
    };
    (media_generator_chain(parts), context)
}

fn described(id: &str, change: impl FnOnce(&mut Descriptor)) -> Arc<Descriptor> {
    let (provider, _) = FakeProvider::new(id).build();
    let mut descriptor = (*provider.descriptor).clone();
    change(&mut descriptor);
    Arc::new(descriptor)
}

fn bytes(image: &GeneratedImage) -> &[u8] {
    match &image.content {
        ImageContent::Bytes(bytes) => bytes,
        ImageContent::Url(url) => panic!("bytes expected, not {url}"),
    }
}

#[tokio::test]
async fn the_first_listed_answers_under_its_own_id_with_the_size_asked_for() {
    let square = described("sdxl", |descriptor| {
        let sizes = SizeRule::OneOf(vec![MediaDimensions::new(1024, 1024)]);
        descriptor.capabilities = Capabilities { sizes, formats: vec![ImageFormat::Png], ..Capabilities::permissive() };
    });
    // Unready in live mode; in dry run that does not matter.
    let (chain, context) = dry(vec![ChainMember::unready(square, "SDXL_API_KEY is not set")]);
    let mut small = request();
    small.dimensions = MediaDimensions::new(64, 48);
    let answer = chain.execute_generate_image(&context, &small).await.unwrap();
    let image = &answer.images[0];
    assert_eq!((answer.provider.as_str(), image.width, image.height), ("sdxl", 64, 48));
    assert_eq!(answer.adaptations[0].used.as_deref(), Some("1024x1024"), "what live would do is told");
    assert_eq!(image.metadata["dry_run"], true);
    let again = chain.execute_generate_image(&context, &small).await.unwrap();
    assert_eq!(bytes(image), bytes(&again.images[0]));
}

#[tokio::test]
async fn an_export_asks_for_its_credential_and_is_then_predictable() {
    let exporter = || {
        described("figma_api", |descriptor| {
            descriptor.operations = [Operation::GenerateImage, Operation::ExportFigma].into()
        })
    };
    let (chain, context) = dry(vec![ChainMember::described(exporter())]);
    let image = chain.execute_generate_image(&context, &request()).await.unwrap().images.remove(0);
    let export = async |chain: &MediaGeneratorChain| {
        chain.execute_export_figma(&context, &image, "FILE", Some("0:1"), serde_json::Map::new()).await
    };
    let (one, two) = (export(&chain).await.unwrap(), export(&chain).await.unwrap());
    assert_eq!(one.result, two.result);
    assert_eq!(
        (one.result.figma_file_key.as_str(), one.result.page_id.as_deref(), one.dry_run),
        ("FILE", Some("0:1"), true)
    );
    assert!(one.result.figma_url.contains("FILE"));

    let (chain, _) = dry(vec![ChainMember::unready(exporter(), "FIGMA_API_TOKEN is not set")]);
    let failure = export(&chain).await.unwrap_err();
    assert_eq!(failure.kind, ChainErrorKind::NoneAvailable);
    assert_eq!(failure.skipped[0].reason, "FIGMA_API_TOKEN is not set");
}
