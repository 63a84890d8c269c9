//! The documents of v1, as far as they are used.

use media_http::Base64Text;
use media_http::lenient::Told;
use serde::{Deserialize, Serialize};

use crate::seed::Seed;

/// An order for pictures.
#[derive(Debug, Serialize)]
pub(super) struct TextToImage<'a> {
    pub(super) text_prompts: Vec<TextPrompt<'a>>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) cfg_scale: f64,
    pub(super) steps: u32,
    pub(super) samples: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sampler: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) style_preset: Option<&'a str>,
}

/// A prompt; a negative weight makes it a negative one.
#[derive(Debug, Serialize)]
pub(super) struct TextPrompt<'a> {
    pub(super) text: &'a str,
    pub(super) weight: f64,
}

/// The answer: the schema says a bare list, the samples of the vendor an object (v1 reference, read 2026-11-20).
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Artifacts {
    Named { artifacts: Told<Vec<Told<Artifact>>> },
    Bare(Vec<Told<Artifact>>),
}

impl Artifacts {
    pub(super) fn into_list(self) -> Vec<Artifact> {
        let artifacts = match self {
            Self::Named { artifacts } => artifacts.into_list(),
            Self::Bare(artifacts) => artifacts,
        };
        artifacts.into_iter().map(|told| told.0.unwrap_or_default()).collect()
    }
}

/// One picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Artifact {
    pub(super) base64: Told<Base64Text>,
    pub(super) seed: Seed,
    pub(super) finish_reason: Told<String>,
}

/// What is left of the account.
#[derive(Debug, Deserialize)]
pub(super) struct Balance {
    credits: f64,
}

impl Balance {
    pub(super) fn judge(body: &[u8]) -> Result<Option<String>, String> {
        let Ok(Self { credits }) = serde_json::from_slice(body) else {
            return Err("the answer cannot be read; check `base_url`".to_owned());
        };
        if credits > 0.0 {
            Ok(Some(format!("{credits:.2} credits left")))
        } else {
            Err("no credits are left".to_owned())
        }
    }
}

/// An engine that the vendor offers.
#[derive(Debug, Deserialize)]
pub(super) struct Engine {
    id: String,
}

impl Engine {
    pub(super) fn judge_list(body: &[u8], engine: &str) -> Result<Option<String>, String> {
        let Ok(engines) = serde_json::from_slice::<Vec<Self>>(body) else {
            return Err("the answer cannot be read; check `base_url`".to_owned());
        };
        if engines.iter().any(|offered| offered.id == engine) {
            return Ok(None);
        }
        Err(format!("the vendor offers no engine `{engine}`; its successors are behind `api = \"v2beta\"`"))
    }
}
