//! Dry run: one mechanism for every provider, made of its descriptor alone.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{
    Adaptation, CanvaExportResult, Compatibility, ContentHash, DesignExportResult, FigmaAttachment, FigmaExportResult,
    GeneratedImage, ImageContent, ImageFormat,
};
use media_ports::{
    CallContext, Descriptor, ExportAnswer, ExportDestination, ExportRequest, GenerationAnswer, ImageError,
    PlaceholderRenderer, ProviderError,
};
use serde_json::{Map, Value, json};

use crate::image_request::ImageRequest;
use crate::service::Service;

/// Answers in a provider's stead with a placeholder of exactly the size asked for, and tells the adaptations that a
/// live call would make. Costs nothing, needs no credential, opens no socket.
#[derive(Debug)]
pub struct DryRun<R: ImageRequest> {
    descriptor: Arc<Descriptor>,
    capabilities: R::Capabilities,
    renderer: Arc<dyn PlaceholderRenderer>,
    compatibility: Compatibility,
}

impl<R: ImageRequest> DryRun<R> {
    /// Stands in for the provider described; `None` when its description says nothing of the operation.
    pub fn new(
        descriptor: Arc<Descriptor>,
        renderer: Arc<dyn PlaceholderRenderer>,
        compatibility: Compatibility,
    ) -> Option<Self> {
        let capabilities = R::described_in(&descriptor)?.clone();
        Some(Self { descriptor, capabilities, renderer, compatibility })
    }

    async fn draw(&self, request: &R, index: u32, format: ImageFormat) -> Result<GeneratedImage, ProviderError> {
        let caption = format!("{} · dry run", self.descriptor.id);
        let placeholder = request.placeholder(index, caption, format);
        let drawn = self.renderer.render_placeholder(placeholder).await.map_err(not_drawn)?;
        Ok(GeneratedImage {
            content: ImageContent::Bytes(drawn.bytes.into()),
            format: drawn.format,
            width: drawn.dimensions.width,
            height: drawn.dimensions.height,
            metadata: self.metadata(request),
            provider_name: self.descriptor.id.clone(),
        })
    }

    fn metadata(&self, request: &R) -> Map<String, Value> {
        let mut metadata = Map::new();
        metadata.insert("dry_run".to_owned(), json!(true));
        metadata.insert("placeholder".to_owned(), json!(true));
        metadata.insert("operation".to_owned(), json!(R::OPERATION));
        metadata.insert("options".to_owned(), json!(request.options()));
        if let Some(model) = &self.descriptor.model {
            metadata.insert("model".to_owned(), json!(model));
        }
        metadata
    }
}

/// The format in which a placeholder is drawn in place of one that the provider writes.
const fn drawable(format: ImageFormat) -> ImageFormat {
    match format {
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Webp => format,
        ImageFormat::Svg | ImageFormat::Gif => ImageFormat::Png,
    }
}

fn not_drawn(error: ImageError) -> ProviderError {
    ProviderError::unsupported("the placeholder cannot be drawn").with_source(error)
}

#[async_trait]
impl<R: ImageRequest> Service<R> for DryRun<R> {
    async fn call(&self, context: &CallContext, request: &R) -> Result<GenerationAnswer, ProviderError> {
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled("the call was cancelled before it began"));
        }
        let compatibility = context.preferences.compatibility.unwrap_or(self.compatibility);
        let admission = request.admit(&self.capabilities, compatibility)?;
        let first = R::formats_of(&self.capabilities).first().copied();
        let written = admission.request.options().output_format.or(first).unwrap_or(ImageFormat::Png);
        let format = drawable(written);
        let mut images = Vec::with_capacity(request.count() as usize);
        for index in 0..request.count() {
            images.push(self.draw(request, index, format).await?);
        }
        let mut answer = GenerationAnswer::new(self.descriptor.id.clone(), images);
        answer.model = self.descriptor.model.clone();
        answer.adaptations = admission.adaptations;
        answer.adaptations.extend((format != written).then(|| Adaptation {
            field: "output_format".to_owned(),
            requested: written.to_string(),
            used: Some(format.to_string()),
            reason: "a placeholder is not drawn in this format; live, the provider writes it".to_owned(),
        }));
        Ok(answer)
    }
}

/// Answers an export with a predictable place in the design tool. Whoever wires it has checked that the credential is
/// there: an export without one is an error even in dry run.
#[derive(Debug)]
pub struct DryRunExporter {
    descriptor: Arc<Descriptor>,
}

impl DryRunExporter {
    /// Stands in for the provider described.
    pub fn new(descriptor: Arc<Descriptor>) -> Self {
        Self { descriptor }
    }
}

#[async_trait]
impl Service<ExportRequest> for DryRunExporter {
    async fn call(&self, _context: &CallContext, request: &ExportRequest) -> Result<ExportAnswer, ProviderError> {
        // The same image in the same place always has the same address.
        let hash = ContentHash::of(&request.image);
        let result = match &request.destination {
            ExportDestination::Figma { file_key, page_id } => in_figma(&hash, file_key, page_id.as_deref()),
            ExportDestination::Canva { design_title } => in_canva(&hash, design_title.as_deref()),
            _ => return Err(ProviderError::unsupported("a dry run does not know this destination")),
        };
        Ok(ExportAnswer {
            provider: self.descriptor.id.clone(),
            result,
            dry_run: true,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}

fn in_figma(hash: &ContentHash, file_key: &str, page_id: Option<&str>) -> DesignExportResult {
    let [high, low, ..] = *hash.as_bytes();
    let figma_node_id = format!("{}:{}", u16::from(high) + 1, u16::from(low) + 1);
    let figma_url = format!("https://www.figma.com/design/{file_key}?node-id={}", figma_node_id.replace(':', "-"));
    DesignExportResult::Figma(FigmaExportResult {
        figma_node_id,
        figma_url,
        figma_file_key: file_key.to_owned(),
        page_id: page_id.map(str::to_owned),
        attached_as: FigmaAttachment::DevResource,
    })
}

fn in_canva(hash: &ContentHash, design_title: Option<&str>) -> DesignExportResult {
    let id = |kind: &str, hash: &ContentHash| format!("dry_run_{kind}_{:.16}", hash.to_string());
    let canva_design_id = design_title.map(|title| {
        id("design", &ContentHash::of([hash.as_bytes().as_slice(), title.as_bytes()].concat().as_slice()))
    });
    let canva_url = canva_design_id.as_ref().map(|id| format!("https://www.canva.com/design/{id}/edit"));
    DesignExportResult::Canva(CanvaExportResult { canva_asset_id: id("asset", hash), canva_design_id, canva_url })
}
