//! Dry run: descriptors answer, nobody is called.

use std::sync::Arc;

use media_chain::{
    BreakerBoard, ChainErrorKind, ChainMember, ChainParts, ChainPolicy, MediaGeneratorChain, ProviderPolicy,
    ProviderState, media_generator_chain,
};
use media_domain::capabilities::SizeRule;
use media_domain::export::DesignExportResult;
use media_domain::{
    Capabilities, EditKind, EditRequest, GeneratedImage, ImageContent, ImageFormat, Margins, MediaDimensions,
    ProviderErrorKind, RequestId,
};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::{CallContext, Clock, Descriptor, Operation, ProviderError};
use media_testkit::clock::TestClock;
use media_testkit::fakes::{FakeEditor, FakeProvider};
use media_testkit::sample;

use crate::editing::picture;
use crate::notes::Notes;
use crate::setup::{Chain, breaker_key, chain_of, parts, request};

fn dry(members: Vec<ChainMember>) -> (MediaGeneratorChain, CallContext) {
    let clock = Arc::new(TestClock::new());
    let context = CallContext::new(clock.now(), RequestId::from_uuid(uuid::Uuid::from_u128(1)), sample::user("anna"));
    let renderer = Arc::new(ImagingService::new(ImageLimits::default()));
    let parts = ChainParts { dry_run: Some(renderer), ..parts(ChainPolicy::default(), members, clock) };
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
async fn what_no_placeholder_is_drawn_in_is_drawn_as_png_and_told() {
    let vector = described("figma_api", |descriptor| {
        descriptor.capabilities = Capabilities { formats: vec![ImageFormat::Svg], ..Capabilities::permissive() };
    });
    let (chain, context) = dry(vec![ChainMember::described(vector)]);
    let mut small = request();
    small.dimensions = MediaDimensions::new(64, 48);
    small.options.output_format = Some(ImageFormat::Svg);
    let answer = chain.execute_generate_image(&context, &small).await.unwrap();
    assert_eq!((answer.provider.as_str(), answer.images[0].format), ("figma_api", ImageFormat::Png));
    let told: Vec<_> = answer.adaptations.iter().map(|told| (told.field.as_str(), told.used.as_deref())).collect();
    assert_eq!(told, [("output_format", Some("png"))]);
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
    let DesignExportResult::Figma(node) = &one.result else { panic!("not in Figma: {:?}", one.result) };
    assert_eq!((node.figma_file_key.as_str(), node.page_id.as_deref(), one.dry_run), ("FILE", Some("0:1"), true));
    assert!(node.figma_url.contains("FILE"));

    let (chain, _) = dry(vec![ChainMember::unready(exporter(), "FIGMA_API_TOKEN is not set")]);
    let failure = export(&chain).await.unwrap_err();
    assert_eq!(failure.kind, ChainErrorKind::NoneAvailable);
    assert_eq!(failure.skipped[0].reason, "FIGMA_API_TOKEN is not set");
}

#[tokio::test(start_paused = true)]
async fn one_provider_may_be_in_dry_run_while_the_others_are_live() {
    let renderer = Arc::new(ImagingService::new(ImageLimits::default()));
    let rehearsing = |standing: fn(Arc<Descriptor>) -> ChainMember| {
        standing(described("rehearsing", |_| {})).in_dry_run(renderer.clone())
    };
    let clock = Arc::new(TestClock::new());
    let board = Arc::new(BreakerBoard::in_memory(clock));
    let policy = ProviderPolicy { monthly_credits: Some(0), ..ProviderPolicy::default() };
    let state = Arc::new(ProviderState::new(breaker_key("rehearsing"), policy, board));
    for standing in [ChainMember::described, |descriptor| ChainMember::unready(descriptor, "no key")] {
        let down = ProviderError::new(ProviderErrorKind::Unavailable, "it is down");
        let (live, fake) = FakeProvider::new("live").then_fail(down).build();
        let members = vec![ChainMember::ready(live), rehearsing(standing).with_state(state.clone())];
        let (chain, clock) = chain_of(ChainPolicy::default(), members);
        let chain = Chain { chain, fakes: vec![fake], clock };
        let notes = Arc::new(Notes::default());
        let mut context = chain.context();
        context.journal = notes.clone();
        let mut small = request();
        small.dimensions = MediaDimensions::new(16, 16);
        let answer = chain.chain.execute_generate_image(&context, &small).await.unwrap();
        assert_eq!((answer.provider.as_str(), answer.usage.credits), ("rehearsing", 0));
        assert_eq!(answer.images[0].metadata["placeholder"], true);
        // The live one was written down, the other was not; both are told.
        assert_eq!(notes.lines(), ["1 dispatched live", "1 failed unavailable"]);
        assert_eq!((answer.attempts.len(), chain.chain.is_dry_run()), (2, false));
        assert!(chain.chain.check_health(&context).await[1].1.is_none(), "nobody is asked how it is");
    }
}

#[tokio::test]
async fn an_edit_is_drawn_in_the_size_of_its_result_under_the_first_that_edits() {
    let editor = || Arc::new(FakeEditor::new(sample::provider("fake")));
    let edits = |id: &str| FakeProvider::new(id).with_editor(editor()).build().0.descriptor;
    let members = vec![
        ChainMember::described(described("draws_only", |_| {})),
        // Unready in live mode; in dry run that does not matter.
        ChainMember::unready(edits("openai_images"), "OPENAI_API_KEY is not set"),
        ChainMember::described(edits("flux")),
    ];
    let (chain, context) = dry(members);
    let wider = |seed, prompt| EditRequest {
        margins: Margins { left: 8, right: 8, ..Margins::default() },
        prompt: Some(sample::prompt(prompt)),
        ..EditRequest::new(EditKind::Outpaint, picture(seed))
    };
    let drawn = async |request: &EditRequest| {
        let mut answer = chain.execute_edit_image(&context, request).await.unwrap();
        assert_eq!((answer.provider.as_str(), answer.usage.credits), ("openai_images", 0));
        answer.images.remove(0)
    };
    let image = drawn(&wider(1, "more sea")).await;
    assert_eq!((image.width, image.height, &image.metadata["placeholder"]), (32, 12, &true.into()));
    assert_eq!(bytes(&image), bytes(&drawn(&wider(1, "more sea")).await));
    let inpainted = EditRequest {
        mask: Some(picture(1)),
        kind: EditKind::Inpaint,
        margins: Margins::default(),
        ..wider(1, "more sea")
    };
    for other in [wider(2, "more sea"), inpainted] {
        assert_ne!(bytes(&image), bytes(&drawn(&other).await), "{other:?}");
    }
    let wordless = EditRequest { prompt: None, ..EditRequest::new(EditKind::Edit, picture(1)) };
    let failure = chain.execute_edit_image(&context, &wordless).await.unwrap_err();
    assert_eq!(failure.kind, ChainErrorKind::Refused);
}
