//! The order and the answers of a flat endpoint.

use std::fmt;

use media_http::Base64Text;
use media_http::lenient::Told;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::seed::Seed;

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

/// A picture: a text, or an object that has one among its fields.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Picture {
    Text(Source),
    Named(Named),
}

/// A picture by name. There may be several names, for the file and for where it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    b64: Told<Source>,
    b64_json: Told<Source>,
    base64: Told<Source>,
    image: Told<Source>,
    url: Told<Source>,
    pub(super) seed: Seed,
}

impl Named {
    /// What may be the picture, in the order in which it is tried.
    pub(super) fn into_sources(self) -> impl Iterator<Item = Source> {
        [self.b64, self.b64_json, self.base64, self.image, self.url].into_iter().filter_map(|field| field.0)
    }
}

/// A file as Base64, or its address: servers put either under any name.
#[derive(Debug)]
pub(super) enum Source {
    File(Base64Text),
    Address(String),
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tell;

        impl<'de> Visitor<'de> for Tell {
            type Value = Source;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a file as Base64, or its address")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Source, E> {
                match address(text) {
                    Some(address) => Ok(Source::Address(address)),
                    None => Base64Text::deserialize(BorrowedStrDeserializer::new(text)).map(Source::File),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Source, E> {
                match address(text) {
                    Some(address) => Ok(Source::Address(address)),
                    None => Base64Text::deserialize(text.into_deserializer()).map(Source::File),
                }
            }
        }

        deserializer.deserialize_str(Tell)
    }
}

/// The text, if it is an address that the engine can fetch; whether it may, is for its guard to say.
fn address(text: &str) -> Option<String> {
    // Files are long, and not worth the parsing.
    let scheme = text.get(..8)?.to_ascii_lowercase();
    let begins = scheme.starts_with("http://") || scheme == "https://";
    (begins && Url::parse(text).is_ok()).then(|| text.to_owned())
}
