//! The order and the answers of a flat endpoint.

use media_http::Base64Text;
use serde::{Deserialize, Serialize};

use crate::told::{Seed, Told};

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
    pub(super) image: Told<Picture>,
    pub(super) images: Told<Vec<Told<Picture>>>,
    pub(super) seed: Seed,
    pub(super) seeds: Told<Vec<Seed>>,
}

/// A picture, or where it is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Picture {
    File(Base64Text),
    Named(Named),
}

/// A picture by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) url: Told<String>,
    pub(super) b64: Told<Base64Text>,
    pub(super) b64_json: Told<Base64Text>,
    pub(super) base64: Told<Base64Text>,
    pub(super) image: Told<Base64Text>,
    pub(super) seed: Seed,
}

impl Named {
    /// The file, by whichever name.
    pub(super) fn file(&self) -> Option<&Base64Text> {
        [&self.b64, &self.b64_json, &self.base64, &self.image].into_iter().find_map(|field| field.0.as_ref())
    }
}
