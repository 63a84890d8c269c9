//! Jobs: what was ordered, how far it came, and closing what nobody knows the end of.

use media_domain::{Job, JobId, JobState, Resolution};
use media_ports::{Change, JobQuery, StoreErrorKind};

use crate::engine::MediaEngine;
use crate::error::{EngineError, OrNotFound, Subject, refused};

impl MediaEngine {
    /// A job with its attempts.
    ///
    /// # Errors
    /// `NotFound`.
    #[tracing::instrument(skip_all, fields(%job_id))]
    pub async fn job(&self, job_id: JobId) -> Result<Job, EngineError> {
        self.parts.jobs.job(job_id).await?.or_not_found(Subject::Job, job_id)
    }

    /// Jobs, newest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, EngineError> {
        Ok(self.parts.jobs.jobs(query).await?)
    }

    /// Closes an unknown job by hand, once the vendor's own records have told what became of it.
    ///
    /// # Errors
    /// `NotFound`; `NotUnknown` for a job in any other state.
    #[tracing::instrument(skip_all, fields(%job_id))]
    pub async fn resolve_job(&self, job_id: JobId, resolution: Resolution) -> Result<Job, EngineError> {
        let job = self.job(job_id).await?;
        if job.state != JobState::Unknown {
            return Err(EngineError::NotUnknown { job_id, state: job.state });
        }
        let asset_ids = job.asset_ids;
        let change = Change::ResolveJob { job_id, resolution, asset_ids, at: self.now() };
        match self.parts.writer.commit(change.into()).await {
            Ok(_) => self.job(job_id).await,
            // Somebody else has closed it meanwhile.
            Err(error) if error.kind == StoreErrorKind::Conflict => {
                Err(EngineError::NotUnknown { job_id, state: self.job(job_id).await?.state })
            }
            Err(error) => Err(refused(error, Subject::Job, job_id)),
        }
    }

    /// Closes the jobs of processes that are gone; what they had sent becomes unknown and is never repeated.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn recover_abandoned_jobs(&self) -> Result<Vec<JobId>, EngineError> {
        Ok(self.parts.maintenance.recover_abandoned_jobs().await?)
    }
}
