//! What each form and model can do: tables with dates.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use media_domain::capabilities::{SizeGrid, SizeRule};
use media_domain::text::Prompt;
use media_domain::{Capabilities, EditCapabilities, EditKind, GenerationOptions, ImageFormat};
use media_ports::settings::overridden;
use serde_json::{Map, Value};

use crate::settings::Api;
use crate::v2beta::Service;
use crate::{v1, v2beta};

/// Steps of v1 (v1 reference, read 2026-11-20).
pub(crate) const V1_STEPS: RangeInclusive<u32> = 10..=150;
/// Guidance scales of v1 (as above).
pub(crate) const V1_GUIDANCE: RangeInclusive<f64> = 0.0..=35.0;
/// Longest prompt of v1, negative ones too, in characters (as above).
pub(crate) const V1_PROMPT_LIMIT: usize = 2_000;

/// Sizes of engines that the table does not know: multiples of 64 (as above); how many pixels, each engine has for itself.
const V1_SIZES: SizeRule = SizeRule::Grid(SizeGrid {
    multiple_of: 64,
    min_side: 128,
    max_side: 2_048,
    min_pixels: 16_384,
    max_pixels: 4_194_304,
    max_ratio: 16.0,
});

/// Guidance scales of SD 3.5 (v2beta document, saved 2026-09-22).
pub(crate) const SD3_GUIDANCE: RangeInclusive<f64> = 1.0..=10.0;
/// Longest prompt of v2beta, negative ones too, in characters (as above).
pub(crate) const V2BETA_PROMPT_LIMIT: usize = 10_000;

/// Models of SD 3.5 (as above; `flash` is missing from the document's list, and taken all the same).
const SD3_MODELS: &[&str] = &["sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash"];

/// Sizes of the web UI: what its sliders reach.
pub(crate) const AUTOMATIC1111_SIZES: SizeRule = SizeRule::Grid(SizeGrid {
    multiple_of: 8,
    min_side: 64,
    max_side: 2_048,
    min_pixels: 4_096,
    max_pixels: 4_194_304,
    max_ratio: 32.0,
});

/// Largest request of Stability AI, in bytes (v2beta document, saved 2026-09-22; taken to hold for v1).
const HOSTED_BYTES: u64 = 10 << 20;

/// What a model can do, with what configuration says over it. `model` is the engine, the service, the checkpoint.
///
/// # Errors
/// What is wrong with the overrides.
pub fn capabilities(
    api: Api,
    model: Option<&str>,
    overrides: &Map<String, Value>,
) -> Result<Capabilities, serde_json::Error> {
    overridden(known(api, model.unwrap_or_default()), overrides)
}

/// What a model can do to a picture, with what configuration says over it; none where there is no such operation.
///
/// # Errors
/// What is wrong with the overrides; they cannot add what the API has no way to ask for.
pub fn edit_capabilities(
    api: Api,
    model: Option<&str>,
    overrides: &Map<String, Value>,
) -> Result<Option<EditCapabilities>, String> {
    let Some(known) = known_edits(api, model) else { return Ok(None) };
    let capabilities = overridden(known.clone(), overrides).map_err(|error| error.to_string())?;
    if let Some(kind) = capabilities.kinds.difference(&known.kinds).next() {
        return Err(format!("names `{kind}`, for which there is no order"));
    }
    if capabilities.max_references > 0 || (capabilities.optional_mask && !known.optional_mask) {
        return Err("speaks of pictures for which the order has no place".to_owned());
    }
    Ok(Some(capabilities))
}

