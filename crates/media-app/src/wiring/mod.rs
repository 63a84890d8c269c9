//! Puts the pieces together: the only place that knows every crate.

mod breaker_key;
mod budget_warnings;
mod catalogue;
mod chains;
mod engine;
#[cfg(feature = "failpoints")]
mod failpoints;
mod file_memory;
mod health_memory;
mod provider_lines;
mod providers;
mod system;

pub use budget_warnings::budget_warnings;
pub use catalogue::OpenCatalogue;
pub use chains::{ChainTools, build_chains, build_provider};
pub use engine::{OpenEngine, open_engine};
pub use file_memory::FileMemory;
pub use health_memory::{HealthMemory, LastHealth};
pub use provider_lines::{BreakerLine, FiguresLine, KnownOfProviders, ProviderLine, provider_lines};
pub use providers::{CANVA_KIND, Hindrance, Outside, PendingConsent, end_of_access_token, factory_registry, hindrance};
pub use system::{RandomIds, SystemClock, random_bytes};

use media_ports::{BuildError, StoreError};

/// Why the pieces could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A provider's settings cannot be used.
    #[error("provider `{provider}` cannot be made")]
    Provider {
        /// The provider.
        provider: String,
        /// Why.
        source: BuildError,
    },
    /// The store cannot be opened.
    #[error("the data folder `{folder}` cannot be opened")]
    Store {
        /// The folder.
        folder: String,
        /// Why.
        source: StoreError,
    },
    /// The data folder cannot be made.
    #[error("the data folder `{folder}` cannot be made")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
}
