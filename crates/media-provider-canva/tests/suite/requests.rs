//! What is sent to fill in a template and to export it.

use media_domain::{
    Background, GenerationOptions, GenerationRequest, ImageFormat, MediaDimensions, ProviderErrorKind, Quality,
};
use serde_json::{Value, json};

use crate::{call, request, vendor, whole};

/// The order and the export that a request becomes.
async fn sent(settings: Value, request: &GenerationRequest) -> (Value, Value) {
    let (outcome, sent) = call(settings, request, whole(1)).await;
    outcome.unwrap();
    (sent[1].json(), sent[3].json())
}

fn with(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..request() }
}

#[tokio::test(start_paused = true)]
async fn a_plain_request_fills_in_the_prompt_and_nothing_else() {
    let (order, export) = sent(Value::Null, &request()).await;
    let expected = json!({
        "type": "create_from_brand_template", "brand_template_id": vendor::TEMPLATE,
        "data": { "prompt": { "type": "text", "text": "a lighthouse at dusk" } }
    });
    assert_eq!(order, expected);
    let format = json!({ "type": "png", "width": 256, "height": 256 });
    assert_eq!(export, json!({ "design_id": "DAGdesign1", "format": format }));
}

#[tokio::test(start_paused = true)]
async fn every_field_of_the_template_is_filled_in_as_configured() {
    let settings = json!({
        "prompt_field": "headline", "title": "Autumn", "text_fields": { "brand": "Acme", "claim": "" },
        "image_fields": { "logo": "Msd59349ff" }
    });
    let (order, _) = sent(settings, &request()).await;
    assert_eq!(order["title"], "Autumn");
    let expected = json!({
        "brand": { "type": "text", "text": "Acme" }, "claim": { "type": "text", "text": "" },
        "headline": { "type": "text", "text": "a lighthouse at dusk" },
        "logo": { "type": "image", "asset_id": "Msd59349ff" }
    });
    assert_eq!(order["data"], expected);
}

#[tokio::test(start_paused = true)]
async fn every_option_is_sent_in_the_vendors_words() {
    let none = GenerationOptions::default;
    let png = GenerationOptions {
        quality: Some(Quality::Hd),
        background: Some(Background::Transparent),
        output_format: Some(ImageFormat::Png),
        ..none()
    };
    let request = GenerationRequest { dimensions: MediaDimensions::new(1080, 1350), ..with(png) };
    let (_, export) = sent(json!({ "pages": [1, 3] }), &request).await;
    let expected = json!({
        "type": "png", "export_quality": "pro", "width": 1080, "height": 1350, "transparent_background": true,
        "pages": [1, 3]
    });
    assert_eq!(export["format"], expected);

    let jpeg = GenerationOptions {
        quality: Some(Quality::Standard),
        background: Some(Background::Opaque),
        output_format: Some(ImageFormat::Jpeg),
        ..none()
    };
    let (_, export) = sent(json!({ "jpeg_quality": 75, "export_quality": "pro" }), &with(jpeg)).await;
    let expected = json!({ "type": "jpg", "export_quality": "regular", "quality": 75, "width": 256, "height": 256 });
    assert_eq!(export["format"], expected);
}

#[tokio::test(start_paused = true)]
async fn the_quality_of_settings_stands_in_for_a_missing_one() {
    let (_, export) = sent(json!({ "export_quality": "pro" }), &request()).await;
    assert_eq!(export["format"]["export_quality"], "pro");
    let opaque = with(GenerationOptions { background: Some(Background::Opaque), ..GenerationOptions::default() });
    let (_, export) = sent(Value::Null, &opaque).await;
    assert_eq!(export["format"]["transparent_background"], false);
}

#[tokio::test(start_paused = true)]
async fn every_call_carries_the_access_token() {
    let (_, sent) = call(Value::Null, &request(), whole(1)).await;
    assert_eq!(sent.len(), 5);
    for request in sent {
        assert_eq!(request.header("authorization"), format!("Bearer {}", vendor::KEY), "{request:?}");
        assert!(request.headers["authorization"].is_sensitive());
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let jpeg = GenerationOptions { output_format: Some(ImageFormat::Jpeg), ..none() };
    let cases = [
        with(GenerationOptions { seed: Some(1), ..none() }),
        with(GenerationOptions { negative_prompt: Some("boats".to_owned()), ..none() }),
        with(GenerationOptions { output_format: Some(ImageFormat::Svg), ..none() }),
        with(GenerationOptions { quality: Some(Quality::Max), ..none() }),
        with(GenerationOptions { background: Some(Background::Transparent), ..jpeg }),
        GenerationRequest { dimensions: MediaDimensions::new(39, 400), ..request() },
        GenerationRequest { count: 2, ..request() },
    ];
    for request in cases {
        let (outcome, sent) = call(Value::Null, &request, Vec::new()).await;
        let error = outcome.unwrap_err();
        assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{request:?}");
        assert!(sent.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_template_nothing_is_sent_and_the_key_is_named() {
    let (outcome, _) = call(json!({ "brand_template_id": null }), &request(), Vec::new()).await;
    let error = outcome.unwrap_err();
    assert!(error.kind == ProviderErrorKind::ConfigInvalid && error.raised_here);
    assert!(error.message.contains("brand_template_id"), "{error}");
}
