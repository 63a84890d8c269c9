//! Days, however a server writes them.

use chrono::{DateTime, Datelike, NaiveDate};
use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a day: a date, the beginning of a date with a time, or seconds since 1970.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.get(..10).and_then(|date| date.parse().ok()),
        Value::Number(number) => {
            let told = number.as_i64().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            // What lies far beyond was counted in something else than seconds.
            told.map(|time| time.date_naive()).filter(|date| (1970..3000).contains(&date.year()))
        }
        _ => None,
    })
}
