//! What orders of images have in common, whether they are generated or edited.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use media_domain::{
    Background, GenerationOptions, IdempotencyKey, ImageFormat, Name, ProviderId, Quality, Retain, UserId,
};
use media_engine::LibraryRef;

/// How many images, where they go, and who is asked.
#[derive(Debug, Args)]
pub struct OrderArgs {
    /// How many images, made at the same time
    #[arg(long, short = 'n', default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub count: u32,
    /// Also write the image to this file; several are numbered (`picture-2.png`)
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also write unfinished pictures, from providers that send them, as they come: to this file with a number
    /// (`picture.partial-0.png`); nothing of them is kept elsewhere
    #[arg(long, value_name = "FILE")]
    pub partial_out: Option<PathBuf>,
    /// Library that takes the asset, by name or id [default: that of the asset that is edited, else the library "Default"]
    #[arg(long)]
    pub library: Option<LibraryRef>,
    /// Name of the asset [default: the beginning of the prompt]
    #[arg(long)]
    pub name: Option<Name>,
    /// What is kept: all, or none – neither asset nor file, prompt or hash; then the images are in the file of `--out`
    /// and nowhere else [default: `retain` of the chain]
    #[arg(long, value_name = "WHAT")]
    pub retain: Option<Retain>,
    /// Chain to ask, by its key in the configuration [default: media_generation; for an edit media_editing]
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
    /// A word of your own for this request: sent again within 24 hours, it gets the first answer and orders nothing
    ///
    /// Of several images (`--count`) the second takes KEY/2, the third KEY/3 and so on. In dry run it is without effect.
    #[arg(long, value_name = "KEY", help_heading = "Providers")]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What the picture should be like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Picture")]
pub struct PictureArgs {
    /// What the image should not show
    #[arg(long, value_name = "TEXT")]
    pub negative_prompt: Option<String>,
    /// Makes the result repeatable, where the model supports it; of several images (`--count`) the second takes the
    /// next number, and so on
    #[arg(long)]
    pub seed: Option<u64>,
    /// Inference steps
    #[arg(long)]
    pub steps: Option<NonZeroU32>,
    /// How closely to follow the prompt
    #[arg(long, alias = "cfg-scale", value_name = "SCALE")]
    pub guidance: Option<f64>,
    /// Quality: low, medium, standard, high, hd, xhigh, max
    #[arg(long)]
    pub quality: Option<Quality>,
    /// Style in the provider's words
    #[arg(long)]
    pub style: Option<String>,
    /// Background: auto, transparent, opaque
    #[arg(long)]
    pub background: Option<Background>,
    /// File format: png, jpeg, webp; also svg and gif, where the model writes them
    #[arg(long)]
    pub format: Option<ImageFormat>,
}

impl PictureArgs {
    /// The same as the engine takes it, for one of several images, by its place among them from zero. A seed is counted
    /// on with the images, since orders of one seed would bring, and bill, the same one again.
    pub fn options(&self, index: u32) -> GenerationOptions {
        GenerationOptions {
            negative_prompt: self.negative_prompt.clone(),
            seed: self.seed.map(|seed| seed.saturating_add(index.into())),
            steps: self.steps,
            guidance_scale: self.guidance,
            quality: self.quality,
            style: self.style.clone(),
            background: self.background,
            output_format: self.format,
        }
    }
}
