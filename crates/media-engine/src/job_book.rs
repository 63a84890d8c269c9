//! What is known of one job while it is under way, and how that reaches the catalogue.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use media_domain::{
    AttemptRecord, Job, JobAttempt, JobHandle, JobId, JobState, ProviderErrorKind, ProviderId, Reservation, Retain,
    Usage,
};
use media_ports::{AttemptEnd, CatalogWriter, Change, ChangeSet, Clock, StoreError};

use crate::own_limits::OwnLimits;
use crate::told::as_told;

/// The attempts of one job. Several may be under way at once, one for each part of a call that was split.
///
/// A job of which nothing is retained is written down late or never: with the first attempt that a quota or budget counts.
#[derive(Debug)]
pub(crate) struct JobBook {
    job_id: JobId,
    retain: Retain,
    writer: Arc<dyn CatalogWriter>,
    clock: Arc<dyn Clock>,
    is_written: AtomicBool,
    /// Whether an attempt that is not written down was lost.
    has_lost: AtomicBool,
    /// Attempts under way, or with an answer, that are not written down.
    unwritten_attempts: AtomicU32,
    /// The job until it is written down; held while an attempt is, so that attempts are numbered as they are dispatched.
    unwritten: tokio::sync::Mutex<Option<Unwritten>>,
    attempts: Mutex<Vec<KnownAttempt>>,
}

/// A job that is written down only if something counts.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) job: Box<Job>,
    pub(crate) own_limits: Arc<OwnLimits>,
}

/// An attempt, and what of it the catalogue does not know yet.
#[derive(Debug)]
struct KnownAttempt {
    attempt: JobAttempt,
    /// Whether its usage is its own, and not to be taken from the whole answer.
    is_metered: bool,
    /// Whether its end is written down.
    is_recorded: bool,
}

impl JobBook {
    /// Starts the book of a job that is written down.
    pub(crate) fn written(job: &Job, writer: Arc<dyn CatalogWriter>, clock: Arc<dyn Clock>) -> Self {
        let known = |attempt: &JobAttempt| KnownAttempt {
            attempt: attempt.clone(),
            is_metered: false,
            is_recorded: attempt.state.is_final(),
        };
        Self {
            job_id: job.job_id,
            retain: job.retain,
            writer,
            clock,
            is_written: AtomicBool::new(true),
            has_lost: AtomicBool::new(false),
            unwritten_attempts: AtomicU32::new(0),
            unwritten: tokio::sync::Mutex::new(None),
            attempts: Mutex::new(job.attempts.iter().map(known).collect()),
        }
    }

    /// Starts the book of a job that may never be written down.
    pub(crate) fn unwritten(unwritten: Unwritten, writer: Arc<dyn CatalogWriter>, clock: Arc<dyn Clock>) -> Self {
        let book = Self::written(&unwritten.job, writer, clock);
        Self { is_written: AtomicBool::new(false), unwritten: tokio::sync::Mutex::new(Some(unwritten)), ..book }
    }

    /// The job, if it is written down.
    pub(crate) fn job_id(&self) -> Option<JobId> {
        self.is_written.load(Ordering::Acquire).then_some(self.job_id)
    }

    /// Takes an attempt up again whose end nobody knew: it is settled with the images that came of it after all.
    pub(crate) fn reopen(&self, number: u32) {
        self.change(number, |known| {
            known.attempt.state = JobState::Answered;
            known.is_recorded = false;
        });
    }

    /// Keeps attempts open that were answered, whose images could not be fetched, and about which the vendor can be asked
    /// again. Answers whether there is one.
    pub(crate) fn keep_open(&self, problem: &str) -> bool {
        let now = self.clock.utc_now();
        let mut attempts = self.attempts();
        let is_open = |known: &&mut KnownAttempt| !known.attempt.state.is_final() && known.attempt.handle.is_some();
        let mut any = false;
        for known in attempts.iter_mut().filter(is_open) {
            any = true;
            known.attempt.state = JobState::Unknown;
            known.attempt.error_kind = Some(ProviderErrorKind::Unavailable);
            known.attempt.message = self.retain.is_everything().then(|| problem.to_owned());
            known.attempt.ended_at = Some(now);
        }
        any
    }

