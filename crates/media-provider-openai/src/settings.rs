//! What configuration can say of the provider.

use std::time::Duration;

use media_http::{BaseUrl, ByteBudget};
use media_ports::{ProviderSettings, SettingsError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::capability;

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
    /// How closely an edit follows its pictures; left to the vendor when absent. Only `gpt-image-1.5` and models that are not
    /// known take it.
    pub input_fidelity: Option<InputFidelity>,
    /// How many unfinished pictures are asked for where somebody wants to see them, 0 to 3; 2. A model that is not known is
    /// asked for none unless this is set: its server may not stream.
    pub partial_images: Option<u32>,
    /// Longest time for one order, in seconds; 600, as the vendor's own client has it.
    pub timeout_s: u64,
    /// Largest answer of one image that is read, in megabytes of 1,048,576 bytes; 128. One of several images may be as many times
    /// larger, up to what all answers of a process may have in memory by default.
    pub max_response_mb: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
    /// Capabilities of edits that replace those of the table, by key.
    pub edit_capabilities: Map<String, Value>,
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

/// How closely an edit follows its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputFidelity {
    /// The vendor's default.
    Low,
    /// Faces and fine features are kept; more tokens are read.
    High,
}

impl InputFidelity {
    /// The vendor's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
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
            input_fidelity: None,
            partial_images: None,
            timeout_s: 600,
            max_response_mb: 128,
            capabilities: Map::new(),
            edit_capabilities: Map::new(),
        }
    }
}

impl OpenAiImagesSettings {
    /// The vendor's own address.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.openai.com/v1";

    /// Unfinished pictures that are asked for of a model that is known to send them.
    pub const DEFAULT_PARTIAL_IMAGES: u32 = 2;

    /// Most unfinished pictures of one image. OpenAI OpenAPI document 2.3.0, read 2026-11-20.
    pub const MAX_PARTIAL_IMAGES: u32 = 3;

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
        if read.partial_images.is_some_and(|count| count > Self::MAX_PARTIAL_IMAGES) {
            return Err(settings.error(Some("partial_images"), "is more than 3, which the vendor does not send"));
        }
        let takes_fidelity = capability::facts(&read.model).is_none_or(|facts| facts.input_fidelity);
        if read.input_fidelity.is_some() && !takes_fidelity {
            return Err(settings.error(Some("input_fidelity"), "is not for this model, which refuses it"));
        }
        read.base_url(settings)?;
        Ok(read)
    }

    /// How many unfinished pictures to ask for where somebody wants to see them; `None` to ask for no events.
    pub fn wanted_partial_images(&self) -> Option<u32> {
        let known = capability::facts(&self.model).map(|_| Self::DEFAULT_PARTIAL_IMAGES);
        self.partial_images.or(known).filter(|count| *count > 0)
    }

    /// Where the API is, if the table says so.
    pub(crate) fn base_url(&self, settings: &ProviderSettings) -> Result<Option<BaseUrl>, SettingsError> {
        let base_url = self.base_url.clone().map(BaseUrl::new).transpose();
        base_url.map_err(|error| settings.error(Some("base_url"), error.to_string()))
    }

    /// Longest time for one order.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// Largest answer of so many images that is read, in bytes.
    pub fn max_response_bytes(&self, images: u32) -> u64 {
        let of_one = self.max_response_mb.saturating_mul(1 << 20);
        of_one.saturating_mul(images.into()).min(ByteBudget::DEFAULT).max(of_one)
    }
}
