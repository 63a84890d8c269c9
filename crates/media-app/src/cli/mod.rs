//! The command line: what can be asked for, and in which words.

mod asset;
mod auth;
mod edit;
mod export;
mod generate;
mod maintenance;
mod measure;
mod order;
mod providers;
mod quota;

pub use asset::{AddArgs, AssetCommand, AssetListArgs, CategorizeArgs, GetArgs, LinkArgs, MoveArgs, TagArgs};
pub use auth::{AuthCommand, ConsentArgs};
pub use edit::{EditArgs, Picture};
pub use export::{ExportArgs, ExportCommand, ToolOption};
pub use generate::GenerateArgs;
pub use maintenance::{
    BackupArgs, ConfigCommand, JobsCommand, JobsListArgs, LibraryCommand, ReconcileArgs, ResolveArgs,
};
pub use measure::{BestArgs, PerformanceCommand, RecordArgs};
pub use order::{OrderArgs, PictureArgs};
pub use providers::{Decision, ProvidersArgs, ProvidersCommand};
pub use quota::{CreditLimit, QuotaArgs, QuotaCommand, QuotaShowArgs};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use media_domain::AssetId;

use crate::config::ConfigFlags;
use crate::report::EXIT_CODES_HELP;

/// Generates images from prompts through a chain of providers, and keeps, measures and improves what comes of it.
///
/// Without any configuration nothing is called and nothing is spent: pictures are drawn on this machine (dry run). Set
/// `DRY_RUN_MODE=false` and a provider's key to go live.
#[derive(Debug, Parser)]
#[command(name = "media-app", version, after_help = EXIT_CODES_HELP, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Configuration file [default: $MEDIA_CONFIG, else ./media.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder that holds everything [default: $MEDIA_DATA_DIR, else ./media-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Print JSON, one object per line, instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Print results and errors only: no progress, no hints
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Log to stderr; -vv also logs details, -vvv everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Call the real providers, whatever configuration says
    #[arg(long, global = true, conflicts_with = "dry_run")]
    pub live: bool,
    /// Call no provider, whatever configuration says
    #[arg(long, global = true)]
    pub dry_run: bool,
}

impl GlobalArgs {
    /// What the flags say about configuration.
    pub fn config_flags(&self) -> ConfigFlags {
        ConfigFlags {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            dry_run: match (self.live, self.dry_run) {
                (true, _) => Some(false),
                (_, true) => Some(true),
                (false, false) => None,
            },
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate images from a prompt
    Generate(GenerateArgs),
    /// Change a picture: repaint parts of it, let it grow, free it of its background
    Edit(EditArgs),
    /// Make libraries and look into them
    #[command(subcommand)]
    Library(LibraryCommand),
    /// Add, find, label, approve and fetch assets
    #[command(subcommand)]
    Asset(AssetCommand),
    /// Record and compare how assets perform
    #[command(subcommand)]
    Performance(PerformanceCommand),
    /// Look for improvements of an asset and list what is open
    Suggest {
        /// Id of the asset
        asset: AssetId,
    },
    /// Export assets to design tools
    #[command(subcommand)]
    Export(ExportCommand),
    /// Ask users of design tools for their consent, and show whose is kept
    #[command(subcommand)]
    Auth(AuthCommand),
    /// List the providers of every chain: whether they can be called, and how they have done
    Providers(ProvidersArgs),
    /// Show the credits and budgets of this period, and set a user's own limit
    Quota(QuotaArgs),
    /// Look at generation jobs, and close those whose outcome nobody knows
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Copy the catalogue and every file to a new folder, while work goes on
    Backup(BackupArgs),
    /// Check the catalogue, and every file against its hash
    Verify,
    /// Show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}
