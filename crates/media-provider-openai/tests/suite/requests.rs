//! Orders and answers.

use media_domain::{
    Adaptation, Background, Compatibility, GenerationOptions, GenerationRequest, ImageContent, ImageFormat,
    MediaDimensions, ProviderErrorKind, Quality, RetryClass, Usage,
};
use media_ports::{CallContext, CallPreferences};
use media_provider_openai::OpenAiImagesSettings;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, call_in, context, request, vendor};

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
async fn models_that_draw_better_than_high_are_asked_for_it() {
    for model in ["gpt-image-2.5-flare", "gpt-image-2.6-flare"] {
        for (quality, word) in [(Quality::Xhigh, "xhigh"), (Quality::Max, "max")] {
            let asked = with(GenerationOptions { quality: Some(quality), ..GenerationOptions::default() });
            assert_eq!(sent(json!({ "model": model }), &asked).await["quality"], word, "{model}");
        }
    }
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
async fn a_transparent_background_takes_a_format_that_is_drawn_so_or_is_refused() {
    let settings = || json!({"model": "gpt-image-2.6-flare"});
    for format in [ImageFormat::Svg, ImageFormat::Gif] {
        let asked = |background| {
            let options = GenerationOptions { background, output_format: Some(format), ..GenerationOptions::default() };
            with(options)
        };
        let transparent = asked(Some(Background::Transparent));
        let exchange = order().answers_json(200, &vendor::images(1));
        let (outcome, sent) = call(settings(), &transparent, Some(exchange)).await;
        assert_eq!(sent.unwrap()["output_format"], "png");
        let Adaptation { field, requested, used, .. } = outcome.unwrap().adaptations.remove(0);
        assert_eq!(
            (field.as_str(), requested.as_str(), used.as_deref()),
            ("output_format", format.as_str(), Some("png"))
        );

        let preferences = CallPreferences { compatibility: Some(Compatibility::Strict), ..CallPreferences::default() };
        let strict = CallContext { preferences, ..context() };
        let (outcome, sent) = call_in(strict, settings(), &transparent, None).await;
        assert_eq!((outcome.unwrap_err().kind, sent), (ProviderErrorKind::Unsupported, None));

        for background in [None, Some(Background::Opaque)] {
            assert_eq!(self::sent(settings(), &asked(background)).await["output_format"], format.as_str());
        }
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
async fn tokens_are_counted_and_left_to_whoever_knows_the_prices() {
    let expected = Usage { input_tokens: Some(10), output_tokens: Some(1_056), ..Usage::default() };
    for (settings, count) in [(json!({}), 1), (json!({}), 2), (json!({"model": "my-own-model"}), 1)] {
        let request = GenerationRequest { count: count as u32, ..request() };
        let mut body = vendor::images(count);
        body["usage"]["input_tokens_details"] = json!({"text_tokens": 10});
        let (outcome, _) = call(settings.clone(), &request, Some(order().answers_json(200, &body))).await;
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
async fn a_picture_that_cannot_be_read_is_kept_aside_and_does_not_lose_the_others() {
    let answered = async |body: Value| call(Value::Null, &request(), Some(order().answers_json(200, &body))).await.0;
    let whole = answered(vendor::images(2)).await.unwrap();
    assert_eq!((whole.images.len(), whole.salvaged.len()), (2, 0));

    for broken in [json!({"b64_json": "###"}), json!({"b64_json": ["###"]}), json!("###")] {
        let mut body = vendor::images(2);
        body["data"][0] = broken.clone();
        let answer = answered(body).await.unwrap();
        assert_eq!((answer.images.len(), answer.salvaged.len()), (1, 1), "{broken}");
        assert!(String::from_utf8_lossy(&answer.salvaged[0]).contains("###"), "{broken}");
    }
    for broken in [json!([{"b64_json": "###"}]), json!([{}]), json!([{"b64_json": null, "url": ""}]), Value::Null] {
        let error = answered(json!({"data": broken})).await.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, RetryClass::Billed));
        assert!(error.salvaged.is_some());
    }
}

#[tokio::test]
async fn odd_ornaments_lose_neither_the_picture_nor_one_another() {
    for odd in [Value::Null, json!(7), json!([]), json!({"a": 1}), json!(true)] {
        let mut body = vendor::images(1);
        for key in ["background", "output_format", "size", "quality", "error"] {
            body[key] = odd.clone();
        }
        for key in ["revised_prompt", "generation_id", "url"] {
            body["data"][0][key] = odd.clone();
        }
        body["usage"]["input_tokens_details"]["image_tokens"] = odd.clone();
        let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
        let answer = outcome.unwrap();
        let image = &answer.images[0];
        assert_eq!((image.width, image.height, image.format), (1024, 1024, ImageFormat::Png), "{odd}");
        assert!(!image.metadata.contains_key("revised_prompt"), "{odd}");
        assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (Some(10), Some(1_056)), "{odd}");
    }
    let mut body = vendor::images(1);
    body["usage"]["input_tokens"] = json!("ten");
    let (outcome, _) = call(Value::Null, &request(), Some(order().answers_json(200, &body))).await;
    let usage = outcome.unwrap().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (None, Some(1_056)));
}

#[tokio::test]
async fn a_refusal_inside_a_success_is_no_answer_that_was_paid_for() {
    let cases = [
        ("image_generation_user_error", Some("moderation_blocked"), "content_rejected", "elsewhere"),
        ("insufficient_quota", None, "quota_exhausted", "elsewhere"),
        ("requests", Some("rate_limit_exceeded"), "rate_limited", "again"),
        ("server_error", None, "unavailable", "elsewhere"),
    ];
    for (error_type, code, kind, class) in cases {
        for data in [None, Some(json!([])), Some(Value::Null)] {
            let mut body = vendor::error(error_type, code, vendor::KEY);
            if let Some(data) = data {
                body["data"] = data;
            }
            let exchange = order().answers_json(200, &body).with_header("x-request-id", "req_42");
            let error = call(Value::Null, &request(), Some(exchange)).await.0.unwrap_err();
            assert_eq!((error.kind.as_str(), error.retry.as_str()), (kind, class), "{body}");
            assert_eq!((error.http_status, error.salvaged.is_some()), (Some(200), false));
            assert!(error.message.contains("req_42") && !error.message.contains(vendor::KEY), "{error}");
        }
    }
    // Whoever sends pictures has drawn them.
    let mut body = vendor::images(1);
    body["error"] = json!({"code": "moderation_blocked"});
    assert!(call(Value::Null, &request(), Some(order().answers_json(200, &body))).await.0.is_ok());
}

#[tokio::test]
async fn the_limit_of_an_answer_grows_with_the_images_ordered() {
    for (count, megabytes, fits) in [(1, 1, false), (2, 1, true), (4, 1, true), (4, 5, false)] {
        let mut body = vendor::images(count);
        body["padding"] = json!("x".repeat(megabytes << 20));
        let several = GenerationRequest { count: count as u32, ..request() };
        let exchange = order().answers_json(200, &body);
        let (outcome, _) = call(json!({"max_response_mb": 1}), &several, Some(exchange)).await;
        assert_eq!(outcome.is_ok(), fits, "{count} images in {megabytes} MB");
    }
    let limit = |megabytes, count| {
        let settings = OpenAiImagesSettings { max_response_mb: megabytes, ..OpenAiImagesSettings::default() };
        settings.max_response_bytes(count)
    };
    assert_eq!((limit(128, 1), limit(128, 10), limit(1_024, 10)), (128 << 20, 512 << 20, 1_024 << 20));
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
