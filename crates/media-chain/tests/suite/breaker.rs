//! Providers that are out of order are left alone, and found again.

use std::sync::Arc;
use std::time::Duration;

use media_chain::{BreakerBoard, BreakerStore, ChainErrorKind, ChainPolicy, ProviderPolicy};
use media_domain::breaker::BreakerStatus;
use media_domain::{BreakerSettings, ProviderErrorKind as Kind};
use media_ports::{Clock, ProviderError};
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;

use crate::setup::{Chain, breaker_key, guarded, guarded_with, request};

fn down() -> FakeOutcome {
    FakeOutcome::fail(ProviderError::new(Kind::Unavailable, "it is down").with_http_status(500))
}

async fn call(chain: &Chain) -> Result<String, ChainErrorKind> {
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await;
    answer.map(|answer| answer.provider.to_string()).map_err(|error| error.kind)
}

#[tokio::test(start_paused = true)]
async fn five_failures_open_it_and_the_sixth_call_costs_nothing() {
    let chain = guarded(vec![FakeProvider::new("dead").otherwise(down())]);
    for _ in 0..5 {
        assert_eq!(call(&chain).await, Err(ChainErrorKind::AllFailed));
    }
    let failure = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap_err();
    assert_eq!((failure.kind, chain.calls()), (ChainErrorKind::NoneAvailable, vec![5]));
    assert!(failure.skipped[0].reason.contains("temporarily unavailable"), "{}", failure.skipped[0].reason);
    assert!(failure.attempts.is_empty());
}

#[tokio::test(start_paused = true)]
async fn sixty_seconds_later_one_probe_passes_and_its_success_closes_it() {
    let mut dead = FakeProvider::new("dead");
    for _ in 0..5 {
        dead = dead.then(down());
    }
    let chain = guarded(vec![dead.then(FakeOutcome::Image.after(Duration::from_secs(5)))]);
    for _ in 0..5 {
        call(&chain).await.unwrap_err();
    }
    tokio::time::advance(Duration::from_secs(59)).await;
    assert_eq!(call(&chain).await, Err(ChainErrorKind::NoneAvailable));
    tokio::time::advance(Duration::from_secs(1)).await;
    let (probe, others) = tokio::join!(call(&chain), async {
        tokio::task::yield_now().await;
        call(&chain).await
    });
    assert_eq!((probe, others), (Ok("dead".to_owned()), Err(ChainErrorKind::NoneAvailable)));
    assert_eq!((call(&chain).await, chain.calls()), (Ok("dead".to_owned()), vec![7]));
}

