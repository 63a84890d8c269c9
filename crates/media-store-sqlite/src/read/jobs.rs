//! Reading the journal.

use std::collections::HashMap;

use async_trait::async_trait;
use media_domain::{
    IdempotencyKey, Job, JobAttempt, JobHandle, JobId, JobState, LibraryId, OwnerId, RequestId, Retain, UserId,
};
use media_ports::{JobQuery, JobReader, StoreError};
use rusqlite::{Connection, ToSql};

use super::rows;
use crate::columns::{Columns, limit, to_json};
use crate::failure::Failure;
use crate::store::SqliteStore;

macro_rules! jobs_where {
    ($rest:literal) => {
        concat!(
            "SELECT job_key, job_id, request_id, owner, user_id, chain, request, library_id, state, content_hashes,
                asset_ids, failure, resolution, created_at, updated_at, idempotency, retain, edit FROM jobs ",
            $rest
        )
    };
}

const BY_ID: &str = jobs_where!("WHERE job_id = ?1");
const BY_HELD_KEY: &str = jobs_where!("WHERE user_id = ?1 AND held_key = ?2");
const NEWEST: &str = jobs_where!("ORDER BY created_at DESC, job_key DESC LIMIT ?1");
const NEWEST_IN_STATES: &str =
    jobs_where!("WHERE state IN (SELECT value FROM json_each(?1)) ORDER BY created_at DESC, job_key DESC LIMIT ?2");
const ATTEMPTS: &str = "SELECT t.job_key, t.number, t.provider, t.state, t.handle, t.error_kind, t.message, t.usage,
        t.dispatched_at, t.ended_at, t.reservation
    FROM json_each(?1) k CROSS JOIN job_attempts t ON t.job_key = k.value ORDER BY t.job_key, t.number";

#[async_trait]
impl JobReader for SqliteStore {
    async fn job(&self, job_id: JobId) -> Result<Option<Job>, StoreError> {
        let id = job_id.as_uuid().into_bytes();
        self.readers.read("read a job", move |connection| Ok(jobs(connection, BY_ID, &[&id])?.pop())).await
    }

    async fn job_by_key(&self, user_id: UserId, key: IdempotencyKey) -> Result<Option<Job>, StoreError> {
        let query = move |connection: &_| Ok(jobs(connection, BY_HELD_KEY, &[&user_id.as_str(), &key.as_str()])?.pop());
        self.readers.read("read the job that holds a key", query).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError> {
        let states: Vec<_> = query.states.iter().copied().map(JobState::as_str).collect();
        let most = limit(query.limit);
        let query = move |connection: &_| match states.is_empty() {
            true => jobs(connection, NEWEST, &[&most]),
            false => jobs(connection, NEWEST_IN_STATES, &[&to_json(&states)?, &most]),
        };
        self.readers.read("list jobs", query).await
    }
}

/// Reads jobs in the statement's order, with their attempts: two queries, however many jobs there are.
fn jobs(connection: &Connection, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<Job>, Failure> {
    let mut found = rows(connection, sql, parameters, job_of)?;
    let keys: Vec<i64> = found.iter().map(|(key, _)| *key).collect();
    let index: HashMap<i64, usize> = keys.iter().enumerate().map(|(index, key)| (*key, index)).collect();
    for (key, attempt) in rows(connection, ATTEMPTS, &[&to_json(&keys)?], attempt_of)? {
        if let Some(index) = index.get(&key) {
            found[*index].1.attempts.push(attempt);
        }
    }
    Ok(found.into_iter().map(|(_, job)| job).collect())
}

fn job_of(columns: &mut Columns<'_, '_>) -> Result<(i64, Job), Failure> {
    let key = columns.value()?;
    let job = Job {
        job_id: JobId::from_uuid(columns.uuid()?),
        request_id: RequestId::from_uuid(columns.uuid()?),
        owner: OwnerId::from_uuid(columns.uuid()?),
        user_id: columns.parsed()?,
        chain: columns.value()?,
        request: columns.json()?,
        edit: None,
        retain: Retain::default(),
        library_id: LibraryId::from_uuid(columns.uuid()?),
        state: columns.parsed()?,
        attempts: Vec::new(),
        content_hashes: columns.json()?,
        asset_ids: columns.json()?,
        failure: columns.value()?,
        resolution: columns.optional_parsed()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        idempotency: columns.optional_json()?,
    };
    let retain = columns.optional_parsed()?.unwrap_or_default();
    let job = Job { retain, edit: columns.optional_json()?, ..job };
    Ok((key, job))
}

fn attempt_of(columns: &mut Columns<'_, '_>) -> Result<(i64, JobAttempt), Failure> {
    let key = columns.value()?;
    let attempt = JobAttempt {
        number: columns.value()?,
        provider: columns.parsed()?,
        state: columns.parsed()?,
        handle: columns.value::<Option<String>>()?.map(JobHandle::new),
        error_kind: columns.optional_parsed()?,
        message: columns.value()?,
        usage: columns.json()?,
        dispatched_at: columns.time()?,
        ended_at: columns.optional_time()?,
        reservation: columns.optional_json()?.unwrap_or_default(),
    };
    Ok((key, attempt))
}