    /// Whether the end of an attempt is unknown: then the job is too, even if others brought images.
    pub(crate) fn has_unknown(&self) -> bool {
        let is_unknown = |known: &KnownAttempt| known.attempt.state == JobState::Unknown;
        self.has_lost.load(Ordering::Relaxed) || self.attempts().iter().any(is_unknown)
    }

    /// Remembers that an attempt which is not written down ended without images, and whether anybody knows how.
    pub(crate) fn end_unwritten(&self, state: JobState) {
        self.unwritten_attempts.fetch_sub(1, Ordering::Relaxed);
        if state == JobState::Unknown {
            self.has_lost.store(true, Ordering::Relaxed);
        }
    }

    /// Gives up the attempts that are under way: nobody will hear how they end. Answers what becomes of the job.
    pub(crate) fn abandon(&self) -> JobState {
        if self.unwritten_attempts.load(Ordering::Relaxed) > 0 {
            self.has_lost.store(true, Ordering::Relaxed);
        }
        let now = self.clock.utc_now();
        let mut attempts = self.attempts();
        for known in attempts.iter_mut().filter(|known| !known.attempt.state.is_final()) {
            known.attempt.state = JobState::Unknown;
            known.attempt.error_kind = Some(ProviderErrorKind::Unexpected);
            known.attempt.message = Some("a fault cut the call short".to_owned());
            known.attempt.ended_at = Some(now);
        }
        let sent = if attempts.is_empty() { JobState::Planned } else { JobState::Dispatched };
        sent.abandoned_with(attempts.iter().map(|known| known.attempt.state))
    }

    /// The attempts that are written down, as errors tell of them.
    pub(crate) fn told(&self) -> Vec<AttemptRecord> {
        self.attempts().iter().map(|known| as_told(&known.attempt, None)).collect()
    }

    /// Writes a new attempt down and answers its number; `None` when nothing counts it, and so nothing is written.
    pub(crate) async fn dispatch(
        &self,
        provider: &ProviderId,
        reservation: &Reservation,
    ) -> Result<Option<u32>, StoreError> {
        let mut unwritten = self.unwritten.lock().await;
        let mut changes = ChangeSet::default();
        if let Some(Unwritten { job, own_limits }) = unwritten.as_ref() {
            if !own_limits.count(&job.user_id, reservation).await? {
                self.unwritten_attempts.fetch_add(1, Ordering::Relaxed);
                return Ok(None);
            }
            changes.push(Change::PlanJob(job.clone()));
        }
        let attempt = JobAttempt {
            number: self.attempts().last().map_or(0, |known| known.attempt.number) + 1,
            provider: provider.clone(),
            state: JobState::Dispatched,
            handle: None,
            error_kind: None,
            message: None,
            reservation: reservation.clone(),
            usage: Usage::default(),
            dispatched_at: self.clock.utc_now(),
            ended_at: None,
        };
        let number = attempt.number;
        changes.push(Change::DispatchAttempt { job_id: self.job_id, attempt: Box::new(attempt.clone()) });
        self.writer.commit(changes).await?;
        *unwritten = None;
        self.is_written.store(true, Ordering::Release);
        self.attempts().push(KnownAttempt { attempt, is_metered: false, is_recorded: false });
        Ok(Some(number))
    }

    /// Keeps the vendor's handle of an attempt.
    pub(crate) async fn accept(&self, number: u32, handle: &JobHandle) -> Result<(), StoreError> {
        self.change(number, |known| {
            known.attempt.state = JobState::Accepted;
            known.attempt.handle = Some(handle.clone());
        });
        let (job_id, at) = (self.job_id, self.clock.utc_now());
        self.writer.commit(Change::AcceptAttempt { job_id, number, handle: handle.clone(), at }.into()).await.map(drop)
    }

