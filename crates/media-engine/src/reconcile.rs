//! Asking the vendor what became of a job that nobody knows the end of.

use std::sync::Arc;
use std::time::Duration;

use media_chain::{MediaGeneratorChain, Standing};
use media_domain::{Job, JobAttempt, JobHandle, JobId, JobState, ProviderId, RequestId, Resolution};
use media_ports::{
    CallContext, Change, ChangeSet, GenerationAnswer, ImageGenerator, JobQuery, MediaGeneratorProvider, ProviderError,
    ResolveAnswer, StoreErrorKind,
};

use crate::engine::MediaEngine;
use crate::error::{EngineError, Subject, refused};
use crate::handle_journal::HandleJournal;
use crate::job_book::JobBook;
use crate::libraries::LibraryRef;
use crate::order::Order;
use crate::told::as_told;

/// Longest time for one question.
const QUESTION_DEADLINE: Duration = Duration::from_secs(120);

/// What the vendor told of a job.
#[derive(Debug, Clone)]
pub enum Reconciled {
    /// It had delivered: here is the job with its assets. It is still unknown where another part of it is.
    Delivered(Box<Job>),
    /// It is still at work: ask again later.
    StillRunning,
    /// It ended without images; the job is closed if the vendor told whether it billed that.
    Failed {
        /// Why, in the vendor's words.
        reason: String,
        /// Whether it was billed, as far as the vendor tells.
        billed: Option<bool>,
    },
    /// The vendor does not know it any more: only a person can close it.
    Forgotten,
}

/// What the vendors told of the open attempts of one job.
#[derive(Default)]
struct Told {
    delivered: bool,
    running: bool,
    forgotten: bool,
    failed: Option<(String, Option<bool>)>,
}

impl MediaEngine {
    /// Asks the vendor what became of the unknown attempts of a job, files what they delivered, and closes the job once
    /// nothing of it is open. Images of a job of which nothing is retained are not filed: only their bill is settled.
    ///
    /// # Errors
    /// `NotFound`; `NotUnknown` for a job in any other state; `NobodyToAsk` when the vendor gave no handle, or the provider
    /// cannot be called now; `Unanswered` when the vendor does not tell, `Unfetched` when its pictures do not come.
    #[tracing::instrument(skip_all, fields(%job_id))]
    pub async fn reconcile_job(&self, job_id: JobId) -> Result<Reconciled, EngineError> {
        let job = self.job(job_id).await?;
        if job.state != JobState::Unknown {
            return Err(EngineError::NotUnknown { job_id, state: job.state });
        }
        let mut told = Told::default();
        for (attempt, handle) in open_attempts(&job)? {
            self.reconcile_attempt(&job, attempt, &handle, &mut told).await?;
        }
        let job = self.job(job_id).await?;
        Ok(match told {
            Told { running: true, .. } => Reconciled::StillRunning,
            Told { delivered: true, .. } => Reconciled::Delivered(Box::new(job)),
            Told { failed: Some((reason, billed)), .. } => Reconciled::Failed { reason, billed },
            Told { .. } => Reconciled::Forgotten,
        })
    }

    /// Asks about one attempt. What is told is written down at once, so that a later question is only about the rest.
    async fn reconcile_attempt(
        &self,
        job: &Job,
        attempt: &JobAttempt,
        handle: &JobHandle,
        told: &mut Told,
    ) -> Result<(), EngineError> {
        let job_id = job.job_id;
        let (chain, generator) = self.generator_of(job, &attempt.provider)?;
        let deadline = self.parts.clock.now() + QUESTION_DEADLINE;
        let mut context = CallContext::new(deadline, RequestId::from_uuid(self.new_uuid()), job.user_id.clone());
        // A question may take the job a step further, and then it goes by another handle.
        context.journal = Arc::new(HandleJournal::new(job_id, attempt, self.parts.writer.clone()));
        let unanswered = |error: ProviderError| EngineError::Unanswered {
            job_id,
            provider: attempt.provider.to_string(),
            source: Box::new(error),
        };
        match generator.resolve(&context, handle).await.map_err(unanswered)? {
            ResolveAnswer::Running => told.running = true,
            ResolveAnswer::Gone => told.forgotten = true,
            ResolveAnswer::Failed { reason, billed } => {
                if let Some(billed) = billed {
                    self.close_attempt(job_id, attempt.number, billed, told.delivered).await?;
                }
                told.failed = Some((reason, billed));
            }
            ResolveAnswer::Done(mut answer) => {
                if answer.usage.credits == 0 {
                    answer.usage.credits = claimed_credits(attempt);
                }
                self.take_delivery(job_id, attempt.number, chain, *answer).await?;
                told.delivered = true;
            }
        }
        Ok(())
    }

