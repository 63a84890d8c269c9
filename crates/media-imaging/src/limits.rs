//! How large a file may be before it is looked into.

use media_domain::{GenerationRequest, MediaDimensions};
use media_ports::ImageError;

/// How large a file may be before it is looked into; checked before anything is decoded.
///
/// ```
/// # use media_imaging::ImageLimits;
/// let limits = ImageLimits { max_file_bytes: 1_000_000, ..ImageLimits::default() };
/// assert_eq!(limits.max_side, 16_384);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageLimits {
    /// Largest file, in bytes; 100 MiB by default.
    pub max_file_bytes: u64,
    /// Longest side, in pixels; 16,384 by default.
    pub max_side: u32,
    /// Most pixels of one frame; 100 million by default.
    pub max_pixels: u64,
    /// Largest SVG file, in bytes; 10 MiB by default. Markup costs many times its length once it is understood.
    pub max_svg_bytes: u64,
}

impl Default for ImageLimits {
    fn default() -> Self {
        Self {
            max_file_bytes: 100 * 1_048_576,
            max_side: GenerationRequest::MAX_SIDE,
            max_pixels: 100_000_000,
            max_svg_bytes: 10 * 1_048_576,
        }
    }
}

impl ImageLimits {
    /// Checks the length of a file.
    ///
    /// # Errors
    /// [`ImageError::Empty`] and [`ImageError::TooLarge`].
    pub fn check_file(&self, bytes: &[u8]) -> Result<(), ImageError> {
        if bytes.is_empty() {
            return Err(ImageError::Empty);
        }
        check_length(bytes.len(), self.max_file_bytes)
    }

    /// Checks the length of an SVG file.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`].
    pub fn check_svg(&self, bytes: &[u8]) -> Result<(), ImageError> {
        check_length(bytes.len(), self.max_svg_bytes)
    }

    /// Checks the size that a header tells, or that is about to be drawn.
    ///
    /// # Errors
    /// [`ImageError::TooLarge`].
    pub fn check_dimensions(&self, dimensions: MediaDimensions) -> Result<(), ImageError> {
        if dimensions.width.max(dimensions.height) > self.max_side {
            return Err(ImageError::TooLarge(format!(
                "{dimensions}, where no side may exceed {} pixels",
                self.max_side
            )));
        }
        if dimensions.pixels() > self.max_pixels {
            return Err(ImageError::TooLarge(format!(
                "{dimensions} is {} pixels, more than the {} allowed",
                dimensions.pixels(),
                self.max_pixels
            )));
        }
        Ok(())
    }

    /// Bytes that decoding one frame may take: eight for each pixel allowed, and room for the codec's tables.
    pub(crate) const fn max_decoded_bytes(&self) -> u64 {
        self.max_pixels.saturating_mul(8).saturating_add(64 * 1_048_576)
    }
}

fn check_length(length: usize, limit: u64) -> Result<(), ImageError> {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    if length > limit {
        return Err(ImageError::TooLarge(format!("{length} bytes, more than the {limit} allowed")));
    }
    Ok(())
}
