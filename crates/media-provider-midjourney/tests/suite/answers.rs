//! What is made of the proxy's answers.

use std::time::Duration;

use media_domain::{
    Compatibility, GenerationOptions, GenerationRequest, ImageContent, ImageFormat, MediaDimensions, Phase,
    ProviderErrorKind, RetryClass,
};
use media_ports::{CallContext, CallPreferences};
use serde_json::{Value, json};

use crate::{call, call_in, context, request, vendor, whole};

fn seeded() -> GenerationRequest {
    GenerationRequest { options: GenerationOptions { seed: Some(7), ..GenerationOptions::default() }, ..request() }
}

#[tokio::test(start_paused = true)]
async fn one_picture_of_the_four_is_answered_by_its_address() {
    let (outcome, _) = call(json!({ "model": "7" }), &seeded(), whole()).await;
    let answer = outcome.unwrap();
    let image = &answer.images[0];
    assert_eq!(image.content, ImageContent::Url(vendor::url(vendor::PICTURE)));
    assert_eq!((image.format, image.width, image.height), (ImageFormat::Png, 1024, 1024));
    let expected = json!({
        "midjourney_task_id": vendor::PICTURE, "midjourney_grid_task_id": vendor::GRID, "midjourney_picture": 1,
        "model": "7", "revised_prompt": "a lighthouse at dusk --ar 1:1 --v 7.0", "seed": 7
    });
    assert_eq!(Value::Object(image.metadata.clone()), expected);
    assert!(answer.adaptations.is_empty() && answer.model.as_deref() == Some("7"));
    assert_eq!(answer.usage, Default::default());
    assert!(answer.processing_time >= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn the_grid_says_that_it_is_one() {
    let request = GenerationRequest { dimensions: MediaDimensions::new(2048, 2048), ..request() };
    let exchanges = || whole().into_iter().take(2).collect();
    let answer = call(vendor::grid_only(), &request, exchanges()).await.0.unwrap();
    assert_eq!(answer.images[0].metadata["midjourney_grid"], "2x2");
    assert_eq!(answer.images[0].content, ImageContent::Url(vendor::url(vendor::GRID)));
    assert_eq!(answer.adaptations[0].field, "count");

    let preferences = CallPreferences { compatibility: Some(Compatibility::Strict), ..CallPreferences::default() };
    let strict = CallContext { preferences, ..context() };
    let error = call_in(strict, vendor::grid_only(), &request, Vec::new()).await.0.unwrap_err();
    assert!(error.kind == ProviderErrorKind::Unsupported && error.raised_here, "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_known_or_queued_is_the_same_order() {
    for (code, result) in [(21, json!(vendor::GRID)), (22, json!(vendor::GRID)), (1, json!(1_763_640_000_000_123_u64))]
    {
        let mut exchanges = whole();
        let mut said = vendor::taken(vendor::GRID);
        (said["code"], said["result"]) = (json!(code), result);
        exchanges[0] = vendor::imagine().answers_json(200, &said);
        call(Value::Null, &request(), exchanges).await.0.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_address_tells_the_format_where_it_can() {
    for (end, format) in [("a.webp?ex=1", ImageFormat::Webp), ("b.JPG", ImageFormat::Jpeg), ("c", ImageFormat::Png)] {
        let mut exchanges = whole();
        let mut done = vendor::done(vendor::PICTURE);
        done["imageUrl"] = json!(format!("https://mirror.example.org/{end}"));
        exchanges[3] = vendor::fetch(vendor::PICTURE).answers_json(200, &done);
        assert_eq!(call(Value::Null, &request(), exchanges).await.0.unwrap().images[0].format, format, "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn hostile_identifiers_and_addresses_lead_nowhere() {
    let uncertain = RetryClass::Uncertain { phase: Phase::Submit, handle: None };
    for id in ["", "../../account/list", "a/b", "a?b", &"1".repeat(65)] {
        let exchanges = vec![vendor::imagine().answers_json(200, &vendor::taken(id))];
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, uncertain.clone()), "{id}");
    }
    for url in ["", "/attachments/1.png", "file:///etc/passwd", "javascript:alert(1)"] {
        let mut exchanges: Vec<_> = whole().into_iter().take(2).collect();
        let mut done = vendor::done(vendor::GRID);
        done["imageUrl"] = json!(url);
        exchanges[1] = vendor::fetch(vendor::GRID).answers_json(200, &done);
        let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, RetryClass::Billed), "{url}");
        assert!(error.salvaged.is_some());
    }
}
