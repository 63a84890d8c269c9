//! What each model can do: what is known of it, as far as it has inputs for it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::{Capabilities, EditCapabilities, EditKind, ImageFormat};
use media_ports::settings::overridden;

use crate::ModelInputs;
use crate::settings::ReplicateSdxlSettings;

/// The model that is used when configuration names none.
pub const DEFAULT_MODEL: &str = "stability-ai/sdxl";

/// Its version (the model's page, read 2026-11-20).
pub const DEFAULT_VERSION: &str = "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc";

/// Guidance scales of stability-ai/sdxl (schema of that version, read 2026-11-20).
const SDXL_GUIDANCE: RangeInclusive<f64> = 1.0..=50.0;

/// Inference steps of stability-ai/sdxl (as above).
const SDXL_STEPS: RangeInclusive<u32> = 1..=500;

/// Sizes of stability-ai/sdxl: the schema names no limits; the underlying pipeline takes multiples of eight (2026-11-20).
const SDXL_SIZES: SizeRule = SizeRule::Grid(SizeGrid {
    multiple_of: 8,
    min_side: 256,
    max_side: 2_048,
    min_pixels: 65_536,
    max_pixels: 4_194_304,
    max_ratio: 8.0,
});

/// Most images of a call, of models that take a number: the schemas of stability-ai/sdxl and of black-forest-labs/flux-dev
/// say four (read 2026-11-21).
const MOST_IMAGES: u32 = 4;

/// Largest file that can be uploaded, in bytes: "less than 100 MB" (API document 1.0.0-a1, read 2026-11-20).
const LARGEST_FILE: u64 = 99_999_999;

/// Further pictures of models that take a list of them; their schemas say from two to nine (2026-11-21).
const REFERENCES: u32 = 2;

/// What the model can do, with what configuration says over it.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(settings: &ReplicateSdxlSettings) -> Result<Capabilities, serde_json::Error> {
    overridden(known(settings.is_sdxl(), &settings.model_inputs()), &settings.capabilities)
}

fn known(is_sdxl: bool, inputs: &ModelInputs) -> Capabilities {
    let any = Capabilities::permissive();
    let sizes = match inputs.width {
        _ if inputs.aspect_ratio.is_some() && inputs.width.is_none() && inputs.size.is_none() => {
            SizeRule::OneOf(inputs.ratios().iter().map(|ratio| ratio.size()).collect())
        }
        Some(_) if is_sdxl => SDXL_SIZES,
        _ => SizeRule::Any,
    };
    Capabilities {
        sizes,
        max_count: if inputs.count.is_some() { MOST_IMAGES } else { 1 },
        formats: formats(inputs),
        seed: inputs.seed.is_some(),
        negative_prompt: inputs.negative_prompt.is_some(),
        steps: if is_sdxl { Some(SDXL_STEPS) } else { any.steps }.filter(|_| inputs.steps.is_some()),
        guidance_scale: if is_sdxl { Some(SDXL_GUIDANCE) } else { any.guidance_scale }
            .filter(|_| inputs.guidance_scale.is_some()),
        style: inputs.style.is_some(),
        qualities: if inputs.quality.is_some() { any.qualities } else { Default::default() },
        backgrounds: if inputs.background.is_some() { any.backgrounds } else { BTreeSet::new() },
        assumed: !is_sdxl,
        prompt_limit: any.prompt_limit,
    }
}

/// The formats that can be asked for; a model that cannot be asked is taken to write PNG, as most do.
fn formats(inputs: &ModelInputs) -> Vec<ImageFormat> {
    let all = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp];
    all.into_iter().take(if inputs.output_format.is_some() { all.len() } else { 1 }).collect()
}

/// What the model can do to a picture, with what configuration says over it; none for a model without an input for one.
///
/// # Errors
/// What is wrong with the overrides.
pub fn edit_capabilities(settings: &ReplicateSdxlSettings) -> Result<Option<EditCapabilities>, String> {
    let inputs = settings.model_inputs();
    if inputs.edit.image.is_none() && inputs.edit.images.is_none() {
        let without_use = "means nothing for a model without an input for pictures; set `inputs.edit.image`";
        return if settings.edit_capabilities.is_empty() { Ok(None) } else { Err(without_use.to_owned()) };
    }
    let known = EditCapabilities {
        models: BTreeMap::new(),
        kinds: [EditKind::Edit].into_iter().chain(inputs.edit.mask.as_ref().map(|_| EditKind::Inpaint)).collect(),
        source_formats: BTreeSet::from([ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp]),
        max_source_bytes: LARGEST_FILE,
        max_source_pixels: settings.is_sdxl().then_some(4_194_304),
        max_references: if inputs.edit.images.is_some() { REFERENCES } else { 0 },
        optional_mask: inputs.edit.mask.is_some(),
        max_count: if inputs.count.is_some() { MOST_IMAGES } else { 1 },
        formats: formats(&inputs),
        prompt_limit: media_domain::text::Prompt::LIMIT,
        seed: inputs.seed.is_some(),
        negative_prompt: inputs.negative_prompt.is_some(),
    };
    let capabilities: EditCapabilities =
        overridden(known, &settings.edit_capabilities).map_err(|error| error.to_string())?;
    let masked = capabilities.optional_mask || capabilities.kinds.iter().any(|kind| kind.needs_mask());
    match () {
        () if capabilities.kinds.is_empty() => Err("names no kind of edit".to_owned()),
        () if capabilities.kinds.contains(&EditKind::Outpaint) => {
            Err("names `outpaint`, for which there is no input: margins cannot be sent".to_owned())
        }
        () if masked && inputs.edit.mask.is_none() => Err("speaks of masks; set `inputs.edit.mask`".to_owned()),
        () if capabilities.max_references > 0 && inputs.edit.images.is_none() => {
            Err("speaks of further pictures; set `inputs.edit.images`".to_owned())
        }
        () => Ok(Some(capabilities)),
    }
}
