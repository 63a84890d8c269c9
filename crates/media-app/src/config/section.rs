//! Reading one table: every key asked for is a known one, every other is a problem.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use config::{Value, ValueKind};

use super::Origin;
use super::from_config::{FromConfig, describe};
use super::layers::of_json;
use super::problem::{ConfigProblem, Problems, nearest};

/// A table that is being read.
#[derive(Debug)]
pub(super) struct Section<'a> {
    path: String,
    values: BTreeMap<String, Value>,
    known: Vec<String>,
    problems: &'a Problems,
}

/// A value with the layer it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<'a> Section<'a> {
    /// Starts reading a table; anything else is a problem, and reads as an empty one.
    pub(super) fn new(path: impl Into<String>, value: Value, problems: &'a Problems) -> Self {
        let path = path.into();
        let origin = Origin::from_text(value.origin());
        let values = match value.kind {
            ValueKind::Table(table) => table.into_iter().collect(),
            other => {
                // What stands in the place of a table may be a secret in the wrong place.
                let found = if matches!(other, ValueKind::String(_)) { "a text".to_owned() } else { describe(&other) };
                problems.push(ConfigProblem::WrongType {
                    path: path.clone(),
                    expected: "a table".to_owned(),
                    found,
                    origin,
                });
                BTreeMap::new()
            }
        };
        Self { path, values, known: Vec::new(), problems }
    }

    /// Where the table stands, from the root.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The full path of a key of this table.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where problems go.
    pub(super) fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// Takes the value of a key as it stands.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.known.push(key.to_owned());
        self.values.remove(key).filter(|value| value.kind != ValueKind::Nil)
    }

    /// Takes a typed value with its origin; one of another type is a problem.
    pub(super) fn take_sourced<T: FromConfig>(&mut self, key: &str) -> Option<Sourced<T>> {
        let value = self.take(key)?;
        let origin = Origin::from_text(value.origin());
        match T::from_config(&value.kind) {
            Some(value) => Some(Sourced { value, origin }),
            None => {
                self.problems.push(ConfigProblem::WrongType {
                    path: self.path_of(key),
                    expected: T::EXPECTED.to_owned(),
                    found: describe(&value.kind),
                    origin,
                });
                None
            }
        }
    }

    /// Takes a typed value; one of another type is a problem.
    pub(super) fn take_typed<T: FromConfig>(&mut self, key: &str) -> Option<T> {
        self.take_sourced(key).map(|sourced| sourced.value)
    }

    /// Takes a text and parses it; what cannot be parsed is a problem.
    pub(super) fn take_parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.take_sourced::<String>(key)?;
        match text.value.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.invalid(key, &error, Some(text.origin));
                None
            }
        }
    }

    /// Takes one of a few words.
    pub(super) fn take_word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.take_sourced::<String>(key)?;
        let found = words.iter().find(|(word, _)| *word == text.value).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>();
            let hint = nearest(&text.value, known.iter().copied())
                .map(|near| format!(", did you mean `{near}`?"))
                .unwrap_or_default();
            let reason = format!("{:?} is not known{hint}; known: {}", text.value, known.join(", "));
            self.invalid(key, &reason, Some(text.origin));
        }
        found
    }

    /// Takes one word of an enumeration.
    pub(super) fn take_member<T: Copy + std::fmt::Display>(&mut self, key: &str, members: &[T]) -> Option<T> {
        let words: Vec<(String, T)> = members.iter().map(|member| (member.to_string(), *member)).collect();
        let words: Vec<(&str, T)> = words.iter().map(|(word, member)| (word.as_str(), *member)).collect();
        self.take_word(key, &words)
    }

    /// Takes a time in seconds, above zero and up to a longest one.
    pub(super) fn take_seconds(&mut self, key: &str, longest: Duration) -> Option<Duration> {
        let longest = longest.as_secs_f64();
        let seconds = self.take_checked(key, |seconds: &f64| {
            if *seconds > 0.0 && *seconds <= longest {
                Ok(())
            } else {
                Err(format!("{seconds} is not above 0 and up to {longest} seconds"))
            }
        });
        seconds.map(Duration::from_secs_f64)
    }

    /// Takes a whole number from one up to a largest one.
    pub(super) fn take_count(&mut self, key: &str, largest: u32) -> Option<NonZeroU32> {
        let count = self.take_checked(key, |count: &u64| match count {
            count if (1..=u64::from(largest)).contains(count) => Ok(()),
            other => Err(format!("{other} is not from 1 to {largest}")),
        });
        NonZeroU32::new(u32::try_from(count?).ok()?)
    }

    /// Takes a typed value and checks it.
    pub(super) fn take_checked<T: FromConfig>(
        &mut self,
        key: &str,
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Option<T> {
        let sourced = self.take_sourced::<T>(key)?;
        match check(&sourced.value) {
            Ok(()) => Some(sourced.value),
            Err(reason) => {
                self.invalid(key, &reason, Some(sourced.origin));
                None
            }
        }
    }

    /// Takes a typed value that must be there, with its origin.
    pub(super) fn need_sourced<T: FromConfig>(&mut self, key: &str) -> Option<Sourced<T>> {
        self.check_present(key, T::EXPECTED);
        self.take_sourced(key)
    }

    /// Takes a typed value that must be there.
    pub(super) fn need<T: FromConfig>(&mut self, key: &str) -> Option<T> {
        self.check_present(key, T::EXPECTED);
        self.take_typed(key)
    }

    /// Takes a text that must be there, and parses it.
    pub(super) fn need_parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Option<T> {
        self.check_present(key, String::EXPECTED);
        self.take_parsed(key)
    }

    /// Takes a typed value that must be there, and checks it.
    pub(super) fn need_checked<T: FromConfig>(
        &mut self,
        key: &str,
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Option<T> {
        self.check_present(key, T::EXPECTED);
        self.take_checked(key, check)
    }

    pub(super) fn check_present(&self, key: &str, expected: &str) {
        if !self.has(key) {
            self.invalid(key, &format!("has no default and must be set to {expected}"), None);
        }
    }

    /// Whether a key is set.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| value.kind != ValueKind::Nil)
    }

    /// Starts reading a table below this one; a missing one reads as empty.
    pub(super) fn section(&mut self, key: &str) -> Section<'a> {
        let value = self.take(key).unwrap_or_else(|| Value::new(None, ValueKind::Table(config::Map::new())));
        Section::new(self.path_of(key), value, self.problems)
    }

    /// Takes every key that is left as a table of its own, by name.
    pub(super) fn sections(&mut self) -> Vec<(String, Section<'a>)> {
        let values = std::mem::take(&mut self.values);
        let named = values.into_iter().map(|(key, value)| {
            let section = Section::new(self.path_of(&key), value, self.problems);
            (key, section)
        });
        named.collect()
    }

    /// Takes a list of tables, each read as a table of its own; in the environment it is written as JSON.
    pub(super) fn list(&mut self, key: &str) -> Option<Vec<Section<'a>>> {
        let value = self.take(key)?;
        let origin = Origin::from_text(value.origin());
        let found = describe(&value.kind);
        let items = match (value.kind, &origin) {
            (ValueKind::Array(items), _) => Some(items),
            (ValueKind::String(text), Origin::Variable(_)) => json_list(&text, &origin),
            _ => None,
        };
        let Some(items) = items else {
            let (path, expected) = (self.path_of(key), "a list of tables".to_owned());
            self.problems.push(ConfigProblem::WrongType { path, expected, found, origin });
            return None;
        };
        let path = self.path_of(key);
        let sections = items.into_iter().enumerate();
        Some(sections.map(|(place, item)| Section::new(format!("{path}[{place}]"), item, self.problems)).collect())
    }

    /// The keys that have been asked for.
    pub(super) fn known(&self) -> &[String] {
        &self.known
    }

    /// Takes whatever is left, for somebody else to read.
    pub(super) fn rest(&mut self) -> BTreeMap<String, Value> {
        std::mem::take(&mut self.values)
    }

    /// Records that the value of a key cannot be used.
    pub(super) fn invalid(&self, key: &str, reason: &dyn std::fmt::Display, origin: Option<Origin>) {
        let (path, reason) = (self.path_of(key), reason.to_string());
        self.problems.push(ConfigProblem::InvalidValue { path, reason, origin });
    }

    /// Ends reading: what nobody has asked for is unknown.
    pub(super) fn finish(self) {
        for (key, value) in &self.values {
            self.problems.push(ConfigProblem::UnknownKey {
                path: self.path_of(key),
                nearest: nearest(key, self.known.iter().map(String::as_str)),
                known: self.known.clone(),
                origin: Some(first_origin(value)),
            });
        }
    }
}

fn json_list(text: &str, origin: &Origin) -> Option<Vec<Value>> {
    let items: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    Some(items.into_iter().map(|item| of_json(item, origin)).collect())
}

/// The origin of a value, or of the first leaf below it.
pub(super) fn first_origin(value: &Value) -> Origin {
    match &value.kind {
        ValueKind::Table(table) => {
            let first = table.iter().min_by_key(|(key, _)| key.as_str());
            first.map_or_else(|| Origin::from_text(value.origin()), |(_, child)| first_origin(child))
        }
        _ => Origin::from_text(value.origin()),
    }
}
