//! Looking into a file without decoding its pixels.

use media_domain::{ContentHash, FileBytes, FileSize, ImageFormat, MediaDimensions, MediaMetadata};
use media_ports::{ImageError, InspectedImage};

use crate::{ImageLimits, gif, jpeg, png, sniff, svg, webp};

/// Tells what a file is: format, size, technical facts and hash.
///
/// The format is told by the bytes. Limits are checked on what the header says, before anything is decoded. The file is
/// walked to its end, so that one that is cut off is found out, but no pixel is decoded; damage within the pixels shows
/// when a [`thumbnail`](crate::thumbnail()) is drawn. Bytes after a complete image are let be.
///
/// # Errors
/// [`ImageError`]: empty, of no known format, too large, cut off or broken.
///
/// ```
/// # use media_imaging::{ImageLimits, inspect};
/// # use media_ports::ImageError;
/// assert_eq!(inspect(b"", &ImageLimits::default()), Err(ImageError::Empty));
/// ```
pub fn inspect(bytes: &[u8], limits: &ImageLimits) -> Result<InspectedImage, ImageError> {
    inspect_with(bytes, limits, || ContentHash::of(bytes))
}

/// The same for a file whose hash is known already.
pub(crate) fn inspect_file(file: &FileBytes, limits: &ImageLimits) -> Result<InspectedImage, ImageError> {
    inspect_with(file, limits, || file.content_hash())
}

fn inspect_with(
    bytes: &[u8],
    limits: &ImageLimits,
    content_hash: impl FnOnce() -> ContentHash,
) -> Result<InspectedImage, ImageError> {
    let (format, facts) = look_into(bytes, limits)?;
    let mut metadata = MediaMetadata::new(FileSize::from_bytes(u64::try_from(bytes.len()).unwrap_or(u64::MAX)), format);
    metadata.bit_depth = facts.bit_depth;
    metadata.has_alpha = facts.has_alpha;
    metadata.color_count = facts.color_count;
    metadata.has_color_profile = facts.has_color_profile;
    metadata.frame_count = facts.frame_count;
    metadata.duration_seconds = facts.duration_seconds;
    metadata.frame_rate = facts.frame_rate();
    Ok(InspectedImage { format, dimensions: facts.dimensions, metadata, content_hash: content_hash() })
}

/// Sniffs, checks the limits and walks the file.
pub(crate) fn look_into(bytes: &[u8], limits: &ImageLimits) -> Result<(ImageFormat, Facts), ImageError> {
    limits.check_file(bytes)?;
    let format = sniff(bytes).ok_or(ImageError::UnknownFormat)?;
    let facts = match format {
        ImageFormat::Png => png::walk(bytes, limits),
        ImageFormat::Jpeg => jpeg::walk(bytes, limits),
        ImageFormat::Webp => webp::walk(bytes, limits),
        ImageFormat::Gif => gif::walk(bytes, limits),
        ImageFormat::Svg => svg::walk(bytes, limits),
    }?;
    Ok((format, facts))
}

/// What the headers of a file tell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    pub(crate) dimensions: MediaDimensions,
    pub(crate) bit_depth: Option<u8>,
    pub(crate) has_alpha: Option<bool>,
    pub(crate) color_count: Option<u32>,
    pub(crate) has_color_profile: Option<bool>,
    pub(crate) frame_count: Option<u32>,
    pub(crate) duration_seconds: Option<f64>,
}

impl Facts {
    /// Nothing is known but the size.
    pub(crate) const fn new(dimensions: MediaDimensions) -> Self {
        Self {
            dimensions,
            bit_depth: None,
            has_alpha: None,
            color_count: None,
            has_color_profile: None,
            frame_count: None,
            duration_seconds: None,
        }
    }

    /// Frames per second on the average, of what moves.
    fn frame_rate(&self) -> Option<f64> {
        let (frames, duration) = (self.frame_count.filter(|frames| *frames > 1)?, self.duration_seconds?);
        (duration > 0.0).then(|| f64::from(frames) / duration)
    }
}
