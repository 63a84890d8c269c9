//! `asset`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use media_domain::{
    AssetId, Category, ContentHash, MediaFormat, MediaStatus, MediaType, Name, ProviderId, Tag, UserId,
};
use media_engine::LibraryRef;

/// What to do with assets.
#[derive(Debug, Subcommand)]
pub enum AssetCommand {
    /// Add files; what they are is told by their bytes
    Add(AddArgs),
    /// List assets
    List(AssetListArgs),
    /// Show an asset with everything known of it
    Show {
        /// Id of the asset
        asset: AssetId,
    },
    /// Write an asset's file to disk
    Get(GetArgs),
    /// Add tags, or remove them
    Tag(TagArgs),
    /// Put an asset into categories, or take it out
    Categorize(CategorizeArgs),
    /// Approve a draft
    Approve {
        /// Id of the asset
        asset: AssetId,
        /// Who approves [default: `default_user` of the configuration]
        #[arg(long, value_name = "ID")]
        by: Option<UserId>,
        /// Remarks
        #[arg(long, default_value = "")]
        notes: String,
        /// Approve even a placeholder
        #[arg(long)]
        force: bool,
    },
    /// Publish an approved or archived asset
    Publish(MoveArgs),
    /// Archive a published asset
    Archive(MoveArgs),
    /// Take an approval back: the asset is a draft again
    Withdraw(MoveArgs),
    /// Hide an asset until it is restored
    Delete(MoveArgs),
    /// Bring a deleted asset back to where it was
    Restore(MoveArgs),
    /// Put an asset into a library
    Link(LinkArgs),
    /// Take an asset out of a library; the asset stays
    Unlink(LinkArgs),
    /// List the variants of an asset
    Variants {
        /// Id of the asset
        asset: AssetId,
    },
    /// List assets with the same bytes, across libraries
    Duplicates {
        /// Only assets with the bytes of this file
        #[arg(long, value_name = "FILE", conflicts_with = "hash")]
        file: Option<PathBuf>,
        /// Only assets with this SHA-256
        #[arg(long)]
        hash: Option<ContentHash>,
        /// Most groups
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

/// Files to add.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name of the asset, for a single file [default: the file's name]
    #[arg(long)]
    pub name: Option<Name>,
    /// Description
    #[arg(long, default_value = "")]
    pub description: String,
    /// What the assets are used as: image, gif, infographic, thumbnail, banner, icon …
    #[arg(long = "type", default_value = "image", value_name = "TYPE")]
    pub media_type: MediaType,
    /// Tag, or several with commas between them
    #[arg(long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<Tag>,
    /// Category, or several with commas between them
    #[arg(long = "category", value_name = "CATEGORY", value_delimiter = ',')]
    pub categories: Vec<Category>,
    /// Library that takes the assets, by name or id [default: the library "Default"]
    #[arg(long)]
    pub library: Option<LibraryRef>,
    /// Make another asset even of bytes that an asset has already
    #[arg(long)]
    pub allow_duplicate: bool,
    /// Who adds them [default: `default_user` of the configuration]
    #[arg(long, value_name = "ID")]
    pub user: Option<UserId>,
}

/// Which assets to list; every condition given must hold.
#[derive(Debug, Args)]
pub struct AssetListArgs {
    /// In this library, by name or id
    #[arg(long)]
    pub library: Option<LibraryRef>,
    /// With this tag; give it several times for assets with all of them
    #[arg(long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub tags: Vec<Tag>,
    /// In this category; give it several times for assets in all of them
    #[arg(long = "category", value_name = "CATEGORY", value_delimiter = ',')]
    pub categories: Vec<Category>,
    /// With every word of this text in name, description, tags or prompt
    #[arg(long)]
    pub text: Option<String>,
    /// Used as this: image, video, gif, infographic, thumbnail, banner, icon
    #[arg(long = "type", value_name = "TYPE")]
    pub media_type: Option<MediaType>,
    /// In this state: draft, approved, published, archived, deleted [default: any but deleted]
    #[arg(long)]
    pub status: Option<MediaStatus>,
    /// In this file format: jpeg, png, webp, svg, gif …
    #[arg(long)]
    pub format: Option<MediaFormat>,
    /// Made by this provider
    #[arg(long, value_name = "ID")]
    pub provider: Option<ProviderId>,
    /// Most used first, instead of newest first
    #[arg(long)]
    pub most_used: bool,
    /// Most assets
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub limit: u64,
    /// Continue behind an earlier page of the same list
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
}

/// Where to write an asset's file.
#[derive(Debug, Args)]
pub struct GetArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// The file to write; `-` for stdout
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// The file to the byte as it came; without it, an SVG is rewritten without scripts and links
    #[arg(long)]
    pub original: bool,
}

/// Tags to add or to remove.
#[derive(Debug, Args)]
pub struct TagArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// The tags
    #[arg(required = true, value_name = "TAG")]
    pub tags: Vec<Tag>,
    /// Remove them instead
    #[arg(long)]
    pub remove: bool,
}

/// Categories to put an asset into, or to take it out of.
#[derive(Debug, Args)]
pub struct CategorizeArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// The categories
    #[arg(required = true, value_name = "CATEGORY")]
    pub categories: Vec<Category>,
    /// Take the asset out of them instead
    #[arg(long)]
    pub remove: bool,
}

/// An asset to move along its lifecycle.
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// Id of the asset
    pub asset: AssetId,
}

/// An asset and a library.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// The library, by name or id
    pub library: LibraryRef,
}
