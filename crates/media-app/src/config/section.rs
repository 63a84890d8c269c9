//! Reading one table: every key asked for is a known one, every other is a problem.

use std::collections::BTreeMap;
use std::str::FromStr;

use config::{Value, ValueKind};

use super::Origin;
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

/// A type that a key can want.
pub(super) trait FromConfig: Sized {
    /// What is expected, for people.
    const EXPECTED: &'static str;

    /// The value, unless it is of another type.
    fn from_config(kind: &ValueKind) -> Option<Self>;
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
            let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.invalid(key, &format!("{:?} is not known; known: {known}", text.value), Some(text.origin));
        }
        found
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
        self.check_present(key);
        self.take_sourced(key)
    }

    /// Takes a typed value that must be there.
    pub(super) fn need<T: FromConfig>(&mut self, key: &str) -> Option<T> {
        self.check_present(key);
        self.take_typed(key)
    }

    /// Takes a text that must be there, and parses it.
    pub(super) fn need_parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &str) -> Option<T> {
        self.check_present(key);
        self.take_parsed(key)
    }

    /// Takes a typed value that must be there, and checks it.
    pub(super) fn need_checked<T: FromConfig>(
        &mut self,
        key: &str,
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Option<T> {
        self.check_present(key);
        self.take_checked(key, check)
    }

    fn check_present(&self, key: &str) {
        if !self.values.contains_key(key) {
            self.invalid(key, &"is missing", None);
        }
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

/// What a text says about yes and no, if anything.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// What a value is, for people; texts are cut short.
fn describe(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list".to_owned(),
        ValueKind::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        other => format!("{other}"),
    }
}

impl FromConfig for bool {
    const EXPECTED: &'static str = "true or false (also 1, 0, yes, no, on, off)";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Boolean(flag) => Some(*flag),
            ValueKind::String(text) => truth(text),
            _ => None,
        }
    }
}

impl FromConfig for u64 {
    const EXPECTED: &'static str = "a whole number from 0 up";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::I64(number) => (*number).try_into().ok(),
            ValueKind::U64(number) => Some(*number),
            ValueKind::I128(number) => (*number).try_into().ok(),
            ValueKind::U128(number) => (*number).try_into().ok(),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl FromConfig for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        let number = match kind {
            ValueKind::Float(number) => *number,
            ValueKind::I64(number) => *number as f64,
            ValueKind::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }
}

impl FromConfig for String {
    const EXPECTED: &'static str = "a text";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::String(text) => Some(text.clone()),
            _ => None,
        }
    }
}

/// A list of texts; one text with commas reads as a list too, since the environment has no lists.
impl FromConfig for Vec<String> {
    const EXPECTED: &'static str = "a list of texts";

    fn from_config(kind: &ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Array(items) => items.iter().map(|item| String::from_config(&item.kind)).collect(),
            ValueKind::String(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(items.map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}
