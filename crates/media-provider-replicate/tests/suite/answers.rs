//! From what a model answers to pictures.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use media_domain::{GenerationOptions, GenerationRequest, ImageContent, ImageFormat, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
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
}

/// What is no Base64 at all.
const UNREADABLE: &str = "data:image/png;base64,###";

#[tokio::test]
async fn a_picture_that_cannot_be_read_takes_no_other_away() {
    let picture = pictures::png(64, 64, 3);
    let sound = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&picture));
    for output in [json!([sound, UNREADABLE]), json!([UNREADABLE, sound])] {
        let answer = answer(output).await;
        let contents: Vec<_> = answer.images.into_iter().map(|image| image.content).collect();
        assert_eq!(contents, [ImageContent::Bytes(picture.clone().into())]);
        let [rest] = &answer.salvaged[..] else { panic!("{:?}", answer.salvaged) };
        assert!(String::from_utf8_lossy(rest).contains(UNREADABLE), "what is left of the document");
        let told = &answer.adaptations[0];
        assert_eq!((&*told.field, &*told.requested, told.used.as_deref()), ("count", "2", Some("1")));
    }
}

#[tokio::test]
async fn an_answer_of_nothing_that_can_be_read_is_billed_and_kept_aside() {
    let body = vendor::prediction("succeeded", json!({"output": [UNREADABLE, UNREADABLE]}));
    let (outcome, _) = call(Value::Null, &request(), vec![vendor::order().answers_json(201, &body)]).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::MalformedResponse, &RetryClass::Billed));
    assert_eq!(error.salvaged.as_deref(), Some(body.to_string().as_bytes()));
}

/// A file that the API itself serves.
fn file(name: &str) -> Exchange {
    Exchange::get(format!("/v1/files/{name}"))
}

fn address(name: &str) -> String {
    format!("https://api.replicate.com/v1/files/{name}")
}

#[tokio::test]
async fn what_the_api_itself_serves_is_fetched_with_the_key() {
    let picture = pictures::png(64, 64, 3);
    let body = vendor::prediction("succeeded", json!({"output": [address("out7")]}));
    let fetched = file("out7").answers(200, "image/png", picture.clone());
    let (outcome, sent) = call(Value::Null, &request(), vec![vendor::order().answers_json(201, &body), fetched]).await;
    assert_eq!(outcome.unwrap().images.remove(0).content, ImageContent::Bytes(picture.into()));
    assert_eq!(sent[1].header("authorization"), format!("Bearer {}", vendor::KEY));
}

#[tokio::test(start_paused = true)]
async fn what_the_api_does_not_serve_at_once_is_handed_on_by_address() {
    let troubles = [
        file("b.webp").answers(503, "text/html", ""),
        file("b.webp").answers_json(404, &vendor::error(404, "Not found", "no such file")),
        file("b.webp").answers(302, "text/html", "").with_header("location", "https://replicate.delivery/b.webp"),
        file("b.webp").answers(200, "text/html", "<h1>no</h1>"),
        file("b.webp").fails(SendPhase::Sent, TransportErrorKind::Interrupted),
        file("b.webp").never_answers(),
    ];
    let picture = pictures::png(64, 64, 3);
    let body = vendor::prediction("succeeded", json!({"output": [address("a.png"), address("b.webp")]}));
    for trouble in troubles {
        let first = file("a.png").answers(200, "image/png", picture.clone());
        let exchanges = vec![vendor::order().answers_json(201, &body), first, trouble];
        let answer = call(Value::Null, &request(), exchanges).await.0.unwrap();
        let came: Vec<_> = answer.images.into_iter().map(|image| (image.content, image.format)).collect();
        let handed_on = (ImageContent::Url(address("b.webp")), ImageFormat::Webp);
        assert_eq!(came, [(ImageContent::Bytes(picture.clone().into()), ImageFormat::Png), handed_on]);
    }
}

#[tokio::test(start_paused = true)]
async fn fetching_takes_no_longer_than_a_while_however_many_pictures_there_are() {
    let addresses = ["a", "b", "c"].map(address);
    let body = vendor::prediction("succeeded", json!({"output": addresses}));
    let exchanges = vec![vendor::order().answers_json(201, &body), file("a").never_answers()];
    let answer = call(Value::Null, &request(), exchanges).await.0.unwrap();
    let contents: Vec<_> = answer.images.into_iter().map(|image| image.content).collect();
    assert_eq!(contents, addresses.map(ImageContent::Url));
    assert_eq!(answer.processing_time, Duration::from_secs(30));
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

#[tokio::test(start_paused = true)]
async fn what_is_odd_beside_the_pictures_loses_none() {
    let oddities = [
        json!({"metrics": {"predict_time": "2.0"}}),
        json!({"metrics": {"predict_time": {"seconds": 2}}}),
        json!({"metrics": [2.0]}),
        json!({"metrics": "2.0"}),
        json!({"logs": ["Using seed: 7", "done"]}),
        json!({"logs": {"text": "Using seed: 7"}}),
        json!({"started_at": 1_795_176_000}),
        json!({"version": 3}),
        json!({"version": null}),
        json!({"data_removed": "no"}),
        json!({"error": []}),
        json!({"input": "a lighthouse"}),
        json!({"urls": null}),
    ];
    for oddity in oddities {
        let mut done = vendor::succeeded(1);
        done.as_object_mut().unwrap().extend(oddity.as_object().unwrap().clone());
        let starting = vendor::prediction("starting", oddity.clone());
        let at_once = vec![vendor::order().answers_json(201, &done)];
        let later = vec![vendor::order().answers_json(202, &starting), vendor::poll().answers_json(200, &done)];
        for exchanges in [at_once, later] {
            let (outcome, _) = call(json!({"usd_per_second": 0.001}), &request(), exchanges).await;
            assert_eq!(outcome.unwrap().images.len(), 1, "{oddity}");
        }
    }
}
