//! Pictures that are changed into new assets.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_chain::{ChainErrorKind, ChainMember, ChainPolicy};
use media_domain::text::Prompt;
use media_domain::{
    Capabilities, ContentHash, EditCapabilities, EditKind, EditRecord, EditRequest, GeneratedImage, IdempotencyKey,
    ImageContent, ImageFormat, JobHandle, JobState, Margins, MediaAsset, MediaDimensions, Phase,
    ProviderErrorKind as Kind, Retain,
};
use media_engine::{AddAsset, EditAsset, EditSource, EngineError, LibraryRef, Move, NewLibrary, Reconciled};
use media_ports::mocks::MockImageGenerator;
use media_ports::{CallContext, GenerationAnswer, ImageEditor, JobQuery, ProviderError, ResolveAnswer};
use media_testkit::fakes::{FakeEditor, FakeOutcome, FakeProvider};
use media_testkit::{pictures, sample};

use crate::setup::{Parts, Setup, dry_engine, engine, picture};

fn editor() -> Arc<FakeEditor> {
    Arc::new(FakeEditor::new(sample::provider("editor")))
}

fn provider(editor: &Arc<FakeEditor>) -> FakeProvider {
    FakeProvider::new("editor").with_editor(editor.clone())
}

/// An engine with an editor and an asset of 48×32 pixels in library "Photos".
async fn with_asset(editor: &Arc<FakeEditor>) -> (Setup, MediaAsset) {
    let setup = engine(vec![FakeProvider::new("draws"), provider(editor)]);
    let asset = photo(&setup).await;
    (setup, asset)
}

async fn photo(setup: &Setup) -> MediaAsset {
    let new = NewLibrary::named(sample::name("Photos"));
    let library = setup.engine.create_library(new).await.unwrap();
    let asset = setup.added(AddAsset { library: Some(LibraryRef::Id(library.library_id)), ..picture(1) }).await;
    // With its preview.
    setup.engine.settle().await;
    setup.engine.asset(asset.asset_id).await.unwrap()
}

fn brighter(asset: &MediaAsset) -> EditAsset {
    EditAsset { prompt: prompt("brighter"), ..EditAsset::new(EditKind::Edit, EditSource::Asset(asset.asset_id)) }
}

fn prompt(text: &str) -> Option<Prompt> {
    Some(sample::prompt(text))
}

fn bytes(width: u32, height: u32, seed: u64) -> EditSource {
    EditSource::Bytes(pictures::png(width, height, seed))
}

async fn jobs(setup: &Setup) -> usize {
    setup.engine.jobs(&JobQuery { states: Vec::new(), limit: 100 }).await.unwrap().len()
}

#[tokio::test]
async fn an_edited_asset_is_a_new_one_that_knows_where_it_comes_from() {
    let editor = editor();
    let (setup, parent) = with_asset(&editor).await;
    let outcome = setup.engine.edit_image(brighter(&parent)).await.unwrap();
    let asset = setup.engine.asset(outcome.assets[0].asset_id).await.unwrap();
    assert_ne!((asset.asset_id, asset.content_hash), (parent.asset_id, parent.content_hash));
    assert_eq!(asset.tags, sample::tags(["edited", "edited-editor"]));
    assert_eq!((asset.name.as_str(), outcome.library.name.as_str()), ("brighter", "Photos"));
    assert_eq!(asset.dimensions, parent.dimensions);
    let record = setup.engine.generation_record(asset.asset_id).await.unwrap().unwrap();
    let expected = EditRecord {
        kind: EditKind::Edit,
        parent_asset_id: Some(parent.asset_id),
        source_hash: parent.content_hash,
        mask_hash: None,
        reference_hashes: Vec::new(),
        margins: Margins::default(),
    };
    assert_eq!((record.edit.as_ref(), record.request.prompt.as_str()), (Some(&expected), "brighter"));
    let job = setup.engine.job(record.job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.chain.as_str(), job.edit), (JobState::Settled, "media_editing", Some(expected)));
    assert_eq!((job.attempts.len(), job.asset_ids), (1, vec![asset.asset_id]));
    let events = setup.engine.events(asset.asset_id).await.unwrap();
    assert_eq!(events[0].details["parent_asset_id"], serde_json::json!(parent.asset_id));
    assert_eq!(setup.engine.asset(parent.asset_id).await.unwrap(), parent, "the source stays as it was");
    assert_eq!(setup.calls(), [0, 0]);
}

