//! Values as columns keep them, and back.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use media_domain::{ContentHash, PerformanceCounts};
use media_ports::StoreErrorKind;
use rusqlite::Row;
use rusqlite::types::FromSql;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::failure::Failure;

/// Reads a row's columns from left to right.
pub(crate) struct Columns<'row, 'statement> {
    row: &'row Row<'statement>,
    next: usize,
}

impl<'row, 'statement> Columns<'row, 'statement> {
    /// Starts at the first column.
    pub(crate) fn of(row: &'row Row<'statement>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column as the database type that is asked for.
    pub(crate) fn value<T: FromSql>(&mut self) -> Result<T, Failure> {
        let index = self.next;
        self.next += 1;
        Ok(self.row.get(index)?)
    }

    /// A UUID.
    pub(crate) fn uuid(&mut self) -> Result<Uuid, Failure> {
        Ok(Uuid::from_bytes(self.value()?))
    }

    /// A UUID that may be absent.
    pub(crate) fn optional_uuid(&mut self) -> Result<Option<Uuid>, Failure> {
        Ok(self.value::<Option<[u8; 16]>>()?.map(Uuid::from_bytes))
    }

    /// A SHA-256.
    pub(crate) fn hash(&mut self) -> Result<ContentHash, Failure> {
        Ok(ContentHash::from_bytes(self.value()?))
    }

    /// A SHA-256 that may be absent.
    pub(crate) fn optional_hash(&mut self) -> Result<Option<ContentHash>, Failure> {
        Ok(self.value::<Option<[u8; 32]>>()?.map(ContentHash::from_bytes))
    }

    /// A count.
    pub(crate) fn count(&mut self) -> Result<u64, Failure> {
        let value = self.value()?;
        count_of(value)
    }

    /// A count that may be absent.
    pub(crate) fn optional_count(&mut self) -> Result<Option<u64>, Failure> {
        self.value::<Option<i64>>()?.map(count_of).transpose()
    }

    /// A point in time.
    pub(crate) fn time(&mut self) -> Result<DateTime<Utc>, Failure> {
        let micros = self.value()?;
        time_of(micros)
    }

    /// A point in time that may be absent.
    pub(crate) fn optional_time(&mut self) -> Result<Option<DateTime<Utc>>, Failure> {
        self.value::<Option<i64>>()?.map(time_of).transpose()
    }

    /// A text that parses: a word of an enumeration, a label, a name.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self) -> Result<T, Failure> {
        let text: String = self.value()?;
        parse(&text)
    }

    /// A text that parses and may be absent.
    pub(crate) fn optional_parsed<T: FromStr<Err: Display>>(&mut self) -> Result<Option<T>, Failure> {
        self.value::<Option<String>>()?.map(|text| parse(&text)).transpose()
    }

    /// A JSON document.
    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let text: String = self.value()?;
        from_json(&text)
    }

    /// A JSON document that may be absent.
    pub(crate) fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        self.value::<Option<String>>()?.map(|text| from_json(&text)).transpose()
    }

    /// Six counts in a row.
    pub(crate) fn counts(&mut self) -> Result<PerformanceCounts, Failure> {
        Ok(PerformanceCounts {
            impressions: self.count()?,
            clicks: self.count()?,
            engagements: self.count()?,
            conversions: self.count()?,
            shares: self.count()?,
            comments: self.count()?,
        })
    }
}

/// Microseconds since 1970 in UTC.
pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// A count as a column keeps it.
pub(crate) fn integer(what: &str, value: u64) -> Result<i64, Failure> {
    i64::try_from(value)
        .map_err(|_| Failure::new(StoreErrorKind::Invalid, format!("the {what} {value} is beyond what can be stored")))
}

/// A count as a column keeps it, or the greatest that it can: for what must be written down however absurd it is.
pub(crate) fn capped(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A document as a column keeps it.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| {
        let refused = media_ports::StoreError::new(StoreErrorKind::Invalid, "a document cannot be written as JSON");
        Failure::Store(refused.with_source(error))
    })
}

/// A limit as a statement takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::corrupt("a stored document cannot be understood", error))
}

/// A text as what it stands for.
pub(crate) fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| Failure::corrupt("a stored text cannot be understood", error.to_string()))
}

fn count_of(value: i64) -> Result<u64, Failure> {
    u64::try_from(value).map_err(|error| Failure::corrupt(format!("a count of {value} is stored"), error))
}

fn time_of(micros: i64) -> Result<DateTime<Utc>, Failure> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Failure::corrupt("a stored time cannot be understood", format!("{micros} microseconds")))
}
