//! What every layer is, and what it wraps: one operation, from a request to its answer.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{EditRequest, GenerationRequest};
use media_ports::{
    CallContext, DesignExporter, ExportAnswer, ExportRequest, GenerationAnswer, ImageEditor, ImageGenerator,
    ProviderError,
};

/// A request that providers answer.
pub trait ServiceRequest: Debug + Clone + Send + Sync + 'static {
    /// What comes of it.
    type Answer: Debug + Send + 'static;
}

/// One operation: a provider's own, or layers around it.
///
/// ```
/// use std::sync::Arc;
/// use media_chain::Service;
/// use media_domain::GenerationRequest;
/// use media_ports::ImageGenerator;
///
/// fn bare(generator: Arc<dyn ImageGenerator>) -> Arc<dyn Service<GenerationRequest>> {
///     Arc::new(generator)
/// }
/// ```
#[async_trait]
pub trait Service<R: ServiceRequest>: Debug + Send + Sync + 'static {
    /// Serves a request.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn call(&self, context: &CallContext, request: &R) -> Result<R::Answer, ProviderError>;
}

impl ServiceRequest for GenerationRequest {
    type Answer = GenerationAnswer;
}

impl ServiceRequest for EditRequest {
    type Answer = GenerationAnswer;
}

impl ServiceRequest for ExportRequest {
    type Answer = ExportAnswer;
}

#[async_trait]
impl Service<GenerationRequest> for Arc<dyn ImageGenerator> {
    async fn call(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.generate_image(context, request).await
    }
}

#[async_trait]
impl Service<EditRequest> for Arc<dyn ImageEditor> {
    async fn call(&self, context: &CallContext, request: &EditRequest) -> Result<GenerationAnswer, ProviderError> {
        self.edit_image(context, request).await
    }
}

#[async_trait]
impl Service<ExportRequest> for Arc<dyn DesignExporter> {
    async fn call(&self, context: &CallContext, request: &ExportRequest) -> Result<ExportAnswer, ProviderError> {
        self.export_design(context, request).await
    }
}
