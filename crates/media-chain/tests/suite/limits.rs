//! No more calls than a provider is to have.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use media_chain::{BreakerBoard, ChainPolicy, ProviderPolicy};
use media_domain::rate_limit::RateLimit;
use media_testkit::fakes::{FakeOutcome, FakeProvider};

use crate::setup::{Chain, guarded_with, request};

fn limited(policy: ProviderPolicy) -> Arc<Chain> {
    let slow = FakeProvider::new("slow").otherwise(FakeOutcome::Image.after(Duration::from_secs(1)));
    let providers = vec![(slow, policy), (FakeProvider::new("other"), ProviderPolicy::default())];
    Arc::new(guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock)))
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_concurrency_wait_for_a_place() {
    let chain = limited(ProviderPolicy { concurrency: NonZeroUsize::new(2), ..ProviderPolicy::default() });
    let started = tokio::time::Instant::now();
    let calls = (0..6).map(|_| {
        let chain = chain.clone();
        tokio::spawn(
            async move { chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap().provider },
        )
    });
    let providers: Vec<_> =
        futures::future::join_all(calls).await.into_iter().map(|provider| provider.unwrap().to_string()).collect();
    assert_eq!(providers, ["slow"; 6]);
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_used_up_rate_moves_on_and_counts_against_nobody() {
    let rate = RateLimit::new(NonZeroU32::MIN, Duration::from_secs(60));
    let chain = limited(ProviderPolicy { rate: Some(rate), ..ProviderPolicy::default() });
    let mut providers = Vec::new();
    for _ in 0..8 {
        let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
        providers.push(answer.provider.to_string());
        assert_eq!(answer.attempts.len(), 1, "what was not sent is no attempt");
    }
    assert_eq!((providers[0].as_str(), providers[7].as_str(), chain.calls()), ("slow", "other", vec![1, 7]));
    tokio::time::advance(Duration::from_secs(60)).await;
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(answer.provider.as_str(), "slow", "neither open nor cooling");
}
