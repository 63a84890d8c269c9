//! Asking after a task later, by its handle alone.

use std::sync::Arc;

use media_domain::{ImageContent, JobHandle, ProviderErrorKind};
use media_ports::ResolveAnswer;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{context, vendor};

async fn resolve(settings: Value, handle: &str, exchanges: Vec<Exchange>) -> Result<ResolveAnswer, ProviderErrorKind> {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().resolve(&context(), &JobHandle::new(handle)).await;
    transport.assert_exhausted();
    outcome.map_err(|error| error.kind)
}

fn picture_handle() -> String {
    let (id, grid) = (vendor::PICTURE, vendor::GRID);
    json!({ "stage": "upscale", "id": id, "grid": grid, "upscale": 3, "width": 900, "height": 1200, "seed": 5 })
        .to_string()
}

#[tokio::test(start_paused = true)]
async fn the_handle_says_what_was_ordered_whatever_the_settings_are_now() {
    let handle = json!({ "stage": "imagine", "id": vendor::GRID, "upscale": 3, "width": 900, "height": 1200 });
    let change = vendor::change().answers_json(200, &vendor::taken(vendor::PICTURE)).expecting(|request| {
        let sent: Value = serde_json::from_slice(&request.body.to_bytes()).unwrap();
        assert_eq!(sent["index"], 3);
    });
    let exchanges = vec![
        vendor::fetch(vendor::GRID).answers_json(200, &vendor::done(vendor::GRID)),
        change,
        vendor::fetch(vendor::PICTURE).answers_json(200, &vendor::done(vendor::PICTURE)),
    ];
    let answer = resolve(vendor::grid_only(), &handle.to_string(), exchanges).await.unwrap();
    let ResolveAnswer::Done(answer) = answer else { panic!("it is done") };
    assert_eq!((answer.images[0].width, answer.images[0].height), (900, 1200));
    assert!(answer.adaptations.is_empty());

    let grid = json!({ "stage": "imagine", "id": vendor::GRID, "width": 2000, "height": 2000 }).to_string();
    let drawn = vec![vendor::fetch(vendor::GRID).answers_json(200, &vendor::done(vendor::GRID))];
    let ResolveAnswer::Done(answer) = resolve(Value::Null, &grid, drawn).await.unwrap() else { panic!("it is done") };
    assert_eq!(answer.adaptations.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_upscale_is_asked_after_by_itself() {
    let look = |body: &Value| vec![vendor::fetch(vendor::PICTURE).answers_json(200, body)];
    let drawn = look(&vendor::done(vendor::PICTURE));
    let ResolveAnswer::Done(answer) = resolve(Value::Null, &picture_handle(), drawn).await.unwrap() else {
        panic!("it is done")
    };
    assert_eq!(answer.images[0].content, ImageContent::Url(vendor::url(vendor::PICTURE)));
    assert_eq!(
        (&answer.images[0].metadata["seed"], &answer.images[0].metadata["midjourney_picture"]),
        (&json!(5), &json!(3))
    );

    let running = look(&vendor::running(vendor::PICTURE, "SUBMITTED"));
    assert!(matches!(resolve(Value::Null, &picture_handle(), running).await, Ok(ResolveAnswer::Running)));
    let failed = look(&vendor::failed(vendor::PICTURE, "任务超时"));
    let answer = resolve(Value::Null, &picture_handle(), failed).await.unwrap();
    assert!(matches!(answer, ResolveAnswer::Failed { billed: Some(true), .. }), "the grid was drawn: {answer:?}");
}

#[tokio::test(start_paused = true)]
async fn an_upscale_that_does_not_end_in_time_is_still_running_and_not_cancelled() {
    let handle = vendor::grid_handle(Some(2), 1024);
    let exchanges = vec![
        vendor::fetch(vendor::GRID).answers_json(200, &vendor::done(vendor::GRID)),
        vendor::action().answers_json(200, &vendor::taken(vendor::PICTURE)),
        vendor::fetch(vendor::PICTURE).never_answers(),
        vendor::fetch(vendor::PICTURE).never_answers(),
    ];
    let answer = resolve(vendor::trueai(), handle.as_str(), exchanges).await;
    assert!(matches!(answer, Ok(ResolveAnswer::Running)), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_somebody_else_is_asked_of_nobody() {
    let strange = [
        json!({ "stage": "imagine", "id": "../account/list", "width": 1, "height": 1 }),
        json!({ "stage": "imagine", "id": "1", "upscale": 5, "width": 1, "height": 1 }),
        json!({ "stage": "upscale", "id": "1", "grid": "", "width": 1, "height": 1 }),
        json!({ "stage": "imagine", "id": "1", "width": 1, "height": 1, "url": "https://elsewhere.example" }),
        json!({ "stage": "describe", "id": "1", "width": 1, "height": 1 }),
        json!("1763640000000123"),
    ];
    for handle in strange {
        let outcome = resolve(Value::Null, &handle.to_string(), Vec::new()).await;
        assert_eq!(outcome.unwrap_err(), ProviderErrorKind::InvalidRequest, "{handle}");
    }
}
