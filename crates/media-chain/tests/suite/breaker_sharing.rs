//! Breakers that several processes, operations and configurations share, or do not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use media_chain::{
    BreakerBoard, BreakerStore, ChainErrorKind, ChainMember, ChainPolicy, MediaGeneratorChain, ProviderPolicy,
    ProviderState,
};
use media_domain::breaker::{BreakerPhase, TripCause};
use media_domain::{BreakerSettings, BreakerStatus, ProviderErrorKind as Kind};
use media_ports::{
    BreakerKey, Clock, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, Operation, ProviderError,
};
use media_testkit::clock::TestClock;
use media_testkit::fakes::{FakeOutcome, FakeProvider};
use media_testkit::memory_catalog::MemoryCatalog;

use crate::setup::{Chain, breaker_key, chain_of, guarded, guarded_with, request};

fn failing(kind: Kind) -> FakeOutcome {
    FakeOutcome::fail(ProviderError::new(kind, "no"))
}

async fn call(chain: &Chain) -> Result<String, ChainErrorKind> {
    let answer = chain.chain.execute_generate_image(&chain.context(), &request()).await;
    answer.map(|answer| answer.provider.to_string()).map_err(|error| error.kind)
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_keeps_it_out_until_a_probe_succeeds() {
    for kind in [Kind::Unauthenticated, Kind::PermissionDenied, Kind::QuotaExhausted] {
        let mut keyless = FakeProvider::new("keyless");
        for _ in 0..4 {
            keyless = keyless.then(failing(kind));
        }
        let chain = guarded(vec![keyless, FakeProvider::new("well")]);
        for probes in 1..=4 {
            for _ in 0..3 {
                assert_eq!(call(&chain).await, Ok("well".to_owned()));
            }
            assert_eq!(chain.calls()[0], probes, "one probe a period: {kind}");
            tokio::time::advance(Duration::from_secs(60)).await;
        }
        for _ in 0..2 {
            assert_eq!(call(&chain).await, Ok("keyless".to_owned()), "{kind}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_configuration_has_a_breaker_of_its_own() {
    let clock = Arc::new(TestClock::new());
    let board = Arc::new(BreakerBoard::in_memory(clock.clone()));
    let configured = |fingerprint: &str, outcome: FakeOutcome| {
        let (provider, fake) = FakeProvider::new("vendor").otherwise(outcome).build();
        let key = BreakerKey { fingerprint: fingerprint.to_owned(), ..breaker_key("vendor") };
        let state = ProviderState::new(key, ProviderPolicy::default(), board.clone());
        let (chain, clock) =
            chain_of(ChainPolicy::default(), vec![ChainMember::ready(provider).with_state(Arc::new(state))]);
        Chain { chain, fakes: vec![fake], clock }
    };
    let (theirs, mine) = (configured("theirs", failing(Kind::Unauthenticated)), configured("mine", FakeOutcome::Image));
    call(&theirs).await.unwrap_err();
    assert_eq!((call(&theirs).await, theirs.calls()), (Err(ChainErrorKind::NoneAvailable), vec![1]));
    assert_eq!(call(&mine).await, Ok("vendor".to_owned()));
    // The same configuration in another chain shares it.
    let again = configured("theirs", FakeOutcome::Image);
    assert_eq!((call(&again).await, again.calls()), (Err(ChainErrorKind::NoneAvailable), vec![0]));
}

/// Fails every export.
#[derive(Debug)]
struct Failing(Kind, AtomicUsize);

#[async_trait]
impl DesignExporter for Failing {
    async fn export_design(
        &self,
        _context: &media_ports::CallContext,
        _request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Err(ProviderError::new(self.0, "no"))
    }
}

async fn export(chain: &MediaGeneratorChain, context: &media_ports::CallContext) -> ChainErrorKind {
    let destination = ExportDestination::Figma { file_key: "FILE".to_owned(), page_id: None };
    let drawn = media_testkit::pictures::png(8, 8, 1);
    let request = ExportRequest {
        name: media_domain::Name::parse("a picture").unwrap(),
        image: drawn,
        format: media_domain::ImageFormat::Png,
        link: None,
        destination,
        options: serde_json::Map::new(),
    };
    chain.execute_export(context, &request).await.unwrap_err().kind
}

#[tokio::test(start_paused = true)]
async fn exports_have_a_breaker_of_their_own() {
    // (what exporting fails with, how often it may)
    for (kind, exports) in [(Kind::Unauthenticated, 1), (Kind::Unavailable, 5), (Kind::InvalidRequest, 7)] {
        let clock = Arc::new(TestClock::new());
        let board = Arc::new(BreakerBoard::in_memory(clock.clone()));
        let (mut provider, fake) = FakeProvider::new("vendor").build();
        let mut descriptor = (*provider.descriptor).clone();
        descriptor.operations = BTreeSet::from([Operation::GenerateImage, Operation::ExportFigma]);
        provider.descriptor = Arc::new(descriptor);
        let exporter = Arc::new(Failing(kind, AtomicUsize::new(0)));
        provider.exporter = Some(exporter.clone());
        let state = Arc::new(ProviderState::new(breaker_key("vendor"), ProviderPolicy::default(), board));
        let (chain, clock) =
            chain_of(ChainPolicy::default(), vec![ChainMember::ready(provider).with_state(state.clone())]);
        let chain = Chain { chain, fakes: vec![fake], clock };
        for _ in 0..7 {
            export(&chain.chain, &chain.context()).await;
        }
        assert_eq!((exporter.1.load(Ordering::Relaxed), call(&chain).await.is_ok()), (exports, true), "{kind}");
        let now = chain.clock.utc_now();
        assert_eq!(state.breaker().state().status(now), BreakerStatus::Closed, "{kind}");
        let passes = state.export_breaker().state().status(now) == BreakerStatus::Closed;
        assert_eq!(passes, kind == Kind::InvalidRequest, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_on_pictures_says_nothing_of_exports() {
    let board = Arc::new(BreakerBoard::in_memory(Arc::new(TestClock::new())));
    let days = ProviderError::new(Kind::RateLimited, "four days").again(Some(std::time::Duration::from_secs(345_600)));
    let (mut provider, fake) = FakeProvider::new("vendor").then_fail(days).build();
    let mut descriptor = (*provider.descriptor).clone();
    descriptor.operations = BTreeSet::from([Operation::GenerateImage, Operation::ExportFigma]);
    provider.descriptor = Arc::new(descriptor);
    let exporter = Arc::new(Failing(Kind::InvalidRequest, AtomicUsize::new(0)));
    provider.exporter = Some(exporter.clone());
    let state = Arc::new(ProviderState::new(breaker_key("vendor"), ProviderPolicy::default(), board));
    let (chain, clock) = chain_of(ChainPolicy::default(), vec![ChainMember::ready(provider).with_state(state.clone())]);
    let chain = Chain { chain, fakes: vec![fake], clock };
    assert_eq!(call(&chain).await, Err(ChainErrorKind::AllFailed));
    assert_eq!(state.breaker().state().status(chain.clock.utc_now()), BreakerStatus::Cooling);
    export(&chain.chain, &chain.context()).await;
    assert_eq!(exporter.1.load(Ordering::Relaxed), 1, "the export was made");
}

#[tokio::test(start_paused = true)]
async fn a_change_by_another_process_does_not_make_it_forget_what_it_counted() {
    let catalog = Arc::new(MemoryCatalog::new());
    let store = BreakerStore { reader: catalog.clone(), writer: catalog.clone() };
    let dead = vec![(FakeProvider::new("dead").otherwise(failing(Kind::Unavailable)), ProviderPolicy::default())];
    let chain = guarded_with(ChainPolicy::default(), dead, |clock| BreakerBoard::shared(clock, store.clone()));
    for _ in 0..4 {
        assert_eq!(call(&chain).await, Err(ChainErrorKind::AllFailed));
    }
    // Another process keeps a change that this one has not seen when it counts the fifth failure.
    let clock: Arc<dyn Clock> = chain.clock.clone();
    let others = BreakerBoard::shared(clock.clone(), store);
    let breaker = others.breaker(breaker_key("dead"), BreakerSettings::default());
    others.decide(&breaker, |breaker, now| breaker.cool_down(now, now + Duration::from_secs(5))).await.unwrap();
    assert_eq!(call(&chain).await, Err(ChainErrorKind::AllFailed));

    others.refresh().await.unwrap();
    let state = breaker.state();
    let BreakerPhase::Open { trip, .. } = state.phase else { panic!("it should be open: {state:?}") };
    assert_eq!((trip.cause, state.version), (TripCause::ConsecutiveFailures, 2));
    assert!(state.cooling_until.is_some(), "what the other process had kept still holds");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_put_on_a_board_late_knows_what_was_kept_before() {
    let catalog = Arc::new(MemoryCatalog::new());
    let store = BreakerStore { reader: catalog.clone(), writer: catalog.clone() };
    let clock: Arc<dyn Clock> = Arc::new(TestClock::new());
    let others = BreakerBoard::shared(clock.clone(), store.clone());
    let theirs = others.breaker(breaker_key("dead"), BreakerSettings::default());
    others.decide(&theirs, |breaker, now| breaker.force_open(now)).await.unwrap();

    let board = BreakerBoard::shared(clock.clone(), store);
    let early = board.breaker(breaker_key("well"), BreakerSettings::default());
    assert!(board.acquire(&early).await.is_ok());
    let late = board.breaker(breaker_key("dead"), BreakerSettings::default());
    assert!(board.acquire(&late).await.is_err(), "it is open, and was before the board looked first");
    assert_eq!(late.state(), theirs.state());
}
