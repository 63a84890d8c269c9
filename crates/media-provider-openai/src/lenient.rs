//! Reading what stands beside the pictures: an odd field is passed over, since it must not lose what was paid for.

use chrono::{DateTime, Datelike, NaiveDate};
use serde::de::{Deserialize, Deserializer, IgnoredAny};
use serde_json::Value;

/// A value of the type expected, or anything else.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Told<T> {
    Read(T),
    Odd(IgnoredAny),
}

impl<T> Told<T> {
    fn read(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Odd(_) => None,
        }
    }
}

/// Reads a field, or takes it for absent. Texts stay where they are.
pub(crate) fn field<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Told::deserialize(deserializer).map(Told::read)
}

/// Reads a list whose odd members are as good as empty ones; whatever is no list has none.
pub(crate) fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    let told: Option<Vec<Told<T>>> = field(deserializer)?;
    Ok(told.into_iter().flatten().map(|one| one.read().unwrap_or_default()).collect())
}

/// Reads a day: a date, the beginning of a date with a time, or seconds since 1970.
pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
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
