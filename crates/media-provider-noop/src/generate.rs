//! Drawing placeholders in answer to generation requests.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{
    Capabilities, GeneratedImage, GenerationOptions, GenerationRequest, ImageContent, ImageFormat, JobHandle,
    ProviderErrorKind, ProviderId,
};
use media_ports::{
    CallContext, GenerationAnswer, HealthCheck, HealthReport, ImageError, ImageGenerator, PlaceholderRenderer,
    PlaceholderRequest, ProviderError, ResolveAnswer,
};
use serde_json::{Map, Value, json};

use crate::capability::capabilities;

/// Answers every request with placeholders: always healthy, costs nothing, asks nobody.
///
/// The same request gives the same bytes. Each image's metadata holds `placeholder: true`, the seed and the options.
#[derive(Debug)]
pub struct NoOpMediaAdapter {
    id: ProviderId,
    capabilities: Capabilities,
    renderer: Arc<dyn PlaceholderRenderer>,
}

impl NoOpMediaAdapter {
    /// Makes a provider under the id that configuration names.
    pub fn new(id: ProviderId, renderer: Arc<dyn PlaceholderRenderer>) -> Self {
        Self { id, capabilities: capabilities(), renderer }
    }

    async fn draw(&self, request: &GenerationRequest, number: u32) -> Result<GeneratedImage, ProviderError> {
        let format = request.options.output_format.unwrap_or(ImageFormat::Png);
        let image_index = request.image_index.saturating_add(number);
        let seed = request.options.seed.unwrap_or_default();
        let drawn = self.renderer.render_placeholder(PlaceholderRequest {
            prompt: request.prompt.as_str().to_owned(),
            caption: format!("drawn by {}", self.id),
            dimensions: request.dimensions,
            seed,
            image_index,
            format,
        });
        let drawn = drawn.await.map_err(refused)?;
        Ok(GeneratedImage {
            content: ImageContent::Bytes(drawn.bytes.into()),
            format: drawn.format,
            width: drawn.dimensions.width,
            height: drawn.dimensions.height,
            metadata: metadata(&request.options, seed, image_index)?,
            provider_name: self.id.clone(),
        })
    }
}

#[async_trait]
impl ImageGenerator for NoOpMediaAdapter {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Draws as many placeholders as are asked for. The deadline is not looked at: this is what is left when time has
    /// run out. A cancelled call draws nothing more.
    async fn generate_image(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        request.check().map_err(|error| {
            ProviderError::new(ProviderErrorKind::InvalidRequest, "draw a request that nobody could serve")
                .never()
                .with_source(error)
        })?;
        let mut images = Vec::with_capacity(request.count as usize);
        for number in 0..request.count {
            if context.cancellation.is_cancelled() {
                return Err(ProviderError::cancelled("draw a placeholder: the caller gave up"));
            }
            images.push(self.draw(request, number).await?);
        }
        Ok(GenerationAnswer::new(self.id.clone(), images))
    }

    async fn resolve(&self, _context: &CallContext, handle: &JobHandle) -> Result<ResolveAnswer, ProviderError> {
        Err(ProviderError::unsupported(format!("resolve {handle:?}: placeholders are drawn at once and have no jobs")))
    }
}

#[async_trait]
impl HealthCheck for NoOpMediaAdapter {
    async fn check_health(&self, _context: &CallContext) -> HealthReport {
        HealthReport::healthy()
    }
}

fn metadata(options: &GenerationOptions, seed: u64, image_index: u32) -> Result<Map<String, Value>, ProviderError> {
    let used = serde_json::to_value(options).map_err(|error| {
        ProviderError::new(ProviderErrorKind::Unexpected, "note the options of a placeholder").with_source(error)
    })?;
    Ok(Map::from_iter([
        ("placeholder".to_owned(), json!(true)),
        ("seed".to_owned(), json!(seed)),
        ("image_index".to_owned(), json!(image_index)),
        ("options".to_owned(), used),
    ]))
}

/// A size beyond the limits or a format that cannot be drawn is a request to mend; anything else is a fault of ours.
fn refused(error: ImageError) -> ProviderError {
    let kind = match error {
        ImageError::TooLarge(_) | ImageError::Unwritable(_) => ProviderErrorKind::InvalidRequest,
        ImageError::Empty | ImageError::UnknownFormat | ImageError::Broken { .. } | ImageError::Internal(_) => {
            ProviderErrorKind::Unexpected
        }
    };
    ProviderError::new(kind, "draw a placeholder").with_source(error)
}
