//! What configuration can say of the provider.

use std::num::NonZeroU32;
use std::time::Duration;

use media_domain::GenerationOptions;
use media_http::BaseUrl;
use media_ports::{ProviderSettings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The provider's table in configuration; every key has a default, save that `flat` needs a `base_url`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SdxlSettings {
    /// Which API is spoken; `v1` by default.
    pub api: Api,
    /// Where the API is; that of Stability AI, or port 7860 of this machine for `automatic1111`, when absent.
    pub base_url: Option<BaseUrl>,
    /// The engine (`v1`), the service or model (`v2beta`), the checkpoint (`automatic1111`), a name for the records
    /// (`flat`); any name is let through.
    pub model: Option<String>,
    /// Inference steps of requests that name none; 50. `v2beta` takes none.
    pub steps: Option<NonZeroU32>,
    /// Guidance scale of requests that name none; 7.5, and left to the vendor under `v2beta`.
    pub guidance_scale: Option<f64>,
    /// How far an edit may go from the picture: 0 leaves it as it is, 1 ignores it; 0.65.
    pub edit_strength: f64,
    /// The sampler, in the words of `v1` or `automatic1111`; left to the vendor when absent.
    pub sampler: Option<String>,
    /// The scheduler of `automatic1111`; left to the server when absent.
    pub scheduler: Option<String>,
    /// The organisation to bill under `v1`; the key's own when absent.
    pub organization: Option<String>,
    /// Where the answer of `flat` holds the pictures; told by the answer itself when absent.
    pub answer: AnswerShape,
    /// The path below `base_url` that takes the orders of `flat`; `base_url` itself when absent.
    pub path: Option<String>,
    /// A path below `base_url` that answers while the server of `flat` works; nothing is asked when absent.
    pub health_path: Option<String>,
    /// Longest time for one order, in seconds; 180 at the vendor, 600 at a server of one's own, which queues.
    pub timeout_s: Option<u64>,
    /// Largest answer that is read, in megabytes of 1,048,576 bytes; 128.
    pub max_response_mb: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
    /// The same for edits.
    pub edit_capabilities: Map<String, Value>,
}

/// The forms in which Stable Diffusion is served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Stability AI, v1: the SDXL engine.
    #[default]
    V1,
    /// Stability AI, v2beta: core, ultra and the models of SD 3.5.
    V2beta,
    /// AUTOMATIC1111's web UI and Forge.
    Automatic1111,
    /// One endpoint that takes the parameters of a diffusers pipeline.
    Flat,
}

/// Where the answer of a flat endpoint holds the pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerShape {
    /// Any of the others; the answer tells.
    #[default]
    Any,
    /// The body is the picture.
    Bytes,
    /// `{"image": BASE64}`.
    Image,
    /// `{"images": [BASE64, …]}`, or objects that hold `url`, `b64`, `b64_json`, `base64` or `image`.
    Images,
}

impl Default for SdxlSettings {
    fn default() -> Self {
        Self {
            api: Api::V1,
            base_url: None,
            model: None,
            steps: None,
            guidance_scale: None,
            edit_strength: 0.65,
            sampler: None,
            scheduler: None,
            organization: None,
            answer: AnswerShape::Any,
            path: None,
            health_path: None,
            timeout_s: None,
            max_response_mb: 128,
            capabilities: Map::new(),
            edit_capabilities: Map::new(),
        }
    }
}

impl Api {
    /// The word for it in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2beta => "v2beta",
            Self::Automatic1111 => "automatic1111",
            Self::Flat => "flat",
        }
    }

    /// Whether Stability AI serves it, for a key and for money.
    pub const fn is_hosted(self) -> bool {
        matches!(self, Self::V1 | Self::V2beta)
    }

    /// The model that is used when configuration names none.
    pub const fn default_model(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some("stable-diffusion-xl-1024-v1-0"),
            Self::V2beta => Some("sd3.5-large"),
            Self::Automatic1111 | Self::Flat => None,
        }
    }

    const fn default_base_url(self) -> Option<&'static str> {
        match self {
            Self::V1 | Self::V2beta => Some("https://api.stability.ai"),
            Self::Automatic1111 => Some("http://127.0.0.1:7860"),
            Self::Flat => None,
        }
    }

    /// The keys that mean nothing to it.
    const fn foreign_keys(self) -> &'static [&'static str] {
        match self {
            Self::V1 => &["scheduler", "answer", "path", "health_path"],
            Self::V2beta => &["organization", "steps", "sampler", "scheduler", "answer", "path", "health_path"],
            Self::Automatic1111 => &["organization", "answer", "path", "health_path"],
            Self::Flat => &["organization", "sampler", "scheduler", "edit_strength", "edit_capabilities"],
        }
    }
}

impl SdxlSettings {
    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        let wrong = |key, reason: String| Err(settings.error(Some(key), reason));
        if let Some(key) = settings.keys().find(|key| read.api.foreign_keys().contains(key)) {
            return wrong(key, format!("means nothing with `api = \"{}\"`; take it out", read.api.as_str()));
        }
        let texts = [("model", &read.model), ("sampler", &read.sampler), ("scheduler", &read.scheduler)];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.as_ref().is_some_and(|text| text.trim().is_empty()))
        {
            return wrong(key, "is blank; leave it out for the default".to_owned());
        }
        for (key, number) in [("timeout_s", read.timeout_s.unwrap_or(1)), ("max_response_mb", read.max_response_mb)] {
            if number == 0 {
                return wrong(key, "is zero; nothing could be answered".to_owned());
            }
        }
        if !(0.0..=1.0).contains(&read.edit_strength) {
            return wrong("edit_strength", format!("{} is not a number from 0 to 1", read.edit_strength));
        }
        if read.guidance_scale.is_some_and(|scale| !scale.is_finite() || scale < 0.0) {
            return wrong("guidance_scale", "is not a number from 0 up".to_owned());
        }
        if let Err(reason) = read.base_url() {
            return wrong("base_url", reason);
        }
        Ok(read)
    }

    /// Where the API is.
    ///
    /// # Errors
    /// What is wrong with the address, or that there is none.
    pub fn base_url(&self) -> Result<BaseUrl, String> {
        match (&self.base_url, self.api.default_base_url()) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(text)) => BaseUrl::parse(text).map_err(|error| error.to_string()),
            (None, None) => Err("is missing; `flat` has no address of its own".to_owned()),
        }
    }

    /// The model, if one is named or there is a default.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref().or(self.api.default_model())
    }

    /// Inference steps: those asked for, else those of settings, else 50.
    pub fn steps_for(&self, options: &GenerationOptions) -> u32 {
        options.steps.or(self.steps).map_or(GenerationOptions::DEFAULT_STEPS, NonZeroU32::get)
    }

    /// Guidance scale: the one asked for, else that of settings, else 7.5.
    pub fn guidance_scale_for(&self, options: &GenerationOptions) -> f64 {
        options.guidance_scale.or(self.guidance_scale).unwrap_or(GenerationOptions::DEFAULT_GUIDANCE_SCALE)
    }

    /// Longest time for one order.
    pub fn timeout(&self) -> Duration {
        // Calls at Stability AI can pass 30 s (seen 2026-09); a web UI works on one order after the other.
        let default = if self.api.is_hosted() { 180 } else { 600 };
        Duration::from_secs(self.timeout_s.unwrap_or(default))
    }

    /// Largest answer that is read, in bytes.
    pub fn max_response_bytes(&self) -> u64 {
        self.max_response_mb.saturating_mul(1 << 20)
    }
}
