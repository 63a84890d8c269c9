//! Pictures of exactly the size that was asked for.

use image::{ImageEncoder, RgbImage};
use media_domain::{ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, cover, inspect};
use media_ports::{EncodedImage, ImageError};

use crate::samples;

fn covered(bytes: &[u8], width: u32, height: u32) -> EncodedImage {
    cover(bytes, MediaDimensions::new(width, height), &ImageLimits::default()).unwrap()
}

/// Red, green and blue, side by side.
fn stripes(width: u32, height: u32) -> Vec<u8> {
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
    let picture = RgbImage::from_fn(width, height, |x, _| image::Rgb(colours[(x * 3 / width) as usize]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn every_format_comes_out_in_exactly_the_size_asked_for() {
    for (from, to) in [
        (ImageFormat::Png, ImageFormat::Png),
        (ImageFormat::Jpeg, ImageFormat::Jpeg),
        (ImageFormat::Webp, ImageFormat::Webp),
        (ImageFormat::Gif, ImageFormat::Png),
        (ImageFormat::Svg, ImageFormat::Png),
    ] {
        for (width, height) in [(20, 20), (90, 10), (10, 90), (200, 150), (1, 1), (100, 50)] {
            let made = covered(&samples::file(from, 100, 50), width, height);
            let seen = inspect(&made.bytes, &ImageLimits::default()).unwrap();
            assert_eq!((seen.format, seen.dimensions), (to, MediaDimensions::new(width, height)), "{from}");
            assert_eq!((made.format, made.dimensions), (seen.format, seen.dimensions));
        }
    }
}

#[test]
fn the_middle_stays_and_both_ends_are_cut_alike() {
    // Three stripes of 100: a square out of the middle is all green.
    let square = image::load_from_memory(&covered(&stripes(300, 100), 50, 50).bytes).unwrap().into_rgb8();
    for (x, y) in [(3, 3), (25, 25), (46, 46)] {
        let [red, green, blue] = square.get_pixel(x, y).0;
        assert!(green > 240 && red < 15 && blue < 15, "{x},{y}: {red},{green},{blue}");
    }
    // Higher than wide: nothing of the width is lost.
    let low = image::load_from_memory(&covered(&stripes(300, 100), 300, 50).bytes).unwrap().into_rgb8();
    assert_eq!((low.get_pixel(10, 25).0, low.get_pixel(290, 25).0), ([255, 0, 0], [0, 0, 255]));
}

#[test]
fn transparency_is_kept() {
    let made = covered(&samples::transparent_png(), 20, 20);
    let pixels = image::load_from_memory(&made.bytes).unwrap().into_rgba8();
    assert_eq!((pixels.get_pixel(0, 10).0[3], pixels.get_pixel(19, 10).0[3]), (0xff, 0x40));
}

#[test]
fn a_picture_is_turned_upright_before_it_is_cut() {
    // Red on the left, blue on the right; orientation 6 is a quarter turn to the right, so red comes to the top.
    let picture = RgbImage::from_fn(80, 40, |x, _| image::Rgb(if x < 40 { [255, 0, 0] } else { [0, 0, 255] }));
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    encoder.set_exif_metadata(exif).unwrap();
    encoder.write_image(picture.as_raw(), 80, 40, image::ExtendedColorType::Rgb8).unwrap();
    let upright = image::load_from_memory(&covered(&bytes, 40, 40).bytes).unwrap().into_rgb8();
    let (top, bottom) = (upright.get_pixel(20, 5).0, upright.get_pixel(20, 35).0);
    assert!(top[0] > 200 && top[2] < 60, "{top:?}");
    assert!(bottom[2] > 200 && bottom[0] < 60, "{bottom:?}");
}

#[test]
fn sizes_that_cannot_be_made_and_files_that_cannot_be_read_are_refused() {
    let limits = ImageLimits { max_side: 100, ..ImageLimits::default() };
    let picture = samples::file(ImageFormat::Png, 10, 10);
    for size in [MediaDimensions::new(101, 10), MediaDimensions::new(0, 10), MediaDimensions::new(10, 0)] {
        assert!(matches!(cover(&picture, size, &limits), Err(ImageError::TooLarge(_))), "{size}");
    }
    let size = MediaDimensions::new(10, 10);
    assert_eq!(cover(b"no picture", size, &limits), Err(ImageError::UnknownFormat));
    let half = &picture[..picture.len() / 2];
    assert!(matches!(cover(half, size, &limits), Err(ImageError::Broken { .. })));
}
