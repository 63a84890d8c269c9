//! The answer of v2beta, as far as it is used.

use media_http::Base64Text;
use media_http::lenient::Told;
use serde::Deserialize;

use crate::seed::Seed;

/// A picture, as `Accept: application/json` brings it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Picture {
    pub(super) image: Told<Base64Text>,
    pub(super) seed: Seed,
    pub(super) finish_reason: Told<String>,
}
