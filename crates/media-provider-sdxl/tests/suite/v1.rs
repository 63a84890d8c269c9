//! Orders and answers of v1.

use std::num::NonZeroU32;

use media_domain::{
    Adaptation, GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, ProviderErrorKind,
    RetryClass,
};
use media_testkit::pictures;
use media_testkit::recorded::RecordedRequest;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{assert_refused, call, request, vendor, with};

fn order() -> Exchange {
    Exchange::post("/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image").of_operation("textToImage")
}

async fn sent(settings: Value, request: &GenerationRequest) -> RecordedRequest {
    let answer = order().answers_json(200, &vendor::artifacts(u64::from(request.count)));
    let (outcome, sent) = call(settings, request, Some(answer)).await;
    outcome.unwrap();
    sent.unwrap()
}

#[tokio::test]
async fn a_plain_request_has_the_defaults_of_the_provider() {
    let sent = sent(json!({}), &request()).await;
    let expected = json!({
        "text_prompts": [{"text": "a lighthouse at dusk", "weight": 1.0}],
        "width": 1024, "height": 1024, "cfg_scale": 7.5, "steps": 50, "samples": 1
    });
    assert_eq!(sent.json(), expected);
    assert_eq!(sent.header("authorization"), format!("Bearer {}", vendor::KEY));
    assert_eq!((sent.header("accept"), sent.header("organization")), ("application/json", ""));
}

#[tokio::test]
async fn every_option_is_sent_in_the_vendors_words() {
    let options = GenerationOptions {
        negative_prompt: Some("boats".to_owned()),
        seed: Some(4_711),
        steps: NonZeroU32::new(30),
        guidance_scale: Some(9.0),
        style: Some("neon-punk".to_owned()),
        output_format: Some(ImageFormat::Png),
        ..GenerationOptions::default()
    };
    let request = GenerationRequest { count: 3, dimensions: MediaDimensions::new(896, 1152), ..with(options) };
    let settings = json!({"sampler": "K_EULER", "organization": "org-1", "steps": 20, "guidance_scale": 5.0});
    let sent = sent(settings, &request).await;
    let expected = json!({
        "text_prompts": [{"text": "a lighthouse at dusk", "weight": 1.0}, {"text": "boats", "weight": -1.0}],
        "width": 896, "height": 1152, "cfg_scale": 9.0, "steps": 30, "samples": 3, "seed": 4711,
        "sampler": "K_EULER", "style_preset": "neon-punk"
    });
    assert_eq!((sent.json(), sent.header("organization")), (expected, "org-1"));
}

#[tokio::test]
async fn settings_stand_in_for_missing_options() {
    let sent = sent(json!({"steps": 20, "guidance_scale": 5.0}), &request()).await.json();
    assert_eq!((&sent["steps"], &sent["cfg_scale"]), (&json!(20), &json!(5.0)));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let none = GenerationOptions::default;
    let refused = [
        with(GenerationOptions { steps: NonZeroU32::new(9), ..none() }),
        with(GenerationOptions { negative_prompt: Some("x".repeat(2_001)), ..none() }),
        with(GenerationOptions { output_format: Some(ImageFormat::Webp), ..none() }),
        GenerationRequest { dimensions: MediaDimensions::new(512, 512), ..request() },
        GenerationRequest { count: 11, ..request() },
    ];
    assert_refused(json!({}), refused).await;
}

#[tokio::test]
async fn what_the_vendor_tells_is_kept() {
    let options = GenerationOptions { negative_prompt: Some("boats".to_owned()), ..GenerationOptions::default() };
    let answer = order().answers_json(200, &vendor::artifacts(1));
    let answer = call(json!({}), &with(options), Some(answer)).await.0.unwrap();
    let image = &answer.images[0];
    assert_eq!((image.width, image.height, image.format), (1024, 1024, ImageFormat::Png));
    assert_eq!(answer.model.as_deref(), Some("stable-diffusion-xl-1024-v1-0"));
    let expected = json!({
        "model": "stable-diffusion-xl-1024-v1-0", "seed": 1, "finish_reason": "SUCCESS", "steps": 50,
        "guidance_scale": 7.5, "negative_prompt": "boats"
    });
    assert_eq!(Value::Object(image.metadata.clone()), expected);
}

#[tokio::test]
async fn a_bare_list_is_an_answer_too() {
    let answer = order().answers_json(200, &vendor::artifacts(2)["artifacts"]);
    let outcome = call(json!({}), &GenerationRequest { count: 2, ..request() }, Some(answer)).await.0;
    assert_eq!(outcome.unwrap().images.len(), 2);
}

