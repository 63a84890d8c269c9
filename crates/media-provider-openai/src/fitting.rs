//! Fitting to the model what generations and edits have in common, beyond what capabilities can say.

use media_domain::{
    Adaptation, Admission, Background, Compatibility, GenerationOptions, GenerationRequest, ImageFormat,
};
use media_ports::fitting::refuse_unmet;
use media_ports::{CallContext, ProviderError};

use crate::OpenAiImagesAdapter;

/// Formats that a transparent background is drawn in: "must be set to either png (default value) or webp". OpenAI OpenAPI
/// document 2.3.0, read 2026-11-20. It knows neither svg nor gif, which came later, so that of these it is assumed.
const TRANSPARENT: &[ImageFormat] = &[ImageFormat::Png, ImageFormat::Webp];

impl OpenAiImagesAdapter {
    /// Fits a request to the model as the caller prefers: what is changed is told, or refused where all or nothing is wanted.
    ///
    /// # Errors
    /// `unsupported`, with every reason; nothing has been sent.
    pub(crate) fn fit(
        &self,
        context: &CallContext,
        request: &GenerationRequest,
        doing: &str,
    ) -> Result<Admission, ProviderError> {
        let mut admission = self.capabilities.admit(request);
        let format = transparent_format(&mut admission.request.options, &self.capabilities.formats);
        admission.adaptations.extend(format);
        let policy = context.preferences.compatibility.unwrap_or(Compatibility::Adapt);
        refuse_unmet(admission.check(policy), doing, &self.named_model())?;
        Ok(admission)
    }

    /// The model as errors name it.
    pub(crate) fn named_model(&self) -> String {
        format!("`{}`", self.settings.model)
    }
}

/// Takes another format for a transparent background that the one asked for is not drawn with.
fn transparent_format(options: &mut GenerationOptions, formats: &[ImageFormat]) -> Option<Adaptation> {
    let asked = options.output_format.filter(|asked| !TRANSPARENT.contains(asked))?;
    options.background.filter(|background| *background == Background::Transparent)?;
    let used = formats.iter().copied().find(|format| TRANSPARENT.contains(format)).unwrap_or(ImageFormat::Png);
    options.output_format = Some(used);
    Some(Adaptation {
        field: "output_format".to_owned(),
        requested: asked.to_string(),
        used: Some(used.to_string()),
        reason: "a transparent background is drawn as png or webp only".to_owned(),
    })
}
