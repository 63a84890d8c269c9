//! What configuration can say of the provider.

use std::collections::BTreeMap;
use std::time::Duration;

use media_http::BaseUrl;
use media_http::base_url::BaseUrlError;
use media_ports::{ProviderSettings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::template::Templates;

/// The provider's table in configuration; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FigmaSettings {
    /// Where the API is.
    pub base_url: String,
    /// How the token is sent; as a personal one by default.
    pub token_kind: TokenKind,
    /// The file whose node is rendered; without one, nothing is generated.
    pub file_key: Option<String>,
    /// The node that is rendered.
    pub node_id: Option<String>,
    /// Width of the node in pixels at scale 1, which saves asking for it; only together with the height.
    pub node_width: Option<f64>,
    /// Height of the node in pixels at scale 1.
    pub node_height: Option<f64>,
    /// Further templates, which requests choose by naming one as their style.
    pub templates: BTreeMap<String, TemplateSettings>,
    /// Longest time for one image or export, in seconds; 120 by default.
    pub timeout_s: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
}

/// How a token is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A personal access token, in `X-Figma-Token`.
    #[default]
    Personal,
    /// The access token of an OAuth app, as bearer; a token that begins with `figd_` is a personal one all the same.
    Oauth,
}

/// A template that is chosen by name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSettings {
    /// The file; that of the provider's table when absent.
    #[serde(default)]
    pub file_key: Option<String>,
    /// The node that is rendered.
    pub node_id: String,
    /// Width of the node in pixels at scale 1; only together with the height.
    #[serde(default)]
    pub node_width: Option<f64>,
    /// Height of the node in pixels at scale 1.
    #[serde(default)]
    pub node_height: Option<f64>,
}

impl Default for FigmaSettings {
    fn default() -> Self {
        Self {
            base_url: Self::DEFAULT_BASE_URL.to_owned(),
            token_kind: TokenKind::default(),
            file_key: None,
            node_id: None,
            node_width: None,
            node_height: None,
            templates: BTreeMap::new(),
            timeout_s: 120,
            capabilities: Map::new(),
        }
    }
}

impl FigmaSettings {
    /// The vendor's own address.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.figma.com";

    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        read.api().map_err(|error| settings.error(Some("base_url"), error.to_string()))?;
        Templates::read(&read).map_err(|(key, reason)| settings.error(Some(&key), reason))?;
        if read.timeout_s == 0 {
            return Err(settings.error(Some("timeout_s"), "is zero; nothing could be answered in time"));
        }
        Ok(read)
    }

    /// Where the API is.
    ///
    /// # Errors
    /// [`BaseUrlError`].
    pub fn api(&self) -> Result<BaseUrl, BaseUrlError> {
        BaseUrl::parse(&self.base_url)
    }

    /// Longest time for one image or export.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }
}
