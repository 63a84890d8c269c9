//! An engine over in-memory stores and fake providers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use media_chain::{
    BreakerBoard, ChainMember, ChainParts, ChainPolicy, HealthBoard, MediaGeneratorChain, ProviderPolicy,
    ProviderState, media_generator_chain,
};
use media_domain::{GenerationRequest, MediaAsset, MediaType, RuleSet};
use media_engine::{AddAsset, AddOutcome, EngineParts, EngineSettings, GenerateAsset, MediaEngine};
use media_imaging::{ImageLimits, ImagingService};
use media_ports::mocks::MockContentFetcher;
use media_ports::{BreakerKey, ContentFetcher, Operation, PlaceholderRenderer};
use media_store_sqlite::SqliteStore;
use media_testkit::clock::{SequentialIds, TestClock};
use media_testkit::fakes::{FakeGenerator, FakeProvider};
use media_testkit::memory_blob::MemoryBlobStore;
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::{pictures, sample};

pub(crate) struct Setup {
    pub(crate) engine: Arc<MediaEngine>,
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) fakes: Vec<Arc<FakeGenerator>>,
}

/// What an engine under test is made of; change a part before building.
pub(crate) struct Parts {
    pub(crate) parts: EngineParts,
    pub(crate) catalog: Arc<MemoryCatalog>,
    blobs: Arc<MemoryBlobStore>,
    fakes: Vec<Arc<FakeGenerator>>,
}

pub(crate) fn engine(providers: Vec<FakeProvider>) -> Setup {
    Parts::new(providers, false).build()
}

pub(crate) fn dry_engine(providers: Vec<FakeProvider>) -> Setup {
    Parts::new(providers, true).build()
}

impl Parts {
    pub(crate) fn new(providers: Vec<FakeProvider>, dry_run: bool) -> Self {
        let (members, fakes) = providers.into_iter().map(|provider| built(provider, dry_run)).unzip();
        Self { fakes, ..Self::made(ChainPolicy::default(), members, dry_run) }
    }

    /// A live engine whose chains follow a policy.
    pub(crate) fn under(policy: ChainPolicy, providers: Vec<FakeProvider>) -> Self {
        let (members, fakes) = providers.into_iter().map(|provider| built(provider, false)).unzip();
        Self { fakes, ..Self::made(policy, members, false) }
    }

    /// A live engine over members of one's own.
    pub(crate) fn of_members(policy: ChainPolicy, members: Vec<ChainMember>) -> Self {
        Self::made(policy, members, false)
    }

    fn made(policy: ChainPolicy, members: Vec<ChainMember>, dry_run: bool) -> Self {
        let imaging = Arc::new(ImagingService::new(ImageLimits::default()));
        let clock = Arc::new(TestClock::new());
        let chain = |name: &str, members: Vec<ChainMember>| {
            let parts = ChainParts {
                name: name.to_owned(),
                description: String::new(),
                members,
                policy: policy.clone(),
                clock: clock.clone(),
                ids: Arc::new(SequentialIds::default()),
                health: Arc::new(HealthBoard::new(clock.clone())),
                dry_run: dry_run.then(|| imaging.clone() as Arc<dyn PlaceholderRenderer>),
            };
            (name.to_owned(), Arc::new(media_generator_chain(parts)))
        };
        let names = [MediaEngine::GENERATION_CHAIN, MediaEngine::EDITING_CHAIN, MediaEngine::EXPORT_CHAIN];
        let chains: BTreeMap<String, Arc<MediaGeneratorChain>> = names.map(|name| chain(name, members.clone())).into();
        let catalog = Arc::new(MemoryCatalog::new());
        let blobs = Arc::new(MemoryBlobStore::new());
        let parts = EngineParts {
            assets: catalog.clone(),
            libraries: catalog.clone(),
            performance: catalog.clone(),
            suggestions: catalog.clone(),
            jobs: catalog.clone(),
            ledger: catalog.clone(),
            writer: catalog.clone(),
            maintenance: catalog.clone(),
            blobs: blobs.clone(),
            images: imaging,
            fetcher: Arc::new(MockContentFetcher::new()) as Arc<dyn ContentFetcher>,
            clock,
            ids: Arc::new(SequentialIds::default()),
            chains,
            settings: EngineSettings {
                owner_id: sample::owner_id(1),
                default_user: sample::user("anna"),
                rules: RuleSet::default(),
                thumbnail_side: 32,
            },
        };
        Self { parts, catalog, blobs, fakes: Vec::new() }
    }

    /// The same over a catalogue on disk.
    pub(crate) fn on(mut self, store: Arc<SqliteStore>) -> Self {
        self.parts.assets = store.clone();
        self.parts.libraries = store.clone();
        self.parts.performance = store.clone();
        self.parts.suggestions = store.clone();
        self.parts.jobs = store.clone();
        self.parts.ledger = store.clone();
        self.parts.writer = store.clone();
        self.parts.maintenance = store;
        self
    }

    pub(crate) fn build(self) -> Setup {
        Setup { engine: MediaEngine::new(self.parts), catalog: self.catalog, blobs: self.blobs, fakes: self.fakes }
    }
}

/// A live provider under a policy, its state kept in this process, and a handle on its generator.
pub(crate) fn policed(provider: FakeProvider, policy: ProviderPolicy) -> (ChainMember, Arc<FakeGenerator>) {
    let (provider, fake) = provider.build();
    let board = Arc::new(BreakerBoard::in_memory(Arc::new(TestClock::new())));
    let key = BreakerKey { provider: provider.id().clone(), model: String::new(), fingerprint: String::new() };
    (ChainMember::ready(provider).with_state(Arc::new(ProviderState::new(key, policy, board))), fake)
}

/// A member, which in dry run can export as well.
fn built(provider: FakeProvider, dry_run: bool) -> (ChainMember, Arc<FakeGenerator>) {
    let (provider, fake) = provider.build();
    if !dry_run {
        return (ChainMember::ready(provider), fake);
    }
    let mut descriptor = (*provider.descriptor).clone();
    descriptor.operations.insert(Operation::ExportFigma);
    (ChainMember::described(Arc::new(descriptor)), fake)
}

impl Setup {
    /// How often each provider was called.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.fakes.iter().map(|fake| fake.calls().len()).collect()
    }

    /// Adds a picture, which must be new.
    pub(crate) async fn added(&self, add: AddAsset) -> MediaAsset {
        match self.engine.add_asset(add).await.unwrap() {
            AddOutcome::Added(asset) => *asset,
            AddOutcome::AlreadyThere(twins) => panic!("new bytes expected, {} assets have them", twins.len()),
        }
    }
}

pub(crate) fn generation() -> GenerateAsset {
    let mut request = GenerationRequest::new(sample::prompt("a lighthouse at dusk"));
    request.dimensions = media_domain::MediaDimensions::new(64, 48);
    GenerateAsset::new(request)
}

/// A picture of its own for each seed.
pub(crate) fn picture(seed: u64) -> AddAsset {
    file(pictures::png(48, 32, seed))
}

pub(crate) fn file(bytes: Bytes) -> AddAsset {
    AddAsset {
        bytes,
        name: sample::name("a picture"),
        description: String::new(),
        media_type: MediaType::Image,
        tags: Vec::new(),
        categories: Vec::new(),
        library: None,
        allow_duplicate: false,
        user_id: sample::user("anna"),
    }
}