fn known(api: Api, model: &str) -> Capabilities {
    match api {
        Api::V1 => Capabilities {
            sizes: if v1::is_sdxl(model) { SizeRule::OneOf(v1::SIZES.to_vec()) } else { V1_SIZES },
            max_count: 10,
            prompt_limit: V1_PROMPT_LIMIT,
            steps: Some(V1_STEPS),
            guidance_scale: Some(V1_GUIDANCE),
            style: true,
            assumed: !v1::is_sdxl(model),
            ..of_stable_diffusion()
        },
        Api::V2beta => Capabilities {
            sizes: SizeRule::OneOf(v2beta::SIZES.to_vec()),
            formats: vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp],
            prompt_limit: V2BETA_PROMPT_LIMIT,
            steps: None,
            guidance_scale: (Service::of(model) == Service::Sd3).then_some(SD3_GUIDANCE),
            style: true,
            assumed: Service::of(model) == Service::Sd3 && !SD3_MODELS.contains(&model),
            ..of_stable_diffusion()
        },
        // More pictures in one order would be drawn one after the other, under one deadline.
        Api::Automatic1111 => Capabilities {
            sizes: AUTOMATIC1111_SIZES,
            max_count: 4,
            steps: Some(1..=150),
            assumed: false,
            ..of_stable_diffusion()
        },
        // Pipelines of diffusers take multiples of eight; the rest is the server's affair.
        Api::Flat => Capabilities {
            sizes: SizeRule::Grid(SizeGrid {
                multiple_of: 8,
                min_side: 64,
                max_side: 4_096,
                min_pixels: 4_096,
                max_pixels: 16_777_216,
                max_ratio: 64.0,
            }),
            assumed: true,
            ..of_stable_diffusion()
        },
    }
}

/// What holds for all, unless it is said otherwise.
fn of_stable_diffusion() -> Capabilities {
    Capabilities {
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: Prompt::LIMIT,
        seed: true,
        negative_prompt: true,
        steps: Some(1..=GenerationOptions::MAX_STEPS),
        guidance_scale: Some(Capabilities::ANY_GUIDANCE_SCALE),
        style: false,
        qualities: BTreeMap::new(),
        backgrounds: BTreeSet::new(),
        ..Capabilities::permissive()
    }
}

/// The guidance scales that a model takes; none where it takes any, or has no use for one.
pub(crate) fn guidance_range(api: Api) -> Option<RangeInclusive<f64>> {
    match api {
        Api::V1 => Some(V1_GUIDANCE),
        Api::V2beta => Some(SD3_GUIDANCE),
        Api::Automatic1111 | Api::Flat => None,
    }
}

fn known_edits(api: Api, model: Option<&str>) -> Option<EditCapabilities> {
    use EditKind::{Edit, Erase, Inpaint, Outpaint, RemoveBackground, Variation};
    let all = EditCapabilities {
        models: BTreeMap::new(),
        kinds: BTreeSet::new(),
        source_formats: BTreeSet::from([ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp]),
        max_source_bytes: HOSTED_BYTES,
        max_source_pixels: None,
        max_references: 0,
        optional_mask: false,
        max_count: 1,
        formats: vec![ImageFormat::Png],
        prompt_limit: Prompt::LIMIT,
        seed: true,
        negative_prompt: true,
    };
    match api {
        Api::V1 => Some(EditCapabilities {
            kinds: BTreeSet::from([Edit]),
            source_formats: BTreeSet::from([ImageFormat::Png, ImageFormat::Jpeg]),
            max_source_pixels: Some(1_048_576),
            max_count: 10,
            prompt_limit: V1_PROMPT_LIMIT,
            ..all
        }),
        Api::V2beta => {
            let from_a_picture = (Service::of(model.unwrap_or_default()) != Service::Core).then_some(Edit);
            let tools = [Inpaint, Erase, Outpaint, RemoveBackground];
            Some(EditCapabilities {
                kinds: tools.into_iter().chain(from_a_picture).collect(),
                formats: vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp],
                prompt_limit: V2BETA_PROMPT_LIMIT,
                ..all
            })
        }
        Api::Automatic1111 => Some(EditCapabilities {
            kinds: BTreeSet::from([Edit, Inpaint, Variation]),
            max_source_bytes: 32 << 20,
            max_source_pixels: Some(4_194_304),
            optional_mask: true,
            max_count: 4,
            ..all
        }),
        Api::Flat => None,
    }
}
