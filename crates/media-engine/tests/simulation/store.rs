//! The one catalogue as one process reaches it: with latency, in order, and only while the process lives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use media_domain::breaker::{BreakerPhase, BreakerState};
use media_domain::{IdempotencyKey, Job, JobAttempt, JobId, JobState, UserId};
use media_ports::{
    BreakerReader, CatalogWriter, Change, ChangeSet, CommitReceipt, JobQuery, JobReader, KeptBreaker, LedgerReader,
    StoreError, StoreErrorKind,
};
use media_testkit::memory_catalog::MemoryCatalog;

use crate::dice::Dice;
use crate::invariants::Invariant;
use crate::sabotage::Sabotage;
use crate::scenario::Scenario;
use crate::time::{Life, Millis, Timeline};
use crate::trace::Trace;

/// Longest time that a commit takes.
pub(crate) const SLOWEST_COMMIT: Duration = Duration::from_millis(600);

/// A change of a breaker as it was kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BreakerEvent {
    pub(crate) at: Millis,
    pub(crate) vendor: usize,
    /// The incarnation of the process that made it.
    pub(crate) process: u64,
    pub(crate) state: BreakerState,
}

/// The catalogue as one process reaches it.
#[derive(Debug)]
pub(crate) struct ProcessStore {
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) process: u64,
    pub(crate) catalog: Arc<MemoryCatalog>,
    pub(crate) events: Arc<Mutex<Vec<BreakerEvent>>>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) timeline: Timeline,
    pub(crate) life: Life,
    /// Commits are carried out in the order in which they were asked for.
    pub(crate) queue: tokio::sync::Mutex<Dice>,
}

impl ProcessStore {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.scenario.sabotage == Some(sabotage)
    }

    /// Before and after the commit itself; a death in between is a commit that nobody heard of, before it none at all.
    fn latency(dice: &mut Dice) -> (Duration, Duration) {
        let slow = SLOWEST_COMMIT.as_millis() as u64 / 2;
        let mut draw = |slow_share| match dice.unit() {
            drawn if drawn < slow_share => dice.millis(0..=slow),
            drawn if drawn < 0.3 => dice.millis(1..=5),
            _ => Duration::ZERO,
        };
        (draw(0.01), draw(0.01))
    }

    async fn kept(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let seen: Vec<Change> = changes.changes.clone();
        let receipt = self.catalog.commit(changes).await?;
        for change in &seen {
            self.observe(change).await;
        }
        Ok(receipt)
    }

    async fn observe(&self, change: &Change) {
        match change {
            Change::SaveBreaker { key, state, .. } => {
                self.trace.note(&key.provider, format!("breaker of process {}: {}", self.process, phase(state)));
                let vendor = self.scenario.vendor(key.provider.as_str()).unwrap();
                let (at, process) = (self.timeline.now(), self.process);
                self.events.lock().unwrap().push(BreakerEvent { at, vendor, process, state: *state });
            }
            Change::DispatchAttempt { job_id, attempt } => self.within_limits(*job_id, attempt).await,
            _ => {}
        }
    }

    /// What is used and set aside never exceeds a limit, at no moment.
    async fn within_limits(&self, job_id: JobId, attempt: &JobAttempt) {
        let job = self.catalog.job(job_id).await.unwrap().unwrap();
        for limit in &self.scenario.chain(&job.chain).policy.budgets {
            let period = limit.period_of(attempt.dispatched_at);
            let line = self.catalog.budget_line(job.chain.clone(), period).await.unwrap();
            if line.used_micros + line.reserved_micros > limit.micros {
                let message = format!("{} in {period}: {line:?} of {}", job.chain, limit.micros);
                self.trace.violated(Invariant::BudgetNeverExceeded, message);
            }
        }
        let Some(claim) = &attempt.reservation.quota else { return };
        let lines = self.catalog.quota_lines(Some(job.user_id.clone()), claim.period).await.unwrap();
        let line = lines.into_iter().find(|line| line.provider == claim.provider).unwrap();
        if claim.limit.is_some_and(|limit| line.used + line.reserved > limit) {
            self.trace.violated(Invariant::BudgetNeverExceeded, format!("{line:?} of {:?}", claim.limit));
        }
    }

    /// What a broken store makes of a change; nothing, where it forgets it.
    fn distorted(&self, change: Change) -> Option<Change> {
        match change {
            Change::EndAttempt { attempt, .. }
                if self.is(Sabotage::ReleasesForgotten) && attempt.state == JobState::Failed =>
            {
                None
            }
            Change::EndAttempt { job_id, mut attempt } if self.is(Sabotage::SettlementsHalved) => {
                attempt.usage.cost_micros = attempt.usage.cost_micros.map(|micros| micros / 2);
                Some(Change::EndAttempt { job_id, attempt })
            }
            Change::DispatchAttempt { job_id, mut attempt } if self.is(Sabotage::BudgetsIgnored) => {
                attempt.reservation.budgets.iter_mut().for_each(|claim| claim.limit_micros = u64::MAX);
                Some(Change::DispatchAttempt { job_id, attempt })
            }
            Change::PlanJob(mut job) if self.is(Sabotage::KeysForgotten) => {
                job.idempotency = None;
                Some(Change::PlanJob(job))
            }
            Change::SaveBreaker { key, mut state, expected_version } if self.is(Sabotage::ProbesNeverEnd) => {
                if let BreakerPhase::HalfOpen { lease: Some(lease), .. } = &mut state.phase {
                    lease.expires_at += chrono::TimeDelta::days(365);
                    return Some(Change::SaveBreaker { key, state, expected_version });
                }
                let begins = matches!(state.phase, BreakerPhase::Open { trip, .. } if trip.failed_probes == 0);
                begins.then_some(Change::SaveBreaker { key, state, expected_version })
            }
            change => Some(change),
        }
    }
}

