//! Puts the pieces together: the only place that knows every crate.

mod chains;
mod engine;
#[cfg(feature = "failpoints")]
mod failpoints;
mod known_kinds;
mod providers;
mod system;

pub use chains::{ProviderLine, build_chains, provider_lines};
pub use engine::{OpenEngine, open_engine};
pub use providers::{Outside, factory_registry};
pub use system::{RandomIds, SystemClock};

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
