//! Changing pictures.

use async_trait::async_trait;
use media_domain::{
    Admission, Compatibility, EditCapabilities, EditRequest, GenerationRequest, ImageFormat, ProviderErrorKind,
    SourceImage,
};
use media_http::{MultipartForm, Purpose};
use media_imaging::repaint_mask;
use media_ports::fitting::{refuse_impossible, refuse_unmet};
use media_ports::{CallContext, GenerationAnswer, ImageEditor, ProviderError};

use crate::OpenAiImagesAdapter;
use crate::capability::MAX_MASK_BYTES;
use crate::mapping::quality_word;
use crate::order::Expected;

/// What is done, in words that complete "failed to …".
const EDIT: &str = "order an edit";

/// Most pixels of a mask that is looked into, which holds the thread up: those of the largest picture that the models draw, and
/// as many again. The vendor tells no limit; a larger mask is sent as it is.
const MASK_PIXELS: u64 = 16_588_800;

#[async_trait]
impl ImageEditor for OpenAiImagesAdapter {
    fn edit_capabilities(&self) -> &EditCapabilities {
        &self.editing
    }

    /// Orders an edit. Options that only generation knows by its capabilities – size, quality, background, style – are fitted
    /// here, and what that changes is told in the answer, or refused when the caller wants all or nothing.
    async fn edit_image(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<GenerationAnswer, ProviderError> {
        let fitted = self.fit_edit(context, request)?;
        let partial_images = self.partial_images_for(context, request.count);
        let form = self.edit_form(request, &fitted.request, partial_images);
        let expected = Expected {
            dimensions: fitted.request.dimensions,
            count: request.count,
            format: fitted.request.options.output_format,
            adaptations: fitted.adaptations,
            as_events: partial_images.is_some(),
        };
        let url = self.client.base_url().at("images/edits");
        let call = self.client.post(url, context, Purpose::Order, EDIT).multipart(form);
        self.place(call, context, expected).await
    }
}

impl OpenAiImagesAdapter {
    /// Checks an edit, and fits what it has in common with a generation.
    fn fit_edit(
        &self,
        context: &CallContext,
        request: &EditRequest,
    ) -> Result<Admission<GenerationRequest>, ProviderError> {
        refuse_impossible(request, EDIT)?;
        refuse_unmet(self.editing.admit(request).check(Compatibility::Strict), EDIT, &self.named_model())?;
        request.mask.as_ref().map_or(Ok(()), check_mask)?;
        let prompt = request.prompt.clone().ok_or_else(no_prompt)?;
        let generation = GenerationRequest {
            dimensions: request.target_dimensions(),
            options: request.options.clone(),
            ..GenerationRequest::new(prompt)
        };
        self.fit(context, &generation, EDIT)
    }

    fn edit_form(
        &self,
        request: &EditRequest,
        fitted: &GenerationRequest,
        partial_images: Option<u32>,
    ) -> MultipartForm {
        let options = &fitted.options;
        let form = MultipartForm::new()
            .text("model", self.settings.model.as_str())
            .text("prompt", fitted.prompt.as_str())
            .text("n", request.count.to_string())
            .text("size", fitted.dimensions.to_string())
            .optional_text("quality", quality_word(options.quality, &self.capabilities, &self.settings))
            .optional_text("background", options.background)
            .optional_text("output_format", options.output_format)
            .optional_text("input_fidelity", self.settings.input_fidelity.map(|fidelity| fidelity.as_str()))
            .optional_text("stream", partial_images.map(|_| true))
            .optional_text("partial_images", partial_images);
        // The mask is for the first picture.
        let pictures = std::iter::once(&request.source).chain(&request.references).enumerate();
        let form = pictures.fold(form, |form, (index, picture)| {
            let name = format!("picture-{index}.{}", picture.format.extension());
            form.file("image[]", &name, picture.format.mime_type(), picture.bytes.clone())
        });
        match &request.mask {
            Some(mask) => form.file("mask", "mask.png", ImageFormat::Png.mime_type(), mask.bytes.clone()),
            None => form,
        }
    }
}

fn no_prompt() -> ProviderError {
    let message = format!("{EDIT}: a prompt must say what to draw");
    ProviderError::new(ProviderErrorKind::InvalidRequest, message).never().here()
}

/// The vendor's mask is transparent where the picture may change, as ours is, and goes through as it is. One that marks nothing
/// would be paid for in vain.
fn check_mask(mask: &SourceImage) -> Result<(), ProviderError> {
    let unfit = |reason: String| Err(ProviderError::unsupported(format!("{EDIT}: mask: {reason}")));
    if mask.format != ImageFormat::Png {
        return unfit(format!("the model reads png, not {}; a mask needs transparency", mask.format));
    }
    if mask.bytes.len() as u64 > MAX_MASK_BYTES {
        return unfit(format!("{} bytes are more than the {MAX_MASK_BYTES} the model reads", mask.bytes.len()));
    }
    if mask.dimensions.pixels() > MASK_PIXELS {
        return Ok(());
    }
    repaint_mask(mask, MASK_PIXELS).map(drop).map_err(|error| error.refusal(EDIT))
}
