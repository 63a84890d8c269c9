//! What configuration can say of the provider.

use std::time::Duration;

use media_ports::{ProviderSettings, SettingsError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// The provider's table in configuration; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiImagesSettings {
    /// Where the API is; `OPENAI_BASE_URL`, else the vendor's own address, when absent.
    pub base_url: Option<Url>,
    /// The model; any name is let through.
    pub model: String,
    /// The organisation to bill; `OPENAI_ORG_ID` when absent.
    pub organization: Option<String>,
    /// The project to bill; `OPENAI_PROJECT_ID` when absent.
    pub project: Option<String>,
    /// The vendor's word for the quality of requests that name none; left to the vendor when absent.
    pub quality: Option<String>,
    /// How strictly contents are moderated; left to the vendor when absent.
    pub moderation: Option<Moderation>,
    /// Longest time for one order, in seconds; 600, as the vendor's own client has it.
    pub timeout_s: u64,
    /// Largest answer that is read, in megabytes of 1,048,576 bytes.
    pub max_response_mb: u64,
    /// Credits per image below high quality.
    pub credits: u32,
    /// Credits per image from high quality up.
    pub hd_credits: u32,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
}

/// How strictly contents are moderated; it cannot be turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moderation {
    /// The vendor's default.
    Auto,
    /// Less restrictive.
    Low,
}

impl Default for OpenAiImagesSettings {
    fn default() -> Self {
        Self {
            base_url: None,
            model: "gpt-image-2".to_owned(),
            organization: None,
            project: None,
            quality: None,
            moderation: None,
            timeout_s: 600,
            max_response_mb: 128,
            credits: 1,
            hd_credits: 2,
            capabilities: Map::new(),
        }
    }
}

impl OpenAiImagesSettings {
    /// The vendor's own address.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.openai.com/v1";

    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        if read.model.trim().is_empty() {
            return Err(settings.error(Some("model"), "is blank; leave it out for the default"));
        }
        if read.timeout_s == 0 {
            return Err(settings.error(Some("timeout_s"), "is zero; nothing could be answered in time"));
        }
        if read.max_response_mb == 0 {
            return Err(settings.error(Some("max_response_mb"), "is zero; no picture could be read"));
        }
        if let Some(base_url) = &read.base_url {
            check_base_url(base_url).map_err(|reason| settings.error(Some("base_url"), reason))?;
        }
        Ok(read)
    }

    /// Longest time for one order.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// Largest answer that is read, in bytes.
    pub fn max_response_bytes(&self) -> u64 {
        self.max_response_mb.saturating_mul(1 << 20)
    }
}

/// Checks that paths can be put behind an address, and that it carries no secret.
pub(crate) fn check_base_url(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("is no http or https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("carries credentials; the key belongs into OPENAI_API_KEY");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("carries a query or a fragment; give the part before the `?` or `#`");
    }
    Ok(())
}
