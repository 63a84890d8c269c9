//! From neutral requests to the inputs of models.

use std::num::NonZeroU32;

use media_domain::{
    Background, Compatibility, GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind,
    Quality,
};
use serde_json::{Value, json};

use crate::{call, call_in, context, official, official_order, request, vendor};

fn every_option() -> GenerationOptions {
    GenerationOptions {
        negative_prompt: Some("boats".to_owned()),
        seed: Some(471_120),
        steps: NonZeroU32::new(30),
        guidance_scale: Some(9.5),
        quality: Some(Quality::High),
        style: Some("woodcut".to_owned()),
        background: Some(Background::Opaque),
        output_format: Some(ImageFormat::Jpeg),
    }
}

#[tokio::test]
async fn sdxl_is_ordered_by_its_version_with_the_defaults_of_the_product() {
    let answer = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = call(Value::Null, &request(), vec![answer]).await;
    outcome.unwrap();
    let expected = json!({
        "version": "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc",
        "input": {
            "prompt": "a lighthouse at dusk",
            "width": 1024,
            "height": 1024,
            "num_outputs": 1,
            "num_inference_steps": 50,
            "guidance_scale": 7.5
        }
    });
    assert_eq!(sent[0].json(), expected);
    assert_eq!(sent[0].header("authorization"), format!("Bearer {}", vendor::KEY));
    assert!(sent[0].headers["authorization"].is_sensitive());
}

#[tokio::test]
async fn every_field_that_sdxl_takes_reaches_it() {
    let every = every_option();
    let options = GenerationOptions { quality: None, style: None, background: None, output_format: None, ..every };
    let dimensions = MediaDimensions::new(1344, 768);
    let request = GenerationRequest { dimensions, count: 3, options, ..request() };
    let answer = vendor::order().answers_json(201, &vendor::succeeded(3));
    let settings = json!({"steps": 12, "guidance_scale": 3.0});
    let (outcome, sent) = call(settings, &request, vec![answer]).await;
    let answer = outcome.unwrap();
    assert_eq!((answer.images.len(), answer.images[2].width, answer.images[2].height), (3, 1344, 768));
    let expected = json!({
        "prompt": "a lighthouse at dusk",
        "negative_prompt": "boats",
        "width": 1344,
        "height": 768,
        "num_outputs": 3,
        "seed": 471_120,
        "num_inference_steps": 30,
        "guidance_scale": 9.5
    });
    assert_eq!(sent[0].json()["input"], expected);
}

#[tokio::test]
async fn any_field_goes_where_the_inputs_say() {
    let inputs = json!({
        "prompt": "text", "negative_prompt": "avoid", "size": "size", "count": "n", "seed": "random_seed",
        "steps": "steps", "guidance_scale": "cfg", "quality": "grade", "style": "look", "background": "behind",
        "output_format": "format", "constants": {"go_fast": true, "n": 9}
    });
    let settings = json!({"model": "acme/painter", "inputs": inputs});
    let request = GenerationRequest { count: 2, options: every_option(), ..request() };
    let answer = vendor::official_order("acme/painter").answers_json(201, &vendor::succeeded(2));
    let (outcome, sent) = call(settings, &request, vec![answer]).await;
    let answer = outcome.unwrap();
    assert!(answer.adaptations.is_empty(), "{:?}", answer.adaptations);
    assert_eq!((answer.images[0].width, answer.images[0].height), (1024, 1024));
    let expected = json!({"input": {
        "text": "a lighthouse at dusk", "avoid": "boats", "size": "1024x1024", "n": 2, "random_seed": 471_120,
        "steps": 30, "cfg": 9.5, "grade": "high", "look": "woodcut", "behind": "opaque", "format": "jpg",
        "go_fast": true
    }});
    assert_eq!(sent[0].json(), expected);
}

#[tokio::test]
async fn official_models_are_told_the_shape_by_their_ratio() {
    for (width, height, ratio) in [(1024, 1024, "1:1"), (1368, 768, "16:9"), (672, 1568, "9:21")] {
        let request = GenerationRequest { dimensions: MediaDimensions::new(width, height), ..request() };
        let answer = official_order().answers_json(201, &vendor::succeeded(1));
        let (outcome, sent) = call(official(), &request, vec![answer]).await;
        let image = outcome.unwrap().images.remove(0);
        assert_eq!((image.width, image.height), (width, height));
        let expected = json!({"input": {
            "prompt": "a lighthouse at dusk", "aspect_ratio": ratio, "safety_tolerance": 2
        }});
        assert_eq!(sent[0].json(), expected);
    }
}

#[tokio::test]
async fn what_a_model_has_no_input_for_is_left_out_and_told() {
    let settings = || json!({"model": "acme/painter"});
    let answer = vendor::official_order("acme/painter").answers_json(201, &vendor::succeeded(1));
    let (outcome, sent) = call(settings(), &request(), vec![answer]).await;
    let fields: Vec<_> = outcome.unwrap().adaptations.into_iter().map(|left| (left.field, left.requested)).collect();
    assert_eq!(fields, [("size".to_owned(), "1024x1024".to_owned())]);
    assert_eq!(sent[0].json(), json!({"input": {"prompt": "a lighthouse at dusk"}}));

    let mut strict = context();
    strict.preferences.compatibility = Some(Compatibility::Strict);
    let (outcome, sent) = call_in(&strict, settings(), &request(), Vec::new()).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported);
    assert!(sent.is_empty());
}

#[tokio::test]
async fn what_a_model_does_not_take_is_refused_before_anything_is_sent() {
    let with = |options| GenerationRequest { options, ..request() };
    let requests = [
        with(GenerationOptions { guidance_scale: Some(0.5), ..GenerationOptions::default() }),
        with(GenerationOptions { guidance_scale: Some(50.5), ..GenerationOptions::default() }),
        with(GenerationOptions { steps: NonZeroU32::new(501), ..GenerationOptions::default() }),
        with(GenerationOptions { output_format: Some(ImageFormat::Webp), ..GenerationOptions::default() }),
        GenerationRequest { count: 5, ..request() },
        GenerationRequest { dimensions: MediaDimensions::new(1001, 1000), ..request() },
    ];
    for request in requests {
        let (outcome, sent) = call(Value::Null, &request, Vec::new()).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported, "{request:?}");
        assert!(sent.is_empty());
    }
}
