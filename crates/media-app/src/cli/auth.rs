//! `auth`.

use clap::{Args, Subcommand};
use media_domain::ProviderId;

/// What to do with consents.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Ask for the consent of a Canva user, in the browser of this machine
    Canva(ConsentArgs),
    /// Show whose consent is kept, and until when its token lasts; no token is shown
    Status,
}

/// How to ask for consent.
#[derive(Debug, Args)]
pub struct ConsentArgs {
    /// The provider that is to act for the user [default: the only one of the kind]
    #[arg(long, value_name = "ID")]
    pub provider: Option<ProviderId>,
    /// Port of this machine that the browser comes back to: http://127.0.0.1:PORT/oauth/redirect must be among the
    /// redirect addresses of the integration; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    pub redirect_port: u16,
    /// Longest time to wait for the answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub wait_s: u64,
}
