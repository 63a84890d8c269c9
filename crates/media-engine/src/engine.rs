//! The engine: every use case, over ports alone.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, SubsecRound, Utc};
use media_chain::MediaGeneratorChain;
use media_domain::event::EventKind;
use media_domain::{AssetId, Event, EventId, MediaLibrary, OwnerId, RuleSet, UserId};
use media_ports::{
    AssetReader, BlobStore, CatalogWriter, Clock, ContentFetcher, IdSource, ImageProcessor, JobReader, LedgerReader,
    LibraryReader, PerformanceReader, StoreMaintenance, SuggestionReader,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::at_work::AtWork;
use crate::backlog::Backlog;
use crate::error::{EngineError, OrNotFound, Subject};
use crate::in_flight::InFlight;
use crate::own_limits::OwnLimits;

/// What an engine is made of: ports, chains and settings.
#[derive(Debug)]
pub struct EngineParts {
    /// Reads assets.
    pub assets: Arc<dyn AssetReader>,
    /// Reads libraries.
    pub libraries: Arc<dyn LibraryReader>,
    /// Reads measurements.
    pub performance: Arc<dyn PerformanceReader>,
    /// Reads suggestions.
    pub suggestions: Arc<dyn SuggestionReader>,
    /// Reads the journal.
    pub jobs: Arc<dyn JobReader>,
    /// Reads the books.
    pub ledger: Arc<dyn LedgerReader>,
    /// Writes everything.
    pub writer: Arc<dyn CatalogWriter>,
    /// Looks after the catalogue as a whole.
    pub maintenance: Arc<dyn StoreMaintenance>,
    /// Keeps files.
    pub blobs: Arc<dyn BlobStore>,
    /// Looks into files.
    pub images: Arc<dyn ImageProcessor>,
    /// Fetches images that a provider answered by address.
    pub fetcher: Arc<dyn ContentFetcher>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn IdSource>,
    /// The chains by name.
    pub chains: BTreeMap<String, Arc<MediaGeneratorChain>>,
    /// The rest.
    pub settings: EngineSettings,
}

/// What an engine needs to know besides its ports.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Identifies this process in the journal.
    pub owner_id: OwnerId,
    /// On whose behalf a call is made that names nobody.
    pub default_user: UserId,
    /// The rules behind automatic suggestions.
    pub rules: RuleSet,
    /// Longer side of a thumbnail in pixels; 256 by default.
    pub thumbnail_side: u32,
}

/// Every use case of the product, over ports alone; safe to share and to call concurrently.
#[derive(Debug)]
pub struct MediaEngine {
    pub(crate) parts: EngineParts,
    pub(crate) backlog: Backlog,
    pub(crate) in_flight: InFlight,
    pub(crate) at_work: AtWork,
    pub(crate) own_limits: Arc<OwnLimits>,
    /// The default library, once it has been found: no library is ever renamed or removed.
    pub(crate) default_library: OnceLock<MediaLibrary>,
}

impl MediaEngine {
    /// The chain that generates when none is named.
    pub const GENERATION_CHAIN: &'static str = "media_generation";
    /// The chain that changes pictures when none is named.
    pub const EDITING_CHAIN: &'static str = "media_editing";
    /// The chain that exports to design tools.
    pub const EXPORT_CHAIN: &'static str = "design_export";

    /// Makes an engine; it runs nothing by itself.
    pub fn new(parts: EngineParts) -> Arc<Self> {
        let own_limits = Arc::new(OwnLimits::new(parts.ledger.clone(), parts.clock.clone()));
        Arc::new(Self {
            parts,
            backlog: Backlog::new(),
            in_flight: InFlight::default(),
            at_work: AtWork::default(),
            own_limits,
            default_library: OnceLock::new(),
        })
    }

    /// The chains by name.
    pub fn chains(&self) -> &BTreeMap<String, Arc<MediaGeneratorChain>> {
        &self.parts.chains
    }

    /// A chain by name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn chain(&self, name: &str) -> Result<&Arc<MediaGeneratorChain>, EngineError> {
        self.parts.chains.get(name).or_not_found(Subject::Chain, name)
    }

    /// Waits until everything that goes on behind the answers (thumbnails) is done.
    pub async fn settle(&self) {
        self.backlog.settle().await;
    }

    /// On whose behalf a call is made that names nobody.
    pub fn default_user(&self) -> &UserId {
        &self.parts.settings.default_user
    }

    /// The time to the microsecond, which is what stores keep: what is told now is what will be read later.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.parts.clock.utc_now().trunc_subsecs(6)
    }

    pub(crate) fn new_uuid(&self) -> Uuid {
        self.parts.ids.next_uuid()
    }

    pub(crate) fn event(&self, kind: EventKind, asset_id: AssetId, user_id: &UserId, details: Value) -> Event {
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        Event {
            event_id: EventId::from_uuid(self.new_uuid()),
            kind,
            asset_id,
            user_id: user_id.clone(),
            at: self.now(),
            details,
        }
    }
}