#[async_trait]
impl CatalogWriter for ProcessStore {
    async fn commit(&self, changes: ChangeSet) -> Result<CommitReceipt, StoreError> {
        let mut turn = self.queue.lock().await;
        let (before, mut after) = Self::latency(&mut turn);
        let ends_job = changes.changes.iter().any(|change| matches!(change, Change::EndJob { .. }));
        if ends_job && self.is(Sabotage::AnswersDelayed) {
            after = Duration::from_secs(3_600);
        }
        self.life.sleep(before).await;
        let only_breaker = matches!(changes.changes.as_slice(), [Change::SaveBreaker { .. }]);
        let changes =
            ChangeSet { changes: changes.changes.into_iter().filter_map(|change| self.distorted(change)).collect() };
        let committed = self.kept(changes).await;
        if let (true, Err(error)) = (only_breaker, &committed) {
            self.trace.note(format!("process {}", self.process), error);
        }
        drop(turn);
        self.life.sleep(after).await;
        match committed {
            Err(error)
                if only_breaker && error.kind == StoreErrorKind::Conflict && self.is(Sabotage::BreakersNotCompared) =>
            {
                Ok(CommitReceipt::default())
            }
            committed => committed,
        }
    }
}

#[async_trait]
impl JobReader for ProcessStore {
    async fn job(&self, job_id: JobId) -> Result<Option<Job>, StoreError> {
        self.life.sleep(READING).await;
        self.catalog.job(job_id).await
    }

    async fn job_by_key(&self, user_id: UserId, key: IdempotencyKey) -> Result<Option<Job>, StoreError> {
        self.life.sleep(READING).await;
        self.catalog.job_by_key(user_id, key).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Vec<Job>, StoreError> {
        self.life.sleep(READING).await;
        self.catalog.jobs(query).await
    }
}

#[async_trait]
impl BreakerReader for ProcessStore {
    async fn breaker_states(&self, after_revision: u64) -> Result<Vec<KeptBreaker>, StoreError> {
        let states = self.catalog.breaker_states(after_revision).await;
        // What was read is a moment old when it arrives.
        self.life.sleep(READING).await;
        states
    }
}

const READING: Duration = Duration::from_millis(1);

fn phase(state: &BreakerState) -> String {
    let cooling = state.cooling_until.map(|until| format!(", cooling until {until}")).unwrap_or_default();
    let phase = match &state.phase {
        BreakerPhase::Closed => "closed".to_owned(),
        BreakerPhase::Open { until, trip } => format!("open until {until} ({}, {})", trip.cause, trip.reason),
        BreakerPhase::HalfOpen { lease: Some(lease), .. } => format!("half-open, lease {}", lease.number),
        BreakerPhase::HalfOpen { lease: None, .. } => "half-open, no lease".to_owned(),
    };
    format!("{phase}{cooling} (version {})", state.version)
}
