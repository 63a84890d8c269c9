//! Orders and answers of v2beta.

use media_domain::{GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind, RetryClass};
use media_testkit::pictures;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{assert_refused, call, request, vendor, with};

/// The order that a request becomes, with the service that it goes to.
async fn sent(model: Option<&str>, service: &'static str, request: &GenerationRequest) -> RecordedRequest {
    let mut settings = json!({"api": "v2beta"});
    if let Some(model) = model {
        settings["model"] = json!(model);
    }
    let exchange = Exchange::post(format!("/v2beta/stable-image/generate/{service}")).of_operation(service);
    let (outcome, sent) = call(settings, request, Some(exchange.answers_json(200, &vendor::drawn()))).await;
    outcome.unwrap();
    sent.unwrap()
}

fn fields(sent: &RecordedRequest) -> Value {
    let parts = sent.parts();
    parts.iter().map(|part| (part.name.clone(), Value::from(part.text()))).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test]
async fn each_model_goes_to_its_service_as_a_form() {
    let plain = |more: Value| {
        let mut fields = json!({"prompt": "a lighthouse at dusk", "aspect_ratio": "1:1", "output_format": "png"});
        fields.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        fields
    };
    let cases = [
        (None, "sd3", plain(json!({"model": "sd3.5-large"}))),
        (Some("sd3.5-flash"), "sd3", plain(json!({"model": "sd3.5-flash"}))),
        (Some("core"), "core", plain(json!({}))),
        (Some("ultra"), "ultra", plain(json!({}))),
    ];
    for (model, service, expected) in cases {
        let sent = sent(model, service, &request()).await;
        assert_eq!(fields(&sent), expected, "{model:?}");
        assert_eq!((sent.content_type(), sent.header("accept")), ("multipart/form-data", "application/json"));
    }
}

#[tokio::test]
async fn every_option_is_sent_in_the_vendors_words() {
    let options = GenerationOptions {
        negative_prompt: Some("boats".to_owned()),
        seed: Some(4_711),
        guidance_scale: Some(4.5),
        style: Some("anime".to_owned()),
        output_format: Some(ImageFormat::Webp),
        ..GenerationOptions::default()
    };
    let wide = GenerationRequest { dimensions: MediaDimensions::new(1344, 768), ..with(options) };
    let expected = json!({
        "prompt": "a lighthouse at dusk", "aspect_ratio": "16:9", "negative_prompt": "boats", "seed": "4711",
        "style_preset": "anime", "output_format": "webp", "model": "sd3.5-large", "cfg_scale": "4.5"
    });
    assert_eq!(fields(&sent(None, "sd3", &wide).await), expected);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let guidance = |scale| with(GenerationOptions { guidance_scale: Some(scale), ..none() });
    let refused = [
        with(GenerationOptions { steps: std::num::NonZeroU32::new(30), ..none() }),
        with(GenerationOptions { negative_prompt: Some("x".repeat(10_001)), ..none() }),
        GenerationRequest { dimensions: MediaDimensions::new(1000, 1000), ..request() },
        GenerationRequest { count: 2, ..request() },
    ];
    assert_refused(json!({"api": "v2beta"}), refused).await;
    assert_refused(json!({"api": "v2beta", "model": "core"}), [guidance(5.0)]).await;
}

#[tokio::test]
async fn what_the_vendor_tells_is_kept() {
    let exchange = Exchange::post("/v2beta/stable-image/generate/sd3");
    let exchange = exchange.answers(200, "application/json; type=image/png", vendor::drawn().to_string());
    let answer = call(json!({"api": "v2beta", "guidance_scale": 4.0}), &request(), Some(exchange)).await.0.unwrap();
    let expected = json!({
        "model": "sd3.5-large", "aspect_ratio": "1:1", "seed": 7, "finish_reason": "SUCCESS", "guidance_scale": 4.0
    });
    assert_eq!(Value::Object(answer.images[0].metadata.clone()), expected);
    assert_eq!(answer.model.as_deref(), Some("sd3.5-large"));
}

#[tokio::test]
async fn no_side_field_loses_a_picture() {
    let cases = [(json!("77"), Some(77)), (json!(77.0), Some(77)), (json!(null), None), (json!({}), None)];
    for (told, seed) in cases {
        let body = json!({"image": vendor::picture(7), "seed": told, "finish_reason": null});
        let exchange = Exchange::post("/v2beta/stable-image/generate/sd3").answers_json(200, &body);
        let answer = call(json!({"api": "v2beta"}), &request(), Some(exchange)).await.0.unwrap();
        assert_eq!(answer.images[0].metadata.get("seed"), seed.map(Value::from).as_ref(), "{told}");
    }
}

#[tokio::test]
async fn a_body_that_is_a_picture_is_taken_with_what_its_headers_tell() {
    let exchange = || {
        let exchange = Exchange::post("/v2beta/stable-image/generate/sd3");
        exchange.answers(200, "image/webp", pictures::png(64, 64, 3)).with_header("seed", "4711")
    };
    let answer = call(json!({"api": "v2beta"}), &request(), Some(exchange())).await.0.unwrap();
    assert_eq!((answer.images[0].format, &answer.images[0].metadata["seed"]), (ImageFormat::Png, &json!(4711)));

    let blurred = exchange().with_header("finish-reason", "CONTENT_FILTERED");
    let error = call(json!({"api": "v2beta"}), &request(), Some(blurred)).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::ContentRejected, RetryClass::Elsewhere));
}
