//! What configuration may know of the process around it.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables and the working directory of a process; handed in, so that tests need neither.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
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
            current_dir: current_dir.into(),
        }
    }

    /// The environment of this process; variables that are not Unicode are left out.
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::new(variables, std::env::current_dir().unwrap_or_default())
    }

    /// The value of a variable, without white space at its ends.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim())
    }

    /// Every variable that is set, by name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.trim()))
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
            .field("current_dir", &self.current_dir)
            .finish()
    }
}
