//! Taking one picture out of the grid, which is paid for by then.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{Compatibility, ImageContent, JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::{CallContext, CallPreferences, GenerationAnswer};
use media_testkit::fakes::RecordingJournal;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{assert_is_the_grid, call, call_in, context, request, vendor, whole};

fn picture_handle() -> JobHandle {
    JobHandle::new(format!(
        r#"{{"stage":"upscale","id":"{}","grid":"{}","upscale":1,"width":1024,"height":1024}}"#,
        vendor::PICTURE,
        vendor::GRID
    ))
}

fn uncertain(handle: JobHandle) -> RetryClass {
    RetryClass::Uncertain { phase: Phase::Running, handle: Some(handle) }
}

/// Everything up to the finished grid, and then this.
fn then(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    whole().into_iter().take(2).chain(exchanges).collect()
}

fn look() -> Exchange {
    vendor::fetch(vendor::GRID).answers_json(200, &vendor::done(vendor::GRID))
}

fn drawn() -> Exchange {
    vendor::fetch(vendor::PICTURE).answers_json(200, &vendor::done(vendor::PICTURE))
}

#[tokio::test(start_paused = true)]
async fn the_journal_is_told_of_both_tasks() {
    let journal = Arc::new(RecordingJournal::default());
    let context = CallContext { journal: Arc::clone(&journal) as _, ..context() };
    call_in(context, Value::Null, &request(), whole()).await.0.unwrap();
    assert_eq!(journal.handles(), [vendor::grid_handle(Some(1), 1024), picture_handle()]);
}

#[tokio::test(start_paused = true)]
async fn the_other_proxy_is_sent_the_button_of_the_picture() {
    let taken = vendor::action().answers_json(200, &vendor::taken(vendor::PICTURE));
    let (outcome, sent) = call(vendor::trueai(), &request(), then(vec![taken, drawn()])).await;
    assert_eq!(outcome.unwrap().images[0].metadata["midjourney_picture"], 2);
    let custom_id = "MJ::JOB::upsample::2::3dbbd469-36af-4a0f-8f02-df6c579e7011";
    assert_eq!(sent[2].json(), json!({ "taskId": vendor::GRID, "customId": custom_id }));
}

/// The grid, delivered after these exchanges and for this reason.
async fn delivered_grid(settings: Value, exchanges: Vec<Exchange>, reason: &str) -> GenerationAnswer {
    let answer = call(settings, &request(), exchanges).await.0.unwrap();
    assert_is_the_grid(&answer, reason);
    answer
}

