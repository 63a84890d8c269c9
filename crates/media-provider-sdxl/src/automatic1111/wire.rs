//! The documents of the web UI, as far as they are used.

use media_http::Base64Text;
use media_http::lenient::Told;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;

/// An order, with a picture to begin from or without. Every number is sent: the server's defaults are those of SD 1.5.
#[derive(Debug, Serialize)]
pub(super) struct Generate<'a> {
    pub(super) prompt: &'a str,
    pub(super) negative_prompt: &'a str,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) steps: u32,
    pub(super) cfg_scale: f64,
    /// -1 for any.
    pub(super) seed: i64,
    /// Pictures, drawn one after the other.
    pub(super) n_iter: u32,
    /// Pictures drawn at once, which takes so much more memory.
    pub(super) batch_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sampler_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheduler: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) override_settings: Option<OverrideSettings<'a>>,
    pub(super) send_images: bool,
    pub(super) save_images: bool,
    #[serde(flatten)]
    pub(super) beginning: Option<Beginning>,
}

/// Settings for one order; to change those of the server is a race with everybody else.
#[derive(Debug, Serialize)]
pub(super) struct OverrideSettings<'a> {
    pub(super) sd_model_checkpoint: &'a str,
}

/// The picture that an order begins from.
#[derive(Debug, Serialize)]
pub(super) struct Beginning {
    pub(super) init_images: [String; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mask: Option<String>,
    pub(super) denoising_strength: f64,
}

/// The answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Images {
    pub(super) images: Told<Vec<Told<Base64Text>>>,
    info: Told<InfoField>,
}

/// A JSON document inside a text; some builds leave out the text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum InfoField {
    Text(String),
    Document(Info),
}

impl Images {
    /// What is told of the pictures.
    pub(super) fn take_info(&mut self) -> Info {
        match self.info.0.take() {
            Some(InfoField::Text(text)) => serde_json::from_str(&text).unwrap_or_default(),
            Some(InfoField::Document(info)) => info,
            None => Info::default(),
        }
    }
}

/// What the server tells of its pictures; builds differ in what there is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Info {
    pub(super) seed: Seed,
    pub(super) all_seeds: Told<Vec<Seed>>,
    /// Where the pictures begin; before them stands a grid of all.
    pub(super) index_of_first_image: Told<usize>,
    pub(super) infotexts: Told<Vec<Told<String>>>,
    pub(super) sd_model_name: Told<String>,
    pub(super) sd_model_hash: Told<String>,
    pub(super) sampler_name: Told<String>,
}
