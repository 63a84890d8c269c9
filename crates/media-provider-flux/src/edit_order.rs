//! Edits as orders: to the configured model, or to the ones that inpaint and outpaint.

use std::ops::RangeInclusive;

use media_domain::{Adaptation, Compatibility, EditKind, EditRequest, ImageFormat, MediaDimensions, SourceImage};
use media_imaging::repaint_mask;
use media_ports::ProviderError;
use media_ports::fitting::{refuse_impossible, refuse_unmet};

use crate::FluxAdapter;
use crate::capability::Family;
use crate::mapping::{Numbers, resized, unfit};
use crate::model_order::{Brief, model_plan};
use crate::order::{ExpandOrder, FillOrder, Order, Picture, RepaintOrder};
use crate::settings::{EXPAND, FILL, FluxSettings};
use crate::task::{ORDER, Plan};

/// Steps and guidance scales of the models that inpaint and outpaint (OpenAPI document of 2026-05).
const REPAINT_STEPS: RangeInclusive<u32> = 15..=50;
const REPAINT_GUIDANCE: RangeInclusive<f64> = 1.5..=100.0;

/// Pixels by which one side of a picture may grow (as above).
const MARGINS: RangeInclusive<u32> = 0..=2_048;

/// Shortest side of a picture that `flux-3-image` reads, in pixels (test notes of a client, read 2026-11-20).
const FLUX_3_MIN_SIDE: u32 = 256;

/// Most pixels of a mask: those of the largest picture that is read. The vendor's masks are white where the picture may be
/// changed (OpenAPI document of 2026-05).
const MASK_PIXELS: u64 = 16_000_000;

/// The order that an edit becomes.
///
/// # Errors
/// `invalid_request` for an edit that nobody could make and for a mask that cannot be used, `unsupported` for what the model
/// does not take.
pub(crate) fn plan<'a>(request: &'a EditRequest, adapter: &'a FluxAdapter) -> Result<Plan<'a>, ProviderError> {
    refuse_impossible(request, ORDER)?;
    let settings = &adapter.settings;
    let unchanged = adapter.edit_capabilities.admit(request).check(Compatibility::Strict);
    refuse_unmet(unchanged, ORDER, &format!("`{}`", settings.model))?;
    if request.kind != EditKind::Edit && !request.references.is_empty() {
        return Err(unfit(&format!("further pictures mean nothing to an order of the kind `{}`", request.kind)));
    }
    match request.kind {
        EditKind::Edit | EditKind::Variation => by_the_model(request, adapter),
        EditKind::Inpaint => inpaint(request, settings),
        EditKind::Outpaint => outpaint(request, settings),
        EditKind::Erase | EditKind::RemoveBackground => Err(unfit("the vendor has no such tool")),
    }
}

fn by_the_model<'a>(request: &'a EditRequest, adapter: &'a FluxAdapter) -> Result<Plan<'a>, ProviderError> {
    let settings = &adapter.settings;
    let family = Family::of(&settings.model);
    let sources: Vec<&SourceImage> = std::iter::once(&request.source).chain(&request.references).collect();
    let short = |source: &&SourceImage| source.dimensions.width.min(source.dimensions.height) < FLUX_3_MIN_SIDE;
    if family == Family::Flux3 && sources.iter().any(short) {
        return Err(unfit(&format!("`{}` reads no picture with a side below {FLUX_3_MIN_SIDE}", settings.model)));
    }
    let brief = Brief {
        prompt: request.prompt.as_ref().map(|prompt| prompt.as_str()),
        pictures: sources.into_iter().map(picture).collect(),
        asked: request.dimensions,
        own: request.source.dimensions,
        options: &request.options,
    };
    let mut plan = model_plan(brief, &adapter.capabilities, settings);
    plan.adaptations.extend(left_out(request, &family.options()));
    Ok(plan)
}

