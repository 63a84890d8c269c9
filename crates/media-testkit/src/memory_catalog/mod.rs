//! A catalogue in memory.

mod apply;
mod apply_jobs;
mod apply_ledger;
mod apply_records;
mod query;
mod read_assets;
mod read_ledger;
mod read_libraries;
mod read_records;
mod state;
mod table;

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use media_domain::{ContentHash, JobId, JobState, OwnerId};
use media_ports::{
    CatalogWriter, ChangeSet, CommitReceipt, StoreError, StoreErrorKind, StoreMaintenance, VerifyFinding,
};

use self::state::State;

/// Keeps a whole catalogue in memory, in ordered maps and without threads, so that a simulation replays exactly.
///
/// It implements every reader port, the books and breakers included, [`CatalogWriter`] and [`StoreMaintenance`]. Every process counts as alive until
/// [`set_owner_alive`](Self::set_owner_alive) says otherwise.
///
/// ```
/// # use media_ports::{CatalogWriter, Change, ChangeSet, LibraryReader};
/// # use media_testkit::{memory_catalog::MemoryCatalog, sample};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let catalog = MemoryCatalog::new();
/// catalog.commit(ChangeSet::from(Change::CreateLibrary(sample::library("Summer")))).await?;
/// assert_eq!(catalog.libraries().await?.len(), 1);
/// # Ok::<(), media_ports::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryCatalog {
    state: Mutex<State>,
    dead_owners: Mutex<BTreeSet<OwnerId>>,
}

impl MemoryCatalog {
    /// Makes an empty catalogue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether the process of this id is running.
    pub fn set_owner_alive(&self, owner: OwnerId, alive: bool) {
        let mut dead = self.dead_owners.lock().unwrap_or_else(PoisonError::into_inner);
        if alive {
            dead.remove(&owner);
        } else {
            dead.insert(owner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CatalogWriter for MemoryCatalog {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let mut state = self.state();
        let mut receipt = CommitReceipt::default();
        for change in changes.changes {
            if let Err(error) = state.apply(change, &mut receipt) {
                state.take_back();
                return Err(error);
            }
        }
        state.keep();
        Ok(receipt)
    }
}

#[async_trait]
impl StoreMaintenance for MemoryCatalog {
    async fn recover_abandoned_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        let dead = self.dead_owners.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut state = self.state();
        let abandoned = |job: &&media_domain::Job| !job.state.is_final() && dead.contains(&job.owner);
        let jobs: Vec<_> = state.jobs.values().filter(abandoned).cloned().collect();
        let mut unknown = Vec::new();
        for mut job in jobs {
            job.state = job.state.abandoned_with(job.attempts.iter().map(|attempt| attempt.state));
            for attempt in &mut job.attempts {
                attempt.state = attempt.state.abandoned();
            }
            if job.state == JobState::Unknown {
                unknown.push(job.job_id);
            }
            state.free_key(&job);
            state.jobs.put(job.job_id, job);
        }
        state.keep();
        Ok(unknown)
    }

    async fn check_integrity(&self) -> Result<Vec<VerifyFinding>, StoreError> {
        Ok(Vec::new())
    }

    async fn referenced_blobs(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<ContentHash>, StoreError> {
        let hashes = self.state().referenced_blobs();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(hashes.range((start, Bound::Unbounded)).take(limit).copied().collect())
    }

    async fn backup_to(&self, destination: PathBuf) -> Result<(), StoreError> {
        let message = format!("back the catalogue up to {}: one in memory has no copy to give", destination.display());
        Err(StoreError::new(StoreErrorKind::Unavailable, message))
    }
}