#[tokio::test]
async fn a_blurred_picture_does_not_lose_the_others() {
    let mut body = vendor::artifacts(3);
    body["artifacts"][0]["finishReason"] = json!("CONTENT_FILTERED");
    body["artifacts"][1]["base64"] = json!("###");
    let three = GenerationRequest { count: 3, ..request() };
    let answer = call(json!({}), &three, Some(order().answers_json(200, &body))).await.0.unwrap();
    let seeds: Vec<_> = answer.images.iter().map(|image| image.metadata["seed"].clone()).collect();
    assert_eq!(seeds, [json!(3)]);
    let reason = "1 of 3 was blurred by the vendor's filter; 1 of 3 was answered in a way that cannot be read";
    assert_eq!(answer.adaptations, [shortfall("1", reason)]);
    let salvaged: Vec<_> = answer.salvaged.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    assert!(matches!(&salvaged[..], [body] if body.contains("\"###\"")), "{salvaged:?}");
}

fn shortfall(used: &str, reason: &str) -> Adaptation {
    let (field, requested) = ("count".to_owned(), "3".to_owned());
    Adaptation { field, requested, used: Some(used.to_owned()), reason: reason.to_owned() }
}

#[tokio::test]
async fn every_picture_that_is_missing_is_told_and_only_what_cannot_be_read_is_kept_aside() {
    let marked = |indices: &[usize], reason: &str| {
        let mut body = vendor::artifacts(3);
        indices.iter().for_each(|index| body["artifacts"][*index]["finishReason"] = json!(reason));
        body
    };
    let cases = [
        (vendor::artifacts(3), None),
        (vendor::artifacts(2), Some(("2", "the vendor answered no more"))),
        (marked(&[1], "CONTENT_FILTERED"), Some(("2", "1 of 3 was blurred by the vendor's filter"))),
        (marked(&[0, 2], "CONTENT_FILTERED"), Some(("1", "2 of 3 were blurred by the vendor's filter"))),
        (marked(&[2], "ERROR"), Some(("2", "1 of 3 was given up by the vendor, which says that it failed"))),
    ];
    let three = GenerationRequest { count: 3, ..request() };
    for (body, told) in cases {
        let answer = call(json!({}), &three, Some(order().answers_json(200, &body))).await.0.unwrap();
        assert_eq!(answer.adaptations, Vec::from_iter(told.map(|(used, reason)| shortfall(used, reason))));
        assert!(answer.salvaged.is_empty(), "{told:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_a_picture_is_taken_with_what_its_headers_tell() {
    let exchange = || order().answers(200, "image/png", pictures::png(64, 64, 3)).with_header("seed", "4711");
    let success = exchange().with_header("finish-reason", "SUCCESS");
    let answer = call(json!({}), &request(), Some(success)).await.0.unwrap();
    let image = &answer.images[0];
    assert!(image.content == ImageContent::Bytes(pictures::png(64, 64, 3).into()));
    assert_eq!((&image.metadata["seed"], &image.metadata["finish_reason"]), (&json!(4711), &json!("SUCCESS")));

    let blurred = exchange().with_header("finish-reason", "CONTENT_FILTERED");
    let error = call(json!({}), &request(), Some(blurred)).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::ContentRejected, RetryClass::Elsewhere));
}

#[tokio::test]
async fn an_answer_without_any_picture_says_why() {
    let cases = [
        (json!([{"finishReason": "ERROR"}]), ProviderErrorKind::Unavailable, RetryClass::Elsewhere),
        (
            json!([{"finishReason": "ERROR"}, {"finishReason": "CONTENT_FILTERED", "base64": vendor::picture(1)}]),
            ProviderErrorKind::ContentRejected,
            RetryClass::Elsewhere,
        ),
        (json!([{"base64": "###"}]), ProviderErrorKind::MalformedResponse, RetryClass::Billed),
        (
            json!([{"base64": "###"}, {"finishReason": "CONTENT_FILTERED"}, {"finishReason": "ERROR"}]),
            ProviderErrorKind::MalformedResponse,
            RetryClass::Billed,
        ),
        (json!([{}]), ProviderErrorKind::MalformedResponse, RetryClass::Billed),
    ];
    for (artifacts, kind, retry) in cases {
        let exchange = order().answers_json(200, &json!({"artifacts": artifacts}));
        let error = call(json!({}), &request(), Some(exchange)).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (kind, &retry), "{artifacts}");
        assert_eq!(error.salvaged.is_some(), retry == RetryClass::Billed);
    }
}

#[tokio::test]
async fn no_side_field_loses_a_picture() {
    let cases = [
        (json!({"seed": "77"}), Some(77)),
        (json!({"seed": 77.0, "finishReason": null}), Some(77)),
        (json!({"seed": -1, "finishReason": 0}), None),
        (json!({"seed": [77]}), None),
    ];
    for (side, seed) in cases {
        let mut artifact = side.clone();
        artifact["base64"] = json!(vendor::picture(1));
        let exchange = order().answers_json(200, &json!({"artifacts": [artifact]}));
        let answer = call(json!({}), &request(), Some(exchange)).await.0.unwrap();
        assert_eq!(answer.images[0].metadata.get("seed"), seed.map(Value::from).as_ref(), "{side}");
    }
}
