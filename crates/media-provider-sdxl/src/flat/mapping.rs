//! Requests as orders of a flat endpoint, and its answers.

use media_domain::{GenerationRequest, ImageContent, ProviderErrorKind};
use media_http::{Base64Files, HttpResponse, JsonAnswer, is_json};
use media_ports::ProviderError;
use serde_json::Map;
use url::Url;

use super::wire::{Generate, Picture, Pictures, Source};
use crate::SdxlSettings;
use crate::answer::{self, Answer};
use crate::fitting::Takes;
use crate::form::{Expected, Order, OrderBody};
use crate::mapping::keep;
use crate::settings::AnswerShape;

/// The options of an order.
pub(super) const TAKES: Takes = Takes {
    options: &["prompt", "negative_prompt", "seed", "steps", "guidance_scale"],
    seeds: 0..=u64::MAX,
    guidance_scale: None,
    steps: None,
    formats: None,
};

pub(super) fn order(request: &GenerationRequest, settings: &SdxlSettings, url: Url) -> Result<Order, ProviderError> {
    let options = &request.options;
    let (steps, guidance_scale) = (settings.steps_for(options), settings.guidance_scale_for(options));
    let body = OrderBody::json(&Generate {
        prompt: request.prompt.as_str(),
        negative_prompt: options.negative_prompt.as_deref(),
        width: request.dimensions.width,
        height: request.dimensions.height,
        num_inference_steps: steps,
        guidance_scale,
        seed: options.seed,
    })?;
    let mut metadata = Map::new();
    keep(&mut metadata, "model", settings.model.as_deref());
    keep(&mut metadata, "steps", Some(steps));
    keep(&mut metadata, "guidance_scale", Some(guidance_scale));
    keep(&mut metadata, "negative_prompt", options.negative_prompt.as_deref());
    // The server may tell none; then the picture is of the one that was asked for.
    keep(&mut metadata, "seed", options.seed);
    Ok(Order { url, body, expected: Expected::new(request.dimensions, request.count, metadata) })
}

/// Reads an answer of the shape that settings name, or of any.
pub(super) fn read(response: HttpResponse, shape: AnswerShape, doing: &str) -> Result<Answer, ProviderError> {
    let takes_bytes = matches!(shape, AnswerShape::Any | AnswerShape::Bytes);
    if takes_bytes && let Some(read) = Answer::of_body(&response) {
        return Ok(read);
    }
    if is_json(&response.headers) || !takes_bytes {
        return Ok(read_json(JsonAnswer::read(response, doing)?, shape));
    }
    let (status, body) = (response.status.as_u16(), response.body.into_bytes());
    let message = format!("{doing}: the answer is no picture{ADVICE}");
    Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(Some(body)).with_http_status(status))
}

const ADVICE: &str = "; see `answer` in the settings";

fn read_json(answer: JsonAnswer<Pictures>, shape: AnswerShape) -> Answer {
    let JsonAnswer { document, mut files, .. } = answer;
    let Pictures { image, images, seed, seeds } = document;
    let alone = image.0.filter(|_| matches!(shape, AnswerShape::Any | AnswerShape::Image));
    let list = images.0.filter(|_| matches!(shape, AnswerShape::Any | AnswerShape::Images)).unwrap_or_default();
    let seeds = seeds.into_list();
    let mut read = Answer { advice: ADVICE, ..Answer::default() };
    for (index, picture) in alone.into_iter().chain(list.into_iter().filter_map(|told| told.0)).enumerate() {
        let of_index = seeds.get(index).and_then(|seed| seed.0);
        take(&mut read, &mut files, picture, of_index.or(seed.0.filter(|_| index == 0)));
    }
    read.rest = files.into_rest();
    read.heed_error();
    read
}

fn take(read: &mut Answer, files: &mut Base64Files, picture: Picture, seed: Option<u64>) {
    let (sources, told): (Vec<_>, _) = match picture {
        Picture::Text(source) => (vec![source], None),
        Picture::Named(named) => {
            let told = named.seed.0;
            (named.into_sources().collect(), told)
        }
    };
    let mut metadata = Map::new();
    keep(&mut metadata, "seed", told.or(seed));
    let file = sources.iter().find_map(|source| match source {
        Source::File(text) => files.take_hashed(text).ok(),
        Source::Address(_) => None,
    });
    let address = sources.iter().find_map(|source| match source {
        Source::File(_) => None,
        Source::Address(address) => Some(address.clone()),
    });
    match (file, address) {
        (None, Some(address)) => {
            read.pictures.push(answer::Picture { content: ImageContent::Url(address), metadata });
        }
        (None, None) if sources.is_empty() => {}
        (file, _) => read.take(file, metadata),
    }
}
