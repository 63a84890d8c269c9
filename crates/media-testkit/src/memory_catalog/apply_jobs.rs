//! Changes to the journal.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, ContentHash, Job, JobAttempt, JobHandle, JobId, JobState, Resolution};
use media_ports::{StoreError, StoreErrorKind};

use super::state::{State, conflict, missing, taken};

impl State {
    pub(crate) fn plan_job(&mut self, job: Job) -> Result<(), StoreError> {
        self.existing_library(job.library_id)?;
        if self.jobs.contains(&job.job_id) {
            return Err(taken("job", job.job_id));
        }
        self.jobs.put(job.job_id, job);
        Ok(())
    }

    pub(crate) fn dispatch_attempt(&mut self, job_id: JobId, attempt: JobAttempt) -> Result<(), StoreError> {
        let mut job = self.running_job(job_id)?;
        job.state = JobState::Dispatched;
        job.updated_at = attempt.dispatched_at;
        job.attempts.push(attempt);
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn accept_attempt(
        &mut self,
        job_id: JobId,
        handle: JobHandle,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.running_job(job_id)?;
        let last = job.attempts.last_mut().ok_or_else(|| missing("an attempt of job", job_id))?;
        last.handle = Some(handle);
        last.state = JobState::Accepted;
        job.state = JobState::Accepted;
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn answer_job(
        &mut self,
        job_id: JobId,
        content_hashes: Vec<ContentHash>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.running_job(job_id)?;
        if let Some(last) = job.attempts.last_mut() {
            last.state = JobState::Answered;
        }
        job.content_hashes = content_hashes;
        job.state = JobState::Answered;
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn end_attempt(&mut self, job_id: JobId, attempt: JobAttempt) -> Result<(), StoreError> {
        let mut job = self.existing_job(job_id)?;
        let last = job.attempts.last_mut().filter(|last| last.number == attempt.number);
        let last = last.ok_or_else(|| missing("attempt", format!("{} of job {job_id}", attempt.number)))?;
        job.updated_at = attempt.ended_at.unwrap_or(job.updated_at);
        *last = attempt;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn end_job(
        &mut self,
        job_id: JobId,
        state: JobState,
        asset_ids: Vec<AssetId>,
        failure: Option<String>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if !state.is_final() || state == JobState::Resolved {
            return Err(StoreError::new(StoreErrorKind::Invalid, format!("end job {job_id} as {state}")));
        }
        let mut job = self.running_job(job_id)?;
        job.state = state;
        job.asset_ids = asset_ids;
        job.failure = failure;
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn resolve_job(
        &mut self,
        job_id: JobId,
        resolution: Resolution,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.existing_job(job_id)?;
        if job.state != JobState::Unknown {
            return Err(conflict(format!("resolve job {job_id}: it is {}, not unknown", job.state)));
        }
        job.state = JobState::Resolved;
        job.resolution = Some(resolution);
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    fn existing_job(&self, job_id: JobId) -> Result<Job, StoreError> {
        self.jobs.get(&job_id).cloned().ok_or_else(|| missing("job", job_id))
    }

    fn running_job(&self, job_id: JobId) -> Result<Job, StoreError> {
        let job = self.existing_job(job_id)?;
        if job.state.is_final() {
            return Err(conflict(format!("go on with job {job_id}: it has ended as {}", job.state)));
        }
        Ok(job)
    }
}
