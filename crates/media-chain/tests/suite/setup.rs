//! A chain of fakes, and a call to it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use media_chain::{
    BreakerBoard, ChainMember, ChainParts, ChainPolicy, HealthBoard, MediaGeneratorChain, ProviderPolicy,
    ProviderState, media_generator_chain,
};
use media_domain::{Capabilities, GenerationRequest, JobHandle, ProviderErrorKind, RequestId};
use media_ports::{BreakerKey, CallContext, Clock, GenerationAnswer, ImageGenerator, ProviderError, ResolveAnswer};
use media_testkit::clock::{SequentialIds, TestClock};
use media_testkit::fakes::{FakeGenerator, FakeProvider};
use media_testkit::sample;

pub(crate) struct Chain {
    pub(crate) chain: MediaGeneratorChain,
    pub(crate) fakes: Vec<Arc<FakeGenerator>>,
    pub(crate) clock: Arc<TestClock>,
}

/// A chain of fakes under a policy.
pub(crate) fn chain_with(policy: ChainPolicy, providers: Vec<FakeProvider>) -> Chain {
    let (members, fakes) = providers
        .into_iter()
        .map(|provider| {
            let (provider, fake) = provider.build();
            (ChainMember::ready(provider), fake)
        })
        .unzip();
    let (chain, clock) = chain_of(policy, members);
    Chain { chain, fakes, clock }
}

pub(crate) fn chain(providers: Vec<FakeProvider>) -> Chain {
    chain_with(ChainPolicy::default(), providers)
}

pub(crate) fn chain_of(policy: ChainPolicy, members: Vec<ChainMember>) -> (MediaGeneratorChain, Arc<TestClock>) {
    let clock = Arc::new(TestClock::new());
    (media_generator_chain(parts(policy, members, clock.clone())), clock)
}

/// What a live chain under test is made of.
pub(crate) fn parts(policy: ChainPolicy, members: Vec<ChainMember>, clock: Arc<TestClock>) -> ChainParts {
    ChainParts {
        name: "media_generation".to_owned(),
        description: "a chain under test".to_owned(),
        members,
        policy,
        clock: clock.clone(),
        ids: Arc::new(SequentialIds::default()),
        health: Arc::new(HealthBoard::new(clock)),
        dry_run: None,
    }
}

impl Chain {
    pub(crate) fn context(&self) -> CallContext {
        let deadline = self.clock.now() + Duration::from_secs(3_600);
        CallContext::new(deadline, RequestId::from_uuid(uuid::Uuid::from_u128(1)), sample::user("anna"))
    }

    /// How often each provider was called.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.fakes.iter().map(|fake| fake.calls().len()).collect()
    }
}

pub(crate) fn request() -> GenerationRequest {
    GenerationRequest::new(sample::prompt("a lighthouse at dusk"))
}

/// A key of a provider's breaker.
pub(crate) fn breaker_key(id: &str) -> BreakerKey {
    BreakerKey { provider: sample::provider(id), model: String::new(), fingerprint: "f".to_owned() }
}

/// A chain of fakes that are counted and guarded, each under the provider policy given.
pub(crate) fn guarded_with(
    policy: ChainPolicy,
    providers: Vec<(FakeProvider, ProviderPolicy)>,
    board: impl FnOnce(Arc<TestClock>) -> BreakerBoard,
) -> Chain {
    let clock = Arc::new(TestClock::new());
    let board = Arc::new(board(clock.clone()));
    let (members, fakes): (Vec<_>, Vec<_>) = providers
        .into_iter()
        .map(|(provider, policy)| {
            let (provider, fake) = provider.build();
            let state = ProviderState::new(breaker_key(provider.id().as_str()), policy, board.clone());
            (ChainMember::ready(provider).with_state(Arc::new(state)), fake)
        })
        .unzip();
    Chain { chain: media_generator_chain(parts(policy, members, clock.clone())), fakes, clock }
}

/// The same with every policy at its defaults, and breakers of this process alone.
pub(crate) fn guarded(providers: Vec<FakeProvider>) -> Chain {
    let providers = providers.into_iter().map(|provider| (provider, ProviderPolicy::default())).collect();
    guarded_with(ChainPolicy::default(), providers, |clock| BreakerBoard::in_memory(clock))
}

/// Says something in the log while it is asked, and then fails.
#[derive(Debug)]
pub(crate) struct Chatty;

#[async_trait]
impl ImageGenerator for Chatty {
    fn capabilities(&self) -> &Capabilities {
        static ANYTHING: LazyLock<Capabilities> = LazyLock::new(Capabilities::permissive);
        &ANYTHING
    }

    async fn generate_image(
        &self,
        _context: &CallContext,
        _request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        tracing::info!("asked");
        Err(ProviderError::new(ProviderErrorKind::Unavailable, "it only talks"))
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Ok(ResolveAnswer::Gone)
    }
}
