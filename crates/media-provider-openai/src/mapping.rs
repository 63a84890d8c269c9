//! Our request as the vendor's order, the vendor's answer as ours.

use std::str::FromStr;

use media_domain::{
    Background, Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat,
    MediaDimensions, ProviderErrorKind, ProviderId, Usage,
};
use media_http::{HttpResponse, decode_base64, json_body};
use media_ports::{GenerationAnswer, ProviderError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::OpenAiImagesAdapter;
use crate::capability::{self, TokenPrices};
use crate::settings::OpenAiImagesSettings;
use crate::wire::{Image, Images, Order, Tokens};

/// Makes the order.
///
/// # Errors
/// `unsupported` when the request has not been fitted to the model: nothing is dropped in silence.
pub(crate) fn order<'a>(
    request: &'a GenerationRequest,
    capabilities: &'a Capabilities,
    settings: &'a OpenAiImagesSettings,
) -> Result<Order<'a>, ProviderError> {
    if let Err(unmet) = capabilities.admit(request).check(Compatibility::Strict) {
        let reasons: Vec<String> = unmet.iter().map(ToString::to_string).collect();
        let message = format!("order images: `{}` does not take the request: {}", settings.model, reasons.join("; "));
        return Err(ProviderError::unsupported(message));
    }
    let options = &request.options;
    let opaque_format = options.output_format == Some(ImageFormat::Jpeg);
    if opaque_format && options.background == Some(Background::Transparent) {
        return Err(ProviderError::unsupported("order images: a jpeg cannot be transparent; ask for png or webp"));
    }
    Ok(Order {
        model: &settings.model,
        prompt: request.prompt.as_str(),
        n: request.count,
        size: request.dimensions.to_string(),
        quality: quality_word(request, capabilities, settings),
        background: options.background.map(Background::as_str),
        output_format: options.output_format.map(ImageFormat::as_str),
        moderation: settings.moderation,
    })
}

fn quality_word<'a>(
    request: &GenerationRequest,
    capabilities: &'a Capabilities,
    settings: &'a OpenAiImagesSettings,
) -> Option<&'a str> {
    let asked = request.options.quality.and_then(|quality| capabilities.qualities.get(&quality));
    asked.or(settings.quality.as_ref()).map(String::as_str)
}

/// Reads the answer to an order.
///
/// # Errors
/// `malformed_response` of class `billed`, with the body kept aside, when no picture can be got out of it.
pub(crate) fn answer(
    response: &HttpResponse,
    request: &GenerationRequest,
    adapter: &OpenAiImagesAdapter,
    doing: &str,
) -> Result<GenerationAnswer, ProviderError> {
    let OpenAiImagesAdapter { id: provider, settings, capabilities, .. } = adapter;
    let images: Images<'_> = json_body(response, doing)?;
    let context = AnswerContext::new(&images, request, provider, settings);
    // What cannot be decoded is left out: the others have been paid for too.
    let told = images.data.iter().take(GenerationRequest::MAX_COUNT as usize);
    let readable: Vec<GeneratedImage> = told.filter_map(|image| context.image(image)).collect();
    if readable.is_empty() {
        let reason = if images.data.is_empty() { "holds no image" } else { "holds no image that can be read" };
        return Err(ProviderError::new(ProviderErrorKind::MalformedResponse, format!("{doing}: the answer {reason}"))
            .billed(Some(response.body.clone()))
            .with_http_status(response.status.as_u16()));
    }
    let mut answer = GenerationAnswer::new(provider.clone(), readable);
    answer.model = Some(settings.model.clone());
    answer.usage = usage(&images, request, capabilities, settings);
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
    fn new(
        images: &Images<'_>,
        request: &GenerationRequest,
        provider: &'a ProviderId,
        settings: &OpenAiImagesSettings,
    ) -> Self {
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
            format: told_format.or(request.options.output_format).unwrap_or(ImageFormat::Png),
            dimensions: told_size.unwrap_or(request.dimensions),
            metadata,
        }
    }

    fn image(&self, image: &Image<'_>) -> Option<GeneratedImage> {
        let content = match (&image.b64_json, &image.url) {
            (Some(text), _) if !text.0.is_empty() => ImageContent::Bytes(decode_base64(&text.0).ok()?),
            (_, Some(url)) if !url.0.is_empty() => ImageContent::Url(url.0.clone().into_owned()),
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

/// The vendor's words for what counts as high definition.
const HIGH: &[&str] = &["high", "hd", "xhigh", "max"];

fn usage(
    images: &Images<'_>,
    request: &GenerationRequest,
    capabilities: &Capabilities,
    settings: &OpenAiImagesSettings,
) -> Usage {
    let tokens = images.usage.as_ref().and_then(|usage| Tokens::deserialize(usage).ok()).unwrap_or_default();
    let prices = capability::facts(&settings.model).and_then(|facts| facts.prices);
    let high = quality_word(request, capabilities, settings).is_some_and(|word| HIGH.contains(&word));
    let credits_each = if high { settings.hd_credits } else { settings.credits };
    let made = u32::try_from(images.data.len()).unwrap_or(u32::MAX).min(GenerationRequest::MAX_COUNT);
    Usage {
        credits: credits_each.saturating_mul(made),
        cost_micros: prices.and_then(|prices| cost_micros(&tokens, prices)),
        input_tokens: tokens.input_tokens,
        output_tokens: tokens.output_tokens,
    }
}

/// What the tokens cost, in millionths of a US dollar; `None` when the vendor did not count them.
fn cost_micros(tokens: &Tokens, prices: TokenPrices) -> Option<u64> {
    let written = tokens.output_tokens?.saturating_mul(prices.out);
    let read = match &tokens.input_tokens_details {
        Some(details) => {
            let text = details.text_tokens.saturating_mul(prices.text_in);
            text.saturating_add(details.image_tokens.saturating_mul(prices.image_in))
        }
        // An order carries no image, so what was read was text.
        None => tokens.input_tokens?.saturating_mul(prices.text_in),
    };
    Some(written.saturating_add(read))
}
