//! The catalogue of a data folder, open.

use std::sync::Arc;

use media_chain::{BreakerBoard, BreakerStore};
use media_domain::OwnerId;
use media_ports::{Clock, IdSource};
use media_store_sqlite::{SqliteStore, SqliteStoreOptions};

use super::WiringError;
use super::system::RandomIds;
use crate::config::{Durability, Settings};

/// The catalogue of a data folder, open, and whom this process is in its journal.
#[derive(Debug, Clone)]
pub struct OpenCatalogue {
    /// Identifies this process.
    pub owner_id: OwnerId,
    /// Reads and writes.
    pub store: Arc<SqliteStore>,
}

impl OpenCatalogue {
    /// Opens the catalogue, which is made with its folder if it is not there. Blocks.
    ///
    /// # Errors
    /// [`WiringError::Folder`], [`WiringError::Store`].
    pub fn open(settings: &Settings) -> Result<Self, WiringError> {
        let folder = &settings.data_dir;
        let shown = || folder.display().to_string();
        std::fs::create_dir_all(folder).map_err(|source| WiringError::Folder { folder: shown(), source })?;
        let owner_id = OwnerId::from_uuid(RandomIds.next_uuid());
        let mut options = SqliteStoreOptions::new(folder.clone(), owner_id);
        options.durability = match settings.durability {
            Durability::Power => media_store_sqlite::Durability::Power,
            Durability::Process => media_store_sqlite::Durability::Process,
        };
        let store = SqliteStore::open(options).map_err(|source| WiringError::Store { folder: shown(), source })?;
        Ok(Self { owner_id, store: Arc::new(store) })
    }

    /// Opens the catalogue if there is one; looking makes nothing. Blocks.
    ///
    /// # Errors
    /// As [`OpenCatalogue::open`].
    pub fn open_existing(settings: &Settings) -> Result<Option<Self>, WiringError> {
        let is_there = settings.data_dir.join(SqliteStore::FILE_NAME).is_file();
        is_there.then(|| Self::open(settings)).transpose()
    }

    /// The breakers of every process on this catalogue, as they stand in it.
    pub fn breakers(&self, clock: Arc<dyn Clock>) -> Arc<BreakerBoard> {
        let store = BreakerStore { reader: self.store.clone(), writer: self.store.clone() };
        Arc::new(BreakerBoard::shared(clock, store))
    }
}
