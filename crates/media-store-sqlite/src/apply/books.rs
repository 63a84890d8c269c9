//! The books: what attempts set aside, use and give back. Every amount stands in the attempt as well, so that the sums
//! can be recounted.

use media_domain::tally::{Shortfall, Tally};
use media_domain::{BudgetClaim, JobState, Price, ProviderId, QuotaClaim, Reservation, Usage, UserId};
use media_ports::StoreErrorKind;
use rusqlite::Connection;

use super::execute;
use crate::columns::{Columns, capped, integer};
use crate::failure::Failure;

const QUOTA: &str = "SELECT t.used, t.reserved, l.credits FROM (SELECT 1)
    LEFT JOIN quota_tallies t ON t.period = ?1 AND t.user_id = ?2 AND t.provider = ?3
    LEFT JOIN quota_limits l ON l.user_id = ?2 AND l.provider = ?3";
const RESERVE_QUOTA: &str =
    "INSERT INTO quota_tallies (period, user_id, provider, used, reserved) VALUES (?1, ?2, ?3, 0, ?4)
    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved";
// A sum beyond 64 bits becomes a fraction, which is then greater than the greatest integer.
const CLOSE_QUOTA: &str =
    "UPDATE quota_tallies SET reserved = reserved - ?4, used = min(used + ?5, 9223372036854775807)
    WHERE period = ?1 AND user_id = ?2 AND provider = ?3";
const BUDGET: &str = "SELECT used, reserved FROM budget_tallies WHERE chain = ?1 AND period = ?2";
const RESERVE_BUDGET: &str = "INSERT INTO budget_tallies (chain, period, used, reserved) VALUES (?1, ?2, 0, ?3)
    ON CONFLICT DO UPDATE SET reserved = reserved + excluded.reserved";
const CLOSE_BUDGET: &str =
    "UPDATE budget_tallies SET reserved = reserved - ?3, used = min(used + ?4, 9223372036854775807)
    WHERE chain = ?1 AND period = ?2";

/// How what is held for an attempt is closed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Closing {
    /// It was used; an amount that is absent counts as claimed.
    Settled { credits: Option<u64>, micros: Option<u64> },
    /// Nothing was used.
    Released,
}

impl Closing {
    /// What the end of an attempt says of its hold; nothing while its outcome is open.
    pub(super) fn of(state: JobState, usage: &Usage) -> Option<Self> {
        match state {
            JobState::Settled => Some(Self::Settled { credits: Some(usage.credits.into()), micros: usage.cost_micros }),
            JobState::Failed | JobState::Cancelled => Some(Self::Released),
            _ => None,
        }
    }

    /// The word for an attempt whose hold is closed so.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Settled { .. } => "settled",
            Self::Released => "released",
        }
    }

    /// Credits and money as an attempt keeps them.
    pub(super) fn amounts(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Settled { credits, micros } => (credits.map(capped), micros.map(capped)),
            Self::Released => (None, None),
        }
    }
}

/// Sets aside all that is claimed.
pub(super) fn set_aside(connection: &Connection, user_id: &str, reservation: &Reservation) -> Result<(), Failure> {
    if let Some(claim) = &reservation.quota {
        reserve_quota(connection, user_id, claim)?;
    }
    reservation.budgets.iter().try_for_each(|claim| reserve_budget(connection, claim))
}

/// Closes what is held for an attempt.
pub(super) fn close(
    connection: &Connection,
    user_id: &str,
    reservation: &Reservation,
    closing: Closing,
) -> Result<(), Failure> {
    let used = |claimed: u64, amount: Option<i64>| match closing {
        Closing::Settled { .. } => amount.unwrap_or(capped(claimed)),
        Closing::Released => 0,
    };
    let (credits, micros) = closing.amounts();
    if let Some(QuotaClaim { provider, period, credits: claimed, .. }) = &reservation.quota {
        let (period, held) = (period.to_string(), capped(*claimed));
        let used = used(*claimed, credits);
        execute(connection, CLOSE_QUOTA, &[&period, &user_id, &provider.as_str(), &held, &used])?;
    }
    for BudgetClaim { chain, period, micros: claimed, .. } in &reservation.budgets {
        let (period, held) = (period.to_string(), capped(*claimed));
        execute(connection, CLOSE_BUDGET, &[chain, &period, &held, &used(*claimed, micros)])?;
    }
    Ok(())
}

/// Gives a user a limit of their own, or takes it away.
pub(super) fn set_quota_limit(
    connection: &Connection,
    user_id: &UserId,
    provider: &ProviderId,
    credits: Option<u64>,
) -> Result<(), Failure> {
    const SET: &str = "INSERT INTO quota_limits (user_id, provider, credits) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET credits = excluded.credits";
    const REMOVE: &str = "DELETE FROM quota_limits WHERE user_id = ?1 AND provider = ?2";
    match credits {
        Some(credits) => {
            let credits = integer("limit of credits", credits)?;
            execute(connection, SET, &[&user_id.as_str(), &provider.as_str(), &credits]).map(drop)
        }
        None => execute(connection, REMOVE, &[&user_id.as_str(), &provider.as_str()]).map(drop),
    }
}

fn reserve_quota(connection: &Connection, user_id: &str, claim: &QuotaClaim) -> Result<(), Failure> {
    let QuotaClaim { provider, period, credits, limit } = claim;
    let period = period.to_string();
    let (mut tally, own_limit) = {
        let mut statement = connection.prepare_cached(QUOTA)?;
        let mut rows = statement.query((&period, user_id, provider.as_str()))?;
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let mut columns = Columns::of(row);
        let tally =
            Tally { used: columns.optional_count()?.unwrap_or(0), reserved: columns.optional_count()?.unwrap_or(0) };
        (tally, columns.optional_count()?)
    };
    if let Some(limit) = own_limit.or(*limit) {
        let Tally { used, reserved } = tally;
        tally.reserve(limit, *credits).map_err(|Shortfall { needed, .. }| {
            let message = format!(
                "set aside credits of user {user_id} at {provider} in {period}: {needed} are needed; \
                 of {limit}, {used} are used and {reserved} set aside"
            );
            Failure::new(StoreErrorKind::QuotaExceeded, message)
        })?;
    }
    let credits = integer("number of credits", *credits)?;
    execute(connection, RESERVE_QUOTA, &[&period, &user_id, &provider.as_str(), &credits]).map(drop)
}

fn reserve_budget(connection: &Connection, claim: &BudgetClaim) -> Result<(), Failure> {
    let BudgetClaim { chain, period, micros, limit_micros } = claim;
    let period = period.to_string();
    let mut tally = {
        let mut statement = connection.prepare_cached(BUDGET)?;
        let mut rows = statement.query((chain, &period))?;
        match rows.next()? {
            Some(row) => {
                let mut columns = Columns::of(row);
                Tally { used: columns.count()?, reserved: columns.count()? }
            }
            None => Tally::default(),
        }
    };
    let Tally { used, reserved } = tally;
    tally.reserve(*limit_micros, *micros).map_err(|Shortfall { needed, .. }| {
        let [needed, limit, used, reserved] =
            [needed, *limit_micros, used, reserved].map(|micros| Price::Known { micros });
        let message = format!(
            "set aside money of chain {chain} in {period}: {needed} are needed; \
             of {limit}, {used} are used and {reserved} set aside"
        );
        Failure::new(StoreErrorKind::BudgetExceeded, message)
    })?;
    let micros = integer("amount of money", *micros)?;
    execute(connection, RESERVE_BUDGET, &[chain, &period, &micros]).map(drop)
}
