//! Writing to the catalogue: one door, all or nothing.

use std::error::Error;
use std::fmt::{self, Debug};
use std::path::PathBuf;

use async_trait::async_trait;
use media_domain::{ContentHash, JobId};
use serde::{Deserialize, Serialize};

use crate::{ChangeSet, CommitReceipt};

/// Writes to the catalogue.
///
/// ```
/// use media_domain::{MediaLibrary, UsageEvent, AssetId};
/// use media_ports::{CatalogWriter, Change, ChangeSet, StoreError};
///
/// async fn create_and_use(
///     writer: &dyn CatalogWriter,
///     library: MediaLibrary,
///     asset_id: AssetId,
///     usage: UsageEvent,
/// ) -> Result<(), StoreError> {
///     let library_id = library.library_id;
///     let changes = ChangeSet::default()
///         .with(Change::CreateLibrary(library))
///         .with(Change::LinkAsset { library_id, asset_id })
///         .with(Change::RecordUsage { asset_id, usage });
///     writer.commit(changes).await?;
///     Ok(())
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CatalogWriter: Debug + Send + Sync + 'static {
    /// Carries out every change of the set, or none; returns once they survive what the store's durability promises.
    ///
    /// # Errors
    /// [`StoreError`]: `not_found` for what a change refers to, `conflict` for a stale version, `already_exists` for a
    /// taken name, `quota_exceeded` and `budget_exceeded` for what cannot be set aside, `unavailable`.
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError>;
}

/// Looks after a store as a whole.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait StoreMaintenance: Debug + Send + Sync + 'static {
    /// Closes the jobs of processes that are gone: `planned` becomes `cancelled`, what had been dispatched becomes
    /// `unknown`. Jobs of living processes are left alone. Returns the jobs that became unknown.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn recover_abandoned_jobs(&self) -> Result<Vec<JobId>, StoreError>;

    /// Checks the catalogue's own structure.
    ///
    /// # Errors
    /// [`StoreError`] when the check itself cannot be made.
    async fn check_integrity(&self) -> Result<Vec<VerifyFinding>, StoreError>;

    /// Up to `limit` hashes that the catalogue names (files, thumbnails, variants, and the images of jobs that are
    /// `answered` or `unknown`, which no asset may name yet), in order, after the one given.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn referenced_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<ContentHash>, StoreError>;

    /// Writes a consistent copy of the catalogue to a new file, while others go on working.
    ///
    /// # Errors
    /// [`StoreError`]: `already_exists` when there is a file at the place.
    async fn backup_to(&self, destination: PathBuf) -> Result<(), StoreError>;
}

/// Something that a check found to be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyFinding {
    /// What is affected.
    pub subject: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A store that could not do what it was asked.
#[derive(Debug)]
pub struct StoreError {
    /// What went wrong.
    pub kind: StoreErrorKind,
    /// What failed and why, without the source's text.
    pub message: String,
    /// The cause.
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// What is referred to does not exist.
    NotFound,
    /// Somebody else has changed it meanwhile.
    Conflict,
    /// A name or key is taken.
    AlreadyExists,
    /// The user's credits of the month do not suffice.
    QuotaExceeded,
    /// The money of a budget does not suffice.
    BudgetExceeded,
    /// The change contradicts itself or the model.
    Invalid,
    /// What is stored cannot be read back.
    Corrupt,
    /// The store is of a newer version than this program.
    TooNew,
    /// The store cannot be reached or written.
    Unavailable,
}

impl StoreError {
    /// Makes an error without a cause.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
