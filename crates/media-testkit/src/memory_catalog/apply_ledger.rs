//! Changes to the books and the breakers.

use chrono::{DateTime, Utc};
use media_domain::breaker::BreakerState;
use media_domain::tally::Tally;
use media_domain::{
    BudgetClaim, IdempotencyKey, Job, JobAttempt, JobId, JobState, ProviderId, QuotaClaim, Reservation, UserId,
    idempotency,
};
use media_ports::{BreakerKey, StoreError, StoreErrorKind};

use super::state::{State, conflict, taken};

/// What becomes of what was set aside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Settlement {
    /// So much was used; without a known cost, the money set aside was.
    Used {
        /// Credits.
        credits: u32,
        /// Millionths of a US dollar.
        micros: Option<u64>,
    },
    /// All that was set aside was used.
    AsClaimed,
    /// Nothing was used.
    Released,
}

impl State {
    /// Sets aside what an attempt's reservation claims.
    pub(crate) fn reserve(&mut self, user_id: &UserId, job_id: JobId, attempt: &JobAttempt) -> Result<(), StoreError> {
        let Reservation { quota, budgets } = &attempt.reservation;
        if let Some(claim) = quota {
            self.reserve_credits(user_id, claim)?;
        }
        budgets.iter().try_for_each(|claim| self.reserve_money(claim))?;
        self.held.put((job_id, attempt.number), ());
        Ok(())
    }

    fn reserve_credits(&mut self, user_id: &UserId, claim: &QuotaClaim) -> Result<(), StoreError> {
        let own_limit = self.own_limits.get(&(user_id.clone(), claim.provider.clone())).copied();
        let limit = own_limit.or(claim.limit).unwrap_or(u64::MAX);
        self.change_credits(user_id, claim, |tally| tally.reserve(limit, claim.credits)).map_err(|shortfall| {
            let QuotaClaim { provider, period, .. } = claim;
            let message = format!("set aside credits of {user_id} at {provider} in {period}: {shortfall}");
            StoreError::new(StoreErrorKind::QuotaExceeded, message)
        })
    }

    fn reserve_money(&mut self, claim: &BudgetClaim) -> Result<(), StoreError> {
        self.change_money(claim, |tally| tally.reserve(claim.limit_micros, claim.micros)).map_err(|shortfall| {
            let BudgetClaim { chain, period, .. } = claim;
            let message = format!("set aside micros of the budget of {chain} in {period}: {shortfall}");
            StoreError::new(StoreErrorKind::BudgetExceeded, message)
        })
    }

    /// Settles what is still held for an attempt; what has been settled or released stays so.
    pub(crate) fn settle(&mut self, job: &Job, number: u32, settlement: Settlement) {
        let attempt = job.attempts.iter().find(|attempt| attempt.number == number);
        let Some(attempt) = attempt.filter(|_| self.held.remove(&(job.job_id, number))) else { return };
        if let Some(claim) = &attempt.reservation.quota {
            let used = match settlement {
                Settlement::Used { credits, .. } => credits.into(),
                Settlement::AsClaimed => claim.credits,
                Settlement::Released => 0,
            };
            self.change_credits(&job.user_id, claim, |tally| tally.settle(claim.credits, used));
        }
        for claim in &attempt.reservation.budgets {
            let used = match settlement {
                Settlement::Used { micros, .. } => micros.unwrap_or(claim.micros),
                Settlement::AsClaimed => claim.micros,
                Settlement::Released => 0,
            };
            self.change_money(claim, |tally| tally.settle(claim.micros, used));
        }
    }

    fn change_credits<T>(&mut self, user_id: &UserId, claim: &QuotaClaim, change: impl FnOnce(&mut Tally) -> T) -> T {
        let account = (claim.period, user_id.clone(), claim.provider.clone());
        let mut tally = self.credits.get(&account).copied().unwrap_or_default();
        let outcome = change(&mut tally);
        self.credits.put(account, tally);
        outcome
    }

    fn change_money<T>(&mut self, claim: &BudgetClaim, change: impl FnOnce(&mut Tally) -> T) -> T {
        let account = (claim.chain.clone(), claim.period);
        let mut tally = self.money.get(&account).copied().unwrap_or_default();
        let outcome = change(&mut tally);
        self.money.put(account, tally);
        outcome
    }

    /// Gives a new job its idempotency key, if it has one and no other job holds it.
    pub(crate) fn claim_key(&mut self, job: &Job) -> Result<(), StoreError> {
        let Some(claim) = &job.idempotency else { return Ok(()) };
        let scoped = (job.user_id.clone(), claim.key.clone());
        if let Some(holder) = self.keys.get(&scoped).and_then(|holder| self.jobs.get(holder))
            && !can_be_forgotten(holder, job.created_at)
        {
            return Err(taken("a job with idempotency key", &claim.key));
        }
        self.keys.put(scoped, job.job_id);
        Ok(())
    }

    /// Frees the key of a job that ended before anything was sent.
    pub(crate) fn free_key(&mut self, job: &Job) {
        let nothing_sent = match job.state {
            JobState::Cancelled => true,
            JobState::Failed => job.attempts.is_empty(),
            _ => false,
        };
        if let Some(claim) = job.idempotency.as_ref().filter(|_| nothing_sent) {
            // Nobody else can hold it: a key is taken over only from a job that has ended.
            self.keys.remove(&(job.user_id.clone(), claim.key.clone()));
        }
    }

    /// The job of a user that holds an idempotency key.
    pub(crate) fn key_holder(&self, user_id: UserId, key: IdempotencyKey) -> Option<&Job> {
        self.jobs.get(self.keys.get(&(user_id, key))?)
    }

    pub(crate) fn set_quota_limit(&mut self, user_id: UserId, provider: ProviderId, credits: Option<u64>) {
        match credits {
            Some(credits) => self.own_limits.put((user_id, provider), credits),
            None => drop(self.own_limits.remove(&(user_id, provider))),
        }
    }

    pub(crate) fn save_breaker(
        &mut self,
        key: BreakerKey,
        state: BreakerState,
        expected_version: u64,
    ) -> Result<(), StoreError> {
        let kept = self.breakers.get(&key).map_or(0, |(_, kept)| kept.version);
        if kept != expected_version {
            let BreakerKey { provider, .. } = &key;
            let message = format!("keep the breaker of {provider}: version {expected_version} is now {kept}");
            return Err(conflict(message));
        }
        let revision = self.next_number();
        self.breakers.put(key, (revision, state));
        Ok(())
    }
}

fn can_be_forgotten(holder: &Job, now: DateTime<Utc>) -> bool {
    let is_open = !holder.state.is_final() || holder.state == JobState::Unknown;
    !is_open && idempotency::forget_at(holder.created_at) <= now
}
