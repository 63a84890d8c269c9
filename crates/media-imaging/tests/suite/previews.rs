//! Previews of sound files.

use image::{ImageEncoder, RgbImage};
use media_domain::{ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, inspect, thumbnail};
use media_ports::EncodedImage;

use crate::samples;

fn preview(bytes: &[u8], max_side: u32) -> EncodedImage {
    thumbnail(bytes, max_side, &ImageLimits::default()).unwrap()
}

#[test]
fn every_format_has_a_preview_that_keeps_the_shape() {
    for format in ImageFormat::ALL.iter().copied() {
        let drawn = preview(&samples::file(format, 100, 50), 20);
        assert_eq!(drawn.dimensions, MediaDimensions::new(20, 10), "{format}");
        let seen = inspect(&drawn.bytes, &ImageLimits::default()).unwrap();
        assert_eq!((seen.format, seen.dimensions), (drawn.format, drawn.dimensions));
    }
}

#[test]
fn small_pictures_are_not_enlarged_and_thin_ones_keep_a_pixel() {
    assert_eq!(preview(&samples::file(ImageFormat::Png, 10, 5), 20).dimensions, MediaDimensions::new(10, 5));
    assert_eq!(preview(&samples::file(ImageFormat::Png, 2_000, 1), 20).dimensions, MediaDimensions::new(20, 1));
    assert_eq!(preview(&samples::file(ImageFormat::Png, 10, 5), 0).dimensions, MediaDimensions::new(1, 1));
}

#[test]
fn transparency_is_kept_and_opaque_pictures_become_jpeg() {
    assert_eq!(preview(&samples::transparent_png(), 20).format, ImageFormat::Png);
    assert_eq!(preview(&samples::file(ImageFormat::Png, 40, 30), 20).format, ImageFormat::Jpeg);
}

#[test]
fn moving_pictures_show_their_first_frame() {
    assert_eq!(preview(&samples::animated_gif(), 10).dimensions, MediaDimensions::new(10, 5));
    assert_eq!(preview(&samples::animated_webp(3), 4).dimensions, MediaDimensions::new(4, 4));
}

#[test]
fn a_picture_is_turned_upright() {
    // Red on the left, blue on the right; orientation 6 is a quarter turn to the right, so red comes to the top.
    let picture = RgbImage::from_fn(80, 40, |x, _| image::Rgb(if x < 40 { [255, 0, 0] } else { [0, 0, 255] }));
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(picture.as_raw(), 80, 40, image::ExtendedColorType::Rgb8).unwrap();
    let drawn = preview(&bytes, 20);
    assert_eq!(drawn.dimensions, MediaDimensions::new(10, 20));
    let upright = image::load_from_memory(&drawn.bytes).unwrap().into_rgb8();
    let (top, bottom) = (upright.get_pixel(5, 2).0, upright.get_pixel(5, 17).0);
    assert!(top[0] > 200 && top[2] < 60, "{top:?}");
    assert!(bottom[2] > 200 && bottom[0] < 60, "{bottom:?}");
}
