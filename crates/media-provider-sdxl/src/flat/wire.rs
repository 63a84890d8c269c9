//! The order and the answers of a flat endpoint.

use media_http::Base64Text;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// An order: the parameters of a diffusers pipeline.
#[derive(Debug, Serialize)]
pub(super) struct Generate<'a> {
    pub(super) prompt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) negative_prompt: Option<&'a str>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) num_inference_steps: u32,
    pub(super) guidance_scale: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<u64>,
}

/// An answer in JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pictures {
    pub(super) image: Option<Picture>,
    pub(super) images: Vec<Picture>,
    pub(super) seed: Option<u64>,
    pub(super) seeds: Vec<u64>,
}

/// A picture, or where it is; anything else is passed over, so that it does not lose the others.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Picture {
    File(Base64Text),
    Named(Named),
    Unreadable(IgnoredAny),
}

/// A picture by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) url: Option<String>,
    #[serde(alias = "b64_json", alias = "base64", alias = "image")]
    pub(super) b64: Option<Base64Text>,
    pub(super) seed: Option<u64>,
}
