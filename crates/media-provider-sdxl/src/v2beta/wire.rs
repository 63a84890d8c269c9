//! The answer of v2beta, as far as it is used.

use media_http::Base64Text;
use serde::Deserialize;

/// A picture, as `Accept: application/json` brings it.
#[derive(Debug, Deserialize)]
pub(super) struct Picture {
    #[serde(default)]
    pub(super) image: Option<Base64Text>,
    #[serde(default)]
    pub(super) seed: Option<u64>,
    #[serde(default)]
    pub(super) finish_reason: Option<String>,
}
