//! The first answer again: by the caller's key, or shared with the same request under way.

use std::time::Duration;

use media_domain::{IdempotencyKey, Job, JobAttempt, JobId, JobState, Resolution, Retain};
use media_ports::{Change, ChangeSet, StoreErrorKind};

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject};
use crate::generate::GenerateOutcome;
use crate::in_flight::Follower;
use crate::libraries::LibraryRef;
use crate::order::{Order, salted};

/// How often a job that another process is at work on is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl MediaEngine {
    /// The answer of the job that holds the order's key; waits for it if it is still under way. `None` when the key has
    /// become free meanwhile: the job that held it ended before anything was sent.
    pub(crate) async fn replay_key(
        &self,
        order: &Order,
        key: &IdempotencyKey,
    ) -> Result<Option<GenerateOutcome>, EngineError> {
        let held = self.parts.jobs.job_by_key(order.user_id.clone(), key.clone()).await?;
        let Some(job) = held else { return Ok(None) };
        let asked = match job.retain {
            Retain::Everything => order.fingerprint(),
            Retain::Nothing => salted(order.fingerprint(), job.job_id),
        };
        if job.idempotency.as_ref().is_some_and(|held| held.fingerprint != asked) {
            return Err(EngineError::KeyReused { key: key.clone(), job_id: job.job_id });
        }
        self.answer_of(self.ended(job.job_id).await?).await.map(Some)
    }

    /// The answer of the same request that is under way in this process; `None` when it was never written down.
    pub(crate) async fn shared_answer(&self, mut follower: Follower) -> Option<Result<GenerateOutcome, EngineError>> {
        follower.ended().await;
        match self.job(follower.job_id).await {
            Ok(job) => Some(self.answer_of(job).await),
            Err(EngineError::NotFound { .. }) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// A job once nothing more will happen to it by itself. One whose process is gone is closed first.
    async fn ended(&self, job_id: JobId) -> Result<Job, EngineError> {
        loop {
            let job = self.job(job_id).await?;
            if job.state.is_final() {
                return Ok(job);
            }
            if job.owner != self.parts.settings.owner_id {
                self.recover_abandoned_jobs().await?;
            } else if !self.at_work.has(job_id) {
                self.close_forgotten(job_id).await?;
            }
            self.parts.clock.sleep_until(self.parts.clock.now() + LOOK_EVERY).await;
        }
    }

    /// Closes a job of this process that nobody is at work on: its end could not be written down when it came.
    async fn close_forgotten(&self, job_id: JobId) -> Result<(), EngineError> {
        // Read again: it may have ended just before the work on it did.
        let job = self.job(job_id).await?;
        if job.state.is_final() {
            return Ok(());
        }
        let at = self.now();
        let mut changes = ChangeSet::default();
        for attempt in job.attempts.iter().filter(|attempt| !attempt.state.is_final()) {
            let lost = JobAttempt { state: JobState::Unknown, ended_at: Some(at), ..attempt.clone() };
            changes.push(Change::EndAttempt { job_id, attempt: Box::new(lost) });
        }
        let state = job.state.abandoned_with(job.attempts.iter().map(|attempt| attempt.state));
        let failure = Some("its end could not be recorded".to_owned());
        changes.push(Change::EndJob { job_id, state, asset_ids: Vec::new(), failure, at });
        match self.parts.writer.commit(changes).await {
            // Somebody else has closed it meanwhile.
            Err(error) if error.kind == StoreErrorKind::Conflict => Ok(()),
            closed => Ok(closed.map(drop)?),
        }
    }

    /// What a job that has ended answers.
    async fn answer_of(&self, job: Job) -> Result<GenerateOutcome, EngineError> {
        if !job.asset_ids.is_empty() {
            return self.assets_of(&job).await;
        }
        let job_id = job.job_id;
        match (job.state, job.resolution) {
            (JobState::Settled, _) | (JobState::Resolved, Some(Resolution::Billed)) if !job.retain.is_everything() => {
                Err(EngineError::NotRetained { job_id })
            }
            (state, _) if state == JobState::Unknown || !state.is_final() => {
                Err(EngineError::OutcomeUnknown { job_id })
            }
            (_, Some(Resolution::Billed)) => {
                Err(EngineError::FailedBefore { job_id, failure: "it was billed, and its images were lost".to_owned() })
            }
            (_, Some(Resolution::NotBilled)) => {
                Err(EngineError::FailedBefore { job_id, failure: "it was closed as not billed".to_owned() })
            }
            _ => {
                Err(EngineError::FailedBefore { job_id, failure: job.failure.unwrap_or_else(|| job.state.to_string()) })
            }
        }
    }

    async fn assets_of(&self, job: &Job) -> Result<GenerateOutcome, EngineError> {
        let mut assets = Vec::with_capacity(job.asset_ids.len());
        for asset_id in &job.asset_ids {
            assets.push(self.asset(*asset_id).await?);
        }
        let first = assets.first().map(|asset| asset.asset_id).or_not_found(Subject::Asset, job.job_id)?;
        let record = self.generation_record(first).await?.or_not_found(Subject::Asset, first)?;
        let library = self.library(&LibraryRef::Id(job.library_id)).await?;
        let mut variants = Vec::new();
        for asset in &assets {
            variants.extend(self.exact_size_of(asset, &record).await?);
        }
        let outcome_unknown = job.state == JobState::Unknown;
        Ok(GenerateOutcome { assets, variants, images: Vec::new(), record, library, replayed: true, outcome_unknown })
    }
}