#[tokio::test(start_paused = true)]
async fn a_failed_probe_reopens_it_for_the_full_time() {
    let chain = guarded(vec![FakeProvider::new("dead").otherwise(down())]);
    for _ in 0..5 {
        call(&chain).await.unwrap_err();
    }
    for probes in 1..4 {
        tokio::time::advance(Duration::from_secs(60)).await;
        for _ in 0..3 {
            call(&chain).await.unwrap_err();
        }
        assert_eq!(chain.calls(), [5 + probes]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_outage_is_not_counted() {
    for error in [
        || ProviderError::new(Kind::ContentRejected, "refused"),
        || ProviderError::new(Kind::InvalidRequest, "too small"),
        || ProviderError::new(Kind::NotFound, "no such model"),
    ] {
        let chain = guarded(vec![FakeProvider::new("well").otherwise(FakeOutcome::fail(error()))]);
        for _ in 0..12 {
            call(&chain).await.unwrap_err();
        }
        assert_eq!(chain.calls(), [12], "{:?}", error());
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_takes_it_out_at_once() {
    for kind in [Kind::Unauthenticated, Kind::PermissionDenied, Kind::QuotaExhausted] {
        let chain = guarded(vec![
            FakeProvider::new("keyless").otherwise(FakeOutcome::fail(ProviderError::new(kind, "no"))),
            FakeProvider::new("well"),
        ]);
        for _ in 0..5 {
            assert_eq!(call(&chain).await, Ok("well".to_owned()));
        }
        assert_eq!(chain.calls(), [1, 5]);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_cool_it_as_long_as_the_server_says() {
    let limited = |seconds| ProviderError::new(Kind::RateLimited, "slow down").again(seconds);
    for (told, pause) in [(Some(Duration::from_secs(30)), 30), (None, 60)] {
        let chain = guarded(vec![FakeProvider::new("busy").then_fail(limited(told)), FakeProvider::new("well")]);
        assert_eq!(call(&chain).await, Ok("well".to_owned()));
        tokio::time::advance(Duration::from_secs(pause - 1)).await;
        assert_eq!((call(&chain).await, chain.calls()), (Ok("well".to_owned()), vec![1, 2]));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(call(&chain).await, Ok("busy".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn alone_in_the_chain_the_pause_is_waited_out() {
    let limited = ProviderError::new(Kind::RateLimited, "slow down").again(None);
    let chain = guarded(vec![FakeProvider::new("busy").then_fail(limited)]);
    let started = tokio::time::Instant::now();
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 60);
    assert_eq!(answer.attempts.len(), 2, "both attempts are told");
}

#[tokio::test(start_paused = true)]
async fn many_calls_at_once_cost_a_dead_provider_at_most_threshold_and_concurrency() {
    const CONCURRENCY: usize = 16;
    let dead = FakeProvider::new("dead").otherwise(down().after(Duration::from_millis(100)));
    let chain = Arc::new(guarded(vec![dead, FakeProvider::new("well")]));
    let callers = (0..CONCURRENCY).map(|_| {
        let chain = chain.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                call(&chain).await.unwrap();
            }
        })
    });
    futures::future::join_all(callers).await;
    assert!(chain.calls()[0] < 5 + CONCURRENCY, "{:?}", chain.calls());
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_never_comes_back_is_followed_by_another() {
    let mut dead = FakeProvider::new("dead");
    for _ in 0..5 {
        dead = dead.then(down());
    }
    let settings = BreakerSettings { probe_lease: Duration::from_secs(30), ..BreakerSettings::default() };
    let policy = ProviderPolicy { breaker: settings, ..ProviderPolicy::default() };
    let chain = guarded_with(ChainPolicy::default(), vec![(dead.then(FakeOutcome::Hang), policy)], |clock| {
        BreakerBoard::in_memory(clock)
    });
    for _ in 0..5 {
        call(&chain).await.unwrap_err();
    }
    tokio::time::advance(Duration::from_secs(60)).await;
    {
        // The caller of the probe goes away in the middle of it.
        let context = chain.context();
        let request = request();
        let probe = Box::pin(chain.chain.execute_generate_image(&context, &request));
        let called = Box::pin(async {
            while chain.calls() == [5] {
                tokio::task::yield_now().await;
            }
        });
        futures::future::select(probe, called).await;
    }
    assert_eq!(call(&chain).await, Err(ChainErrorKind::NoneAvailable));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(call(&chain).await, Ok("dead".to_owned()));
}

/// Two processes on one store: each has its own clock, board and chain.
fn on_store(store: &Arc<MemoryCatalog>, provider: FakeProvider) -> Chain {
    let store = BreakerStore { reader: store.clone(), writer: store.clone() };
    guarded_with(ChainPolicy::default(), vec![(provider, ProviderPolicy::default())], |clock| {
        BreakerBoard::shared(clock, store)
    })
}

#[tokio::test(start_paused = true)]
async fn other_processes_see_it_open_and_one_probe_is_for_all_of_them() {
    let store = Arc::new(MemoryCatalog::new());
    let one = on_store(&store, FakeProvider::new("dead").otherwise(down()));
    let other = on_store(&store, FakeProvider::new("dead").otherwise(down()));
    for _ in 0..5 {
        call(&one).await.unwrap_err();
    }
    tokio::time::advance(Duration::from_millis(251)).await;
    assert_eq!((call(&other).await, other.calls()), (Err(ChainErrorKind::NoneAvailable), vec![0]));
    tokio::time::advance(Duration::from_secs(60)).await;
    for _ in 0..3 {
        let (_, _) = tokio::join!(call(&one), call(&other));
    }
    assert_eq!(one.calls()[0] + other.calls()[0], 6, "one probe between them");
    // A new process knows it too.
    let restarted = on_store(&store, FakeProvider::new("dead"));
    assert_eq!((call(&restarted).await, restarted.calls()), (Err(ChainErrorKind::NoneAvailable), vec![0]));
}

#[tokio::test(start_paused = true)]
async fn a_person_may_force_it_and_others_follow() {
    let store = Arc::new(MemoryCatalog::new());
    let chain = on_store(&store, FakeProvider::new("well"));
    let clock: Arc<dyn Clock> = chain.clock.clone();
    let board = BreakerBoard::shared(clock.clone(), BreakerStore { reader: store.clone(), writer: store.clone() });
    let breaker = board.breaker(breaker_key("well"), BreakerSettings::default());
    board.decide(&breaker, |breaker, now| breaker.force_open(now)).await.unwrap();
    assert_eq!(breaker.state().status(clock.utc_now()), BreakerStatus::ForcedOpen);
    tokio::time::advance(Duration::from_millis(251)).await;
    assert_eq!(call(&chain).await, Err(ChainErrorKind::NoneAvailable));
    board.decide(&breaker, |breaker, now| breaker.force_automatic(now)).await.unwrap();
    tokio::time::advance(Duration::from_millis(251)).await;
    assert_eq!(call(&chain).await, Ok("well".to_owned()));
}
