//! Changing pictures.

use std::sync::Arc;

use async_trait::async_trait;
use media_domain::{Compatibility, EditCapabilities, EditRequest};
use media_ports::fitting::{refuse_impossible, refuse_unmet};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};

use crate::SdxlAdapter;
use crate::generate::DOING;

/// The adapter where the service takes pictures.
#[derive(Debug)]
pub struct SdxlEditor {
    pub(crate) adapter: Arc<SdxlAdapter>,
    pub(crate) capabilities: EditCapabilities,
}

#[async_trait]
impl ImageEditor for SdxlEditor {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.capabilities
    }

    /// Orders an edit. What the kind of edit has no place for is left out, what it does not take is brought to the nearest,
    /// and both are told in the answer, or refused when the caller wants all or nothing.
    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        refuse_impossible(request, DOING)?;
        refuse_unmet(self.capabilities.admit(request).check(Compatibility::Strict), DOING, "the model")?;
        let (fitted, adaptations) = self.adapter.takes(Some(request.kind)).fit_edit(request);
        let mut order = self.adapter.form.edit(&fitted)?;
        order.expected.adaptations = adaptations;
        self.adapter.place(context, order).await
    }
}
