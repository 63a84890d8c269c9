//! Drawing a small preview of a file.

use std::io::Cursor;

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage, RgbaImage};
use media_domain::{ImageFormat, MediaDimensions};
use media_ports::{EncodedImage, ImageError};

use crate::encode::{self, Pixels};
use crate::inspect::look_into;
use crate::{ImageLimits, svg};

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
        return finish(svg_pixels(bytes, max_side, limits)?, None);
    }
    let decoded = decode(bytes, format, limits)?;
    // Turned after it has become small: a turn swaps the sides, which leaves the longer one the longer one.
    let mut small = shrink(decoded.image, max_side)?;
    small.apply_orientation(decoded.orientation);
    finish(small, decoded.color_profile)
}

struct Decoded {
    image: DynamicImage,
    orientation: Orientation,
    color_profile: Option<Vec<u8>>,
}

fn decode(bytes: &[u8], format: ImageFormat, limits: &ImageLimits) -> Result<Decoded, ImageError> {
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

/// A profile is handed on when it describes RGB and does not outweigh the preview.
fn is_usable_profile(profile: &[u8]) -> bool {
    profile.len() <= 65_536 && profile.get(16..20) == Some(b"RGB ")
}

/// Makes a picture smaller, never larger; eight bits for each channel come out.
fn shrink(image: DynamicImage, max_side: u32) -> Result<DynamicImage, ImageError> {
    let has_alpha = image.color().has_alpha();
    let from = MediaDimensions::new(image.width(), image.height());
    let to = fit(from, max_side);
    let kind = if has_alpha { PixelType::U8x4 } else { PixelType::U8x3 };
    let pixels = if has_alpha { image.into_rgba8().into_raw() } else { image.into_rgb8().into_raw() };
    let pixels = if to == from { pixels } else { resize(pixels, from, to, kind)? };
    let shrunk = if has_alpha {
        RgbaImage::from_raw(to.width, to.height, pixels).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(to.width, to.height, pixels).map(DynamicImage::from)
    };
    shrunk.ok_or_else(|| ImageError::Internal("the preview has the wrong number of pixels".to_owned()))
}

fn resize(pixels: Vec<u8>, from: MediaDimensions, to: MediaDimensions, kind: PixelType) -> Result<Vec<u8>, ImageError> {
    let internal = |error: &dyn std::fmt::Display| ImageError::Internal(format!("resizing: {error}"));
    let source = Image::from_vec_u8(from.width, from.height, pixels, kind).map_err(|error| internal(&error))?;
    let mut target = Image::new(to.width, to.height, kind);
    let options = ResizeOptions::new();
    Resizer::new().resize(&source, &mut target, Some(&options)).map_err(|error| internal(&error))?;
    Ok(target.into_vec())
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

fn svg_pixels(bytes: &[u8], max_side: u32, limits: &ImageLimits) -> Result<DynamicImage, ImageError> {
    let pixmap = svg::draw(bytes, max_side, limits)?;
    let (width, height) = (pixmap.width(), pixmap.height());
    let pixels = RgbaImage::from_raw(width, height, pixmap.take_demultiplied());
    pixels
        .map(DynamicImage::from)
        .ok_or_else(|| ImageError::Internal("the drawing has the wrong number of pixels".to_owned()))
}

fn finish(image: DynamicImage, color_profile: Option<Vec<u8>>) -> Result<EncodedImage, ImageError> {
    let dimensions = MediaDimensions::new(image.width(), image.height());
    let see_through = image.as_rgba8().is_some_and(|rgba| rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX));
    let (pixels, format) = if see_through {
        (Pixels::Rgba(image.into_rgba8().into_raw()), ImageFormat::Png)
    } else {
        (Pixels::Rgb(image.into_rgb8().into_raw()), ImageFormat::Jpeg)
    };
    encode::encode(&pixels, dimensions, format, color_profile)
}