    /// Files the images of an attempt that had been lost, unless nothing of them is retained.
    async fn take_delivery(
        &self,
        job_id: JobId,
        number: u32,
        chain: Arc<MediaGeneratorChain>,
        mut answer: GenerationAnswer,
    ) -> Result<(), EngineError> {
        // Read again, because an earlier attempt may have been told of meanwhile.
        let job = self.job(job_id).await?;
        if !job.retain.is_everything() {
            return self.close_attempt(job_id, number, true, true).await;
        }
        // The vendor knows of its own job only.
        answer.attempts = job.attempts.iter().map(|attempt| as_told(attempt, Some(number))).collect();
        let library = self.library(&LibraryRef::Id(job.library_id)).await?;
        let book = JobBook::written(&job, self.parts.writer.clone(), self.parts.clock.clone());
        book.reopen(number);
        let filed = Order::of_job(&job, Arc::new(book), chain, library).take_answer(self, answer).await;
        match filed {
            // Somebody else has asked at the same time, and was quicker.
            Err(EngineError::Store(error)) if error.kind == StoreErrorKind::Conflict => Ok(()),
            filed => filed.map(drop),
        }
    }

    /// Closes an attempt that brought no images, and with the last one its job.
    async fn close_attempt(
        &self,
        job_id: JobId,
        number: u32,
        billed: bool,
        delivered: bool,
    ) -> Result<(), EngineError> {
        let job = self.job(job_id).await?;
        let at = self.now();
        let mut changes = ChangeSet::default();
        let is_open = |attempt: &&JobAttempt| attempt.state == JobState::Unknown;
        if let Some(attempt) = job.attempts.iter().find(|attempt| attempt.number == number) {
            let mut attempt = attempt.clone();
            attempt.state = if billed { JobState::Settled } else { JobState::Failed };
            // Without a word of the vendor about the amount, what was set aside is what was used.
            attempt.usage.credits = if billed { claimed_credits(&attempt) } else { 0 };
            attempt.ended_at = Some(at);
            changes.push(Change::EndAttempt { job_id, attempt: Box::new(attempt) });
        }
        if job.attempts.iter().filter(is_open).all(|attempt| attempt.number == number) {
            let resolution = if billed || delivered || !job.asset_ids.is_empty() {
                Resolution::Billed
            } else {
                Resolution::NotBilled
            };
            changes.push(Change::ResolveJob { job_id, resolution, asset_ids: Vec::new(), at });
        }
        self.parts.writer.commit(changes).await.map_err(|error| refused(error, Subject::Job, job_id))?;
        Ok(())
    }

    /// The unknown jobs that a vendor can be asked about, newest first.
    ///
    /// # Errors
    /// `Store`.
    #[tracing::instrument(skip_all)]
    pub async fn reconcilable_jobs(&self, limit: usize) -> Result<Vec<Job>, EngineError> {
        let unknown = self.jobs(&JobQuery { states: vec![JobState::Unknown], limit }).await?;
        Ok(unknown.into_iter().filter(|job| open_attempts(job).is_ok()).collect())
    }

    /// The generator of a provider, in the job's own chain or, if that has changed, in any other.
    fn generator_of(
        &self,
        job: &Job,
        provider: &ProviderId,
    ) -> Result<(Arc<MediaGeneratorChain>, Arc<dyn ImageGenerator>), EngineError> {
        let own = self.parts.chains.get(&job.chain).into_iter();
        let mut why = String::new();
        for chain in own.chain(self.parts.chains.values()) {
            let member = chain.members().iter().find(|member| member.id() == provider);
            match member.map(|member| &member.standing) {
                Some(Standing::Ready(MediaGeneratorProvider { generator: Some(generator), .. })) => {
                    return Ok((chain.clone(), generator.clone()));
                }
                Some(Standing::Unready(reason)) => why = format!(" ({reason})"),
                _ => {}
            }
        }
        let reason = format!("its provider `{provider}` cannot be called now{why}");
        Err(EngineError::NobodyToAsk { job_id: job.job_id, reason })
    }
}

/// The attempts of a job that are unknown and for which the vendor gave a handle; at least one.
fn open_attempts(job: &Job) -> Result<Vec<(&JobAttempt, JobHandle)>, EngineError> {
    let unknown = job.attempts.iter().filter(|attempt| attempt.state == JobState::Unknown);
    let open: Vec<_> = unknown.filter_map(|attempt| Some((attempt, attempt.handle.clone()?))).collect();
    if open.is_empty() {
        let reason =
            "the vendor gave no handle for it; look at the vendor's own records and close it by hand".to_owned();
        return Err(EngineError::NobodyToAsk { job_id: job.job_id, reason });
    }
    Ok(open)
}

fn claimed_credits(attempt: &JobAttempt) -> u32 {
    let claimed = attempt.reservation.quota.as_ref().map_or(0, |claim| claim.credits);
    u32::try_from(claimed).unwrap_or(u32::MAX)
}
