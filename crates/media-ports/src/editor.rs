//! Changing pictures.

use std::fmt::Debug;

use async_trait::async_trait;
use media_domain::{EditCapabilities, EditRequest};

use crate::{CallContext, GenerationAnswer, ProviderError};

/// Changes a picture that is there already.
///
/// What holds for [`ImageGenerator`](crate::ImageGenerator) holds here: no retry, no fallback, deadline and
/// cancellation obeyed, the vendor's job handle reported to the journal before the first poll. A handle is asked after
/// through the same provider's generator.
///
/// ```
/// use media_domain::{EditKind, EditRequest, SourceImage};
/// use media_ports::{CallContext, ImageEditor, ProviderError};
///
/// async fn cut_out(editor: &dyn ImageEditor, context: &CallContext, photo: SourceImage) -> Result<usize, ProviderError> {
///     let request = EditRequest::new(EditKind::RemoveBackground, photo);
///     Ok(editor.edit_image(context, &request).await?.images.len())
/// }
/// ```
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageEditor: Debug + Send + Sync + 'static {
    /// What the editor can do; constant for its life, cheap to ask.
    fn edit_capabilities(&self) -> &EditCapabilities;

    /// Changes a picture. The request has been checked ([`EditRequest::check`]) and fitted ([`EditCapabilities::admit`]) by
    /// the chain; an editor refuses all the same, before it sends anything, what it cannot do.
    ///
    /// # Errors
    /// [`ProviderError`]: `unsupported` for a kind of edit, mask or file that it does not take. An answer without any image is one (`malformed_response`), never an empty success.
    async fn edit_image(&self, context: &CallContext, request: &EditRequest)
    -> Result<GenerationAnswer, ProviderError>;
}
