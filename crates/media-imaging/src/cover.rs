//! Making a picture of exactly a given size out of one of another size.

use fast_image_resize::ResizeOptions;
use image::DynamicImage;
use image::metadata::Orientation;
use media_domain::{ImageFormat, MediaDimensions};
use media_ports::{EncodedImage, ImageError};

use crate::decode::decode;
use crate::encode::{self, Pixels};
use crate::inspect::look_into;
use crate::resize::resize;
use crate::{ImageLimits, svg};

/// The middle of both sides.
const CENTRE: (f64, f64) = (0.5, 0.5);
/// Quality of JPEG files, of 100: these are pictures to be used, not previews.
const JPEG_QUALITY: u8 = 90;

/// Decodes a file completely and makes a picture of exactly the size given: scaled, keeping its shape, until it covers
/// the size, and cut evenly at both ends of the side that is left over. Nothing is distorted and no bar is added; what
/// is smaller is enlarged.
///
/// The picture is turned upright as its EXIF part tells; of what moves, the first frame is taken; channels have eight bits.
/// JPEG (quality 90), PNG and WebP (lossless) stay what they are, GIF and SVG become PNG.
///
/// # Errors
/// [`ImageError`]: as [`inspect`](crate::inspect()), `too_large` for a size beyond the limits or without pixels, and
/// `broken` for damage within the pixels.
pub fn cover(bytes: &[u8], dimensions: MediaDimensions, limits: &ImageLimits) -> Result<EncodedImage, ImageError> {
    limits.check_dimensions(dimensions)?;
    if dimensions.is_empty() {
        return Err(ImageError::TooLarge(format!("{dimensions} has no pixels")));
    }
    let (format, facts) = look_into(bytes, limits)?;
    let (image, color_profile) = if format == ImageFormat::Svg {
        (svg::picture(bytes, covering_side(facts.dimensions, dimensions), limits)?, None)
    } else {
        let mut decoded = decode(bytes, format, limits)?;
        // Before the cut, which must know which side is which.
        if decoded.orientation != Orientation::NoTransforms {
            decoded.image.apply_orientation(decoded.orientation);
        }
        (decoded.image, decoded.color_profile)
    };
    let cut = ResizeOptions::new().fit_into_destination(Some(CENTRE));
    let target = if encode::can_write(format) { format } else { ImageFormat::Png };
    write(resize(image, dimensions, &cut)?, target, color_profile)
}

/// The longer side at which a drawing covers a size, as near as whole pixels come.
fn covering_side(drawing: MediaDimensions, target: MediaDimensions) -> u32 {
    let scale = |from: u32, to: u32| f64::from(to) / f64::from(from.max(1));
    let factor = scale(drawing.width, target.width).max(scale(drawing.height, target.height));
    (f64::from(drawing.width.max(drawing.height)) * factor).ceil() as u32
}

fn write(image: DynamicImage, format: ImageFormat, color_profile: Option<Vec<u8>>) -> Result<EncodedImage, ImageError> {
    let dimensions = MediaDimensions::new(image.width(), image.height());
    // JPEG has no transparency, and a JPEG file brings none.
    let pixels = if image.color().has_alpha() && format != ImageFormat::Jpeg {
        Pixels::Rgba(image.into_rgba8().into_raw())
    } else {
        Pixels::Rgb(image.into_rgb8().into_raw())
    };
    encode::encode(&pixels, dimensions, format, JPEG_QUALITY, color_profile)
}
