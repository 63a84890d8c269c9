//! What is sent is written down before it is sent.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use media_chain::ChainErrorKind;
use media_domain::{Capabilities, JobHandle, JobState, Phase, ProviderErrorKind as Kind, ProviderId};
use media_ports::{AttemptEnd, CallJournal, ProviderError, StoreError, StoreErrorKind};
use media_testkit::fakes::FakeProvider;

use crate::setup::{chain, request};

/// Writes down what it is told, and refuses dispatches when it is broken.
#[derive(Debug, Default)]
struct Notes {
    lines: Mutex<Vec<String>>,
    broken: bool,
}

impl Notes {
    fn line(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

#[async_trait]
impl CallJournal for Notes {
    async fn dispatched(&self, provider: &ProviderId) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "the disk is full"));
        }
        self.line(format!("dispatched {provider}"));
        Ok(())
    }

    async fn accepted(&self, handle: &JobHandle) -> Result<(), StoreError> {
        self.line(format!("accepted {}", handle.as_str()));
        Ok(())
    }

    async fn ended(&self, end: AttemptEnd) -> Result<(), StoreError> {
        self.line(format!("{} {}", end.state, end.error_kind));
        Ok(())
    }
}

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
    assert_eq!(*notes.lines.lock().unwrap(), ["dispatched down", "failed unavailable", "dispatched well"]);
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
        assert_eq!(notes.lines.lock().unwrap()[1], format!("{state} {kind}"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_sent() {
    let chain = chain(vec![FakeProvider::new("first"), FakeProvider::new("second")]);
    let mut context = chain.context();
    context.journal = Arc::new(Notes { broken: true, ..Notes::default() });
    let failure = chain.chain.execute_generate_image(&context, &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::Refused, vec![0, 0]));
}
