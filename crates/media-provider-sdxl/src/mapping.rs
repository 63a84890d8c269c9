//! What all forms have in common in fitting requests.

use std::ops::RangeInclusive;

use bytes::Bytes;
use media_domain::{
    Adaptation, Capabilities, Compatibility, EditCapabilities, EditRequest, GenerationRequest, ProviderErrorKind,
    SourceImage,
};
use media_imaging::repaint_mask;
use media_ports::ProviderError;
use serde_json::{Map, Value};

/// Largest text that is kept with a picture, in bytes.
const METADATA_LIMIT: usize = 64_000;

/// Most pixels of a mask: the most that any of the APIs reads.
const MASK_PIXELS: u64 = 9_437_184;

/// Checks that a request has been fitted to the model.
///
/// # Errors
/// `unsupported` when it has not: nothing is dropped in silence.
pub(crate) fn check_fit(capabilities: &Capabilities, request: &GenerationRequest) -> Result<(), ProviderError> {
    let unmet = capabilities.admit(request).check(Compatibility::Strict).err().unwrap_or_default();
    refuse_unless_empty(&unmet, "the model does not take the request")
}

/// Checks that an edit has been fitted to the model.
///
/// # Errors
/// `unsupported` when it has not, `invalid_request` for an edit that nobody could make.
pub(crate) fn check_edit_fit(capabilities: &EditCapabilities, request: &EditRequest) -> Result<(), ProviderError> {
    request.check().map_err(|error| {
        ProviderError::new(ProviderErrorKind::InvalidRequest, format!("order images: {error}")).never().here()
    })?;
    let unmet = capabilities.admit(request).check(Compatibility::Strict).err().unwrap_or_default();
    refuse_unless_empty(&unmet, "the model does not take the edit")
}

fn refuse_unless_empty(reasons: &[impl ToString], what: &str) -> Result<(), ProviderError> {
    if reasons.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    Err(unfit(&format!("{what}: {}", reasons.join("; "))))
}

/// The error for what would have to be left out or bent; nothing has been sent.
pub(crate) fn unfit(reason: &str) -> ProviderError {
    ProviderError::unsupported(format!("order images: {reason}"))
}

/// Checks a number against what the vendor takes.
///
/// # Errors
/// `unsupported` outside of the range.
pub(crate) fn within<T: PartialOrd + ToString>(
    name: &str,
    number: Option<T>,
    range: &RangeInclusive<T>,
) -> Result<Option<T>, ProviderError> {
    match number {
        Some(number) if !range.contains(&number) => {
            let [number, start, end] = [&number, range.start(), range.end()].map(ToString::to_string);
            Err(unfit(&format!("{name} {number} is not from {start} to {end}")))
        }
        number => Ok(number),
    }
}

/// Styles of Stability AI, v1 and v2beta (API reference, read 2026-11-20).
const STYLE_PRESETS: &[&str] = &[
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
];

/// Checks a style against those of Stability AI.
///
/// # Errors
/// `unsupported` for any other word, with those that there are.
pub(crate) fn style_preset(style: Option<&str>) -> Result<Option<&str>, ProviderError> {
    match style {
        Some(style) if !STYLE_PRESETS.contains(&style) => {
            Err(unfit(&format!("there is no such style; there are {}", STYLE_PRESETS.join(", "))))
        }
        style => Ok(style),
    }
}

/// What of an edit is left out, because the order that it becomes has no place for it.
pub(crate) fn left_out(request: &EditRequest, taken: &[&str]) -> Vec<Adaptation> {
    let options = &request.options;
    let asked = [
        ("prompt", request.prompt.as_ref().map(|prompt| prompt.as_str().to_owned())),
        ("negative_prompt", options.negative_prompt.clone()),
        ("seed", options.seed.map(|seed| seed.to_string())),
        ("steps", options.steps.map(|steps| steps.to_string())),
        ("guidance_scale", options.guidance_scale.map(|scale| scale.to_string())),
        ("quality", options.quality.map(|quality| quality.to_string())),
        ("style", options.style.clone()),
        ("background", options.background.map(|background| background.to_string())),
    ];
    let missing = asked.into_iter().filter(|(field, _)| !taken.contains(field));
    missing
        .filter_map(|(field, requested)| {
            let reason = "this kind of edit does not know the option".to_owned();
            Some(Adaptation { field: field.to_owned(), requested: requested?, used: None, reason })
        })
        .collect()
}

/// The mask as the models want it: white where the picture may be changed.
///
/// # Errors
/// `invalid_request` for a file that cannot be read, or that is nowhere transparent.
pub(crate) fn white_mask(mask: &SourceImage) -> Result<Bytes, ProviderError> {
    repaint_mask(mask, MASK_PIXELS).map_err(|error| error.refusal("order an edit"))
}

/// The name that a picture has in a form; vendors want one, and it tells them the format.
pub(crate) fn file_name(image: &SourceImage) -> String {
    format!("picture.{}", image.format.extension())
}

/// Puts a text of the vendor's beside a picture, unless it is absent or overlong.
pub(crate) fn keep(metadata: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    let Some(value) = value.map(Into::into) else { return };
    if value.as_str().is_none_or(|text| text.len() <= METADATA_LIMIT) {
        metadata.insert(key.to_owned(), value);
    }
}
