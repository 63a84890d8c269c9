//! Orders and answers.

use media_domain::{
    Background, GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, ProviderErrorKind,
    Quality, RetryClass, Usage,
};
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, request, vendor};

fn order() -> Exchange {
    Exchange::post("/v1/images/generations")
}

/// The order that a request becomes.
async fn sent(settings: Value, request: &GenerationRequest) -> Value {
    let (outcome, sent) = call(settings, request, Some(order().answers_json(200, &vendor::images(1)))).await;
    outcome.unwrap();
    sent.unwrap()
}

fn with(options: GenerationOptions) -> GenerationRequest {
    GenerationRequest { options, ..request() }
}

#[tokio::test]
async fn a_plain_request_sends_nothing_that_a_model_might_refuse() {
    let expected = json!({"model": "gpt-image-2", "prompt": "a lighthouse at dusk", "n": 1, "size": "1024x1024"});
    assert_eq!(sent(Value::Null, &request()).await, expected);
}

#[tokio::test]
async fn every_option_is_sent_in_the_vendors_words() {
    let options = GenerationOptions {
        quality: Some(Quality::Hd),
        background: Some(Background::Transparent),
        output_format: Some(ImageFormat::Webp),
        ..GenerationOptions::default()
    };
    let request = GenerationRequest { count: 3, dimensions: MediaDimensions::new(1536, 864), ..with(options) };
    let expected = json!({
        "model": "gpt-image-2.5-flare", "prompt": "a lighthouse at dusk", "n": 3, "size": "1536x864",
        "quality": "high", "background": "transparent", "output_format": "webp", "moderation": "low"
    });
    assert_eq!(sent(json!({"model": "gpt-image-2.5-flare", "moderation": "low"}), &request).await, expected);
}

#[tokio::test]
async fn the_quality_of_settings_stands_in_for_a_missing_one() {
    let settings = json!({"quality": "low"});
    assert_eq!(sent(settings.clone(), &request()).await["quality"], "low");
    let asked = with(GenerationOptions { quality: Some(Quality::Standard), ..GenerationOptions::default() });
    assert_eq!(sent(settings, &asked).await["quality"], "medium");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let jpeg = GenerationOptions { output_format: Some(ImageFormat::Jpeg), ..none() };
    let cases = [
        with(GenerationOptions { seed: Some(1), ..none() }),
        with(GenerationOptions { negative_prompt: Some("boats".to_owned()), ..none() }),
        with(GenerationOptions { output_format: Some(ImageFormat::Svg), ..none() }),
        with(GenerationOptions { quality: Some(Quality::Max), ..none() }),
        with(GenerationOptions { background: Some(Background::Transparent), ..jpeg }),
        GenerationRequest { dimensions: MediaDimensions::new(1920, 400), ..request() },
        GenerationRequest { count: 11, ..request() },
    ];
    for request in cases {
        let (outcome, sent) = call(Value::Null, &request, None).await;
        assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Unsupported, "{request:?}");
        assert_eq!(sent, None);
    }
}

#[tokio::test]
async fn what_the_vendor_tells_is_kept() {
    let mut body = vendor::images(1);
    body["data"][0]["revised_prompt"] = json!("a lighthouse at nightfall");
    body["data"][0]["generation_id"] = json!("gen_1");
    let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
    let answer = outcome.unwrap();
    let image = &answer.images[0];
    assert_eq!((image.width, image.height, image.format), (1024, 1024, ImageFormat::Png));
    assert_eq!(answer.model.as_deref(), Some("gpt-image-2"));
    let expected = json!({
        "model": "gpt-image-2", "created": 1_795_176_000, "background": "opaque", "output_format": "png",
        "size": "1024x1024", "quality": "medium", "usage": body["usage"],
        "revised_prompt": "a lighthouse at nightfall", "generation_id": "gen_1"
    });
    assert_eq!(Value::Object(image.metadata.clone()), expected);
}

#[tokio::test]
async fn tokens_are_priced_where_a_price_is_known() {
    let usage =
        |cost_micros| Usage { cost_micros, input_tokens: Some(10), output_tokens: Some(1_056), ..Usage::default() };
    let high = with(GenerationOptions { quality: Some(Quality::High), ..GenerationOptions::default() });
    let two = GenerationRequest { count: 2, ..high.clone() };
    // 10 text tokens at 5 and 1,056 image tokens at 30 millionths of a dollar.
    let cases = [
        (json!({}), request(), 1, usage(Some(31_730))),
        (json!({"model": "gpt-image-2.5-flare"}), high, 1, usage(Some(31_730))),
        (json!({}), two, 2, usage(Some(31_730))),
        (json!({"quality": "high"}), request(), 1, usage(Some(31_730))),
        (json!({"model": "gpt-image-1.5"}), request(), 1, usage(None)),
        (json!({"model": "my-own-model"}), request(), 1, usage(None)),
    ];
    for (settings, request, count, expected) in cases {
        let exchange = order().answers_json(200, &vendor::images(count));
        let (outcome, _) = call(settings.clone(), &request, Some(exchange)).await;
        assert_eq!(outcome.unwrap().usage, expected, "{settings}");
    }
}

#[tokio::test]
async fn an_answer_without_usage_costs_an_unknown_amount() {
    let mut body = vendor::images(1);
    for usage in [json!(null), json!({}), json!("none"), json!({"output_tokens": "many"})] {
        body["usage"] = usage;
        let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
        assert_eq!(outcome.unwrap().usage, Usage::default());
    }
}

#[tokio::test]
async fn an_address_in_place_of_bytes_is_handed_on() {
    let body = json!({"data": [{"url": "https://files.example.org/a.png?signature=1"}]});
    let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
    let content = outcome.unwrap().images.remove(0).content;
    assert_eq!(content, ImageContent::Url("https://files.example.org/a.png?signature=1".to_owned()));
}

#[tokio::test]
async fn a_picture_that_cannot_be_read_does_not_lose_the_others() {
    let mut body = vendor::images(2);
    body["data"][0]["b64_json"] = json!("###");
    let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
    assert_eq!(outcome.unwrap().images.len(), 1);

    for broken in [json!([{"b64_json": "###"}]), json!([{}]), json!([{"b64_json": null, "url": ""}])] {
        let exchange = order().answers_json(200, &json!({"data": broken}));
        let error = call(Value::Null, &request(), Some(exchange)).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, RetryClass::Billed));
        assert!(error.salvaged.is_some());
    }
}

#[tokio::test]
async fn overlong_texts_of_the_vendor_are_not_kept() {
    let mut body = vendor::images(1);
    body["data"][0]["revised_prompt"] = json!("x".repeat(200_000));
    body["usage"]["padding"] = json!("x".repeat(200_000));
    let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
    let answer = outcome.unwrap();
    let metadata = &answer.images[0].metadata;
    assert!(!metadata.contains_key("revised_prompt") && !metadata.contains_key("usage"));
    assert_eq!(answer.usage.output_tokens, Some(1_056));
}
