//! What configuration may know of the process around it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

/// The variables and the working directory of a process; handed in, so that tests need neither.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// Names of variables whose value is no text.
    unreadable: BTreeSet<String>,
    current_dir: PathBuf,
}

impl Environment {
    /// Makes an environment of these variables; empty ones count as unset.
    pub fn new(
        variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
        current_dir: impl Into<PathBuf>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self {
            variables: variables.filter(|(_, value): &(String, String)| !value.trim().is_empty()).collect(),
            unreadable: BTreeSet::new(),
            current_dir: current_dir.into(),
        }
    }

    /// Makes an environment of variables as the operating system has them; what is no Unicode text is known by its name
    /// only.
    pub fn of_os(variables: impl IntoIterator<Item = (OsString, OsString)>, current_dir: impl Into<PathBuf>) -> Self {
        let (mut texts, mut unreadable) = (Vec::new(), BTreeSet::new());
        let named = variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        for (name, value) in named {
            match value.into_string() {
                Ok(text) => texts.push((name, text)),
                Err(_) => {
                    unreadable.insert(name);
                }
            }
        }
        Self { unreadable, ..Self::new(texts, current_dir) }
    }

    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::of_os(std::env::vars_os(), std::env::current_dir().unwrap_or_default())
    }

    /// The value of a variable, without white space at its ends.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// Every variable that is set, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }

    /// Whether a variable is set to what is no Unicode text.
    pub fn is_unreadable(&self, name: &str) -> bool {
        self.unreadable.contains(name)
    }

    /// Every variable that is set to what is no Unicode text, by name.
    pub fn unreadable(&self) -> impl Iterator<Item = &str> {
        self.unreadable.iter().map(String::as_str)
    }

    /// A path as seen from the working directory.
    pub fn resolve(&self, path: impl AsRef<std::path::Path>) -> PathBuf {
        self.current_dir.join(path)
    }
}

impl std::fmt::Debug for Environment {
    /// Shows the names only: values may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("unreadable", &self.unreadable)
            .field("current_dir", &self.current_dir)
            .finish()
    }
}
