//! Reads the books and the breakers.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::tally::Tally;
use media_domain::{JobAttempt, JobState, Period, ProviderId, UserId};
use media_ports::{BreakerReader, BudgetLine, KeptBreaker, LedgerReader, ProviderFigures, QuotaLine, StoreError};

use super::MemoryCatalog;

#[async_trait]
impl LedgerReader for MemoryCatalog {
    async fn quota_lines(&self, user_id: Option<UserId>, period: Period) -> Result<Vec<QuotaLine>, StoreError> {
        let state = self.state();
        let used =
            state.credits.range(..).filter(|((month, ..), tally)| *month == period && **tally != Tally::default());
        let accounts = used.map(|((_, user, provider), _)| (user.clone(), provider.clone()));
        let own = state.own_limits.range(..).map(|(account, _)| account.clone());
        let accounts: BTreeSet<_> = accounts.chain(own).collect();
        let wanted = accounts.into_iter().filter(|(user, _)| user_id.as_ref().is_none_or(|wanted| wanted == user));
        let line = |(user_id, provider): (UserId, ProviderId)| {
            let account = (period, user_id.clone(), provider.clone());
            let tally = state.credits.get(&account).copied().unwrap_or_default();
            let own_limit = state.own_limits.get(&(user_id.clone(), provider.clone())).copied();
            QuotaLine { user_id, provider, own_limit, used: tally.used, reserved: tally.reserved }
        };
        Ok(wanted.map(line).collect())
    }

    async fn budget_line(&self, chain: String, period: Period) -> Result<BudgetLine, StoreError> {
        let tally = self.state().money.get(&(chain, period)).copied().unwrap_or_default();
        Ok(BudgetLine { used_micros: tally.used, reserved_micros: tally.reserved })
    }

    async fn provider_figures(&self, since: DateTime<Utc>) -> Result<Vec<ProviderFigures>, StoreError> {
        let state = self.state();
        let attempts = state.jobs.values().flat_map(|job| &job.attempts);
        let mut by_provider: BTreeMap<&ProviderId, Vec<&JobAttempt>> = BTreeMap::new();
        for attempt in attempts.filter(|attempt| attempt.dispatched_at >= since) {
            by_provider.entry(&attempt.provider).or_default().push(attempt);
        }
        Ok(by_provider.into_iter().map(|(provider, attempts)| figures(provider, &attempts)).collect())
    }
}

fn figures(provider: &ProviderId, attempts: &[&JobAttempt]) -> ProviderFigures {
    let count = |end: End| attempts.iter().filter(|attempt| End::of(attempt) == end).count() as u64;
    let succeeded = attempts.iter().filter(|attempt| End::of(attempt) == End::Succeeded);
    let mut latencies: Vec<u64> = succeeded.filter_map(|attempt| latency_ms(attempt)).collect();
    latencies.sort_unstable();
    let settled = attempts.iter().filter(|attempt| attempt.state == JobState::Settled);
    ProviderFigures {
        provider: provider.clone(),
        succeeded: count(End::Succeeded),
        failed: count(End::Failed),
        unknown: count(End::Unknown),
        in_flight: count(End::Open),
        latency_p50_ms: nearest_rank(&latencies, 50),
        latency_p95_ms: nearest_rank(&latencies, 95),
        cost_micros: settled.filter_map(|attempt| attempt.usage.cost_micros).fold(0, u64::saturating_add),
    }
}

/// How an attempt ended, as far as it counts for its provider.
#[derive(PartialEq, Eq)]
enum End {
    Succeeded,
    Failed,
    Unknown,
    Open,
    /// Nothing was sent after all.
    KeptBack,
}

impl End {
    fn of(attempt: &JobAttempt) -> Self {
        match attempt.state {
            // What was billed without images carries the error.
            JobState::Settled if attempt.error_kind.is_none() => Self::Succeeded,
            JobState::Settled | JobState::Failed | JobState::Resolved => Self::Failed,
            JobState::Cancelled => Self::KeptBack,
            JobState::Unknown => Self::Unknown,
            JobState::Planned | JobState::Dispatched | JobState::Accepted | JobState::Answered => Self::Open,
        }
    }
}

fn latency_ms(attempt: &JobAttempt) -> Option<u64> {
    let taken = attempt.ended_at?.signed_duration_since(attempt.dispatched_at);
    Some(u64::try_from(taken.num_milliseconds()).unwrap_or_default())
}

/// The smallest value that at least so many of 100 do not exceed; the values are in order.
fn nearest_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[async_trait]
impl BreakerReader for MemoryCatalog {
    async fn breaker_states(&self, after_revision: u64) -> Result<Vec<KeptBreaker>, StoreError> {
        let state = self.state();
        let kept = state.breakers.range(..).filter(|(_, (revision, _))| *revision > after_revision);
        let mut kept: Vec<_> = kept
            .map(|(key, (revision, state))| KeptBreaker { key: key.clone(), state: *state, revision: *revision })
            .collect();
        kept.sort_by_key(|breaker| breaker.revision);
        Ok(kept)
    }
}
