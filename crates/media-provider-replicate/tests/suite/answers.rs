//! From what a model answers to pictures.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{GenerationOptions, GenerationRequest, ImageContent, ImageFormat, ProviderErrorKind, RetryClass};
use media_ports::GenerationAnswer;
use media_testkit::pictures;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, official, official_order, request, vendor};

async fn answer(output: Value) -> GenerationAnswer {
    let body = vendor::prediction("succeeded", json!({"output": output}));
    call(Value::Null, &request(), vec![vendor::order().answers_json(201, &body)]).await.0.unwrap()
}

#[tokio::test]
async fn addresses_are_handed_on_in_whatever_shape_the_model_answers() {
    let address = "https://replicate.delivery/yhqm/out.webp";
    for output in [json!(address), json!([address]), json!({"url": address}), json!([{"url": address}])] {
        let image = answer(output).await.images.remove(0);
        assert_eq!(image.content, ImageContent::Url(address.to_owned()));
        assert_eq!((image.format, image.width, image.height), (ImageFormat::Webp, 1024, 1024));
    }
}

#[tokio::test]
async fn what_stands_in_the_answer_itself_is_brought_along() {
    let picture = pictures::png(64, 64, 3);
    let image =
        answer(json!(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&picture)))).await.images.remove(0);
    assert_eq!((image.content, image.format), (ImageContent::Bytes(picture.into()), ImageFormat::Png));

    let body = vendor::prediction("succeeded", json!({"output": "data:image/png;base64,###"}));
    let (outcome, _) = call(Value::Null, &request(), vec![vendor::order().answers_json(201, &body)]).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, RetryClass::Billed));
}

#[tokio::test]
async fn what_the_api_itself_serves_is_fetched_with_the_key() {
    let picture = pictures::png(64, 64, 3);
    let body = vendor::prediction("succeeded", json!({"output": ["https://api.replicate.com/v1/files/out7"]}));
    let exchanges = |file: Exchange| vec![vendor::order().answers_json(201, &body), file];
    let file = || Exchange::get("/v1/files/out7");
    let fetched = exchanges(file().answers(200, "image/png", picture.clone()));
    let (outcome, sent) = call(Value::Null, &request(), fetched).await;
    assert_eq!(outcome.unwrap().images.remove(0).content, ImageContent::Bytes(picture.into()));
    assert_eq!(sent[1].header("authorization"), format!("Bearer {}", vendor::KEY));

    let (outcome, _) = call(Value::Null, &request(), exchanges(file().answers(200, "text/html", "<h1>no</h1>"))).await;
    assert_eq!(outcome.unwrap_err().retry, RetryClass::Billed);
}

#[tokio::test]
async fn what_is_known_of_a_picture_is_kept_with_it() {
    let exchange = vendor::order().answers_json(201, &vendor::succeeded(1));
    let (outcome, _) = call(Value::Null, &request(), vec![exchange]).await;
    let answer = outcome.unwrap();
    let expected = json!({
        "model": "stability-ai/sdxl",
        "version": "7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc",
        "prediction_id": vendor::ID,
        "seed": 48_151,
        "predict_time_s": 4.5
    });
    assert_eq!(Value::Object(answer.images[0].metadata.clone()), expected);
    assert_eq!((answer.model.as_deref(), answer.usage.cost_micros), (Some("stability-ai/sdxl"), None));
}

#[tokio::test]
async fn the_seed_asked_for_is_kept_where_the_model_prints_none() {
    let options = GenerationOptions { seed: Some(7), ..GenerationOptions::default() };
    let request = GenerationRequest { options, ..request() };
    let silent = json!({"output": "https://replicate.delivery/out", "logs": null, "version": "hidden"});
    let exchange = official_order().answers_json(201, &vendor::prediction("succeeded", silent));
    let image = call(official(), &request, vec![exchange]).await.0.unwrap().images.remove(0);
    assert_eq!((&image.metadata["seed"], &image.metadata["version"]), (&json!(7), &json!("hidden")));
    assert_eq!(image.format, ImageFormat::Png);
}

#[tokio::test]
async fn the_cost_is_told_where_a_price_is_set() {
    for (time, expected) in [(json!(4.5), Some(4_388)), (json!(0), Some(0)), (json!(-1.0), None), (Value::Null, None)] {
        let with = json!({"output": "https://replicate.delivery/a.png", "metrics": {"predict_time": time}});
        let exchange = vendor::order().answers_json(201, &vendor::prediction("succeeded", with));
        let (outcome, _) = call(json!({"usd_per_second": 0.000_975}), &request(), vec![exchange]).await;
        assert_eq!(outcome.unwrap().usage.cost_micros, expected);
    }
}

#[tokio::test]
async fn pictures_that_the_vendor_has_removed_are_told_as_such() {
    let body = vendor::prediction("succeeded", json!({"data_removed": true}));
    let (outcome, _) = call(Value::Null, &request(), vec![vendor::order().answers_json(201, &body)]).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.retry, RetryClass::Billed);
    assert!(error.to_string().contains("removed"), "{error}");
    assert_eq!(error.salvaged.unwrap(), body.to_string());
}
