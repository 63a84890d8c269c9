//! Configuration: layers of values with their origins, read into typed [`Settings`].

mod chain_policy;
mod credentials;
mod effective;
mod environment;
mod from_config;
mod key_file;
mod layers;
mod money;
mod opaque;
mod origin;
mod prices;
mod problem;
mod provider_policy;
mod providers;
mod section;
mod settings;
mod suggestions;

pub use credentials::Absence;
pub(crate) use credentials::shown_variable;
pub use effective::EffectiveValue;
pub use environment::Environment;
pub use origin::Origin;
pub use problem::{ConfigError, ConfigProblem};
pub use providers::ProviderSetup;
pub use settings::{ChainSettings, Durability, ImageLimits, Settings};

use std::path::PathBuf;

use media_ports::FactoryRegistry;

use problem::Problems;
use settings::is_bare;

/// What the command line says about configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigFlags {
    /// The file to read instead of `MEDIA_CONFIG` or `./media.toml`.
    pub config: Option<PathBuf>,
    /// The data folder.
    pub data_dir: Option<PathBuf>,
    /// Whether to go live (`false`) or not (`true`).
    pub dry_run: Option<bool>,
}

/// Configuration that has been read and found to be sound.
#[derive(Debug, Clone)]
pub struct LoadedConfig {
    /// The typed settings.
    pub settings: Settings,
    /// Every value with the layer that set it, by path; secrets are masked.
    pub effective: Vec<EffectiveValue>,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// What is no error but may surprise.
    pub warnings: Vec<String>,
}

/// Reads configuration: built-in defaults, then the file, the environment and the flags, later ones winning.
///
/// # Errors
/// [`ConfigError`] with every problem found, each naming the key's path and where the value came from.
pub fn load(
    flags: &ConfigFlags,
    environment: &Environment,
    registry: &FactoryRegistry,
) -> Result<LoadedConfig, ConfigError> {
    let problems = Problems::default();
    let merged = layers::merge(flags, environment, &problems)?;
    let loaded = settings::read(merged.root, environment, registry, &problems);
    problems.finish(loaded.map(|loaded| LoadedConfig { file: merged.file, ..loaded }))
}
