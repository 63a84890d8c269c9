//! What a node can be rendered as: data with dates.

use std::collections::{BTreeMap, BTreeSet};

use media_domain::capabilities::SizeRule;
use media_domain::{Capabilities, ImageFormat};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

/// Smallest and largest scale of a render. Figma REST API document 0.37.0, `getImages`, read 2026-11-20.
pub const SCALES: (f64, f64) = (0.01, 4.0);

/// Most pixels of a render ("32 megapixels"); what is larger, the vendor scales down. Same source.
pub const MAX_PIXELS: f64 = 32_000_000.0;

/// What a template can be rendered as, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    overridden(of_the_api(), overrides)
}

/// What holds for every node. Any size is let through: the scale that comes nearest is taken, and the exact size is made of
/// that by whoever asked.
fn of_the_api() -> Capabilities {
    Capabilities {
        sizes: SizeRule::Any,
        // A second render of the same node is the same picture.
        max_count: 1,
        // The API also writes PDF, which is no picture here.
        formats: vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Svg],
        // Nothing is drawn from the prompt, nor from what goes with one.
        seed: false,
        // It names the node: a template of the settings, a file and a node, or the node's address.
        style: true,
        negative_prompt: false,
        steps: None,
        guidance_scale: None,
        qualities: BTreeMap::new(),
        backgrounds: BTreeSet::new(),
        assumed: false,
        ..Capabilities::permissive()
    }
}
