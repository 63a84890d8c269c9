//! Opens the stores and puts the engine together.

use std::collections::BTreeMap;
use std::sync::Arc;

use media_chain::MediaGeneratorChain;
use media_domain::OwnerId;
use media_engine::{EngineParts, EngineSettings, MediaEngine};
use media_http::GuardedDownloader;
use media_imaging::ImagingService;
use media_ports::{Clock, IdSource};
use media_store_blob::LocalBlobStore;
use media_store_sqlite::{SqliteStore, SqliteStoreOptions};

use super::WiringError;
use super::system::RandomIds;
use crate::config::{Durability, Settings};

/// Longer side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 256;

/// What opening an engine needs besides settings.
#[derive(Debug)]
pub struct OpenEngine<'a> {
    /// What is configured.
    pub settings: &'a Settings,
    /// The chains by name.
    pub chains: BTreeMap<String, Arc<MediaGeneratorChain>>,
    /// Looks into files.
    pub imaging: Arc<ImagingService>,
    /// Fetches images that a provider answered by address.
    pub fetcher: GuardedDownloader,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Opens the data folder, which is made if it is not there, and puts the engine together. Blocks while the store opens.
///
/// # Errors
/// [`WiringError::Folder`], [`WiringError::Store`].
pub fn open_engine(open: OpenEngine<'_>) -> Result<Arc<MediaEngine>, WiringError> {
    let folder = &open.settings.data_dir;
    let shown = folder.display().to_string();
    std::fs::create_dir_all(folder).map_err(|source| WiringError::Folder { folder: shown.clone(), source })?;
    let in_folder = |source| WiringError::Store { folder: shown.clone(), source };
    let owner_id = OwnerId::from_uuid(RandomIds.next_uuid());
    let (store_durability, blob_durability) = match open.settings.durability {
        Durability::Power => (media_store_sqlite::Durability::Power, media_store_blob::Durability::Power),
        Durability::Process => (media_store_sqlite::Durability::Process, media_store_blob::Durability::Process),
    };
    let mut options = SqliteStoreOptions::new(folder.clone(), owner_id);
    options.durability = store_durability;
    let store = Arc::new(SqliteStore::open(options).map_err(in_folder)?);
    let blobs = LocalBlobStore::open(folder.join("blobs"), blob_durability).map_err(in_folder)?;
    let parts = EngineParts {
        assets: store.clone(),
        libraries: store.clone(),
        performance: store.clone(),
        suggestions: store.clone(),
        jobs: store.clone(),
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
