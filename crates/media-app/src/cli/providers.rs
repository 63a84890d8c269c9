//! `providers`.

use clap::{Args, Subcommand, ValueEnum};
use media_domain::ProviderId;

/// What to do with providers; without a command they are listed.
#[derive(Debug, Args)]
pub struct ProvidersArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
}

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub enum ProvidersCommand {
    /// Ask every provider that can be called how it is; costs nothing
    Check {
        /// Ask even those that have been asked within the last minute
        #[arg(long)]
        fresh: bool,
    },
    /// Decide by hand whether calls of a provider pass, in every process on this data folder
    Force {
        /// The provider, by its id
        provider: ProviderId,
        /// What holds from now on
        decision: Decision,
    },
}

/// What a person decides for a provider's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// No call passes until somebody decides otherwise
    Open,
    /// Every call passes until somebody decides otherwise
    Closed,
    /// The breaker decides by itself again; one that was forced starts anew, closed
    Automatic,
}
