//! Taking one picture out of the grid, which is paid for by then.

use std::sync::Arc;
use std::time::Duration;

use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::CallContext;
use media_testkit::fakes::RecordingJournal;
use media_testkit::transport::Exchange;
use serde_json::{Value, json};

use crate::{call, call_in, context, request, vendor, whole};

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

#[tokio::test(start_paused = true)]
async fn a_picture_without_a_button_is_told_with_the_grid_kept_aside() {
    for buttons in [Value::Null, json!([]), json!([{ "label": "U1" }, { "customId": "MJ::JOB::upsample::20::x" }])] {
        let mut grid = vendor::done(vendor::GRID);
        grid["buttons"] = buttons;
        let exchanges = vec![
            vendor::imagine().answers_json(200, &vendor::taken(vendor::GRID)),
            vendor::fetch(vendor::GRID).answers_json(200, &grid),
        ];
        let error = call(vendor::trueai(), &request(), exchanges).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (ProviderErrorKind::MalformedResponse, &RetryClass::Billed));
        assert_eq!(error.salvaged.unwrap(), vendor::url(vendor::GRID));
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
async fn what_may_pass_leaves_the_handle_and_what_will_not_is_billed() {
    use ProviderErrorKind as Kind;
    let left = || uncertain(vendor::grid_handle(Some(1), 1024));
    let says = |status, code| vendor::change().answers_json(status, &vendor::refused(code, "no"));
    let cases = [
        (says(200, 9), Kind::Unavailable, left()),
        (vendor::change().answers(401, "text/plain", ""), Kind::Unauthenticated, left()),
        (says(200, 3), Kind::NotFound, RetryClass::Billed),
        (says(404, 3), Kind::NotFound, RetryClass::Billed),
        (says(200, 4), Kind::InvalidRequest, RetryClass::Billed),
        (says(200, 24), Kind::ContentRejected, RetryClass::Billed),
    ];
    for (exchange, kind, retry) in cases {
        let error = call(Value::Null, &request(), then(vec![exchange])).await.0.unwrap_err();
        assert_eq!((error.kind, &error.retry), (kind, &retry), "{error:?}");
        assert_eq!(error.salvaged.is_some(), retry == RetryClass::Billed);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upscale_that_ends_badly_is_told_by_how() {
    let taken = || vendor::change().answers_json(200, &vendor::taken(vendor::PICTURE));
    let failed = vendor::fetch(vendor::PICTURE).answers_json(200, &vendor::failed(vendor::PICTURE, "任务超时"));
    let error = call(Value::Null, &request(), then(vec![taken(), failed])).await.0.unwrap_err();
    assert_eq!((error.kind, &error.retry), (ProviderErrorKind::Unavailable, &RetryClass::Billed));
    assert_eq!(error.salvaged.unwrap(), vendor::url(vendor::GRID));

    let gone = vendor::fetch(vendor::PICTURE).answers(200, "application/json", "");
    let error = call(Value::Null, &request(), then(vec![taken(), gone])).await.0.unwrap_err();
    assert_eq!((error.kind, error.retry), (ProviderErrorKind::NotFound, uncertain(picture_handle())));
}

#[tokio::test(start_paused = true)]
async fn the_other_proxy_is_told_to_cancel_the_upscale_at_the_deadline() {
    let taken = vendor::action().answers_json(200, &vendor::taken(vendor::PICTURE));
    let deadline = (tokio::time::Instant::now() + Duration::from_secs(10)).into_std();
    let context = context().with_deadline(deadline);
    let silent = vendor::fetch(vendor::PICTURE).never_answers();
    let cancelled = vendor::cancel(vendor::PICTURE).answers_json(200, &vendor::taken(vendor::PICTURE));
    let exchanges = then(vec![taken, silent, cancelled]);
    let error = call_in(context, vendor::trueai(), &request(), exchanges).await.0.unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Timeout);
    assert!(
        matches!(error.retry, RetryClass::Uncertain { handle: Some(handle), .. } if handle.as_str().contains("upscale"))
    );
}
