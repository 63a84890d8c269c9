//! Pictures inside JSON, as Base64.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

/// Decodes a Base64 text in one pass into one buffer; padding may be missing, a `data:` prefix may stand before it.
///
/// ```
/// assert_eq!(media_http::decode_base64("data:image/png;base64,aGVsbG8")?.as_ref(), b"hello");
/// assert!(media_http::decode_base64("no base64!").is_err());
/// # Ok::<(), media_http::base64_field::Base64Error>(())
/// ```
///
/// # Errors
/// [`Base64Error`] for any other text.
pub fn decode_base64(text: &str) -> Result<Bytes, Base64Error> {
    let encoded = match text.strip_prefix("data:") {
        Some(rest) => rest.split_once(";base64,").map(|(_, encoded)| encoded).ok_or(Base64Error::NotBase64)?,
        None => text,
    };
    let mut decoded = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    ENGINE.decode_vec(encoded, &mut decoded).map_err(|_| Base64Error::NotBase64)?;
    if decoded.is_empty() { Err(Base64Error::Empty) } else { Ok(decoded.into()) }
}

/// A text that holds no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// It is not Base64.
    #[error("the text is not Base64")]
    NotBase64,
    /// There is nothing in it.
    #[error("the text is empty")]
    Empty,
}

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_file_comes_back_with_and_without_padding(file in prop::collection::vec(any::<u8>(), 1..400)) {
            let text = ENGINE.encode(&file);
            prop_assert_eq!(decode_base64(&text).unwrap(), file.clone());
            prop_assert_eq!(decode_base64(text.trim_end_matches('=')).unwrap(), file);
        }
    }

    #[test]
    fn nothing_is_no_file() {
        assert_eq!(decode_base64(""), Err(Base64Error::Empty));
        assert_eq!(decode_base64("data:image/png,abc"), Err(Base64Error::NotBase64));
    }
}
