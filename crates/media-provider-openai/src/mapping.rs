//! Our request as the vendor's order, the vendor's answer as ours.

use std::str::FromStr;

use media_domain::{
    Background, Capabilities, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, MediaDimensions,
    ProviderErrorKind, ProviderId, Quality, Usage,
};
use media_http::Base64Files;
use media_ports::{GenerationAnswer, ProviderError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::OpenAiImagesAdapter;
use crate::order::Expected;
use crate::settings::OpenAiImagesSettings;
use crate::wire::{Image, Images, Order, Tokens};

/// Makes the order.
pub(crate) fn order<'a>(
    request: &'a GenerationRequest,
    capabilities: &'a Capabilities,
    settings: &'a OpenAiImagesSettings,
    partial_images: Option<u32>,
) -> Order<'a> {
    let options = &request.options;
    Order {
        model: &settings.model,
        prompt: request.prompt.as_str(),
        n: request.count,
        size: request.dimensions.to_string(),
        quality: quality_word(options.quality, capabilities, settings),
        background: options.background.map(Background::as_str),
        output_format: options.output_format.map(ImageFormat::as_str),
        moderation: settings.moderation,
        stream: partial_images.map(|_| true),
        partial_images,
    }
}

/// The vendor's word for a quality; what settings say where none is asked for.
pub(crate) fn quality_word<'a>(
    asked: Option<Quality>,
    capabilities: &'a Capabilities,
    settings: &'a OpenAiImagesSettings,
) -> Option<&'a str> {
    let asked = asked.and_then(|quality| capabilities.qualities.get(&quality));
    asked.or(settings.quality.as_ref()).map(String::as_str)
}

/// Reads the answer to an order; pictures that cannot be decoded are kept aside.
///
/// # Errors
/// `malformed_response` of class `billed`, with the body kept aside, when no picture can be got out of it.
pub(crate) fn answer(
    images: Images,
    mut files: Base64Files,
    expected: Expected,
    adapter: &OpenAiImagesAdapter,
) -> Result<GenerationAnswer, ProviderError> {
    let OpenAiImagesAdapter { id: provider, settings, .. } = adapter;
    let context = AnswerContext::new(&images, &expected, provider, settings);
    let told = images.data.iter().take(GenerationRequest::MAX_COUNT as usize);
    let told: Vec<Option<GeneratedImage>> = told.map(|image| context.image(image, &mut files)).collect();
    let is_incomplete = told.iter().any(Option::is_none);
    let readable: Vec<GeneratedImage> = told.into_iter().flatten().collect();
    if readable.is_empty() {
        let reason = if images.data.is_empty() { "holds no image" } else { "holds no image that can be read" };
        let message = format!("order images: the answer {reason}");
        return Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message)
            .billed(Some(files.into_rest()))
            .with_http_status(200));
    }
    let mut answer = GenerationAnswer::new(provider.clone(), readable);
    answer.model = Some(settings.model.clone());
    answer.usage = usage(&images);
    answer.adaptations = expected.adaptations;
    // What cannot be decoded has been paid for as the others have.
    answer.salvaged.extend(is_incomplete.then(|| files.into_rest()));
    Ok(answer)
}

/// Largest piece of metadata that is kept, in bytes: four times the longest prompt.
const METADATA_LIMIT: usize = 128_000;

/// What all images of an answer have in common.
struct AnswerContext<'a> {
    provider: &'a ProviderId,
    format: ImageFormat,
    dimensions: MediaDimensions,
    metadata: Map<String, Value>,
}

impl<'a> AnswerContext<'a> {
    fn new(images: &Images, expected: &Expected, provider: &'a ProviderId, settings: &OpenAiImagesSettings) -> Self {
        let told_format = images.output_format.as_deref().and_then(|word| ImageFormat::from_str(word).ok());
        let told_size = images.size.as_deref().and_then(|text| MediaDimensions::from_str(text).ok());
        let mut metadata = Map::new();
        metadata.insert("model".to_owned(), settings.model.clone().into());
        let words = [
            ("size", &images.size),
            ("quality", &images.quality),
            ("background", &images.background),
            ("output_format", &images.output_format),
        ];
        for (key, word) in words {
            metadata.extend(word.as_ref().map(|word| (key.to_owned(), word.clone().into())));
        }
        metadata.extend(images.created.clone().map(|created| ("created".to_owned(), created)));
        metadata.extend(images.usage.clone().map(|usage| ("usage".to_owned(), usage)));
        metadata.retain(|_, value| value.to_string().len() <= METADATA_LIMIT);
        Self {
            provider,
            format: told_format.or(expected.format).unwrap_or(ImageFormat::Png),
            dimensions: told_size.unwrap_or(expected.dimensions),
            metadata,
        }
    }

    fn image(&self, image: &Image, files: &mut Base64Files) -> Option<GeneratedImage> {
        let content = match (&image.b64_json, &image.url) {
            (Some(text), _) if !text.is_empty() => ImageContent::Bytes(files.take_hashed(text).ok()?),
            (_, Some(url)) if !url.is_empty() => ImageContent::Url(url.clone()),
            _ => return None,
        };
        let mut metadata = self.metadata.clone();
        let own = [("revised_prompt", &image.revised_prompt), ("generation_id", &image.generation_id)];
        for (key, text) in own {
            let kept = text.as_ref().filter(|text| text.len() <= METADATA_LIMIT);
            metadata.extend(kept.map(|text| (key.to_owned(), text.clone().into())));
        }
        Some(GeneratedImage {
            content,
            format: self.format,
            width: self.dimensions.width,
            height: self.dimensions.height,
            metadata,
            provider_name: self.provider.clone(),
        })
    }
}

/// What the vendor counted; credits and money are counted by whoever knows the prices.
fn usage(images: &Images) -> Usage {
    let tokens = images.usage.as_ref().and_then(|usage| Tokens::deserialize(usage).ok()).unwrap_or_default();
    Usage {
        input_tokens: tokens.input_tokens,
        image_input_tokens: tokens.input_tokens_details.and_then(|details| details.image_tokens),
        output_tokens: tokens.output_tokens,
        ..Usage::default()
    }
}
