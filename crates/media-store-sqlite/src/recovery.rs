//! Closes the jobs of processes that are gone.

use std::fs;

use media_domain::{JobId, JobState, OwnerId};
use media_ports::StoreError;
use rusqlite::Connection;

use crate::apply::keys;
use crate::columns::{Columns, to_json};
use crate::failure::Failure;
use crate::lease::{OwnerCensus, StoreLock};
use crate::store::SqliteStore;

const OPEN_JOBS: &str = "SELECT job_key, job_id, state FROM jobs
    WHERE state IN ('planned', 'dispatched', 'accepted', 'answered')
        AND lower(hex(owner)) NOT IN (SELECT value FROM json_each(?1))
    ORDER BY job_key";
const ATTEMPT_STATES: &str = "SELECT state FROM job_attempts WHERE job_key = ?1";
const CLOSE_JOB: &str = "UPDATE jobs SET state = ?2 WHERE job_key = ?1";
const CLOSE_ATTEMPTS: &str = "UPDATE job_attempts SET state = ?2
    WHERE job_key = ?1 AND state IN ('planned', 'dispatched', 'accepted', 'answered')";

impl SqliteStore {
    /// Finds out who lives, closes the jobs of everybody else and removes their lock files.
    pub(crate) async fn recover(&self) -> Result<Vec<JobId>, StoreError> {
        let data_dir = self.data_dir.clone();
        let census = move || {
            let lock = StoreLock::acquire(&data_dir)?;
            let census = OwnerCensus::take(&data_dir, &lock)?;
            Ok::<_, StoreError>((lock, census))
        };
        let (lock, census) = crate::maintenance::blocking("look for living owners", census).await?;
        let living = census.living.into_iter().chain([self.owner_id]).collect();
        let (unknown, lock) = self.writer.recover(living, lock).await?;
        let tidy = move || {
            for path in census.abandoned_files {
                // Only litter: the next recovery meets the file again.
                let _ = fs::remove_file(path);
            }
            drop(lock);
            Ok(unknown)
        };
        crate::maintenance::blocking("remove the lock files of owners that are gone", tidy).await
    }
}

/// Closes every open job whose owner is not living; returns those that became unknown, whose open attempts stay held.
/// Their times stay: they tell when the owner last gave a sign of life.
pub(crate) fn close_abandoned_jobs(connection: &Connection, living: &[OwnerId]) -> Result<Vec<JobId>, Failure> {
    let living: Vec<String> = living.iter().map(|owner| owner.as_uuid().simple().to_string()).collect();
    let mut unknown = Vec::new();
    for (job_key, job_id, state) in open_jobs(connection, &to_json(&living)?)? {
        let state = state.abandoned_with(attempt_states(connection, job_key)?);
        connection.prepare_cached(CLOSE_JOB)?.execute((job_key, state.as_str()))?;
        connection.prepare_cached(CLOSE_ATTEMPTS)?.execute((job_key, state.as_str()))?;
        match state {
            JobState::Unknown => unknown.push(job_id),
            JobState::Cancelled => keys::free(connection, job_key)?,
            _ => {}
        }
    }
    Ok(unknown)
}

fn attempt_states(connection: &Connection, job_key: i64) -> Result<Vec<JobState>, Failure> {
    let mut statement = connection.prepare_cached(ATTEMPT_STATES)?;
    let states = statement.query_and_then([job_key], |row| Columns::of(row).parsed())?;
    states.collect()
}

fn open_jobs(connection: &Connection, living: &str) -> Result<Vec<(i64, JobId, JobState)>, Failure> {
    let mut statement = connection.prepare_cached(OPEN_JOBS)?;
    let jobs = statement.query_and_then([living], |row| {
        let mut columns = Columns::of(row);
        Ok((columns.value()?, JobId::from_uuid(columns.uuid()?), columns.parsed()?))
    })?;
    jobs.collect()
}
