//! A chain of fakes, and a call to it.

use std::sync::Arc;
use std::time::Duration;

use media_chain::{ChainMember, ChainParts, ChainPolicy, HealthBoard, MediaGeneratorChain, media_generator_chain};
use media_domain::{GenerationRequest, RequestId};
use media_ports::{CallContext, Clock};
use media_testkit::clock::TestClock;
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
    let parts = ChainParts {
        name: "media_generation".to_owned(),
        description: "a chain under test".to_owned(),
        members,
        policy,
        clock: clock.clone(),
        health: Arc::new(HealthBoard::new(clock.clone())),
        dry_run: None,
    };
    (media_generator_chain(parts), clock)
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
