//! Making providers out of configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use media_domain::ProviderId;
use secrecy::SecretString;

use crate::{Clock, Descriptor, MediaGeneratorProvider, ProviderSettings, SettingsError};

/// Makes the providers of one kind.
pub trait ProviderFactory: fmt::Debug + Send + Sync + 'static {
    /// The kind, which is also the id of a provider that has no table of its own.
    fn kind(&self) -> &'static str;

    /// Other names under which the kind is known.
    fn aliases(&self) -> &'static [&'static str];

    /// The credentials that the kind takes, as data.
    fn credentials(&self) -> &'static [Credential];

    /// Describes a provider from its settings, without credential, client or connection.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    fn describe(&self, id: &ProviderId, settings: &ProviderSettings) -> Result<Descriptor, SettingsError>;

    /// Builds a provider that is ready to be called.
    ///
    /// # Errors
    /// [`BuildError`]: unusable settings, a missing credential, or an adapter that is not built in.
    fn build(
        &self,
        id: &ProviderId,
        settings: &ProviderSettings,
        context: &FactoryContext,
    ) -> Result<MediaGeneratorProvider, BuildError>;
}

/// A credential (or another value that usually comes from the environment) of a kind of provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// Its name in the provider's table.
    pub key: &'static str,
    /// Environment variables that may hold it; the first is the one shown to people.
    pub variables: &'static [&'static str],
    /// Whether a live provider cannot do without.
    pub required: bool,
    /// Whether even a dry-run export asks for it.
    pub required_for_export: bool,
    /// Whether it is shown to nobody.
    pub secret: bool,
}

/// Credentials that configuration has resolved, by the key that the factory declared.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<String, (SecretString, CredentialSource)>);

/// Where a credential was found; shown to people whose credential is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// In a variable that the kind itself names: it is there for the vendor, and not for this provider alone.
    WellKnown(String),
    /// In a variable that the provider's table refers to.
    Variable(String),
    /// In a file that the provider's table refers to.
    File(String),
    /// In the provider's table, at this path.
    Table(String),
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WellKnown(variable) | Self::Variable(variable) => f.write_str(variable),
            Self::File(file) => write!(f, "the file {file}"),
            Self::Table(path) => write!(f, "`{path}`"),
        }
    }
}

impl Credentials {
    /// Adds a credential that stands in the provider's table; a later one replaces an earlier.
    pub fn insert(&mut self, key: impl Into<String>, value: SecretString) {
        let key = key.into();
        self.insert_from(CredentialSource::Table(key.clone()), key, value);
    }

    /// Adds a credential with where it was found; a later one replaces an earlier.
    pub fn insert_from(&mut self, source: CredentialSource, key: impl Into<String>, value: SecretString) {
        self.0.insert(key.into(), (value, source));
    }

    /// The credential under a key.
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.0.get(key).map(|(value, _)| value)
    }

    /// Where the credential under a key was found.
    pub fn source(&self, key: &str) -> Option<&CredentialSource> {
        self.0.get(key).map(|(_, source)| source)
    }
}

/// What a factory is given besides settings: ports and resolved credentials.
#[derive(Debug, Clone)]
pub struct FactoryContext {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The provider's credentials.
    pub credentials: Credentials,
}

impl FactoryContext {
    /// A credential that the provider cannot do without.
    ///
    /// # Errors
    /// [`BuildError::MissingCredential`] naming the variable.
    pub fn required(&self, credential: &Credential) -> Result<&SecretString, BuildError> {
        let variable = credential.variables.first().copied().unwrap_or(credential.key);
        self.credentials
            .get(credential.key)
            .ok_or_else(|| BuildError::MissingCredential { variable: variable.to_owned() })
    }
}

/// Why a provider could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The settings cannot be used: a mistake to mend, not a provider to pass over.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A credential is missing: the provider is passed over.
    #[error("{variable} is not set")]
    MissingCredential {
        /// The environment variable to set.
        variable: String,
    },
    /// A credential cannot be used: the provider is passed over.
    #[error("the credential in {found_in} holds characters that no header may carry")]
    UnusableCredential {
        /// Where it was found.
        found_in: String,
    },
    /// The adapter is not in this binary: the provider is passed over.
    #[error("{reason}")]
    NotBuiltIn {
        /// Why not.
        reason: String,
    },
}
