//! Reading the books, and how providers have done.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use media_domain::{JobState, Period, UserId};
use media_ports::{BudgetLine, LedgerReader, ProviderFigures, QuotaLine, StoreError};
use rusqlite::Connection;

use super::{first, rows};
use crate::columns::{Columns, micros, parse};
use crate::failure::Failure;
use crate::store::SqliteStore;

macro_rules! quota_lines {
    ($of_user:literal) => {
        concat!(
            "SELECT coalesce(t.user_id, l.user_id), coalesce(t.provider, l.provider), l.credits, coalesce(t.used, 0),
                coalesce(t.reserved, 0)
            FROM (SELECT * FROM quota_tallies WHERE period = ?1 ",
            $of_user,
            ") t FULL JOIN (SELECT * FROM quota_limits WHERE ?1 IS NOT NULL ",
            $of_user,
            ") l ON l.user_id = t.user_id AND l.provider = t.provider
            WHERE t.used > 0 OR t.reserved > 0 OR l.credits IS NOT NULL ORDER BY 1, 2"
        )
    };
}

const QUOTA_LINES: &str = quota_lines!("");
const QUOTA_LINES_OF_USER: &str = quota_lines!("AND user_id = ?2");
const BUDGET_LINE: &str = "SELECT used, reserved FROM budget_tallies WHERE chain = ?1 AND period = ?2";
// A cost beyond what the database counts with is read as the greatest that it does.
const ATTEMPTS_SINCE: &str = "SELECT provider, state, error_kind IS NOT NULL, ended_at - dispatched_at,
        CASE WHEN state = 'settled' THEN min(json_extract(usage, '$.cost_micros'), 9223372036854775807) END
    FROM job_attempts INDEXED BY job_attempts_by_time WHERE dispatched_at >= ?1";

#[async_trait]
impl LedgerReader for SqliteStore {
    async fn quota_lines(&self, user_id: Option<UserId>, period: Period) -> Result<Vec<QuotaLine>, StoreError> {
        let period = period.to_string();
        let query = move |connection: &_| match user_id {
            Some(user_id) => rows(connection, QUOTA_LINES_OF_USER, &[&period, &user_id.as_str()], quota_line_of),
            None => rows(connection, QUOTA_LINES, &[&period], quota_line_of),
        };
        self.readers.read("read quotas", query).await
    }

    async fn budget_line(&self, chain: String, period: Period) -> Result<BudgetLine, StoreError> {
        let period = period.to_string();
        let line = |columns: &mut Columns<'_, '_>| {
            Ok(BudgetLine { used_micros: columns.count()?, reserved_micros: columns.count()? })
        };
        let query =
            move |connection: &_| Ok(first(connection, BUDGET_LINE, &[&chain, &period], line)?.unwrap_or_default());
        self.readers.read("read a budget", query).await
    }

    async fn provider_figures(&self, since: DateTime<Utc>) -> Result<Vec<ProviderFigures>, StoreError> {
        self.readers.read("read figures of providers", move |connection| provider_figures(connection, since)).await
    }
}

fn quota_line_of(columns: &mut Columns<'_, '_>) -> Result<QuotaLine, Failure> {
    Ok(QuotaLine {
        user_id: columns.parsed()?,
        provider: columns.parsed()?,
        own_limit: columns.optional_count()?,
        used: columns.count()?,
        reserved: columns.count()?,
    })
}

fn provider_figures(connection: &Connection, since: DateTime<Utc>) -> Result<Vec<ProviderFigures>, Failure> {
    let mut by_provider: BTreeMap<String, Attempts> = BTreeMap::new();
    let mut statement = connection.prepare_cached(ATTEMPTS_SINCE)?;
    let mut rows = statement.query([micros(since)])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let provider: String = columns.value()?;
        by_provider.entry(provider).or_default().add(&mut columns)?;
    }
    by_provider.into_iter().map(|(provider, attempts)| attempts.figures(&provider)).collect()
}

/// What the attempts at one provider add up to.
#[derive(Debug, Default)]
struct Attempts {
    succeeded: u64,
    failed: u64,
    unknown: u64,
    in_flight: u64,
    /// Of the successful ones that have an end.
    latencies_ms: Vec<u64>,
    cost_micros: u64,
}

impl Attempts {
    fn add(&mut self, columns: &mut Columns<'_, '_>) -> Result<(), Failure> {
        let (state, went_wrong): (JobState, bool) = (columns.parsed()?, columns.value()?);
        let duration_micros: Option<i64> = columns.value()?;
        match state {
            // What was billed without images carries the error.
            JobState::Settled if !went_wrong => {
                self.succeeded += 1;
                let taken = duration_micros.map(|micros| u64::try_from(micros / 1_000).unwrap_or_default());
                self.latencies_ms.extend(taken);
            }
            JobState::Settled | JobState::Failed | JobState::Resolved => self.failed += 1,
            // Nothing was sent after all.
            JobState::Cancelled => {}
            JobState::Unknown => self.unknown += 1,
            JobState::Planned | JobState::Dispatched | JobState::Accepted | JobState::Answered => self.in_flight += 1,
        }
        self.cost_micros = self.cost_micros.saturating_add(columns.optional_count()?.unwrap_or(0));
        Ok(())
    }

    fn figures(mut self, provider: &str) -> Result<ProviderFigures, Failure> {
        self.latencies_ms.sort_unstable();
        Ok(ProviderFigures {
            provider: parse(provider)?,
            succeeded: self.succeeded,
            failed: self.failed,
            unknown: self.unknown,
            in_flight: self.in_flight,
            latency_p50_ms: nearest_rank(&self.latencies_ms, 50),
            latency_p95_ms: nearest_rank(&self.latencies_ms, 95),
            cost_micros: self.cost_micros,
        })
    }
}

/// The smallest value that at least so many of 100 do not exceed; the values are in order.
fn nearest_rank(ascending: &[u64], percent: usize) -> Option<u64> {
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_a_value_that_was_measured() {
        let values: Vec<u64> = (1..=20).collect();
        assert_eq!((nearest_rank(&values, 50), nearest_rank(&values, 95)), (Some(10), Some(19)));
        assert_eq!((nearest_rank(&[7], 50), nearest_rank(&[7], 95)), (Some(7), Some(7)));
        assert_eq!(nearest_rank(&[], 50), None);
    }

    #[test]
    fn every_question_of_the_hot_path_is_answered_by_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        crate::migrate::MIGRATIONS.iter().for_each(|sql| connection.execute_batch(sql).unwrap());
        for (sql, index) in [
            (ATTEMPTS_SINCE, "job_attempts_by_time (dispatched_at>?)"),
            (QUOTA_LINES, "quota_tallies USING PRIMARY KEY (period=?)"),
            (QUOTA_LINES_OF_USER, "quota_tallies USING PRIMARY KEY (period=? AND user_id=?)"),
            (BUDGET_LINE, "budget_tallies USING PRIMARY KEY (chain=? AND period=?)"),
        ] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let count = statement.parameter_count();
            let lines = statement
                .query_map(rusqlite::params_from_iter(vec!["a"; count]), |row| row.get::<_, String>(3))
                .unwrap()
                .map(Result::unwrap)
                .collect::<Vec<_>>()
                .join("\n");
            assert!(lines.contains(index), "{sql}: {lines}");
        }
    }
}
