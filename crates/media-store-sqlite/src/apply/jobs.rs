//! The journal of paid work.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, ContentHash, Job, JobAttempt, JobHandle, JobId, JobState, Resolution};
use media_ports::StoreErrorKind;
use rusqlite::{Connection, ToSql};

use super::execute;
use crate::columns::{Columns, micros, to_json};
use crate::failure::Failure;

const INSERT_JOB: &str = "INSERT INTO jobs (job_id, request_id, owner, user_id, chain, request, library_id, state,
        content_hashes, asset_ids, failure, resolution, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
const INSERT_ATTEMPT: &str =
    "INSERT INTO job_attempts (job_key, number, provider, state, handle, error_kind, message, usage,
        dispatched_at, ended_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const WRITE_ATTEMPT: &str =
    "UPDATE job_attempts SET provider = ?3, state = ?4, handle = ?5, error_kind = ?6, message = ?7,
        usage = ?8, dispatched_at = ?9, ended_at = ?10
    WHERE job_key = ?1 AND number = ?2";

/// How a job ends.
pub(super) struct JobEnd {
    pub(super) state: JobState,
    pub(super) asset_ids: Vec<AssetId>,
    pub(super) failure: Option<String>,
    pub(super) at: DateTime<Utc>,
}

/// Writes a new job down, with the attempts it may have.
pub(super) fn plan(connection: &Connection, job: &Job) -> Result<(), Failure> {
    let values: [&dyn ToSql; 14] = [
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
    ];
    execute(connection, INSERT_JOB, &values)
        .map_err(|failure| failure.or_taken(|| format!("plan job {}: its id is taken", job.job_id)))?;
    let job_key = connection.last_insert_rowid();
    job.attempts.iter().try_for_each(|attempt| write_attempt(connection, INSERT_ATTEMPT, job_key, attempt).map(drop))
}

/// Adds an attempt.
pub(super) fn dispatch(connection: &Connection, job_id: JobId, attempt: &JobAttempt) -> Result<(), Failure> {
    let job_key = open_job(connection, job_id)?;
    write_attempt(connection, INSERT_ATTEMPT, job_key, attempt).map_err(|failure| {
        failure.or_taken(|| format!("dispatch attempt {} of job {job_id}: there is one already", attempt.number))
    })?;
    set_state(connection, job_key, JobState::Dispatched, attempt.dispatched_at)
}

/// Keeps the vendor's handle of the last attempt.
pub(super) fn accept(
    connection: &Connection,
    job_id: JobId,
    handle: &JobHandle,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE job_attempts SET handle = ?2, state = 'accepted'
        WHERE job_key = ?1 AND number = (SELECT max(number) FROM job_attempts WHERE job_key = ?1)";
    let job_key = open_job(connection, job_id)?;
    if execute(connection, SQL, &[&job_key, &handle.as_str()])? == 0 {
        return Err(Failure::not_found("attempt of job", job_id));
    }
    set_state(connection, job_key, JobState::Accepted, at)
}

/// Keeps the hashes of the images that came.
pub(super) fn answer(
    connection: &Connection,
    job_id: JobId,
    content_hashes: &[ContentHash],
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE job_attempts SET state = 'answered'
        WHERE job_key = ?1 AND number = (SELECT max(number) FROM job_attempts WHERE job_key = ?1)";
    let job_key = open_job(connection, job_id)?;
    execute(connection, SQL, &[&job_key])?;
    let hashes = to_json(&content_hashes)?;
    execute(connection, "UPDATE jobs SET content_hashes = ?2 WHERE job_key = ?1", &[&job_key, &hashes])?;
    set_state(connection, job_key, JobState::Answered, at)
}

/// Writes an attempt as it ended.
pub(super) fn end_attempt(connection: &Connection, job_id: JobId, attempt: &JobAttempt) -> Result<(), Failure> {
    let (job_key, _) = job(connection, job_id)?;
    if write_attempt(connection, WRITE_ATTEMPT, job_key, attempt)? == 0 {
        return Err(Failure::not_found(&format!("attempt {} of job", attempt.number), job_id));
    }
    const SQL: &str = "UPDATE jobs SET updated_at = coalesce(?2, updated_at) WHERE job_key = ?1";
    execute(connection, SQL, &[&job_key, &attempt.ended_at.map(micros)]).map(drop)
}

/// Ends a job.
pub(super) fn end(connection: &Connection, job_id: JobId, end: JobEnd) -> Result<(), Failure> {
    if !end.state.is_final() || end.state == JobState::Resolved {
        let message = format!("end job {job_id}: a job does not end as {}", end.state);
        return Err(Failure::new(StoreErrorKind::Invalid, message));
    }
    let job_key = open_job(connection, job_id)?;
    let asset_ids = to_json(&end.asset_ids)?;
    const SQL: &str = "UPDATE jobs SET asset_ids = ?2, failure = ?3 WHERE job_key = ?1";
    execute(connection, SQL, &[&job_key, &asset_ids, &end.failure])?;
    set_state(connection, job_key, end.state, end.at)
}

/// Closes an unknown job.
pub(super) fn resolve(
    connection: &Connection,
    job_id: JobId,
    resolution: Resolution,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let (job_key, state) = job(connection, job_id)?;
    if state != JobState::Unknown {
        let message = format!("resolve job {job_id}: it is {state}, and only an unknown job is resolved by hand");
        return Err(Failure::new(StoreErrorKind::Conflict, message));
    }
    const SQL: &str = "UPDATE jobs SET resolution = ?2 WHERE job_key = ?1";
    execute(connection, SQL, &[&job_key, &resolution.as_str()])?;
    set_state(connection, job_key, JobState::Resolved, at)
}

fn job(connection: &Connection, job_id: JobId) -> Result<(i64, JobState), Failure> {
    let mut statement = connection.prepare_cached("SELECT job_key, state FROM jobs WHERE job_id = ?1")?;
    let mut rows = statement.query([job_id.as_uuid().into_bytes()])?;
    let row = rows.next()?.ok_or_else(|| Failure::not_found("job", job_id))?;
    let mut columns = Columns::of(row);
    Ok((columns.value()?, columns.parsed()?))
}

/// The key of a job that has not ended.
fn open_job(connection: &Connection, job_id: JobId) -> Result<i64, Failure> {
    match job(connection, job_id)? {
        (_, state) if state.is_final() => {
            Err(Failure::new(StoreErrorKind::Conflict, format!("job {job_id} has ended: it is {state}")))
        }
        (job_key, _) => Ok(job_key),
    }
}

fn set_state(connection: &Connection, job_key: i64, state: JobState, at: DateTime<Utc>) -> Result<(), Failure> {
    const SQL: &str = "UPDATE jobs SET state = ?2, updated_at = ?3 WHERE job_key = ?1";
    execute(connection, SQL, &[&job_key, &state.as_str(), &micros(at)]).map(drop)
}

fn write_attempt(connection: &Connection, sql: &str, job_key: i64, attempt: &JobAttempt) -> Result<usize, Failure> {
    let values: [&dyn ToSql; 10] = [
        &job_key,
        &attempt.number,
        &attempt.provider.as_str(),
        &attempt.state.as_str(),
        &attempt.handle.as_ref().map(JobHandle::as_str),
        &attempt.error_kind.map(|kind| kind.as_str()),
        &attempt.message,
        &to_json(&attempt.usage)?,
        &micros(attempt.dispatched_at),
        &attempt.ended_at.map(micros),
    ];
    execute(connection, sql, &values)
}