#[tokio::test]
async fn everything_that_was_given_reaches_the_editor() {
    let editor = editor();
    let (setup, parent) = with_asset(&editor).await;
    let reference = pictures::png(10, 10, 3);
    let mut edit = EditAsset {
        kind: EditKind::Inpaint,
        mask: Some(bytes(48, 32, 2)),
        references: vec![EditSource::Bytes(reference.clone()), EditSource::Asset(parent.asset_id)],
        count: 2,
        library: Some(LibraryRef::Id(setup.engine.default_library().await.unwrap().library_id)),
        name: Some(sample::name("by hand")),
        ..brighter(&parent)
    };
    edit.options.seed = Some(9);
    let outcome = setup.engine.edit_image(edit).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.library.name.as_str()), (2, "Default"));
    assert_eq!(outcome.assets[0].name.as_str(), "by hand");
    let [request] = editor.calls().try_into().unwrap();
    let (_, source) = setup.engine.asset_content(parent.asset_id).await.unwrap();
    assert_eq!((request.source.bytes, request.source.format), (source, ImageFormat::Png));
    assert_eq!(request.mask.unwrap().dimensions, MediaDimensions::new(48, 32));
    assert_eq!(request.references.iter().map(|image| image.bytes.len()).next(), Some(reference.len()));
    assert_eq!((request.references.len(), request.count, request.options.seed), (2, 2, Some(9)));
    let record = outcome.record.edit.unwrap();
    assert_eq!(record.reference_hashes, [ContentHash::of(&reference), parent.content_hash]);
}

#[tokio::test]
async fn a_picture_that_is_no_assets_can_be_edited_without_words() {
    let editor = editor();
    let setup = engine(vec![provider(&editor)]);
    let edit = EditAsset {
        margins: Margins { left: 16, ..Margins::default() },
        ..EditAsset::new(EditKind::Outpaint, bytes(48, 32, 1))
    };
    let outcome = setup.engine.edit_image(edit).await.unwrap();
    let asset = &outcome.assets[0];
    assert_eq!((asset.dimensions, asset.name.as_str()), (MediaDimensions::new(64, 32), "outpaint"));
    assert_eq!(outcome.library.name.as_str(), "Default");
    assert_eq!(outcome.record.edit.unwrap().parent_asset_id, None);
    assert_eq!(editor.calls()[0].prompt, None);
}

#[tokio::test]
async fn what_cannot_be_edited_is_refused_before_any_call() {
    let editor = editor();
    let (setup, parent) = with_asset(&editor).await;
    let deleted = setup.added(picture(2)).await;
    setup.engine.move_asset(deleted.asset_id, &sample::user("anna"), &Move::Delete).await.unwrap();
    let no_picture = || EditSource::Bytes(Bytes::from_static(b"no picture"));
    let nobody = EditSource::Asset(sample::asset_id(99));
    let wrong = [
        (EditAsset { prompt: None, ..brighter(&parent) }, "invalid"),
        (EditAsset { kind: EditKind::Inpaint, ..brighter(&parent) }, "invalid"),
        (EditAsset { mask: Some(bytes(8, 8, 1)), ..brighter(&parent) }, "invalid"),
        (EditAsset { kind: EditKind::Outpaint, ..brighter(&parent) }, "invalid"),
        (EditAsset { count: 0, ..brighter(&parent) }, "invalid"),
        (brighter(&deleted), "invalid"),
        (EditAsset { references: vec![EditSource::Asset(deleted.asset_id)], ..brighter(&parent) }, "invalid"),
        (EditAsset { source: no_picture(), ..brighter(&parent) }, "image"),
        (EditAsset { mask: Some(no_picture()), ..brighter(&parent) }, "image"),
        (EditAsset { references: vec![no_picture()], ..brighter(&parent) }, "image"),
        (EditAsset { source: nobody, ..brighter(&parent) }, "not found"),
        (EditAsset { chain: Some("nowhere".to_owned()), ..brighter(&parent) }, "not found"),
        (EditAsset { library: Some(LibraryRef::Name(sample::name("Nowhere"))), ..brighter(&parent) }, "not found"),
    ];
    for (edit, expected) in wrong {
        let told = format!("{edit:?}");
        let error = setup.engine.edit_image(edit).await.unwrap_err();
        let kind = match &error {
            EngineError::Invalid(_) => "invalid",
            EngineError::Image { .. } => "image",
            EngineError::NotFound { .. } => "not found",
            other => panic!("{told}: {other:?}"),
        };
        assert_eq!(kind, expected, "{told}: {error}");
    }
    assert_eq!((editor.calls().len(), jobs(&setup).await), (0, 0));
}

#[tokio::test]
async fn a_key_answers_again_and_belongs_to_kind_pictures_mask_and_margins() {
    let editor = editor();
    let (setup, parent) = with_asset(&editor).await;
    let key = || Some(IdempotencyKey::parse("edit-1").unwrap());
    let first = EditAsset { idempotency_key: key(), kind: EditKind::Outpaint, ..brighter(&parent) };
    let first = EditAsset { margins: Margins { up: 8, ..Margins::default() }, ..first };
    let made = setup.engine.edit_image(first.clone()).await.unwrap();
    let again = setup.engine.edit_image(first.clone()).await.unwrap();
    assert_eq!((again.replayed, again.assets[0].asset_id), (true, made.assets[0].asset_id));
    assert_eq!(again.record.edit, made.record.edit);

    let (_, same_bytes) = setup.engine.asset_content(parent.asset_id).await.unwrap();
    let same = EditAsset {
        source: EditSource::Bytes(same_bytes),
        library: Some(LibraryRef::Id(made.library.library_id)),
        ..first.clone()
    };
    assert!(setup.engine.edit_image(same).await.unwrap().replayed);
    for other in [
        EditAsset { kind: EditKind::Edit, margins: Margins::default(), ..first.clone() },
        EditAsset { source: bytes(48, 32, 7), library: Some(LibraryRef::Id(made.library.library_id)), ..first.clone() },
        EditAsset { mask: Some(bytes(48, 32, 7)), ..first.clone() },
        EditAsset { references: vec![bytes(48, 32, 7)], ..first.clone() },
        EditAsset { margins: Margins { down: 8, ..Margins::default() }, ..first.clone() },
        EditAsset { prompt: None, ..first.clone() },
    ] {
        let refused = setup.engine.edit_image(other).await.unwrap_err();
        assert!(matches!(refused, EngineError::KeyReused { .. }), "{refused}");
    }
    assert_eq!(editor.calls().len(), 1);
}

