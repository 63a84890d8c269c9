//! What Midjourney can be asked for: data with dates.

use std::collections::{BTreeMap, BTreeSet};

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Capabilities, ImageFormat, Quality};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

/// What Midjourney can be asked for, with what configuration says over it. The grid of four is twice as wide and twice as
/// high as one of its pictures.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(grid: bool, overrides: &Map<String, Value>) -> Result<Capabilities, serde_json::Error> {
    overridden(of_the_proxy(if grid { 2 } else { 1 }), overrides)
}

/// A picture is about a megapixel of the shape asked for: 1024×1024, 1232×928, 896×1344, 1456×816, as the documentation of
/// versions 6 and 7 is commonly quoted (2026-11-20; not checked at the vendor). The shape is any whole numbers; shapes beyond 4:1 are
/// not offered here, since those beyond 2:1 are called experimental.
fn of_the_proxy(per_side: u32) -> Capabilities {
    let per_area = u64::from(per_side) * u64::from(per_side);
    Capabilities {
        sizes: SizeRule::Grid(SizeGrid {
            multiple_of: 1,
            min_side: 500 * per_side,
            max_side: 2_240 * per_side,
            min_pixels: 1_000_000 * per_area,
            max_pixels: 1_250_000 * per_area,
            max_ratio: 4.0,
        }),
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: 5_000,
        seed: true,
        negative_prompt: true,
        steps: None,
        guidance_scale: None,
        style: true,
        // Versions 5 to 7 are said to take these two; others differ from version to version.
        qualities: BTreeMap::from([(Quality::Standard, "1".to_owned()), (Quality::High, "2".to_owned())]),
        backgrounds: BTreeSet::new(),
        assumed: false,
    }
}
