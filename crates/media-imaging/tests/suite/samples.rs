//! Small valid files of every format, and the pieces to build odd ones.

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, ExtendedColorType, Frame, ImageEncoder, Rgba, RgbaImage};
use media_domain::ImageFormat;

/// A picture with a gradient, half transparent on the right when asked.
pub(crate) fn pixels(width: u32, height: u32, transparent: bool) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let alpha = if transparent && x >= width / 2 { 0x40 } else { 0xff };
        Rgba([(x * 7) as u8, (y * 11) as u8, (x + y) as u8, alpha])
    })
}

/// An opaque file.
pub(crate) fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    if format == ImageFormat::Svg {
        return format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><circle r="5"/></svg>"#
        )
        .into_bytes();
    }
    let codec = match format {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::Webp => image::ImageFormat::WebP,
        _ => image::ImageFormat::Gif,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(pixels(width, height, false)).to_rgb8().write_to(&mut bytes, codec).unwrap_or_else(|_| {
        // GIF is written from RGBA only.
        pixels(width, height, false).write_to(&mut bytes, codec).unwrap();
    });
    bytes.into_inner()
}

pub(crate) fn transparent_png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels(40, 30, true).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Three frames of a fifth of a second each.
pub(crate) fn animated_gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for _ in 0..3 {
        let delay = Delay::from_numer_denom_ms(200, 1);
        encoder.encode_frame(Frame::from_parts(pixels(20, 10, false), 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

pub(crate) fn png_with_profile() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    encoder.set_icc_profile(profile).unwrap();
    encoder.write_image(pixels(8, 8, false).as_raw(), 8, 8, ExtendedColorType::Rgba8).unwrap();
    bytes
}

/// A chunk of a PNG file with a right checksum.
pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(kind);
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&crc32fast::hash(&bytes[4..]).to_be_bytes());
    bytes
}

/// A PNG file of these chunks.
pub(crate) fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

/// A PNG header chunk of eight-bit RGB.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let data = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(b"IHDR", &data)
}

/// A chunk of a WebP file.
pub(crate) fn riff_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    bytes.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(data);
    if data.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// An animated WebP of `frames` frames of 8×8 pixels, 50 ms each.
pub(crate) fn animated_webp(frames: usize) -> Vec<u8> {
    let still = file(ImageFormat::Webp, 8, 8);
    let picture = &still[12..];
    let header = riff_chunk(b"VP8X", &[0x02, 0, 0, 0, 7, 0, 0, 7, 0, 0]);
    let control = riff_chunk(b"ANIM", &[0, 0, 0, 0, 0, 0]);
    let frame = riff_chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 50, 0, 0, 0], picture].concat());
    let body = [b"WEBP".to_vec(), header, control, frame.repeat(frames)].concat();
    riff_chunk(b"RIFF", &body)
}
