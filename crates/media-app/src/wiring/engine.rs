//! Opens the stores and puts the engine together.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_chain::MediaGeneratorChain;
use media_engine::{EngineParts, EngineSettings, MediaEngine};
use media_http::GuardedDownloader;
use media_imaging::ImagingService;
use media_ports::Clock;
use media_store_blob::LocalBlobStore;

use super::WiringError;
use super::catalogue::OpenCatalogue;
use super::system::RandomIds;
use crate::config::{Durability, Settings};

/// Longer side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 256;

/// What opening an engine needs besides settings.
#[derive(Debug)]
pub struct OpenEngine<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// The catalogue of the data folder.
    pub catalogue: OpenCatalogue,
    /// The chains by name.
    pub chains: BTreeMap<String, Arc<MediaGeneratorChain>>,
    /// Looks into files.
    pub imaging: Arc<ImagingService>,
    /// Fetches images that a provider answered by address.
    pub fetcher: GuardedDownloader,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Opens the files of the data folder beside its catalogue, and puts the engine together.
///
/// # Errors
/// [`WiringError::Store`].
pub fn open_engine(open: OpenEngine<'_>) -> Result<Arc<MediaEngine>, WiringError> {
    let folder = &open.settings.data_dir;
    let durability = match open.settings.durability {
        Durability::Power => media_store_blob::Durability::Power,
        Durability::Process => media_store_blob::Durability::Process,
    };
    let blobs = LocalBlobStore::open(folder.join("blobs"), durability)
        .map_err(|source| WiringError::Store { folder: folder.display().to_string(), source })?;
    let OpenCatalogue { owner_id, store } = open.catalogue;
    let parts = EngineParts {
        assets: store.clone(),
        libraries: store.clone(),
        performance: store.clone(),
        suggestions: store.clone(),
        jobs: store.clone(),
        ledger: store.clone(),
        writer: store.clone(),
        maintenance: store,
        blobs: Arc::new(blobs),
        images: open.imaging,
        fetcher: Arc::new(open.fetcher),
        clock: open.clock,
        ids: Arc::new(RandomIds),
        chains: open.chains,
        settings: EngineSettings {
            owner_id,
            default_user: open.settings.default_user.clone(),
            rules: open.settings.suggestions.clone(),
            thumbnail_side: THUMBNAIL_SIDE,
        },
    };
    #[cfg(feature = "failpoints")]
    let parts = super::failpoints::armed(parts);
    Ok(MediaEngine::new(parts))
}
