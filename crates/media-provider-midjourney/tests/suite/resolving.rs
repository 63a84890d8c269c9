//! Asking after a task later, by its handle alone.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{ImageContent, JobHandle, ProviderErrorKind};
use media_ports::{CallContext, GenerationAnswer, ResolveAnswer};
use media_testkit::fakes::RecordingJournal;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{assert_is_the_grid, context, vendor};

async fn resolve(settings: Value, handle: &str, exchanges: Vec<Exchange>) -> Result<ResolveAnswer, ProviderErrorKind> {
    resolve_in(context(), settings, handle, exchanges).await
}

async fn resolve_in(
    context: CallContext,
    settings: Value,
    handle: &str,
    exchanges: Vec<Exchange>,
) -> Result<ResolveAnswer, ProviderErrorKind> {
    let transport = Arc::new(ScriptedTransport::new(exchanges));
    let provider = vendor::provider(Arc::clone(&transport) as _, settings);
    let outcome = provider.generator.unwrap().resolve(&context, &JobHandle::new(handle)).await;
    transport.assert_exhausted();
    outcome.map_err(|error| error.kind)
}

/// What has been delivered.
async fn delivered(settings: Value, handle: &str, exchanges: Vec<Exchange>) -> GenerationAnswer {
    let outcome = match resolve(settings, handle, exchanges).await {
        Ok(ResolveAnswer::Done(answer)) => Ok(*answer),
        other => Err(format!("it is done: {other:?}")),
    };
    outcome.unwrap()
}

fn picture_handle() -> String {
    let (id, grid) = (vendor::PICTURE, vendor::GRID);
    json!({ "stage": "upscale", "id": id, "grid": grid, "upscale": 3, "width": 1024, "height": 1024, "seed": 5 })
        .to_string()
}

fn drawn(id: &str) -> Exchange {
    vendor::fetch(id).answers_json(200, &vendor::done(id))
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
}

#[tokio::test(start_paused = true)]
async fn an_upscale_that_has_ended_without_a_picture_leaves_the_grid() {
    let failed = || vendor::fetch(vendor::PICTURE).answers_json(200, &vendor::failed(vendor::PICTURE, "任务超时"));
    let gone = |id| vendor::fetch(id).answers(200, "application/json", "");
    let answer = delivered(Value::Null, &picture_handle(), vec![failed(), drawn(vendor::GRID)]).await;
    assert_is_the_grid(&answer, "任务超时");
    assert_eq!(answer.images[0].metadata["seed"], 5);
    let forgotten = vec![gone(vendor::PICTURE), drawn(vendor::GRID)];
    assert_is_the_grid(&delivered(Value::Null, &picture_handle(), forgotten).await, "does not know the task");

    let answer = resolve(Value::Null, &picture_handle(), vec![failed(), gone(vendor::GRID)]).await.unwrap();
    assert!(matches!(answer, ResolveAnswer::Failed { billed: Some(true), .. }), "the grid was drawn: {answer:?}");
    let nothing = resolve(Value::Null, &picture_handle(), vec![gone(vendor::PICTURE), gone(vendor::GRID)]).await;
    assert!(matches!(nothing, Ok(ResolveAnswer::Gone)), "{nothing:?}");
}

#[tokio::test(start_paused = true)]
async fn where_taking_is_refused_for_ever_the_grid_is_the_outcome() {
    let (first, second) = (vendor::grid_handle(Some(1), 1024), vendor::grid_handle(Some(2), 1024));
    let refused = vendor::change().answers_json(200, &vendor::refused(3, "no"));
    let answer = delivered(Value::Null, first.as_str(), vec![drawn(vendor::GRID), refused]).await;
    assert_is_the_grid(&answer, "code 3");

    let mut without_buttons = vendor::done(vendor::GRID);
    without_buttons["buttons"] = json!([]);
    let exchanges = vec![vendor::fetch(vendor::GRID).answers_json(200, &without_buttons)];
    assert_is_the_grid(&delivered(vendor::trueai(), second.as_str(), exchanges).await, "no button for picture 2");

    let may_pass = vendor::change().answers_json(200, &vendor::refused(9, "no"));
    let outcome = resolve(Value::Null, first.as_str(), vec![drawn(vendor::GRID), may_pass]).await;
    assert_eq!(outcome.unwrap_err(), ProviderErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn an_upscale_that_takes_its_time_is_left_to_the_journal() {
    let started = tokio::time::Instant::now();
    let journal = Arc::new(RecordingJournal::default());
    let context = CallContext { journal: Arc::clone(&journal) as _, ..context() };
    let exchanges = vec![
        drawn(vendor::GRID),
        vendor::action().answers_json(200, &vendor::taken(vendor::PICTURE)),
        vendor::fetch(vendor::PICTURE).never_answers(),
    ];
    let handle = vendor::grid_handle(Some(2), 1024);
    let answer = resolve_in(context, vendor::trueai(), handle.as_str(), exchanges).await;
    assert!(matches!(answer, Ok(ResolveAnswer::Running)), "{answer:?}");
    assert!(started.elapsed() <= Duration::from_secs(10), "after {:?}", started.elapsed());

    // Whoever asks again asks after the upscale, and takes nothing out a second time.
    let [next] = journal.handles().try_into().unwrap();
    let answer = delivered(vendor::trueai(), next.as_str(), vec![drawn(vendor::PICTURE)]).await;
    assert_eq!(answer.images[0].metadata["midjourney_picture"], 2);
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
