//! Idempotency keys and what they are compared by.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use media_domain::idempotency::{KEY_LIFETIME, ScopedKey, forget_at};
use media_domain::text::Prompt;
use media_domain::{
    Background, GenerationRequest, IdempotencyKey, ImageFormat, LibraryId, MediaDimensions, Quality, RequestFingerprint,
};
use proptest::prelude::*;
use serde_json::json;

use super::support::{at, cases, check_form, user, uuid};

fn request() -> GenerationRequest {
    GenerationRequest::new(Prompt::parse("a lighthouse").unwrap())
}

fn fingerprint(request: &GenerationRequest) -> RequestFingerprint {
    RequestFingerprint::of("media_generation", request, None)
}

#[test]
fn a_key_is_visible_ascii() {
    for text in ["a", "~!", "order-4711/1", &"x".repeat(255)] {
        assert_eq!(IdempotencyKey::parse(text).unwrap().as_str(), text);
    }
    for text in ["", " ", "a b", "a\n", "é", "a\u{7f}", &"x".repeat(256)] {
        assert!(IdempotencyKey::parse(text).is_err(), "{text:?}");
    }
    let error = IdempotencyKey::parse("x".repeat(1_000_000)).unwrap_err();
    assert!(error.to_string().len() < 300);
}

#[test]
fn forms_are_stable() {
    let key = IdempotencyKey::parse("k-1").unwrap();
    check_form(&key, json!("k-1"));
    check_form(&ScopedKey { caller: user(), key }, json!({ "caller": "anna", "key": "k-1" }));
    assert!(serde_json::from_value::<IdempotencyKey>(json!("k 1")).is_err());
    let fingerprint = fingerprint(&request());
    check_form(&fingerprint, json!(fingerprint.to_string()));
}

/// What is kept by one version is compared by the next: these values must not change. They were worked out apart from
/// this code, from the order and lengths that are documented.
#[test]
fn fingerprints_are_the_same_for_ever() {
    let mut full = request();
    full.dimensions = MediaDimensions::new(640, 480);
    full.count = 2;
    full.image_index = 1;
    full.options.negative_prompt = Some("fog".to_owned());
    full.options.seed = Some(42);
    full.options.steps = NonZeroU32::new(30);
    full.options.guidance_scale = Some(7.5);
    full.options.quality = Some(Quality::Hd);
    full.options.style = Some("woodcut".to_owned());
    full.options.background = Some(Background::Opaque);
    full.options.output_format = Some(ImageFormat::Png);
    let of_full = RequestFingerprint::of("product_photos", &full, Some(LibraryId::from_uuid(uuid(7))));
    assert_eq!(
        [fingerprint(&request()).to_string(), of_full.to_string()],
        [
            "c433f62cb9430dda19f6afe9c3eecebe62d3c07e6e0aa579793f381d56724b3d".to_owned(),
            "d37b1578a3daaa0527b762e1361d9a29c0b6502c2b872e180f63a4f9e9a392a1".to_owned()
        ]
    );
}

#[test]
fn every_field_makes_another_fingerprint() {
    let changes: [fn(&mut GenerationRequest); 17] = [
        |_| {},
        |r| r.prompt = Prompt::parse("a lighthouse.").unwrap(),
        |r| r.dimensions.width = 512,
        |r| r.dimensions.height = 512,
        |r| r.count = 2,
        |r| r.image_index = 2,
        |r| r.options.negative_prompt = Some("fog".to_owned()),
        |r| r.options.style = Some("fog".to_owned()),
        |r| r.options.negative_prompt = Some(String::new()),
        |r| r.options.seed = Some(0),
        |r| r.options.seed = Some(7),
        |r| r.options.steps = NonZeroU32::new(7),
        |r| r.options.guidance_scale = Some(0.0),
        |r| r.options.quality = Some(Quality::Low),
        |r| r.options.style = Some("low".to_owned()),
        |r| r.options.background = Some(Background::Auto),
        |r| r.options.output_format = Some(ImageFormat::Png),
    ];
    let mut seen: BTreeSet<_> = changes
        .iter()
        .map(|change| {
            let mut request = request();
            change(&mut request);
            fingerprint(&request)
        })
        .collect();
    let library = |number| Some(LibraryId::from_uuid(uuid(number)));
    seen.extend([
        RequestFingerprint::of("other", &request(), None),
        RequestFingerprint::of("media_generation", &request(), library(1)),
        RequestFingerprint::of("media_generation", &request(), library(2)),
        fingerprint(&request()).extended_by(b"image"),
        fingerprint(&request()).extended_by(b"image").extended_by(b"mask"),
        fingerprint(&request()).extended_by(b"mask").extended_by(b"image"),
        fingerprint(&request()).extended_by(b"imagemask"),
    ]);
    assert_eq!(seen.len(), changes.len() + 7);
}

#[test]
fn the_two_zeros_are_one() {
    let (mut plus, mut minus) = (request(), request());
    plus.options.guidance_scale = Some(0.0);
    minus.options.guidance_scale = Some(-0.0);
    assert_eq!(fingerprint(&plus), fingerprint(&minus));
}

#[test]
fn a_key_is_kept_for_a_day() {
    assert_eq!(KEY_LIFETIME.as_secs(), 86_400);
    assert_eq!(forget_at(at(0)), at(24 * 60));
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn texts_do_not_run_into_each_other(chain in "[ab]{0,4}", prompt in "[ab]{1,4}", other_chain in "[ab]{0,4}", other_prompt in "[ab]{1,4}") {
        let of = |chain: &str, prompt: &str| {
            RequestFingerprint::of(chain, &GenerationRequest::new(Prompt::parse(prompt).unwrap()), None)
        };
        let same = chain == other_chain && prompt == other_prompt;
        prop_assert_eq!(of(&chain, &prompt) == of(&other_chain, &other_prompt), same);
    }

    #[test]
    fn a_request_that_was_kept_has_the_fingerprint_of_the_one_that_came(hundredths in 0_u32..10_000, seed: u64, prompt in "\\PC{1,40}") {
        let Ok(prompt) = Prompt::parse(prompt) else { return Ok(()) };
        let mut request = GenerationRequest::new(prompt);
        request.options.seed = Some(seed);
        request.options.guidance_scale = Some(f64::from(hundredths) / 100.0);
        let kept = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        prop_assert_eq!(fingerprint(&request), fingerprint(&kept));
    }
}
