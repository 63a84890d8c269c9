//! Who holds which idempotency key.

use chrono::TimeDelta;
use media_domain::idempotency::KEY_LIFETIME;
use media_domain::{IdempotencyClaim, Job, JobState};
use media_ports::StoreErrorKind;
use rusqlite::Connection;

use super::execute;
use crate::columns::Columns;
use crate::failure::Failure;

const HOLDER: &str = "SELECT job_key, state, created_at FROM jobs WHERE user_id = ?1 AND held_key = ?2";
const FREE: &str = "UPDATE jobs SET held_key = NULL WHERE job_key = ?1";

/// Makes the key that a new job claims free for it, or refuses; returns the key that it is to hold.
pub(super) fn claim<'job>(connection: &Connection, job: &'job Job) -> Result<Option<&'job str>, Failure> {
    let Some(IdempotencyClaim { key, .. }) = &job.idempotency else { return Ok(None) };
    let holder = {
        let mut statement = connection.prepare_cached(HOLDER)?;
        let mut rows = statement.query((job.user_id.as_str(), key.as_str()))?;
        let row = rows.next()?.map(|row| {
            let mut columns = Columns::of(row);
            Ok::<_, Failure>((columns.value()?, columns.parsed::<JobState>()?, columns.time()?))
        });
        row.transpose()?
    };
    if let Some((job_key, state, planned_at)) = holder {
        let open = !state.is_final() || state == JobState::Unknown;
        let remembered = TimeDelta::from_std(KEY_LIFETIME).unwrap_or(TimeDelta::MAX);
        if open || job.created_at.signed_duration_since(planned_at) < remembered {
            let message = format!("plan job {}: another job of user {} holds its key", job.job_id, job.user_id);
            return Err(Failure::new(StoreErrorKind::AlreadyExists, message));
        }
        free(connection, job_key)?;
    }
    Ok(Some(key.as_str()))
}

/// Frees the key of a job, if it holds one.
pub(crate) fn free(connection: &Connection, job_key: i64) -> Result<(), Failure> {
    execute(connection, FREE, &[&job_key]).map(drop)
}
