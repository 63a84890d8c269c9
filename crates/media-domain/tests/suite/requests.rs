//! What may be asked for at all.

use bytes::Bytes;
use media_domain::generation::RequestError;
use media_domain::text::Prompt;
use media_domain::{GenerationOptions, GenerationRequest, ImageContent, MediaDimensions, Quality, Retain};
use serde_json::json;

use super::support::check_form;

fn request(width: u32, height: u32, count: u32) -> GenerationRequest {
    let dimensions = MediaDimensions::new(width, height);
    GenerationRequest { dimensions, count, ..GenerationRequest::new(Prompt::parse("a lighthouse").unwrap()) }
}

#[test]
fn a_new_request_is_for_one_image_of_1024_by_1024() {
    let request = GenerationRequest::new(Prompt::parse("a lighthouse").unwrap());
    assert_eq!((request.dimensions, request.count), (MediaDimensions::new(1024, 1024), 1));
    assert_eq!(request.check(), Ok(()));
}

#[test]
fn sides_lie_between_1_and_16_384() {
    for (width, height) in [(1, 1), (16_384, 16_384), (16_384, 1)] {
        assert_eq!(request(width, height, 1).check(), Ok(()));
    }
    for (width, height) in [(0, 0), (0, 5), (5, 0), (16_385, 5), (5, u32::MAX)] {
        let error = request(width, height, 1).check().unwrap_err();
        assert!(matches!(error, RequestError::Dimensions { limit: 16_384, .. }), "{error:?}");
    }
}

#[test]
fn one_to_100_images_at_once() {
    assert_eq!((request(8, 8, 1).check(), request(8, 8, 100).check()), (Ok(()), Ok(())));
    for count in [0, 101, u32::MAX] {
        assert_eq!(request(8, 8, count).check(), Err(RequestError::Count { count, limit: 100 }));
    }
}

#[test]
fn options_are_checked_too() {
    let mut request = request(8, 8, 1);
    request.options.guidance_scale = Some(f64::NAN);
    assert!(matches!(request.check(), Err(RequestError::Option(error)) if error.name == "guidance_scale"));
}

#[test]
fn the_form_is_stable_and_options_may_be_missing() {
    check_form(
        &request(640, 480, 2),
        json!({
            "prompt": "a lighthouse", "dimensions": { "width": 640, "height": 480 }, "count": 2, "image_index": 0,
            "options": {}
        }),
    );
    let short = json!({ "prompt": "a lighthouse", "dimensions": { "width": 640, "height": 480 }, "count": 2 });
    assert_eq!(serde_json::from_value::<GenerationRequest>(short).unwrap(), request(640, 480, 2));
    let blank = json!({ "prompt": " ", "dimensions": { "width": 640, "height": 480 }, "count": 2 });
    assert!(serde_json::from_value::<GenerationRequest>(blank).is_err());
}

#[test]
fn content_shows_neither_bytes_nor_the_query_of_an_address() {
    let bytes = ImageContent::Bytes(Bytes::from_static(b"secret picture").into());
    assert_eq!(format!("{bytes:?}"), "Bytes(14 bytes)");
    for url in ["https://cdn.example.org/i.png?sig=secret", "https://cdn.example.org/i.png#secret"] {
        assert_eq!(format!("{:?}", ImageContent::Url(url.to_owned())), "Url(https://cdn.example.org/i.png)");
    }
}

#[test]
fn a_request_without_words_keeps_only_what_is_counted() {
    let mut asked = request(640, 480, 3);
    asked.options = GenerationOptions {
        negative_prompt: Some("rain".to_owned()),
        style: Some("like the heir's portrait".to_owned()),
        seed: Some(7),
        quality: Some(Quality::Hd),
        ..GenerationOptions::default()
    };
    let kept = asked.without_words();
    let options = GenerationOptions { quality: Some(Quality::Hd), ..GenerationOptions::default() };
    assert_eq!((kept.dimensions, kept.count, kept.options.clone()), (asked.dimensions, 3, options));
    assert_eq!(kept.prompt, Prompt::not_retained());
    assert_eq!(Prompt::parse(kept.prompt.as_str()), Ok(kept.prompt));
}

#[test]
fn what_is_retained_is_everything_unless_said_otherwise() {
    assert!(Retain::default().is_everything());
    assert_eq!(("all".parse(), "none".parse()), (Ok(Retain::Everything), Ok(Retain::Nothing)));
}