fn inpaint<'a>(request: &'a EditRequest, settings: &'a FluxSettings) -> Result<Plan<'a>, ProviderError> {
    let Some(mask) = &request.mask else { return Err(unfit("to inpaint a picture, a mask must say where")) };
    let mask = repaint_mask(mask, MASK_PIXELS).map_err(|error| error.refusal(ORDER))?;
    let numbers = Numbers::fitted(&request.options, Some(&REPAINT_STEPS), Some(&REPAINT_GUIDANCE));
    let order = FillOrder { mask: Picture(mask), repaint: repaint(request, &numbers, settings) };
    Ok(repaint_plan(request, FILL, Order::Fill(order), request.source.dimensions, numbers.adaptations))
}

fn outpaint<'a>(request: &'a EditRequest, settings: &'a FluxSettings) -> Result<Plan<'a>, ProviderError> {
    let margins = request.margins;
    let numbers = Numbers::fitted(&request.options, Some(&REPAINT_STEPS), Some(&REPAINT_GUIDANCE));
    let order = ExpandOrder {
        top: margin("the margin above", margins.up)?,
        bottom: margin("the margin below", margins.down)?,
        left: margin("the margin on the left", margins.left)?,
        right: margin("the margin on the right", margins.right)?,
        repaint: repaint(request, &numbers, settings),
    };
    let MediaDimensions { width, height } = request.source.dimensions;
    let grown = MediaDimensions::new(
        width.saturating_add(order.left + order.right),
        height.saturating_add(order.top + order.bottom),
    );
    Ok(repaint_plan(request, EXPAND, Order::Expand(order), grown, numbers.adaptations))
}

/// Checks a margin.
///
/// # Errors
/// `unsupported` when it is more than the model takes.
fn margin(name: &str, pixels: u32) -> Result<u32, ProviderError> {
    let (least, most) = MARGINS.into_inner();
    match pixels {
        fitting if MARGINS.contains(&fitting) => Ok(fitting),
        _ => Err(unfit(&format!("{name} of {pixels} pixels is not from {least} to {most}"))),
    }
}

fn repaint<'a>(request: &'a EditRequest, numbers: &Numbers, settings: &FluxSettings) -> RepaintOrder<'a> {
    RepaintOrder {
        image: picture(&request.source),
        prompt: request.prompt.as_ref().map(|prompt| prompt.as_str()),
        steps: numbers.steps,
        guidance: numbers.guidance,
        prompt_upsampling: settings.prompt_upsampling,
        seed: request.options.seed,
        safety_tolerance: settings.safety_tolerance,
        output_format: format(request).as_str(),
    }
}

fn repaint_plan<'a>(
    request: &EditRequest,
    model: &'a str,
    order: Order<'a>,
    size: MediaDimensions,
    fitted: Vec<Adaptation>,
) -> Plan<'a> {
    let resized = request.dimensions.and_then(|asked| resized(asked, size));
    let left_out = left_out(request, &["seed", "steps", "guidance_scale", "output_format"]);
    let adaptations = resized.into_iter().chain(fitted).chain(left_out).collect();
    Plan { model, order, dimensions: size, format: format(request), adaptations }
}

fn format(request: &EditRequest) -> ImageFormat {
    request.options.output_format.unwrap_or(ImageFormat::Png)
}

fn picture(source: &SourceImage) -> Picture {
    Picture(source.bytes.clone())
}

/// What of an edit is left out, because the order that it becomes has no place for it.
fn left_out(request: &EditRequest, taken: &[&str]) -> Vec<Adaptation> {
    let options = &request.options;
    let asked = [
        ("seed", options.seed.map(|seed| seed.to_string())),
        ("steps", options.steps.map(|steps| steps.to_string())),
        ("guidance_scale", options.guidance_scale.map(|scale| scale.to_string())),
        ("quality", options.quality.map(|quality| quality.to_string())),
        ("style", options.style.clone()),
        ("background", options.background.map(|background| background.to_string())),
        ("output_format", options.output_format.map(|format| format.to_string())),
    ];
    let missing = asked.into_iter().filter(|(field, _)| !taken.contains(field));
    missing
        .filter_map(|(field, requested)| {
            let reason = "the model does not know this option".to_owned();
            Some(Adaptation { field: field.to_owned(), requested: requested?, used: None, reason })
        })
        .collect()
}
