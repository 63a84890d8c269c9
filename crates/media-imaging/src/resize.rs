//! Bringing pixels to another size.

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage, RgbaImage};
use media_domain::MediaDimensions;
use media_ports::ImageError;

/// Brings a picture to a size; eight bits for each channel come out. The options say which part of it is taken.
pub(crate) fn resize(
    image: DynamicImage,
    to: MediaDimensions,
    options: &ResizeOptions,
) -> Result<DynamicImage, ImageError> {
    let has_alpha = image.color().has_alpha();
    let from = MediaDimensions::new(image.width(), image.height());
    let kind = if has_alpha { PixelType::U8x4 } else { PixelType::U8x3 };
    let pixels = if has_alpha { image.into_rgba8().into_raw() } else { image.into_rgb8().into_raw() };
    let pixels = if to == from { pixels } else { resample(pixels, from, to, kind, options)? };
    let resized = if has_alpha {
        RgbaImage::from_raw(to.width, to.height, pixels).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(to.width, to.height, pixels).map(DynamicImage::from)
    };
    resized.ok_or_else(|| ImageError::Internal("the resized picture has the wrong number of pixels".to_owned()))
}

fn resample(
    pixels: Vec<u8>,
    from: MediaDimensions,
    to: MediaDimensions,
    kind: PixelType,
    options: &ResizeOptions,
) -> Result<Vec<u8>, ImageError> {
    let internal = |error: &dyn std::fmt::Display| ImageError::Internal(format!("resizing: {error}"));
    let source = Image::from_vec_u8(from.width, from.height, pixels, kind).map_err(|error| internal(&error))?;
    let mut target = Image::new(to.width, to.height, kind);
    Resizer::new().resize(&source, &mut target, Some(options)).map_err(|error| internal(&error))?;
    Ok(target.into_vec())
}
