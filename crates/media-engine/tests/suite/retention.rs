//! Requests of which nothing is kept.

use std::sync::Arc;
use std::time::Duration;

use media_chain::{ChainPolicy, ProviderPolicy};
use media_domain::capabilities::SizeRule;
use media_domain::{
    BudgetCycle, BudgetLimit, Capabilities, IdempotencyKey, Job, JobState, MediaDimensions, Phase,
    ProviderErrorKind as Kind, Resolution, Retain,
};
use media_engine::{EngineError, GenerateAsset};
use media_ports::{AssetQuery, BlobStore, JobQuery, ProviderError};
use media_store_sqlite::{SqliteStore, SqliteStoreOptions};
use media_testkit::fakes::{FakeGenerator, FakeOutcome, FakeProvider};
use media_testkit::{pictures, sample};

use crate::setup::{Parts, Setup, dry_engine, engine, generation, policed};

/// Words that must not be found again.
const SECRET: &str = "the heir's new face";

fn unkept() -> GenerateAsset {
    let mut call = GenerateAsset { retain: Retain::Nothing, ..generation() };
    call.request.prompt = sample::prompt(SECRET);
    call.request.options.negative_prompt = Some(SECRET.to_owned());
    call.request.options.style = Some(SECRET.to_owned());
    call
}

fn keyed(key: &str) -> GenerateAsset {
    GenerateAsset { idempotency_key: Some(IdempotencyKey::parse(key).unwrap()), ..unkept() }
}

async fn jobs(setup: &Setup) -> Vec<Job> {
    setup.engine.jobs(&JobQuery { states: Vec::new(), limit: 100 }).await.unwrap()
}

/// No asset, no file, and no word of the prompt in any job.
async fn assert_nothing_kept(setup: &Setup) {
    setup.engine.settle().await;
    assert!(setup.engine.assets(&AssetQuery::all()).await.unwrap().items.is_empty());
    assert!(setup.blobs.list_blobs(None, 10).await.unwrap().is_empty());
    for job in jobs(setup).await {
        assert!(!serde_json::to_string(&job).unwrap().contains("heir"), "{job:?}");
        assert_eq!((job.retain, job.content_hashes.len(), job.asset_ids.len()), (Retain::Nothing, 0, 0));
        let claim = job.idempotency.map(|claim| claim.fingerprint);
        let plain = media_domain::RequestFingerprint::of(&job.chain, &unkept().request, Some(job.library_id));
        assert_ne!(claim, Some(plain), "a digest of the prompt alone could be guessed");
    }
}

fn limited(provider: FakeProvider, policy: ProviderPolicy) -> (Setup, Arc<FakeGenerator>) {
    let (member, fake) = policed(provider, policy);
    (Parts::of_members(ChainPolicy::default(), vec![member]).build(), fake)
}

