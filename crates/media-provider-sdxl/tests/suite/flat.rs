//! Orders and answers of a flat endpoint.

use std::num::NonZeroU32;

use media_domain::{GenerationOptions, ImageContent, ImageFormat, ProviderErrorKind, RetryClass};
use media_testkit::pictures;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{Outcome, call, request, vendor, with};

fn settings(more: Value) -> Value {
    let mut settings = json!({"api": "flat", "base_url": "http://127.0.0.1:8000/flat/sdxl"});
    settings.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    settings
}

fn order() -> Exchange {
    Exchange::post("/flat/sdxl")
}

#[tokio::test]
async fn the_order_is_flat() {
    let exchange = || order().answers_json(200, &json!({"image": vendor::picture(1)}));
    let (outcome, sent) = call(settings(json!({})), &request(), Some(exchange())).await;
    outcome.unwrap();
    let plain = json!({
        "prompt": "a lighthouse at dusk", "width": 1024, "height": 1024, "num_inference_steps": 50,
        "guidance_scale": 7.5
    });
    let sent = sent.unwrap();
    assert_eq!((sent.json(), sent.header("authorization")), (plain, &*format!("Bearer {}", vendor::KEY)));

    let options = GenerationOptions {
        negative_prompt: Some("boats".to_owned()),
        seed: Some(u64::MAX),
        steps: NonZeroU32::new(4),
        guidance_scale: Some(0.0),
        ..GenerationOptions::default()
    };
    let exchange = Exchange::post("/flat/sdxl/v1/draw").answers_json(200, &json!({"image": vendor::picture(1)}));
    let (outcome, sent) = call(settings(json!({"path": "/v1/draw"})), &with(options), Some(exchange)).await;
    assert_eq!(outcome.unwrap().images[0].metadata["seed"], json!(u64::MAX));
    let all = json!({
        "prompt": "a lighthouse at dusk", "negative_prompt": "boats", "width": 1024, "height": 1024,
        "num_inference_steps": 4, "guidance_scale": 0.0, "seed": u64::MAX
    });
    assert_eq!(sent.unwrap().json(), all);
}

async fn answered(shape: &str, exchange: Exchange) -> Outcome {
    call(settings(json!({"answer": shape})), &request(), Some(exchange)).await.0
}

#[tokio::test]
async fn each_shape_is_read_where_it_is_expected() {
    let picture = pictures::png(64, 64, 3);
    let bytes = || order().answers(200, "image/png", picture.clone());
    let json = |body: &Value| order().answers_json(200, body);
    let text = vendor::picture(3);
    let cases = [
        ("bytes", bytes()),
        ("image", json(&json!({"image": text}))),
        ("image", json(&json!({"image": {"b64": text}, "images": ["aGVsbG8="]}))),
        ("images", json(&json!({"images": [text]}))),
        ("images", json(&json!({"images": [{"b64_json": format!("data:image/png;base64,{text}")}]}))),
        ("images", json(&json!({"images": [{"base64": text, "nsfw": false}, 7, null]}))),
        ("images", json(&json!({"images": [{"url": format!("data:image/png;base64,{text}")}]}))),
        ("images", json(&json!({"images": [{"url": "https://files.example.org/a.png", "b64_json": text}]}))),
    ];
    for (shape, exchange) in cases {
        for shape in [shape, "any"] {
            let answer = answered(shape, exchange.clone()).await.unwrap();
            assert!(answer.images[0].content == ImageContent::Bytes(picture.clone().into()), "{shape}: {exchange:?}");
            assert_eq!(answer.images[0].format, ImageFormat::Png);
        }
    }
}

