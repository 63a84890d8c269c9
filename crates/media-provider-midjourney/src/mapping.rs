//! A finished task as our answer.

use media_domain::{Adaptation, GeneratedImage, ImageContent, ImageFormat, JobHandle, Phase, ProviderErrorKind};
use media_ports::{GenerationAnswer, ProviderError};
use serde_json::{Map, Value};
use url::Url;

use crate::handle::{Handle, Stage};
use crate::task::Picture;
use crate::{MidjourneyAdapter, MidjourneySettings};

/// Longest text of the proxy's that is kept as metadata, in bytes.
const METADATA_LIMIT: usize = 8_192;

/// What the settings make of every request, beyond what capabilities can say.
pub(crate) fn left_out(settings: &MidjourneySettings) -> Option<Adaptation> {
    settings.upscale.is_none().then(|| grid_adaptation(GRID_IS_WANTED))
}

const GRID_IS_WANTED: &str = "the setting `upscale` takes none of the four";

fn grid_adaptation(reason: &str) -> Adaptation {
    Adaptation {
        field: "count".to_owned(),
        requested: "1".to_owned(),
        used: Some("a grid of four pictures in one".to_owned()),
        reason: reason.to_owned(),
    }
}

/// Makes our answer of a finished task: one picture, to be fetched at once, for its address soon ends.
pub(crate) fn answer(picture: &Picture, handle: &Handle, adapter: &MidjourneyAdapter) -> GenerationAnswer {
    let MidjourneyAdapter { id: provider, settings, .. } = adapter;
    let image = GeneratedImage {
        content: ImageContent::Url(picture.url.clone()),
        format: format_told(&picture.url),
        width: handle.width,
        height: handle.height,
        metadata: metadata(picture, handle, settings),
        provider_name: provider.clone(),
    };
    let mut answer = GenerationAnswer::new(provider.clone(), vec![image]);
    answer.model = settings.model.clone();
    answer.adaptations.extend(handle.upscale.is_none().then(|| grid_adaptation(GRID_IS_WANTED)));
    answer
}

/// Makes our answer of a grid, drawn and paid for, out of which no picture can be had; `reason` completes "failed to …".
pub(crate) fn grid_answer(
    grid: &Picture,
    handle: &Handle,
    reason: &str,
    adapter: &MidjourneyAdapter,
) -> GenerationAnswer {
    let reason = format!("failed to {reason}");
    GenerationAnswer { adaptations: vec![grid_adaptation(&reason)], ..answer(grid, handle, adapter) }
}

fn metadata(picture: &Picture, handle: &Handle, settings: &MidjourneySettings) -> Map<String, Value> {
    let is_grid = handle.stage == Stage::Imagine;
    let prompt = picture.task.final_prompt().filter(|prompt| prompt.len() <= METADATA_LIMIT);
    let told = [
        ("midjourney_task_id", Some(handle.id.clone().into())),
        ("midjourney_grid_task_id", handle.grid.clone().map(Value::from)),
        ("midjourney_picture", handle.upscale.map(Value::from)),
        ("midjourney_grid", is_grid.then(|| "2x2".into())),
        ("model", settings.model.clone().map(Value::from)),
        ("revised_prompt", prompt.map(Value::from)),
        ("seed", handle.seed.map(Value::from)),
    ];
    told.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// The format by the end of the address's path; png when it says nothing. The bytes have the last word.
fn format_told(url: &str) -> ImageFormat {
    let path = Url::parse(url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    match path.rsplit('.').next() {
        Some("jpg" | "jpeg") => ImageFormat::Jpeg,
        Some("webp") => ImageFormat::Webp,
        Some("gif") => ImageFormat::Gif,
        _ => ImageFormat::Png,
    }
}

/// The error for a task that the proxy took and does not know any more: it may have been drawn, and may come yet.
pub(crate) fn forgotten(handle: JobHandle, doing: &str) -> ProviderError {
    let message = format!("{doing}: the proxy does not know the task any more");
    ProviderError::new(ProviderErrorKind::NotFound, message).uncertain(Phase::Running, Some(handle))
}