#[tokio::test]
async fn who_cannot_edit_is_passed_over_and_a_failure_names_every_reason() {
    let down = ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500);
    let editor = editor();
    editor.push(FakeOutcome::fail(down));
    let (setup, parent) = with_asset(&editor).await;
    let error = setup.engine.edit_image(brighter(&parent)).await.unwrap_err();
    let EngineError::Generation { job_id, source } = error else { panic!("{error}") };
    assert_eq!((source.kind, source.attempts.len(), source.skipped.len()), (ChainErrorKind::AllFailed, 1, 1));
    assert_eq!(setup.engine.job(job_id.unwrap()).await.unwrap().state, JobState::Failed);
}

#[tokio::test]
async fn dry_run_marks_what_it_makes_and_calls_nobody() {
    let editor = editor();
    let setup = dry_engine(vec![provider(&editor)]);
    let parent = photo(&setup).await;
    let outcome = setup.engine.edit_image(brighter(&parent)).await.unwrap();
    let asset = &outcome.assets[0];
    assert_eq!(asset.tags, sample::tags(["edited", "edited-editor", "placeholder", "dry_run"]));
    assert!(asset.placeholder && outcome.record.dry_run);
    assert_eq!((asset.dimensions, editor.calls().len(), jobs(&setup).await), (parent.dimensions, 0, 0));
}

#[tokio::test]
async fn where_nothing_is_retained_the_result_is_handed_over_and_no_hash_is_written() {
    let editor = editor();
    let (setup, parent) = with_asset(&editor).await;
    let key = Some(IdempotencyKey::parse("edit-1").unwrap());
    let edit = EditAsset { retain: Retain::Nothing, idempotency_key: key, ..brighter(&parent) };
    let outcome = setup.engine.edit_image(edit).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.images.len()), (0, 1));
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.edit), (JobState::Settled, None));
}

/// An editor whose vendor gives a handle, and then the line is lost.
#[derive(Debug)]
struct LosesTheLine(FakeEditor);

#[async_trait]
impl ImageEditor for LosesTheLine {
    fn edit_capabilities(&self) -> &EditCapabilities {
        self.0.edit_capabilities()
    }

    async fn edit_image(&self, context: &CallContext, _: &EditRequest) -> Result<GenerationAnswer, ProviderError> {
        let handle = JobHandle::new("vendor-job-1");
        context.journal.accepted(&handle).await.unwrap();
        Err(ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Running, Some(handle)))
    }
}

#[tokio::test]
async fn a_lost_edit_that_the_vendor_delivers_later_is_filed_as_an_edit() {
    let (mut provider, _) = provider(&editor()).build();
    provider.editor = Some(Arc::new(LosesTheLine(FakeEditor::new(sample::provider("editor")))));
    let image = GeneratedImage {
        content: ImageContent::Bytes(pictures::png(48, 32, 5).into()),
        format: ImageFormat::Png,
        width: 48,
        height: 32,
        metadata: serde_json::Map::new(),
        provider_name: sample::provider("editor"),
    };
    let delivered = GenerationAnswer::new(sample::provider("editor"), vec![image]);
    let mut generator = MockImageGenerator::new();
    generator.expect_capabilities().return_const(Capabilities::permissive());
    generator
        .expect_resolve()
        .withf(|_, handle| handle.as_str() == "vendor-job-1")
        .return_once(move |_, _| Ok(ResolveAnswer::Done(Box::new(delivered))));
    provider.generator = Some(Arc::new(generator));
    let setup = Parts::of_members(ChainPolicy::default(), vec![ChainMember::ready(provider)]).build();
    let parent = photo(&setup).await;
    let lost = setup.engine.edit_image(brighter(&parent)).await.unwrap_err();
    let told = setup.engine.reconcile_job(lost.job_id().unwrap()).await.unwrap();
    let Reconciled::Delivered(job) = told else { panic!("{told:?}") };
    let asset = setup.engine.asset(job.asset_ids[0]).await.unwrap();
    assert_eq!(asset.tags, sample::tags(["edited", "edited-editor"]));
    let record = setup.engine.generation_record(asset.asset_id).await.unwrap().unwrap();
    assert_eq!(record.edit.unwrap().parent_asset_id, Some(parent.asset_id));
    assert_eq!(record.attempts.len(), 1);
}
