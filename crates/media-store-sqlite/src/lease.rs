//! Locks of the operating system, which any death of a process releases: on the store, and on being an owner of jobs.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use media_domain::OwnerId;
use media_ports::{StoreError, StoreErrorKind};

use crate::failure::io_failure;

const OWNERS_FOLDER: &str = "owners";

/// Keeps other processes from opening, migrating or recovering the store.
#[derive(Debug)]
pub(crate) struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Waits for the lock.
    pub(crate) fn acquire(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join("store.lock");
        let locked = open_lock_file(&path).and_then(|file| file.lock().map(|()| file));
        let file = locked.map_err(|error| io_failure(format!("lock {}", path.display()), error))?;
        Ok(Self { _file: file })
    }
}

/// Shows that an owner of jobs is living.
#[derive(Debug)]
pub(crate) struct OwnerLease {
    _file: File,
}

impl OwnerLease {
    /// Takes the lease; the store's lock keeps a recovery from removing the file between its making and its locking.
    pub(crate) fn acquire(data_dir: &Path, owner_id: OwnerId, _lock: &StoreLock) -> Result<Self, StoreError> {
        let folder = data_dir.join(OWNERS_FOLDER);
        fs::create_dir_all(&folder).map_err(|error| io_failure(format!("make {}", folder.display()), error))?;
        let path = folder.join(format!("{owner_id}.lock"));
        let file = open_lock_file(&path).map_err(|error| io_failure(format!("make {}", path.display()), error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("open the store as owner {owner_id}: a living process is that owner"),
            )),
            Err(TryLockError::Error(error)) => Err(io_failure(format!("lock {}", path.display()), error)),
        }
    }
}

/// The owners that live, and the lock files of those that are gone.
#[derive(Debug, Default)]
pub(crate) struct OwnerCensus {
    /// Owners whose lock is held.
    pub(crate) living: HashSet<OwnerId>,
    /// Files that nobody holds.
    pub(crate) abandoned_files: Vec<PathBuf>,
}

impl OwnerCensus {
    /// Tries every owner's lock; under the store's lock no owner can appear meanwhile.
    pub(crate) fn take(data_dir: &Path, _lock: &StoreLock) -> Result<Self, StoreError> {
        let folder = data_dir.join(OWNERS_FOLDER);
        let failed = |error| io_failure(format!("look for living owners in {}", folder.display()), error);
        let mut census = Self::default();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(owner_id) = owner_of(&path) else { continue };
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            match file.try_lock() {
                Ok(()) => census.abandoned_files.push(path),
                Err(TryLockError::WouldBlock) => {
                    census.living.insert(owner_id);
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Ok(census)
    }
}

fn owner_of(path: &Path) -> Option<OwnerId> {
    path.file_name()?.to_str()?.strip_suffix(".lock")?.parse().ok()
}

fn open_lock_file(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}
