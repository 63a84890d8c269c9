//! Changing pictures: the same layers as for making them, around whoever edits.

use std::sync::Arc;

use media_chain::{BreakerBoard, ChainError, ChainErrorKind, ChainPolicy, Onward, ProviderPolicy};
use media_domain::{
    Compatibility, EditCapabilities, EditKind, EditRequest, ImageFormat, MediaDimensions, Phase,
    ProviderErrorKind as Kind, SourceImage,
};
use media_ports::{GenerationAnswer, ImageEditor, ProviderError};
use media_testkit::fakes::{FakeEditor, FakeOutcome, FakeProvider};
use media_testkit::{pictures, sample};

use crate::accounting::per_image;
use crate::notes::Notes;
use crate::setup::{Chain, guarded_with, request};

/// A chain of providers that also edit.
struct Editing {
    chain: Chain,
    editors: Vec<Arc<FakeEditor>>,
}

const IDS: [&str; 3] = ["first", "second", "third"];

fn editor() -> FakeEditor {
    // Its pictures bear this name; who answers is told by the chain's answer.
    FakeEditor::new(sample::provider("editor"))
}

fn editing_with(policy: ChainPolicy, treated: ProviderPolicy, editors: Vec<FakeEditor>) -> Editing {
    let editors: Vec<_> = editors.into_iter().map(Arc::new).collect();
    let providers = editors
        .iter()
        .zip(IDS)
        .map(|(editor, id)| (FakeProvider::new(id).with_editor(editor.clone()), treated.clone()));
    let chain = guarded_with(policy, providers.collect(), |clock| BreakerBoard::in_memory(clock));
    Editing { chain, editors }
}

fn editing(editors: Vec<FakeEditor>) -> Editing {
    editing_with(ChainPolicy::default(), ProviderPolicy::default(), editors)
}

impl Editing {
    async fn edit(&self, request: &EditRequest) -> Result<GenerationAnswer, ChainError> {
        self.chain.chain.execute_edit_image(&self.chain.context(), request).await
    }

    /// How often each editor was called.
    fn calls(&self) -> Vec<usize> {
        self.editors.iter().map(|editor| editor.calls().len()).collect()
    }
}

pub(crate) fn picture(seed: u64) -> SourceImage {
    let dimensions = MediaDimensions::new(16, 12);
    SourceImage { bytes: pictures::png(16, 12, seed), format: ImageFormat::Png, dimensions }
}

pub(crate) fn edit() -> EditRequest {
    EditRequest { prompt: Some(sample::prompt("a red boat")), ..EditRequest::new(EditKind::Edit, picture(1)) }
}

fn able(change: impl FnOnce(&mut EditCapabilities)) -> FakeEditor {
    let editor = editor();
    let mut capabilities = editor.edit_capabilities().clone();
    change(&mut capabilities);
    editor.with_capabilities(capabilities)
}

fn failing(error: ProviderError) -> FakeEditor {
    editor().otherwise(FakeOutcome::fail(error))
}

#[tokio::test(start_paused = true)]
async fn who_does_not_edit_is_passed_over() {
    let draws = (FakeProvider::new("draws"), ProviderPolicy::default());
    let edits = (FakeProvider::new("edits").with_editor(Arc::new(editor())), ProviderPolicy::default());
    let chain = guarded_with(ChainPolicy::default(), vec![draws, edits], |clock| BreakerBoard::in_memory(clock));
    let answer = chain.chain.execute_edit_image(&chain.context(), &edit()).await.unwrap();
    let skipped: Vec<_> = answer.skipped.iter().map(|s| (s.provider.as_str(), s.reason.as_str())).collect();
    assert_eq!(skipped, [("draws", "it does not edit images")]);
    assert_eq!((answer.images.len(), answer.attempts.len(), chain.calls()), (1, 1, vec![0, 0]));
}

