//! Orders, as each model wants them.

use std::num::NonZeroU32;

use media_domain::{
    GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind, Quality, RetryClass,
};
use serde_json::{Value, json};

use crate::{call, model, request, script, with};

/// The order that a request becomes.
async fn sent(settings: Value, request: &GenerationRequest) -> Value {
    let name = settings["model"].as_str().unwrap_or("flux-2-pro").to_owned();
    let (outcome, sent) = call(settings, request, script(&name)).await;
    outcome.unwrap();
    sent.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_plain_request_sends_nothing_that_a_model_might_refuse() {
    let plain = json!({"prompt": "a lighthouse at dusk", "width": 1024, "height": 1024, "output_format": "png"});
    let shaped = json!({"prompt": "a lighthouse at dusk", "aspect_ratio": "1:1", "output_format": "png"});
    let flux_3 = json!({"prompt": "a lighthouse at dusk", "aspect_ratio": "1:1", "resolution": "1k"});
    let cases = [
        ("flux-2-pro", &plain),
        ("flux-2-max", &plain),
        ("flux-2-flex", &plain),
        ("flux-2-klein-4b", &plain),
        ("flux-2-klein-9b-preview", &plain),
        ("flux-pro-1.1", &plain),
        ("flux-dev", &plain),
        ("painter-9", &plain),
        ("flux-kontext-pro", &shaped),
        ("flux-3-image", &flux_3),
    ];
    for (name, expected) in cases {
        assert_eq!(sent(model(name), &request()).await, *expected, "{name}");
    }
    // This one draws four megapixels whatever it is asked for.
    let large = GenerationRequest { dimensions: MediaDimensions::new(2048, 2048), ..request() };
    assert_eq!(sent(model("flux-pro-1.1-ultra"), &large).await, shaped);
}

#[tokio::test(start_paused = true)]
async fn every_option_is_sent_in_the_models_words() {
    let options =
        || GenerationOptions { seed: Some(42), output_format: Some(ImageFormat::Jpeg), ..GenerationOptions::default() };
    let numbers = || GenerationOptions { steps: NonZeroU32::new(30), guidance_scale: Some(3.5), ..options() };
    let wide = |options| GenerationRequest { dimensions: MediaDimensions::new(1344, 768), ..with(options) };
    let grid = json!({
        "prompt": "a lighthouse at dusk", "width": 1344, "height": 768, "seed": 42, "output_format": "jpeg",
        "safety_tolerance": 4
    });
    let mut numbered = grid.clone();
    numbered["steps"] = json!(30);
    numbered["guidance"] = json!(3.5);
    numbered["prompt_upsampling"] = json!(false);
    let mut upsampled = grid.clone();
    upsampled["prompt_upsampling"] = json!(true);
    let settings = |name, more: Value| {
        let mut settings = json!({"model": name, "safety_tolerance": 4});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    let cases = [
        (settings("flux-2-max", json!({})), wide(options()), &grid),
        (settings("flux-2-flex", json!({"prompt_upsampling": false})), wide(numbers()), &numbered),
        (settings("flux-dev", json!({"prompt_upsampling": false})), wide(numbers()), &numbered),
        (settings("painter-9", json!({"prompt_upsampling": false})), wide(numbers()), &numbered),
        (settings("flux-pro-1.1", json!({"prompt_upsampling": true})), wide(options()), &upsampled),
    ];
    for (settings, request, expected) in cases {
        assert_eq!(sent(settings.clone(), &request).await, *expected, "{settings}");
    }
}

#[tokio::test(start_paused = true)]
async fn models_without_width_and_height_are_told_a_shape() {
    let of = |width, height| GenerationRequest { dimensions: MediaDimensions::new(width, height), ..request() };
    let cases = [
        ("flux-3-image", of(768, 768), json!({"aspect_ratio": "1:1", "resolution": "768sq"})),
        ("flux-3-image", of(2048, 2048), json!({"aspect_ratio": "1:1", "resolution": "2k"})),
        ("flux-3-image", of(1360, 768), json!({"aspect_ratio": "16:9", "resolution": "1k"})),
        ("flux-pro-1.1-ultra", of(1536, 2736), json!({"aspect_ratio": "9:16"})),
        ("flux-kontext-max", of(1184, 880), json!({"aspect_ratio": "4:3"})),
    ];
    for (name, request, expected) in cases {
        let sent = sent(model(name), &request).await;
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(sent[field], *value, "{name} {}", request.dimensions);
        }
        assert!(sent.get("width").is_none() && sent.get("height").is_none());
    }
    let settings = json!({"model": "flux-3-image", "grounding": false, "safety_tolerance": 0});
    let order = sent(settings, &request()).await;
    assert_eq!((&order["grounding"], &order["safety_tolerance"]), (&json!(false), &json!(0)));
    let settings = json!({"model": "flux-pro-1.1-ultra", "raw": true, "image_prompt_strength": 0.4});
    let order = sent(settings, &of(2048, 2048)).await;
    assert_eq!(order["raw"], true);
    assert!(order.get("image_prompt_strength").is_none(), "there is no picture that it could be about");
}

#[tokio::test(start_paused = true)]
async fn numbers_go_as_far_as_configuration_says() {
    let ranges = json!({"steps": {"start": 1, "end": 80}, "guidance_scale": {"start": 0.0, "end": 20.0}});
    let numbers =
        GenerationOptions { steps: NonZeroU32::new(70), guidance_scale: Some(1.0), ..GenerationOptions::default() };
    let order = sent(json!({"model": "painter-9", "capabilities": ranges}), &with(numbers)).await;
    assert_eq!((&order["steps"], &order["guidance"]), (&json!(70), &json!(1.0)));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let steps = |steps| with(GenerationOptions { steps: NonZeroU32::new(steps), ..none() });
    let guidance = |scale| with(GenerationOptions { guidance_scale: Some(scale), ..none() });
    let cases = [
        ("flux-2-pro", steps(20)),
        ("flux-2-pro", guidance(3.0)),
        ("flux-2-pro", with(GenerationOptions { negative_prompt: Some("boats".to_owned()), ..none() })),
        ("flux-2-pro", with(GenerationOptions { style: Some("vivid".to_owned()), ..none() })),
        ("flux-2-pro", with(GenerationOptions { quality: Some(Quality::High), ..none() })),
        ("flux-2-pro", with(GenerationOptions { output_format: Some(ImageFormat::Svg), ..none() })),
        ("flux-2-pro", GenerationRequest { dimensions: MediaDimensions::new(1000, 1000), ..request() }),
        ("flux-2-pro", GenerationRequest { count: 2, ..request() }),
        ("flux-2-flex", guidance(11.0)),
        ("flux-dev", guidance(7.5)),
        ("flux-dev", steps(51)),
        ("painter-9", guidance(f64::from(1_000))),
        ("flux-3-image", with(GenerationOptions { seed: Some(1), ..none() })),
        ("flux-3-image", with(GenerationOptions { output_format: Some(ImageFormat::Webp), ..none() })),
    ];
    for (name, request) in cases {
        let (outcome, sent) = call(model(name), &request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::Unsupported, RetryClass::Elsewhere), "{request:?}");
        assert_eq!(sent, None);
    }
}
