//! Our request as the vendor's order, the vendor's result as our answer.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use media_domain::{
    Adaptation, Capabilities, Compatibility, GeneratedImage, GenerationOptions, GenerationRequest, ImageContent,
    ImageFormat, MediaDimensions, ProviderId, Usage,
};
use media_ports::fitting::{nearest, refuse_unmet};
use media_ports::{GenerationAnswer, ProviderError};
use serde_json::{Map, Value};
use url::Url;

use crate::FluxSettings;
use crate::handle::Ticket;
use crate::model_order::{Brief, model_plan};
use crate::task::{ORDER, Plan};
use crate::wire::Task;

/// Makes the order for a request.
///
/// # Errors
/// `unsupported` when the request has not been fitted to the model: nothing is dropped in silence.
pub(crate) fn plan<'a>(
    request: &'a GenerationRequest,
    capabilities: &Capabilities,
    settings: &'a FluxSettings,
) -> Result<Plan<'a>, ProviderError> {
    let unchanged = capabilities.admit(request).check(Compatibility::Strict);
    refuse_unmet(unchanged, ORDER, &format!("`{}`", settings.model))?;
    let brief = Brief {
        prompt: Some(request.prompt.as_str()),
        pictures: Vec::new(),
        asked: Some(request.dimensions),
        own: request.dimensions,
        options: &request.options,
    };
    Ok(model_plan(brief, capabilities, settings))
}

/// Steps and guidance scale as a model takes them.
pub(crate) struct Numbers {
    pub(crate) steps: Option<u32>,
    pub(crate) guidance: Option<f64>,
    /// Where they are not what was asked for.
    pub(crate) adaptations: Vec<Adaptation>,
}

impl Numbers {
    /// Fits numbers to a model: what is beyond its range becomes the nearest in it. A model that takes none is sent none.
    pub(crate) fn fitted(
        options: &GenerationOptions,
        step_range: Option<&RangeInclusive<u32>>,
        scale_range: Option<&RangeInclusive<f64>>,
    ) -> Self {
        let mut steps = options.steps.map(NonZeroU32::get).filter(|_| step_range.is_some());
        let mut guidance = options.guidance_scale.filter(|_| scale_range.is_some());
        let told = nearest("steps", &mut steps, step_range);
        let adaptations = told.into_iter().chain(nearest("guidance_scale", &mut guidance, scale_range)).collect();
        Self { steps, guidance, adaptations }
    }
}

/// Says so when the size is not the one asked for.
pub(crate) fn resized(asked: MediaDimensions, used: MediaDimensions) -> Option<Adaptation> {
    (asked != used).then(|| Adaptation {
        field: "size".to_owned(),
        requested: asked.to_string(),
        used: Some(used.to_string()),
        reason: "the model does not draw this size".to_owned(),
    })
}

/// The error for what would have to be left out or bent; nothing has been sent.
pub(crate) fn unfit(reason: &str) -> ProviderError {
    ProviderError::unsupported(format!("{ORDER}: {reason}"))
}

/// Longest text that is kept with a picture, and longest address that is believed, in bytes.
const TEXT_LIMIT: usize = 64_000;

/// Makes the answer out of the result of a task.
///
/// # Errors
/// What is wrong with the result.
pub(crate) fn result_answer(
    task: &Task,
    ticket: &Ticket,
    provider: &ProviderId,
) -> Result<GenerationAnswer, &'static str> {
    let told = task.result.as_ref().unwrap_or(&Value::Null);
    let sample = told.get("sample").and_then(Value::as_str).ok_or("names no picture")?;
    let url = Url::parse(sample).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.filter(|_| sample.len() <= TEXT_LIMIT).ok_or("the address of the picture is none")?;
    let image = GeneratedImage {
        format: format_of(&url).unwrap_or(ticket.format),
        content: ImageContent::Url(url.into()),
        width: ticket.dimensions.width,
        height: ticket.dimensions.height,
        metadata: metadata(task, told, &ticket.model),
        provider_name: provider.clone(),
    };
    let mut answer = GenerationAnswer::new(provider.clone(), vec![image]);
    answer.model = Some(ticket.model.clone());
    answer.usage = Usage { cost_micros: task.cost.or(ticket.credits).and_then(cost_micros), ..Usage::default() };
    Ok(answer)
}

/// The file's name tells its format, where it has an ending.
fn format_of(url: &Url) -> Option<ImageFormat> {
    let (_, ending) = url.path().rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "jpg" => Some(ImageFormat::Jpeg),
        ending => ending.parse().ok(),
    }
}

fn metadata(task: &Task, told: &Value, model: &str) -> Map<String, Value> {
    let mut metadata = Map::from_iter([("model".to_owned(), model.into())]);
    metadata.extend(task.id.as_ref().map(|id| ("task_id".to_owned(), id.clone().into())));
    for (key, name) in [("seed", "seed"), ("prompt", "revised_prompt"), ("duration", "duration_s")] {
        metadata.extend(told.get(key).filter(|value| !value.is_null()).map(|value| (name.to_owned(), value.clone())));
    }
    metadata.retain(|_, value| value.to_string().len() <= TEXT_LIMIT);
    metadata
}

/// Credits as millionths of a US dollar: one is a cent (the vendor's price list, read 2026-11-20).
fn cost_micros(credits: f64) -> Option<u64> {
    // Beyond this, it is no price.
    let believable = (0.0..=1e9).contains(&credits);
    believable.then(|| (credits * 10_000.0).round() as u64)
}