#[tokio::test(start_paused = true)]
async fn what_a_model_cannot_do_costs_nothing_and_goes_to_the_next() {
    type Change = fn(&mut EditCapabilities);
    let cases: [(&str, Change, EditRequest); 6] = [
        ("kind", |able| able.kinds = [EditKind::Variation].into(), edit()),
        ("mask", |able| able.optional_mask = false, EditRequest { mask: Some(picture(2)), ..edit() }),
        ("references", |able| able.max_references = 0, EditRequest { references: vec![picture(2)], ..edit() }),
        ("source", |able| able.source_formats = [ImageFormat::Webp].into(), edit()),
        ("source", |able| able.max_source_pixels = Some(100), edit()),
        ("prompt", |able| able.prompt_limit = 3, edit()),
    ];
    for (field, change, request) in cases {
        let chain = editing(vec![able(change), editor()]);
        let answer = chain.edit(&request).await.unwrap();
        assert_eq!((chain.calls(), answer.attempts.len()), (vec![0, 1], 1), "{field}");
        let reason = &answer.skipped[0].reason;
        assert!(reason.contains(field), "{field} in {reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_to_be_left_out_is_told_or_refused() {
    let mut seeded = edit();
    seeded.options.seed = Some(7);
    let seedless = || able(|able| able.seed = false);
    let answer = editing(vec![seedless()]).edit(&seeded).await.unwrap();
    assert_eq!((answer.adaptations[0].field.as_str(), &answer.adaptations[0].used), ("seed", &None));

    let policy = ChainPolicy { compatibility: Compatibility::Strict, ..ChainPolicy::default() };
    let chain = editing_with(policy, ProviderPolicy::default(), vec![seedless(), editor()]);
    chain.edit(&seeded).await.unwrap();
    assert_eq!(chain.calls(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_could_serve_reaches_nobody() {
    let chain = editing(vec![editor(), editor()]);
    let wordless = EditRequest { prompt: None, ..edit() };
    let maskless = EditRequest { kind: EditKind::Inpaint, ..edit() };
    for request in [wordless, maskless, EditRequest { count: 0, ..edit() }] {
        let failure = chain.edit(&request).await.unwrap_err();
        assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Refused, vec![0, 0]), "{request:?}");
        assert_eq!(failure.last.unwrap().kind, Kind::InvalidRequest);
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_class_rules_as_it_does_for_drawing() {
    type Case = (fn() -> ProviderError, Result<usize, ChainErrorKind>);
    let definite: fn(Kind) -> ProviderError = |kind| ProviderError::new(kind, "no");
    let cases: [Case; 6] = [
        (|| ProviderError::new(Kind::Unavailable, "no"), Ok(2)),
        (|| ProviderError::new(Kind::InvalidRequest, "no"), Ok(2)),
        (|| ProviderError::new(Kind::ContentRejected, "no"), Err(ChainErrorKind::ContentRejected)),
        (|| ProviderError::new(Kind::Timeout, "no").uncertain(Phase::Submit, None), Err(ChainErrorKind::Unknown)),
        (|| ProviderError::new(Kind::MalformedResponse, "no").billed(None), Err(ChainErrorKind::Billed)),
        (|| ProviderError::new(Kind::Unexpected, "no").never(), Err(ChainErrorKind::Refused)),
    ];
    for (error, expected) in cases {
        let chain = editing(vec![failing(error()), editor()]);
        let result = chain.edit(&edit()).await;
        let told = result.map(|answer| answer.attempts.len()).map_err(|failure| failure.kind);
        assert_eq!(told, expected, "{:?}", error());
        assert_eq!(chain.calls(), [1, usize::from(expected.is_ok())], "{:?}", error());
    }
    let all = editing(vec![failing(definite(Kind::Unavailable)), failing(definite(Kind::NotFound))]);
    assert_eq!(all.edit(&edit()).await.unwrap_err().kind, ChainErrorKind::AllFailed);
}

#[tokio::test(start_paused = true)]
async fn the_caller_may_name_who_is_asked_first() {
    let chain = editing(vec![editor(), editor()]);
    let mut context = chain.chain.context();
    context.preferences.provider = Some(sample::provider("second"));
    chain.chain.chain.execute_edit_image(&context, &edit()).await.unwrap();
    assert_eq!(chain.calls(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn drawing_and_editing_share_the_breaker() {
    let refused = || FakeOutcome::fail(ProviderError::new(Kind::Unauthenticated, "wrong key"));
    let chain = editing(vec![editor().otherwise(refused())]);
    chain.edit(&edit()).await.unwrap_err();
    let drawing = chain.chain.chain.execute_generate_image(&chain.chain.context(), &request()).await;
    assert_eq!((drawing.unwrap_err().kind, chain.chain.calls()), (ChainErrorKind::NoneAvailable, vec![0]));

    let chain = editing(vec![editor()]);
    chain.chain.fakes[0].push(refused());
    chain.chain.chain.execute_generate_image(&chain.chain.context(), &request()).await.unwrap_err();
    assert_eq!((chain.edit(&edit()).await.unwrap_err().kind, chain.calls()), (ChainErrorKind::NoneAvailable, vec![0]));

    // What is wrong with one request is not wrong with the provider.
    let invalid = FakeOutcome::fail(ProviderError::new(Kind::InvalidRequest, "no"));
    let chain = editing(vec![editor().otherwise(invalid)]);
    for _ in 0..7 {
        chain.edit(&edit()).await.unwrap_err();
    }
    chain.chain.chain.execute_generate_image(&chain.chain.context(), &request()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn more_results_than_one_call_makes_are_several_calls_each_written_down_and_paid() {
    let treated = ProviderPolicy { prices: per_image(40_000), ..ProviderPolicy::default() };
    let chain = editing_with(ChainPolicy::default(), treated, vec![able(|able| able.max_count = 2)]);
    let notes = Arc::new(Notes::default());
    let mut context = chain.chain.context();
    context.journal = notes.clone();
    let mut five = EditRequest { count: 5, ..edit() };
    five.options.seed = Some(7);
    let answer = chain.chain.chain.execute_edit_image(&context, &five).await.unwrap();
    let calls: Vec<_> = chain.editors[0].calls().iter().map(|call| (call.count, call.options.seed)).collect();
    assert_eq!(calls, [(2, Some(7)), (2, Some(9)), (1, Some(11))]);
    assert_eq!((answer.images.len(), answer.attempts.len(), answer.provider.as_str()), (5, 3, "editor"));
    assert_eq!((answer.usage.credits, answer.usage.cost_micros), (5, Some(200_000)));
    assert_eq!(notes.lines()[0], "1 dispatched first for 2");
    assert_eq!(notes.lines().len(), 6, "three dispatched, three answered");
}

#[tokio::test(start_paused = true)]
async fn an_edit_paid_in_vain_may_be_followed_by_another_and_what_came_of_it_is_kept() {
    let policy = ChainPolicy { on_billed_failure: Onward::Next, ..ChainPolicy::default() };
    let spoilt = ProviderError::new(Kind::MalformedResponse, "spoilt").billed(Some("half a picture".into()));
    let chain = editing_with(policy, ProviderPolicy::default(), vec![failing(spoilt), editor()]);
    let answer = chain.edit(&edit()).await.unwrap();
    assert_eq!((answer.salvaged, answer.attempts.len()), (vec!["half a picture".into()], 2));
}
