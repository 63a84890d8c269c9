//! Edits as orders of v2beta: each kind has a tool of its own.

use media_domain::{EditKind, EditRequest, ImageFormat, MediaDimensions, SourceImage};
use media_http::MultipartForm;
use media_ports::ProviderError;

use super::mapping::{expected, format, with_model, with_options};
use super::{Service, V2beta, aspect_ratio};
use crate::form::{Order, OrderBody, WireForm};
use crate::mapping::{file_name, keep, unfit, white_mask};

/// Shortest side of a picture that any tool reads, in pixels (v2beta document, saved 2026-09-22).
const MIN_SIDE: u32 = 64;

/// Longest side of a picture that ultra reads (as above).
const ULTRA_MAX_SIDE: u32 = 16_384;

/// Most pixels that the removal of backgrounds reads, and that the other tools read (as above). Of a picture that a service
/// begins from, no such limit is told.
const REMOVE_BACKGROUND_PIXELS: u64 = 4_194_304;
const TOOL_PIXELS: u64 = 9_437_184;

/// Most pixels by which one side of a picture may grow (as above).
const MAX_MARGIN: u32 = 2_000;

/// Largest ratio of the sides of a picture that is to grow (as above).
const OUTPAINT_RATIO: f64 = 2.5;

/// The order that an edit becomes.
///
/// # Errors
/// `unsupported` for what the tool does not take, `invalid_request` for a mask that cannot be used.
pub(super) fn order(request: &EditRequest, form: &V2beta) -> Result<Order, ProviderError> {
    let MediaDimensions { width, height } = request.source.dimensions;
    if width.min(height) < MIN_SIDE {
        return Err(unfit(&format!("a side of {} pixels is shorter than {MIN_SIDE}", width.min(height))));
    }
    let (pixels, limit) = (request.source.dimensions.pixels(), max_pixels(request.kind));
    if pixels > limit {
        return Err(unfit(&format!("{pixels} pixels are more than the {limit} that the tool reads")));
    }
    let (tool, fields) = match request.kind {
        EditKind::Edit => (None, image_to_image(request, form)?),
        EditKind::Inpaint => (Some(INPAINT), inpaint(request)?),
        EditKind::Erase => (Some(ERASE), erase(request)?),
        EditKind::Outpaint => (Some(OUTPAINT), outpaint(request)?),
        EditKind::RemoveBackground => (Some(REMOVE_BACKGROUND), remove_background(request)),
        EditKind::Variation => return Err(unfit("the vendor draws no variation without a prompt")),
    };
    let taken = form.takes(Some(request.kind)).options;
    let mut expected = expected(grown(request), request.count, form, &request.options, taken);
    keep(&mut expected.metadata, "model", tool.map(|tool| tool.name));
    let url = tool.map_or_else(|| form.service.url(&form.base_url), |tool| form.base_url.at(tool.path));
    Ok(Order { url, body: OrderBody::Form(fields), expected })
}

fn max_pixels(kind: EditKind) -> u64 {
    match kind {
        EditKind::RemoveBackground => REMOVE_BACKGROUND_PIXELS,
        EditKind::Inpaint | EditKind::Erase | EditKind::Outpaint => TOOL_PIXELS,
        EditKind::Edit | EditKind::Variation => u64::MAX,
    }
}

/// The options that a tool takes.
pub(super) fn options(kind: EditKind) -> &'static [&'static str] {
    match kind {
        EditKind::Inpaint => &["prompt", "negative_prompt", "seed", "style"],
        EditKind::Erase => &["seed"],
        EditKind::Outpaint => &["prompt", "seed", "style"],
        EditKind::Edit | EditKind::RemoveBackground | EditKind::Variation => &[],
    }
}

/// The formats that a kind of edit writes, where they are fewer than the others': a jpeg has no transparency.
pub(super) fn formats(kind: EditKind) -> Option<&'static [ImageFormat]> {
    (kind == EditKind::RemoveBackground).then_some(&[ImageFormat::Png, ImageFormat::Webp])
}

/// A service that changes pictures, by a model of its own.
#[derive(Debug, Clone, Copy)]
struct Tool {
    name: &'static str,
    path: &'static str,
}