#[tokio::test]
async fn another_shape_than_settings_name_is_malformed_and_kept_aside() {
    let bytes = || order().answers(200, "image/png", pictures::png(64, 64, 3));
    let json = |body: Value| order().answers_json(200, &body);
    let cases = [
        ("bytes", json(json!({"image": vendor::picture(3)}))),
        ("image", bytes()),
        ("image", json(json!({"images": [vendor::picture(3)]}))),
        ("images", json(json!({"image": vendor::picture(3)}))),
        ("any", json(json!({"output": vendor::picture(3)}))),
        ("any", json(json!({"images": [{"url": "file:///etc/passwd"}]}))),
        ("any", order().answers(200, "image/png", "no picture")),
    ];
    for (shape, exchange) in cases {
        let error = answered(shape, exchange.clone()).await.unwrap_err();
        let got = (error.kind, &error.retry);
        assert_eq!(got, (ProviderErrorKind::MalformedResponse, &RetryClass::Billed), "{shape}: {exchange:?}");
        assert!(error.salvaged.is_some());
    }
}

#[tokio::test]
async fn an_address_is_handed_on_and_the_format_is_told_by_the_bytes() {
    let url = "https://files.example.org/a.png?signature=1";
    let bodies = [
        json!({"images": [{"url": url, "seed": 5}], "seeds": [9]}),
        json!({"images": [url], "seeds": [5]}),
        json!({"image": url, "seed": 5}),
        json!({"image": {"image": url}, "seed": 5}),
    ];
    for body in bodies {
        let answer = answered("any", order().answers_json(200, &body)).await.unwrap();
        let image = &answer.images[0];
        assert_eq!(image.content, ImageContent::Url(url.to_owned()), "{body}");
        assert_eq!(image.metadata["seed"], json!(5), "{body}");
    }

    let jpeg = order().answers(200, "application/octet-stream", &b"\xff\xd8\xff\xe0rest"[..]);
    assert_eq!(answered("any", jpeg).await.unwrap().images[0].format, ImageFormat::Jpeg);
}

#[tokio::test]
async fn no_side_field_loses_a_picture() {
    let text = vendor::picture(3);
    let cases = [
        (json!({"images": [text], "seed": -1}), None),
        (json!({"images": [text], "seed": "123"}), Some(123)),
        (json!({"images": [text], "seed": [5]}), None),
        (json!({"images": [text], "seed": 5.0, "seeds": [null, 6]}), Some(5)),
        (json!({"images": [text], "seeds": ["7"]}), Some(7)),
        (json!({"image": text, "images": null}), None),
        (json!({"image": text, "seeds": null}), None),
        (json!({"image": null, "images": [text], "seeds": 3}), None),
        (json!({"images": [{"b64": text, "seed": "12"}]}), Some(12)),
        (json!({"images": [{"b64": text, "seed": {}, "url": null, "image": 7}]}), None),
        (json!({"images": [{"b64": null, "base64": text, "image": "a.png"}]}), None),
    ];
    for (body, seed) in cases {
        let answer = answered("any", order().answers_json(200, &body)).await.unwrap();
        assert_eq!(answer.images[0].metadata.get("seed"), seed.map(Value::from).as_ref(), "{body}");
    }
}

#[tokio::test]
async fn a_server_that_answers_its_failure_with_200_is_quoted() {
    let said = "CUDA out of memory";
    let failed = (ProviderErrorKind::Unavailable, RetryClass::Elsewhere);
    // What is not called an error may be told of a picture that was drawn.
    let unusable = (ProviderErrorKind::MalformedResponse, RetryClass::Billed);
    let cases = [
        ("any", json!({"error": said}), &failed),
        ("bytes", json!({"error": said}), &failed),
        ("images", json!({"error": {"message": said}, "images": []}), &failed),
        ("image", json!({"error": true, "detail": said, "image": null}), &failed),
        ("any", json!({"detail": said}), &unusable),
        ("any", json!({"message": said, "error": null}), &unusable),
        ("any", json!({"message": said, "error": false}), &unusable),
        ("any", json!({"error": said, "image": "###"}), &unusable),
    ];
    for (shape, body, expected) in cases {
        let error = answered(shape, order().answers_json(200, &body)).await.unwrap_err();
        assert_eq!((error.kind, error.retry.clone()), *expected, "{body}");
        assert_eq!(error.salvaged.is_some(), error.retry == RetryClass::Billed, "{body}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let told = json!({"error": format!("{} is wrong", vendor::KEY)});
    let error = answered("any", order().answers_json(200, &told)).await.unwrap_err();
    assert!(!error.to_string().contains(vendor::KEY), "{error}");
}
