//! `generate`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use media_domain::text::Prompt;
use media_domain::{Background, ImageFormat, MediaType, Name, ProviderId, Quality, UserId};
use media_engine::LibraryRef;

/// What to generate, and where to put it.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What the image should show
    pub prompt: Prompt,
    /// Width in pixels
    #[arg(long, default_value_t = 1024, value_name = "PIXELS")]
    pub width: u32,
    /// Height in pixels
    #[arg(long, default_value_t = 1024, value_name = "PIXELS")]
    pub height: u32,
    /// How many images, made at the same time
    #[arg(long, short = 'n', default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub count: u32,
    /// Also write the image to this file; several are numbered (`picture-2.png`)
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Library that takes the asset, by name or id [default: the library "Default"]
    #[arg(long)]
    pub library: Option<LibraryRef>,
    /// Name of the asset [default: the beginning of the prompt]
    #[arg(long)]
    pub name: Option<Name>,
    /// What the asset is used as: image, infographic, thumbnail, banner, icon …
    #[arg(long = "type", default_value = "image", value_name = "TYPE")]
    pub media_type: MediaType,
    /// Chain to ask, by its key in the configuration [default: media_generation]
    #[arg(long, value_name = "NAME", help_heading = "Providers")]
    pub chain: Option<String>,
    /// Provider of the chain to try first
    #[arg(long, value_name = "ID", help_heading = "Providers")]
    pub provider: Option<ProviderId>,
    /// Pass over providers that cannot do exactly what is asked, instead of fitting the request to them
    #[arg(long, help_heading = "Providers")]
    pub strict: bool,
    /// Fail when, in live mode, only a placeholder could be delivered
    #[arg(long, help_heading = "Providers")]
    pub fail_on_placeholder: bool,
    /// On whose behalf [default: `default_user` of the configuration]
    #[arg(long, value_name = "ID", help_heading = "Providers")]
    pub user: Option<UserId>,
    /// What the image should not show
    #[arg(long, value_name = "TEXT", help_heading = "Picture")]
    pub negative_prompt: Option<String>,
    /// Makes the result repeatable, where the model supports it
    #[arg(long, help_heading = "Picture")]
    pub seed: Option<u64>,
    /// Inference steps
    #[arg(long, help_heading = "Picture")]
    pub steps: Option<NonZeroU32>,
    /// How closely to follow the prompt
    #[arg(long, alias = "cfg-scale", value_name = "SCALE", help_heading = "Picture")]
    pub guidance: Option<f64>,
    /// Quality: low, medium, standard, high, hd, xhigh, max
    #[arg(long, help_heading = "Picture")]
    pub quality: Option<Quality>,
    /// Style in the provider's words
    #[arg(long, help_heading = "Picture")]
    pub style: Option<String>,
    /// Background: auto, transparent, opaque
    #[arg(long, help_heading = "Picture")]
    pub background: Option<Background>,
    /// File format: png, jpeg, webp
    #[arg(long, help_heading = "Picture")]
    pub format: Option<ImageFormat>,
}
