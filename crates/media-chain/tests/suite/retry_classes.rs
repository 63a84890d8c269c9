//! The table of retry classes, at every place in the chain.

use std::time::Duration;

use bytes::Bytes;
use media_chain::{ChainErrorKind, ChainPolicy, Onward};
use media_domain::generation::AttemptOutcome;
use media_domain::{JobHandle, Phase, ProviderErrorKind as Kind};
use media_ports::ProviderError;
use media_testkit::fakes::FakeProvider;

use crate::setup::{chain_with, request};

/// What a chain of three does when the provider at `position` (from 0) fails with the error and all before it are down.
async fn check(policy: ChainPolicy, error: fn() -> ProviderError, stops: Option<ChainErrorKind>) {
    for position in 0..3 {
        let providers = (0..3).map(|index| {
            let fake = FakeProvider::new(["first", "second", "third"][index]);
            match index.cmp(&position) {
                std::cmp::Ordering::Less => fake.then_fail(ProviderError::new(Kind::Unavailable, "it is down")),
                std::cmp::Ordering::Equal => fake.then_fail(error()),
                std::cmp::Ordering::Greater => fake,
            }
        });
        let chain = chain_with(policy.clone(), providers.collect());
        let result = chain.chain.execute_generate_image(&chain.context(), &request()).await;
        let tried = match (stops, position) {
            (Some(_), _) | (None, 2) => position + 1,
            (None, _) => position + 2,
        };
        let expected: Vec<usize> = (0..3).map(|index| usize::from(index < tried)).collect();
        assert_eq!(chain.calls(), expected, "{:?} at {position}", error());
        match (result, stops) {
            (Err(failure), Some(kind)) => assert_eq!(failure.kind, kind),
            (Err(failure), None) => assert_eq!((failure.kind, position), (ChainErrorKind::AllFailed, 2)),
            (Ok(answer), None) => assert_eq!(answer.attempts.len(), tried),
            (Ok(_), Some(kind)) => panic!("{kind:?} expected"),
        }
    }
}

fn definite(kind: Kind) -> ProviderError {
    ProviderError::new(kind, "no")
}

#[tokio::test(start_paused = true)]
async fn a_definite_refusal_moves_on() {
    for error in [
        || definite(Kind::InvalidRequest),
        || definite(Kind::Unauthenticated),
        || definite(Kind::PermissionDenied),
        || definite(Kind::NotFound),
        || definite(Kind::QuotaExhausted),
        || definite(Kind::Unavailable),
        || definite(Kind::MalformedResponse),
    ] {
        check(ChainPolicy::default(), error, None).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_made_moves_on() {
    check(ChainPolicy::default(), || definite(Kind::RateLimited).again(Some(Duration::from_secs(60))), None).await;
    check(ChainPolicy::default(), || definite(Kind::Unavailable).again(None), None).await;
}

#[tokio::test(start_paused = true)]
async fn our_own_validation_stops() {
    check(ChainPolicy::default(), || definite(Kind::InvalidRequest).never(), Some(ChainErrorKind::Refused)).await;
    check(ChainPolicy::default(), || ProviderError::cancelled("enough"), Some(ChainErrorKind::Cancelled)).await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_stops_unless_the_chain_says_next() {
    let submitted: fn() -> ProviderError = || definite(Kind::Timeout).uncertain(Phase::Submit, None);
    let running: fn() -> ProviderError =
        || definite(Kind::Timeout).uncertain(Phase::Running, Some(JobHandle::new("job-1")));
    for error in [submitted, running] {
        check(ChainPolicy::default(), error, Some(ChainErrorKind::Unknown)).await;
        check(ChainPolicy { on_uncertain: Onward::Next, ..ChainPolicy::default() }, error, None).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_in_vain_stops_unless_the_chain_says_next() {
    let error: fn() -> ProviderError =
        || definite(Kind::MalformedResponse).billed(Some(Bytes::from_static(b"half a picture")));
    check(ChainPolicy::default(), error, Some(ChainErrorKind::Billed)).await;
    check(ChainPolicy { on_billed_failure: Onward::Next, ..ChainPolicy::default() }, error, None).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_content_is_not_an_outage() {
    let error: fn() -> ProviderError = || definite(Kind::ContentRejected);
    check(ChainPolicy::default(), error, Some(ChainErrorKind::ContentRejected)).await;
    check(ChainPolicy { on_content_rejected: Onward::Next, ..ChainPolicy::default() }, error, None).await;
}

#[tokio::test(start_paused = true)]
async fn the_attempt_tells_kind_phase_and_outcome() {
    let policy = ChainPolicy { on_uncertain: Onward::Next, on_billed_failure: Onward::Next, ..ChainPolicy::default() };
    let chain = chain_with(
        policy,
        vec![
            FakeProvider::new("lost").then_fail(definite(Kind::Timeout).uncertain(Phase::Running, None)),
            FakeProvider::new("spoilt").then_fail(definite(Kind::MalformedResponse).billed(None)),
            FakeProvider::new("well"),
        ],
    );
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    let told: Vec<_> =
        answer.attempts.iter().map(|a| (a.provider.as_str(), a.outcome, a.error_kind, a.phase)).collect();
    assert_eq!(
        told,
        [
            ("lost", AttemptOutcome::Unknown, Some(Kind::Timeout), Some(Phase::Running)),
            ("spoilt", AttemptOutcome::Billed, Some(Kind::MalformedResponse), None),
            ("well", AttemptOutcome::Succeeded, None, None),
        ]
    );
}
