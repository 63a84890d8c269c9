//! `export`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use media_domain::{AssetId, UserId};
use serde_json::Value;
use url::Url;

/// Where to export to.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Attach an asset to a page or node of a Figma file
    Figma {
        /// What is exported.
        #[command(flatten)]
        export: ExportArgs,
        /// Key of the file, or the file's address
        #[arg(long, value_name = "KEY")]
        file_key: String,
        /// The page or node, such as 1:2 [default: the first page]
        #[arg(long, value_name = "ID")]
        page_id: Option<String>,
    },
    /// Upload an asset to Canva
    Canva {
        /// What is exported.
        #[command(flatten)]
        export: ExportArgs,
        /// Also make a design of it, with this title
        #[arg(long)]
        title: Option<String>,
    },
}

/// What is exported, to whatever tool.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Id of the asset
    pub asset: AssetId,
    /// Where people find the asset on the web, for tools that take a link and no file
    /// [default: the option `link`, else `public_url` of the configuration, and /assets/ID behind it]
    #[arg(long, value_name = "URL")]
    pub link: Option<Url>,
    /// A particular in the tool's words, JSON or a text; may be given several times
    #[arg(long = "option", value_name = "KEY=VALUE")]
    pub options: Vec<ToolOption>,
    /// Who exports [default: `default_user` of the configuration]
    #[arg(long, value_name = "ID")]
    pub user: Option<UserId>,
}

/// One particular in a tool's words.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOption {
    /// Its name.
    pub key: String,
    /// Its value: what reads as JSON is JSON, all else a text.
    pub value: Value,
}

impl FromStr for ToolOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) =
            text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or("expected KEY=VALUE")?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok(Self { key: key.trim().to_owned(), value })
    }
}
