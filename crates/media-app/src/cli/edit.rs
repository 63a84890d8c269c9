//! `edit`.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use media_domain::text::Prompt;
use media_domain::{AssetId, EditKind, Margins};

use super::{OrderArgs, PictureArgs};

/// What to change, and where to put the result.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The picture: id of an asset, or a file
    pub image: Picture,
    /// What the result should show; an edit and an inpainting need it
    pub prompt: Option<Prompt>,
    /// How: edit, inpaint, erase, outpaint, variation, remove-background
    /// [default: outpaint with margins, inpaint with a mask, else edit]
    #[arg(long, value_parser = edit_kind)]
    pub kind: Option<EditKind>,
    /// Picture of the same size, transparent where the picture may change: a file, or id of an asset
    #[arg(long, value_name = "FILE")]
    pub mask: Option<Picture>,
    /// Further picture that the prompt may speak of: a file, or id of an asset; may be given several times
    #[arg(long = "reference", value_name = "FILE")]
    pub references: Vec<Picture>,
    /// Pixels by which the picture grows on the left
    #[arg(long, default_value_t = 0, value_name = "PIXELS", help_heading = "Margins")]
    pub left: u32,
    /// Pixels by which it grows on the right
    #[arg(long, default_value_t = 0, value_name = "PIXELS", help_heading = "Margins")]
    pub right: u32,
    /// Pixels by which it grows above
    #[arg(long, default_value_t = 0, value_name = "PIXELS", help_heading = "Margins")]
    pub up: u32,
    /// Pixels by which it grows below
    #[arg(long, default_value_t = 0, value_name = "PIXELS", help_heading = "Margins")]
    pub down: u32,
    /// Width of the result in pixels, with --height [default: the picture's own, with the margins]
    #[arg(long, value_name = "PIXELS", requires = "height")]
    pub width: Option<u32>,
    /// Height of the result in pixels, with --width
    #[arg(long, value_name = "PIXELS", requires = "width")]
    pub height: Option<u32>,
    /// How many, where to, by whom.
    #[command(flatten)]
    pub order: OrderArgs,
    /// What it should be like.
    #[command(flatten)]
    pub picture: PictureArgs,
}

impl EditArgs {
    /// By how much the picture grows.
    pub const fn margins(&self) -> Margins {
        Margins { left: self.left, right: self.right, up: self.up, down: self.down }
    }

    /// How the picture is to be changed: as said, else as what was given tells.
    pub fn edit_kind(&self) -> EditKind {
        let told = match (self.margins().is_empty(), &self.mask) {
            (false, _) => EditKind::Outpaint,
            (true, Some(_)) => EditKind::Inpaint,
            (true, None) => EditKind::Edit,
        };
        self.kind.unwrap_or(told)
    }
}

/// A picture on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The file of an asset.
    Asset(AssetId),
    /// A file; one whose name looks like an id is written with its folder (`./ID`).
    File(PathBuf),
}

impl FromStr for Picture {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.parse().map_or_else(|_| Self::File(text.into()), Self::Asset))
    }
}

/// Words of several parts may be written with dashes, as flags are.
fn edit_kind(text: &str) -> Result<EditKind, <EditKind as FromStr>::Err> {
    text.replace('-', "_").parse()
}
