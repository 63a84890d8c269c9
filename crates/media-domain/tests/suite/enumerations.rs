//! The enumerations have the members and words that the product names.

use media_domain::generation::AttemptOutcome;
use media_domain::{
    Background, Compatibility, Evidence, ImageFormat, MediaFormat, MediaStatus, MediaType, OptimizationKind, Phase,
    ProviderErrorKind, Quality, SuggestionPriority, VideoFormat,
};
use serde_json::json;

/// Checks members in order, and that `Display`, `FromStr` and serde agree on each word.
macro_rules! check_words {
    ($enumeration:ident, $($word:literal),+) => {{
        let words = [$($word),+];
        assert_eq!($enumeration::ALL.iter().map(|member| member.as_str()).collect::<Vec<_>>(), words);
        for (member, word) in $enumeration::ALL.iter().zip(words) {
            assert_eq!(member.to_string(), word);
            assert_eq!(word.parse::<$enumeration>().as_ref(), Ok(member));
            super::support::check_form(member, json!(word));
        }
    }};
}

#[test]
fn media_types_are_seven() {
    check_words!(MediaType, "image", "video", "gif", "infographic", "thumbnail", "banner", "icon");
}

#[test]
fn image_formats_are_five() {
    check_words!(ImageFormat, "jpeg", "png", "webp", "svg", "gif");
}

#[test]
fn video_formats_are_four() {
    check_words!(VideoFormat, "mp4", "webm", "mov", "mkv");
}

#[test]
fn statuses_are_five() {
    check_words!(MediaStatus, "draft", "approved", "published", "archived", "deleted");
}

#[test]
fn suggestions_are_of_six_kinds_and_three_priorities() {
    check_words!(OptimizationKind, "resize", "compress", "reformat", "remove_bg", "refresh_design", "convert_to_webp");
    check_words!(SuggestionPriority, "low", "medium", "high");
    assert_eq!(SuggestionPriority::default(), SuggestionPriority::Medium);
    check_words!(Evidence, "conclusive", "inconclusive", "insufficient");
}

#[test]
fn words_of_generation_are_stable() {
    check_words!(Quality, "low", "medium", "standard", "high", "hd", "xhigh", "max");
    check_words!(Background, "auto", "transparent", "opaque");
    check_words!(Compatibility, "adapt", "strict");
    check_words!(AttemptOutcome, "succeeded", "failed", "unknown", "billed");
    check_words!(Phase, "submit", "running");
    check_words!(
        ProviderErrorKind,
        "unsupported",
        "invalid_request",
        "unauthenticated",
        "permission_denied",
        "not_found",
        "content_rejected",
        "rate_limited",
        "quota_exhausted",
        "timeout",
        "unavailable",
        "malformed_response",
        "config_invalid",
        "cancelled",
        "unexpected"
    );
}

#[test]
fn an_unknown_word_lists_the_known_ones() {
    let error = "sculpture".parse::<MediaType>().unwrap_err();
    assert_eq!(error.text, "sculpture");
    assert_eq!(error.known, "image, video, gif, infographic, thumbnail, banner, icon");
    for word in ["", "Image", " image", "images"] {
        assert!(word.parse::<MediaType>().is_err(), "{word:?}");
    }
}

#[test]
fn an_error_quotes_no_more_than_the_beginning() {
    let error = "x".repeat(1_000_000).parse::<ImageFormat>().unwrap_err();
    assert!(error.to_string().len() < 300);
}

#[test]
fn a_media_format_is_one_word_of_either_sort() {
    for (word, format) in [
        ("gif", MediaFormat::Image(ImageFormat::Gif)),
        ("jpeg", MediaFormat::Image(ImageFormat::Jpeg)),
        ("webm", MediaFormat::Video(VideoFormat::Webm)),
        ("mkv", MediaFormat::Video(VideoFormat::Mkv)),
    ] {
        assert_eq!(word.parse(), Ok(format));
        assert_eq!(format.to_string(), word);
        super::support::check_form(&format, json!(word));
    }
    let error = serde_json::from_value::<MediaFormat>(json!("bmp")).unwrap_err().to_string();
    assert!(error.contains("jpeg, png, webp, svg, gif, mp4, webm, mov, mkv"), "{error}");
}

#[test]
fn formats_know_their_extension_and_mime_type() {
    let facts: Vec<_> = ImageFormat::ALL.iter().map(|f| (f.extension(), f.mime_type(), f.is_raster())).collect();
    assert_eq!(
        facts,
        [
            ("jpg", "image/jpeg", true),
            ("png", "image/png", true),
            ("webp", "image/webp", true),
            ("svg", "image/svg+xml", false),
            ("gif", "image/gif", true),
        ]
    );
    assert_eq!(MediaFormat::from(ImageFormat::Jpeg).extension(), "jpg");
    assert_eq!(MediaFormat::from(VideoFormat::Mp4).extension(), "mp4");
}
