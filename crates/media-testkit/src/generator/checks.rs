//! What every answer is checked for.

use std::fmt;

use media_domain::{ContentHash, GeneratedImage, ImageContent, ImageFormat};
use media_ports::{GenerationAnswer, ProviderError};

/// Checks what every answer must be.
#[track_caller]
pub(crate) fn assert_sound(answer: &GenerationAnswer, count: usize) {
    assert_sound_pictures(answer, count);
    answer.images.iter().for_each(assert_declared_size);
}

/// Checks what every answer must be, the sizes excepted, which not everybody can tell who hands on an address.
#[track_caller]
pub(crate) fn assert_sound_pictures(answer: &GenerationAnswer, count: usize) {
    assert_eq!(answer.images.len(), count, "number of images");
    for image in &answer.images {
        assert_eq!(image.provider_name, answer.provider, "every image names its provider");
        match &image.content {
            ImageContent::Bytes(file) => {
                assert_eq!(sniff(file), Some(image.format), "the bytes tell the format");
                assert_eq!(file.content_hash(), ContentHash::of(file), "a hash that comes along is that of the bytes");
            }
            ImageContent::Url(url) => assert!(url.starts_with("http"), "{image:?}"),
        }
    }
}

#[track_caller]
fn assert_declared_size(image: &GeneratedImage) {
    let known = image.width > 0 && image.height > 0;
    assert!(known || !image.format.is_raster(), "an image of pixels tells its size: {image:?}");
}

fn sniff(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(ImageFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::Webp),
        [b'G', b'I', b'F', b'8', ..] => Some(ImageFormat::Gif),
        [b'<', ..] => Some(ImageFormat::Svg),
        _ => None,
    }
}

#[track_caller]
pub(crate) fn expect_error(outcome: Result<GenerationAnswer, ProviderError>) -> ProviderError {
    match outcome {
        Ok(answer) => unexpected(&format!("an answer with {} images", answer.images.len())),
        Err(error) => error,
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is how a case fails")]
pub(crate) fn unexpected(what: &dyn fmt::Debug) -> ! {
    panic!("unexpected: {what:?}")
}
