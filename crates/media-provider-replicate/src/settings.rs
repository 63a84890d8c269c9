//! What configuration can say of the provider.

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::time::Duration;

use media_domain::GenerationOptions;
use media_http::BaseUrl;
use media_ports::{ProviderSettings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::ModelInputs;
use crate::capability::{DEFAULT_MODEL, DEFAULT_VERSION};

const DEFAULT_BASE_URL: &str = "https://api.replicate.com/v1";

/// The provider's table in configuration; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReplicateSdxlSettings {
    /// Where the API is; `https://api.replicate.com/v1` when absent.
    pub base_url: Option<BaseUrl>,
    /// The model as `owner/name`; `stability-ai/sdxl`.
    pub model: String,
    /// The model's version, 64 hexadecimal digits; that of 2026-11-20 for `stability-ai/sdxl`. Without one, the model is
    /// called as an official one.
    pub version: Option<String>,
    /// The model's inputs; those of `stability-ai/sdxl` are known, of any other model only `prompt`.
    pub inputs: Option<ModelInputs>,
    /// Inference steps of requests that name none; 50 for `stability-ai/sdxl`, else left to the model.
    pub steps: Option<NonZeroU32>,
    /// Guidance scale of requests that name none; 7.5 for `stability-ai/sdxl`, else left to the model.
    pub guidance_scale: Option<f64>,
    /// How far an edit may go from the picture: 0 leaves it as it is, 1 ignores it; 0.8, which is the model's own.
    pub edit_strength: f64,
    /// Longest time that the answer to an order is held open for the pictures, in seconds up to 60, which is the default;
    /// 0 asks for the answer at once.
    pub wait_s: u64,
    /// Longest time for one order, in seconds; 600, since a model that sleeps takes minutes to wake.
    pub timeout_s: u64,
    /// Price of a second of the model's hardware, in US dollars; without one, no cost is told.
    pub usd_per_second: Option<f64>,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
    /// Capabilities of edits that replace those of the table, by key.
    pub edit_capabilities: Map<String, Value>,
}

impl Default for ReplicateSdxlSettings {
    fn default() -> Self {
        Self {
            base_url: None,
            model: DEFAULT_MODEL.to_owned(),
            version: None,
            inputs: None,
            steps: None,
            guidance_scale: None,
            edit_strength: 0.8,
            wait_s: Self::MAX_WAIT_S,
            timeout_s: 600,
            usd_per_second: None,
            capabilities: Map::new(),
            edit_capabilities: Map::new(),
        }
    }
}

impl ReplicateSdxlSettings {
    /// Longest time that the vendor holds an answer open, in seconds (API document 1.0.0-a1, read 2026-11-20).
    pub const MAX_WAIT_S: u64 = 60;

    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        ModelInputs::check_keys(settings)?;
        let read: Self = settings.decode()?;
        let wrong = |key: &str, reason: &str| Err(settings.error(Some(key), reason));
        if read.owner_and_name().is_none() {
            return wrong("model", "is not of the form `owner/name`; a version goes into `version`");
        }
        if read.version.as_ref().is_some_and(|version| !is_version(version)) {
            return wrong("version", "is not of 64 hexadecimal digits, as the model's page shows it under Versions");
        }
        if read.timeout_s == 0 {
            return wrong("timeout_s", "is zero; nothing could be answered");
        }
        if read.wait_s > Self::MAX_WAIT_S {
            return wrong("wait_s", "is more than 60, the longest that the vendor holds an answer open");
        }
        if !(0.0..=1.0).contains(&read.edit_strength) {
            return wrong("edit_strength", "is not a number from 0 to 1");
        }
        for (key, number) in [("guidance_scale", read.guidance_scale), ("usd_per_second", read.usd_per_second)] {
            if number.is_some_and(|number| !number.is_finite() || number < 0.0) {
                return wrong(key, "is not a number from 0 up");
            }
        }
        if let Err(reason) = read.base_url() {
            return wrong("base_url", &reason);
        }
        read.model_inputs().check().map_err(|(key, reason)| settings.error(Some(key), reason))?;
        Ok(read)
    }

    /// Where the API is.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn base_url(&self) -> Result<BaseUrl, String> {
        match &self.base_url {
            Some(url) => Ok(url.clone()),
            None => BaseUrl::parse(DEFAULT_BASE_URL).map_err(|error| error.to_string()),
        }
    }

    /// The owner and the name in `model`; none when it is not of that form.
    pub fn owner_and_name(&self) -> Option<(&str, &str)> {
        let (owner, name) = self.model.split_once('/')?;
        let word = |part: &str| {
            let known = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
            !part.is_empty() && part.chars().all(known) && part.chars().any(|character| character != '.')
        };
        (word(owner) && word(name)).then_some((owner, name))
    }

    /// The version to order; none for a model that is called as an official one.
    pub fn model_version(&self) -> Option<&str> {
        self.version.as_deref().or_else(|| self.is_sdxl().then_some(DEFAULT_VERSION))
    }

    /// The model's inputs.
    pub fn model_inputs(&self) -> Cow<'_, ModelInputs> {
        match &self.inputs {
            Some(inputs) => Cow::Borrowed(inputs),
            None if self.is_sdxl() => Cow::Owned(ModelInputs::sdxl()),
            None => Cow::Owned(ModelInputs::default()),
        }
    }

    /// Inference steps: those asked for, else those of settings, else what suits the model.
    pub fn steps_for(&self, options: &GenerationOptions) -> Option<u32> {
        let given = options.steps.or(self.steps).map(NonZeroU32::get);
        given.or_else(|| self.is_sdxl().then_some(GenerationOptions::DEFAULT_STEPS))
    }

    /// Guidance scale: the one asked for, else that of settings, else what suits the model.
    pub fn guidance_scale_for(&self, options: &GenerationOptions) -> Option<f64> {
        let given = options.guidance_scale.or(self.guidance_scale);
        given.or_else(|| self.is_sdxl().then_some(GenerationOptions::DEFAULT_GUIDANCE_SCALE))
    }

    /// Longest time for one order.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }

    /// Whether the model is the one that the table knows.
    pub fn is_sdxl(&self) -> bool {
        self.model == DEFAULT_MODEL
    }
}

fn is_version(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
