//! What is sent is written down before it is sent.

use std::sync::Arc;

use media_chain::ChainErrorKind;
use media_domain::{Capabilities, JobState, Phase, ProviderErrorKind as Kind};
use media_ports::ProviderError;
use media_testkit::fakes::FakeProvider;

use crate::notes::Notes;
use crate::setup::{chain, request};

#[tokio::test(start_paused = true)]
async fn every_attempt_is_written_down_and_only_attempts_are() {
    let chain = chain(vec![
        FakeProvider::new("small").with_capabilities(Capabilities { prompt_limit: 1, ..Capabilities::permissive() }),
        FakeProvider::new("down").then_fail(ProviderError::new(Kind::Unavailable, "it is down")),
        FakeProvider::new("well"),
    ]);
    let notes = Arc::new(Notes::default());
    let mut context = chain.context();
    context.journal = notes.clone();
    chain.chain.execute_generate_image(&context, &request()).await.unwrap();
    assert_eq!(notes.lines(), ["1 dispatched down", "1 failed unavailable", "2 dispatched well"]);
}

#[tokio::test(start_paused = true)]
async fn how_an_attempt_ended_follows_its_retry_class() {
    let cases = [
        (ProviderError::new(Kind::RateLimited, "slow down").again(None), JobState::Failed),
        (ProviderError::new(Kind::Timeout, "lost").uncertain(Phase::Submit, None), JobState::Unknown),
        (ProviderError::new(Kind::MalformedResponse, "spoilt").billed(None), JobState::Settled),
    ];
    for (error, state) in cases {
        let kind = error.kind;
        let chain = chain(vec![FakeProvider::new("only").then_fail(error)]);
        let notes = Arc::new(Notes::default());
        let mut context = chain.context();
        context.journal = notes.clone();
        chain.chain.execute_generate_image(&context, &request()).await.unwrap_err();
        assert_eq!(notes.lines()[1], format!("1 {state} {kind}"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_written_down_and_then_kept_back_is_cancelled() {
    let kept_back = ProviderError::new(Kind::Unavailable, "it went out of order a moment ago").here();
    let chain = chain(vec![FakeProvider::new("first").then_fail(kept_back), FakeProvider::new("second")]);
    let notes = Arc::new(Notes::default());
    let mut context = chain.context();
    context.journal = notes.clone();
    let answer = chain.chain.execute_generate_image(&context, &request()).await.unwrap();
    assert_eq!(notes.lines(), ["1 dispatched first", "1 cancelled unavailable", "2 dispatched second"]);
    assert_eq!((answer.attempts.len(), answer.skipped.len()), (1, 1), "it was no attempt");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_sent() {
    let chain = chain(vec![FakeProvider::new("first"), FakeProvider::new("second")]);
    let mut context = chain.context();
    context.journal = Arc::new(Notes::broken());
    let failure = chain.chain.execute_generate_image(&context, &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::NotRecorded, vec![0, 0]));
}
