//! Changing pictures.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use media_domain::{Compatibility, EditCapabilities, EditRequest, ImageFormat, SourceImage};
use media_imaging::repaint_mask;
use media_ports::fitting::{refuse_if_strict, refuse_impossible, refuse_unmet};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};
use serde_json::Value;

use crate::ReplicateSdxlAdapter;
use crate::mapping::{Input, edit};
use crate::prediction::DOING;

/// Most pixels of a mask: more than the models draw.
const MASK_PIXELS: u64 = 9_437_184;

/// The adapter where the model takes pictures.
#[derive(Debug)]
pub struct ReplicateSdxlEditor {
    pub(crate) adapter: Arc<ReplicateSdxlAdapter>,
    pub(crate) capabilities: EditCapabilities,
}

#[async_trait]
impl ImageEditor for ReplicateSdxlEditor {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.capabilities
    }

    /// Orders an edit; large pictures are uploaded before. What the model has no input for is left out, a number
    /// beyond what it takes becomes the nearest that it does; both are told in the answer, or refused when the caller wants all
    /// or nothing.
    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        refuse_impossible(request, DOING)?;
        refuse_unmet(self.capabilities.admit(request).check(Compatibility::Strict), DOING, "the model")?;
        let mut input = edit(request, &self.adapter);
        refuse_if_strict(context, &input.adaptations, DOING)?;
        let context = self.adapter.bounded(context);
        self.put_pictures(&context, request, &mut input).await?;
        self.adapter.place(&context, input, request.source.dimensions).await
    }
}

impl ReplicateSdxlEditor {
    async fn put_pictures(
        &self,
        context: &CallContext,
        request: &EditRequest,
        input: &mut Input,
    ) -> Result<(), ProviderError> {
        let names = &self.adapter.inputs.edit;
        // A mask that cannot be used is told before anything is uploaded.
        let mask = request.mask.as_ref().map(white_mask).transpose()?;
        let source = Value::String(self.picture(context, &request.source).await?);
        let mut listed = Vec::new();
        match &names.image {
            Some(name) => {
                input.fields.insert(name.clone(), source);
            }
            None => listed.push(source),
        }
        for reference in &request.references {
            listed.push(Value::String(self.picture(context, reference).await?));
        }
        if let Some(name) = names.images.as_ref().filter(|_| !listed.is_empty()) {
            input.fields.insert(name.clone(), Value::Array(listed));
        }
        if let (Some(name), Some(mask)) = (&names.mask, mask) {
            let mask = self.adapter.picture_input(context, &mask, ImageFormat::Png).await?;
            input.fields.insert(name.clone(), Value::String(mask));
        }
        Ok(())
    }

    async fn picture(&self, context: &CallContext, image: &SourceImage) -> Result<String, ProviderError> {
        self.adapter.picture_input(context, &image.bytes, image.format).await
    }
}

/// The models repaint what is white, and SDXL drops transparency (replicate/cog-sdxl, predict.py, read 2026-11-21).
fn white_mask(mask: &SourceImage) -> Result<Bytes, ProviderError> {
    repaint_mask(mask, MASK_PIXELS).map_err(|error| error.refusal("order an edit"))
}
