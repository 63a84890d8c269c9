//! How orders go: held open, asked after, given up.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use media_domain::{JobHandle, Phase, ProviderErrorKind, RetryClass};
use media_http::{SendPhase, TransportErrorKind};
use media_ports::CallContext;
use media_testkit::fakes::RecordingJournal;
use media_testkit::transport::{Exchange, ScriptedTransport};
use serde_json::{Value, json};

use crate::{call, call_in, context, context_of, request, vendor};

#[tokio::test(start_paused = true)]
async fn the_answer_is_held_open_for_less_time_than_there_is() {
    let cases = [
        (json!({}), 120, "wait=60", "121s"),
        (json!({}), 35, "wait=25", "36s"),
        (json!({}), 11, "wait=1", "12s"),
        (json!({}), 9, "", "10s"),
        (json!({}), 2, "", "5s"),
        (json!({"wait_s": 15}), 120, "wait=15", "121s"),
        (json!({"wait_s": 0}), 120, "", "121s"),
        (json!({"timeout_s": 30}), 120, "wait=20", "31s"),
        (json!({}), 3_600, "wait=60", "601s"),
    ];
    for (settings, seconds, prefer, cancel_after) in cases {
        let answer = vendor::order().answers_json(201, &vendor::succeeded(1));
        let context = context_of(Duration::from_secs(seconds));
        let (outcome, sent) = call_in(&context, settings.clone(), &request(), vec![answer]).await;
        outcome.unwrap();
        let headers = (sent[0].header("prefer"), sent[0].header("cancel-after"));
        assert_eq!(headers, (prefer, cancel_after), "{settings} {seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_done_when_the_answer_comes_is_asked_after() {
    let starting = vendor::prediction("starting", json!({}));
    let exchanges = vec![
        vendor::order().after(Duration::from_secs(60)).answers_json(202, &starting),
        vendor::poll().answers_json(200, &starting),
        vendor::poll().answers_json(200, &vendor::prediction("processing", json!({}))),
        vendor::poll().answers_json(200, &vendor::succeeded(1)),
    ];
    let (outcome, sent) = call(Value::Null, &request(), exchanges).await;
    let answer = outcome.unwrap();
    assert!(answer.processing_time > Duration::from_secs(60), "{:?}", answer.processing_time);
    assert!(sent.iter().all(|request| request.url.host_str() == Some("api.replicate.com")));
}

#[tokio::test(start_paused = true)]
async fn a_result_that_is_too_large_is_left_to_whoever_has_the_handle() {
    let large = SendPhase::Answered(StatusCode::OK);
    let exchanges = vec![
        vendor::order().answers_json(202, &vendor::prediction("starting", json!({}))),
        vendor::poll().fails(large, TransportErrorKind::TooLarge),
    ];
    let error = call(Value::Null, &request(), exchanges).await.0.unwrap_err();
    let handle = Some(JobHandle::new(vendor::ID));
    assert_eq!(error.retry, RetryClass::Uncertain { phase: Phase::Running, handle });
    assert_eq!(error.kind, ProviderErrorKind::MalformedResponse);
}

#[tokio::test]
async fn a_prediction_that_has_ended_at_once_is_reported_too() {
    let bodies = [
        (vendor::succeeded(1), true),
        (vendor::failed("CUDA out of memory"), false),
        (vendor::failed("NSFW content detected"), false),
        (vendor::canceled(), false),
        (vendor::prediction("aborted", json!({})), false),
    ];
    for (body, succeeds) in bodies {
        let journal = RecordingJournal::default();
        let context = CallContext { journal: Arc::new(journal.clone()), ..context() };
        let answer = vendor::order().answers_json(201, &body);
        let (outcome, _) = call_in(&context, Value::Null, &request(), vec![answer]).await;
        assert_eq!(outcome.is_ok(), succeeds, "{body}");
        assert_eq!(journal.handles(), [JobHandle::new(vendor::ID)], "{body}");
    }
}

#[tokio::test]
async fn addresses_that_the_vendor_names_are_not_followed() {
    let elsewhere = json!({"get": "https://elsewhere.example/steal", "cancel": "https://elsewhere.example/steal"});
    let exchanges = vec![
        vendor::order().answers_json(202, &vendor::prediction("starting", json!({"urls": elsewhere}))),
        vendor::poll().answers_json(200, &vendor::succeeded(1)),
    ];
    call(json!({"wait_s": 0}), &request(), exchanges).await.0.unwrap();
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_leaves_the_order_open() {
    for id in ["", "..", "../account", "a/b", "a?b", "a b", &"a".repeat(65)] {
        let answer = vendor::order().answers_json(202, &vendor::prediction("starting", json!({"id": id})));
        let (outcome, _) = call(Value::Null, &request(), vec![answer]).await;
        let error = outcome.unwrap_err();
        let open = RetryClass::Uncertain { phase: Phase::Submit, handle: None };
        assert_eq!((error.kind, error.retry), (ProviderErrorKind::MalformedResponse, open), "{id}");
        assert!(error.salvaged.is_some(), "what it was called is kept aside");
    }
}

/// The caller gives up while the prediction runs; the vendor says this of it.
async fn given_up(answer: Exchange) -> RetryClass {
    let starting = vendor::prediction("starting", json!({}));
    let transport = Arc::new(ScriptedTransport::new([
        vendor::order().answers_json(202, &starting),
        vendor::poll().never_answers(),
        answer,
    ]));
    let provider = vendor::provider(Arc::clone(&transport) as _, Value::Null);
    let context = context();
    let cancellation = context.cancellation.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        cancellation.cancel();
    });
    let error = provider.generator.unwrap().generate_image(&context, &request()).await.unwrap_err();
    transport.assert_exhausted();
    assert_eq!(error.kind, ProviderErrorKind::Cancelled);
    error.retry
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_says_to_a_cancellation_decides_what_is_open() {
    let open = RetryClass::Uncertain { phase: Phase::Running, handle: Some(JobHandle::new(vendor::ID)) };
    let cases = [
        (vendor::canceled(), RetryClass::Billed),
        (vendor::prediction("canceled", json!({})), RetryClass::Never),
        (vendor::prediction("canceled", json!({"metrics": {"predict_time": 0.4}})), RetryClass::Billed),
        (vendor::prediction("aborted", json!({})), RetryClass::Never),
        (vendor::prediction("processing", json!({})), open.clone()),
        (vendor::succeeded(1), open.clone()),
        (vendor::failed("out of memory"), open.clone()),
    ];
    for (body, expected) in cases {
        assert_eq!(given_up(vendor::cancel().answers_json(200, &body)).await, expected, "{body}");
    }
    assert_eq!(given_up(vendor::cancel().answers(502, "text/html", "")).await, open);
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_vendor_is_told_to_stop() {
    let starting = vendor::prediction("starting", json!({}));
    let exchanges = vec![
        vendor::order().answers_json(202, &starting),
        vendor::poll().never_answers(),
        vendor::cancel().answers_json(200, &vendor::prediction("canceled", json!({}))),
    ];
    let context = context_of(Duration::from_secs(20));
    let (outcome, _) = call_in(&context, Value::Null, &request(), exchanges).await;
    assert_eq!(outcome.unwrap_err().kind, ProviderErrorKind::Timeout);
}
