//! What all forms have in common in fitting requests.

use bytes::Bytes;
use media_domain::{
    Capabilities, Compatibility, EditCapabilities, EditRequest, GenerationRequest, ProviderErrorKind, SourceImage,
};
use media_imaging::repaint_mask;
use media_ports::ProviderError;
use serde_json::{Map, Value};

/// Largest text that is kept with a picture, in bytes.
const METADATA_LIMIT: usize = 64_000;

/// Most pixels of a mask: the most that any of the APIs reads.
const MASK_PIXELS: u64 = 9_437_184;

/// Checks that a request has been fitted to the model.
///
/// # Errors
/// `unsupported` when it has not: nothing is dropped in silence.
pub(crate) fn check_fit(capabilities: &Capabilities, request: &GenerationRequest) -> Result<(), ProviderError> {
    let unmet = capabilities.admit(request).check(Compatibility::Strict).err().unwrap_or_default();
    refuse_unless_empty(&unmet, "the model does not take the request")
}

/// Checks that an edit has been fitted to the model.
///
/// # Errors
/// `unsupported` when it has not, `invalid_request` for an edit that nobody could make.
pub(crate) fn check_edit_fit(capabilities: &EditCapabilities, request: &EditRequest) -> Result<(), ProviderError> {
    request.check().map_err(|error| {
        ProviderError::new(ProviderErrorKind::InvalidRequest, format!("order images: {error}")).never().here()
    })?;
    let unmet = capabilities.admit(request).check(Compatibility::Strict).err().unwrap_or_default();
    refuse_unless_empty(&unmet, "the model does not take the edit")
}

fn refuse_unless_empty(reasons: &[impl ToString], what: &str) -> Result<(), ProviderError> {
    if reasons.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    Err(unfit(&format!("{what}: {}", reasons.join("; "))))
}

/// The error for what would have to be left out or bent; nothing has been sent.
pub(crate) fn unfit(reason: &str) -> ProviderError {
    ProviderError::unsupported(format!("order images: {reason}"))
}

/// The mask as the models want it: white where the picture may be changed.
///
/// # Errors
/// `invalid_request` for a file that cannot be read, or that is nowhere transparent.
pub(crate) fn white_mask(mask: &SourceImage) -> Result<Bytes, ProviderError> {
    repaint_mask(mask, MASK_PIXELS).map_err(|error| error.refusal("order an edit"))
}

/// The name that a picture has in a form; vendors want one, and it tells them the format.
pub(crate) fn file_name(image: &SourceImage) -> String {
    format!("picture.{}", image.format.extension())
}

/// Puts a text of the vendor's beside a picture, unless it is absent or overlong.
pub(crate) fn keep(metadata: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    let Some(value) = value.map(Into::into) else { return };
    if value.as_str().is_none_or(|text| text.len() <= METADATA_LIMIT) {
        metadata.insert(key.to_owned(), value);
    }
}
