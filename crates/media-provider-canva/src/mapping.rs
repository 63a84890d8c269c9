//! Our requests as the vendor's orders, the vendor's answers as ours.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use media_domain::text::Name;
use media_domain::{
    Background, Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat,
    ProviderErrorKind, ProviderId,
};
use media_ports::fitting::refuse_unmet;
use media_ports::{GenerationAnswer, ProviderError};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::settings::{CanvaSettings, ExportQuality};
use crate::wire::{Autofill, Design, DesignType, ExportFormat, FieldValue, UploadMetadata};

/// Most characters of an asset's name, counted in UTF-16 units, the narrowest reading. Canva Connect OpenAPI document
/// (2024-06-18), `AssetUploadMetadata`, read 2026-11-20.
const MAX_ASSET_NAME: usize = 50;

/// Largest picture that Canva takes in, in bytes ("under 50 MB"). Canva Connect documentation, assets overview, read
/// 2026-11-20.
pub(crate) const MAX_UPLOAD: usize = 50_000_000;

/// Longest text of the vendor's that is kept as metadata, in bytes.
const METADATA_LIMIT: usize = 8_192;

/// Makes the order to fill in the template.
///
/// # Errors
/// `config_invalid` without a template.
pub(crate) fn autofill<'a>(
    request: &'a GenerationRequest,
    settings: &'a CanvaSettings,
) -> Result<Autofill<'a>, ProviderError> {
    let Some(brand_template_id) = &settings.brand_template_id else {
        let message = "fill in a template: `brand_template_id` is not set in the provider's table";
        return Err(ProviderError::new(ProviderErrorKind::ConfigInvalid, message).here());
    };
    let texts = settings.text_fields.iter().map(|(field, text)| (field.as_str(), FieldValue::Text { text }));
    let images = settings.image_fields.iter().map(|(field, asset_id)| (field.as_str(), FieldValue::Image { asset_id }));
    let prompt = (settings.prompt_field.as_str(), FieldValue::Text { text: request.prompt.as_str() });
    let data: BTreeMap<_, _> = texts.chain(images).chain([prompt]).collect();
    Ok(Autofill { kind: Autofill::KIND, brand_template_id, title: settings.title.as_deref(), data })
}

/// Says how the design is to be written to files.
///
/// # Errors
/// `unsupported` when the request has not been fitted: nothing is dropped in silence.
pub(crate) fn export_format(
    request: &GenerationRequest,
    capabilities: &Capabilities,
    settings: &CanvaSettings,
) -> Result<ExportFormat, ProviderError> {
    refuse_unmet(capabilities.admit(request).check(Compatibility::Strict), "fill in a template", "Canva")?;
    let (options, pages) = (&request.options, settings.pages.clone());
    let (width, height) = (request.dimensions.width, request.dimensions.height);
    let asked = options.quality.and_then(|quality| capabilities.qualities.get(&quality)).cloned();
    let export_quality = asked.or_else(|| settings.export_quality.map(|quality| quality.word().to_owned()));
    match options.output_format {
        Some(ImageFormat::Jpeg) if options.background == Some(Background::Transparent) => {
            Err(ProviderError::unsupported("fill in a template: a jpeg cannot be transparent; ask for png"))
        }
        Some(ImageFormat::Jpeg) => {
            Ok(ExportFormat::Jpg { export_quality, quality: settings.jpeg_quality, width, height, pages })
        }
        _ => {
            let transparent_background = match options.background {
                Some(Background::Transparent) => Some(true),
                Some(Background::Opaque) => Some(false),
                Some(Background::Auto) | None => None,
            };
            Ok(ExportFormat::Png { export_quality, width, height, transparent_background, pages })
        }
    }
}

impl ExportQuality {
    const fn word(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Pro => "pro",
        }
    }
}

