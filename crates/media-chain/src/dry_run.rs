//! Dry run: one mechanism for every provider, made of its descriptor alone.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{
    Capabilities, Compatibility, ContentHash, FigmaExportResult, GeneratedImage, GenerationRequest, ImageContent,
    ImageFormat, JobHandle,
};
use media_ports::{
    CallContext, Descriptor, DesignExporter, ExportAnswer, ExportDestination, ExportRequest, GenerationAnswer,
    ImageError, ImageGenerator, PlaceholderRenderer, PlaceholderRequest, ProviderError, ResolveAnswer,
};
use serde_json::{Map, Value, json};

use crate::gate::admit;

/// Answers in a provider's stead with a placeholder of exactly the size asked for, and tells the adaptations that a
/// live call would make. Costs nothing, needs no credential, opens no socket.
#[derive(Debug)]
pub struct DryRunGenerator {
    descriptor: Arc<Descriptor>,
    renderer: Arc<dyn PlaceholderRenderer>,
    compatibility: Compatibility,
}

impl DryRunGenerator {
    /// Stands in for the provider described.
    pub fn new(
        descriptor: Arc<Descriptor>,
        renderer: Arc<dyn PlaceholderRenderer>,
        compatibility: Compatibility,
    ) -> Self {
        Self { descriptor, renderer, compatibility }
    }

    async fn draw(
        &self,
        request: &GenerationRequest,
        image_index: u32,
        format: ImageFormat,
    ) -> Result<GeneratedImage, ProviderError> {
        let placeholder = PlaceholderRequest {
            prompt: request.prompt.to_string(),
            caption: format!("{} · dry run", self.descriptor.id),
            dimensions: request.dimensions,
            seed: request.options.seed.unwrap_or_default(),
            image_index,
            format,
        };
        let drawn = self.renderer.render_placeholder(placeholder).await.map_err(not_drawn)?;
        Ok(GeneratedImage {
            content: ImageContent::Bytes(drawn.bytes),
            format: drawn.format,
            width: drawn.dimensions.width,
            height: drawn.dimensions.height,
            metadata: self.metadata(request),
            provider_name: self.descriptor.id.clone(),
        })
    }

    fn metadata(&self, request: &GenerationRequest) -> Map<String, Value> {
        let mut metadata = Map::new();
        metadata.insert("dry_run".to_owned(), json!(true));
        metadata.insert("placeholder".to_owned(), json!(true));
        metadata.insert("options".to_owned(), json!(request.options));
        if let Some(model) = &self.descriptor.model {
            metadata.insert("model".to_owned(), json!(model));
        }
        metadata
    }
}

fn not_drawn(error: ImageError) -> ProviderError {
    ProviderError::unsupported("the placeholder cannot be drawn").with_source(error)
}

#[async_trait]
impl ImageGenerator for DryRunGenerator {
    fn capabilities(&self) -> &Capabilities {
        &self.descriptor.capabilities
    }

    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        if context.cancellation.is_cancelled() {
            return Err(ProviderError::cancelled("the call was cancelled before it began"));
        }
        let (live_request, adaptations) = admit(&self.descriptor.capabilities, self.compatibility, context, request)?;
        let format = live_request.options.output_format.or(self.descriptor.capabilities.formats.first().copied());
        let mut images = Vec::with_capacity(request.count as usize);
        for index in 0..request.count {
            let image_index = request.image_index.saturating_add(index);
            images.push(self.draw(request, image_index, format.unwrap_or(ImageFormat::Png)).await?);
        }
        let mut answer = GenerationAnswer::new(self.descriptor.id.clone(), images);
        answer.model = self.descriptor.model.clone();
        answer.adaptations = adaptations;
        Ok(answer)
    }

    async fn resolve(&self, _context: &CallContext, _handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported("a dry run has no jobs"))
    }
}

/// Answers an export with a predictable node. Whoever wires it has checked that the credential is there: an export
/// without one is an error even in dry run.
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
impl DesignExporter for DryRunExporter {
    async fn export_design(
        &self,
        _context: &CallContext,
        request: &ExportRequest,
    ) -> Result<ExportAnswer, ProviderError> {
        let ExportDestination::Figma { file_key, page_id } = &request.destination else {
            return Err(ProviderError::unsupported("it does not serve this destination"));
        };
        // The same image in the same file always has the same node.
        let hash = ContentHash::of(&request.image);
        let [high, low, ..] = *hash.as_bytes();
        let figma_node_id = format!("{}:{}", u16::from(high) + 1, u16::from(low) + 1);
        let figma_url = format!("https://www.figma.com/design/{file_key}?node-id={}", figma_node_id.replace(':', "-"));
        let result =
            FigmaExportResult { figma_node_id, figma_url, figma_file_key: file_key.clone(), page_id: page_id.clone() };
        Ok(ExportAnswer {
            provider: self.descriptor.id.clone(),
            result,
            dry_run: true,
            attempts: Vec::new(),
            skipped: Vec::new(),
        })
    }
}
