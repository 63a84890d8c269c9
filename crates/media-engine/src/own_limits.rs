//! Whether a quota or budget counts a call: asked only where nothing is retained, and so nothing should be written.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use media_domain::{BudgetCycle, Period, ProviderId, Reservation, UserId};
use media_ports::{Clock, LedgerReader, StoreError};

/// How long a look at a user's own limits is good for; a limit that another process sets counts after that time.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// Users remembered at most.
const CAPACITY: usize = 1_024;

/// Remembers, for a moment, at which providers users have limits of their own.
#[derive(Debug)]
pub(crate) struct OwnLimits {
    ledger: Arc<dyn LedgerReader>,
    clock: Arc<dyn Clock>,
    seen: Mutex<HashMap<UserId, Seen>>,
}

#[derive(Debug)]
struct Seen {
    at: Instant,
    providers: BTreeSet<ProviderId>,
}

impl OwnLimits {
    pub(crate) fn new(ledger: Arc<dyn LedgerReader>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock, seen: Mutex::default() }
    }

    /// Whether what is to be set aside is set aside from anything that has a limit.
    pub(crate) async fn count(&self, user_id: &UserId, reservation: &Reservation) -> Result<bool, StoreError> {
        if !reservation.budgets.is_empty() {
            return Ok(true);
        }
        match &reservation.quota {
            None => Ok(false),
            Some(claim) if claim.limit.is_some() => Ok(true),
            Some(claim) => self.has_own(user_id, &claim.provider).await,
        }
    }

    /// Forgets what was seen of everybody: a limit has changed.
    pub(crate) fn forget(&self) {
        self.seen().clear();
    }

    async fn has_own(&self, user_id: &UserId, provider: &ProviderId) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let fresh = |seen: &&Seen| now.saturating_duration_since(seen.at) < GOOD_FOR;
        if let Some(seen) = self.seen().get(user_id).filter(fresh) {
            return Ok(seen.providers.contains(provider));
        }
        let period = Period::of(BudgetCycle::Month, self.clock.utc_now());
        let lines = self.ledger.quota_lines(Some(user_id.clone()), period).await?;
        let limited = lines.into_iter().filter(|line| line.own_limit.is_some());
        let providers: BTreeSet<ProviderId> = limited.map(|line| line.provider).collect();
        let has_own = providers.contains(provider);
        let mut seen = self.seen();
        if seen.len() >= CAPACITY {
            seen.clear();
        }
        seen.insert(user_id.clone(), Seen { at: now, providers });
        Ok(has_own)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<UserId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