    /// Notes what an attempt used to bring its images.
    pub(crate) fn meter(&self, number: u32, usage: &Usage) {
        self.change(number, |known| {
            known.attempt.usage = usage.clone();
            known.is_metered = true;
        });
    }

    /// Closes an attempt without images.
    pub(crate) async fn end(&self, number: u32, end: AttemptEnd) -> Result<(), StoreError> {
        let now = self.clock.utc_now();
        let retain = self.retain;
        let ended = self.change(number, |known| {
            known.attempt.state = end.state;
            known.attempt.error_kind = Some(end.error_kind);
            // A vendor's words may quote the prompt.
            known.attempt.message = retain.is_everything().then_some(end.message);
            known.attempt.usage = end.usage;
            known.attempt.ended_at = Some(now);
            known.attempt.clone()
        });
        let Some(attempt) = ended else { return Ok(()) };
        let change = Change::EndAttempt { job_id: self.job_id, attempt: Box::new(attempt) };
        self.writer.commit(change.into()).await?;
        self.change(number, |known| known.is_recorded = true);
        Ok(())
    }

    /// What the catalogue is to be told of the attempts once the images are here: those under way are settled, each with
    /// what it used; what was not noted of one is what the whole answer used and no other did. Ends that could not be
    /// written down when they came are told again.
    pub(crate) fn settlements(&self, total: &Usage) -> Vec<Change> {
        let now = self.clock.utc_now();
        let mut attempts = self.attempts();
        let is_open = |known: &KnownAttempt| !known.attempt.state.is_final();
        let metered: Vec<Usage> = attempts
            .iter()
            .filter(|known| is_open(known) && known.is_metered)
            .map(|known| known.attempt.usage.clone())
            .collect();
        let mut rest = Some(less(total, &metered));
        for known in attempts.iter_mut().filter(|known| is_open(known)) {
            if !known.is_metered {
                let nothing = Usage { cost_micros: total.cost_micros.map(|_| 0), ..Usage::default() };
                known.attempt.usage = rest.take().unwrap_or(nothing);
            }
            known.attempt.state = JobState::Settled;
            known.attempt.ended_at = Some(now);
        }
        self.untold(&attempts)
    }

    /// Ends that could not be written down when they came.
    pub(crate) fn ends_to_tell(&self) -> Vec<Change> {
        self.untold(&self.attempts())
    }

    fn untold(&self, attempts: &[KnownAttempt]) -> Vec<Change> {
        let untold = attempts.iter().filter(|known| !known.is_recorded && known.attempt.state.is_final());
        let end =
            |known: &KnownAttempt| Change::EndAttempt { job_id: self.job_id, attempt: Box::new(known.attempt.clone()) };
        untold.map(end).collect()
    }

    fn change<T>(&self, number: u32, change: impl FnOnce(&mut KnownAttempt) -> T) -> Option<T> {
        self.attempts().iter_mut().find(|known| known.attempt.number == number).map(change)
    }

    fn attempts(&self) -> MutexGuard<'_, Vec<KnownAttempt>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left of a total once parts of it are taken away.
fn less(total: &Usage, parts: &[Usage]) -> Usage {
    let rest = |whole: Option<u64>, of: fn(&Usage) -> Option<u64>| {
        whole.map(|whole| parts.iter().filter_map(of).fold(whole, u64::saturating_sub))
    };
    Usage {
        credits: parts.iter().map(|part| part.credits).fold(total.credits, u32::saturating_sub),
        cost_micros: rest(total.cost_micros, |part| part.cost_micros),
        input_tokens: rest(total.input_tokens, |part| part.input_tokens),
        image_input_tokens: rest(total.image_input_tokens, |part| part.image_input_tokens),
        output_tokens: rest(total.output_tokens, |part| part.output_tokens),
    }
}