const INPAINT: Tool = Tool { name: "inpaint", path: "v2beta/stable-image/edit/inpaint" };
const ERASE: Tool = Tool { name: "erase", path: "v2beta/stable-image/edit/erase" };
const OUTPAINT: Tool = Tool { name: "outpaint", path: "v2beta/stable-image/edit/outpaint" };
const REMOVE_BACKGROUND: Tool = Tool { name: "remove-background", path: "v2beta/stable-image/edit/remove-background" };

/// The size of the result: the picture's own, with its margins.
fn grown(request: &EditRequest) -> MediaDimensions {
    let MediaDimensions { width, height } = request.source.dimensions;
    let margins = request.margins;
    MediaDimensions::new(
        width.saturating_add(margins.left).saturating_add(margins.right),
        height.saturating_add(margins.up).saturating_add(margins.down),
    )
}

fn picture(source: &SourceImage) -> MultipartForm {
    MultipartForm::new().file("image", &file_name(source), source.format.mime_type(), source.bytes.clone())
}

fn prompt(request: &EditRequest) -> Result<&str, ProviderError> {
    request.prompt.as_ref().map(|prompt| prompt.as_str()).ok_or_else(|| unfit("the tool needs a prompt"))
}

fn image_to_image(request: &EditRequest, form: &V2beta) -> Result<MultipartForm, ProviderError> {
    let fields = picture(&request.source)
        .text("prompt", prompt(request)?)
        .text("strength", form.settings.edit_strength.to_string());
    let longest = request.source.dimensions.width.max(request.source.dimensions.height);
    let fields = match form.service {
        Service::Core => return Err(unfit("core takes no picture; use ultra or a model of sd3.5")),
        Service::Ultra if longest > ULTRA_MAX_SIDE => {
            return Err(unfit(&format!("a side of {longest} pixels is longer than {ULTRA_MAX_SIDE}")));
        }
        Service::Ultra => fields.text("aspect_ratio", aspect_ratio::nearest(request.source.dimensions).0),
        // The shape is that of the picture; to name one is refused.
        Service::Sd3 => fields.text("mode", "image-to-image"),
    };
    Ok(with_model(with_options(fields, &request.options)?, &request.options, form))
}

fn inpaint(request: &EditRequest) -> Result<MultipartForm, ProviderError> {
    let fields = picture(&request.source).text("prompt", prompt(request)?);
    with_options(with_mask(fields, request)?, &request.options)
}

fn erase(request: &EditRequest) -> Result<MultipartForm, ProviderError> {
    Ok(with_seed_and_format(with_mask(picture(&request.source), request)?, request))
}

fn outpaint(request: &EditRequest) -> Result<MultipartForm, ProviderError> {
    let MediaDimensions { width, height } = request.source.dimensions;
    let ratio = f64::from(width.max(height)) / f64::from(width.min(height).max(1));
    if ratio > OUTPAINT_RATIO {
        return Err(unfit(&format!("a picture of {width}x{height} is longer than {OUTPAINT_RATIO}:1")));
    }
    let margins = request.margins;
    let sides = [("left", margins.left), ("right", margins.right), ("up", margins.up), ("down", margins.down)];
    let mut fields = picture(&request.source);
    for (side, pixels) in sides {
        if pixels > MAX_MARGIN {
            return Err(unfit(&format!("the margin {side} of {pixels} pixels is more than {MAX_MARGIN}")));
        }
        fields = fields.optional_text(side, Some(pixels).filter(|pixels| *pixels > 0));
    }
    let fields = fields
        .optional_text("prompt", request.prompt.as_ref().map(|prompt| prompt.as_str()))
        .optional_text("style_preset", request.options.style.as_deref());
    Ok(with_seed_and_format(fields, request))
}

fn remove_background(request: &EditRequest) -> MultipartForm {
    picture(&request.source).text("output_format", format(&request.options).as_str())
}

fn with_mask(fields: MultipartForm, request: &EditRequest) -> Result<MultipartForm, ProviderError> {
    let Some(mask) = &request.mask else { return Err(unfit("the tool needs a mask")) };
    Ok(fields.file("mask", "mask.png", ImageFormat::Png.mime_type(), white_mask(mask)?))
}

fn with_seed_and_format(fields: MultipartForm, request: &EditRequest) -> MultipartForm {
    let options = &request.options;
    fields.optional_text("seed", options.seed).text("output_format", format(options).as_str())
}
