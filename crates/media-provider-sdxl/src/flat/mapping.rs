//! Requests as orders of a flat endpoint, and its answers.

use media_domain::{GenerationRequest, ImageContent, ProviderErrorKind};
use media_http::{Base64Files, HttpResponse, JsonAnswer, is_json, picture_format};
use media_ports::ProviderError;
use serde_json::Map;
use url::Url;

use super::wire::{Generate, Named, Picture, Pictures};
use crate::SdxlSettings;
use crate::form::{self, Answer, Expected, Order, OrderBody};
use crate::mapping::keep;
use crate::settings::AnswerShape;
use crate::told::Told;

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
    Ok(Order { url, body, expected: Expected::new(request.dimensions, metadata) })
}

/// Reads an answer of the shape that settings name, or of any.
pub(super) fn read(response: HttpResponse, shape: AnswerShape, doing: &str) -> Result<Answer, ProviderError> {
    let takes_json = shape != AnswerShape::Bytes;
    let takes_bytes = matches!(shape, AnswerShape::Any | AnswerShape::Bytes);
    if takes_json && (is_json(&response.headers) || !takes_bytes) {
        return Ok(read_json(JsonAnswer::read(response, doing)?, shape));
    }
    let status = response.status.as_u16();
    let body = response.body.into_bytes();
    if is_json(&response.headers) || picture_format(&body).is_none() {
        let message = format!("{doing}: the answer is no picture; see `answer` in the settings");
        let error = ProviderError::new(ProviderErrorKind::MalformedResponse, message);
        return Err(error.billed(Some(body)).with_http_status(status));
    }
    let mut read = Answer::default();
    read.take::<()>(Ok(body.into()), Map::new());
    Ok(read)
}

fn read_json(answer: JsonAnswer<Pictures>, shape: AnswerShape) -> Answer {
    let JsonAnswer { document, mut files, .. } = answer;
    let Pictures { image, images, seed, seeds } = document;
    let alone = image.0.filter(|_| shape != AnswerShape::Images);
    let list = if shape == AnswerShape::Image { Vec::new() } else { images.into_list() };
    let seeds = seeds.into_list();
    let mut read = Answer::default();
    for (index, picture) in alone.into_iter().chain(list.into_iter().filter_map(|told| told.0)).enumerate() {
        let of_index = seeds.get(index).and_then(|seed| seed.0);
        take(&mut read, &mut files, picture, of_index.or(seed.0.filter(|_| index == 0)));
    }
    read.rest = files.into_rest();
    read
}

fn take(read: &mut Answer, files: &mut Base64Files, picture: Picture, seed: Option<u64>) {
    let mut metadata = Map::new();
    let named = match picture {
        Picture::File(text) => Named { b64: Told(Some(text)), ..Named::default() },
        Picture::Named(named) => named,
    };
    keep(&mut metadata, "seed", named.seed.0.or(seed));
    if let Some(text) = named.file() {
        read.take(files.take_hashed(text), metadata);
    } else if let Some(url) = named.url.0.filter(|url| is_address(url)) {
        read.pictures.push(form::Picture { content: ImageContent::Url(url), metadata });
    }
}

/// Whether the engine can fetch it; whether it may, is for its guard to say.
fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
