//! What the layers must know of a request for pictures, whether they are drawn anew or changed.

use std::fmt::Debug;
use std::sync::Arc;

use media_domain::capabilities::Unmet;
use media_domain::price::PricedWork;
use media_domain::{
    Admission, Capabilities, Compatibility, ContentHash, EditCapabilities, EditRequest, GenerationOptions,
    GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind,
};
use media_ports::{Descriptor, GenerationAnswer, MediaGeneratorProvider, Operation, PlaceholderRequest, ProviderError};

use crate::models::Models;
use crate::service::{Service, ServiceRequest};

/// A request whose answer is pictures.
pub trait ImageRequest: ServiceRequest<Answer = GenerationAnswer> + media_domain::ImageRequest {
    /// What a model can do for such a request.
    type Capabilities: Debug + Clone + Send + Sync + 'static;

    /// The operation that a provider must have.
    const OPERATION: Operation;

    /// What was done, in the log.
    const DONE: &'static str;

    /// What was not done, in the log.
    const NOT_DONE: &'static str;

    /// A provider's operation with what it can do, if it has it.
    fn operation_of(provider: &MediaGeneratorProvider) -> Option<(Arc<dyn Service<Self>>, Self::Capabilities)>;

    /// What a provider's description says that it can do.
    fn described_in(descriptor: &Descriptor) -> Option<&Self::Capabilities>;

    /// File formats that a model writes.
    fn formats_of(capabilities: &Self::Capabilities) -> &[ImageFormat];

    /// The model that serves it and whose price counts; empty when there is none.
    fn model_of<'a>(&self, models: &'a Models) -> &'a str;

    /// Why nobody could serve it, if nobody could.
    fn flaw(&self) -> Option<String>;

    /// Fits it to what a model can do.
    fn fit_to(&self, capabilities: &Self::Capabilities) -> Admission<Self>;

    /// What its price depends on.
    fn work(&self) -> PricedWork;

    /// Width and height asked for.
    fn size(&self) -> MediaDimensions;

    /// Everything else that was asked for.
    fn options(&self) -> &GenerationOptions;

    /// The picture that stands in for one of its results.
    fn placeholder(&self, index: u32, caption: String, format: ImageFormat) -> PlaceholderRequest;

    /// The request as it can be sent, with every difference from what was asked for.
    ///
    /// # Errors
    /// `invalid_request` of retry class `never` for what nobody could serve, `unsupported` for what this model cannot.
    fn admit(
        &self,
        capabilities: &Self::Capabilities,
        compatibility: Compatibility,
    ) -> Result<Admission<Self>, ProviderError> {
        if let Some(flaw) = self.flaw() {
            return Err(ProviderError::new(ProviderErrorKind::InvalidRequest, flaw).never().here());
        }
        let admission = self.fit_to(capabilities);
        let refused = |unmet: Vec<Unmet>| {
            let reasons: Vec<_> = unmet.iter().map(ToString::to_string).collect();
            ProviderError::unsupported(format!("it cannot serve the request ({})", reasons.join("; ")))
        };
        admission.check(compatibility).map_err(refused)?;
        Ok(admission)
    }
}

impl ImageRequest for GenerationRequest {
    type Capabilities = Capabilities;

    const OPERATION: Operation = Operation::GenerateImage;
    const DONE: &'static str = "generated";
    const NOT_DONE: &'static str = "not generated";

    fn operation_of(provider: &MediaGeneratorProvider) -> Option<(Arc<dyn Service<Self>>, Capabilities)> {
        let generator = provider.generator.clone()?;
        let capabilities = generator.capabilities().clone();
        Some((Arc::new(generator), capabilities))
    }

    fn described_in(descriptor: &Descriptor) -> Option<&Capabilities> {
        Some(&descriptor.capabilities)
    }

    fn formats_of(capabilities: &Capabilities) -> &[ImageFormat] {
        &capabilities.formats
    }

    fn model_of<'a>(&self, models: &'a Models) -> &'a str {
        &models.own
    }

    fn flaw(&self) -> Option<String> {
        self.check().err().map(|error| error.to_string())
    }

    fn fit_to(&self, capabilities: &Capabilities) -> Admission {
        capabilities.admit(self)
    }

    fn work(&self) -> PricedWork {
        self.into()
    }

    fn size(&self) -> MediaDimensions {
        self.dimensions
    }

    fn options(&self) -> &GenerationOptions {
        &self.options
    }

    fn placeholder(&self, index: u32, caption: String, format: ImageFormat) -> PlaceholderRequest {
        PlaceholderRequest {
            prompt: self.prompt.to_string(),
            caption,
            dimensions: self.dimensions,
            seed: self.options.seed.unwrap_or_default(),
            image_index: self.image_index.saturating_add(index),
            format,
        }
    }
}

impl ImageRequest for EditRequest {
    type Capabilities = EditCapabilities;

    const OPERATION: Operation = Operation::EditImage;
    const DONE: &'static str = "edited";
    const NOT_DONE: &'static str = "not edited";

    fn operation_of(provider: &MediaGeneratorProvider) -> Option<(Arc<dyn Service<Self>>, EditCapabilities)> {
        let editor = provider.editor.clone()?;
        let capabilities = editor.edit_capabilities().clone();
        Some((Arc::new(editor), capabilities))
    }

    fn described_in(descriptor: &Descriptor) -> Option<&EditCapabilities> {
        descriptor.editing.as_ref()
    }

    fn formats_of(capabilities: &EditCapabilities) -> &[ImageFormat] {
        &capabilities.formats
    }

    fn model_of<'a>(&self, models: &'a Models) -> &'a str {
        models.of_edit(self.kind)
    }

    fn flaw(&self) -> Option<String> {
        self.check().err().map(|error| error.to_string())
    }

    fn fit_to(&self, capabilities: &EditCapabilities) -> Admission<Self> {
        capabilities.admit(self)
    }

    fn work(&self) -> PricedWork {
        self.into()
    }

    fn size(&self) -> MediaDimensions {
        self.target_dimensions()
    }

    fn options(&self) -> &GenerationOptions {
        &self.options
    }

    fn placeholder(&self, index: u32, caption: String, format: ImageFormat) -> PlaceholderRequest {
        let kind = self.kind.to_string().replace('_', " ");
        let prompt = self.prompt.as_ref().map(|prompt| format!("{kind}: {prompt}")).unwrap_or(kind);
        // Another picture to start from is another result.
        let source = ContentHash::of(&self.source.bytes);
        let source = source.as_bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        PlaceholderRequest {
            prompt,
            caption,
            dimensions: self.target_dimensions(),
            seed: source ^ self.options.seed.unwrap_or_default(),
            image_index: index,
            format,
        }
    }
}
