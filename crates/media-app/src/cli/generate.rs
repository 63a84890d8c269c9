//! `generate`.

use clap::Args;
use media_domain::MediaType;
use media_domain::text::Prompt;

use super::{OrderArgs, PictureArgs};

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
    /// What the asset is used as: image, infographic, thumbnail, banner, icon …
    #[arg(long = "type", default_value = "image", value_name = "TYPE", value_parser = picture_type)]
    pub media_type: MediaType,
    /// How many, where to, by whom.
    #[command(flatten)]
    pub order: OrderArgs,
    /// What it should be like.
    #[command(flatten)]
    pub picture: PictureArgs,
}

/// What a picture can be used as: anything but a video.
fn picture_type(text: &str) -> Result<MediaType, String> {
    match text.parse() {
        Ok(MediaType::Video) => Err("pictures are generated, and no video".to_owned()),
        Ok(media_type) => Ok(media_type),
        Err(error) => Err(format!("{error}")),
    }
}
