//! Our requests as the vendor's parameters, the vendor's answers as ours.

use media_domain::{
    Capabilities, Compatibility, GeneratedImage, GenerationRequest, ImageContent, ImageFormat, MediaDimensions,
    ProviderErrorKind, ProviderId,
};
use media_ports::fitting::refuse_unmet;
use media_ports::{GenerationAnswer, ProviderError};
use serde_json::{Map, Value};
use url::Url;

use crate::capability::{MAX_PIXELS, SCALES};
use crate::template::{NodeSize, Template};

/// Steps of the scale, so that requests for much the same size share a render.
const SCALE_STEPS: f64 = 10_000.0;

/// Longest address of a render that is taken, in bytes.
const ADDRESS_LIMIT: usize = 8_192;

/// What the picture is, for whoever finds it later.
const NOTE: &str = "a render of a Figma template as it stands; the prompt was not drawn";

/// A render that the vendor has made.
#[derive(Debug)]
pub(crate) struct Render {
    /// Where it can be fetched, without credentials, for 16 days or more.
    pub(crate) url: String,
    pub(crate) format: ImageFormat,
    /// The scale in ten-thousandths; none for shapes.
    pub(crate) scale: Option<u32>,
    /// Size of the node at scale 1, where it is known.
    pub(crate) size: Option<NodeSize>,
    /// Version of the file, where the vendor tells.
    pub(crate) version: Option<String>,
    /// Whether it was made earlier.
    pub(crate) is_remembered: bool,
}

/// Checks that a request has been fitted: nothing is dropped in silence.
///
/// # Errors
/// `unsupported` when it has not.
pub(crate) fn check_fit(capabilities: &Capabilities, request: &GenerationRequest) -> Result<(), ProviderError> {
    refuse_unmet(capabilities.admit(request).check(Compatibility::Strict), "render the template", "Figma")
}

/// The format to render: the one asked for, or the first of the capabilities.
///
/// # Errors
/// `unsupported` for a format that only the settings promise.
pub(crate) fn format(request: &GenerationRequest, capabilities: &Capabilities) -> Result<ImageFormat, ProviderError> {
    let format = request.options.output_format.or(capabilities.formats.first().copied()).unwrap_or(ImageFormat::Png);
    match format {
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Svg => Ok(format),
        ImageFormat::Webp | ImageFormat::Gif => {
            Err(ProviderError::unsupported(format!("render the template: Figma does not write {format}")))
        }
    }
}

/// The vendor's word for a format.
pub(crate) fn word(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Svg => "svg",
        ImageFormat::Png | ImageFormat::Webp | ImageFormat::Gif => "png",
    }
}

/// The scale, in ten-thousandths, at which a render comes nearest a size. The shape is the node's at every scale, so the
/// nearest is the one with the same number of pixels.
pub(crate) fn scale(node: NodeSize, asked: MediaDimensions) -> u32 {
    let (width, height) = (f64::from(asked.width.max(1)), f64::from(asked.height.max(1)));
    let ideal = ((width / node.width) * (height / node.height)).sqrt();
    // Within the clamp, the conversion loses nothing.
    (ideal.clamp(SCALES.0, SCALES.1) * SCALE_STEPS).round() as u32
}

/// A scale as the vendor reads it.
pub(crate) fn scale_text(scale: u32) -> String {
    (f64::from(scale) / SCALE_STEPS).to_string()
}

/// What a render is remembered by, beside the version of its file.
pub(crate) fn question(template: &Template, format: ImageFormat, scale: Option<u32>) -> String {
    let scale = scale.map_or_else(|| "shapes".to_owned(), scale_text);
    format!("render|{}|{}|{scale}", template.node, word(format))
}

/// Checks where a render is said to be.
///
/// # Errors
/// `malformed_response`; the render is free, and may be asked for again.
pub(crate) fn checked_address(url: String) -> Result<String, ProviderError> {
    let is_web = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if is_web && url.len() <= ADDRESS_LIMIT {
        return Ok(url);
    }
    let message = "render the template: the answer names no address that the picture can be fetched from";
    Err(ProviderError::new(ProviderErrorKind::MalformedResponse, message))
}

/// Makes our answer of a render; the file's own header has the last word on its size.
pub(crate) fn answer(
    render: Render,
    template: &Template,
    request: &GenerationRequest,
    provider: &ProviderId,
) -> GenerationAnswer {
    let (width, height) = render.dimensions();
    let metadata = metadata(&render, template, request);
    let content = ImageContent::Url(render.url);
    let image =
        GeneratedImage { content, format: render.format, width, height, metadata, provider_name: provider.clone() };
    let mut answer = GenerationAnswer::new(provider.clone(), vec![image]);
    answer.model = Some(template.name());
    answer
}

impl Render {
    /// Width and height to be expected; zero for shapes whose size is not known.
    fn dimensions(&self) -> (u32, u32) {
        let Some(NodeSize { width, height }) = self.size else { return (0, 0) };
        let scale = self.scale.map_or(1.0, |scale| f64::from(scale) / SCALE_STEPS);
        let (width, height) = (width * scale, height * scale);
        let too_many = if self.format.is_raster() { (width * height / MAX_PIXELS).sqrt().max(1.0) } else { 1.0 };
        // The conversions saturate.
        let side = |side: f64| (side / too_many).round().max(1.0) as u32;
        (side(width), side(height))
    }
}

impl Template {
    /// File and node in one word, which stands for the model.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.file, self.node)
    }
}

fn metadata(render: &Render, template: &Template, request: &GenerationRequest) -> Map<String, Value> {
    let mut metadata = Map::from_iter([
        ("template_render".to_owned(), true.into()),
        ("prompt_drawn".to_owned(), false.into()),
        ("note".to_owned(), NOTE.into()),
        ("prompt".to_owned(), request.prompt.as_str().into()),
        ("figma_file_key".to_owned(), template.file.as_str().into()),
        ("figma_node_id".to_owned(), template.node.as_str().into()),
        ("figma_url".to_owned(), template.file.address_of(&template.node).into()),
        ("render_reused".to_owned(), render.is_remembered.into()),
    ]);
    if let Some(version) = render.version.as_ref().filter(|version| version.len() <= 100) {
        metadata.insert("figma_file_version".to_owned(), version.as_str().into());
    }
    if let Some(scale) = render.scale {
        metadata.insert("scale".to_owned(), (f64::from(scale) / SCALE_STEPS).into());
    }
    if let Some(style) = &request.options.style {
        metadata.insert("template".to_owned(), style.as_str().into());
    }
    metadata
}
