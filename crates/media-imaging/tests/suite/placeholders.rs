//! Placeholders: exact size, valid file, same bytes, readable text.

use media_domain::{ImageFormat, MediaDimensions};
use media_imaging::{ImageLimits, inspect, render_placeholder};
use media_ports::{ImageError, PlaceholderRequest};
use proptest::prelude::*;

fn request(prompt: &str, width: u32, height: u32, format: ImageFormat) -> PlaceholderRequest {
    PlaceholderRequest {
        prompt: prompt.to_owned(),
        caption: "drawn by noop_media".to_owned(),
        dimensions: MediaDimensions::new(width, height),
        seed: 7,
        image_index: 0,
        format,
    }
}

fn draw(request: &PlaceholderRequest) -> Vec<u8> {
    render_placeholder(request, &ImageLimits::default()).unwrap().bytes.to_vec()
}

fn pixels(request: &PlaceholderRequest) -> image::RgbImage {
    image::load_from_memory(&draw(request)).unwrap().into_rgb8()
}

const FORMATS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp];

#[test]
fn every_size_is_exact_and_decodes() {
    // One short of the limit: the decoder of this test takes a WebP side of 16,384 for zero.
    let sizes = [(1, 1), (2, 3), (16, 16), (64, 64), (1920, 40), (40, 1920), (16_383, 1), (1, 16_383), (1024, 1024)];
    for format in FORMATS {
        for (width, height) in sizes {
            let bytes = draw(&request("A beautiful sunset over the sea", width, height, format));
            let seen = inspect(&bytes, &ImageLimits::default()).unwrap();
            assert_eq!((seen.format, seen.dimensions), (format, MediaDimensions::new(width, height)));
            let decoded = image::load_from_memory(&bytes).unwrap();
            assert_eq!((decoded.width(), decoded.height()), (width, height));
        }
    }
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    for format in FORMATS {
        let request = request("Закат над морем", 300, 200, format);
        assert_eq!(draw(&request), draw(&request));
    }
}

#[test]
fn every_part_of_the_request_changes_the_picture() {
    let original = request("a lighthouse", 300, 200, ImageFormat::Png);
    let others = [
        PlaceholderRequest { prompt: "a lighthouse.".to_owned(), ..original.clone() },
        PlaceholderRequest { seed: 8, ..original.clone() },
        PlaceholderRequest { image_index: 1, ..original.clone() },
        PlaceholderRequest { caption: "drawn by another".to_owned(), ..original.clone() },
    ];
    for other in others {
        assert_ne!(draw(&original), draw(&other), "{other:?}");
    }
}

#[test]
fn text_stands_out_from_the_ground() {
    for (width, height) in [(1024, 1024), (1920, 400), (1920, 40), (160, 600), (200, 160)] {
        let drawn = pixels(&request("Летняя распродажа", width, height, ImageFormat::Png));
        let white = drawn.pixels().filter(|pixel| pixel.0.iter().all(|channel| *channel > 200)).count();
        assert!(white > 60, "{white} white pixels on {width}x{height}");
    }
}

/// The share of pixels in which two pictures of one size differ clearly.
fn difference(one: &image::RgbImage, other: &image::RgbImage) -> usize {
    one.pixels().zip(other.pixels()).filter(|(a, b)| a.0[0].abs_diff(b.0[0]) > 100).count()
}

#[test]
fn cyrillic_is_written_and_missing_glyphs_are_boxes() {
    // The landscape differs from prompt to prompt; the letters are compared on a panel that is nearly as dark on each.
    let cyrillic = pixels(&request("жжжж", 400, 200, ImageFormat::Png));
    let chinese = pixels(&request("漢漢漢漢", 400, 200, ImageFormat::Png));
    let other_chinese = pixels(&request("字字字字", 400, 200, ImageFormat::Png));
    assert!(difference(&cyrillic, &chinese) > 100);
    assert!(difference(&chinese, &other_chinese) > 20, "the number in the box differs");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let limits = ImageLimits::default();
    let refused =
        |width, height, format| render_placeholder(&request("x", width, height, format), &limits).unwrap_err();
    assert!(matches!(refused(0, 10, ImageFormat::Png), ImageError::TooLarge(_)));
    assert!(matches!(refused(16_385, 1, ImageFormat::Png), ImageError::TooLarge(_)));
    assert!(matches!(refused(16_384, 16_384, ImageFormat::Png), ImageError::TooLarge(_)));
    assert_eq!(refused(10, 10, ImageFormat::Gif), ImageError::Unwritable(ImageFormat::Gif));
    assert_eq!(refused(10, 10, ImageFormat::Svg), ImageError::Unwritable(ImageFormat::Svg));
}

#[test]
fn long_and_odd_prompts_are_drawn() {
    let prompts = [
        "слово и дело ".repeat(8_000),
        "x".repeat(100_000),
        "\n\n\t  ".to_owned(),
        String::new(),
        "e\u{301}\u{302}\u{303}".repeat(200),
        "\u{202e}abc\u{2069}\u{200d}\u{feff}\u{0}\u{7}".to_owned(),
        "👩‍👩‍👧‍👦🏳️‍🌈 مرحبا שלום \u{10ffff}".to_owned(),
    ];
    for prompt in prompts {
        for (width, height) in [(1, 1), (37, 500), (320, 200)] {
            let bytes = draw(&request(&prompt, width, height, ImageFormat::Png));
            assert_eq!(
                inspect(&bytes, &ImageLimits::default()).unwrap().dimensions,
                MediaDimensions::new(width, height)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_in_any_size_is_drawn(prompt in any::<String>(), width in 1_u32..400, height in 1_u32..400, seed: u64) {
        let request = PlaceholderRequest { seed, ..request(&prompt, width, height, ImageFormat::Png) };
        let seen = inspect(&draw(&request), &ImageLimits::default()).unwrap();
        prop_assert_eq!(seen.dimensions, MediaDimensions::new(width, height));
    }
}