#[tokio::test]
async fn the_images_are_in_the_answer_and_nowhere_else() {
    let setup = engine(vec![FakeProvider::new("only")]);
    let mut two = unkept();
    two.request.count = 2;
    let outcome = setup.engine.generate_asset_from_prompt(two).await.unwrap();
    assert_eq!((outcome.assets.len(), outcome.images.len(), outcome.record.job_id), (0, 2, None));
    let image = &outcome.images[0];
    assert_eq!((image.dimensions, image.exact_size.is_none()), (MediaDimensions::new(64, 48), true));
    assert_eq!(image.provider_name.as_str(), "only");
    assert!(image.bytes.starts_with(b"\x89PNG"));
    assert_eq!(jobs(&setup).await, []);
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn the_size_asked_for_is_made_in_memory() {
    let sizes = SizeRule::OneOf(vec![MediaDimensions::new(96, 96)]);
    let capabilities = Capabilities { sizes, ..Capabilities::permissive() };
    let setup = engine(vec![FakeProvider::new("only").with_capabilities(capabilities)]);
    let outcome = setup.engine.generate_asset_from_prompt(unkept()).await.unwrap();
    let image = &outcome.images[0];
    assert_eq!(image.dimensions, MediaDimensions::new(96, 96));
    assert_eq!(image.exact_size.as_ref().unwrap().dimensions, MediaDimensions::new(64, 48));
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn only_what_a_limit_counts_is_written_down() {
    let by_quota = ProviderPolicy { monthly_credits: Some(5), ..ProviderPolicy::default() };
    let (setup, _) = limited(FakeProvider::new("only"), by_quota);
    let outcome = setup.engine.generate_asset_from_prompt(unkept()).await.unwrap();
    let job = &jobs(&setup).await[0];
    assert_eq!((job.state, Some(job.job_id), job.attempts.len()), (JobState::Settled, outcome.record.job_id, 1));
    let (lines, _) = setup.engine.quota_lines(None).await.unwrap();
    assert_eq!((lines[0].used, lines[0].reserved), (1, 0));
    assert_nothing_kept(&setup).await;

    let budgets = vec![BudgetLimit { micros: 1_000_000, period: BudgetCycle::Day }];
    let policy = ChainPolicy { budgets, ..ChainPolicy::default() };
    let (member, _) = policed(FakeProvider::new("only"), ProviderPolicy::default());
    let setup = Parts::of_members(policy, vec![member]).build();
    setup.engine.generate_asset_from_prompt(unkept()).await.unwrap();
    assert_eq!(jobs(&setup).await.len(), 1);
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn a_limit_of_the_users_own_counts_too_and_nothing_else_does() {
    let (setup, fake) = limited(FakeProvider::new("only"), ProviderPolicy::default());
    setup.engine.generate_asset_from_prompt(unkept()).await.unwrap();
    assert_eq!(jobs(&setup).await, []);
    let (anna, only) = (sample::user("anna"), sample::provider("only"));
    setup.engine.set_quota_limit(anna, only, Some(1)).await.unwrap();
    setup.engine.generate_asset_from_prompt(unkept()).await.unwrap();
    let refused = setup.engine.generate_asset_from_prompt(unkept()).await.unwrap_err();
    assert!(matches!(refused, EngineError::Generation { job_id: None, .. }), "{refused}");
    assert_eq!((jobs(&setup).await.len(), fake.calls().len()), (1, 2));
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn a_repetition_of_the_key_is_told_the_end_and_never_makes_a_call() {
    let setup = engine(vec![FakeProvider::new("only")]);
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let EngineError::NotRetained { job_id } = again else { panic!("{again}") };
    assert_eq!(setup.engine.job(job_id).await.unwrap().state, JobState::Settled);
    let mut other = keyed("order-1");
    other.request.prompt = sample::prompt("something else");
    let reused = setup.engine.generate_asset_from_prompt(other).await.unwrap_err();
    assert!(matches!(reused, EngineError::KeyReused { .. }), "{reused}");
    assert_eq!(setup.calls(), [1]);
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn a_repetition_while_the_first_is_running_waits_and_makes_no_call() {
    let slow = FakeProvider::new("only").otherwise(FakeOutcome::Image.after(Duration::from_millis(20)));
    let setup = engine(vec![slow]);
    let calls = (0..4).map(|_| setup.engine.generate_asset_from_prompt(keyed("order-1")));
    let answers = futures::future::join_all(calls).await;
    let (made, told): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), setup.calls()), (1, vec![1]));
    assert!(told.iter().all(|answer| matches!(answer, Err(EngineError::NotRetained { .. }))));
}

#[tokio::test]
async fn failures_are_told_again_without_the_vendors_words() {
    let words = format!("refused: {SECRET}");
    let refusal = ProviderError::new(Kind::ContentRejected, words);
    let setup = engine(vec![FakeProvider::new("only").then_fail(refusal)]);
    let first = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(first, EngineError::Generation { .. }), "{first}");
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(again, EngineError::FailedBefore { .. }), "{again}");
    assert_eq!(jobs(&setup).await[0].attempts[0].error_kind, Some(Kind::ContentRejected));
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn an_unknown_outcome_stays_unknown_until_it_is_resolved() {
    let lost = ProviderError::new(Kind::Timeout, "the line was lost").uncertain(Phase::Submit, None);
    let setup = engine(vec![FakeProvider::new("only").then_fail(lost)]);
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let again = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let EngineError::OutcomeUnknown { job_id } = again else { panic!("{again}") };
    setup.engine.resolve_job(job_id, Resolution::Billed).await.unwrap();
    let resolved = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(resolved, EngineError::NotRetained { .. }), "{resolved}");
    assert_eq!(setup.calls(), [1]);
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn bytes_that_cannot_be_used_are_not_kept_aside() {
    let image = media_domain::GeneratedImage {
        content: media_domain::ImageContent::Bytes(bytes::Bytes::from_static(b"no picture").into()),
        format: media_domain::ImageFormat::Png,
        width: 64,
        height: 48,
        metadata: serde_json::Map::new(),
        provider_name: sample::provider("only"),
    };
    let answer = media_ports::GenerationAnswer::new(sample::provider("only"), vec![image]);
    let setup = engine(vec![FakeProvider::new("only").then(FakeOutcome::Answer(Box::new(answer)))]);
    let error = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    assert!(matches!(error, EngineError::UnusableResult { .. }), "{error}");
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn in_dry_run_the_placeholders_are_handed_over() {
    let setup = dry_engine(vec![FakeProvider::new("sdxl")]);
    let outcome = setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap();
    assert!(outcome.images[0].placeholder && outcome.record.dry_run);
    assert_eq!(jobs(&setup).await, []);
    assert_nothing_kept(&setup).await;
}

#[tokio::test]
async fn what_a_vendor_delivers_later_is_billed_and_not_filed() {
    let picture = pictures::png(64, 48, 1);
    let setup = crate::parts::forgetful(false, &picture, Vec::new());
    setup.engine.generate_asset_from_prompt(keyed("order-1")).await.unwrap_err();
    let job_id = jobs(&setup).await[0].job_id;
    setup.engine.reconcile_job(job_id).await.unwrap();
    let job = setup.engine.job(job_id).await.unwrap();
    assert_eq!((job.state, job.resolution), (JobState::Resolved, Some(Resolution::Billed)));
    assert_nothing_kept(&setup).await;
}

/// Whether the words stand in any file of a folder.
fn stand_in(folder: &std::path::Path, words: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| match path.is_dir() {
        true => stand_in(&path, words),
        false => std::fs::read(&path).unwrap().windows(words.len()).any(|window| window == words.as_bytes()),
    })
}

#[tokio::test]
async fn no_word_stands_in_the_files_of_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteStoreOptions::new(folder.path(), sample::owner_id(1))).unwrap();
    let lost = ProviderError::new(Kind::Timeout, SECRET).uncertain(Phase::Submit, None);
    let refusal = ProviderError::new(Kind::ContentRejected, SECRET);
    let setup = Parts::new(vec![FakeProvider::new("only").then_fail(lost).then_fail(refusal)], false)
        .on(Arc::new(store))
        .build();
    for key in ["lost", "refused", "well"] {
        let told = setup.engine.generate_asset_from_prompt(keyed(key)).await;
        assert_eq!(told.is_ok(), key == "well");
    }
    assert_eq!(jobs(&setup).await.len(), 3);
    assert!(!stand_in(folder.path(), SECRET));
    setup.engine.generate_asset_from_prompt(generation()).await.unwrap();
    assert!(stand_in(folder.path(), "a lighthouse at dusk"), "what is kept is found by this");
}
