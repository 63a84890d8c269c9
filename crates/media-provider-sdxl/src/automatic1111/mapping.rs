//! Requests as orders of the web UI, and its answers.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{Adaptation, EditRequest, GenerationOptions, GenerationRequest, MediaDimensions};
use media_http::JsonAnswer;
use media_ports::ProviderError;
use serde_json::{Map, Value};
use url::Url;

use super::checkpoint::is_drawn_with;
use super::wire::{Beginning, Generate, Images, Info, OverrideSettings};
use crate::SdxlSettings;
use crate::answer::Answer;
use crate::capability::AUTOMATIC1111_SIZES;
use crate::fitting::Takes;
use crate::form::{Expected, Order, OrderBody};
use crate::mapping::{keep, white_mask};

/// The options of both orders; a seed that is too large is an error of the server's.
pub(super) const TAKES: Takes = Takes {
    options: &["prompt", "negative_prompt", "seed", "steps", "guidance_scale"],
    seeds: 0..=4_294_967_295,
    guidance_scale: None,
    steps: None,
    formats: None,
};

pub(super) fn txt2img(request: &GenerationRequest, settings: &SdxlSettings, url: Url) -> Result<Order, ProviderError> {
    let dimensions = request.dimensions;
    let order = generate(request.prompt.as_str(), &request.options, dimensions, settings);
    let body = OrderBody::json(&Generate { n_iter: request.count, ..order })?;
    Ok(Order { url, body, expected: expected(dimensions, request.count, &request.options, settings) })
}

/// An edit without words is a variation: the picture is drawn anew from itself.
pub(super) fn img2img(request: &EditRequest, settings: &SdxlSettings, url: Url) -> Result<Order, ProviderError> {
    let dimensions = AUTOMATIC1111_SIZES.nearest(request.source.dimensions).unwrap_or(request.source.dimensions);
    let prompt = request.prompt.as_ref().map_or("", |prompt| prompt.as_str());
    let mask = request.mask.as_ref().map(white_mask).transpose()?;
    let beginning = Beginning {
        init_images: [BASE64_STANDARD.encode(&request.source.bytes)],
        mask: mask.map(|mask| BASE64_STANDARD.encode(mask)),
        denoising_strength: settings.edit_strength,
    };
    let order = generate(prompt, &request.options, dimensions, settings);
    let body = OrderBody::json(&Generate { n_iter: request.count, beginning: Some(beginning), ..order })?;
    Ok(Order { url, body, expected: expected(dimensions, request.count, &request.options, settings) })
}

fn generate<'a>(
    prompt: &'a str,
    options: &'a GenerationOptions,
    dimensions: MediaDimensions,
    settings: &'a SdxlSettings,
) -> Generate<'a> {
    let seed = options.seed.and_then(|seed| i64::try_from(seed).ok());
    Generate {
        prompt,
        negative_prompt: options.negative_prompt.as_deref().unwrap_or_default(),
        width: dimensions.width,
        height: dimensions.height,
        steps: settings.steps_for(options),
        cfg_scale: settings.guidance_scale_for(options),
        seed: seed.unwrap_or(-1),
        n_iter: 1,
        batch_size: 1,
        sampler_name: settings.sampler.as_deref(),
        scheduler: settings.scheduler.as_deref(),
        override_settings: settings.model.as_deref().map(|name| OverrideSettings { sd_model_checkpoint: name }),
        send_images: true,
        save_images: false,
        beginning: None,
    }
}

fn expected(dimensions: MediaDimensions, count: u32, options: &GenerationOptions, settings: &SdxlSettings) -> Expected {
    let mut metadata = Map::new();
    keep(&mut metadata, "model", settings.model.as_deref());
    keep(&mut metadata, "steps", Some(settings.steps_for(options)));
    keep(&mut metadata, "guidance_scale", Some(settings.guidance_scale_for(options)));
    keep(&mut metadata, "negative_prompt", options.negative_prompt.as_deref());
    Expected::new(dimensions, count, metadata)
}

/// Reads the pictures that were drawn, `model` having been asked for, and leaves out a grid of all that may stand before them, and what extensions put behind them.
pub(super) fn read(answer: JsonAnswer<Images>, model: Option<&str>) -> Answer {
    let JsonAnswer { mut document, mut files, .. } = answer;
    let info = document.take_info();
    let images = document.images.into_list();
    let (first, count) = drawn(&info, images.len());
    let mut read = Answer::default();
    for (index, image) in images.iter().enumerate().skip(first).take(count) {
        let file = image.0.as_ref().and_then(|text| files.take_hashed(text).ok());
        read.take(file, of_picture(&info, index, first));
    }
    read.adaptations.extend(model.and_then(|asked| another_checkpoint(asked, &info)));
    read.rest = files.into_rest();
    read.heed_error();
    read
}

/// What to tell when the server names another checkpoint than the one that was asked for.
fn another_checkpoint(asked: &str, info: &Info) -> Option<Adaptation> {
    let name = info.sd_model_name.0.as_deref()?;
    if is_drawn_with(asked, name, info.sd_model_hash.0.as_deref()) {
        return None;
    }
    let (field, requested, used) = ("model".to_owned(), asked.to_owned(), Some(name.to_owned()));
    Some(Adaptation {
        field,
        requested,
        used,
        reason: "the server drew with another model than it was asked for".to_owned(),
    })
}

/// What is told of the picture at an index, where the first that was drawn is at another.
fn of_picture(info: &Info, index: usize, first: usize) -> Map<String, Value> {
    let mut metadata = Map::new();
    let seed = info.all_seeds.list().get(index - first).and_then(|seed| seed.0);
    keep(&mut metadata, "seed", seed.or(info.seed.0.filter(|_| index == first)));
    keep(&mut metadata, "infotext", info.infotexts.list().get(index).and_then(|text| text.0.clone()));
    keep(&mut metadata, "model", info.sd_model_name.0.clone());
    keep(&mut metadata, "sampler", info.sampler_name.0.clone());
    metadata
}

/// Where the pictures begin and how many there are: as many as seeds. Builds that do not tell where they begin put the grid
/// first.
fn drawn(info: &Info, images: usize) -> (usize, usize) {
    let seeds = info.all_seeds.list().len();
    if seeds == 0 || images <= seeds {
        return (0, images);
    }
    let first = info.index_of_first_image.0.unwrap_or(images - seeds);
    (first.min(images - seeds), seeds)
}

#[cfg(test)]
mod tests {
    use media_http::lenient::Told;

    use super::*;
    use crate::seed::Seed;

    #[test]
    fn the_grid_and_what_extensions_add_are_left_out() {
        let info = |seeds, first| Info {
            all_seeds: Told(Some(vec![Seed::default(); seeds])),
            index_of_first_image: Told(first),
            ..Info::default()
        };
        let cases = [
            (info(2, None), 2, (0, 2)),
            (info(2, None), 3, (1, 2)),
            (info(2, Some(1)), 3, (1, 2)),
            (info(2, Some(0)), 4, (0, 2)),
            (info(2, Some(9)), 3, (1, 2)),
            (info(1, Some(0)), 2, (0, 1)),
            (info(0, None), 2, (0, 2)),
            (info(3, None), 1, (0, 1)),
        ];
        for (info, images, expected) in cases {
            assert_eq!(drawn(&info, images), expected, "{info:?} of {images}");
        }
    }
}
