//! `quota`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use media_domain::{ProviderId, UserId};

/// What to do with quotas; without a command they are shown.
#[derive(Debug, Args)]
pub struct QuotaArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<QuotaCommand>,
}

/// What to do with quotas.
#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    /// Show credits by user and provider, and the budgets of chains
    Show(QuotaShowArgs),
    /// Give a user a limit of their own at a provider
    Set {
        /// The user
        user: UserId,
        /// The provider, by its id
        provider: ProviderId,
        /// Credits a month, or `default` for what is configured
        credits: CreditLimit,
    },
}

/// Whose credits to show.
#[derive(Debug, Default, Args)]
pub struct QuotaShowArgs {
    /// Only of this user
    #[arg(long, value_name = "ID")]
    pub user: Option<UserId>,
    /// Only at this provider
    #[arg(long, value_name = "ID")]
    pub provider: Option<ProviderId>,
}

/// Credits a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditLimit {
    /// As configured.
    Default,
    /// As many as this.
    Credits(u64),
}

impl FromStr for CreditLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        /// The largest number that the store can keep.
        const MOST: u64 = i64::MAX.unsigned_abs();
        match text {
            "default" => Ok(Self::Default),
            text => match text.parse() {
                Ok(credits) if credits <= MOST => Ok(Self::Credits(credits)),
                _ => Err(format!("expected a whole number from 0 to {MOST}, or `default`")),
            },
        }
    }
}

impl CreditLimit {
    /// The limit as a number; `None` for what is configured.
    pub const fn credits(self) -> Option<u64> {
        match self {
            Self::Default => None,
            Self::Credits(credits) => Some(credits),
        }
    }
}
