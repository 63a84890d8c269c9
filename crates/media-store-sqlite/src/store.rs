//! The store: opening it, and what it is made of.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use media_domain::OwnerId;
use media_ports::StoreError;

use crate::connection::open_for_writing;
use crate::failure::io_failure;
use crate::lease::{OwnerLease, StoreLock};
use crate::migrate::{MIGRATIONS, migrate};
use crate::readers::Readers;
use crate::writer::Writer;

/// A media catalogue in one SQLite file.
///
/// Implements every reader port, [`CatalogWriter`](media_ports::CatalogWriter) and
/// [`StoreMaintenance`](media_ports::StoreMaintenance). Several processes may have the same folder open at once. Reading
/// needs a tokio runtime; the store goes on working until it is dropped, which ends its writing thread after what has
/// been committed.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) data_dir: PathBuf,
    pub(crate) owner_id: OwnerId,
    pub(crate) readers: Arc<Readers>,
    pub(crate) writer: Writer,
    // Last, so that the owner counts as living until nothing is written any more.
    _lease: OwnerLease,
}

/// How to open a [`SqliteStore`].
#[derive(Debug, Clone)]
pub struct SqliteStoreOptions {
    /// Folder of the catalogue; made when it is missing.
    pub data_dir: PathBuf,
    /// What a finished commit survives.
    pub durability: Durability,
    /// The process that opens the store, unique among all that ever do: its jobs are left alone while the store is open.
    pub owner_id: OwnerId,
    /// Most queries that run at once; at least one.
    pub readers: usize,
}

impl SqliteStoreOptions {
    /// Queries that run at once when nobody says otherwise.
    pub const DEFAULT_READERS: usize = 4;

    /// Opens with durability [`Durability::Power`] and four readers.
    pub fn new(data_dir: impl Into<PathBuf>, owner_id: OwnerId) -> Self {
        Self { data_dir: data_dir.into(), durability: Durability::Power, owner_id, readers: Self::DEFAULT_READERS }
    }
}

/// What a finished commit survives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: every group of commits is synced to the disk.
    #[default]
    Power,
    /// The death of the process (`kill -9`), but not a power cut, which may take the last commits; the catalogue stays
    /// consistent.
    Process,
}

impl SqliteStore {
    /// Name of the catalogue's file in the data folder.
    pub const FILE_NAME: &'static str = "catalogue.db";

    /// Opens the catalogue of a folder, making or migrating it when need be. Blocks on files: call it where that is
    /// allowed (`spawn_blocking`, or before the runtime starts).
    ///
    /// Before an existing catalogue is migrated, a copy is put beside it as `catalogue.before-vN.db`.
    ///
    /// # Errors
    /// [`StoreError`]: `too_new` for the catalogue of a newer program, `corrupt` for a file that is no catalogue,
    /// `conflict` when the owner id is in use, `unavailable`.
    pub fn open(options: SqliteStoreOptions) -> Result<Self, StoreError> {
        let SqliteStoreOptions { data_dir, durability, owner_id, readers } = options;
        fs::create_dir_all(&data_dir)
            .map_err(|error| io_failure(format!("make the data folder {}", data_dir.display()), error))?;
        // SQLite alone answers "database is locked" to some of several processes that open an empty folder at once.
        let lock = StoreLock::acquire(&data_dir)?;
        let lease = OwnerLease::acquire(&data_dir, owner_id, &lock)?;
        let file = data_dir.join(Self::FILE_NAME);
        let mut connection = open_for_writing(&file, durability)?;
        migrate(&mut connection, &file, MIGRATIONS)?;
        let writer = Writer::start(connection)?;
        drop(lock);
        Ok(Self { data_dir, owner_id, readers: Arc::new(Readers::new(file, readers)), writer, _lease: lease })
    }
}
