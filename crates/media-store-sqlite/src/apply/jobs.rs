//! The journal of paid work: jobs as a whole.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, Job, JobId, JobState, Resolution};
use media_ports::StoreErrorKind;
use rusqlite::{Connection, ToSql};

use super::{attempts, execute, first_integer, keys, library_key};
use crate::columns::{Columns, micros, to_json};
use crate::failure::Failure;

const INSERT: &str = "INSERT INTO jobs (job_id, request_id, owner, user_id, chain, request, library_id, state,
        content_hashes, asset_ids, failure, resolution, created_at, updated_at, idempotency, held_key, retain,
        edit)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

/// What a change must know of the job that it is about.
pub(super) struct StoredJob {
    pub(super) job_key: i64,
    pub(super) state: JobState,
    pub(super) user_id: String,
}

/// How a job ends.
pub(super) struct JobEnd {
    pub(super) state: JobState,
    pub(super) asset_ids: Vec<AssetId>,
    pub(super) failure: Option<String>,
    pub(super) at: DateTime<Utc>,
}

/// How an unknown job is closed.
pub(super) struct JobResolution {
    pub(super) resolution: Resolution,
    pub(super) asset_ids: Vec<AssetId>,
    pub(super) at: DateTime<Utc>,
}

impl StoredJob {
    /// Finds a job.
    pub(super) fn load(connection: &Connection, job_id: JobId) -> Result<Self, Failure> {
        let mut statement = connection.prepare_cached("SELECT job_key, state, user_id FROM jobs WHERE job_id = ?1")?;
        let mut rows = statement.query([job_id.as_uuid().into_bytes()])?;
        let row = rows.next()?.ok_or_else(|| Failure::not_found("job", job_id))?;
        let mut columns = Columns::of(row);
        Ok(Self { job_key: columns.value()?, state: columns.parsed()?, user_id: columns.value()? })
    }

    /// Finds a job that has not ended.
    pub(super) fn load_open(connection: &Connection, job_id: JobId) -> Result<Self, Failure> {
        let job = Self::load(connection, job_id)?;
        if job.state.is_final() {
            let message = format!("job {job_id} has ended: it is {}", job.state);
            return Err(Failure::new(StoreErrorKind::Conflict, message));
        }
        Ok(job)
    }

    /// Finds a job of which nobody knows the end.
    fn load_unknown(connection: &Connection, job_id: JobId) -> Result<Self, Failure> {
        let job = Self::load(connection, job_id)?;
        if job.state != JobState::Unknown {
            let message = format!("go on with unknown job {job_id}: it is {}", job.state);
            return Err(Failure::new(StoreErrorKind::Conflict, message));
        }
        Ok(job)
    }
}

/// Writes a new job down, with the attempts it may have.
pub(super) fn plan(connection: &Connection, job: &Job) -> Result<(), Failure> {
    library_key(connection, job.library_id)?;
    let held_key = keys::claim(connection, job)?;
    let values: [&dyn ToSql; 18] = [
        &job.job_id.as_uuid().into_bytes(),
        &job.request_id.as_uuid().into_bytes(),
        &job.owner.as_uuid().into_bytes(),
        &job.user_id.as_str(),
        &job.chain,
        &to_json(&job.request)?,
        &job.library_id.as_uuid().into_bytes(),
        &job.state.as_str(),
        &to_json(&job.content_hashes)?,
        &to_json(&job.asset_ids)?,
        &job.failure,
        &job.resolution.map(Resolution::as_str),
        &micros(job.created_at),
        &micros(job.updated_at),
        &job.idempotency.as_ref().map(to_json).transpose()?,
        &held_key,
        &job.retain.as_str(),
        &job.edit.as_ref().map(to_json).transpose()?,
    ];
    execute(connection, INSERT, &values)
        .map_err(|failure| failure.or_taken(|| format!("plan job {}: its id is taken", job.job_id)))?;
    let job_key = connection.last_insert_rowid();
    job.attempts.iter().try_for_each(|attempt| attempts::plan(connection, job_key, attempt))
}

/// Ends a job.
pub(super) fn end(connection: &Connection, job_id: JobId, end: JobEnd) -> Result<(), Failure> {
    const SQL: &str = "UPDATE jobs SET asset_ids = ?2, failure = ?3 WHERE job_key = ?1";
    if !end.state.is_final() || end.state == JobState::Resolved {
        let message = format!("end job {job_id}: a job does not end as {}", end.state);
        return Err(Failure::new(StoreErrorKind::Invalid, message));
    }
    let StoredJob { job_key, .. } = StoredJob::load_open(connection, job_id)?;
    execute(connection, SQL, &[&job_key, &to_json(&end.asset_ids)?, &end.failure])?;
    if end.state == JobState::Cancelled || (end.state == JobState::Failed && !has_attempts(connection, job_key)?) {
        keys::free(connection, job_key)?;
    }
    set_state(connection, job_key, end.state, end.at)
}

/// Adds assets to those that came of an unknown job.
pub(super) fn add_assets(
    connection: &Connection,
    job_id: JobId,
    asset_ids: Vec<AssetId>,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let job = StoredJob::load_unknown(connection, job_id)?;
    extend_assets(connection, job.job_key, asset_ids)?;
    set_state(connection, job.job_key, job.state, at)
}

/// Closes an unknown job.
pub(super) fn resolve(connection: &Connection, job_id: JobId, close: JobResolution) -> Result<(), Failure> {
    const SQL: &str = "UPDATE jobs SET resolution = ?2 WHERE job_key = ?1";
    let job = StoredJob::load_unknown(connection, job_id)?;
    extend_assets(connection, job.job_key, close.asset_ids)?;
    execute(connection, SQL, &[&job.job_key, &close.resolution.as_str()])?;
    attempts::resolve(connection, &job, close.resolution)?;
    set_state(connection, job.job_key, JobState::Resolved, close.at)
}

/// Moves a job on.
pub(super) fn set_state(
    connection: &Connection,
    job_key: i64,
    state: JobState,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE jobs SET state = ?2, updated_at = ?3 WHERE job_key = ?1";
    execute(connection, SQL, &[&job_key, &state.as_str(), &micros(at)]).map(drop)
}

/// Adds assets to those that are known to have come of a job.
fn extend_assets(connection: &Connection, job_key: i64, new: Vec<AssetId>) -> Result<(), Failure> {
    let mut asset_ids = asset_ids(connection, job_key)?;
    let new: Vec<_> = new.into_iter().filter(|asset_id| !asset_ids.contains(asset_id)).collect();
    asset_ids.extend(new);
    let sql = "UPDATE jobs SET asset_ids = ?2 WHERE job_key = ?1";
    execute(connection, sql, &[&job_key, &to_json(&asset_ids)?]).map(drop)
}

fn asset_ids(connection: &Connection, job_key: i64) -> Result<Vec<AssetId>, Failure> {
    let mut statement = connection.prepare_cached("SELECT asset_ids FROM jobs WHERE job_key = ?1")?;
    let mut rows = statement.query([job_key])?;
    rows.next()?.map_or(Ok(Vec::new()), |row| Columns::of(row).json())
}

fn has_attempts(connection: &Connection, job_key: i64) -> Result<bool, Failure> {
    const SQL: &str = "SELECT 1 FROM job_attempts WHERE job_key = ?1 LIMIT 1";
    Ok(first_integer(connection, SQL, &[&job_key])?.is_some())
}
