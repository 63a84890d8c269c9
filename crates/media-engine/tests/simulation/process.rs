//! One process: the real engine and chains over ports that die with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use media_chain::{
    BreakerBoard, BreakerStore, ChainMember, ChainParts, HealthBoard, MediaGeneratorChain, ProviderState,
    media_generator_chain,
};
use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, FileBytes, FileSize, ImageFormat, MediaDimensions, MediaMetadata, OwnerId, RuleSet};
use media_engine::{EngineParts, EngineSettings, MediaEngine};
use media_ports::mocks::MockContentFetcher;
use media_ports::{BreakerKey, Clock, EncodedImage, IdSource, ImageError, ImageProcessor, InspectedImage};
use media_testkit::clock::SeededIds;
use media_testkit::memory_blob::MemoryBlobStore;
use media_testkit::memory_catalog::MemoryCatalog;
use media_testkit::sample;

use crate::dice::Dice;
use crate::scenario::{Scenario, VendorScript, model};
use crate::store::{BreakerEvent, ProcessStore};
use crate::time::{Life, ProcessClock, Timeline};
use crate::trace::Trace;
use crate::truth::Truth;
use crate::vendor::{Adapter, PICTURE};

/// What outlives every process.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) timeline: Timeline,
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) blobs: Arc<MemoryBlobStore>,
    pub(crate) truth: Arc<Truth>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) breaker_events: Arc<Mutex<Vec<BreakerEvent>>>,
}

/// One process, from its start to its death.
#[derive(Debug)]
pub(crate) struct Process {
    /// Which incarnation this is, over all processes.
    pub(crate) number: u64,
    pub(crate) owner: OwnerId,
    pub(crate) life: Life,
    pub(crate) engine: Arc<MediaEngine>,
}

impl Process {
    pub(crate) fn start(outside: &Outside, number: u64) -> Self {
        let life = Life::default();
        let owner = sample::owner_id(number as u32);
        let engine = MediaEngine::new(engine_parts(outside, number, owner, &life));
        Self { number, owner, life, engine }
    }
}

fn engine_parts(outside: &Outside, number: u64, owner: OwnerId, life: &Life) -> EngineParts {
    let Outside { scenario, timeline, catalog, trace, breaker_events, .. } = outside;
    let clock: Arc<dyn Clock> = Arc::new(ProcessClock { timeline: *timeline, life: life.clone() });
    let ids: Arc<dyn IdSource> = Arc::new(SeededIds::new(Dice::of(scenario.seed, "ids", number).next()));
    let store = Arc::new(ProcessStore {
        scenario: scenario.clone(),
        process: number,
        catalog: catalog.clone(),
        events: breaker_events.clone(),
        trace: trace.clone(),
        timeline: *timeline,
        life: life.clone(),
        queue: tokio::sync::Mutex::new(Dice::of(scenario.seed, "store", number)),
    });
    let board = BreakerStore { reader: store.clone(), writer: store.clone() };
    let board = Arc::new(BreakerBoard::shared(clock.clone(), board));
    EngineParts {
        assets: catalog.clone(),
        libraries: catalog.clone(),
        performance: catalog.clone(),
        suggestions: catalog.clone(),
        jobs: store.clone(),
        ledger: catalog.clone(),
        writer: store,
        maintenance: catalog.clone(),
        blobs: outside.blobs.clone(),
        images: Arc::new(Glance),
        fetcher: Arc::new(MockContentFetcher::new()),
        clock: clock.clone(),
        ids: ids.clone(),
        chains: chains(&members(outside, number, life, &board), scenario, &clock, &ids),
        settings: EngineSettings {
            owner_id: owner,
            default_user: sample::user("anna"),
            rules: RuleSet::default(),
            thumbnail_side: 32,
        },
    }
}

/// Every vendor with its state, shared by the chains of the process.
fn members(outside: &Outside, number: u64, life: &Life, board: &Arc<BreakerBoard>) -> Vec<ChainMember> {
    let scripts = outside.scenario.vendors.iter().enumerate();
    let member = |(vendor, script): (usize, &VendorScript)| {
        let adapter = Adapter {
            scenario: outside.scenario.clone(),
            vendor,
            process: number,
            truth: outside.truth.clone(),
            trace: outside.trace.clone(),
            timeline: outside.timeline,
            life: life.clone(),
            capabilities: Capabilities {
                sizes: SizeRule::Any,
                formats: vec![ImageFormat::Png],
                assumed: false,
                ..Capabilities::permissive()
            },
        };
        let provider = adapter.provider();
        let fingerprint = "the same in every process".to_owned();
        let key = BreakerKey { provider: provider.id().clone(), model: model(script.name), fingerprint };
        let state = Arc::new(ProviderState::new(key, script.policy.clone(), board.clone()));
        ChainMember::ready(provider).with_state(state)
    };
    scripts.map(member).collect()
}

fn chains(
    members: &[ChainMember],
    scenario: &Scenario,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdSource>,
) -> BTreeMap<String, Arc<MediaGeneratorChain>> {
    let health = Arc::new(HealthBoard::new(clock.clone()));
    let chain = |script: &crate::scenario::ChainScript| {
        let chain = media_generator_chain(ChainParts {
            name: script.name.to_owned(),
            description: String::new(),
            members: script.members.iter().map(|vendor| members[*vendor].clone()).collect(),
            policy: script.policy.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            health: health.clone(),
            dry_run: None,
        });
        (script.name.to_owned(), Arc::new(chain))
    };
    scenario.chains.iter().map(chain).collect()
}

/// Takes what the vendors here call a picture for one; a real decoder would only take time.
#[derive(Debug)]
struct Glance;

#[async_trait]
impl ImageProcessor for Glance {
    async fn inspect(&self, file: FileBytes) -> Result<InspectedImage, ImageError> {
        if !file.starts_with(PICTURE.as_bytes()) {
            return Err(ImageError::UnknownFormat);
        }
        Ok(InspectedImage {
            format: ImageFormat::Png,
            dimensions: MediaDimensions::new(64, 64),
            metadata: MediaMetadata::new(FileSize::from_bytes(file.len() as u64), ImageFormat::Png),
            content_hash: file.content_hash(),
        })
    }

    async fn servable(&self, bytes: Bytes) -> Result<Bytes, ImageError> {
        Ok(bytes)
    }

    async fn thumbnail(&self, _bytes: Bytes, max_side: u32) -> Result<EncodedImage, ImageError> {
        Ok(preview(MediaDimensions::new(max_side, max_side)))
    }

    async fn cover(&self, _bytes: Bytes, dimensions: MediaDimensions) -> Result<EncodedImage, ImageError> {
        Ok(preview(dimensions))
    }
}

fn preview(dimensions: MediaDimensions) -> EncodedImage {
    EncodedImage { bytes: Bytes::from_static(b"a preview"), format: ImageFormat::Png, dimensions }
}
