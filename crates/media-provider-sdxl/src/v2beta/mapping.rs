//! Requests as orders of v2beta, and its answers.

use std::ops::RangeInclusive;

use media_domain::{GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions};
use media_http::{JsonAnswer, MultipartForm};
use media_ports::ProviderError;
use serde_json::Map;

use super::wire::Picture;
use super::{Service, V2beta, aspect_ratio};
use crate::answer::Answer;
use crate::capability::V2BETA_PROMPT_LIMIT;
use crate::form::{Expected, Order, OrderBody};
use crate::mapping::{keep, unfit};

/// Seeds; the vendor takes 0 for "any", so it is none (v2beta document, saved 2026-09-22).
pub(super) const SEEDS: RangeInclusive<u64> = 1..=4_294_967_294;

/// The order that a request becomes; a form, though no file is sent: the vendor takes nothing else.
pub(super) fn order(request: &GenerationRequest, form: &V2beta) -> Result<Order, ProviderError> {
    let (ratio, dimensions) = aspect_ratio::nearest(request.dimensions);
    let options = &request.options;
    let mut expected = expected(dimensions, request.count, form, options, form.service.options());
    keep(&mut expected.metadata, "aspect_ratio", Some(ratio));
    let fields = MultipartForm::new().text("prompt", request.prompt.as_str()).text("aspect_ratio", ratio);
    let fields = with_model(with_options(fields, options)?, options, form);
    Ok(Order { url: form.service.url(&form.base_url), body: OrderBody::Form(fields), expected })
}

/// What every service that generates takes.
pub(super) fn with_options(form: MultipartForm, options: &GenerationOptions) -> Result<MultipartForm, ProviderError> {
    Ok(form
        .optional_text("negative_prompt", negative_prompt(options)?)
        .optional_text("seed", options.seed)
        .optional_text("style_preset", options.style.as_deref())
        .text("output_format", format(options).as_str()))
}

/// What only the models of SD 3.5 take.
pub(super) fn with_model(fields: MultipartForm, options: &GenerationOptions, form: &V2beta) -> MultipartForm {
    if form.service != Service::Sd3 {
        return fields;
    }
    let scale = options.guidance_scale.or(form.settings.guidance_scale);
    fields.text("model", form.model.as_str()).optional_text("cfg_scale", scale)
}

fn negative_prompt(options: &GenerationOptions) -> Result<Option<&str>, ProviderError> {
    let text = options.negative_prompt.as_deref().filter(|text| !text.trim().is_empty());
    if text.is_some_and(|text| text.chars().count() > V2BETA_PROMPT_LIMIT) {
        return Err(unfit(&format!("the negative prompt has more than {V2BETA_PROMPT_LIMIT} characters")));
    }
    Ok(text)
}

/// The format that is asked for; the vendor's default is png too.
pub(super) fn format(options: &GenerationOptions) -> ImageFormat {
    options.output_format.unwrap_or(ImageFormat::Png)
}

/// What should come of an order that takes these options; with the pictures is kept what was sent, and no more.
pub(super) fn expected(
    dimensions: MediaDimensions,
    count: u32,
    form: &V2beta,
    options: &GenerationOptions,
    taken: &[&str],
) -> Expected {
    let mut metadata = Map::new();
    keep(&mut metadata, "model", Some(form.model.as_str()));
    keep(&mut metadata, "negative_prompt", options.negative_prompt.as_deref());
    keep(&mut metadata, "style", options.style.as_deref());
    keep(&mut metadata, "guidance_scale", options.guidance_scale.or(form.settings.guidance_scale));
    metadata.retain(|key, _| key == "model" || taken.contains(&key.as_str()));
    Expected { format: Some(format(options)), ..Expected::new(dimensions, count, metadata) }
}

/// Reads a picture.
pub(super) fn read(answer: JsonAnswer<Picture>) -> Answer {
    let JsonAnswer { document: Picture { image, seed, finish_reason }, mut files, .. } = answer;
    let mut read = Answer::default();
    read.take_finished(finish_reason.0, seed, || files.take_hashed(image.0.as_ref()?).ok());
    read.rest = files.into_rest();
    read
}
