//! Masks drawn anew for models that repaint what is white.

use std::io::Cursor;

use bytes::Bytes;
use image::{GrayImage, ImageBuffer, ImageFormat as Codec, LumaA, PixelWithColorType, Rgba, RgbaImage};
use media_domain::{ImageFormat, MediaDimensions, ProviderErrorKind, RetryClass, SourceImage};
use media_imaging::{MaskError, repaint_mask};
use media_ports::ImageError;

use crate::samples;

const MAX_PIXELS: u64 = 1_000_000;

fn file<P>(image: &ImageBuffer<P, Vec<P::Subpixel>>, codec: Codec) -> Vec<u8>
where
    P: PixelWithColorType,
    [P::Subpixel]: image::EncodableLayout,
{
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, codec).unwrap();
    file.into_inner()
}

fn mask(bytes: impl Into<Bytes>, width: u32, height: u32) -> SourceImage {
    // The bytes tell the format.
    SourceImage { bytes: bytes.into(), format: ImageFormat::Jpeg, dimensions: MediaDimensions::new(width, height) }
}

fn repainted(bytes: Vec<u8>) -> GrayImage {
    let file = repaint_mask(&mask(bytes, 128, 96), MAX_PIXELS).unwrap();
    let decoded = image::load_from_memory_with_format(&file, Codec::Png).unwrap();
    assert_eq!(decoded.color(), image::ColorType::L8, "nobody has to guess what transparency means");
    decoded.into_luma8()
}

fn refused(bytes: impl Into<Bytes>, width: u32, height: u32) -> MaskError {
    repaint_mask(&mask(bytes, width, height), MAX_PIXELS).unwrap_err()
}

#[test]
fn what_is_transparent_becomes_white() {
    let alpha = |x: u32| [0, 255, 64, 255][(x / 32) as usize];
    let colours = RgbaImage::from_fn(128, 96, |x, _| Rgba([200, 10, 10, alpha(x)]));
    let greys = ImageBuffer::from_fn(128, 96, |x, _| LumaA([255, alpha(x)]));
    let deep = ImageBuffer::from_fn(128, 96, |x, _| Rgba([9, 9, 9, u16::from(alpha(x)) * 257]));
    let files = [
        file(&colours, Codec::Png),
        file(&greys, Codec::Png),
        file::<Rgba<u16>>(&deep, Codec::Png),
        file(&colours, Codec::WebP),
    ];
    for bytes in files {
        let drawn = repainted(bytes);
        assert_eq!(drawn.dimensions(), (128, 96));
        assert_eq!([0, 32, 64, 96].map(|x| drawn.get_pixel(x, 5).0[0]), [255, 0, 191, 0]);
    }
}

#[test]
fn a_mask_that_marks_nothing_is_refused() {
    let opaque = RgbaImage::from_pixel(128, 96, Rgba([0, 0, 0, 255]));
    assert_eq!(refused(file(&opaque, Codec::Png), 128, 96), MaskError::Opaque);
    assert_eq!(refused(samples::file(ImageFormat::Png, 128, 96), 128, 96), MaskError::Opaque);
    assert_eq!(refused(samples::file(ImageFormat::Jpeg, 128, 96), 128, 96), MaskError::Opaque);
}

#[test]
fn a_mask_that_cannot_be_read_or_is_not_what_was_told_is_refused() {
    let clear = file(&RgbaImage::new(128, 96), Codec::Png);
    assert_eq!(refused(&b"no picture"[..], 128, 96), MaskError::Unreadable(ImageError::UnknownFormat));
    let cut_off = refused(clear[..clear.len() - 20].to_vec(), 128, 96);
    assert!(matches!(cut_off, MaskError::Unreadable(ImageError::Broken { .. })), "{cut_off}");
    let (told, found) = (MediaDimensions::new(96, 128), MediaDimensions::new(128, 96));
    assert_eq!(refused(clear, 96, 128), MaskError::AnotherSize { told, found });
    assert_eq!(refused(samples::file(ImageFormat::Svg, 128, 96), 128, 96), MaskError::Drawing);
}

#[test]
fn what_the_header_says_is_too_large_is_never_decoded() {
    // Its pixels are nonsense: reading them would be another error.
    let parts = [samples::png_header(1_001, 1_000), samples::chunk(b"IDAT", b"x"), samples::chunk(b"IEND", b"")];
    let error = refused(samples::png_of(&parts), 1_001, 1_000);
    assert!(matches!(error, MaskError::Unreadable(ImageError::TooLarge(_))), "{error}");
}

#[test]
fn an_edit_is_refused_for_its_mask() {
    let error = MaskError::Opaque.refusal("order an edit");
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::InvalidRequest, &RetryClass::Never));
    assert!(error.raised_here && error.message.starts_with("order an edit: "), "{error}");
}
