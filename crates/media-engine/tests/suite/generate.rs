//! Generating assets.

use std::time::Duration;

use media_chain::ChainErrorKind;
use media_domain::{ContentHash, ImageContent, JobState, MediaStatus, Phase, ProviderErrorKind as Kind};
use media_engine::{EngineError, GenerateAsset, LibraryRef};
use media_ports::{BlobStore, JobQuery, ProviderError};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::sample;

use crate::setup::{Setup, dry_engine, engine, generation};

fn down() -> ProviderError {
    ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500)
}

async fn job_states(setup: &Setup) -> Vec<JobState> {
    let jobs = setup.engine.jobs(&JobQuery { states: Vec::new(), limit: 100 }).await.unwrap();
    jobs.iter().map(|job| job.state).collect()
}

#[tokio::test]
async fn the_first_success_becomes_an_asset_with_everything_known_about_it() {
    let setup = engine(vec![FakeProvider::new("first").then_fail(down()), FakeProvider::new("second")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let asset = &outcome.assets[0];
    assert_eq!(asset.tags, sample::tags(["generated", "generated-second"]));
    assert_eq!((asset.status, asset.placeholder), (MediaStatus::Draft, false));
    assert_eq!(asset.provider_name.as_ref().unwrap().as_str(), "second");
    assert_eq!(asset.name.as_str(), "a lighthouse at dusk");
    assert_eq!(outcome.library.name.as_str(), "Default");

    let stored = setup.engine.asset(asset.asset_id).await.unwrap();
    assert_eq!((&stored.tags, stored.content_hash), (&asset.tags, asset.content_hash));
    let (_, bytes) = setup.engine.asset_content(asset.asset_id).await.unwrap();
    assert_eq!(ContentHash::of(&bytes), asset.content_hash);

    let record = setup.engine.generation_record(asset.asset_id).await.unwrap().unwrap();
    let tried: Vec<_> = record.attempts.iter().map(|attempt| attempt.provider.as_str()).collect();
    assert_eq!(tried, ["first", "second"]);
    let job = setup.engine.job(record.job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.asset_ids), (JobState::Settled, vec![asset.asset_id]));
    let attempts: Vec<_> = job.attempts.iter().map(|attempt| (attempt.number, attempt.state)).collect();
    assert_eq!(attempts, [(1, JobState::Failed), (2, JobState::Settled)]);
}

#[tokio::test]
async fn what_the_provider_tells_reaches_the_asset_unchanged() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let record = setup.engine.generation_record(outcome.assets[0].asset_id).await.unwrap().unwrap();
    let (provider, _) = FakeProvider::new("only").build();
    let context = media_ports::CallContext::new(
        std::time::Instant::now() + Duration::from_secs(60),
        media_domain::RequestId::from_uuid(uuid::Uuid::nil()),
        sample::user("anna"),
    );
    let direct = provider.generator.unwrap().generate_image(&context, &generation().request).await.unwrap();
    assert!(!direct.images[0].metadata.is_empty());
    assert_eq!(record.metadata, direct.images[0].metadata);
}

#[tokio::test]
async fn the_default_library_is_made_once_and_reused() {
    let setup = engine(vec![FakeProvider::new("only")]);
    for _ in 0..3 {
        setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    }
    let libraries = setup.engine.libraries().await.unwrap();
    assert_eq!(libraries.len(), 1);
    assert_eq!(setup.engine.library_statistics(libraries[0].library_id).await.unwrap().asset_count, 3);
}

#[tokio::test]
async fn an_unknown_library_chain_or_request_is_an_error_before_any_call() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let mut unknown_library = generation();
    unknown_library.library = Some(LibraryRef::Name(sample::name("Nowhere")));
    let mut unknown_chain = generation();
    unknown_chain.chain = Some("product_photos".to_owned());
    let mut no_width = generation();
    no_width.request.dimensions.width = 0;
    for (wrong, invalid) in [(unknown_library, false), (unknown_chain, false), (no_width, true)] {
        match setup.engine.generate_asset_from_prompt(wrong).await.unwrap_err() {
            EngineError::NotFound { .. } => assert!(!invalid),
            EngineError::Invalid(_) => assert!(invalid),
            other => panic!("{other}"),
        }
    }
    assert_eq!((setup.calls(), job_states(&setup).await), (vec![0], vec![]));
}

