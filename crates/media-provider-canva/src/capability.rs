//! What an autofilled template can be exported as: data with dates.

use std::collections::{BTreeMap, BTreeSet};

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Background, Capabilities, GenerationRequest, ImageFormat, Quality};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

/// Shortest and longest side of an export, in pixels. Canva Connect OpenAPI document (2024-06-18), `PngExportFormat` and
/// `JpgExportFormat`, read 2026-11-20; it allows 25,000, which is more than anybody can ask for here.
const SIDES: (u32, u32) = (40, GenerationRequest::MAX_SIDE);

/// What a template can be exported as, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    overridden(of_the_api(), overrides)
}

/// What holds for every template. A size that has not the template's shape is let through: the vendor scales to the
/// longer side, and the exact size is cut out of that by whoever asked.
fn of_the_api() -> Capabilities {
    let (min_side, max_side) = SIDES;
    let pixels = |side: u32| u64::from(side) * u64::from(side);
    Capabilities {
        sizes: SizeRule::Grid(SizeGrid {
            multiple_of: 1,
            min_side,
            max_side,
            min_pixels: pixels(min_side),
            max_pixels: pixels(max_side),
            max_ratio: f64::from(max_side) / f64::from(min_side),
        }),
        max_count: 1,
        formats: vec![ImageFormat::Png, ImageFormat::Jpeg],
        // Nothing is drawn from the prompt: it is set as text.
        seed: false,
        negative_prompt: false,
        steps: None,
        guidance_scale: None,
        style: false,
        qualities: BTreeMap::from([
            (Quality::Standard, "regular".to_owned()),
            (Quality::High, "pro".to_owned()),
            (Quality::Hd, "pro".to_owned()),
        ]),
        backgrounds: BTreeSet::from([Background::Auto, Background::Opaque, Background::Transparent]),
        assumed: false,
        ..Capabilities::permissive()
    }
}
