//! What can be wrong with configuration.

use std::cell::RefCell;
use std::fmt;

use super::{LoadedConfig, Origin};

/// Configuration that cannot be used; every problem found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The problems, at least one.
    pub problems: Vec<ConfigProblem>,
}

/// One thing that is wrong with configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// A file cannot be read or is no TOML.
    #[error("cannot read the configuration {origin}: {reason}")]
    Unreadable {
        /// What was to be read.
        origin: Origin,
        /// Why it cannot be.
        reason: String,
    },
    /// A key that nobody knows.
    #[error("`{path}`: unknown key{}{}", suggestion(.nearest.as_deref(), .known), from(.origin))]
    UnknownKey {
        /// The key, from the root.
        path: String,
        /// The known key that is spelt most like it.
        nearest: Option<String>,
        /// The keys known there.
        known: Vec<String>,
        /// Who set it.
        origin: Option<Origin>,
    },
    /// A value of another type than the key wants.
    #[error("`{path}`: expected {expected}, found {found} ({origin})")]
    WrongType {
        /// The key, from the root.
        path: String,
        /// What it wants.
        expected: String,
        /// What there is.
        found: String,
        /// Who set it.
        origin: Origin,
    },
    /// A value of the right type that cannot be used.
    #[error("`{path}`: {reason}{}", from(.origin))]
    InvalidValue {
        /// The key, from the root.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// Who set it.
        origin: Option<Origin>,
    },
    /// A list of providers names one that does not exist.
    #[error("`{path}`: unknown provider `{id}`{} ({origin})", suggestion(.nearest.as_deref(), .known))]
    UnknownProvider {
        /// The list, from the root.
        path: String,
        /// What was asked for.
        id: String,
        /// The known id that is spelt most like it.
        nearest: Option<String>,
        /// The kinds and the ids of tables.
        known: Vec<String>,
        /// Who set the list.
        origin: Origin,
    },
    /// A list names a provider twice.
    #[error("`{path}`: provider `{id}` is listed more than once ({origin})")]
    RepeatedProvider {
        /// The list, from the root.
        path: String,
        /// The provider, aliases resolved.
        id: String,
        /// Who set the list.
        origin: Origin,
    },
    /// A list without a provider.
    #[error("`{path}`: lists no provider; name at least one, or remove the key to get the default ({origin})")]
    NoProvider {
        /// The list, from the root.
        path: String,
        /// Who set it.
        origin: Origin,
    },
    /// Environment variables give different values for one key.
    #[error("`{path}`: the variables {}", disagreement(.variables))]
    Disagreement {
        /// The key, from the root.
        path: String,
        /// Every variable that says something, two at least.
        variables: Vec<String>,
    },
}

fn suggestion(nearest: Option<&str>, known: &[String]) -> String {
    let meant = nearest.map(|nearest| format!(", did you mean `{nearest}`?")).unwrap_or_default();
    match known {
        [] => format!("{meant}; nothing can be set here"),
        known => format!("{meant}; known: {}", known.join(", ")),
    }
}

fn disagreement(variables: &[String]) -> String {
    match variables {
        [rest @ .., before, last] if !rest.is_empty() => {
            format!("{}, {before} and {last} disagree; unset all but one of them", rest.join(", "))
        }
        two => format!("{} disagree; unset one of them", two.join(" and ")),
    }
}

fn from(origin: &Option<Origin>) -> String {
    origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default()
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [only] => write!(f, "{only}"),
            several => {
                write!(f, "{} problems in the configuration", several.len())?;
                several.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl From<ConfigProblem> for ConfigError {
    fn from(problem: ConfigProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

/// The known word that is spelt most like `word`, if any is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (word.len().max(candidate.len()) / 3).max(1))
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// Gathers problems while reading goes on, so that all of them are told at once.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<ConfigProblem>>);

impl Problems {
    pub(crate) fn push(&self, problem: ConfigProblem) {
        let mut problems = self.0.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// The result, if nothing is wrong.
    pub(crate) fn finish(self, loaded: Option<LoadedConfig>) -> Result<LoadedConfig, ConfigError> {
        let problems = self.0.into_inner();
        match loaded {
            Some(loaded) if problems.is_empty() => Ok(loaded),
            _ => Err(ConfigError { problems }),
        }
    }
}
