//! Files that are cut off, broken, too large or hostile.

use media_domain::ImageFormat;
use media_imaging::{ImageLimits, inspect, sanitize_svg, thumbnail};
use media_ports::ImageError;
use proptest::prelude::*;

use crate::samples;

fn refusal(bytes: &[u8]) -> ImageError {
    inspect(bytes, &ImageLimits::default()).unwrap_err()
}

#[test]
fn nothing_and_text_are_no_images() {
    assert_eq!(refusal(b""), ImageError::Empty);
    assert_eq!(refusal(b"dear reader, this is a letter"), ImageError::UnknownFormat);
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let mut files = ImageFormat::ALL.iter().map(|format| samples::file(*format, 9, 7)).collect::<Vec<_>>();
    files.extend([samples::animated_gif(), samples::animated_webp(2), samples::transparent_png()]);
    for bytes in files {
        assert!(inspect(&bytes, &ImageLimits::default()).is_ok());
        for length in 0..bytes.len() {
            assert!(inspect(&bytes[..length], &ImageLimits::default()).is_err(), "{length} of {}", bytes.len());
        }
    }
}

#[test]
fn bytes_after_the_end_are_let_be() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Webp] {
        let bytes = [samples::file(format, 9, 7), b"trailing".to_vec()].concat();
        assert!(inspect(&bytes, &ImageLimits::default()).is_ok(), "{format}");
    }
}

#[test]
fn header_bombs_are_too_large() {
    let end = [samples::chunk(b"IDAT", b"x"), samples::chunk(b"IEND", b"")].concat();
    let png = |width, height| samples::png_of(&[samples::png_header(width, height), end.clone()]);
    let gif = [&b"GIF89a\xff\xff\xff\xff\0\0\0"[..], b"\x3b"].concat();
    let jpeg = b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\0\0\0".to_vec();
    let webp = samples::riff_chunk(
        b"RIFF",
        &[b"WEBP".to_vec(), samples::riff_chunk(b"VP8X", &[0, 0, 0, 0, 255, 255, 255, 255, 255, 255])].concat(),
    );
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"/>"#.to_vec();
    // The second PNG keeps to the longest side, not to the number of pixels.
    for bytes in [png(65_535, 65_535), png(16_000, 16_000), png(u32::MAX, 1), gif, jpeg, webp, svg] {
        let error = refusal(&bytes);
        assert!(matches!(error, ImageError::TooLarge(_)), "{error}");
    }
}

#[test]
fn long_files_are_too_large() {
    let limits = ImageLimits { max_file_bytes: 100, ..ImageLimits::default() };
    let bytes = samples::file(ImageFormat::Png, 64, 64);
    assert!(matches!(inspect(&bytes, &limits), Err(ImageError::TooLarge(_))));
    assert!(matches!(thumbnail(&bytes, 10, &limits), Err(ImageError::TooLarge(_))));
}

#[test]
fn a_wrong_checksum_is_found() {
    let mut bytes = samples::file(ImageFormat::Png, 64, 64);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    assert!(matches!(refusal(&bytes), ImageError::Broken { format: ImageFormat::Png, .. }));
}

#[test]
fn senseless_headers_are_broken() {
    let end = [samples::chunk(b"IDAT", b"x"), samples::chunk(b"IEND", b"")].concat();
    let header = |bytes: &[u8]| samples::png_of(&[samples::chunk(b"IHDR", bytes), end.clone()]);
    let cases = [
        header(&[0, 0, 0, 0, 0, 0, 0, 1, 8, 2, 0, 0, 0]),
        header(&[0, 0, 0, 1, 0, 0, 0, 1, 3, 2, 0, 0, 0]),
        header(&[0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0]),
        samples::png_of(&[samples::png_header(1, 1), samples::chunk(b"IEND", b"")]),
        samples::png_of(&[samples::png_header(1, 1), samples::chunk(b"NEWS", b""), end.clone()]),
        b"GIF89a\x01\0\x01\0\0\0\0\x3b".to_vec(),
        b"\xff\xd8\xff\xd9".to_vec(),
        b"RIFF\x04\0\0\0WEBP".to_vec(),
    ];
    for bytes in cases {
        let error = refusal(&bytes);
        assert!(matches!(error, ImageError::Broken { .. }), "{error}");
    }
}

#[test]
fn damage_within_the_pixels_shows_in_the_preview() {
    let bytes = samples::png_of(&[
        samples::png_header(50, 50),
        samples::chunk(b"IDAT", b"these are no deflated pixels"),
        samples::chunk(b"IEND", b""),
    ]);
    assert!(inspect(&bytes, &ImageLimits::default()).is_ok());
    let preview = thumbnail(&bytes, 10, &ImageLimits::default());
    assert!(matches!(preview, Err(ImageError::Broken { format: ImageFormat::Png, .. })));
}

fn starts() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        b"\x89PNG\r\n\x1a\n".to_vec(),
        b"\xff\xd8\xff".to_vec(),
        b"GIF89a".to_vec(),
        b"RIFF\x40\0\0\0WEBPVP8X".to_vec(),
        b"<svg xmlns='http://www.w3.org/2000/svg'>".to_vec(),
        Vec::new(),
    ])
}

/// Everything that takes bytes; only that it returns is asked.
fn try_all(bytes: &[u8]) {
    let limits = ImageLimits { max_pixels: 4_000_000, ..ImageLimits::default() };
    _ = inspect(bytes, &limits);
    _ = thumbnail(bytes, 16, &limits);
    _ = sanitize_svg(bytes, &limits);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(start in starts(), tail in prop::collection::vec(any::<u8>(), 0..300)) {
        try_all(&[start, tail].concat());
    }

    #[test]
    fn mutated_files_never_panic(
        format in prop::sample::select(ImageFormat::ALL),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = samples::file(format, 9, 7);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        try_all(&bytes);
    }

    #[test]
    fn mutated_moving_files_never_panic(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        for mut bytes in [samples::animated_gif(), samples::animated_webp(2)] {
            let at = at.index(bytes.len());
            bytes[at] = value;
            try_all(&bytes);
        }
    }
}
