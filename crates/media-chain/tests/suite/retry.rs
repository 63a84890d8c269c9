//! Repeating what was never made.

use std::num::NonZeroU32;
use std::time::Duration;

use media_chain::{BreakerBoard, ChainErrorKind, ChainPolicy, ProviderPolicy};
use media_domain::generation::AttemptOutcome;
use media_domain::{BreakerSettings, Phase, ProviderErrorKind as Kind, RateLimit};
use media_ports::ProviderError;
use media_testkit::fakes::FakeProvider;

use crate::setup::{guarded, guarded_with, request};

fn busy(seconds: u64) -> ProviderError {
    ProviderError::new(Kind::RateLimited, "slow down").again(Some(Duration::from_secs(seconds)))
}

#[tokio::test(start_paused = true)]
async fn a_short_pause_is_waited_for_and_every_attempt_is_told() {
    let chain =
        guarded(vec![FakeProvider::new("busy").then_fail(busy(1)).then_fail(busy(2)), FakeProvider::new("other")]);
    let started = tokio::time::Instant::now();
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), started.elapsed().as_secs(), chain.calls()), ("busy", 3, vec![3, 0]));
    let outcomes: Vec<_> = answer.attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Failed, AttemptOutcome::Failed, AttemptOutcome::Succeeded]);
}

#[tokio::test(start_paused = true)]
async fn a_long_pause_is_not() {
    let chain = guarded(vec![FakeProvider::new("busy").then_fail(busy(3)), FakeProvider::new("other")]);
    let started = tokio::time::Instant::now();
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), started.elapsed().as_secs(), chain.calls()), ("other", 0, vec![1, 1]));
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_made_is_never_repeated() {
    let errors: [fn() -> ProviderError; 4] = [
        || ProviderError::new(Kind::Timeout, "lost").uncertain(Phase::Submit, None),
        || ProviderError::new(Kind::MalformedResponse, "spoilt").billed(None),
        || ProviderError::new(Kind::Unavailable, "it is down"),
        || ProviderError::new(Kind::InvalidRequest, "no").never(),
    ];
    for error in errors {
        let chain = guarded(vec![FakeProvider::new("only").then_fail(error())]);
        chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
        assert_eq!(chain.calls(), [1], "{:?}", error());
    }
}

#[tokio::test(start_paused = true)]
async fn no_wait_is_begun_that_cannot_end_in_time() {
    let policy = ChainPolicy { deadline: Duration::from_secs(1), ..ChainPolicy::default() };
    let provider = FakeProvider::new("busy").then_fail(busy(1));
    let chain =
        guarded_with(policy, vec![(provider, Default::default())], |clock| media_chain::BreakerBoard::in_memory(clock));
    let started = tokio::time::Instant::now();
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, started.elapsed().as_secs(), chain.calls()), (ChainErrorKind::AllFailed, 0, vec![1]));
}

#[tokio::test(start_paused = true)]
async fn without_a_named_delay_the_next_is_asked_at_once() {
    let refused = || ProviderError::new(Kind::Unavailable, "the connection was refused").again(None);
    let chain = guarded(vec![FakeProvider::new("dead").then_fail(refused()), FakeProvider::new("other")]);
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!((answer.provider.as_str(), chain.calls()), ("other", vec![1, 1]));
}

#[tokio::test(start_paused = true)]
async fn a_repetition_that_we_keep_back_leaves_the_providers_word() {
    let down = || ProviderError::new(Kind::Unavailable, "overloaded").again(Some(Duration::from_secs(1)));
    let dead = (0..5).fold(FakeProvider::new("dead"), |fake, _| fake.then_fail(down()));
    let policy = ProviderPolicy {
        rate: Some(RateLimit::new(NonZeroU32::MIN, Duration::from_secs(60))),
        breaker: BreakerSettings { consecutive_failures: 1, ..BreakerSettings::default() },
        ..ProviderPolicy::default()
    };
    let chain = guarded_with(ChainPolicy::default(), vec![(dead, policy)], |clock| BreakerBoard::in_memory(clock));
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::AllFailed, vec![1]));
    // It counted against the provider, whose breaker is open now.
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::NoneAvailable, vec![1]));
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_wait() {
    let chain = guarded(vec![FakeProvider::new("busy").then_fail(busy(2))]);
    let context = chain.context();
    let token = context.cancellation.clone();
    let sent = request();
    let (result, ()) = tokio::join!(chain.chain.execute_generate_image(&context, &sent), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        token.cancel();
    });
    assert_eq!((result.unwrap_err().kind, chain.calls()), (ChainErrorKind::Cancelled, vec![1]));
}
