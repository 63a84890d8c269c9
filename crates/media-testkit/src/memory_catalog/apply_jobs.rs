//! Changes to the journal.

use chrono::{DateTime, Utc};
use media_domain::{AssetId, ContentHash, Job, JobAttempt, JobHandle, JobId, JobState, Resolution};
use media_ports::{StoreError, StoreErrorKind};

use super::apply_ledger::Settlement;
use super::state::{State, conflict, missing, taken};

impl State {
    pub(crate) fn plan_job(&mut self, job: Job) -> Result<(), StoreError> {
        self.existing_library(job.library_id)?;
        if self.jobs.contains(&job.job_id) {
            return Err(taken("job", job.job_id));
        }
        self.claim_key(&job)?;
        self.free_key(&job);
        self.jobs.put(job.job_id, job);
        Ok(())
    }

    pub(crate) fn dispatch_attempt(&mut self, job_id: JobId, attempt: JobAttempt) -> Result<(), StoreError> {
        let mut job = self.running_job(job_id)?;
        job.state = JobState::Dispatched;
        job.updated_at = attempt.dispatched_at;
        self.reserve(&job.user_id, job_id, &attempt)?;
        job.attempts.push(attempt);
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn accept_attempt(
        &mut self,
        job_id: JobId,
        number: u32,
        handle: JobHandle,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.running_job(job_id)?;
        let attempt = attempt_of(&mut job, number)?;
        attempt.handle = Some(handle);
        attempt.state = JobState::Accepted;
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
        for attempt in job.attempts.iter_mut().filter(|attempt| !attempt.state.is_final()) {
            attempt.state = JobState::Answered;
        }
        job.content_hashes = content_hashes;
        job.state = JobState::Answered;
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn end_attempt(&mut self, job_id: JobId, attempt: JobAttempt) -> Result<(), StoreError> {
        let mut job = self.existing_job(job_id)?;
        let updated_at = attempt.ended_at.unwrap_or(job.updated_at);
        let kept = attempt_of(&mut job, attempt.number)?;
        let (number, state) = (attempt.number, attempt.state);
        let used = Settlement::Used { credits: attempt.usage.credits, micros: attempt.usage.cost_micros };
        *kept = JobAttempt { reservation: std::mem::take(&mut kept.reservation), ..attempt };
        job.updated_at = updated_at;
        match state {
            JobState::Settled => self.settle(&job, number, used),
            JobState::Failed | JobState::Cancelled => self.settle(&job, number, Settlement::Released),
            _ => {}
        }
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
        self.free_key(&job);
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn add_job_assets(
        &mut self,
        job_id: JobId,
        asset_ids: Vec<AssetId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.unknown_job(job_id)?;
        add_assets(&mut job, asset_ids);
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    pub(crate) fn resolve_job(
        &mut self,
        job_id: JobId,
        resolution: Resolution,
        asset_ids: Vec<AssetId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut job = self.unknown_job(job_id)?;
        let (settlement, ended) = match resolution {
            Resolution::Billed => (Settlement::AsClaimed, JobState::Settled),
            Resolution::NotBilled => (Settlement::Released, JobState::Failed),
        };
        for attempt in &job.attempts {
            self.settle(&job, attempt.number, settlement);
        }
        for attempt in job.attempts.iter_mut().filter(|attempt| attempt.state == JobState::Unknown) {
            attempt.state = ended;
        }
        add_assets(&mut job, asset_ids);
        job.state = JobState::Resolved;
        job.resolution = Some(resolution);
        job.updated_at = at;
        self.jobs.put(job_id, job);
        Ok(())
    }

    fn existing_job(&self, job_id: JobId) -> Result<Job, StoreError> {
        self.jobs.get(&job_id).cloned().ok_or_else(|| missing("job", job_id))
    }

    fn unknown_job(&self, job_id: JobId) -> Result<Job, StoreError> {
        let job = self.existing_job(job_id)?;
        if job.state != JobState::Unknown {
            return Err(conflict(format!("go on with unknown job {job_id}: it is {}", job.state)));
        }
        Ok(job)
    }

    fn running_job(&self, job_id: JobId) -> Result<Job, StoreError> {
        let job = self.existing_job(job_id)?;
        if job.state.is_final() {
            return Err(conflict(format!("go on with job {job_id}: it has ended as {}", job.state)));
        }
        Ok(job)
    }
}

fn attempt_of(job: &mut Job, number: u32) -> Result<&mut JobAttempt, StoreError> {
    let job_id = job.job_id;
    let attempt = job.attempts.iter_mut().find(|attempt| attempt.number == number);
    attempt.ok_or_else(|| missing("attempt", format!("{number} of job {job_id}")))
}

fn add_assets(job: &mut Job, asset_ids: Vec<AssetId>) {
    let new = asset_ids.into_iter().filter(|asset_id| !job.asset_ids.contains(asset_id));
    job.asset_ids.extend(new.collect::<Vec<_>>());
}
