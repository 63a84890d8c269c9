//! The journal of paid work: the attempts of a job, and with them the books.

use chrono::{DateTime, Utc};
use media_domain::{ContentHash, JobAttempt, JobHandle, JobId, JobState, Reservation, Resolution};
use rusqlite::{Connection, ToSql};

use super::books::{self, Closing};
use super::execute;
use super::jobs::{StoredJob, set_state};
use crate::columns::{Columns, micros, to_json};
use crate::failure::Failure;

const INSERT: &str = "INSERT INTO job_attempts (job_key, number, provider, state, handle, error_kind, message, usage,
        dispatched_at, ended_at, reservation, hold)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const HELD: &str = "SELECT reservation FROM job_attempts WHERE job_key = ?1 AND number = ?2 AND hold = 'held'";
const WRITE: &str = "UPDATE job_attempts SET provider = ?3, state = ?4, handle = ?5, error_kind = ?6, message = ?7,
        usage = ?8, dispatched_at = ?9, ended_at = ?10
    WHERE job_key = ?1 AND number = ?2";
const CLOSE_HOLD: &str = "UPDATE job_attempts SET hold = ?3, settled_credits = ?4, settled_micros = ?5
    WHERE job_key = ?1 AND number = ?2";

/// What is still held for an attempt.
struct Held {
    number: u32,
    reservation: Reservation,
}

/// Adds an attempt to a job and sets aside what it claims.
pub(super) fn dispatch(connection: &Connection, job_id: JobId, attempt: &JobAttempt) -> Result<(), Failure> {
    let job = StoredJob::load_open(connection, job_id)?;
    let hold = (!attempt.reservation.is_empty()).then_some("held");
    insert(connection, job.job_key, attempt, hold).map_err(|failure| {
        failure.or_taken(|| format!("dispatch attempt {} of job {job_id}: there is one already", attempt.number))
    })?;
    books::set_aside(connection, &job.user_id, &attempt.reservation)?;
    set_state(connection, job.job_key, JobState::Dispatched, attempt.dispatched_at)
}

/// Writes down an attempt that a job is planned with; nothing is set aside for it.
pub(super) fn plan(connection: &Connection, job_key: i64, attempt: &JobAttempt) -> Result<(), Failure> {
    insert(connection, job_key, attempt, None)
}

fn insert(connection: &Connection, job_key: i64, attempt: &JobAttempt, hold: Option<&str>) -> Result<(), Failure> {
    let reservation = &attempt.reservation;
    let reservation = if reservation.is_empty() { None } else { Some(to_json(reservation)?) };
    with_facts(job_key, attempt, |facts| {
        let claim: [&dyn ToSql; 2] = [&reservation, &hold];
        execute(connection, INSERT, &[facts, &claim].concat()).map(drop)
    })
}

/// Keeps the vendor's handle of an attempt.
pub(super) fn accept(
    connection: &Connection,
    job_id: JobId,
    number: u32,
    handle: &JobHandle,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    const SQL: &str = "UPDATE job_attempts SET handle = ?3, state = 'accepted' WHERE job_key = ?1 AND number = ?2";
    let StoredJob { job_key, .. } = StoredJob::load_open(connection, job_id)?;
    if execute(connection, SQL, &[&job_key, &number, &handle.as_str()])? == 0 {
        return Err(no_attempt(number, job_id));
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
        WHERE job_key = ?1 AND state IN ('planned', 'dispatched', 'accepted', 'answered')";
    let StoredJob { job_key, .. } = StoredJob::load_open(connection, job_id)?;
    execute(connection, SQL, &[&job_key])?;
    let hashes = to_json(&content_hashes)?;
    execute(connection, "UPDATE jobs SET content_hashes = ?2 WHERE job_key = ?1", &[&job_key, &hashes])?;
    set_state(connection, job_key, JobState::Answered, at)
}

/// Writes an attempt as it ended, and closes what is held for it once that is clear.
pub(super) fn end(connection: &Connection, job_id: JobId, attempt: &JobAttempt) -> Result<(), Failure> {
    const SQL: &str = "UPDATE jobs SET updated_at = coalesce(?2, updated_at) WHERE job_key = ?1";
    let job = StoredJob::load(connection, job_id)?;
    if with_facts(job.job_key, attempt, |facts| execute(connection, WRITE, facts))? == 0 {
        return Err(no_attempt(attempt.number, job_id));
    }
    if let Some(closing) = Closing::of(attempt.state, &attempt.usage)
        && let Some(held) = held(connection, job.job_key, attempt.number)?
    {
        held.close(connection, &job, closing)?;
    }
    execute(connection, SQL, &[&job.job_key, &attempt.ended_at.map(micros)]).map(drop)
}

/// Closes whatever is held for the attempts of a job whose outcome has become known, and the unknown attempts with it.
pub(super) fn resolve(connection: &Connection, job: &StoredJob, resolution: Resolution) -> Result<(), Failure> {
    const ALL_HELD: &str =
        "SELECT number, reservation FROM job_attempts WHERE job_key = ?1 AND hold = 'held' ORDER BY number";
    const CLOSE: &str = "UPDATE job_attempts SET state = ?2 WHERE job_key = ?1 AND state = 'unknown'";
    let (state, closing) = match resolution {
        Resolution::Billed => (JobState::Settled, Closing::Settled { credits: None, micros: None }),
        Resolution::NotBilled => (JobState::Failed, Closing::Released),
    };
    let held: Vec<Held> = {
        let mut statement = connection.prepare_cached(ALL_HELD)?;
        let held = statement.query_and_then([job.job_key], |row| {
            let mut columns = Columns::of(row);
            Ok::<_, Failure>(Held { number: columns.value()?, reservation: columns.json()? })
        })?;
        held.collect::<Result<_, _>>()?
    };
    held.iter().try_for_each(|held| held.close(connection, job, closing))?;
    execute(connection, CLOSE, &[&job.job_key, &state.as_str()]).map(drop)
}

impl Held {
    fn close(&self, connection: &Connection, job: &StoredJob, closing: Closing) -> Result<(), Failure> {
        let (credits, micros) = closing.amounts();
        execute(connection, CLOSE_HOLD, &[&job.job_key, &self.number, &closing.as_str(), &credits, &micros])?;
        books::close(connection, &job.user_id, &self.reservation, closing)
    }
}

/// What is still held for an attempt.
fn held(connection: &Connection, job_key: i64, number: u32) -> Result<Option<Held>, Failure> {
    let mut statement = connection.prepare_cached(HELD)?;
    let mut rows = statement.query((job_key, number))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Held { number, reservation: Columns::of(row).json()? }))
}

fn no_attempt(number: u32, job_id: JobId) -> Failure {
    Failure::not_found(&format!("attempt {number} of job"), job_id)
}

/// The attempt's own facts, in the order of both statements above.
fn with_facts<T>(
    job_key: i64,
    attempt: &JobAttempt,
    write: impl FnOnce(&[&dyn ToSql]) -> Result<T, Failure>,
) -> Result<T, Failure> {
    write(&[
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
    ])
}
