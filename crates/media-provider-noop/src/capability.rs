//! What the provider can do: whatever is asked, as far as a drawing can show it.

use std::collections::BTreeSet;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::text::Prompt;
use media_domain::{Background, Capabilities, GenerationOptions, GenerationRequest, ImageFormat, Quality};

/// Any size as far as a drawing is held in memory: 100 million pixels, the renderer's limit by default.
const SIZES: SizeGrid = SizeGrid {
    multiple_of: 1,
    min_side: 1,
    max_side: GenerationRequest::MAX_SIDE,
    min_pixels: 1,
    max_pixels: 100_000_000,
    max_ratio: GenerationRequest::MAX_SIDE as f64,
};

/// Takes every request as it is: options that a placeholder cannot show are noted on it, not refused.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities {
        sizes: SizeRule::Grid(SIZES),
        max_count: GenerationRequest::MAX_COUNT,
        formats: vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp],
        prompt_limit: Prompt::LIMIT,
        seed: true,
        negative_prompt: true,
        steps: Some(1..=GenerationOptions::MAX_STEPS),
        guidance_scale: Some(Capabilities::ANY_GUIDANCE_SCALE),
        style: true,
        qualities: Quality::ALL.iter().map(|quality| (*quality, quality.to_string())).collect(),
        backgrounds: BTreeSet::from([Background::Auto, Background::Opaque]),
        assumed: false,
    }
}