/// Makes our answer of a finished export: one image per page, to be fetched without credentials within 24 hours.
///
/// # Errors
/// `malformed_response` when no page has an address that can be read.
pub(crate) fn answer(
    urls: &[String],
    design: &Design,
    format: &ExportFormat,
    settings: &CanvaSettings,
    provider: &ProviderId,
) -> Result<GenerationAnswer, ProviderError> {
    let readable = |url: &&String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let told = urls.iter().take(GenerationRequest::MAX_COUNT as usize);
    let pages = told.enumerate().filter(|(_, url)| readable(url));
    let images: Vec<GeneratedImage> = pages
        .map(|(index, url)| {
            let mut metadata = metadata(design, settings);
            metadata.insert("page".to_owned(), page(index, format).into());
            let (format, width, height) = format.told();
            let content = ImageContent::Url(url.clone());
            GeneratedImage { content, format, width, height, metadata, provider_name: provider.clone() }
        })
        .collect();
    if images.is_empty() {
        let reason = if urls.is_empty() { "names no file" } else { "names no file that can be fetched" };
        let message = format!("fill in a template: the finished export of design {} {reason}", design.id);
        let told = serde_json::to_vec(urls).unwrap_or_default();
        return Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message).billed(Some(told.into())));
    }
    let mut answer = GenerationAnswer::new(provider.clone(), images);
    answer.model = settings.brand_template_id.clone();
    Ok(answer)
}

fn metadata(design: &Design, settings: &CanvaSettings) -> Map<String, Value> {
    let edit_url = design.urls.as_ref().and_then(|urls| urls.edit_url.clone());
    let told = [
        ("brand_template_id", settings.brand_template_id.clone()),
        ("canva_design_id", Some(design.id.clone())),
        ("canva_design_title", design.title.clone()),
        ("canva_url", edit_url),
    ];
    let kept = told.into_iter().filter_map(|(key, text)| Some((key, text?)));
    kept.filter(|(_, text)| text.len() <= METADATA_LIMIT).map(|(key, text)| (key.to_owned(), text.into())).collect()
}

/// The number of the page behind the address at an index; addresses come in the order of the pages.
fn page(index: usize, format: &ExportFormat) -> u64 {
    let (ExportFormat::Png { pages, .. } | ExportFormat::Jpg { pages, .. }) = format;
    let mut pages = pages.clone();
    pages.sort_unstable();
    pages.get(index).map_or(index as u64 + 1, |page| u64::from(*page))
}

impl ExportFormat {
    /// What an image in this format is; its bytes have the last word on the size, for the vendor keeps the template's
    /// shape.
    fn told(&self) -> (ImageFormat, u32, u32) {
        match self {
            Self::Png { width, height, .. } => (ImageFormat::Png, *width, *height),
            Self::Jpg { width, height, .. } => (ImageFormat::Jpeg, *width, *height),
        }
    }

    /// Whether the user's plan must have transparent exports.
    pub(crate) fn is_transparent(&self) -> bool {
        matches!(self, Self::Png { transparent_background: Some(true), .. })
    }
}

/// The header that tells of an upload, with as much of the name as Canva takes.
pub(crate) fn upload_metadata(name: &Name) -> Option<HeaderValue> {
    let mut units = 0;
    let short: String = name
        .as_str()
        .chars()
        .take_while(|character| {
            units += character.len_utf16();
            units <= MAX_ASSET_NAME
        })
        .collect();
    let metadata = UploadMetadata { name_base64: BASE64_STANDARD.encode(short.trim_end()) };
    HeaderValue::try_from(serde_json::to_string(&metadata).ok()?).ok()
}

/// Reads the one option that an export to Canva takes: `design_type`, in the vendor's own words.
///
/// # Errors
/// `unsupported` for another option, or a type of design that Canva does not make.
pub(crate) fn design_type(options: &Map<String, Value>) -> Result<Option<DesignType>, ProviderError> {
    if let Some(key) = options.keys().find(|key| *key != "design_type") {
        let message = format!("export to Canva: there is no option {key:?}; there is `design_type`");
        return Err(ProviderError::unsupported(message));
    }
    let Some(value) = options.get("design_type") else { return Ok(None) };
    let told = DesignType::deserialize(value).ok().filter(DesignType::is_made);
    told.map(Some).ok_or_else(|| {
        ProviderError::unsupported(
            "export to Canva: `design_type` is {\"type\": \"preset\", \"name\": \"doc\", \"email\", \"presentation\" or \
             \"whiteboard\"}, or {\"type\": \"custom\", \"width\": …, \"height\": …} with sides of 40 to 8000 pixels and \
             at most 25,000,000 pixels",
        )
    })
}

impl DesignType {
    /// Canva Connect OpenAPI document (2024-06-18), `CustomDesignTypeInput`, read 2026-11-20.
    fn is_made(&self) -> bool {
        match self {
            Self::Preset { .. } => true,
            Self::Custom { width, height } => {
                let sides = 40..=8_000;
                sides.contains(width) && sides.contains(height) && u64::from(*width) * u64::from(*height) <= 25_000_000
            }
        }
    }
}
