//! What configuration can say of the provider.

use std::time::Duration;

use media_http::BaseUrl;
use media_http::base_url::BaseUrlError;
use media_ports::{ProviderSettings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::capability::Family;

/// The provider's table in configuration; every key has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FluxSettings {
    /// Where the API is; the vendor's global address when absent. A region has its own: `https://api.eu.bfl.ai`.
    pub base_url: Option<BaseUrl>,
    /// The model; any name is let through.
    pub model: String,
    /// How much is let through by moderation: 0 is strictest; left to the vendor (2) when absent.
    pub safety_tolerance: Option<u8>,
    /// Whether the vendor may rewrite the prompt; left to the vendor when absent.
    pub prompt_upsampling: Option<bool>,
    /// Whether `flux-3-image` may look things up; left to the vendor (yes) when absent.
    pub grounding: Option<bool>,
    /// Whether `flux-pro-1.1-ultra` draws less polished pictures; left to the vendor (no) when absent.
    pub raw: Option<bool>,
    /// How much a variation by `flux-pro-1.1-ultra` keeps of the picture, from 0 to 1; left to the vendor (0.1) when absent.
    pub image_prompt_strength: Option<f64>,
    /// Longest time from an order to its result, in seconds; 300.
    pub timeout_s: u64,
    /// Capabilities that replace those of the table, by key.
    pub capabilities: Map<String, Value>,
}

impl Default for FluxSettings {
    fn default() -> Self {
        Self {
            base_url: None,
            model: "flux-2-pro".to_owned(),
            safety_tolerance: None,
            prompt_upsampling: None,
            grounding: None,
            raw: None,
            image_prompt_strength: None,
            timeout_s: 300,
            capabilities: Map::new(),
        }
    }
}

impl FluxSettings {
    /// The vendor's global address.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.bfl.ai";

    /// Reads and checks the table.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key.
    pub fn read(settings: &ProviderSettings) -> Result<Self, SettingsError> {
        let read: Self = settings.decode()?;
        match read.problem() {
            Some((key, reason)) => Err(settings.error(Some(key), reason)),
            None => Ok(read),
        }
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        if let Some(reason) = model_problem(&self.model) {
            return Some(("model", reason.to_owned()));
        }
        let family = Family::of(&self.model);
        let foreign = [
            ("prompt_upsampling", self.prompt_upsampling.is_some() && !family.takes_prompt_upsampling()),
            ("grounding", self.grounding.is_some() && family != Family::Flux3),
            ("raw", self.raw.is_some() && family != Family::Ultra),
            ("image_prompt_strength", self.image_prompt_strength.is_some() && family != Family::Ultra),
        ];
        if let Some((key, _)) = foreign.into_iter().find(|(_, foreign)| *foreign) {
            return Some((key, format!("means nothing with `{}`; take it out", self.model)));
        }
        let most = family.most_safety_tolerance();
        if self.safety_tolerance.is_some_and(|tolerance| tolerance > most) {
            return Some(("safety_tolerance", format!("is not from 0 to {most}")));
        }
        if self.image_prompt_strength.is_some_and(|strength| !(0.0..=1.0).contains(&strength)) {
            return Some(("image_prompt_strength", "is not a number from 0 to 1".to_owned()));
        }
        (self.timeout_s == 0).then(|| ("timeout_s", "is zero; nothing could be drawn in time".to_owned()))
    }

    /// Where the API is.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn base_url(&self) -> Result<BaseUrl, BaseUrlError> {
        self.base_url.clone().map_or_else(|| BaseUrl::parse(Self::DEFAULT_BASE_URL), Ok)
    }

    /// Longest time from an order to its result.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s)
    }
}

fn model_problem(model: &str) -> Option<&'static str> {
    match model {
        blank if blank.trim().is_empty() => Some("is blank; leave it out for the default"),
        "." | ".." => Some("is no name of a model"),
        FILL | EXPAND => Some("changes pictures only, and is used for that whatever the model; name one that draws"),
        _ => None,
    }
}

/// The model that inpaints.
pub(crate) const FILL: &str = "flux-pro-1.0-fill";
/// The model that outpaints.
pub(crate) const EXPAND: &str = "flux-pro-1.0-expand";
