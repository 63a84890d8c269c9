//! `performance`.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use media_domain::text::{Campaign, Channel};
use media_domain::{AssetId, VariantId};

/// What to do with measurements.
#[derive(Debug, Subcommand)]
pub enum PerformanceCommand {
    /// Record a measurement of an asset; it counts as a use
    Record(RecordArgs),
    /// Show how an asset performs
    Show {
        /// Id of the asset
        asset: AssetId,
    },
    /// List the assets of the highest click-through rate
    Best(BestArgs),
}

/// A measurement.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// The campaign it ran in
    #[arg(long)]
    pub campaign: Campaign,
    /// The channel it ran on: email, web, social, display, search …
    #[arg(long)]
    pub channel: Channel,
    /// How often it was shown
    #[arg(long, default_value_t = 0)]
    pub impressions: u64,
    /// How often it was clicked
    #[arg(long, default_value_t = 0)]
    pub clicks: u64,
    /// How often people engaged with it
    #[arg(long, default_value_t = 0)]
    pub engagements: u64,
    /// How often a click led to the goal
    #[arg(long, default_value_t = 0)]
    pub conversions: u64,
    /// How often it was shared
    #[arg(long, default_value_t = 0)]
    pub shares: u64,
    /// How often it was commented on
    #[arg(long, default_value_t = 0)]
    pub comments: u64,
    /// The variant measured, if it was one
    #[arg(long, value_name = "ID")]
    pub variant: Option<VariantId>,
    /// When it was measured, as in 2026-07-31T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<DateTime<Utc>>,
    /// The contact it was shown to
    #[arg(long, value_name = "ID")]
    pub contact: Option<String>,
}

/// Which ranking to list.
#[derive(Debug, Args)]
pub struct BestArgs {
    /// In this campaign only
    #[arg(long)]
    pub campaign: Option<Campaign>,
    /// Most assets
    #[arg(long, default_value_t = 5)]
    pub limit: usize,
}
