//! A provider's settings, opaque to everybody but its factory.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The table of one provider in configuration, without `kind` and without credentials.
///
/// ```
/// use media_ports::ProviderSettings;
///
/// #[derive(Debug, serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Settings {
///     model: Option<String>,
/// }
///
/// let table = serde_json::Map::from_iter([("modle".to_owned(), "flux-2".into())]);
/// let error = ProviderSettings::new("providers.flux_eu", table).decode::<Settings>().unwrap_err();
/// assert_eq!(error.path, "providers.flux_eu");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct ProviderSettings {
    path: String,
    values: Map<String, Value>,
}

impl ProviderSettings {
    /// Wraps a table; `path` is where it stands, for error messages (`providers.openai_images`).
    pub fn new(path: impl Into<String>, values: Map<String, Value>) -> Self {
        Self { path: path.into(), values }
    }

    /// Where the table stands in configuration.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The keys that are set.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Reads the table as a factory's settings type, which refuses unknown keys (`deny_unknown_fields`).
    ///
    /// # Errors
    /// [`SettingsError`] naming the table and what is wrong in it.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        T::deserialize(&self.values)
            .map_err(|error| SettingsError { path: self.path.clone(), reason: error.to_string() })
    }

    /// An error about this table, or about one key of it.
    pub fn error(&self, key: Option<&str>, reason: impl Into<String>) -> SettingsError {
        let path = match key {
            Some(key) => format!("{}.{key}", self.path),
            None => self.path.clone(),
        };
        SettingsError { path, reason: reason.into() }
    }
}

impl fmt::Debug for ProviderSettings {
    /// Shows the keys only: a user may have written a secret where none belongs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings")
            .field("path", &self.path)
            .field("keys", &self.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// What is known of a model, with what configuration says over it: each key given takes the place of the known one.
///
/// ```
/// use media_domain::Capabilities;
/// use media_ports::settings::overridden;
///
/// let table = serde_json::Map::from_iter([("seed".to_owned(), false.into())]);
/// assert!(!overridden(Capabilities::permissive(), &table)?.seed);
///
/// let unknown = serde_json::Map::from_iter([("sead".to_owned(), false.into())]);
/// assert!(overridden(Capabilities::permissive(), &unknown).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
/// What is wrong with a key or its value.
pub fn overridden<T: Serialize + DeserializeOwned>(
    known: T,
    overrides: &Map<String, Value>,
) -> Result<T, serde_json::Error> {
    if overrides.is_empty() {
        return Ok(known);
    }
    let mut table = serde_json::to_value(known)?;
    if let Value::Object(table) = &mut table {
        table.extend(overrides.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    serde_json::from_value(table)
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {reason}")]
pub struct SettingsError {
    /// Where in configuration.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}
