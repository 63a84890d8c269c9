//! Calendar periods in UTC, after which counting starts anew.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::word_enum;

word_enum! {
    /// How long a budget lasts.
    BudgetCycle, "budget cycle" {
        /// A day, midnight to midnight UTC.
        Day = "day",
        /// A calendar month in UTC.
        Month = "month",
    }
}

/// A day or a calendar month in UTC; written `2024-06-01` or `2024-06`, by which it is also kept.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use media_domain::period::{BudgetCycle, Period};
///
/// let now = Utc.with_ymd_and_hms(2024, 12, 31, 23, 59, 59).unwrap();
/// let month = Period::of(BudgetCycle::Month, now);
/// assert_eq!(month.to_string(), "2024-12");
/// assert_eq!(month.resets_at(), Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    cycle: BudgetCycle,
    first_day: NaiveDate,
}

/// A text that is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a period: `2024-06-01` or `2024-06` is expected")]
pub struct PeriodError(pub(crate) String);

impl Period {
    /// The period that holds a time.
    pub fn of(cycle: BudgetCycle, now: DateTime<Utc>) -> Self {
        let day = now.date_naive();
        let first_day = match cycle {
            BudgetCycle::Day => day,
            BudgetCycle::Month => day.with_day(1).unwrap_or(day),
        };
        Self { cycle, first_day }
    }

    /// The cycle that it belongs to.
    pub const fn cycle(&self) -> BudgetCycle {
        self.cycle
    }

    /// Its first moment.
    pub fn starts_at(&self) -> DateTime<Utc> {
        self.first_day.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment after it, when counting starts anew.
    pub fn resets_at(&self) -> DateTime<Utc> {
        let next = match self.cycle {
            BudgetCycle::Day => self.first_day.checked_add_days(Days::new(1)),
            BudgetCycle::Month => self.first_day.checked_add_months(Months::new(1)),
        };
        next.map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cycle {
            BudgetCycle::Day => write!(f, "{}", self.first_day.format("%Y-%m-%d")),
            BudgetCycle::Month => write!(f, "{}", self.first_day.format("%Y-%m")),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = if text.len() == 7 { format!("{text}-01") } else { text.to_owned() };
        let cycle = if text.len() == 7 { BudgetCycle::Month } else { BudgetCycle::Day };
        // Only the one form that is written is read, since it serves as a key.
        let period = NaiveDate::parse_from_str(&whole, "%Y-%m-%d").ok().map(|first_day| Self { cycle, first_day });
        period.filter(|period| period.to_string() == text).ok_or_else(|| PeriodError(crate::text::excerpt(text)))
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}
