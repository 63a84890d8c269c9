//! Reading the pixels of raster files, under limits.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader};
use media_domain::ImageFormat;
use media_ports::ImageError;

use crate::{ImageLimits, encode};

/// The pixels of a file (of what moves, the first frame), with what a viewer must know to show them.
pub(crate) struct Decoded {
    pub(crate) image: DynamicImage,
    pub(crate) orientation: Orientation,
    pub(crate) color_profile: Option<Vec<u8>>,
}

/// Decodes a raster file that has been looked into.
pub(crate) fn decode(bytes: &[u8], format: ImageFormat, limits: &ImageLimits) -> Result<Decoded, ImageError> {
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(limit) => ImageError::TooLarge(limit.to_string()),
        other => ImageError::Broken { format, reason: other.to_string() },
    };
    let codec = encode::codec(format).ok_or(ImageError::Unwritable(format))?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), codec);
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(limits.max_side);
    bounds.max_image_height = Some(limits.max_side);
    bounds.max_alloc = Some(limits.max_decoded_bytes());
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let color_profile = decoder.icc_profile().ok().flatten().filter(|profile| is_usable_profile(profile));
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Decoded { image, orientation, color_profile })
}

/// A profile is handed on when it describes RGB and does not outweigh the picture.
fn is_usable_profile(profile: &[u8]) -> bool {
    profile.len() <= 65_536 && profile.get(16..20) == Some(b"RGB ")
}
