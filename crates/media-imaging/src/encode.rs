//! Writing pixels into files.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use media_domain::{ImageFormat, MediaDimensions};
use media_ports::{EncodedImage, ImageError};

/// Pixels of eight bits for each channel, row by row.
#[derive(Debug)]
pub(crate) enum Pixels {
    Grey(Vec<u8>),
    Rgb(Vec<u8>),
    Rgba(Vec<u8>),
}

/// Writes pixels into a file. JPEG has no transparency: there RGBA is not taken. Its quality is of 100; the other formats
/// lose nothing.
pub(crate) fn encode(
    pixels: &Pixels,
    dimensions: MediaDimensions,
    format: ImageFormat,
    jpeg_quality: u8,
    color_profile: Option<Vec<u8>>,
) -> Result<EncodedImage, ImageError> {
    let mut file = Vec::with_capacity(64 * 1_024);
    match format {
        // Sub lies close to what a smooth picture is; choosing a filter for each row costs more than it saves.
        ImageFormat::Png => write(
            PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Sub),
            pixels,
            dimensions,
            color_profile,
        ),
        ImageFormat::Jpeg => {
            write(JpegEncoder::new_with_quality(&mut file, jpeg_quality), pixels, dimensions, color_profile)
        }
        ImageFormat::Webp => write(WebPEncoder::new_lossless(&mut file), pixels, dimensions, color_profile),
        ImageFormat::Svg | ImageFormat::Gif => return Err(ImageError::Unwritable(format)),
    }
    .map_err(|error| ImageError::Internal(format!("writing {format}: {error}")))?;
    Ok(EncodedImage { bytes: file.into(), format, dimensions })
}

/// Whether [`encode`] writes the format.
pub(crate) const fn can_write(format: ImageFormat) -> bool {
    matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Webp)
}

/// The codec of a raster format.
pub(crate) const fn codec(format: ImageFormat) -> Option<image::ImageFormat> {
    match format {
        ImageFormat::Jpeg => Some(image::ImageFormat::Jpeg),
        ImageFormat::Png => Some(image::ImageFormat::Png),
        ImageFormat::Webp => Some(image::ImageFormat::WebP),
        ImageFormat::Gif => Some(image::ImageFormat::Gif),
        ImageFormat::Svg => None,
    }
}

fn write(
    mut encoder: impl ImageEncoder,
    pixels: &Pixels,
    dimensions: MediaDimensions,
    color_profile: Option<Vec<u8>>,
) -> Result<(), image::ImageError> {
    if let Some(profile) = color_profile {
        // An encoder that cannot carry a profile leaves it out; the picture is no less valid.
        _ = encoder.set_icc_profile(profile);
    }
    let (buffer, color) = match pixels {
        Pixels::Grey(buffer) => (buffer, ExtendedColorType::L8),
        Pixels::Rgb(buffer) => (buffer, ExtendedColorType::Rgb8),
        Pixels::Rgba(buffer) => (buffer, ExtendedColorType::Rgba8),
    };
    encoder.write_image(buffer, dimensions.width, dimensions.height, color)
}