#[tokio::test(start_paused = true)]
async fn a_grid_without_a_button_for_the_picture_is_delivered_itself() {
    let odd = [
        Value::Null,
        json!([]),
        json!({ "customId": 1 }),
        json!([7, { "label": "U1" }, { "customId": 2 }, { "customId": "MJ::JOB::upsample::20::x" }]),
    ];
    for buttons in odd {
        let mut grid = vendor::done(vendor::GRID);
        grid["buttons"] = buttons;
        let exchanges = vec![
            vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID)),
            vendor::fetch(vendor::GRID).answers_json(200, &grid),
        ];
        delivered_grid(vendor::trueai(), exchanges, "no button for picture 2").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_waited_for() {
    let full = vendor::change().answers_json(200, &vendor::refused(23, "队列已满"));
    let taken = vendor::change().answers_json(200, &vendor::taken(vendor::PICTURE));
    call(Value::Null, &request(), then(vec![full, look(), taken, drawn()])).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_order_is_given_again_only_where_the_proxy_knows_it() {
    let lost = |order: Exchange| order.fails(SendPhase::Sent, TransportErrorKind::Interrupted);
    let mut known = vendor::taken(vendor::PICTURE);
    known["code"] = json!(21);
    let known = vendor::change().answers_json(200, &known);
    call(Value::Null, &request(), then(vec![lost(vendor::change()), look(), known, drawn()])).await.0.unwrap();

    let error = call(vendor::trueai(), &request(), then(vec![lost(vendor::action())])).await.0.unwrap_err();
    assert_eq!(error.retry, uncertain(vendor::grid_handle(Some(2), 1024)));
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_leaves_the_handle() {
    use ProviderErrorKind as Kind;
    let cases = [
        (vendor::change().answers_json(200, &vendor::refused(9, "no")), Kind::Unavailable),
        (vendor::change().answers(401, "text/plain", ""), Kind::Unauthenticated),
    ];
    for (exchange, kind) in cases {
        let error = call(Value::Null, &request(), then(vec![exchange])).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (kind, &uncertain(vendor::grid_handle(Some(1), 1024))), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_taking_is_refused_for_ever_the_grid_is_delivered() {
    for (status, code, reason) in [(200, 3, "code 3"), (404, 3, "code 3"), (200, 4, "code 4"), (200, 24, "code 24")] {
        let refused = vendor::change().answers_json(status, &vendor::refused(code, vendor::SECRET));
        let answer = delivered_grid(Value::Null, then(vec![refused]), reason).await;
        assert!(!format!("{answer:?}").contains(vendor::SECRET));
    }
    let no_such_path = vendor::action().answers(404, "text/html", "<h1>404</h1>");
    delivered_grid(vendor::trueai(), then(vec![no_such_path]), "HTTP 404").await;
}

#[tokio::test(start_paused = true)]
async fn an_upscale_that_ends_without_a_picture_leaves_the_grid() {
    let taken = || vendor::change().answers_json(200, &vendor::taken(vendor::PICTURE));
    let ended = |body: &Value| then(vec![taken(), vendor::fetch(vendor::PICTURE).answers_json(200, body)]);
    let mut nowhere = vendor::done(vendor::PICTURE);
    nowhere["imageUrl"] = json!(7);
    let cases = [
        (vendor::failed(vendor::PICTURE, "任务超时"), "任务超时"),
        (vendor::failed(vendor::PICTURE, "Image denied"), "Image denied"),
        (vendor::running(vendor::PICTURE, "CANCEL"), "the task was cancelled"),
        (nowhere, "names no picture"),
        (Value::Null, "does not know the task"),
    ];
    for (body, reason) in cases {
        delivered_grid(Value::Null, ended(&body), reason).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_grid_that_is_paid_for_is_delivered_even_to_who_wants_all_or_nothing() {
    let preferences = CallPreferences { compatibility: Some(Compatibility::Strict), ..CallPreferences::default() };
    let strict = CallContext { preferences, ..context() };
    let refused = vendor::change().answers_json(200, &vendor::refused(3, "no"));
    let answer = call_in(strict, Value::Null, &request(), then(vec![refused])).await.0.unwrap();
    assert_is_the_grid(&answer, "code 3");
}

#[tokio::test(start_paused = true)]
async fn odd_ornaments_lose_neither_the_grid_nor_the_picture() {
    for odd in [json!([]), json!(7), json!("x"), json!([{ "a": 1 }]), json!(true)] {
        let spoilt = |mut document: Value, keys: &[&str]| {
            keys.iter().for_each(|key| document[*key] = odd.clone());
            document
        };
        let task = |id| spoilt(vendor::done(id), &["properties", "progress", "failReason", "submitTime", "state"]);
        let picture = spoilt(task(vendor::PICTURE), &["buttons", "promptEn"]);
        let accepted = |id| spoilt(vendor::taken(id), &["properties", "description"]);
        let exchanges = vec![
            vendor::imagine().answers_json(200, &accepted(vendor::GRID)),
            vendor::fetch(vendor::GRID).answers_json(200, &task(vendor::GRID)),
            vendor::action().answers_json(200, &accepted(vendor::PICTURE)),
            vendor::fetch(vendor::PICTURE).answers_json(200, &picture),
        ];
        let answer = call(vendor::trueai(), &request(), exchanges).await.0.unwrap();
        assert_eq!(answer.images[0].content, ImageContent::Url(vendor::url(vendor::PICTURE)), "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_proxy_goes_on_at_the_deadline_and_cancels_for_who_gives_up() {
    let begun = || then(vec![vendor::action().answers_json(200, &vendor::taken(vendor::PICTURE))]);
    let silent = || vendor::fetch(vendor::PICTURE).never_answers();
    let deadline = (tokio::time::Instant::now() + Duration::from_secs(10)).into_std();
    let exchanges = [begun(), vec![silent()]].concat();
    let late = context().with_deadline(deadline);
    let error = call_in(late, vendor::trueai(), &request(), exchanges).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry.as_str()), (ProviderErrorKind::Timeout, "uncertain"));

    let impatient = context();
    let cancellation = impatient.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancellation.cancel();
    });
    let cancelled = vendor::cancel(vendor::PICTURE).answers_json(200, &vendor::taken(vendor::PICTURE));
    let exchanges = [begun(), vec![silent(), cancelled]].concat();
    let error = call_in(impatient, vendor::trueai(), &request(), exchanges).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Cancelled);
    assert!(
        matches!(error.retry, RetryClass::Uncertain { handle: Some(handle), .. } if handle.as_str().contains("upscale"))
    );
}
