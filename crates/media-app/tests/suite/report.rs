//! Errors and results as people and programs see them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use media_app::report::{Column, ExitCode, Failure, Output, Progress, render_json, render_text, table};
use media_chain::{ChainError, ChainErrorKind};
use media_domain::generation::AttemptOutcome;
use media_domain::{
    AssetId, AttemptRecord, JobId, MediaStatus, ProviderErrorKind, ProviderId, SkippedProvider, TransitionError,
};
use media_engine::{EngineError, Subject};
use media_ports::{ImageError, ProviderError, StoreError, StoreErrorKind};
use uuid::Uuid;

fn chain_error(kind: ChainErrorKind) -> Box<ChainError> {
    Box::new(ChainError {
        salvaged: Vec::new(),
        kind,
        attempts: vec![AttemptRecord {
            provider: ProviderId::parse("openai_images").expect("an id"),
            outcome: AttemptOutcome::Failed,
            error_kind: Some(ProviderErrorKind::Unavailable),
            message: Some("the vendor is out of order (HTTP 500)".to_owned()),
            phase: None,
            duration_ms: 3,
        }],
        skipped: vec![SkippedProvider {
            provider: ProviderId::parse("flux").expect("an id"),
            reason: "BFL_API_KEY is not set".to_owned(),
        }],
        last: None,
    })
}

fn job_id() -> JobId {
    JobId::from_uuid(Uuid::from_u128(7))
}

fn generation(kind: ChainErrorKind) -> EngineError {
    EngineError::Generation { job_id: Some(job_id()), source: chain_error(kind) }
}

fn store(kind: StoreErrorKind) -> EngineError {
    EngineError::Store(StoreError::new(kind, "read the catalogue"))
}

fn unfetched() -> EngineError {
    EngineError::Unfetched { provider: "flux".to_owned(), problem: "no route".to_owned(), job_id: Some(job_id()) }
}

fn unanswered() -> EngineError {
    let source = ProviderError::new(ProviderErrorKind::Unauthenticated, "ask after the order: the key is refused");
    EngineError::Unanswered { job_id: job_id(), provider: "flux".to_owned(), source: Box::new(source) }
}

#[test]
fn what_was_not_learnt_is_told_with_how_to_ask_for_it() {
    let ask = format!("jobs reconcile {}", job_id());
    for error in [unfetched(), unanswered()] {
        let hint = Failure::from(error).hint.expect("a hint");
        assert!(hint.contains(&ask), "{hint}");
    }
    let text = render_text(&unanswered().into());
    assert!(text.contains("caused by: ask after the order: the key is refused"), "{text}");
    let hint = Failure::from(generation(ChainErrorKind::NotRecorded)).hint.expect("a hint");
    assert!(hint.contains("writable"), "{hint}");
}

#[test]
fn an_unwanted_placeholder_lists_who_could_have_done_better() {
    let source = chain_error(ChainErrorKind::AllFailed);
    let text = render_text(&EngineError::OnlyPlaceholder { provider: "noop_media".to_owned(), source }.into());
    assert!(text.starts_with("error: only a placeholder was delivered, by noop_media\n"), "{text}");
    assert!(text.contains("\n    flux: skipped, BFL_API_KEY is not set\n    openai_images: the vendor"), "{text}");
    assert!(text.ends_with("`media-app providers` shows who is ready"), "{text}");
}

#[test]
fn a_failed_chain_lists_every_provider_once() {
    let text = render_text(&generation(ChainErrorKind::AllFailed).into());
    assert_eq!(
        text,
        "error: no image was generated\n  \
           caused by: all providers failed\n    \
             flux: skipped, BFL_API_KEY is not set\n    \
             openai_images: the vendor is out of order (HTTP 500)\n\
         hint: set a variable that is named above; `media-app providers` shows who is ready"
    );
}

#[test]
fn an_unknown_outcome_says_how_to_close_it() {
    let failure = Failure::from(generation(ChainErrorKind::Unknown));
    assert_eq!(failure.exit_code, ExitCode::OutcomeUnknown);
    let hint = failure.hint.expect("a hint");
    let (ask, close) = (format!("jobs reconcile {}", job_id()), format!("jobs resolve {} --billed", job_id()));
    assert!(hint.find(&ask).expect("how to ask") < hint.find(&close).expect("how to close"), "{hint}");
    let nobody = Failure::from(EngineError::NobodyToAsk { job_id: job_id(), reason: "no handle".to_owned() });
    let hint = nobody.hint.expect("a hint");
    assert!(!hint.contains(&ask) && hint.contains(&close), "{hint}");
}

#[test]
fn a_lost_export_is_told_in_words_of_its_own() {
    let failure = Failure::from(EngineError::Export { source: chain_error(ChainErrorKind::Unknown) });
    assert_eq!(failure.exit_code, ExitCode::OutcomeUnknown);
    let text = render_text(&failure);
    assert!(text.contains("may be there") && text.contains("flux: skipped"), "{text}");
    assert!(!text.contains("billed") && !text.contains("jobs"), "{text}");
    let object = render_json(&failure);
    assert_eq!(object["providers"].as_array().map(Vec::len), Some(2), "{object}");
    assert!(!object["causes"].to_string().contains("billed"), "{object}");
}

#[test]
fn causes_are_told_below_what_failed() {
    let source = ImageError::Empty;
    let failure = Failure::from(EngineError::Image { what: "hero.png".to_owned(), source });
    assert_eq!(render_text(&failure), "error: hero.png cannot be used as an image\n  caused by: the file is empty");
}

