//! Recounts the books: what is kept as used and set aside must be what the attempts say.

use std::collections::BTreeMap;
use std::fmt;

use media_domain::Reservation;
use media_ports::VerifyFinding;
use rusqlite::Connection;

use crate::columns::{Columns, capped};
use crate::failure::Failure;

const CLAIMS: &str = "SELECT j.user_id, t.reservation, t.hold = 'settled', t.settled_credits, t.settled_micros
    FROM job_attempts t JOIN jobs j ON j.job_key = t.job_key WHERE t.hold IN ('held', 'settled')";
const QUOTAS: &str = "SELECT period, user_id, provider, used, reserved FROM quota_tallies";
const BUDGETS: &str = "SELECT chain, period, used, reserved FROM budget_tallies";

/// Every account whose sums differ from those of its attempts.
pub(crate) fn audit(connection: &Connection) -> Result<Vec<VerifyFinding>, Failure> {
    let (counted, kept) = (recount(connection)?, kept(connection)?);
    let differs = |account: &&Account| counted.of(account) != kept.of(account);
    let missing = counted.0.keys().filter(|account| !kept.0.contains_key(account));
    let finding = |account: &Account| {
        let ((used, reserved), (kept_used, kept_reserved)) = (counted.of(account), kept.of(account));
        let problem =
            format!("{kept_used} used and {kept_reserved} set aside are kept; the attempts say {used} and {reserved}");
        VerifyFinding { subject: account.to_string(), problem }
    };
    Ok(kept.0.keys().chain(missing).filter(differs).map(finding).collect())
}

/// What is counted on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Account {
    /// Credits.
    Quota { period: String, user_id: String, provider: String },
    /// Millionths of a US dollar.
    Budget { chain: String, period: String },
}

/// What is used and set aside in each account.
#[derive(Debug, Default)]
struct Books(BTreeMap<Account, (i128, i128)>);

impl Books {
    fn add(&mut self, account: Account, used: i64, reserved: i64) {
        let sums = self.0.entry(account).or_default();
        sums.0 += i128::from(used);
        sums.1 += i128::from(reserved);
    }

    /// Sums as the catalogue keeps them: what is beyond 64 bits stops there.
    fn of(&self, account: &Account) -> (i128, i128) {
        let (used, reserved) = self.0.get(account).copied().unwrap_or_default();
        (used.min(i64::MAX.into()), reserved)
    }
}

fn recount(connection: &Connection) -> Result<Books, Failure> {
    let mut books = Books::default();
    let mut statement = connection.prepare(CLAIMS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        let (user_id, reservation): (String, Reservation) = (columns.value()?, columns.json()?);
        let (settled, credits, micros): (bool, Option<i64>, Option<i64>) =
            (columns.value()?, columns.value()?, columns.value()?);
        // An amount that is absent was used as claimed.
        let amounts = |claimed: u64, amount: Option<i64>| match settled {
            true => (amount.unwrap_or(capped(claimed)), 0),
            false => (0, capped(claimed)),
        };
        if let Some(claim) = &reservation.quota {
            let (used, reserved) = amounts(claim.credits, credits);
            let (period, provider) = (claim.period.to_string(), claim.provider.to_string());
            books.add(Account::Quota { period, user_id, provider }, used, reserved);
        }
        for claim in &reservation.budgets {
            let (used, reserved) = amounts(claim.micros, micros);
            let (chain, period) = (claim.chain.clone(), claim.period.to_string());
            books.add(Account::Budget { chain, period }, used, reserved);
        }
    }
    Ok(books)
}

fn kept(connection: &Connection) -> Result<Books, Failure> {
    let mut books = Books::default();
    let mut quotas = connection.prepare(QUOTAS)?;
    let mut rows = quotas.query([])?;
    while let Some(row) = rows.next()? {
        let account = Account::Quota { period: row.get(0)?, user_id: row.get(1)?, provider: row.get(2)? };
        books.add(account, row.get(3)?, row.get(4)?);
    }
    let mut budgets = connection.prepare(BUDGETS)?;
    let mut rows = budgets.query([])?;
    while let Some(row) = rows.next()? {
        books.add(Account::Budget { chain: row.get(0)?, period: row.get(1)? }, row.get(2)?, row.get(3)?);
    }
    Ok(books)
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quota { period, user_id, provider } => {
                write!(f, "credits of user {user_id} at {provider} in {period}")
            }
            Self::Budget { chain, period } => write!(f, "money of chain {chain} in {period}"),
        }
    }
}
