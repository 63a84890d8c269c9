//! Changing pictures.

use async_trait::async_trait;
use media_domain::{EditCapabilities, EditRequest};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};

use crate::{FluxAdapter, edit_order};

#[async_trait]
impl ImageEditor for FluxAdapter {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.edit_capabilities
    }

    /// Orders an edit. What the kind of edit has no place for is left out, a number beyond what it takes becomes the nearest
    /// that it does; both are told in the answer, or refused when the caller wants all or nothing.
    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        self.place(context, edit_order::plan(request, self)?).await
    }
}
