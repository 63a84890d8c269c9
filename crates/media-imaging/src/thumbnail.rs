//! Drawing a small preview of a file.

use fast_image_resize::ResizeOptions;
use image::DynamicImage;
use media_domain::{ImageFormat, MediaDimensions};
use media_ports::{EncodedImage, ImageError};

use crate::decode::decode;
use crate::encode::{self, Pixels};
use crate::inspect::look_into;
use crate::resize::resize;
use crate::{ImageLimits, svg};

/// Quality of JPEG previews, of 100.
const JPEG_QUALITY: u8 = 80;

/// Decodes a file completely and draws a preview whose longer side is at most `max_side` pixels (at least one).
///
/// The picture is turned upright as its EXIF part tells; of what moves, the first frame is taken; raster pictures are
/// never enlarged, SVG is drawn at `max_side`. Opaque pictures become JPEG of quality 80, others PNG.
///
/// # Errors
/// [`ImageError`]: as [`inspect`](crate::inspect()), and `broken` for damage within the pixels.
pub fn thumbnail(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<EncodedImage, ImageError> {
    let max_side = max_side.clamp(1, limits.max_side);
    let (format, _) = look_into(bytes, limits)?;
    if format == ImageFormat::Svg {
        return finish(svg::picture(bytes, max_side, limits)?, None);
    }
    let decoded = decode(bytes, format, limits)?;
    // Turned after it has become small: a turn swaps the sides, which leaves the longer one the longer one.
    let mut small = shrink(decoded.image, max_side)?;
    small.apply_orientation(decoded.orientation);
    finish(small, decoded.color_profile)
}

/// Makes a picture smaller, never larger; eight bits for each channel come out.
fn shrink(image: DynamicImage, max_side: u32) -> Result<DynamicImage, ImageError> {
    let to = fit(MediaDimensions::new(image.width(), image.height()), max_side);
    resize(image, to, &ResizeOptions::new())
}

/// The size within a square of `max_side` that keeps the shape; neither side falls below one.
fn fit(size: MediaDimensions, max_side: u32) -> MediaDimensions {
    let longest = size.width.max(size.height);
    if longest <= max_side {
        return size;
    }
    let scaled = |side: u32| {
        let rounded = (u64::from(side) * u64::from(max_side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(rounded).unwrap_or(max_side).max(1)
    };
    MediaDimensions::new(scaled(size.width), scaled(size.height))
}

fn finish(image: DynamicImage, color_profile: Option<Vec<u8>>) -> Result<EncodedImage, ImageError> {
    let dimensions = MediaDimensions::new(image.width(), image.height());
    let see_through = image.as_rgba8().is_some_and(|rgba| rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX));
    let (pixels, format) = if see_through {
        (Pixels::Rgba(image.into_rgba8().into_raw()), ImageFormat::Png)
    } else {
        (Pixels::Rgb(image.into_rgb8().into_raw()), ImageFormat::Jpeg)
    };
    encode::encode(&pixels, dimensions, format, JPEG_QUALITY, color_profile)
}
