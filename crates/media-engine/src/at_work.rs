//! The jobs that this process is at work on, so that one that was left open by mistake is known for one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use media_domain::JobId;

/// The jobs that this process is at work on.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashSet<JobId>>>);

/// Keeps a job among those at work until it is dropped.
#[derive(Debug)]
pub(crate) struct Work {
    jobs: AtWork,
    job_id: JobId,
}

impl AtWork {
    /// Begins to work on a job.
    pub(crate) fn begin(&self, job_id: JobId) -> Work {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(job_id);
        Work { jobs: self.clone(), job_id }
    }

    /// Whether somebody in this process is at work on a job.
    pub(crate) fn has(&self, job_id: JobId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&job_id)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.jobs.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.job_id);
    }
}
