//! What all forms have in common in fitting requests.

use bytes::Bytes;
use media_domain::SourceImage;
use media_imaging::repaint_mask;
use media_ports::ProviderError;
use serde_json::{Map, Value};

/// Largest text that is kept with a picture, in bytes.
const METADATA_LIMIT: usize = 64_000;

/// Most pixels of a mask: the most that any of the APIs reads.
const MASK_PIXELS: u64 = 9_437_184;

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