#[test]
fn programs_get_the_same_as_an_object() {
    let object = render_json(&generation(ChainErrorKind::NoneAvailable).into());
    assert_eq!(object["error"], "no image was generated");
    assert_eq!(object["causes"][0], "all providers are currently unavailable");
    assert_eq!(object["providers"][0]["provider"], "flux");
    assert_eq!(object["providers"][1]["reason"], "the vendor is out of order (HTTP 500)");
    assert_eq!(object["exit_code"], 6);
}

#[test]
fn exit_codes_follow_the_kind_of_failure() {
    let asset_id = AssetId::from_uuid(Uuid::from_u128(1));
    let transition = TransitionError { from: MediaStatus::Draft, to: MediaStatus::Published, allowed: Vec::new() };
    for (error, expected) in [
        (EngineError::NotInstalled, ExitCode::Internal),
        (EngineError::NotFound { subject: Subject::Asset, name: "x".to_owned() }, ExitCode::NotFound),
        (EngineError::AlreadyExists { subject: Subject::Library, name: "x".to_owned() }, ExitCode::Refused),
        (EngineError::Invalid("x".to_owned()), ExitCode::Refused),
        (EngineError::Transition(transition), ExitCode::Refused),
        (EngineError::PlaceholderNeedsForce { asset_id }, ExitCode::Refused),
        (
            EngineError::OnlyPlaceholder {
                provider: "noop_media".to_owned(),
                source: Box::new(ChainError::of_kind(ChainErrorKind::NoneAvailable)),
            },
            ExitCode::ProvidersFailed,
        ),
        (generation(ChainErrorKind::AllFailed), ExitCode::ProvidersFailed),
        (generation(ChainErrorKind::DeadlinePassed), ExitCode::ProvidersFailed),
        (generation(ChainErrorKind::Billed), ExitCode::ProvidersFailed),
        (generation(ChainErrorKind::Refused), ExitCode::Refused),
        (generation(ChainErrorKind::ContentRejected), ExitCode::Refused),
        (generation(ChainErrorKind::Unknown), ExitCode::OutcomeUnknown),
        (generation(ChainErrorKind::Cancelled), ExitCode::Interrupted),
        (generation(ChainErrorKind::QuotaExceeded), ExitCode::QuotaExceeded),
        (generation(ChainErrorKind::NotRecorded), ExitCode::Store),
        (unfetched(), ExitCode::OutcomeUnknown),
        (unanswered(), ExitCode::ProvidersFailed),
        (EngineError::OutcomeUnknown { job_id: job_id() }, ExitCode::OutcomeUnknown),
        (EngineError::FailedBefore { job_id: job_id(), failure: "x".to_owned() }, ExitCode::ProvidersFailed),
        (EngineError::NobodyToAsk { job_id: job_id(), reason: "x".to_owned() }, ExitCode::Refused),
        (EngineError::Export { source: chain_error(ChainErrorKind::NoneAvailable) }, ExitCode::ProvidersFailed),
        (store(StoreErrorKind::Corrupt), ExitCode::Store),
        (store(StoreErrorKind::TooNew), ExitCode::Store),
        (store(StoreErrorKind::Unavailable), ExitCode::Store),
    ] {
        let told = error.to_string();
        assert_eq!(Failure::from(error).exit_code, expected, "{told}");
    }
}

/// A place that keeps what is written to it, or refuses it.
#[derive(Clone, Default)]
struct Sink {
    written: Arc<Mutex<Vec<u8>>>,
    refuses: Option<io::ErrorKind>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.refuses {
            Some(kind) => Err(kind.into()),
            None => self.written.lock().expect("not poisoned").write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.written.lock().expect("not poisoned").clone()).expect("text")
    }
}

fn output(results: &Sink, messages: &Sink, json: bool, quiet: bool) -> Output {
    Output::to(Box::new(results.clone()), Box::new(messages.clone()), json, quiet)
}

#[test]
fn results_and_messages_go_apart() {
    let (results, messages) = (Sink::default(), Sink::default());
    let words = output(&results, &messages, false, false);
    words.result(&1, || "one".to_owned()).expect("written");
    words.note("a note");
    words.warn("careful");
    assert_eq!((results.text().as_str(), messages.text().as_str()), ("one\n", "a note\nwarning: careful\n"));
}

#[test]
fn json_is_one_object_per_line() {
    let (results, messages) = (Sink::default(), Sink::default());
    let json = output(&results, &messages, true, true);
    json.results(&["a\nb", "c"], || "words".to_owned()).expect("written");
    json.note("not wanted");
    assert_eq!((results.text().as_str(), messages.text().as_str()), ("\"a\\nb\"\n\"c\"\n", ""));
}

#[test]
fn only_a_closed_pipe_is_no_error() {
    for (kind, is_error) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
        let results = Sink { refuses: Some(kind), ..Sink::default() };
        let written = output(&results, &Sink::default(), false, false).result(&1, || "one".to_owned());
        assert_eq!(written.is_err(), is_error, "{kind:?}");
    }
}

#[test]
fn progress_is_plain_lines_away_from_a_terminal() {
    for (total, quiet, expected) in [(2, false, "1/2 sdxl\n2/2 failed\n"), (2, true, ""), (1, false, "")] {
        let messages = Sink::default();
        let output = output(&Sink::default(), &messages, false, quiet);
        let progress = Progress::start(&output, total);
        progress.step("sdxl");
        progress.step("failed");
        progress.finish();
        assert_eq!(messages.text(), expected);
    }
}

#[test]
fn tables_cannot_be_broken_by_what_stands_in_them() {
    let rows = vec![vec!["a\u{1b}[31m\nb".to_owned(), "7".to_owned()]];
    let laid_out = table(&[Column::Text("name"), Column::Number("count")], rows, "empty");
    assert_eq!(laid_out.lines().count(), 2);
    assert!(!laid_out.contains('\u{1b}'));
    assert_eq!(table(&[Column::Text("name")], Vec::new(), "empty"), "empty");
}
