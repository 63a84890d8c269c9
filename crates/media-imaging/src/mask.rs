//! Masks as most models want them.

use bytes::Bytes;
use image::DynamicImage;
use media_domain::{ImageFormat, MediaDimensions, ProviderErrorKind, SourceImage};
use media_ports::{ImageError, ProviderError};
use thiserror::Error;

use crate::decode::decode;
use crate::encode::{self, Pixels};
use crate::inspect::look_into;
use crate::{ImageLimits, sniff};

/// Quality that encoding wants to be told; PNG loses nothing.
const LOSSLESS: u8 = 100;

/// Why a mask cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The file cannot be read, or is too large.
    #[error("{0}")]
    Unreadable(#[from] ImageError),
    /// It is SVG, which has no pixels to go by.
    #[error("it is svg; send one of pixels, with transparency")]
    Drawing,
    /// The file is of another size than the request says.
    #[error("its file is of {found}, where the request says {told}")]
    AnotherSize {
        /// The size by the request.
        told: MediaDimensions,
        /// The size by the file.
        found: MediaDimensions,
    },
    /// It is nowhere transparent.
    #[error("it has no transparency; make it transparent where the picture may be changed")]
    Opaque,
}

impl MaskError {
    /// Makes the refusal of an edit: `invalid_request` of class `never`, raised here. `doing` completes "failed to …".
    pub fn refusal(&self, doing: &str) -> ProviderError {
        let message = format!("{doing}: the mask cannot be used: {self}");
        ProviderError::new(ProviderErrorKind::InvalidRequest, message).never().here()
    }
}

/// Draws a mask anew, as a grey PNG of eight bits without transparency: white where it was transparent, that is, where the
/// picture may be changed, black where it was opaque, grey between. Masks are transparent there by our convention; models
/// that repaint what is white do not all look at transparency.
///
/// The format is told by the bytes, and limits are checked on what the header says, before anything is decoded. The work
/// is done at once, on the thread that calls, which 16 million pixels hold up for 40 to 160 ms (release build, two cores).
///
/// # Errors
/// [`MaskError`]: a file that cannot be read, that has more than `max_pixels` pixels or another size than it was told to
/// have, SVG, and a mask that is nowhere transparent.
pub fn repaint_mask(mask: &SourceImage, max_pixels: u64) -> Result<Bytes, MaskError> {
    if sniff(&mask.bytes) == Some(ImageFormat::Svg) {
        return Err(MaskError::Drawing);
    }
    let limits = ImageLimits { max_pixels, ..ImageLimits::default() };
    let (format, facts) = look_into(&mask.bytes, &limits)?;
    if facts.dimensions != mask.dimensions {
        return Err(MaskError::AnotherSize { told: mask.dimensions, found: facts.dimensions });
    }
    let decoded = decode(&mask.bytes, format, &limits)?.image;
    if !decoded.color().has_alpha() {
        return Err(MaskError::Opaque);
    }
    let levels = transparency(decoded);
    if levels.iter().all(|level| *level == 0) {
        return Err(MaskError::Opaque);
    }
    Ok(encode::encode(&Pixels::Grey(levels), facts.dimensions, ImageFormat::Png, LOSSLESS, None)?.bytes)
}

fn transparency(image: DynamicImage) -> Vec<u8> {
    match image {
        // To widen it first would take longer than all the rest.
        DynamicImage::ImageLumaA8(grey) => grey.pixels().map(|pixel| u8::MAX - pixel.0[1]).collect(),
        other => other.into_rgba8().pixels().map(|pixel| u8::MAX - pixel.0[3]).collect(),
    }
}