#[tokio::test]
async fn all_failed_stores_nothing_and_names_every_reason() {
    let setup =
        engine(vec![FakeProvider::new("first").then_fail(down()), FakeProvider::new("second").then_fail(down())]);
    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let EngineError::Generation { job_id, source } = error else { panic!("{error}") };
    assert_eq!((source.kind, source.attempts.len()), (ChainErrorKind::AllFailed, 2));
    assert_eq!(setup.engine.job(job_id.unwrap()).await.unwrap().state, JobState::Failed);
    assert!(setup.engine.assets(&media_ports::AssetQuery::all()).await.unwrap().items.is_empty());
    assert!(setup.blobs.list_blobs(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_nobody_else_is_asked() {
    let lost = ProviderError::new(Kind::Unavailable, "the line was lost").uncertain(Phase::Submit, None);
    let setup = engine(vec![FakeProvider::new("first").then_fail(lost), FakeProvider::new("second")]);
    let error = setup.engine.generate_asset_from_prompt(generation()).await.unwrap_err();
    let EngineError::Generation { job_id, source } = error else { panic!("{error}") };
    assert_eq!((source.kind, setup.calls()), (ChainErrorKind::Unknown, vec![1, 0]));
    let job = setup.engine.job(job_id.unwrap()).await.unwrap();
    assert_eq!((job.state, job.attempts[0].state), (JobState::Unknown, JobState::Unknown));
}

#[tokio::test]
async fn dropping_the_caller_cancels_nothing() {
    let setup = engine(vec![FakeProvider::new("slow").then(FakeOutcome::Image.after(Duration::from_millis(20)))]);
    let call = setup.engine.generate_asset_from_prompt(generation());
    // Polled until the provider has been called, then dropped.
    let called = async {
        while setup.calls() == [0] {
            tokio::task::yield_now().await;
        }
    };
    futures::future::select(Box::pin(call), Box::pin(called)).await;
    while job_states(&setup).await != [JobState::Settled] {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn dry_run_marks_what_it_makes_keeps_no_journal_and_calls_nobody() {
    let setup = dry_engine(vec![FakeProvider::new("sdxl"), FakeProvider::new("noop_media")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    let asset = &outcome.assets[0];
    assert_eq!(asset.tags, sample::tags(["generated", "generated-sdxl", "placeholder", "dry_run"]));
    assert!(asset.placeholder && outcome.record.dry_run && outcome.record.job_id.is_none());
    assert_eq!((setup.calls(), job_states(&setup).await), (vec![0, 0], vec![]));
    assert_eq!((asset.dimensions.width, asset.dimensions.height), (64, 48));
}

/// An answer of the fake provider, marked as one that only stands in.
async fn placeholder_answer() -> media_ports::GenerationAnswer {
    let (provider, _) = FakeProvider::new("noop_media").build();
    let context = media_ports::CallContext::new(
        std::time::Instant::now() + Duration::from_secs(60),
        media_domain::RequestId::from_uuid(uuid::Uuid::nil()),
        sample::user("anna"),
    );
    let mut answer = provider.generator.unwrap().generate_image(&context, &generation().request).await.unwrap();
    answer.images[0].metadata.insert("placeholder".to_owned(), true.into());
    answer
}

#[tokio::test]
async fn a_live_placeholder_is_marked_and_an_error_only_when_asked_for() {
    let answer = FakeOutcome::Answer(Box::new(placeholder_answer().await));
    let setup = engine(vec![FakeProvider::new("noop_media").otherwise(answer)]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    assert!(outcome.assets[0].placeholder && !outcome.record.dry_run);

    let mut strict = generation();
    strict.fail_on_placeholder = true;
    let error = setup.engine.generate_asset_from_prompt(strict).await.unwrap_err();
    assert!(matches!(error, EngineError::OnlyPlaceholder { .. }), "{error}");
    assert_eq!(job_states(&setup).await, [JobState::Failed, JobState::Settled]);
}

#[tokio::test]
async fn several_images_of_one_answer_become_several_assets() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let mut three = generation();
    three.request.count = 3;
    let outcome = setup.engine.generate_asset_from_prompt(three).await.unwrap();
    assert_eq!(outcome.assets.len(), 3);
    let job = setup.engine.job(outcome.record.job_id.unwrap()).await.unwrap();
    assert_eq!(job.asset_ids.len(), 3);
}

#[tokio::test]
async fn two_hundred_calls_at_once_make_two_hundred_assets() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let calls = (0..200).map(|seed| {
        let mut call = generation();
        call.request.options.seed = Some(seed);
        setup.engine.generate_asset_from_prompt(call)
    });
    let outcomes = futures::future::join_all(calls).await;
    assert!(outcomes.iter().all(Result::is_ok));
    setup.engine.settle().await;
    let library = &setup.engine.libraries().await.unwrap()[0];
    assert_eq!(setup.engine.library_statistics(library.library_id).await.unwrap().asset_count, 200);
    assert!(setup.engine.verify().await.unwrap().findings.is_empty());
}

#[tokio::test]
async fn the_preview_follows_behind_the_answer() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    setup.engine.settle().await;
    let asset = setup.engine.asset(outcome.assets[0].asset_id).await.unwrap();
    assert!(setup.blobs.has_blob(asset.thumbnail_hash.unwrap()).await.unwrap());
    assert!(asset.processing_errors.is_empty());
}

#[tokio::test]
async fn an_answer_by_address_is_fetched_before_success_is_told() {
    use media_ports::mocks::MockContentFetcher;

    let mut answer = placeholder_answer().await;
    let bytes = media_testkit::pictures::png(64, 48, 9);
    answer.images[0].metadata.clear();
    answer.images[0].content = ImageContent::Url("https://images.example/1.png?key=secret".to_owned());
    let provider = FakeProvider::new("only").then(FakeOutcome::Answer(Box::new(answer)));
    let mut parts = crate::setup::Parts::new(vec![provider], false);
    let mut fetcher = MockContentFetcher::new();
    let fetched = bytes.clone();
    fetcher
        .expect_fetch_content()
        .withf(|_, provider, url| provider.as_str() == "noop_media" && url == "https://images.example/1.png?key=secret")
        .times(1)
        .return_once(move |_, _, _| Ok(fetched));
    parts.parts.fetcher = std::sync::Arc::new(fetcher);
    let setup = parts.build();
    let outcome = setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    assert_eq!(outcome.assets[0].content_hash, ContentHash::of(&bytes));
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_cannot_be_fetched_at_once_is_fetched_again() {
    use media_domain::ProviderErrorKind as Kind;
    use media_ports::ProviderError;
    use media_ports::mocks::MockContentFetcher;

    let passing = || ProviderError::new(Kind::Unavailable, "the server refused it").billed(None);
    let lasting = || ProviderError::new(Kind::NotFound, "it is gone").billed(None);
    for (failures, kind, fetches) in [(2, Kind::Unavailable, 3), (3, Kind::Unavailable, 3), (1, Kind::NotFound, 1)] {
        let mut answer = placeholder_answer().await;
        answer.images[0].content = ImageContent::Url("https://images.example/1.png".to_owned());
        let provider = FakeProvider::new("only").then(FakeOutcome::Answer(Box::new(answer)));
        let mut parts = crate::setup::Parts::new(vec![provider], false);
        let (mut fetcher, mut left) = (MockContentFetcher::new(), failures);
        fetcher.expect_fetch_content().times(fetches).returning(move |_, _, _| {
            left -= 1;
            match left {
                0.. if kind == Kind::NotFound => Err(lasting()),
                0.. => Err(passing()),
                _ => Ok(media_testkit::pictures::png(64, 48, 9)),
            }
        });
        parts.parts.fetcher = std::sync::Arc::new(fetcher);
        let result = parts.build().engine.generate_asset_from_prompt(generation()).await;
        assert_eq!(result.is_ok(), failures == 2, "{failures} {kind}");
    }
}

#[tokio::test]
async fn unfinished_pictures_reach_whoever_wants_to_see_them() {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use media_domain::{Capabilities, ImageFormat};
    use media_ports::mocks::MockImageGenerator;
    use media_ports::{PartialImage, PartialImageSink};

    #[derive(Debug, Default)]
    struct Album(Mutex<Vec<(u32, Bytes)>>);

    impl PartialImageSink for Album {
        fn partial_image(&self, image: PartialImage) {
            self.0.lock().unwrap().push((image.partial_index, image.bytes));
        }
    }

    let answer = placeholder_answer().await;
    let (mut provider, _) = FakeProvider::new("only").build();
    let mut generator = MockImageGenerator::new();
    generator.expect_capabilities().return_const(Capabilities::permissive());
    generator.expect_generate_image().returning(move |context, _| {
        let (format, bytes) = (ImageFormat::Png, Bytes::from_static(b"half"));
        let partial = PartialImage { image_index: 0, partial_index: 1, format, bytes };
        context.partial_images.iter().for_each(|sink| sink.partial_image(partial.clone()));
        Ok(answer.clone())
    });
    provider.generator = Some(Arc::new(generator));
    let members = vec![media_chain::ChainMember::ready(provider)];
    let setup = crate::setup::Parts::of_members(media_chain::ChainPolicy::default(), members).build();
    let album = Arc::new(Album::default());
    let call = GenerateAsset { partial_images: Some(album.clone()), ..generation() };
    setup.engine.generate_asset_from_prompt(call).await.unwrap();
    assert_eq!(*album.0.lock().unwrap(), [(1, Bytes::from_static(b"half"))]);
}
