//! Requests as orders of v1, and its answers.

use std::ops::RangeInclusive;

use media_domain::{EditRequest, GenerationOptions, GenerationRequest};
use media_http::{JsonAnswer, MultipartForm};
use media_ports::ProviderError;
use serde_json::{Map, Value};

use super::wire::{Artifact, Artifacts, TextPrompt, TextToImage};
use crate::SdxlSettings;
use crate::answer::Answer;
use crate::capability::{V1_GUIDANCE, V1_PROMPT_LIMIT};
use crate::fitting::Takes;
use crate::mapping::{file_name, keep, unfit};

/// Seeds; the vendor takes 0 for "any", so it is none (v1 reference, read 2026-11-20).
const SEEDS: RangeInclusive<u64> = 1..=4_294_967_295;

/// The options of both orders.
pub(super) const TAKES: Takes = Takes {
    options: &["prompt", "negative_prompt", "seed", "steps", "guidance_scale", "style"],
    seeds: SEEDS,
    guidance_scale: Some(V1_GUIDANCE),
    steps: None,
    formats: None,
};

/// What orders with and without a picture have in common.
struct Common<'a> {
    prompts: Vec<TextPrompt<'a>>,
    cfg_scale: f64,
    steps: u32,
    seed: Option<u64>,
    style_preset: Option<&'a str>,
}

impl<'a> Common<'a> {
    fn of(prompt: &'a str, options: &'a GenerationOptions, settings: &SdxlSettings) -> Result<Self, ProviderError> {
        let negative = options.negative_prompt.as_deref().filter(|text| !text.trim().is_empty());
        if negative.is_some_and(|text| text.chars().count() > V1_PROMPT_LIMIT) {
            return Err(unfit(&format!("the negative prompt has more than {V1_PROMPT_LIMIT} characters")));
        }
        let negative = negative.map(|text| TextPrompt { text, weight: -1.0 });
        Ok(Self {
            prompts: std::iter::once(TextPrompt { text: prompt, weight: 1.0 }).chain(negative).collect(),
            cfg_scale: settings.guidance_scale_for(options),
            steps: settings.steps_for(options),
            seed: options.seed,
            style_preset: options.style.as_deref(),
        })
    }
}

pub(super) fn text_to_image<'a>(
    request: &'a GenerationRequest,
    settings: &'a SdxlSettings,
) -> Result<TextToImage<'a>, ProviderError> {
    let common = Common::of(request.prompt.as_str(), &request.options, settings)?;
    Ok(TextToImage {
        text_prompts: common.prompts,
        width: request.dimensions.width,
        height: request.dimensions.height,
        cfg_scale: common.cfg_scale,
        steps: common.steps,
        samples: request.count,
        seed: common.seed,
        sampler: settings.sampler.as_deref(),
        style_preset: common.style_preset,
    })
}

pub(super) fn image_to_image(request: &EditRequest, settings: &SdxlSettings) -> Result<MultipartForm, ProviderError> {
    let Some(prompt) = &request.prompt else { return Err(unfit("the engine needs a prompt to edit a picture")) };
    let common = Common::of(prompt.as_str(), &request.options, settings)?;
    let source = &request.source;
    let form = MultipartForm::new()
        .file("init_image", &file_name(source), source.format.mime_type(), source.bytes.clone())
        .text("init_image_mode", "IMAGE_STRENGTH")
        // The vendor's number says how much of the picture stays.
        .text("image_strength", format!("{:.3}", 1.0 - settings.edit_strength));
    let with_prompts = common.prompts.iter().enumerate().fold(form, |form, (index, prompt)| {
        form.text(&format!("text_prompts[{index}][text]"), prompt.text)
            .text(&format!("text_prompts[{index}][weight]"), prompt.weight.to_string())
    });
    Ok(with_prompts
        .text("cfg_scale", common.cfg_scale.to_string())
        .text("steps", common.steps.to_string())
        .text("samples", request.count.to_string())
        .optional_text("seed", common.seed)
        .optional_text("sampler", settings.sampler.as_deref())
        .optional_text("style_preset", common.style_preset))
}

/// What the vendor does not repeat, and is worth knowing of a picture.
pub(super) fn metadata(engine: &str, options: &GenerationOptions, settings: &SdxlSettings) -> Map<String, Value> {
    let mut metadata = Map::new();
    keep(&mut metadata, "model", Some(engine));
    keep(&mut metadata, "steps", Some(settings.steps_for(options)));
    keep(&mut metadata, "guidance_scale", Some(settings.guidance_scale_for(options)));
    keep(&mut metadata, "negative_prompt", options.negative_prompt.as_deref());
    keep(&mut metadata, "style", options.style.as_deref());
    keep(&mut metadata, "sampler", settings.sampler.as_deref());
    metadata
}

/// Reads the artifacts.
pub(super) fn read(answer: JsonAnswer<Artifacts>) -> Answer {
    let JsonAnswer { document, mut files, .. } = answer;
    let mut read = Answer::default();
    for Artifact { base64, seed, finish_reason } in document.into_list() {
        read.take_finished(finish_reason.0, seed, || files.take_hashed(base64.0.as_ref()?).ok());
    }
    read.rest = files.into_rest();
    read
}
